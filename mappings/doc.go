// Package mappings turns local records into FHIR R4 and back by definitions: files that pair the places of a local
// record with FHIR paths. It has five ideas, and no more:
//
//   - Tree: one local record as named nodes with text. Every format (tables, JSON, HL7 v2, documents) is read into
//     one and printed from one; the formats live in the rooms below.
//   - Path: a place in a Tree, such as "PID-5[0].1" or "patient.name".
//   - Definition: the rules. Each pairs a Path with a FHIR path through a codec and works in both directions, or says
//     that it does not. Load refuses a definition whose rules could not be undone, with line and column.
//   - Kept: what a definition that says "keep: true" could not say in FHIR, so that going back restores it.
//   - Report: where each local field and each FHIR element went: mapped, kept, or lost and why. Totals adds them up.
//
// Nothing here knows a clock, a network or a store: Context brings times and ids, and the same input gives the same
// bytes. Nothing here knows consent either: what is made is written through the guard like anything else.
//
// # A definition file
//
//	definition: clinic          # its name
//	version: 1.0.0
//	format: csv                 # csv, xlsx, json, ndjson, hl7v2
//	source: https://clinic.example.org/ids   # under it stand the keys of the local system
//	zone: Europe/London         # of times that say none
//	keep: true                  # keep what FHIR has no place for
//	for: [MSH-9.1 = ADT]        # the records that it is for
//	tables:
//	  sex:                      # local texts and codes, as in a ConceptMap; or file: sex.csv
//	    system: http://hl7.org/fhir/administrative-gender
//	    unmapped: omit          # a text that no row has: refuse the record, omit, say it as text, or as a local code
//	    rows:
//	      - [F, female, Female]
//	      - {text: f, code: female, oneway: in}
//	resources:
//	  - name: patient
//	    type: Patient           # with fixed values where there are several: Observation[code.coding.code=8302-2]
//	    key: Number             # makes the id and an identifier: the same record again updates, and never duplicates
//	    each: people[]          # one for each repeat; without it one for the record
//	    when: not Test          # only if; also "A = x | y" and "A != x"
//	    rules:
//	      - {local: Family, fhir: "name[use=official].family", must: true}
//	      - {local: Born, fhir: birthDate, as: date dd/MM/yyyy}
//	      - {local: Sex, fhir: gender, as: code sex, default: F}
//	      - {fhir: active, value: true}                  # a constant
//	      - {fhir: managingOrganization, ref: practice}  # another resource of the definition
//	      - {local: Likes, split: ";", fhir: "..."}      # one text, several values
//	      - each: phones[]                               # a group of rules, once or for each repeat
//	        fhir: telecom[system=phone][]
//	        rules:
//	          - {local: number, fhir: value}
//
// A rule that cannot be undone says oneway: in, or oneway: out. An entry of a list is known by its fixed values, else
// by its position, so entries must differ in one of them. The codecs of "as" undo themselves: a text that they would
// write in another spelling is kept as it was.
package mappings
