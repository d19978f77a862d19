package rest_test

import (
	"strings"
	"testing"

	"concord/fhir/care"
)

// letter is a DocumentReference about p0 whose content is a Binary.
func letter(id, url string, more ...any) string {
	return object("DocumentReference", id, append([]any{
		"status", "current", "subject", reference("Patient/p0"), "type", concept("371531000"),
		"content", list(map[string]any{"attachment": map[string]any{"contentType": "text/plain", "title": "a letter", "url": url}}),
	}, more...)...)
}

const scan = `{"resourceType":"Binary","contentType":"text/plain","data":"YSBsZXR0ZXI="}`

// A Binary that says of nobody that it is about them is seen by those who see what it is attached to.
func TestContentIsSeenWithItsDocument(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]string{"relative": "", "absolute": "http://twin/fhir/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := village(t)
			binary := "Binary/" + newID(w.status(t, gp(t), "201", "POST", "Binary", scan))
			alone := w.status(t, person(t, "p0"), "404", "GET", binary)
			document := "DocumentReference/" + newID(w.status(t, gp(t), "201", "POST", "DocumentReference", letter("", base+binary)))
			if got := w.status(t, person(t, "p0"), "200", "GET", binary); got != "a letter" {
				t.Errorf("the person gets %q", got)
			}
			if got := w.status(t, person(t, "p0"), "200", "GET", document); !strings.Contains(got, `"`+binary+`"`) {
				t.Errorf("the document does not say where its content is: %s", got)
			}
			if got := w.status(t, emergency(t), "404", "GET", binary); got != alone {
				t.Errorf("a stranger gets %s", got)
			}
			w.status(t, gp(t), "204", "DELETE", document)
			w.status(t, person(t, "p0"), "404", "GET", binary)
			w.status(t, gp(t), "200", "GET", binary)
		})
	}
}

// Reading content is reading the record of whom it is about, and they see that.
func TestContentIsInTheLogOfItsPerson(t *testing.T) {
	t.Parallel()
	w := village(t)
	binary := "Binary/" + newID(w.status(t, gp(t), "201", "POST", "Binary", scan))
	w.status(t, gp(t), "201", "POST", "DocumentReference", letter("", binary))
	before := w.log(t, person(t, "p0"), "500")
	w.status(t, gp(t), "200", "GET", binary)
	w.status(t, emergency(t), "404", "GET", binary)
	if after := w.log(t, person(t, "p0"), "500"); after < before+2 {
		t.Errorf("the log grew from %d to %d entries", before, after)
	}
}

// Nobody opens content of others by naming it in a document of their own, and a document does not show that there is
// content that its reader may not see.
func TestContentOfOthersStaysClosed(t *testing.T) {
	t.Parallel()
	w := village(t, object("CareTeam", "team", "status", "active", "subject", reference("Patient/p0"), "participant", list(
		map[string]any{"member": reference("Organization/hospital")}, map[string]any{"member": reference("Organization/practice")})))
	binary := "Binary/" + newID(w.status(t, gp(t), "201", "POST", "Binary", scan))
	_, hidden := w.as(t, emergency(t), "POST", "DocumentReference", letter("", binary))
	_, absent := w.as(t, emergency(t), "POST", "DocumentReference", letter("", "Binary/nothing"))
	if hidden != absent || !strings.Contains(hidden, "an attachment points to a Binary") {
		t.Errorf("hidden content is refused with %s, absent content with %s", hidden, absent)
	}
	other := "Binary/" + newID(w.status(t, emergency(t), "201", "POST", "Binary", scan))
	document := "DocumentReference/" + newID(w.status(t, emergency(t), "201", "POST", "DocumentReference", letter("", other)))
	changed := letter(strings.TrimPrefix(document, "DocumentReference/"), binary)
	w.status(t, emergency(t), "422", "PUT", document, changed)
	w.status(t, emergency(t), "404", "GET", binary)

	// The practice may see both, and points to its own from a document of the hospital's: it is not for its readers.
	w.status(t, gp(t), "200", "PUT", document, changed)
	w.status(t, emergency(t), "404", "GET", binary)
	w.status(t, emergency(t), "404", "GET", document) // nothing is left of it
}

