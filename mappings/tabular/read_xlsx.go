package tabular

import (
	"bytes"
	"strconv"

	"github.com/xuri/excelize/v2"

	"concord/fhir"
	"concord/mappings"
)

// Bounds against archives that unpack to far more than they seem.
const (
	maxUnzipped     = 64 << 20 // of which nothing goes to files of the machine
	maxRows         = 200_000
	maxSheetColumns = 500 // the library looks for a cell from the beginning of its row
)

// ReadXLSX reads a sheet with its names of columns in the first row; without a name it is the first sheet. Cells are as
// they are kept, not as they are shown: a day is its serial number in the 1900 calendar, for the codec "excel", whatever
// calendar the file counts in.
func ReadXLSX(data []byte, sheet string) (*Table, error) {
	if len(data) > maxBytes {
		return nil, fhir.Errorf(fhir.TooLong, "the file is larger than 64 MB: divide it")
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true})
	if err != nil {
		bad := fhir.Errorf(fhir.Structure, "this is not an XLSX workbook, or it unpacks to more than this server takes: save it as .xlsx, without a password")
		bad.Err = err
		return nil, bad
	}
	defer func() { _ = f.Close() }() // it was read whole into memory
	if sheet == "" {
		sheet = f.GetSheetName(0)
	}
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, fhir.Errorf(fhir.NotFound, "the workbook has no sheet of this name")
	}
	defer func() { _ = rows.Close() }()
	r := &sheetReader{f: f, sheet: sheet, t: &Table{Sheet: sheet, Dates: map[string]bool{}}}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		r.shift = 1462 // days from 1 January 1904 back to the beginning of the 1900 calendar
	}
	for line := 1; rows.Next(); line++ {
		if line > maxRows {
			return nil, fault(line, 1, "the sheet has more than %d rows: divide it", maxRows)
		}
		cells, err := rows.Columns()
		if err != nil {
			return nil, fault(line, 1, "the sheet cannot be read from here on")
		}
		if bad := r.row(line, cells); bad != nil {
			return nil, bad
		}
	}
	if len(r.t.Columns) == 0 {
		return nil, fault(1, 1, "the sheet is empty: the first row names the columns")
	}
	return r.t, nil
}

type sheetReader struct {
	f     *excelize.File
	sheet string
	t     *Table
	shift float64
}

// row reads the head, or one record.
func (r *sheetReader) row(line int, cells []string) *fhir.Error {
	if line == 1 {
		if len(cells) > maxSheetColumns {
			return atCell(1, maxSheetColumns+1, "the sheet has more than %d columns", maxSheetColumns)
		}
		r.t.Columns = cells
		return nil
	}
	if len(cells) == 0 {
		return nil // an empty row of a sheet is no row
	}
	r.t.Records = append(r.t.Records, r.record(line, cells))
	return nil
}

func (r *sheetReader) record(line int, cells []string) Record {
	record := Record{Original: []byte(joinCells(cells))}
	if len(cells) > len(r.t.Columns) {
		record.Err = atCell(line, len(r.t.Columns)+1, "a cell stands outside the named columns: name the column in the first row, or clear the cell")
		return record
	}
	places := make([]mappings.Place, len(cells))
	kinds := make([]mappings.Kind, len(cells))
	for i := range cells {
		if len(cells[i]) > maxCell {
			record.Err = atCell(line, i+1, "the cell is longer than %d bytes: does a document stand in it?", maxCell)
			return record
		}
		places[i] = mappings.Place{Line: int32(line), Col: int32(i + 1)} //nolint:gosec // bounded above
		if kinds[i] = r.cell(line, i, &cells[i]); kinds[i] == failedFormula {
			record.Err = atCell(line, i+1, "the cell shows an error of the spreadsheet, such as #N/A: mend its formula, or clear it")
			return record
		}
	}
	record.Tree = row(mappings.XLSX, r.t.Columns, cells, places, kinds)
	return record
}

// failedFormula is a cell that holds no value, but why there is none.
const failedFormula = mappings.Empty

// atCell is a fault with the name of its cell.
func atCell(line, col int, format string, args ...any) *fhir.Error {
	bad := fault(line, col, format, args...)
	if name, err := excelize.CoordinatesToCellName(col, line); err == nil {
		bad.Issues[0].Expression = name
	}
	return bad
}

// cell says what a cell is, and counts its day in the 1900 calendar.
func (r *sheetReader) cell(line, i int, text *string) mappings.Kind {
	if *text == "" {
		return mappings.Text
	}
	name, err := excelize.CoordinatesToCellName(i+1, line)
	if err != nil {
		return mappings.Text
	}
	typ, err := r.f.GetCellType(r.sheet, name)
	if err == nil && typ == excelize.CellTypeError {
		return failedFormula
	}
	if err != nil || typ != excelize.CellTypeUnset && typ != excelize.CellTypeNumber {
		return mappings.Text
	}
	if r.day(name) {
		r.t.Dates[r.t.Columns[i]] = true
		if serial, err := strconv.ParseFloat(*text, 64); err == nil && r.shift > 0 {
			*text = strconv.FormatFloat(serial+r.shift, 'f', -1, 64)
		}
	}
	return mappings.Number
}

// day reports whether the cell shows a date: built-in formats 14 to 22 and 45 to 47, or one of the file's own with a
// year or a day in it (ECMA-376 18.8.30).
func (r *sheetReader) day(name string) bool {
	id, err := r.f.GetCellStyle(r.sheet, name)
	if err != nil || id == 0 {
		return false
	}
	style, err := r.f.GetStyle(id)
	if err != nil {
		return false
	}
	if style.CustomNumFmt != nil {
		return bytes.ContainsAny([]byte(*style.CustomNumFmt), "yd")
	}
	return style.NumFmt >= 14 && style.NumFmt <= 22 || style.NumFmt >= 45 && style.NumFmt <= 47
}

// joinCells is a row as text, for the list of what was refused.
func joinCells(cells []string) string {
	var b bytes.Buffer
	for i, c := range cells {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(c)
	}
	return b.String()
}
