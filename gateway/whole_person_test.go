package gateway

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the golden files should say")

const goldenFolder = "testdata/whole_person"

// ask is what a golden file asks for: a caller, a person, a day, and the sections that the caller may see.
type ask struct {
	Class, Patient, Identifier, Birth, Today string
	Only                                     []string // nil: all
	Choices                                  []string
}

func TestWholePersonGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"staff", "self", "proxy", "frame"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(goldenFolder, name+".txtar")
			golden, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := outline(t, layOut(t, asked(t, golden.Files[0].Data)))
			if *update {
				golden.Files = append(golden.Files[:1], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(golden), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want := ""
			if len(golden.Files) > 1 {
				want = string(golden.Files[1].Data)
			}
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("view (-want +got); go test -update writes it anew:\n%s", diff)
			}
		})
	}
}

// asked makes the Sight that a golden file describes, from the person of record.txtar.
func asked(t *testing.T, data []byte) guard.Sight {
	t.Helper()
	var a ask
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	record, err := txtar.ParseFile(filepath.Join(goldenFolder, "record.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var resources []string
	for _, f := range record.Files {
		resources = append(resources, string(f.Data))
	}
	s := sight(t, a.Today, resources...)
	s.Class = map[string]consent.ViewerClass{"staff": consent.Staff, "self": consent.Self, "proxy": consent.Proxy}[a.Class]
	s.Whom = guard.Whom{Birth: a.Birth}
	if a.Patient != "" {
		s.Whom.Patient = fhir.Ref{Type: "Patient", ID: fhir.ID(a.Patient)}
	}
	if a.Identifier != "" {
		s.Whom.Identifier = consent.Code{System: care.SystemNHSNumber, Code: a.Identifier}
	}
	for _, text := range a.Choices {
		s.Choices = append(s.Choices, consent.Choice{Text: text, Until: s.Today.AddDate(1, 0, 0)})
	}
	if a.Only != nil {
		var may care.Set
		for _, code := range a.Only {
			one, _ := care.SectionByCode(code)
			may = may.With(one)
		}
		s.Things = slices.DeleteFunc(s.Things, func(thing guard.Thing) bool { return !thing.Facts.Sections.Meets(may) })
	}
	return s
}

// sight is what staff see who may see all of these resources of Patient/ada.
func sight(t testing.TB, today string, resources ...string) guard.Sight {
	t.Helper()
	day, err := time.Parse(time.DateOnly, today)
	if err != nil {
		t.Fatal(err)
	}
	s := guard.Sight{
		Whom: guard.Whom{Patient: fhir.Ref{Type: "Patient", ID: "ada"}}, Base: "https://concord.example/fhir", Today: day,
		Looks: func(ref fhir.Ref) string { return map[fhir.ID]string{"hospice": "St Anne's Hospice"}[ref.ID] },
	}
	for _, one := range resources {
		r, err := fhir.DecodeJSON([]byte(strings.TrimSpace(one)))
		if err != nil {
			t.Fatalf("%s: %v", one, err)
		}
		s.Things = append(s.Things, guard.Thing{
			Ref: r.Ref(), Version: "1", JSON: r.JSON(),
			Facts: &consent.Facts{Ref: r.Ref(), Sections: care.SectionsOf(r), NoneKnown: strings.Contains(one, "No known")},
		})
	}
	slices.SortFunc(s.Things, func(a, b guard.Thing) int { return strings.Compare(a.Ref.String(), b.Ref.String()) })
	return s
}

// layOut lays out a view and checks what every view must be: the same twice, a valid Bundle, in good XHTML.
func layOut(t testing.TB, s guard.Sight) []byte {
	t.Helper()
	body, err := layOutWholePerson(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := layOutWholePerson(s)
	if err != nil || !bytes.Equal(body, again) {
		t.Fatalf("laying out the same sight twice gives two answers (%v)", err)
	}
	r, err := fhir.DecodeJSON(body)
	if err != nil {
		t.Fatalf("the view is not valid: %v\n%s", err, body)
	}
	for div := range divs(r.Root()) {
		d := xml.NewDecoder(strings.NewReader(div))
		for err == nil {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Fatalf("%v in %s", err, div)
		}
	}
	return body
}

// divs gives every narrative that we wrote.
func divs(bundle fhir.Node) map[string]bool {
	all := map[string]bool{}
	c := bundle.At("entry", "resource")
	for _, path := range [][]string{{"text", "div"}, {"section", "text", "div"}, {"section", "section", "text", "div"}} {
		for div := range c.All(path...) {
			all[div.Text()] = true
		}
	}
	return all
}
