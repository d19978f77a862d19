package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// detailed is how many records are told one by one in text; of more it tells the sums alone.
const detailed = 3

// whyNot is the title of the reasons, which are told as to the person.
const whyNot = `Why not ("you" is the person)`

// textWidth is where sentences are broken.
const textWidth = 110

func (r *viewReport) write(p *process, format string) error {
	var out []byte
	var err error
	switch format {
	case "json":
		out, err = json.MarshalIndent(r, "", "  ")
		out = append(out, '\n')
	case "html":
		out, err = r.page()
	default:
		out = []byte(plain(string(r.text())))
	}
	if err != nil {
		return fmt.Errorf("write who sees what: %w", err)
	}
	_, err = p.stdout.Write(out)
	return err
}

// StandsIn says how the records and the demo's region come together.
func (r *viewReport) StandsIn() string {
	return fmt.Sprintf("%s of the demo stands in for each person: her choices, her carers and her team decide. She has one choice more than in the demo: %s. "+
		"Each record is taken in by itself, as if it were the first that %s sent.", r.Person.Name, r.Choice, r.Organization.Name)
}

// text is the report for a terminal.
func (r *viewReport) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s, sent by %s: %s\n", r.Definition, r.Version, r.Organization.Name, r.Sums())
	wrap(&b, "", r.StandsIn())
	if len(r.Records) <= detailed {
		for _, record := range r.Records {
			record.text(&b, r.Personas)
		}
	} else if len(r.things()) > 0 {
		fmt.Fprintf(&b, "\nHow many are seen whole, cut, and not at all (--format html tells it record by record)\n")
		table(&b, r.Personas, func(row func(name string, cells []string)) {
			for _, t := range r.Totals() {
				var cells []string
				for _, c := range t.Counts {
					cells = append(cells, fmt.Sprintf("%d/%d/%d", c.Whole, c.Cut, c.Hidden))
				}
				row(t.Kind, cells)
			}
		})
		list(&b, whyNot, reasons(r.things(), counted))
		list(&b, "Of the records", r.notes())
	}
	if len(r.ByLabel) > 0 {
		fmt.Fprintf(&b, "\nHidden or cut because of a label, the most frequent first\n")
	}
	for _, l := range r.ByLabel {
		wrap(&b, "  ", fmt.Sprintf("%d x %s, %s: from %s; in %s", l.Count, l.Name, l.Because(), l.Hidden(), l.Where()))
	}
	return b.Bytes()
}

// Sums counts the records.
func (r *viewReport) Sums() string {
	refused := 0
	for _, one := range r.Records {
		if len(one.Refused) > 0 {
			refused++
		}
	}
	records := "records"
	if len(r.Records) == 1 {
		records = "record"
	}
	return fmt.Sprintf("%d %s, %d refused", len(r.Records), records, refused)
}

// text tells one record: who sees each thing, where it stands, and why something is not seen.
func (r viewedRecord) text(b *bytes.Buffer, personas []viewPersona) {
	fmt.Fprintf(b, "\n%s\n", r.Source)
	if len(r.Refused) > 0 {
		fmt.Fprintln(b, "  refused: it makes nothing that anybody could see")
		return
	}
	if r.Note != "" {
		wrap(b, "  ", r.Note)
	}
	table(b, personas, func(row func(name string, cells []string)) {
		for _, t := range r.Things {
			var cells []string
			for _, s := range t.Seen {
				cells = append(cells, strings.ReplaceAll(string(s.Sight), string(seenHidden), "-"))
			}
			row(t.Kind(), cells)
		}
	})
	list(b, "Where it stands in the whole-person view", r.sections())
	list(b, "Labelled as sensitive", r.labelled())
	list(b, "Cut", r.cuts())
	list(b, whyNot, reasons(r.Things, func(names []string) string { return strings.Join(names, ", ") }))
}

// list writes lines under a title, and nothing when there are none.
func list(b *bytes.Buffer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s\n", title)
	for _, line := range lines {
		wrap(b, "    ", line)
	}
}

// table writes aligned rows, with a column for each persona.
func table(b *bytes.Buffer, personas []viewPersona, rows func(row func(name string, cells []string))) {
	var aligned bytes.Buffer
	w := tabwriter.NewWriter(&aligned, 0, 4, 2, ' ', 0)
	row := func(name string, cells []string) { fmt.Fprintf(w, "  %s\t%s\n", name, strings.Join(cells, "\t")) }
	var heads []string
	for _, p := range personas {
		heads = append(heads, p.Name)
	}
	row("", heads)
	rows(row)
	_ = w.Flush() // it writes to memory
	for line := range bytes.Lines(aligned.Bytes()) {
		b.Write(append(bytes.TrimRight(line, " \n"), '\n'))
	}
}

// wrap writes a sentence, broken between words, its later lines further in.
func wrap(b *bytes.Buffer, indent, text string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > textWidth && strings.TrimSpace(line) != "" {
			fmt.Fprintln(b, line)
			line = indent + "  "
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(b, line)
}
