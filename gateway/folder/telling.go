package folder

import (
	"errors"
	"fmt"
	"strings"

	"concord/fhir"
	"concord/gateway"
)

// faultsSuffix is what the name of the file beside one that was dealt with ends in.
const faultsSuffix = ".faults.txt"

// mostLines bounds what is told of one file: who has more to mend than that begins with these.
const mostLines = 1000

// telling is what there is to tell of a file to those who sent it. No text of it holds patient data.
type telling struct {
	failed  bool
	refused int
	lines   []string
	more    int // lines that are left out
}

// tell gathers the faults of a file: of each of its records, or of all of it.
func tell(outcomes []gateway.Outcome, whole error) telling {
	t := telling{failed: whole != nil}
	t.add("", whole)
	for _, o := range outcomes {
		if o.Err != nil {
			t.failed = true
			t.refused++
		}
		where := fmt.Sprintf("record %d: ", o.Number)
		t.add(where, o.Err)
		for _, w := range o.Warnings {
			t.line(where + "warning: " + w.String())
		}
		t.more += o.More
	}
	return t
}

// add tells of an error, a line for each issue.
func (t *telling) add(where string, err error) {
	if err == nil {
		return
	}
	told, ok := errors.AsType[*fhir.Error](err)
	if !ok || len(told.Issues) == 0 {
		t.line(where + "it was refused")
		return
	}
	for _, issue := range told.Issues {
		t.line(where + issue.String())
	}
}

func (t *telling) line(text string) {
	if len(t.lines) == mostLines {
		t.more++
		return
	}
	t.lines = append(t.lines, text)
}

// text is the file that stands beside the other.
func (t telling) text() []byte {
	text := strings.Join(t.lines, "\n") + "\n"
	if t.more > 0 {
		text += fmt.Sprintf("and %d more\n", t.more)
	}
	return []byte(text)
}
