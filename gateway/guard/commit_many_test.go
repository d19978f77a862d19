package guard_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
	"concord/gateway/memory"
)

// TestManyThingsOfOnePersonCostWhatTheyAreMany commits n things of one person at once, and twice as many: twice the work, where
// it was four times while the person's standing was put in order for each. The work is counted in bytes that the process asks for,
// so nothing runs beside it.
func TestManyThingsOfOnePersonCostWhatTheyAreMany(t *testing.T) {
	const n = 500
	contact := `{"resourceType":"RelatedPerson","id":"r%d","active":true,"patient":{"reference":"Patient/p"},` +
		`"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":"CHILD"}]}]}`
	measured := `{"resourceType":"Observation","id":"r%d","status":"final","code":{"text":"pulse"},"subject":{"reference":"Patient/p"}}`
	for _, c := range []struct {
		name, body, before string
		write              func(hospital, []*fhir.Resource)
	}{
		{"contacts in a transaction", contact, "", commitAll},
		{"contacts in a record of a local system", contact, "", ingestAll},
		{"observations in a transaction", measured, "", commitAll},
		{"observations in a record of a local system", measured, "", ingestAll},
		{"observations of somebody with a choice that follows references", strings.Replace(measured, "}}", `},"encounter":{"reference":"Encounter/v%[1]d"}}`, 1), follows, importAll},
	} {
		bytes := func(n int) uint64 {
			h := newHospital(t)
			if c.before != "" {
				h.bring(c.before)
			}
			all := []*fhir.Resource{resource(t, `{"resourceType":"Patient","id":"p"}`)}
			for i := range n {
				all = append(all, resource(t, fmt.Sprintf(c.body, i)))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c.write(h, all)
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		if once, twice := bytes(n), bytes(2*n); twice > once*5/2 {
			t.Errorf("%s: %d cost %d bytes, %d cost %d", c.name, n, once, 2*n, twice)
		}
	}
}

const follows = `{"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
	`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/p"},"policyRule":{"text":"x"},` +
	`"provision":{"type":"deny","data":[{"meaning":"related","reference":{"reference":"Encounter/v"}}]}}`

// hospital is a store with an organisation that sends to it.
type hospital struct {
	*testing.T
	operator, door guard.Reading
}

func newHospital(t *testing.T) hospital {
	t.Helper()
	now := func() time.Time { return chainTime }
	var ids atomic.Int64
	store := memory.New(now)
	g, err := guard.New(guard.Config{
		Store: store, Trail: store, Cache: memory.NewCache(1<<20, now), Base: consent.Default(), Now: now,
		NewID: func() string { return fmt.Sprintf("id-%06d", ids.Add(1)) }, Secret: make([]byte, 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	scopes, err := smart.Parse("system/*.cruds")
	if err != nil {
		t.Fatal(err)
	}
	org := fhir.Ref{Type: "Organization", ID: "hospital"}
	h := hospital{
		t, g.As(guard.Caller{Client: "operator", Operator: true, Scopes: scopes}),
		g.As(guard.Caller{Client: "door", Org: org, Purposes: []string{"TREAT"}, Scopes: scopes}),
	}
	h.bring(fmt.Sprintf(`{"resourceType":"Organization","id":"hospital","active":true,"type":[{"coding":[{"system":%q,"code":%q}]}]}`, care.SystemKind, care.KindHealth))
	return h
}

// bring stores a resource as the operator.
func (h hospital) bring(body string) {
	h.Helper()
	h.commit(h.operator, guard.Import, []*fhir.Resource{resource(h.T, body)})
}

func commitAll(h hospital, all []*fhir.Resource) { h.commit(h.door, guard.Create, all) }

func importAll(h hospital, all []*fhir.Resource) { h.commit(h.operator, guard.Import, all) }

func (h hospital) commit(r guard.Reading, do guard.Do, all []*fhir.Resource) {
	h.Helper()
	writes := make([]guard.Write, 0, len(all))
	for _, one := range all {
		writes = append(writes, guard.Write{Do: do, Ref: one.Ref(), Resource: one})
	}
	if _, err := r.Commit(h.Context(), writes...); err != nil {
		h.Fatal(err)
	}
}

func ingestAll(h hospital, all []*fhir.Resource) {
	h.Helper()
	made := guard.Delivered{Resources: all, Provenance: func(targets []fhir.Ref) (*fhir.Resource, error) {
		refs := make([]string, 0, len(targets))
		for _, target := range targets {
			refs = append(refs, fmt.Sprintf(`{"reference":%q}`, target))
		}
		return fhir.DecodeJSON([]byte(`{"resourceType":"Provenance","recorded":"2026-03-01T09:00:00Z","agent":[{"who":{"reference":"Organization/hospital"}}],` +
			`"target":[` + strings.Join(refs, ",") + `]}`))
	}}
	_, err := h.door.Ingest(h.Context(), guard.Delivery{Key: "k", Digest: "d", Make: func(time.Time, func(typ, system, key string) fhir.ID) (guard.Delivered, error) {
		return made, nil
	}})
	if err != nil {
		h.Fatal(err)
	}
}

func resource(t *testing.T, body string) *fhir.Resource {
	t.Helper()
	r, err := fhir.DecodeJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
