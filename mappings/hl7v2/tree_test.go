package hl7v2_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/mappings"
	"concord/mappings/hl7v2"
)

// leaves lists the places and texts of a record.
func leaves(n mappings.Node) []string {
	var all []string
	for c := range n.Children() {
		switch c.Kind() {
		case mappings.Group:
			all = append(all, leaves(c)...)
		case mappings.Null:
			all = append(all, c.Path()+" null")
		default:
			all = append(all, c.Path()+"="+c.Text())
		}
	}
	return all
}

func TestTreeHasWhatTheMessageSays(t *testing.T) {
	t.Parallel()
	m := parse(t, "MSH|^~\\&|W^1.2^ISO||\rPID|||a^^b~~c&d^|\"\"|^|x^^~\rNK1|1\\F\\\rNK1|2\rEVN\r")
	want := []string{
		"MSH-1=|", `MSH-2=^~\&`, "MSH-3.1=W", "MSH-3.2=1.2", "MSH-3.3=ISO",
		"PID-3[0].1=a", "PID-3[0].3=b", "PID-3[1]=", "PID-3[2].1.1=c", "PID-3[2].1.2=d", "PID-4 null", "PID-6=x",
		"NK1[0]-1=1|", "NK1[1]-1=2",
	}
	if diff := cmp.Diff(want, leaves(m.Tree().Root())); diff != "" {
		t.Error(diff)
	}
}

var results = hl7v2.Group{
	Name: "ORDER_OBSERVATION", Begin: []string{"ORC", "OBR"}, Holds: []string{"NTE"},
	Groups: []hl7v2.Group{{Name: "OBSERVATION", Begin: []string{"OBX"}, Holds: []string{"NTE"}}},
}

func TestGroupsNestInTheTree(t *testing.T) {
	t.Parallel()
	m := parse(t, "MSH|^~\\&|\rPID|1\rOBR|a\rNTE|b\rOBX|c\rNTE|d\rOBX|e\rOBR|f\rOBX|g\rORC|j\rOBR|k\rORC|l\rFT1|h\rNTE|i\r")
	want := []string{
		"MSH-1=|", `MSH-2=^~\&`, "PID-1=1",
		"ORDER_OBSERVATION[0].OBR-1=a", "ORDER_OBSERVATION[0].NTE-1=b",
		"ORDER_OBSERVATION[0].OBSERVATION[0].OBX-1=c", "ORDER_OBSERVATION[0].OBSERVATION[0].NTE-1=d",
		"ORDER_OBSERVATION[0].OBSERVATION[1].OBX-1=e",
		"ORDER_OBSERVATION[1].OBR-1=f", "ORDER_OBSERVATION[1].OBSERVATION.OBX-1=g",
		"ORDER_OBSERVATION[2].ORC-1=j", "ORDER_OBSERVATION[2].OBR-1=k", "ORDER_OBSERVATION[3].ORC-1=l",
		"FT1-1=h", "NTE-1=i",
	}
	tree := m.Tree(results)
	if diff := cmp.Diff(want, leaves(tree.Root())); diff != "" {
		t.Error(diff)
	}
	back, err := hl7v2.FromTree(tree)
	if err != nil || !hl7v2.Equal(m, back) {
		t.Errorf("it is printed as %q, %v", back.Bytes(), err)
	}
}

func TestMessagesHaveTheGroupsOfTheirType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a merge of two", "ADT^A40|1|P|2.4\rEVN\rPID|1\rMRG|a\rPID|2\rMRG|b\r", "PATIENT[1].MRG-1=b"},
		{"results", "ORU^R01|1|P|2.4\rPID|1\rORC|RE\rOBR|1\rOBX|1\rOBX|2\rNTE|n\r", "ORDER_OBSERVATION.OBSERVATION[1].NTE-1=n"},
		{"an admission", "ADT^A01|1|P|2.4\rPID|1\rPR1|1\rROL|a\rROL|b\r", "PROCEDURE.ROL[1]-1=b"},
		{"a document", "MDM^T02|1|P|2.4\rPID|1\rTXA|1\rOBX|1\rOBX|2\r", "OBSERVATION[1].OBX-1=2"},
		{"an appointment", "SIU^S12|1|P|2.4\rSCH|1\rPID|1\rRGS|1\rAIS|a\rAIL|b\rAIP|c\rAIP|d\r", "RESOURCES.PERSONNEL_RESOURCE[1].AIP-1=d"},
		{"a referral", "REF^I12|1|P|2.4\rRF1|1\rPRD|a\rCTD|x\rPRD|b\rPID|1\rOBR|1\rOBX|1\rNTE|n\r", "OBSERVATION.RESULTS_NOTES.NTE-1=n"},
		{"an order", "ORM^O01|1|P|2.4\rPID|1\rORC|NW\rOBR|o\r", "OBR-1=o"},
	} {
		m := parse(t, "MSH|^~\\&|||||||"+c.text)
		all := leaves(m.Tree(hl7v2.GroupsOf(m)...).Root())
		if all[len(all)-1] != c.want {
			t.Errorf("%s: the last leaf is %s, want %s", c.name, all[len(all)-1], c.want)
		}
	}
}

