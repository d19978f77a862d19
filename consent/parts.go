package consent

import (
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
	"concord/fhir/care"
)

// partsOf are the contained and inline things of a resource, each with the facts that it would have if it stood
// alone (CONSENT rules section 10 rows 22 and 24). What is about nobody, such as a contained Medication, may be
// seen with its host by whoever may see that, unless it is denied itself: it has the host's facts and its own.
func partsOf(r *fhir.Resource, host *Facts) []Part {
	var parts []Part
	var local map[string]bool
	for i, cut := range r.Cuts() {
		if cut.Kind != fhir.CutContained && cut.Kind != fhir.CutInline {
			continue
		}
		n := nodeAt(r.Root(), cut.Path)
		t := typeOf(n)
		whole := false
		if cut.Kind == fhir.CutContained {
			if local == nil {
				local = localReferences(r.Root())
			}
			whole = local[n.Get("id").Text()]
		} else {
			n, t = inline(n)
		}
		sections := care.SectionsAt(t, n)
		labels, _ := labelsOf(n)
		labels.Basis = nil
		if cut.Kind == fhir.CutContained && aboutNobody(t, n) {
			parts = append(parts, Part{
				Cut: int32(i), Whole: whole, Class: unique(slices.Concat(host.Class, classOf(t, n, sections))), Codes: host.Codes,
				Primary: unique(slices.Concat(host.Primary, primaryOf(n, t))), Events: host.Events, Authored: host.Authored, Sections: host.Sections,
				Labels: labels,
			})
			continue
		}
		parts = append(parts, Part{
			Cut: int32(i), Whole: whole, Class: classOf(t, n, sections), Codes: codingsIn(n), Primary: primaryOf(n, t),
			Events: timesAt(n, append(events, "scheduled[x]")), Authored: timesAt(n, authored), Sections: sections,
			Labels: labels,
		})
	}
	return parts
}

// inline is the detail that a cut of inline content holds, and the type that it would have standing alone
// (CarePlan.activity.detail.kind; a Task when it says none).
func inline(n fhir.Node) (fhir.Node, fhir.Type) {
	if detail := n.Get("detail"); detail.OK() {
		n = detail
	}
	if kind := fhir.Type(n.Get("kind").Text()); fhir.KnownType(kind) {
		return n, kind
	}
	return n, "Task"
}

// nodeAt follows a path as Cut.Path has it: "CarePlan.activity[0].detail".
func nodeAt(root fhir.Node, path string) fhir.Node {
	steps := strings.Split(path, ".")
	n := root
	for _, step := range steps[1:] {
		name, index, listed := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		n = n.Get(name)
		if !listed {
			continue
		}
		want, err := strconv.Atoi(index)
		if err != nil {
			return root
		}
		at := 0
		for each := range n.Each() {
			if at == want {
				n = each
				break
			}
			at++
		}
	}
	if !n.OK() {
		return root // what cannot be found is judged as its host
	}
	return n
}

// localReferences are the ids of contained resources that something in the resource refers to.
func localReferences(n fhir.Node) map[string]bool {
	ids := map[string]bool{}
	var walk func(fhir.Node)
	walk = func(n fhir.Node) {
		for name, member := range n.Members() {
			if id, local := strings.CutPrefix(member.Text(), "#"); local && name == "reference" && id != "" {
				ids[id] = true
			}
			for each := range member.Each() {
				walk(each)
			}
		}
	}
	walk(n)
	return ids
}
