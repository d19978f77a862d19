package tabular_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/tabular"
)

func checkFault(t *testing.T, err error, line, col int) {
	t.Helper()
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		t.Fatalf("it was taken: %v", err)
	}
	if got := e.Issues[0]; got.Line != line || got.Col != col {
		t.Errorf("told at %d:%d, %s", got.Line, got.Col, got.Diagnostics)
	}
}

// workbook makes a file with a head and one row: a text, a number, a day, and a text that looks like a number.
func workbook(t *testing.T, day float64, base1904 bool) []byte {
	t.Helper()
	f := excelize.NewFile()
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	check(t, err)
	check(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &base1904}))
	check(t, f.SetSheetRow("Sheet1", "A1", &[]any{"Name", "Score", "Born", "Phone", "Empty"}))
	check(t, f.SetSheetRow("Sheet1", "A2", &[]any{"Zoë", 7.5, day, "01632"}))
	check(t, f.SetCellStyle("Sheet1", "C2", "C2", style))
	out, err := f.WriteToBuffer()
	check(t, err)
	return out.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestXLSXThereAndBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		day      float64
		base1904 bool
	}{{"the calendar of 1900", 20453, false}, {"the calendar of 1904", 20453 - 1462, true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table, err := tabular.ReadXLSX(workbook(t, tt.day, tt.base1904), "")
			check(t, err)
			if diff := cmp.Diff([]string{"Name", "Score", "Born", "Phone", "Empty"}, table.Columns); diff != "" {
				t.Error(diff)
			}
			row := table.Records[0].Tree.Root()
			for name, want := range map[string]struct {
				text string
				kind mappings.Kind
			}{"Name": {"Zoë", mappings.Text}, "Score": {"7.5", mappings.Number}, "Born": {"20453", mappings.Number}, "Phone": {"01632", mappings.Text}} {
				if n := row.Get(name, 0); n.Text() != want.text || n.Kind() != want.kind {
					t.Errorf("%s is %q, %v", name, n.Text(), n.Kind())
				}
			}
			if row.Get("Born", 0).Place() != (mappings.Place{Line: 2, Col: 3}) || !table.Dates["Born"] || row.Get("Empty", 0).OK() {
				t.Errorf("the day is not known: %v", table.Dates)
			}
			out, err := table.XLSX()
			check(t, err)
			again, err := tabular.ReadXLSX(out, "")
			check(t, err)
			if diff := mappings.Differences(table.Records[0].Tree, again.Records[0].Tree); len(diff) > 0 || !again.Dates["Born"] {
				t.Errorf("it came back otherwise: %v", diff)
			}
		})
	}
}

func TestReadXLSXRefuses(t *testing.T) {
	t.Parallel()
	bomb := bytes.Buffer{}
	z := zip.NewWriter(&bomb)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	check(t, err)
	for range 200 {
		_, err = w.Write(bytes.Repeat([]byte{' '}, 1<<20))
		check(t, err)
	}
	check(t, z.Close())
	for name, data := range map[string][]byte{
		"what is no workbook":            []byte("a,b\n1,2\n"),
		"nothing":                        nil,
		"an archive that unpacks to 200": bomb.Bytes(),
	} {
		if _, err := tabular.ReadXLSX(data, ""); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := tabular.ReadXLSX(workbook(t, 1, false), "Other"); err == nil {
		t.Error("a sheet that there is not was taken")
	}
}

func TestACellOutsideTheColumnsIsTold(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	check(t, f.SetSheetRow("Sheet1", "A1", &[]any{"A"}))
	check(t, f.SetSheetRow("Sheet1", "A2", &[]any{"x", "y"}))
	check(t, f.SetSheetRow("Sheet1", "A3", &[]any{"z"}))
	out, err := f.WriteToBuffer()
	check(t, err)
	table, err := tabular.ReadXLSX(out.Bytes(), "")
	check(t, err)
	checkFault(t, table.Records[0].Err, 2, 2)
	if table.Records[1].Err != nil || string(table.Records[0].Original) != "x\ty" {
		t.Errorf("%v", table.Records)
	}
}

// altered is a workbook whose first sheet was altered by hand.
func altered(t *testing.T, book []byte, old *regexp.Regexp, with string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	check(t, err)
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		r, err := f.Open()
		check(t, err)
		content, err := io.ReadAll(r)
		check(t, err)
		if f.Name == "xl/worksheets/sheet1.xml" {
			content = old.ReplaceAll(content, []byte(with))
		}
		w, err := to.Create(f.Name)
		check(t, err)
		_, err = w.Write(content)
		check(t, err)
	}
	check(t, to.Close())
	return out.Bytes()
}

func TestACellWithAnErrorOfTheSpreadsheetIsNoText(t *testing.T) {
	t.Parallel()
	book := altered(t, workbook(t, 20453, false), regexp.MustCompile(`<c r="B2"[^>]*><v>[^<]*</v></c>`), `<c r="B2" t="e"><v>#N/A</v></c>`)
	table, err := tabular.ReadXLSX(book, "")
	check(t, err)
	checkFault(t, table.Records[0].Err, 2, 2)
	if got := table.Records[0].Err.Issues[0].Expression; got != "B2" {
		t.Errorf("told at %q", got)
	}
}

func TestACellFarOutsideCostsNothing(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"A1048576", "XFD2", "XFD1048576"} {
		book := altered(t, workbook(t, 20453, false), regexp.MustCompile(`</row></sheetData>`), `</row><row r="`+regexp.MustCompile(`\d+`).FindString(cell)+`"><c r="`+cell+`"><v>1</v></c></row></sheetData>`)
		table, err := tabular.ReadXLSX(book, "")
		if err == nil && len(table.Records) > 2 {
			t.Errorf("%s: %d records", cell, len(table.Records))
		}
	}
}

func FuzzReadXLSX(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := tabular.ReadXLSX(data, ""); err != nil {
			if _, ok := errors.AsType[*fhir.Error](err); !ok {
				t.Errorf("%v is no error for the caller", err)
			}
		}
	})
}
