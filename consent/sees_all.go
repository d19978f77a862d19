package consent

import "slices"

// SeesAll reports whether nothing of the person's that the viewer's own organisation sent could be hidden from the viewer,
// whatever it says. It is for content that nobody has read, of which no criterion can be asked: by the choices, by the row
// of a role, by the scopes, or because nobody may learn where the person is to be found.
func (r Residual) SeesAll() bool {
	x := r.r
	if x == nil || x.stance != worker || x.hides != 0 || x.atRisk || x.narrow {
		return false
	}
	if !x.back.whole && (!x.anyType || !clinical.Within(x.sections|x.back.sections)) {
		return false
	}
	return !slices.ContainsFunc(x.nodes, func(n node) bool { return !n.permit || n.selects() })
}

// selects reports whether a provision asks anything of the data: a permit of some things is a deny of others.
func (n *node) selects() bool {
	return n.maybe || n.untyped || n.oddData || n.classed || n.oddClass || n.coded || n.oddCode || n.dated || n.data || n.oddRef ||
		n.kept || n.written || n.oddActor || n.labelled || n.oddLabel
}
