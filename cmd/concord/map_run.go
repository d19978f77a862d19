package main

import (
	"errors"
	"fmt"

	"concord/gateway"
	"concord/mappings"
)

// mapRunCommand is "concord map run".
type mapRunCommand struct {
	Dry        bool     `help:"Say that nothing is stored. Needed: records are taken in by the doors of a server, not by this command."`
	Definition []string `required:"" help:"A definition to try, by name or file. Repeat the flag for more: each record goes to the first that takes it."`
	Format     string   `default:"text" enum:"text,json,html" help:"How to print the report. Default: text."`
	Paths      []string `arg:"" help:"Files, or folders such as last week's messages."`
}

func (c mapRunCommand) Run(p *process) error {
	if !c.Dry {
		return errors.Join(errSettings, errors.New("  --dry: is needed; to take records in, use POST /ingest, --mllp or --folder of concord serve"))
	}
	var all []*bench
	for _, name := range c.Definition {
		b, err := p.open(name)
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	samples, err := readSamples(c.Paths)
	if err != nil {
		return err
	}
	totals, refused := &mappings.Totals{}, 0
	for _, s := range samples {
		refused += p.try(all, s, totals)
	}
	if err := writeTotals(p, totals, c.Format); err != nil {
		return err
	}
	if refused > 0 {
		fmt.Fprintf(p.stderr, "%d refused\n", refused)
		return errReported
	}
	return nil
}

// try maps the records of one file, each by the first definition that takes it, and gives how many are refused.
func (p *process) try(all []*bench, s sample, totals *mappings.Totals) int {
	refused := 0
	taken, untaken := map[int]bool{}, map[int]*mappings.Tree{}
	var first error
	records := 0
	for _, b := range all {
		read, err := b.format.Read(b.definition, s.body)
		if err != nil {
			first = errors.Join(first, err)
			continue
		}
		records = max(records, len(read))
		for i, r := range read {
			if taken[i] {
				continue
			}
			if r.Err == nil && !b.definition.Takes(r.Tree) {
				untaken[i] = r.Tree
				continue
			}
			taken[i] = true
			p.notes(s.name, r)
			source := fmt.Sprintf("%s, record %d", s.name, i+1)
			if err := b.dry(r, source, totals); err != nil {
				p.fault(source, err)
				refused++
			}
		}
	}
	switch {
	case records == 0 && first != nil:
		p.fault(s.name, first)
		return 1
	case records > len(taken):
		fmt.Fprintf(p.stderr, "%s: no definition takes %d of its %d records\n", s.name, records-len(taken), records)
	}
	for i := range records {
		if tree := untaken[i]; tree != nil && !taken[i] {
			p.fault(fmt.Sprintf("%s, record %d", s.name, i+1), mappings.Untaken(definitionsOf(all), tree))
		}
	}
	return refused + records - len(taken)
}

func definitionsOf(all []*bench) []*mappings.Definition {
	var definitions []*mappings.Definition
	for _, b := range all {
		definitions = append(definitions, b.definition)
	}
	return definitions
}

// refuses says why a record does not come as far as the definition: doors would refuse it, too.
func (b *bench) refuses(r gateway.Record) error {
	if r.Err != nil || b.definition.Takes(r.Tree) {
		return r.Err
	}
	return mappings.Untaken([]*mappings.Definition{b.definition}, r.Tree)
}

// dry maps one record.
func (b *bench) dry(r gateway.Record, source string, totals *mappings.Totals) error {
	if err := b.refuses(r); err != nil {
		totals.AddRefused(b.definition)
		return err
	}
	result, err := b.definition.ToFHIR(r.Tree, mappings.Context{})
	if err == nil {
		_, err = result.Resources()
	}
	if err != nil {
		totals.AddRefused(b.definition)
		return err
	}
	totals.Add(result.Report(), source)
	return nil
}

// writeTotals prints a report in one of its forms.
func writeTotals(p *process, totals *mappings.Totals, format string) error {
	var out []byte
	switch format {
	case "json":
		out = totals.JSON()
	case "html":
		var err error
		if out, err = totals.HTML(); err != nil {
			return err
		}
	default:
		out = []byte(plain(totals.Text()))
	}
	_, err := p.stdout.Write(out)
	return err
}
