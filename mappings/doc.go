// Package mappings turns local records into FHIR R4 and back by definitions: files that pair the places of a local
// record with FHIR paths. It has six ideas, and no more:
//
//   - Tree: one local record as named nodes with text. Every format (tables, JSON, HL7 v2, documents) is read into
//     one and printed from one; the formats live in the rooms below.
//   - Path: a place in a Tree, such as "PID-5[0].1" or "patient.name".
//   - Definition: the rules. Each pairs a Path with a FHIR path through a codec and works in both directions, or says
//     that it does not. Load refuses a definition whose rules could not be undone, with line and column.
//   - Kept: the record of a definition that says "keep: true", so that going back restores what it could not say in FHIR.
//   - Put: how what a record made goes into what is there already, so that what the record does not speak of survives.
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
//	occurred: MSH-7 else EVN-2  # when it was so: an older record does not undo what a newer one has said
//	include: parts/hl7v2.yaml   # tables and groups of a file beside it, which others include as well
//	tables:
//	  sex:                      # local texts and codes, as in a ConceptMap; or file: sex.csv
//	    system: http://hl7.org/fhir/administrative-gender
//	    unmapped: omit          # a text that no row has: refuse the record, omit, say it as text, or as a local code;
//	                            # "as unknown" says that code for each such text
//	    rows:
//	      - [F, female, Female]
//	      - {text: f, code: female, oneway: in}
//	groups:                     # rules with a name, for places that are alike; they may use each other
//	  cwe:
//	    - {local: 1, fhir: "coding[0].code"}
//	resources:
//	  - name: patient
//	    type: Patient           # with fixed values where there are several: Observation[code.coding.code=8302-2]
//	    key: Number             # makes the id and an identifier: the same record again updates, and never duplicates
//	                            # [a, b else c else none]: of several fields, where others stand in for one, or nothing
//	    each: people[]          # one for each repeat; without it one for the record
//	    when: not Test          # only if; also "A = x | y", "A != x" and "number A"
//	    once: true              # made only where it is not there yet; one that is there is referred to, and not changed
//	    whole: true             # HL7 v2: what the record leaves out is not (below)
//	    rules:
//	      - {local: Family, fhir: "name[use=official].family", must: true}
//	      - {local: Born, fhir: birthDate, as: date dd/MM/yyyy}
//	      - {local: Sex, fhir: gender, as: code sex, default: F}
//	      - {fhir: active, value: true}                  # a constant
//	      - {fhir: status, value: unknown, once: true}   # only where nothing stands there yet
//	      - {fhir: managingOrganization, ref: practice}  # another resource of the definition
//	      - {local: Likes, split: ";", fhir: "..."}      # one text, several values
//	      - each: phones[]                               # a group of rules, once or for each repeat
//	        fhir: telecom[system=phone][]
//	        rules:
//	          - {local: number, fhir: value}
//	      - {local: Problem, fhir: code, rules: cwe}     # the rules of a group, from that field and element on
//	      - {local: [Title, Name], fhir: "...", oneway: in}        # several fields as one text
//	      - {local: "notes[].line", fhir: "...", oneway: in}       # one field of every repeat, a line each
//
// Repeats that have the same key in one record stay apart: the second is known as the second.
//
// A thing that is sent again is changed in what the record speaks of. A row or a JSON record speaks of all that the
// definition has rules for: what it leaves out goes. A message of HL7 v2 speaks of the fields that it fills; "" takes away
// what was there, and with "whole: true", on a resource, a group or a rule, so does leaving out. What no rule governs stays.
// Result.Put says the rest.
//
// A rule that cannot be undone says oneway: in, or oneway: out. An entry of a list is known by its fixed values, else
// by its position, so entries must differ in one of them. The codecs of "as" undo themselves: a text that they would
// write in another spelling is kept as it was.
package mappings
