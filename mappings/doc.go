// Package mappings turns local records into FHIR R4 and back by definitions: files that pair the places of a local
// record with FHIR paths. It has five ideas, and no more:
//
//   - Tree: one local record as named nodes with text. Every format (tables, JSON, HL7 v2, documents) is read into
//     one and printed from one; the formats live in the rooms below.
//   - Path: a place in a Tree, such as "PID-5[0].1" or "patient.name".
//   - Definition: the rules. Each pairs a Path with a FHIR path through a Codec and works in both directions, or says
//     that it does not. Load refuses a definition whose rules could not be undone, with line and column.
//   - Kept: what a definition that says "keep: true" could not say in FHIR, so that going back restores it.
//   - Report: where each local field and each FHIR element went: mapped, kept, or lost and why.
//
// Nothing here knows a clock, a network or a store: Context brings times and ids, and the same input gives the same
// bytes. Nothing here knows consent either: what is made is written through the guard like anything else.
package mappings
