package smart

import (
	"strings"

	"concord/fhir"
	"concord/fhir/search"
)

// Letter is one permission of SMART 2 scopes. None implies another.
type Letter byte

// The letters, in the only order in which a scope may have them.
const (
	Create Letter = 'c'
	Read   Letter = 'r' // read, vread and the history of one resource
	Update Letter = 'u' // update, patch and update that creates
	Delete Letter = 'd'
	Search Letter = 's' // search, and the history of a type or of the server
)

// Letters are one or more letters, in order, each once: "rs".
type Letters string

// all is what version 1 writes as a star.
const all Letters = "cruds"

// Has reports whether the letter is among them.
func (l Letters) Has(letter Letter) bool { return strings.IndexByte(string(l), byte(letter)) >= 0 }

// Context says under whose permissions a scope stands.
type Context string

// The contexts.
const (
	Patient Context = "patient" // the compartment of the launch patient, whoever the user is
	User    Context = "user"    // what the user may see
	System  Context = "system"  // what the client is registered for, with no user
)

// AnyType is the type of a scope on every resource type.
const AnyType fhir.Type = "*"

// Grant is what one scope gives.
type Grant struct {
	Context Context
	Type    fhir.Type // AnyType for "*"
	Letters Letters
	Where   []search.Clause // the resource must match all of them; none: every resource of the type
	Raw     string          // the scope as the token has it

	canonical string
}

// covers reports whether the grant is about the type and has the letter.
func (g Grant) covers(t fhir.Type, l Letter) bool {
	return (g.Type == AnyType || g.Type == t) && g.Letters.Has(l)
}
