package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"concord/fhir"
	"concord/gateway/guard"
	"concord/mappings"
)

// Message is one record of a local system on its way in.
type Message struct {
	Definition *mappings.Definition // nil: none takes it
	Record     *mappings.Tree       // nil: it could not be read
	Fault      error                // why there is no Record, or no Definition
	Key        string               // names it among all that its sender sends; empty: it is taken each time it comes
	Digest     string               // of its content: with the Key it tells a resend from another message (CONSENT rules 15.12)
	Name       string               // names it in Provenance; empty: the Key
	Care       guard.Care
	Door       string // that it came by, as it is configured; empty: a token's caller sent it
	Media      string // content type of Raw
	Raw        []byte // as it came
}

// Ingested is what became of a Message.
type Ingested struct {
	guard.Ingested
	Report   *mappings.Report // where each field went; nil when it could not be read, or came before
	Warnings []fhir.Issue     // of what was taken: what its sender should look at, with the places
	More     int              // warnings that are left out
	Kept     bool             // it was refused, and is kept whole for the operator
}

// local is what goes back to the sender: what the definition kept beside the resources.
type local struct {
	Definition string          `json:"definition"` // name
	Kept       json.RawMessage `json:"kept,omitempty"`
}

// Ingest takes a message in as the caller of the reading: it is mapped, each resource is read strictly, and all of them
// are committed at once with a Provenance that names message and definition. The same thing sent again is updated, never
// doubled: changed in what the message speaks of (mappings.Result.Put). The same message sent again changes nothing, and one
// that came late does not undo what a newer one has told.
//
// A message that is refused is kept whole before this returns, in the list of dead letters, but for one whose sender's token
// does not allow it. Errors are *fhir.Error of its
// definition, of fhir.DecodeJSON and of Commit; anything else, and the kinds Transient, Throttled and Exception, is no
// fault of the message: it is not kept, and may be sent again.
func Ingest(ctx context.Context, r guard.Reading, m Message) (Ingested, error) {
	told, err := ingest(ctx, r, m)
	if err == nil || !refused(err) || m.Door == "" && kindOf(err) == fhir.Forbidden { // a token that may not has nothing to mend
		return told, err
	}
	if lost := keepLetter(ctx, r, m, err); lost != nil {
		return told, lost
	}
	told.Kept = true
	return told, err
}

// ingest is Ingest without dead letters.
func ingest(ctx context.Context, r guard.Reading, m Message) (Ingested, error) {
	var result mappings.Result
	var there map[fhir.Ref]*fhir.Resource
	done, err := guard.Ingested{}, m.Fault
	if err == nil && m.Definition == nil {
		err = fhir.Errorf(fhir.NotSupported, "no definition here takes this message")
	}
	if err == nil {
		done, err = r.Ingest(ctx, guard.Delivery{
			Key: m.Key, Digest: m.Digest, Care: m.Care,
			Make: func(at time.Time, id func(typ, system, key string) fhir.ID) (guard.Delivered, error) {
				var made guard.Delivered
				var err error
				result, made, err = m.make(at, id)
				there = map[fhir.Ref]*fhir.Resource{}
				made.Put = func(r, seen *fhir.Resource) (*fhir.Resource, error) {
					there[r.Ref()] = seen
					return result.Put(r.Ref(), seen)
				}
				return made, err
			},
		})
		err = m.place(err, result)
	}
	told := Ingested{Ingested: done}
	if !done.Replayed && m.Definition != nil && m.Record != nil {
		told.Report = result.ReportWith(untouched(done.Left, there))
		told.Warnings, told.More = result.Warnings()
	}
	return told, err
}

// untouched says in words what a record has not changed.
func untouched(left []guard.Left, there map[fhir.Ref]*fhir.Resource) []mappings.Untouched {
	words := map[guard.Reason]string{guard.LeftThere: "the %s is there already", guard.LeftNewer: "a message about a later time has told of the %s"}
	all := make([]mappings.Untouched, 0, len(left))
	for _, l := range left {
		u := mappings.Untouched{Ref: l.Ref, Why: fmt.Sprintf(words[l.Why], l.Ref.Type)}
		if l.Why == guard.LeftThere {
			u.There = there[l.Ref]
		}
		all = append(all, u)
	}
	return all
}

// mostMade is how many resources one record may make, its Provenance among them: they are committed at once, and others wait
// meanwhile.
const mostMade = 1001

// make maps the message.
func (m Message) make(at time.Time, id func(typ, system, key string) fhir.ID) (mappings.Result, guard.Delivered, error) {
	name := printable(cmp.Or(m.Name, m.Key, "unnamed"))
	result, err := m.Definition.ToFHIR(m.Record, mappings.Context{ID: id, Recorded: at, Message: name})
	if err != nil {
		return result, guard.Delivered{}, err
	}
	if len(result.Made) == 0 {
		return result, guard.Delivered{}, fhir.Errorf(fhir.BusinessRule, "the definition %s makes nothing of this record", m.Definition.Name)
	}
	if len(result.Made) > mostMade {
		return result, guard.Delivered{}, fhir.Errorf(fhir.TooLong, "the record makes %d things, and %d are taken at once: divide it", len(result.Made)-1, mostMade-1)
	}
	all, err := result.Resources()
	if err != nil {
		return result, guard.Delivered{}, err
	}
	made := guard.Delivered{
		Resources: all[:len(all)-1], // mappings puts the Provenance behind what it is about
		Once:      map[fhir.Ref]bool{}, Occurred: result.Occurred(), Provenance: result.Provenance,
	}
	for _, r := range made.Resources {
		made.Once[r.Ref()] = result.Once(r.Ref())
	}
	slices.SortStableFunc(made.Resources, func(a, b *fhir.Resource) int { return cmp.Compare(personFirst(a.Type()), personFirst(b.Type())) })
	if made.Local, err = json.Marshal(local{m.Definition.Name, result.Kept().Bytes()}); err != nil {
		return result, guard.Delivered{}, fmt.Errorf("write what is kept of a record: %w", err)
	}
	return result, made, nil
}

// personFirst orders what a record makes: the others are about the person.
func personFirst(t fhir.Type) int {
	if t == "Patient" {
		return 0
	}
	return 1
}

// printable is a name without control characters, as Provenance and logs want it.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '|'
		}
		return r
	}, name)
}

// place says which of the things that the record makes was refused.
func (m Message) place(err error, result mappings.Result) error {
	failed, ok := errors.AsType[*guard.FailedError](err)
	told, isTold := errors.AsType[*fhir.Error](err)
	if !ok || !isTold || failed.Write >= len(result.Made) {
		return err
	}
	made := slices.Clone(result.Made)
	slices.SortStableFunc(made, func(a, b mappings.Made) int { return cmp.Compare(personFirst(a.Ref.Type), personFirst(b.Ref.Type)) })
	named := *told
	named.Issues = slices.Clone(told.Issues)
	for i := range named.Issues {
		named.Issues[i].Diagnostics = made[failed.Write].Name + ": " + named.Issues[i].Diagnostics
	}
	return &named
}
