package tabular_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/mappings/tabular"
)

func TestReadCSVFindsTheDialectAndPrintsTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, data string
		want       tabular.Dialect
	}{
		{"commas and LF", "a,b\n1,2\n", tabular.Dialect{Comma: ',', Charset: tabular.UTF8}},
		{"semicolons and CR LF", "a;b\r\n1;2\r\n", tabular.Dialect{Comma: ';', Charset: tabular.UTF8, CRLF: true}},
		{"tabs", "a\tb\n1\t2\n", tabular.Dialect{Comma: '\t', Charset: tabular.UTF8}},
		{"every cell in quotes", "\"a\",\"b\"\n\"1\",\"\"\n", tabular.Dialect{Comma: ',', Charset: tabular.UTF8, QuoteAll: true}},
		{"no end of the last line", "a,b\n1,2", tabular.Dialect{Comma: ',', Charset: tabular.UTF8, NoEnd: true}},
		{"a byte order mark", "\xef\xbb\xbfa,b\n1,2\n", tabular.Dialect{Comma: ',', Charset: tabular.UTF8, Mark: true}},
		{"Windows-1252", "name,b\nZo\xeb,\x80\n", tabular.Dialect{Comma: ',', Charset: tabular.Windows1252}},
		{"UTF-16 with its mark", "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", tabular.Dialect{Comma: ',', Charset: tabular.UTF16LE, Mark: true}},
		{"UTF-16 without", "\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n", tabular.Dialect{Comma: ',', Charset: tabular.UTF16BE}},
		{"texts with delimiters, quotes and lines in them", "a,b\n\"x, \"\"y\"\"\",\"one\ntwo\"\n", tabular.Dialect{Comma: ',', Charset: tabular.UTF8}},
		{"two columns of one name", "a,a\n1,2\n,2\n1,\n", tabular.Dialect{Comma: ',', Charset: tabular.UTF8}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table, err := tabular.ReadCSV([]byte(tt.data), tabular.Dialect{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, table.Dialect); diff != "" {
				t.Error(diff)
			}
			out, err := table.CSV()
			if err != nil || string(out) != tt.data {
				t.Errorf("printed %q, %v", out, err)
			}
		})
	}
}

func TestABadRowDoesNotHoldUpTheNext(t *testing.T) {
	t.Parallel()
	table, err := tabular.ReadCSV([]byte("a,b\n1,2,3\n\n4\n\"x\"y,5\n6,7\n"), tabular.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		line, col int
		says      string
	}
	want := []told{{2, 1, "3 cells and the table 2"}, {3, 1, "empty"}, {4, 1, "1 cells"}, {5, 1, "quotes"}, {}}
	if len(table.Records) != len(want) {
		t.Fatalf("%d records", len(table.Records))
	}
	for i, w := range want {
		r := table.Records[i]
		if (r.Err == nil) != (w.line == 0) {
			t.Errorf("record %d: %v", i, r.Err)
			continue
		}
		if r.Err != nil {
			issue := r.Err.Issues[0]
			if issue.Line != w.line || issue.Col != w.col || !strings.Contains(issue.Diagnostics, w.says) {
				t.Errorf("record %d: %+v", i, issue)
			}
		}
	}
	last := table.Records[4].Tree
	if got := last.Root().Get("b", 0); got.Text() != "7" || got.Place().Line != 6 || got.Place().Col != 3 {
		t.Errorf("%q at %+v", got.Text(), got.Place())
	}
}

func TestTheFirstForeignLetterIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, data string
		line, col  int
		says       string
	}{
		{"UTF-8 that is damaged", "name,b\nZoë,Łódź\nZo\xeb,1\n", 3, 3, "UTF-8"},
		{"UTF-8 by its mark, and Windows-1252", "\xef\xbb\xbfname,b\nZo\xeb,1\n", 2, 3, "UTF-8"},
		{"a code page that is not that of the west", "name,b\nZo\x81,1\n", 2, 3, "Windows-1252"},
		{"half of a UTF-16 letter", "\xff\xfea\x00,\x00b\x00\n\x001\x00,", 2, 2, "UTF-16LE"},
		{"a surrogate alone", "\xff\xfea\x00\n\x001\x00\x00\xd8x\x00\n\x00", 2, 2, "UTF-16LE"},
		{"a zero byte in the first row", "a,b\x00\n1,2\n", 1, 3, "zero byte"},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on", 1, 1, "old Excel"},
		{"a PDF", "%PDF-1.7\n", 1, 1, "PDF"},
		{"a page", "<!DOCTYPE html>\n", 1, 1, "HTML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tabular.ReadCSV([]byte(tt.data), tabular.Dialect{})
			checkFault(t, err, tt.line, tt.col)
			if !strings.Contains(err.Error(), tt.says) {
				t.Error(err)
			}
		})
	}
}

