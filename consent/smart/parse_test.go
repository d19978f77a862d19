package smart_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/consent/smart"
	"concord/fhir"
)

func parse(t testing.TB, s string) smart.Scopes {
	t.Helper()
	scopes, err := smart.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return scopes
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, scopes, want string
	}{
		{"version 1 becomes version 2", "user/Patient.read user/Task.write user/Goal.*", "user/Goal.cruds user/Patient.rs user/Task.cud"},
		{"both versions side by side", "patient/Patient.read patient/Goal.cr", "patient/Goal.cr patient/Patient.rs"},
		{"order and repetition do not matter", "user/Task.r  user/Goal.s user/Task.r ", "user/Goal.s user/Task.r"},
		{"scopes that are not about resources grant nothing", "openid fhirUser launch/patient", ""},
		{"no scope", "", ""},
		{"another context grants nothing", "practitioner/Task.rs Patient/Task.rs", ""},
		{"other separators grant nothing", "patient.Task.read patient%2fTask.rs patient$Task.read", ""},
		{"constraints are written in order", "patient/Observation.rs?status=final&category=b,a", "patient/Observation.rs?category=a%2Cb&status=final"},
		{"values may be percent-encoded", "patient/Observation.rs?code=http://loinc.org%7C8867-4", "patient/Observation.rs?code=http%3A%2F%2Floinc.org%7C8867-4"},
		{"a malformed scope is dropped and the others stand", "user/Task.rs user/Goal.sr user/Nonsense.rs user/CarePlan.rsx", "user/Task.rs"},
		{"a scope with a constraint that is malformed is dropped whole", "user/Task.rs user/Goal.rs?x", "user/Task.rs"},
		{"version 1 has no constraints", "user/Task.rs user/Goal.read?lifecycle-status=active", "user/Task.rs"},
		{"a value may hold spaces and pluses", "patient/Patient.rs?name=a%20b+c", "patient/Patient.rs?name=a%20b%2Bc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			scopes := parse(t, test.scopes)
			if got := scopes.Canonical(); got != test.want {
				t.Errorf("canonical is %q, want %q", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, scopes string
	}{
		{"no letter", "patient/Task."},
		{"no permission", "patient/Task"},
		{"no type", "patient/.rs"},
		{"no type and no permission", "patient/"},
		{"letters out of order", "patient/Task.sr"},
		{"letters repeated", "patient/Task.rr"},
		{"letters in capitals", "patient/Task.RS"},
		{"version 1 in capitals", "patient/Task.Read"},
		{"a type in the wrong case", "patient/task.rs"},
		{"a second question mark", "patient/Task.rs?status=a?code=b"},
		{"an empty constraint", "patient/Task.rs?"},
		{"a broken escape", "patient/Task.rs?status=%zz"},
		{"a tab", "patient/Task.rs\tuser/Task.rs"},
		{"a constraint on all types", "patient/*.rs?status=active"},
		{"a constraint on an unknown parameter, though another scope is left", "patient/Goal.rs patient/Task.rs?nonsense=1"},
		{"a constraint with a modifier", "patient/Goal.rs patient/Task.rs?status:not=draft"},
		{"a constraint through a chain", "patient/Goal.rs patient/Task.rs?subject.name=x"},
		{"a constraint that is about the search", "patient/Goal.rs patient/Task.rs?_count=1"},
		{"a constraint that cannot be read", "patient/Goal.rs patient/Task.rs?authored-on=soon"},
		{"system scopes beside user scopes", "system/Goal.rs user/Goal.rs"},
		{"system scopes beside patient scopes", "system/Goal.rs patient/Goal.rs"},
		{"patient scopes beside user scopes", "patient/Goal.rs user/Practitioner.rs"},
		{"more scopes than a token has", strings.Repeat("a ", 257)},
		{"a longer text than a token has", strings.Repeat("a", 40<<10)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			scopes, err := smart.Parse(test.scopes)
			var e *fhir.Error
			if !errors.As(err, &e) || e.Kind != fhir.Login {
				t.Fatalf("not refused: %v", err)
			}
			if len(scopes.Grants()) > 0 {
				t.Errorf("a refusal grants %v", scopes.Grants())
			}
		})
	}
}

func TestRefusalsDoNotRepeatConstraints(t *testing.T) {
	t.Parallel()
	_, err := smart.Parse("patient/Patient.rs?identifier:of-type=9434765919")
	if err == nil || strings.Contains(err.Error(), "9434765919") {
		t.Errorf("the refusal says %v", err)
	}
}

func TestScopesAnswer(t *testing.T) {
	t.Parallel()
	scopes := parse(t, "openid launch/patient patient/Observation.rs?category=vital-signs patient/Observation.r?status=final patient/Goal.cu patient/*.s")
	for _, test := range []struct {
		name          string
		typ           fhir.Type
		letter        smart.Letter
		allows, plain bool
	}{
		{"a constrained scope allows by shape", "Observation", smart.Read, true, false},
		{"a scope on all types allows any type", "Observation", smart.Search, true, true},
		{"create is there", "Goal", smart.Create, true, true},
		{"create does not imply read", "Goal", smart.Read, false, false},
		{"update does not imply delete", "Goal", smart.Delete, false, false},
		{"a type without a scope", "Task", smart.Read, false, false},
		{"all types at once", smart.AnyType, smart.Search, true, true},
		{"all types at once without such a scope", smart.AnyType, smart.Read, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := scopes.Allows(test.typ, test.letter); got != test.allows {
				t.Errorf("allows: %t, want %t", got, test.allows)
			}
			if got := scopes.Unconstrained(test.typ, test.letter); got != test.plain {
				t.Errorf("unconstrained: %t, want %t", got, test.plain)
			}
			if got := len(slices.Collect(scopes.Matching(test.typ, test.letter))) > 0; got != test.allows {
				t.Errorf("matching gives grants: %t, want %t", got, test.allows)
			}
		})
	}
	if diff := cmp.Diff([]string{"openid", "launch/patient"}, scopes.Other()); diff != "" {
		t.Error(diff)
	}
	for context, want := range map[smart.Context]bool{smart.Patient: true, smart.User: false, smart.System: false} {
		if got := scopes.Has(context); got != want {
			t.Errorf("has %s: %t", context, got)
		}
	}
	if got := scopes.Grants()[0].Raw; got != "patient/Observation.rs?category=vital-signs" {
		t.Errorf("raw is %q", got)
	}
}

