package guard

import (
	"testing"

	"concord/consent"
	"concord/fhir"
)

func decode(t *testing.T, s string) *fhir.Resource {
	t.Helper()
	r, err := fhir.DecodeJSON([]byte(s))
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return r
}

// hiding marks the reference cuts that lead to one of these, as a judge does.
func hiding(r *fhir.Resource, refs ...string) []bool {
	out := make([]bool, len(r.Cuts()))
	for i, c := range r.Cuts() {
		for _, ref := range refs {
			out[i] = out[i] || (c.Kind == fhir.CutReference && c.Target.String() == ref)
		}
		out[i] = out[i] || c.Kind == fhir.CutLabel
	}
	return out
}

func TestUpdatePutsBackWhatTheCallerCannotSee(t *testing.T) {
	t.Parallel()
	const head = `{"resourceType":"CarePlan","id":"1","status":"active","intent":"plan","subject":{"reference":"Patient/1"}`
	for _, tt := range []struct {
		name, before, update, want string
		hidden                     []string
	}{
		{
			name:   "a goal in the middle goes back to its place",
			before: head + `,"goal":[{"reference":"Goal/1"},{"reference":"Goal/2"},{"reference":"Goal/3"}]}`,
			update: head + `,"goal":[{"reference":"Goal/1"},{"reference":"Goal/3"},{"reference":"Goal/4"}]}`,
			hidden: []string{"Goal/2"},
			want:   head + `,"goal":[{"reference":"Goal/1"},{"reference":"Goal/2"},{"reference":"Goal/3"},{"reference":"Goal/4"}]}`,
		},
		{
			name:   "a list that the caller saw nothing of comes back whole",
			before: head + `,"goal":[{"reference":"Goal/1"},{"reference":"Goal/2"}]}`,
			update: head + `,"title":"new"}`,
			hidden: []string{"Goal/1", "Goal/2"},
			want:   head + `,"title":"new","goal":[{"reference":"Goal/1"},{"reference":"Goal/2"}]}`,
		},
		{
			name:   "an activity with a hidden task goes back with all that is in it",
			before: head + `,"activity":[{"reference":{"reference":"Task/1"},"progress":[{"text":"well"}]},{"reference":{"reference":"Task/2"}}]}`,
			update: head + `,"activity":[{"reference":{"reference":"Task/2"}}]}`,
			hidden: []string{"Task/1"},
			want:   head + `,"activity":[{"reference":{"reference":"Task/1"},"progress":[{"text":"well"}]},{"reference":{"reference":"Task/2"}}]}`,
		},
		{
			name:   "labels that nobody is shown stay",
			before: `{"resourceType":"Goal","id":"1","meta":{"security":[{"system":"urn:x","code":"PSY"}]},"lifecycleStatus":"active","description":{"text":"a"},"subject":{"reference":"Patient/1"}}`,
			update: `{"resourceType":"Goal","id":"1","lifecycleStatus":"active","description":{"text":"b"},"subject":{"reference":"Patient/1"}}`,
			want:   `{"resourceType":"Goal","id":"1","meta":{"security":[{"system":"urn:x","code":"PSY"}]},"lifecycleStatus":"active","description":{"text":"b"},"subject":{"reference":"Patient/1"}}`,
		},
		{
			name:   "what the caller wrote in its place stays theirs",
			before: `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"a"},"encounter":{"reference":"Encounter/1"}}`,
			update: `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"a"},"encounter":{"reference":"Encounter/2"}}`,
			hidden: []string{"Encounter/1"},
			want:   `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"a"},"encounter":{"reference":"Encounter/2"}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := decode(t, tt.before)
			prior := &Version{JSON: before.JSON(), Facts: &consent.Facts{Cuts: before.Cuts()}}
			got, err := putBack(prior, hiding(before, tt.hidden...), decode(t, tt.update))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.JSON()) != tt.want {
				t.Errorf("got  %s\nwant %s", got.JSON(), tt.want)
			}
		})
	}
}