func TestALongCellDoesNotHoldUpTheNext(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x\n1,2\n", 300_000)
	table, err := tabular.ReadCSV([]byte("a,b\n1,\""+long+"\"\n3,4\n5,\x00\n7,8\n"), tabular.Dialect{})
	if err != nil || len(table.Records) != 4 {
		t.Fatal(len(table.Records), err)
	}
	checkFault(t, table.Records[0].Err, 2, 3)
	checkFault(t, table.Records[2].Err, 600_004, 3)
	if got := table.Records[3].Tree; table.Records[1].Err != nil || got == nil || got.Root().Get("b", 0).Text() != "8" {
		t.Error("what follows is not read")
	}
}

func TestReadCSVRefusesWhatIsNoTable(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"nothing":                             "",
		"a quote in the first row that opens": "a,\"b\n1,2\n",
		"half of a UTF-16 letter":             "\xff\xfea\x00,",
	} {
		if _, err := tabular.ReadCSV([]byte(data), tabular.Dialect{}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := tabular.ReadCSV([]byte("a\n\xff\n"), tabular.Dialect{Charset: tabular.UTF8}); err == nil {
		t.Error("what is not UTF-8 was taken as UTF-8")
	}
}

func TestCSVRefusesLettersThatTheCharsetDoesNotHave(t *testing.T) {
	t.Parallel()
	table, err := tabular.ReadCSV([]byte("a\nŁódź\n"), tabular.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	table.Dialect.Charset = tabular.Windows1252
	if out, err := table.CSV(); err == nil {
		t.Errorf("printed %q", out)
	}
}

func TestCSVKeepsAnyCells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// Letters that the table may end lines or quote with are drawn often.
		cell := rapid.StringOf(rapid.SampledFrom([]rune("ab,;\t|\"\n é€")))
		width := rapid.IntRange(2, 4).Draw(t, "width")
		row := rapid.SliceOfN(cell, width, width)
		var b bytes.Buffer
		head := []string{"a", "b", "c", "d"}[:width]
		for _, r := range append([][]string{head}, rapid.SliceOf(row).Draw(t, "rows")...) {
			for i, c := range r {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
			}
			b.WriteByte('\n')
		}
		table, err := tabular.ReadCSV(b.Bytes(), tabular.Dialect{Comma: ',', Charset: tabular.UTF8})
		if err != nil {
			t.Fatal(err)
		}
		out, err := table.CSV()
		if err != nil || !bytes.Equal(out, b.Bytes()) {
			t.Fatalf("%q came back as %q, %v", b.Bytes(), out, err)
		}
	})
}

func TestReadCSVTakesTimeInProportion(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"\"", "a,\"\n", ",", "\n", "\"\"\"", "x\r"} {
		data := []byte("a,b\n" + strings.Repeat(unit, (1<<20)/len(unit)))
		start := time.Now()
		if _, err := tabular.ReadCSV(data, tabular.Dialect{}); err != nil && time.Since(start) < 5*time.Second {
			continue
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("1 MB of %q took %s", unit, took)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\r\n\"x\"\"\";2", "\xff\xfea\x00,\x00b\x00", "\"a\"\n\"", "a\n\x80"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := tabular.ReadCSV(data, tabular.Dialect{})
		if err != nil {
			return
		}
		out, err := table.CSV()
		if err != nil {
			t.Fatal(err)
		}
		again, err := tabular.ReadCSV(out, tabular.Dialect{Comma: table.Dialect.Comma, Charset: table.Dialect.Charset})
		if err != nil {
			t.Fatalf("what was printed is not read: %v", err)
		}
		if len(again.Records) < len(table.Records) {
			t.Fatalf("%d records came back as %d", len(table.Records), len(again.Records))
		}
	})
}