func TestPublishedMessagesComeBackFromTheirTrees(t *testing.T) {
	t.Parallel()
	for name, data := range published(t) {
		m := parse(t, string(data))
		tree := m.Tree(hl7v2.GroupsOf(m)...)
		back, err := hl7v2.FromTree(tree)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// Escapes may be written otherwise, so that what is compared is what was said.
		if diff := cmp.Diff(leaves(tree.Root()), leaves(back.Tree(hl7v2.GroupsOf(m)...).Root())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !strings.Contains(string(data), `\`) && !hl7v2.Equal(m, back) {
			t.Errorf("%s is printed otherwise: %s", name, cmp.Diff(string(m.Bytes()), string(back.Bytes())))
		}
	}
}

func TestTreesThatAreNoMessageAreRefused(t *testing.T) {
	t.Parallel()
	msh := func(b *mappings.Builder) {
		b.Open(mappings.Entry{Name: "MSH"})
		b.Add(mappings.Entry{Name: "3", Kind: mappings.Text, Text: "W"})
		b.Close()
	}
	leaf := func(b *mappings.Builder, segment string, names ...string) {
		b.Open(mappings.Entry{Name: segment})
		for _, name := range names {
			b.Add(mappings.Entry{Name: name, Kind: mappings.Text, Text: "x"})
		}
		b.Close()
	}
	for _, c := range []struct {
		name string
		fill func(*mappings.Builder)
	}{
		{"nothing", func(*mappings.Builder) {}},
		{"no header in front", func(b *mappings.Builder) { leaf(b, "PID", "1") }},
		{"a second header", func(b *mappings.Builder) { msh(b); msh(b) }},
		{"a batch header", func(b *mappings.Builder) { msh(b); leaf(b, "BHS", "3") }},
		{"text in place of a segment", func(b *mappings.Builder) { msh(b); b.Add(mappings.Entry{Name: "plan", Kind: mappings.Text}) }},
		{"a field that is no number", func(b *mappings.Builder) { msh(b); leaf(b, "PID", "name") }},
		{"a field far out", func(b *mappings.Builder) { msh(b); leaf(b, "PID", "1000000000") }},
		{"fields out of order", func(b *mappings.Builder) { msh(b); leaf(b, "PID", "3", "2") }},
		{"two components of one number", func(b *mappings.Builder) {
			msh(b)
			b.Open(mappings.Entry{Name: "PID"})
			leaf(b, "5", "1", "1")
			b.Close()
		}},
		{"a sub-component that has parts", func(b *mappings.Builder) {
			msh(b)
			for _, name := range []string{"PID", "5", "1", "1"} {
				b.Open(mappings.Entry{Name: name})
			}
			b.Add(mappings.Entry{Name: "1", Kind: mappings.Text})
		}},
		{"a character set that is not read", func(b *mappings.Builder) { leaf(b, "MSH", "18") }},
		{"encoding characters that are none", func(b *mappings.Builder) { leaf(b, "MSH", "1", "2") }},
	} {
		b := mappings.NewBuilder(mappings.HL7v2, 8)
		c.fill(b)
		if m, err := hl7v2.FromTree(b.Tree()); err == nil {
			t.Errorf("%s is printed as %q", c.name, m.Bytes())
		}
	}
	b := mappings.NewBuilder(mappings.HL7v2, 8)
	msh(b)
	b.Open(mappings.Entry{Name: "PID"})
	b.Open(mappings.Entry{Name: "3"}) // a repetition that only keeps its place
	b.Close()
	leaf(b, "3", "1", "4")
	b.Close()
	m, err := hl7v2.FromTree(b.Tree())
	if err != nil || string(m.Bytes()) != "MSH|^~\\&|W\rPID|||~x^^^x\r" {
		t.Errorf("the smallest tree is printed as %q, %v", m.Bytes(), err)
	}
}
