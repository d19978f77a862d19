package mappings_test

import (
	"testing"

	"concord/mappings"
)

// TestAConditionMayAskForANumber sends texts two ways by it, and refuses rules of which both could hold.
func TestAConditionMayAskForANumber(t *testing.T) {
	t.Parallel()
	const head = `
definition: numbers
version: 1.0.0
format: json
source: https://example.org/ids
keep: true
resources:
  - name: observation
    type: Observation
    key: id
    rules:
      - {fhir: status, value: final}
      - {fhir: code.text, value: Count}
      - {local: count, fhir: valueQuantity.value, when: number count}
`
	d, err := mappings.Load([]byte(head+`      - {local: count, fhir: valueString, oneway: in, when: [count, not number count]}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ json, quantity, text string }{
		{`{"id":"1","count":"7.50"}`, "7.50", ""},
		{`{"id":"1","count":"-0.1e3"}`, "-0.1e3", ""},
		{`{"id":"1","count":">7"}`, "", ">7"},
		{`{"id":"1","count":"many"}`, "", "many"},
		{`{"id":"1"}`, "", ""},
	} {
		tree := record(t, c.json)
		if err := d.Prove(tree); err != nil {
			t.Error(c.json, err)
			continue
		}
		result, err := d.ToFHIR(tree, mappings.Context{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := result.Resources()
		if err != nil {
			t.Fatal(err)
		}
		n := all[0].Root()
		if quantity, text := n.Get("valueQuantity").Get("value").Text(), n.Get("valueString").Text(); quantity != c.quantity || text != c.text {
			t.Errorf("%s: %q, %q", c.json, quantity, text)
		}
	}
	if _, err := mappings.Load([]byte(head+`      - {local: count, fhir: valueString, oneway: in, when: count}
`), nil); err == nil {
		t.Error("two rules that may both hold are taken for one element")
	}
}