func TestTheZeroScopesAllowNothing(t *testing.T) {
	t.Parallel()
	var none smart.Scopes
	if none.Allows("Task", smart.Read) || none.Operator() || none.Has(smart.System) || none.Canonical() != "" {
		t.Error("no scopes allow something")
	}
}

func TestOperator(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[string]bool{
		"system/*.cruds":       true,
		"system/*.*":           true,
		"system/*.crud":        false,
		"system/Patient.cruds": false,
		"user/*.cruds":         false,
	} {
		if got := parse(t, scopes).Operator(); got != want {
			t.Errorf("%s is an operator's: %t, want %t", scopes, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("openid patient/Observation.rs?code=http://loinc.org|8867-4&status=final patient/*.* patient/Task.write")
	f.Add(`patient/Patient.rs?birthdate=ge2000&name=a%20b,c\,d launch/patient`)
	f.Fuzz(func(t *testing.T, s string) {
		scopes, err := smart.Parse(s)
		if err != nil {
			return
		}
		again, err := smart.Parse(scopes.Canonical())
		if err != nil {
			t.Fatalf("canonical %q is refused: %v", scopes.Canonical(), err)
		}
		if again.Canonical() != scopes.Canonical() {
			t.Fatalf("canonical %q becomes %q", scopes.Canonical(), again.Canonical())
		}
		for _, g := range scopes.Grants() {
			for i := range len(g.Letters) {
				if !again.Allows(g.Type, smart.Letter(g.Letters[i])) {
					t.Fatalf("canonical %q lost %q", scopes.Canonical(), g.Raw)
				}
			}
		}
	})
}
