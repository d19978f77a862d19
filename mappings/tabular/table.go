package tabular

import (
	"fmt"
	"slices"
	"strings"

	"concord/fhir"
	"concord/mappings"
)

// Bounds of what one file may hold.
const (
	maxBytes   = 64 << 20
	maxColumns = 2000
	maxCell    = 1 << 20
	maxDepth   = 64
)

// Record is one row or one object of a file: a tree, or why it cannot be read. Original is its bytes or its cells as
// they came, for the list of what was refused.
type Record struct {
	Tree     *mappings.Tree
	Err      *fhir.Error
	Original []byte
}

// Table is a table as it was read, or as it is to be printed.
type Table struct {
	Columns []string
	Records []Record
	Dialect Dialect         // of CSV
	Sheet   string          // of XLSX
	Dates   map[string]bool // of XLSX: columns whose cells show days
}

// For is an empty table as a definition describes it, for records that come from FHIR.
func For(d *mappings.Definition) *Table {
	t := &Table{Columns: d.Columns(), Dialect: Dialect{Comma: ',', Charset: UTF8}, Dates: map[string]bool{}}
	for _, c := range d.DayColumns() {
		t.Dates[c] = true
	}
	return t
}

// Check holds the columns against those that a definition names, before a row is mapped. The issues are warnings, but
// for a table that has none of them, which is another table: then the error says so.
func (t *Table) Check(d *mappings.Definition) ([]fhir.Issue, error) {
	wanted := d.Columns()
	var issues []fhir.Issue
	for _, c := range wanted {
		if !slices.Contains(t.Columns, c) {
			issues = append(issues, warning(fhir.Value, 1, "there is no column %q%s", c, near(c, t.Columns)))
		}
	}
	if len(issues) == len(wanted) && len(wanted) > 0 {
		return nil, fhir.Errorf(fhir.Structure, "the table has none of the columns of %s: is it another table, or has it another delimiter?", d.Name)
	}
	for i, c := range t.Columns {
		if !slices.Contains(wanted, c) {
			issues = append(issues, warning(fhir.NotSupported, i+1, "no rule takes the column %q", c))
		}
	}
	return issues, nil
}

// warning is told beside a table that is taken.
func warning(code fhir.Kind, col int, format string, args ...any) fhir.Issue {
	return fhir.Issue{Code: code, Warning: true, Line: 1, Col: col, Diagnostics: fmt.Sprintf(format, args...)}
}

// near finds a column that differs in case and spaces only.
func near(name string, columns []string) string {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(s))
	}
	for _, c := range columns {
		if plain(c) == plain(name) {
			return fmt.Sprintf(": %q is probably it; write it the same in the definition", c)
		}
	}
	return ""
}

// row makes the tree of one row. Empty cells make no node, unless a later column of the same name is not empty.
func row(format string, columns, cells []string, places []mappings.Place, kinds []mappings.Kind) *mappings.Tree {
	b := mappings.NewBuilder(format, len(cells))
	last := make(map[string]int, len(cells))
	for i, cell := range cells {
		if cell != "" {
			last[columns[i]] = i
		}
	}
	for i, cell := range cells {
		if at, ok := last[columns[i]]; !ok || cell == "" && at < i {
			continue
		}
		e := mappings.Entry{Name: columns[i], Text: cell, Kind: mappings.Text, Place: places[i]}
		if kinds != nil {
			e.Kind = kinds[i]
		}
		b.Add(e)
	}
	return b.Tree()
}

// cells are the texts of a record in the order of the columns.
func cells(t *mappings.Tree, columns []string) []mappings.Node {
	found := make(map[string][]mappings.Node, len(columns))
	for n := range t.Root().Children() {
		found[n.Name()] = append(found[n.Name()], n)
	}
	all := make([]mappings.Node, len(columns))
	for i, c := range columns {
		if left := found[c]; len(left) > 0 {
			all[i], found[c] = left[0], left[1:]
		}
	}
	return all
}

// fault is what cannot be read, with its place.
func fault(line, col int, format string, args ...any) *fhir.Error {
	return &fhir.Error{Kind: fhir.Structure, Issues: []fhir.Issue{{Code: fhir.Structure, Line: line, Col: col, Diagnostics: fmt.Sprintf(format, args...)}}}
}
