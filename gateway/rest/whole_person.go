package rest

import (
	"concord/gateway"
	"concord/gateway/guard"
)

// wholePerson answers GET [base]/Patient/[id]/$whole-person: the person's document, as this caller may see it.
func wholePerson(x *exchange) error {
	seen, err := gateway.WholePerson(x.context(), x.reading, guard.Whom{Patient: x.ref})
	if err != nil {
		return err
	}
	return x.show(seen)
}

// wholePersonFrame answers POST [base]/Patient/$whole-person with identifier and birthDate (section 14.1 of the
// consent rules). It is asked by POST, since identifiers never stand in an address of ours.
func wholePersonFrame(x *exchange) error {
	in, err := x.parameters("identifier", "birthDate")
	if err != nil {
		return err
	}
	whom := guard.Whom{Identifier: in.identifier("identifier"), Birth: in.day("birthDate")}
	if err := in.fault(); err != nil {
		return err
	}
	seen, err := gateway.WholePerson(x.context(), x.reading, whom)
	if err != nil {
		return err
	}
	return x.show(seen)
}
