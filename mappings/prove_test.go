package mappings_test

import (
	"errors"
	"testing"

	"concord/fhir"
	"concord/mappings"
)

// load is a definition that must be good.
func load(t testing.TB, text string) *mappings.Definition {
	t.Helper()
	d, err := mappings.Load([]byte(text), nil)
	if err != nil {
		t.Fatal(told(err))
	}
	return d
}

// told is an error with the places of its issues.
func told(err error) string {
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		return err.Error()
	}
	return e.Error() + "\n" + string(e.Outcome())
}

const everyCodec = `
definition: every-codec
version: 1.0.0
format: json
source: https://example.org/ids
zone: Europe/London
keep: true
tables:
  sex:
    system: http://hl7.org/fhir/administrative-gender
    unmapped: omit
    rows:
      - [M, male, Male]
      - [F, female, Female]
      - {text: f, code: female, oneway: in}
  kind:
    system: http://snomed.info/sct
    unmapped: text
    rows:
      - [walk, "229065009", Exercise]
      - [talk, "409073007", Education]
resources:
  - name: patient
    type: Patient
    key: id
    profile: https://example.org/fhir/StructureDefinition/person
    rules:
      - {local: nhs, fhir: "identifier[system=https://fhir.nhs.uk/Id/nhs-number].value", as: nhs}
      - {local: name.known, fhir: "name[use=usual].text"}
      - {local: name.full, fhir: "name[use=official]"}
      - {local: born, fhir: birthDate, as: date dd/MM/yyyy}
      - {local: sex, fhir: gender, as: code sex, default: F}
      - {local: alive, fhir: active, as: boolean Y N}
      - {local: home, fhir: "address[use=home]"}
      - {local: multiple, fhir: multipleBirthInteger}
      - each: phones[]
        fhir: telecom[]
        rules:
          - {fhir: system, value: phone}
          - {local: number, fhir: value}
          - {local: order, fhir: rank}
      - each: languages
        split: ";"
        fhir: communication[]
        rules:
          - {local: ., fhir: language.text}
      - {local: died, fhir: deceasedDateTime, when: died}
  - name: plan
    type: CarePlan
    key: [../id, code]
    each: plans[]
    rules:
      - {fhir: status, value: active, when: not ended}
      - {fhir: status, value: completed, when: ended}
      - {fhir: intent, value: plan}
      - {fhir: subject, ref: patient}
      - {local: title, fhir: title}
      - {local: ended, fhir: period.end}
      - {local: kind, fhir: "category[0]", as: code kind}
      - {fhir: "goal[]", ref: goal}
  - name: goal
    type: Goal
    key: [/id, ../code, id]
    each: plans[].goals[]
    rules:
      - {fhir: lifecycleStatus, value: active}
      - {fhir: subject, ref: patient}
      - {local: what, fhir: description.text, must: true}
      - {local: weight, fhir: "target[0].detailQuantity", as: quantity}
      - {local: by, fhir: "target[0].dueDate"}
`

func TestEveryCodec(t *testing.T) {
	t.Parallel()
	d := load(t, everyCodec)
	for seed := range uint64(200) {
		if err := d.Prove(d.Generate(seed)); err != nil {
			t.Fatal(seed, told(err))
		}
	}
}
