package rest

import (
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// parameters is the body of an operation (FHIR R4 operations.html#executing): a Parameters resource, read as strictly as any
// other. Its methods gather what is wrong, so that a caller hears of all of it at once.
type parameters struct {
	named  map[string]fhir.Node
	issues []fhir.Issue
}

// parameters reads the body. Other names than these are left out, or are an error when handling is strict.
func (x *exchange) parameters(names ...string) (*parameters, error) {
	body, err := x.resource("Parameters")
	if err != nil {
		return nil, err
	}
	in := &parameters{named: map[string]fhir.Node{}}
	for p := range body.Root().Get("parameter").Each() {
		name := p.Get("name").Text()
		if !slices.Contains(names, name) {
			if x.prefer.strict {
				in.complain(fhir.NotSupported, p.Path(), "the operation has no such parameter")
			}
			continue
		}
		if in.named[name].OK() {
			in.complain(fhir.Invalid, p.Path(), "the parameter stands here twice")
		}
		in.named[name] = p
	}
	return in, nil
}

// identifier reads a valueIdentifier that has a system and a value.
func (in *parameters) identifier(name string) consent.Code {
	id := in.named[name].Get("valueIdentifier")
	code := consent.Code{System: id.Get("system").Text(), Code: id.Get("value").Text()}
	if code.System == "" || code.Code == "" {
		in.complain(fhir.Required, expression(name), "a valueIdentifier with system and value is needed")
	}
	return code
}

// day reads a valueDate that says year, month and day.
func (in *parameters) day(name string) string {
	date := in.named[name].Get("valueDate").Text()
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		in.complain(fhir.Required, expression(name), "a valueDate with year, month and day is needed")
	}
	return date
}

// has reports whether the caller gave the parameter at all.
func (in *parameters) has(name string) bool { return in.named[name].OK() }

// coding reads a valueCoding, or the first coding of a valueCodeableConcept.
func (in *parameters) coding(name string) consent.Code {
	coding := in.named[name].Get("valueCoding")
	if !coding.OK() {
		coding = in.named[name].At("valueCodeableConcept", "coding")
	}
	code := consent.Code{System: coding.Get("system").Text(), Code: coding.Get("code").Text()}
	if code.Code == "" {
		in.complain(fhir.Required, expression(name), "a valueCoding or valueCodeableConcept with a code is needed")
	}
	return code
}

// reference reads a valueReference to a resource of this server.
func (in *parameters) reference(name string) fhir.Ref {
	ref, ok := fhir.ParseRef(in.named[name].At("valueReference", "reference").Text())
	if !ok {
		in.complain(fhir.Required, expression(name), "a valueReference to a resource of this server is needed")
	}
	return ref
}

// text reads a valueString.
func (in *parameters) text(name string) string {
	text := in.named[name].Get("valueString").Text()
	if text == "" {
		in.complain(fhir.Required, expression(name), "a valueString is needed")
	}
	return text
}

// fault is nil when all was right.
func (in *parameters) fault() error {
	if len(in.issues) == 0 {
		return nil
	}
	return &fhir.Error{Kind: in.issues[0].Code, Issues: in.issues}
}

func (in *parameters) complain(code fhir.Kind, path, text string) {
	in.issues = append(in.issues, fhir.Issue{Code: code, Expression: path, Diagnostics: text})
}

// expression is the FHIRPath of a parameter by its name.
func expression(name string) string { return "Parameters.parameter.where(name='" + name + "')" }
