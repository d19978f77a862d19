package guard

import (
	"io"
	"net/url"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// Reading is the record as one caller may see and write it. Use cases get a Reading, never a Store.
type Reading struct {
	g *Guard
	c Caller
}

// Disclosed is patient data that was decided, cut and recorded in the trail: all that a door can write. Only
// this package makes one.
type Disclosed struct {
	body     []byte
	etag     string
	modified time.Time
}

// WriteTo writes the bytes to the caller.
func (d Disclosed) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(d.body)
	return int64(n), err
}

// Len is the number of bytes.
func (d Disclosed) Len() int { return len(d.body) }

// ETag is W/"versionId" of a resource, and a hash of the bytes of a view (CONSENT rules 15.10).
func (d Disclosed) ETag() string { return d.etag }

// Modified is when the caller's version was last updated; zero for what has no such time.
func (d Disclosed) Modified() time.Time { return d.modified }

// Do is what a Write does.
type Do uint8

// The writes.
const (
	Create Do = iota
	Update
	Delete
	Import // operators: id and all kept, nothing done when it is stored already (section 15.7)
	Patch  // Update by a change of what the caller sees
)

// String is the interaction's name, as the trail has it.
func (d Do) String() string { return [...]string{"create", "update", "delete", "import", "patch"}[d] }

// action is the code of AuditEvent.action.
func (d Do) action() byte { return "CUDCU"[d] }

// Write is one change that a caller asks for.
type Write struct {
	Do       Do
	Ref      fhir.Ref       // Update, Delete and Patch; Create: what Reserve gave, or zero; Import: the resource's own
	Resource *fhir.Resource // not for Delete and Patch
	IfMatch  string         // versionId the caller rested on, without W/""; empty: not said

	// Patch makes the new resource of the one that the caller sees. It may be called more than once.
	Patch func(*fhir.Resource) (*fhir.Resource, error)
	// Untag are tags that a Patch takes away although the caller cannot see them ($meta-delete).
	Untag []consent.Code
	// Match makes the write conditional (FHIR R4, http.html#cond-update): it finds the resource by what the caller
	// may see of it. For Create it is If-None-Exist: what is found is left as it is. Ref.Type says where to look.
	Match *search.Plan
}

// Written is what became of a Write.
type Written struct {
	Ref       fhir.Ref
	Version   string
	Updated   time.Time
	Created   bool      // there was no such resource before
	Unchanged bool      // Import and Create: it was there already. Delete: there was nothing to delete that the caller may know of
	Body      Disclosed // the resource as the caller may now see it; empty when they may not, or for Delete
}

// StartCare is the declaration that care of a person begins (section 14.2).
type StartCare struct {
	Identifier consent.Code // such as the NHS number
	Birth      string       // birth date, YYYY-MM-DD
	Reason     consent.Code
	Setting    consent.Code
}

// Started says when the relationship that StartCare opened holds. It is the same whether the person is known here or not.
type Started struct {
	From, Until time.Time
}

// Whom names the person of a View: by Patient reference, or by identifier and birth date, which asks for the
// frame of section 14.1 when the caller may have it.
type Whom struct {
	Patient    fhir.Ref
	Identifier consent.Code
	Birth      string
}

// Sight is what one caller may see of one person: the whole input of a layout. There is no more in it.
type Sight struct {
	Class   consent.ViewerClass
	Whom    Whom                  // as it was asked
	Base    string                // of fullUrls
	Today   time.Time             // midnight of the day, UTC; what is overdue is said by day
	Things  []Thing               // in the order of Ref.String
	Choices []consent.Choice      // the sharing choices in force, for those who may read them; else empty
	Looks   func(fhir.Ref) string // the public name of an organisation; "" when not known
}

// Thing is one resource of a Sight, cut to what may be seen.
type Thing struct {
	Ref     fhir.Ref
	Version string
	Updated time.Time
	JSON    []byte
	Facts   *consent.Facts // of the whole resource: for sections and dates only, never to be shown
}

// Query is a search as it came: the decoded parameters, whether unknown ones are an error
// (Prefer: handling=strict), and the type.
type Query struct {
	Type   fhir.Type
	Values url.Values
	Strict bool
	Within fhir.Ref // the compartment to search; zero: everything
}
