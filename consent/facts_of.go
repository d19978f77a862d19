package consent

import (
	"slices"
	"strings"

	"concord/fhir"
	"concord/fhir/care"
)

// Systems of what provision.class may name (FHIR R4, value set consent-content-class).
const (
	systemTypes = "http://hl7.org/fhir/resource-types"
	systemURI   = "urn:ietf:rfc:3986" // profiles
	systemMIME  = "urn:ietf:bcp:13"
)

// FactsOf reads all that a decision may look at from one resource version. sender is the Organization that sent
// it, or the Patient or RelatedPerson who wrote it. It never fails: what it cannot read is left out in the way
// that hides more.
func FactsOf(r *fhir.Resource, sender fhir.Ref) *Facts {
	root := r.Root()
	f := &Facts{
		Ref:      r.Ref(),
		About:    subjectsOf(r),
		Sections: care.SectionsOf(r),
		Events:   timesAt(root, events),
		Authored: timesAt(root, authored),
		Authors:  authorsOf(root, r.Type()),
		Sender:   sender,
		Owners:   partiesAt(root, root, owners[r.Type()]),
		Private:  isPrivate(r),
		Cuts:     r.Cuts(),
	}
	f.Open = len(f.About) == 0 && isOpen(r)
	f.Class = classOf(r.Type(), root, f.Sections)
	f.Codes = codingsIn(root)
	f.Primary = primaryOf(root, r.Type())
	if len(f.Authors) == 0 && sender != (fhir.Ref{}) {
		f.Authors = []Party{{Ref: sender}}
	}
	f.Custodian = custodiansOf(root, r.Type(), sender)
	f.Seal, f.Held = sealsOf(root)
	f.Labels, f.Purposes = labelsOf(root)
	f.NoneKnown = saysNoneKnown(root, f.Codes)
	f.Parts = partsOf(r, f)
	f.Gives = givesOf(r)
	f.Links = linksOf(r)
	return f
}

// classOf is what provision.class may name of a thing: its type, the profiles it claims with and without their
// version, what kind of document it is, formats, MIME types, and our sections.
func classOf(t fhir.Type, n fhir.Node, sections care.Set) []Code {
	class := []Code{{systemTypes, string(t)}}
	for profile := range n.All("meta", "profile") {
		class = append(class, Code{systemURI, profile.Text()})
		if bare, _, versioned := strings.Cut(profile.Text(), "|"); versioned {
			class = append(class, Code{systemURI, bare})
		}
	}
	switch t {
	case "Composition", "DocumentReference", "DocumentManifest":
		class = append(class, codingsAt(n, []string{"type", "coding"})...)
	}
	class = append(class, codingsAt(n, []string{"content", "format"})...)
	for _, path := range [][]string{{"content", "attachment", "contentType"}, {"content", "contentType"}, {"contentType"}} {
		for mime := range n.All(path...) {
			class = append(class, Code{systemMIME, mime.Text()})
		}
	}
	for section := range sections.Each() {
		class = append(class, Code{care.SystemSection, section.String()})
	}
	return unique(class)
}

// codingsIn is every Coding anywhere in a thing, values and contained resources included, labels and tags not.
// A Coding is an object with a code and nothing that a Coding has not.
func codingsIn(n fhir.Node) []Code {
	var all []Code
	var walk func(fhir.Node)
	walk = func(n fhir.Node) {
		if c, ok := codingOf(n); ok {
			all = append(all, c)
			return
		}
		for name, member := range n.Members() {
			if name == "meta" || name == "text" {
				continue
			}
			for each := range member.Each() {
				walk(each)
			}
		}
	}
	walk(n)
	return unique(all)
}

func codingOf(n fhir.Node) (Code, bool) {
	code := n.Get("code")
	if code.Kind() != fhir.String {
		return Code{}, false
	}
	for name := range n.Members() {
		switch strings.TrimPrefix(name, "_") {
		case "id", "extension", "system", "version", "code", "display", "userSelected":
		default:
			return Code{}, false
		}
	}
	return Code{n.Get("system").Text(), code.Text()}, true
}

// codingsAt is the codings at a path that ends at Codings.
func codingsAt(n fhir.Node, path []string) []Code {
	var all []Code
	for coding := range n.All(path...) {
		if c, ok := codingOf(coding); ok {
			all = append(all, c)
		}
	}
	return all
}

// sealsOf reads our own labels in meta.security (CONSENT rules 14.9 and 14.10).
func sealsOf(n fhir.Node) (Seal, Held) {
	var seal Seal
	var held Held
	for label := range n.All("meta", "security") {
		if label.Get("system").Text() != care.SystemLabel {
			continue
		}
		switch label.Get("code").Text() {
		case care.LabelSealed:
			seal = max(seal, Sealed)
		case care.LabelLocked:
			seal = Locked
		case care.LabelNotYetTold:
			held |= HeldNotYetTold
		case care.LabelSeriousHarm:
			held |= HeldSeriousHarm
		case care.LabelThirdParty:
			held |= HeldThirdParty
		default: // a label of ours that this version does not know holds back as much as any
			seal, held = Locked, held|HeldSeriousHarm
		}
	}
	return seal, held
}

// unique drops repetitions and keeps the order.
func unique(codes []Code) []Code {
	var kept []Code
	seen := make(map[Code]struct{}, len(codes))
	for _, c := range codes {
		if _, again := seen[c]; !again {
			seen[c] = struct{}{}
			kept = append(kept, c)
		}
	}
	return slices.Clip(kept)
}
