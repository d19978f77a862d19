package fhir

// CutKind says what a range holds, and so who may decide to leave it out.
type CutKind uint8

// The kinds of cut.
const (
	CutContainer  CutKind = iota // an object or array that holds cuts: left out only when all in it is
	CutNarrative                 // text (CONSENT.md section 10 row 21), of the resource or of a contained one
	CutLabel                     // one entry of meta.security
	CutTag                       // one entry of meta.tag
	CutSource                    // meta.source
	CutReference                 // a reference to a resource, with all that must go with it (row 23)
	CutContained                 // one contained resource
	CutInline                    // detail written inside its host that could stand alone, such as CarePlan.activity.detail
	CutPlace                     // an address, telecom, photo or other thing that locates (section 14.17)
	CutDisplay                   // the words of a reference that stays without them (row 23): what its target is, to a reader
	CutAttachment                // an Attachment whose content is a Binary on this server, which has its own readers (row 24)
)

// Cut is a range of JSON that can be left out, with what is needed to keep the commas right, so that nothing
// is parsed to leave it out. Offsets are bytes in Resource.JSON. What holds a cut is a cut too, and stands before
// it. Where one range goes for two reasons, it stands twice: the second is held by the first, with Count 0.
type Cut struct {
	Kind       CutKind
	Required   bool   // FHIR demands the element: without it the host says nothing, and is hidden whole
	Start, End int32  // the member with its name, or the entry of an array; no comma
	Prev, Next int32  // end of the sibling before, start of the one after; -1 where there is none
	Up         int32  // index of the cut that is its container, or -1 for the resource itself
	Count      int32  // entries or members in it, when it is an object or array
	Target     Ref    // CutReference, CutDisplay and CutAttachment: where it points, when that is a resource on this server
	Path       string // path of the element, for the loss report and for putting back what a caller cannot see
}

// Leave gives the JSON without the cuts for which out says true, and without the containers that this empties.
// It is false when what goes is required. The cuts are those of the resource with these bytes; nothing is
// parsed. When nothing goes, data itself is returned.
func Leave(data []byte, cuts []Cut, out func(i int) bool) ([]byte, bool) {
	gone := make([]int32, len(cuts)) // children that went; -1: it goes itself
	some := false
	for i := len(cuts) - 1; i >= 0; i-- { // what is held before what holds it
		c := &cuts[i]
		goes := gone[i] < 0 || c.Count > 0 && gone[i] == c.Count
		if !goes && (c.Kind == CutContainer || !out(i)) {
			continue
		}
		gone[i], some = -1, true
		switch {
		case c.Up < 0 || gone[c.Up] < 0:
		case cuts[c.Up].Start == c.Start:
			gone[c.Up] = -1
		default:
			gone[c.Up]++
		}
	}
	if !some {
		return data, true
	}
	kept := make([]byte, 0, len(data))
	pos := int32(0) // data is dealt with up to here
	for i := range cuts {
		c := &cuts[i]
		if c.Up >= 0 && gone[c.Up] < 0 {
			gone[i] = -1
			continue
		}
		if gone[i] >= 0 {
			continue
		}
		if c.Required {
			return nil, false
		}
		switch {
		case c.Prev >= 0 && pos < c.Start: // something stays before it: its comma goes too
			kept = append(kept, data[pos:c.Prev]...)
			pos = c.End
		case c.Next >= 0: // the first that stays is what follows
			kept = append(kept, data[pos:c.Start]...)
			pos = c.Next
		default: // the last of its container, which may be emptied only at the root
			kept = append(kept, data[pos:c.Start]...)
			pos = c.End
		}
	}
	return append(kept, data[pos:]...), true
}
