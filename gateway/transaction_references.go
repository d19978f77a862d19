package gateway

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
	"concord/gateway/guard"
)

// rewriting turns what entries say of each other into references on this server (FHIR R4, http.html#trules and
// bundle.html#references). Links in narrative are left as they are: narrative is never served.
type rewriting struct {
	ctx     context.Context //nolint:containedctx // lives as long as one transaction is prepared
	reading guard.Reading
	base    string
	targets map[string]fhir.Ref // by fullUrl
	at      fhir.Node           // the resource that is being dealt with
	found   map[string]fhir.Ref // conditional references that were resolved
}

// resource is the resource of an entry with its references set, read strictly.
func (w *rewriting) resource(q Request, step Step) (*fhir.Resource, error) {
	if !q.Resource.OK() {
		return nil, fhir.Errorf(fhir.Required, "this request needs a resource")
	}
	root, _, isREST := cutREST(q.FullURL)
	if !isREST {
		root = ""
	}
	w.at = q.Resource
	var fault error
	of, _ := fhir.DefinitionOf(q.Resource.Get("resourceType").Text())
	body := splice(nil, q.Resource, of, func(n fhir.Node, of fhir.Definition) []byte {
		to, err := w.target(n, of, root)
		if err != nil && fault == nil {
			fault = err
		}
		if to == "" {
			return nil
		}
		quoted, _ := jsontext.AppendQuote(nil, to) // a reference of ours
		return quoted
	})
	r, err := fhir.DecodeJSON(body) // faults of form come before those of meaning
	if err != nil {
		return nil, err
	}
	if fault != nil {
		return nil, fault
	}
	if r.Type() != step.Ref.Type {
		return nil, fhir.Errorf(fhir.Invalid, "the resource must be of the type in request.url")
	}
	if step.Do == guard.Update && step.Condition == "" && r.Ref() != step.Ref {
		return nil, fhir.Errorf(fhir.Invalid, "the id of the resource must be that in request.url")
	}
	return r, nil
}

// target is what a value becomes; "" when it stays as it is. root is the server of the entry's own fullUrl.
func (w *rewriting) target(n fhir.Node, of fhir.Definition, root string) (string, error) {
	if n.Kind() != fhir.String {
		return "", nil
	}
	reference := n.Name() == "reference" && n.Parent().Get("resourceType").Kind() == fhir.Missing
	switch of.Name() {
	case "uri", "url", "canonical", "uuid", "oid":
	default:
		if !reference {
			return "", nil
		}
	}
	text, fragment, _ := strings.Cut(n.Text(), "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	if ref, ok := w.targets[text]; ok {
		return ref.String() + fragment, nil
	}
	if of.Name() == "url" {
		return localContent(text, w.base), nil
	}
	if !reference {
		return "", nil
	}
	if plain, _, versioned := strings.Cut(text, "/_history/"); versioned {
		if ref, ok := w.targets[plain]; ok {
			return ref.String() + fragment, nil
		}
	}
	if local, ok := fhir.ParseRef(text); ok {
		if ref, ok := w.targets[root+"/"+local.String()]; ok && root != "" {
			return ref.String() + fragment, nil
		}
		return "", nil
	}
	if strings.HasPrefix(text, "urn:uuid:") || strings.HasPrefix(text, "urn:oid:") {
		return "", w.unresolved(n, "the reference is to a urn that no entry of the Bundle has as its fullUrl")
	}
	return w.conditional(n, text)
}

// conditional resolves a reference that is a search, such as "Patient?identifier=system|value": it must fit one
// resource that the caller may see. What is hidden fits no more than what is absent.
func (w *rewriting) conditional(n fhir.Node, text string) (string, error) {
	typ, query, ok := strings.Cut(text, "?")
	if !ok || !fhir.KnownType(fhir.Type(typ)) {
		return "", nil
	}
	ref, known := w.found[text]
	if !known {
		plan, err := Condition(w.reading, fhir.Type(typ), query)
		if err == nil {
			ref, err = w.reading.Resolve(w.ctx, *plan)
		}
		if err != nil {
			return "", err
		}
		w.found[text] = ref
	}
	if ref == (fhir.Ref{}) {
		return "", w.unresolved(n, "the conditional reference fits nothing that you may see")
	}
	return ref.String(), nil
}

// unresolved is the refusal of one reference, with its path from its own resource.
func (w *rewriting) unresolved(n fhir.Node, text string) error {
	path := w.at.Get("resourceType").Text() + strings.TrimPrefix(n.Path(), w.at.Path())
	return &fhir.Error{Kind: fhir.BusinessRule, Issues: []fhir.Issue{{Code: fhir.BusinessRule, Expression: path, Diagnostics: text}}}
}

// cutREST parts the address of a resource on some server into that server's base and the resource.
func cutREST(url string) (string, fhir.Ref, bool) {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return "", fhir.Ref{}, false
	}
	rest, id, ok := cutLast(url)
	if !ok {
		return "", fhir.Ref{}, false
	}
	root, typ, ok := cutLast(rest)
	ref, known := fhir.ParseRef(typ + "/" + id)
	return root, ref, ok && known
}

func cutLast(s string) (string, string, bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}