func TestContentWithoutItsReaderHidesTheAttachment(t *testing.T) {
	t.Parallel()
	w := village(t,
		object("Patient", "p1", "birthDate", "1990-01-01"),
		object("Binary", "theirs", "contentType", "text/plain", "securityContext", reference("Patient/p1"), "data", "eA=="),
		object("Binary", "sealed", "contentType", "text/plain", "securityContext", reference("Patient/p0"), "data", "eA==", "meta", label(care.LabelLocked)),
		object("Binary", "open", "contentType", "text/plain", "data", "eA=="),
		object("Binary", "untold", "contentType", "text/plain", "data", "eA==", "meta", label(care.LabelNotYetTold)), letter("untold", "Binary/untold"),
		letter("whole", "Binary/open"), letter("lost", "Binary/theirs"), letter("locked", "Binary/sealed"), letter("gone", "Binary/none"),
		object("DiagnosticReport", "report", "status", "final", "code", concept("371531000"), "subject", reference("Patient/p0"), "presentedForm", list(
			map[string]any{"url": "Binary/open", "title": "seen"}, map[string]any{"url": "Binary/theirs", "title": "another's"}, map[string]any{"url": "https://elsewhere.example/Binary/1"})),
	)
	w.status(t, gp(t), "200", "GET", "DocumentReference/whole")
	for _, id := range []string{"lost", "locked", "gone"} {
		w.status(t, gp(t), "404", "GET", "DocumentReference/"+id)
	}
	// What the content itself says holds too: this is not for the person yet.
	for _, path := range []string{"Binary/untold", "DocumentReference/untold"} {
		w.status(t, gp(t), "200", "GET", path)
		w.status(t, person(t, "p0"), "404", "GET", path)
	}
	got := w.status(t, gp(t), "200", "GET", "DiagnosticReport/report")
	if strings.Contains(got, "another's") || !strings.Contains(got, `"seen"`) || !strings.Contains(got, "elsewhere.example") {
		t.Errorf("the report shows %s", got)
	}
	w.status(t, gp(t), "200", "GET", "Binary/open")
	w.status(t, emergency(t), "404", "GET", "Binary/open")
}

// A transaction brings a document and its content in any order.
func TestContentComesWithItsDocument(t *testing.T) {
	t.Parallel()
	w := village(t)
	entry := func(full, resource string) string {
		typ := strings.Split(resource, `"resourceType":"`)[1]
		typ, _, _ = strings.Cut(typ, `"`)
		return `{"fullUrl":"` + full + `","resource":` + resource + `,"request":{"method":"POST","url":"` + typ + `"}}`
	}
	body := `{"resourceType":"Bundle","type":"transaction","entry":[` + entry("urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b", letter("", goalURN)) + "," + entry(goalURN, scan) + `]}`
	w.caller = gp(t)
	answer := w.ask(t, question{method: "POST", url: "http://twin/fhir", body: body})
	_, rest, found := strings.Cut(answer, `"location":"Binary/`)
	id, _, _ := strings.Cut(rest, "/")
	if !found {
		t.Fatal(answer)
	}
	w.status(t, person(t, "p0"), "200", "GET", "Binary/"+id)
}

// A kept view follows content that goes.
func TestAViewFollowsContent(t *testing.T) {
	t.Parallel()
	w := village(t)
	binary := "Binary/" + newID(w.status(t, gp(t), "201", "POST", "Binary", scan))
	w.status(t, gp(t), "201", "POST", "DocumentReference", letter("", binary))
	const view = "Patient/p0/$whole-person"
	first := w.status(t, person(t, "p0"), "200", "GET", view)
	if again := w.status(t, person(t, "p0"), "200", "GET", view); again != first || !strings.Contains(first, binary) {
		t.Fatalf("the view does not have the letter, or changes: %.2000s", first)
	}
	w.status(t, gp(t), "204", "DELETE", binary)
	if after := w.status(t, person(t, "p0"), "200", "GET", view); strings.Contains(after, binary) {
		t.Error("the view still points to what is gone")
	}
}
