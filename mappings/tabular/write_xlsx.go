package tabular

import (
	"strconv"

	"github.com/xuri/excelize/v2"

	"concord/fhir"
	"concord/mappings"
)

// XLSX prints the table as a workbook of one sheet, in the 1900 calendar. Rows that could not be read are left out:
// the original file has them.
func (t *Table) XLSX() ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it is in memory
	sheet := t.Sheet
	if sheet == "" {
		sheet = "Sheet1"
	}
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, fhir.Errorf(fhir.Value, "a sheet cannot have this name")
	}
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	head := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c
	}
	if err := w.SetRow("A1", head); err != nil {
		return nil, err
	}
	line := 1
	for _, r := range t.Records {
		if r.Tree == nil {
			continue
		}
		line++
		if err := w.SetRow("A"+strconv.Itoa(line), t.values(r.Tree, day)); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// values are the cells of a row; a number is a number, so that the spreadsheet can count with it.
func (t *Table) values(tree *mappings.Tree, day int) []any {
	values := make([]any, len(t.Columns))
	for i, n := range cells(tree, t.Columns) {
		if !n.OK() {
			continue
		}
		values[i] = n.Text()
		number, err := strconv.ParseFloat(n.Text(), 64)
		if n.Kind() != mappings.Number || err != nil || strconv.FormatFloat(number, 'f', -1, 64) != n.Text() {
			continue
		}
		values[i] = number
		if t.Dates[t.Columns[i]] {
			values[i] = excelize.Cell{StyleID: day, Value: number}
		}
	}
	return values
}
