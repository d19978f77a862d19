package fhir_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
)

// told is a cut as the tests write it: kind, target, path.
func told(c fhir.Cut) string {
	names := [...]string{"container", "narrative", "label", "tag", "source", "reference", "contained", "inline", "place", "display"}
	s := names[c.Kind] + " " + c.Path
	if c.Target != (fhir.Ref{}) {
		s += " -> " + c.Target.String()
	}
	if c.Required {
		s += " (required)"
	}
	return s
}

func TestCuts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       []string // without containers that are not required
	}{
		{
			"narrative and what the server labelled",
			`{"resourceType":"Patient","meta":{"source":"urn:x","security":[{"code":"R"}],"tag":[{"code":"a"}]},"text":{"status":"generated","div":"<div/>"}}`,
			[]string{"source Patient.meta.source", "label Patient.meta.security[0]", "tag Patient.meta.tag[0]", "narrative Patient.text"},
		},
		{
			"what locates",
			`{"resourceType":"Patient","telecom":[{"value":"1"}],"address":[{"city":"x"}],"photo":[{"title":"x"}],"contact":[{"telecom":[{"value":"2"}],"address":{"city":"x"}}]}`,
			[]string{"place Patient.telecom[0]", "place Patient.address[0]", "place Patient.photo[0]", "place Patient.contact[0].telecom[0]", "place Patient.contact[0].address"},
		},
		{
			"an activity goes with its reference or detail",
			`{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/p"},"addresses":[{"reference":"Condition/c/_history/2"},{"reference":"http://x.example/Condition/d"},{"reference":"#e"}],"activity":[{"reference":{"reference":"Task/t"}},{"detail":{"status":"scheduled","performer":[{"reference":"Practitioner/x"}]}}]}`,
			[]string{
				"reference CarePlan.subject -> Patient/p (required)",
				"reference CarePlan.addresses[0] -> Condition/c",
				"reference CarePlan.activity[0] -> Task/t",
				"inline CarePlan.activity[1]",
				"reference CarePlan.activity[1].detail.performer[0] -> Practitioner/x",
			},
		},
		{
			"an entry goes when FHIR demands its reference",
			`{"resourceType":"List","status":"current","mode":"working","subject":{"reference":"Patient/p"},"entry":[{"item":{"reference":"Goal/g"}}]}`,
			[]string{"reference List.subject -> Patient/p", "reference List.entry[0] -> Goal/g"},
		},
		{
			"a list of references that may not be empty",
			`{"resourceType":"Provenance","target":[{"reference":"CarePlan/a"},{"reference":"CarePlan/b"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/x"}}]}`,
			[]string{"container Provenance.target (required)", "reference Provenance.target[0] -> CarePlan/a", "reference Provenance.target[1] -> CarePlan/b"},
		},
		{
			"a value that the entry is about",
			`{"resourceType":"Task","status":"draft","intent":"order","input":[{"type":{"text":"x"},"valueReference":{"reference":"Goal/g"}}],"extension":[{"url":"urn:x","valueReference":{"reference":"Goal/h"}},{"url":"urn:y","extension":[{"url":"z","valueReference":{"reference":"Goal/i"}}]}]}`,
			[]string{"reference Task.input[0] -> Goal/g", "reference Task.extension[0] -> Goal/h", "reference Task.extension[1] -> Goal/i"},
		},
		{
			"what would mean something else with less in it is demanded",
			`{"resourceType":"Consent","status":"active","scope":{"text":"x"},"category":[{"text":"x"}],"policyRule":{"text":"x"},"provision":{"provision":[{"actor":[{"role":{"text":"x"},"reference":{"reference":"Organization/o"}}]}]}}`,
			[]string{"reference Consent.provision.provision[0].actor[0] -> Organization/o (required)"},
		},
		{
			"contained resources, and references inside them",
			`{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"#a"},"contained":[{"resourceType":"Goal","id":"a","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Patient/p"},"addresses":[{"reference":"Condition/c"}]}]}`,
			[]string{"contained Basic.contained[0]", "reference Basic.contained[0].subject -> Patient/p (required)", "reference Basic.contained[0].addresses[0] -> Condition/c"},
		},
		{
			"an extension of a primitive in an array takes the object that holds the array",
			`{"resourceType":"Patient","name":[{"given":["A","B"],"_given":[null,{"extension":[{"url":"urn:x","valueReference":{"reference":"Goal/g"}}]}]}]}`,
			[]string{"reference Patient.name[0] -> Goal/g"},
		},
		{
			"the words of a reference go alone, where the reference says more than they do",
			`{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/p","display":"x"},"author":{"display":"x"},"contributor":[{"reference":"#c","display":"x"}],"addresses":[{"reference":"Condition/c","display":"x","_display":{"id":"a"}},{"identifier":{"value":"1"},"display":"x"},{"reference":"http://x.example/Condition/d","display":"x"}]}`,
			[]string{
				"reference CarePlan.subject -> Patient/p (required)",
				"display CarePlan.subject.display -> Patient/p",
				"reference CarePlan.addresses[0] -> Condition/c",
				"display CarePlan.addresses[0].display -> Condition/c",
				"display CarePlan.addresses[0]._display -> Condition/c",
				"display CarePlan.addresses[1].display",
				"display CarePlan.addresses[2].display",
			},
		},
		{
			"who did a thing stays, and what they are called may go",
			`{"resourceType":"Provenance","target":[{"reference":"CarePlan/a"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/x","display":"x"}}]}`,
			[]string{"container Provenance.target (required)", "reference Provenance.target[0] -> CarePlan/a", "container Provenance.agent (required)", "container Provenance.agent[0].who (required)", "display Provenance.agent[0].who.display -> Practitioner/x"},
		},
		{
			"two reasons for one range",
			`{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"display":"x"},"activity":[{"reference":{"reference":"Task/t"},"detail":{"status":"scheduled"}}]}`,
			[]string{"reference CarePlan.activity[0] -> Task/t", "inline CarePlan.activity[0]"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := fhir.DecodeJSON([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, c := range r.Cuts() {
				if c.Kind != fhir.CutContainer || c.Required {
					got = append(got, told(c))
				}
				if c.Up >= int32(i) {
					t.Errorf("cut %d is held by %d, which does not stand before it", i, c.Up)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("cuts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLeave(t *testing.T) {
	t.Parallel()
	list := `{"resourceType":"List", "status":"current","mode":"working" , "entry":[ {"item":{"reference":"Goal/1"}} , {"item":{"reference":"Goal/2"}},{"item":{"reference":"Goal/3"}} ], "note":[{"text":"n"}]}`
	tests := []struct {
		name, body string
		out        []fhir.ID
		want       string // empty: the host goes
	}{
		{"nothing", list, nil, list},
		{"the first", list, []fhir.ID{"1"}, `{"resourceType":"List", "status":"current","mode":"working" , "entry":[ {"item":{"reference":"Goal/2"}},{"item":{"reference":"Goal/3"}} ], "note":[{"text":"n"}]}`},
		{"the second", list, []fhir.ID{"2"}, `{"resourceType":"List", "status":"current","mode":"working" , "entry":[ {"item":{"reference":"Goal/1"}},{"item":{"reference":"Goal/3"}} ], "note":[{"text":"n"}]}`},
		{"the first two", list, []fhir.ID{"1", "2"}, `{"resourceType":"List", "status":"current","mode":"working" , "entry":[ {"item":{"reference":"Goal/3"}} ], "note":[{"text":"n"}]}`},
		{"the last two", list, []fhir.ID{"2", "3"}, `{"resourceType":"List", "status":"current","mode":"working" , "entry":[ {"item":{"reference":"Goal/1"}} ], "note":[{"text":"n"}]}`},
		{"the outer two", list, []fhir.ID{"1", "3"}, `{"resourceType":"List", "status":"current","mode":"working" , "entry":[ {"item":{"reference":"Goal/2"}} ], "note":[{"text":"n"}]}`},
		{"all, and so the element", list, []fhir.ID{"1", "2", "3"}, `{"resourceType":"List", "status":"current","mode":"working", "note":[{"text":"n"}]}`},
		{"one of two that may not all go", `{"resourceType":"Schedule","actor":[{"reference":"Location/1"},{"reference":"Location/2"}]}`, []fhir.ID{"2"}, `{"resourceType":"Schedule","actor":[{"reference":"Location/1"}]}`},
		{"both of two that may not all go", `{"resourceType":"Schedule","actor":[{"reference":"Location/1"},{"reference":"Location/2"}]}`, []fhir.ID{"1", "2"}, ``},
		{"one that is demanded", `{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, []fhir.ID{"1"}, ``},
		{"a second reason for one range", `{"resourceType":"Task","status":"draft","intent":"order","input":[{"type":{"text":"x"},"valueSignature":{"type":[{"code":"x"}],"when":"2020-01-01T00:00:00Z","who":{"reference":"Patient/1"}}},{"type":{"text":"x"},"valueSignature":{"type":[{"code":"x"}],"when":"2020-01-01T00:00:00Z","who":{"reference":"Patient/2"}}}]}`, []fhir.ID{"2"}, `{"resourceType":"Task","status":"draft","intent":"order","input":[{"type":{"text":"x"},"valueSignature":{"type":[{"code":"x"}],"when":"2020-01-01T00:00:00Z","who":{"reference":"Patient/1"}}}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := fhir.DecodeJSON([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			out := map[fhir.ID]bool{}
			for _, id := range test.out {
				out[id] = true
			}
			cuts := r.Cuts()
			got, ok := fhir.Leave(r.JSON(), cuts, func(i int) bool { return out[cuts[i].Target.ID] })
			if ok != (test.want != "") || string(got) != test.want {
				t.Errorf("got %v\n%s\nwant\n%s", ok, got, test.want)
			}
		})
	}
}

func TestLeaveTheWordsOfAReference(t *testing.T) {
	t.Parallel()
	r, err := fhir.DecodeJSON([]byte(`{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"display":"a","reference":"Patient/1"},"author":{"reference":"Device/2","display":"b"}}`))
	if err != nil {
		t.Fatal(err)
	}
	cuts := r.Cuts()
	got, ok := fhir.Leave(r.JSON(), cuts, func(i int) bool { return cuts[i].Kind == fhir.CutDisplay })
	want := `{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"},"author":{"reference":"Device/2"}}`
	if !ok || string(got) != want {
		t.Errorf("got %v\n%s\nwant\n%s", ok, got, want)
	}
}

func ExampleLeave() {
	r, err := fhir.DecodeJSON([]byte(`{"resourceType":"Goal","text":{"status":"generated","div":"<div>walk</div>"},"lifecycleStatus":"active","description":{"text":"walk"},"subject":{"reference":"Patient/7"},"addresses":[{"reference":"Condition/1"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	cuts := r.Cuts()
	kept, ok := fhir.Leave(r.JSON(), cuts, func(i int) bool {
		return cuts[i].Kind == fhir.CutNarrative || cuts[i].Target == fhir.Ref{Type: "Condition", ID: "1"}
	})
	fmt.Println(string(kept), ok)
	// Output: {"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"walk"},"subject":{"reference":"Patient/7"}} true
}
