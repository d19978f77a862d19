package rest

import (
	"net/http"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// explainTakes are the parameters of $explain-access, in the address or as Parameters. caller is another name of user.
const explainTakes = "user caller organization role purpose thing part"

// explainAccess answers GET and POST [base]/Patient/[id]/$explain-access: whether a user may see a thing of the person's
// record, or which things of each section, and what decides so.
func explainAccess(x *exchange) error {
	ask := x.query.Get
	if x.gin.Request.Method == http.MethodPost {
		in, err := x.parameters("user", "caller", "organization", "role", "purpose", "thing", "part")
		if err != nil {
			return err
		}
		if err := in.fault(); err != nil {
			return err
		}
		ask = in.word
	}
	q := guard.AccessQuestion{Patient: x.ref, Role: ask("role"), Purpose: ask("purpose"), Part: ask("part")}
	user := ask("user")
	if user == "" {
		user = ask("caller")
	}
	var err error
	if q.User, err = named("user", user); user == "self" {
		q.User, err = x.ref, nil
	}
	if err != nil {
		return err
	}
	if q.Organization, err = named("organization", ask("organization")); err != nil {
		return err
	}
	if q.Thing, err = named("thing", ask("thing")); err != nil {
		return err
	}
	seen, err := gateway.ExplainAccess(x.context(), x.reading, q)
	if err != nil {
		return err
	}
	return x.show(seen)
}

// named reads a reference to a resource of this server; the zero Ref of an empty text.
func named(parameter, text string) (fhir.Ref, error) {
	if text == "" {
		return fhir.Ref{}, nil
	}
	ref, ok := fhir.ParseRef(text)
	if !ok {
		return fhir.Ref{}, fhir.Errorf(fhir.Value, "%s must be a reference to a resource of this server, such as Organization/123", parameter)
	}
	return ref, nil
}

// word is a parameter that is a reference, a code or a text; empty when it is not there.
func (in *parameters) word(name string) string {
	p := in.named[name]
	if ref := p.At("valueReference", "reference"); ref.OK() {
		return ref.Text()
	}
	return p.Get("valueCode").Text() + p.Get("valueString").Text() + p.At("valueCoding", "code").Text()
}
