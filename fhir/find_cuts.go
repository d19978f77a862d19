package fhir

import "strings"

// about are the elements that their backbone entry is about although FHIR does not demand them: without it
// the entry would say only that something is hidden, so the entry goes (CONSENT.md section 10 row 23).
var about = map[string]bool{
	"Appointment.Participant.actor":    true,
	"CarePlan.Activity.detail":         true,
	"CarePlan.Activity.reference":      true,
	"CareTeam.Participant.member":      true,
	"Encounter.Participant.individual": true,
}

// stays are the references that no verdict leaves out: who did it is part of what was done.
var stays = map[string]bool{"Provenance.Agent.who": true}

// meaning are the elements that would say something else with an entry less, as modifier extensions would: a
// sharing choice that names nobody is one for everybody. What they hold is demanded although FHIR does not.
var meaning = map[string]bool{"Consent.Provision": true}

// mark is one thing that can be left out, found in the tree.
type mark struct {
	kind     CutKind
	required bool
	target   Ref
}

// finder walks a tree with the shapes of FHIR and marks what can be left out.
type finder struct {
	tree  *tree
	marks map[int32][]mark
	must  []bool // of each value, whether FHIR demands it
}

// findCuts gives the cuts of a resource, in document order. The containers of a cut are cuts themselves.
func findCuts(t *tree) []Cut {
	f := &finder{tree: t, marks: map[int32][]mark{}, must: make([]bool, len(t.nodes))}
	f.resource(0)
	return f.emit()
}

// step is a value on the way from its resource to where the finder is.
type step struct {
	i       int32
	in      *step    // the object that holds it; nil for a resource, which nothing is climbed out of
	owner   *shape   // of that object
	element *element // which of its elements the value is
	beside  bool     // the value is the object beside a primitive
}

func (s *step) key() string { return s.owner.name + "." + s.element.base }

// top reports whether the value is an element of the resource itself.
func (s *step) top() bool { return s.in != nil && s.in.in == nil }

func (f *finder) node(i int32) Node { return Node{f.tree, i} }

func (f *finder) mark(i int32, m mark) { f.marks[i] = append(f.marks[i], m) }

func (f *finder) resource(i int32) {
	if s := resourceShape(Type(f.node(i).Get("resourceType").Text())); s != nil {
		f.object(&step{i: i}, s)
	}
}

// object looks at each value of an object, through its arrays.
func (f *finder) object(self *step, s *shape) {
	n := f.node(self.i)
	for name, member := range n.Members() {
		plain, beside := strings.CutPrefix(name, "_")
		e := s.elements()[plain]
		if e == nil {
			continue
		}
		f.must[member.i] = e.required && (!beside || !n.Get(plain).OK())
		for v := range member.Each() {
			if s.name == "Reference" && plain == "display" {
				f.display(n, v)
			}
			switch {
			case v.Kind() == Object:
				f.value(&step{v.i, self, s, e, beside})
			case s.name == "Meta" && name == "source" && self.top():
				f.mark(v.i, mark{kind: CutSource})
			}
		}
	}
}

// display marks the words of a reference, or their extensions. Those of a contained resource go with that, and
// words alone are all that such a reference says.
func (f *finder) display(reference, words Node) {
	literal := reference.Get("reference").Text()
	if strings.HasPrefix(literal, "#") || literal == "" && !reference.Get("identifier").OK() {
		return
	}
	target, _ := ParseRef(literal)
	f.mark(words.i, mark{kind: CutDisplay, target: target})
}

// value marks an object that can be left out, and looks inside.
func (f *finder) value(s *step) {
	of := s.element.of
	if m, ok := f.kind(s); ok {
		f.leave(s, m)
	}
	if of.name == "Attachment" && !s.beside {
		// A relative url is read as a reference is (FHIR R4, datatypes.html#Attachment). All of the Attachment goes with
		// its content: title, size and hash tell of it.
		if target, local := ParseRef(f.node(s.i).Get("url").Text()); local && target.Type == "Binary" {
			f.leave(s, mark{kind: CutAttachment, target: target})
		}
	}
	if of.anything {
		f.resource(s.i)
		return
	}
	f.object(s, of)
}

// kind says whether and as what a value can be left out.
func (f *finder) kind(s *step) (mark, bool) {
	of := s.element.of
	switch {
	case s.beside:
		return mark{}, false
	case s.element.base == "contained" && s.top():
		return mark{kind: CutContained}, true
	case s.owner.name == "Meta" && of.name == "Coding" && s.in.top():
		if s.element.base == "tag" {
			return mark{kind: CutTag}, true
		}
		return mark{kind: CutLabel}, true
	case of.name == "Narrative":
		return mark{kind: CutNarrative}, true
	case of.name == "CarePlan.Activity.Detail":
		return mark{kind: CutInline}, true
	case of.name == "Address", of.name == "ContactPoint", of.name == "Location.Position",
		of.name == "Attachment" && s.element.base == "photo":
		return mark{kind: CutPlace}, true
	case of.name == "Reference" && !stays[s.key()]:
		target, local := ParseRef(f.node(s.i).Get("reference").Text())
		return mark{kind: CutReference, target: target}, local
	default:
		return mark{}, false
	}
}

// leave marks the smallest thing that can go with the value: an entry where it is repeated, or the object
// around it that would say nothing, or nothing valid, without it.
func (f *finder) leave(s *step, m mark) {
	child := s.i
	for ; ; s = s.in {
		if pair := s.pair(f); pair != nil {
			s = pair.in
		}
		if s.in == nil { // such an array in the resource itself: it cannot go
			m.required = true
			f.mark(child, m)
			return
		}
		if meaning[s.owner.name] || s.element.base == "modifierExtension" {
			m.required = true
		}
		array := f.node(s.i).Parent()
		last := array.Kind() != Array || array.Len() == 1
		switch {
		case !f.demanded(s):
			f.mark(s.i, m)
			return
		case last && !s.top():
			continue // what holds it goes
		case array.Kind() == Array:
			f.must[array.i] = true
		default:
			m.required = true
		}
		f.mark(s.i, m)
		return
	}
}

// demanded reports whether what holds the value cannot stand without at least one of its element.
func (f *finder) demanded(s *step) bool {
	inExtension := s.owner.name == "Extension" && (s.element.base == "value" || s.element.base == "extension")
	return s.element.required || about[s.key()] || inExtension
}

// pair finds the entry of an array such as _given that the value stands in. Such an array goes in step with
// the one that it accompanies, so neither is cut piecewise: the object that holds both goes.
func (s *step) pair(f *finder) *step {
	for ; s.in != nil; s = s.in {
		if s.beside && f.node(s.i).Parent().Kind() == Array {
			return s
		}
	}
	return nil
}
