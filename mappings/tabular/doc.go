// Package tabular reads tables and plain records into the trees of mappings, and prints them: CSV in its dialects,
// XLSX, and JSON, as one record, a list of them, or one a line. What was read is printed again as it was, as far as the
// format tells: columns in their order, the dialect, the digits of numbers.
//
// It knows no FHIR and no definitions but for the columns that one wants. Every reader takes foreign bytes: it bounds
// what it takes, names the place of each fault, and a bad row does not hold up the next.
package tabular
