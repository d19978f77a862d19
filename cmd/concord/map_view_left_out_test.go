package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/fhir"
)

func TestWhatIsLeftOutOfAResource(t *testing.T) {
	t.Parallel()
	const whole = `{"resourceType":"Task","meta":{"versionId":"1"},"status":"requested","focus":{"reference":"Goal/1"},
		"note":[{"text":"a","time":"2026"},{"text":"b"},{"text":"b"}]}`
	for _, c := range []struct {
		name, seen string
		want       []string
	}{
		{"nothing", whole, nil},
		{"what a server writes into meta is not compared", strings.Replace(whole, `"meta":{"versionId":"1"},`, "", 1), nil},
		{"an element", strings.Replace(whole, `"focus":{"reference":"Goal/1"},`, "", 1), []string{"Task.focus"}},
		{"the first of a list", strings.Replace(whole, `{"text":"a","time":"2026"},`, "", 1), []string{"Task.note[0]"}},
		{"the last of a list, and something of the first", strings.Replace(whole, `{"text":"a","time":"2026"},{"text":"b"},`, `{"text":"a"},`, 1), []string{"Task.note[0].time", "Task.note[2]"}},
		{"something inside an entry", strings.Replace(whole, `,"time":"2026"`, "", 1), []string{"Task.note[0].time"}},
	} {
		if diff := cmp.Diff(c.want, leftOut(rootOf(t, whole), rootOf(t, c.seen))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func rootOf(t interface{ Fatal(args ...any) }, body string) fhir.Node {
	r, err := fhir.Stored([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r.Root()
}

// Of a list whose entries can be told apart it is said exactly which entries, and what of them, was left out.
func TestWhatIsLeftOutOfAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var whole, seen, want []string
		for i, fate := range rapid.SliceOfN(rapid.IntRange(0, 2), 1, 6).Draw(t, "fates") {
			whole = append(whole, fmt.Sprintf(`{"id":"%d","text":"x"}`, i))
			switch fate {
			case 0:
				want = append(want, fmt.Sprintf("Task.note[%d]", i))
			case 1:
				seen = append(seen, fmt.Sprintf(`{"id":"%d"}`, i))
				want = append(want, fmt.Sprintf("Task.note[%d].text", i))
			default:
				seen = append(seen, whole[i])
			}
		}
		list := func(entries []string) fhir.Node {
			return rootOf(t, `{"resourceType":"Task","note":[`+strings.Join(entries, ",")+`]}`)
		}
		if diff := cmp.Diff(want, leftOut(list(whole), list(seen))); diff != "" {
			t.Error(diff)
		}
	})
}
