package tabular

import (
	"fmt"

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
