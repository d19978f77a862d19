package mappings

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"text/tabwriter"
)

//go:embed report.html
var reportPage embed.FS

var reportTemplate = template.Must(template.ParseFS(reportPage, "report.html"))

// Text is the totals for a terminal: by definition the counts, then what did not simply map, then the rest.
func (t *Totals) Text() string {
	var b bytes.Buffer
	for _, d := range t.Definitions {
		fmt.Fprintf(&b, "%s %s: %d records, %d refused; fields: %d mapped, %d kept, %d lost\n",
			d.Definition, d.Version, d.Records, d.Refused, d.Mapped, d.Kept, d.Lost)
		var lines bytes.Buffer
		w := tabwriter.NewWriter(&lines, 0, 4, 2, ' ', 0)
		for _, f := range d.Fields {
			end := f.Element
			if note := f.Note(); note != "" && end != "" {
				end += "; " + note
			} else {
				end += note
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", f.Path, f.counts(), end)
		}
		_ = w.Flush() // it writes to memory
		for line := range bytes.Lines(lines.Bytes()) {
			b.Write(append(bytes.TrimRight(line, " \n"), '\n'))
		}
		if len(d.Elements) > 0 {
			fmt.Fprintln(&b, "FHIR elements with no home in the record:")
			for _, e := range d.Elements {
				fmt.Fprintf(&b, "  %d x %s: %s\n", e.Count, e.Expression, e.Why)
			}
		}
		if len(d.Unmapped) > 0 {
			fmt.Fprintln(&b, "texts that a table has no code for:")
			for _, u := range d.Unmapped {
				fmt.Fprintf(&b, "  %d x %s: %q\n", u.Count, u.Table, u.Text)
			}
		}
	}
	return b.String()
}

// counts are the numbers of a field that are not zero.
func (f FieldTotal) counts() string {
	out := ""
	for _, n := range []struct {
		count int
		word  Outcome
	}{{f.Mapped, Mapped}, {f.Kept, Held}, {f.Lost, Lost}} {
		if n.count > 0 {
			if out != "" {
				out += ", "
			}
			out += fmt.Sprintf("%d %s", n.count, n.word)
		}
	}
	return out
}

// Note is why the first of the fields did not simply map, and where; empty when all did.
func (f FieldTotal) Note() string {
	if f.Why == "" || f.Where == "" {
		return f.Why
	}
	return f.Why + " (" + f.Where + ")"
}

// JSON is the totals for programs.
func (t *Totals) JSON() []byte {
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		panic("mappings: a report cannot be written: " + err.Error()) // it is strings and numbers only
	}
	return append(data, '\n')
}

// HTML is the totals as one page that needs nothing else.
func (t *Totals) HTML() ([]byte, error) {
	var b bytes.Buffer
	if err := reportTemplate.Execute(&b, t); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return b.Bytes(), nil
}

// Totals is the report of one record as the totals of it alone, for the same renderings.
func (r *Report) Totals(source string) *Totals {
	t := &Totals{}
	t.Add(r, source)
	return t
}
