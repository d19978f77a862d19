package main

import (
	"fmt"
	"time"

	"concord/gateway"
	"concord/mappings"
)

// mapCheckCommand is "concord map check".
type mapCheckCommand struct {
	Definition string   `arg:"" help:"A name of concord map list, or a file."`
	Samples    []string `arg:"" optional:"" help:"Files of local records, or folders of them. Without any the laws are proved on invented records."`
}

// invented is how many records a definition without samples is held against.
const invented = 100

// Run prints what it found: first the sums, then field by field. The exit status is 1 when a record is refused or breaks a law.
func (c mapCheckCommand) Run(p *process) error {
	b, err := p.open(c.Definition)
	if err != nil {
		return err
	}
	k := &checking{bench: b, totals: &mappings.Totals{}}
	source := fmt.Sprintf("%d invented", invented)
	if len(c.Samples) == 0 {
		for seed := range uint64(invented) {
			k.one(fmt.Sprintf("invented record %d", seed), gateway.Record{Tree: b.definition.Generate(seed)})
		}
	} else {
		samples, err := readSamples(c.Samples)
		if err != nil {
			return err
		}
		b.records(samples, k.one)
		source = fmt.Sprintf("%d files", len(samples))
	}
	return k.tell(source)
}

// checking is the sums of one check.
type checking struct {
	*bench
	totals  *mappings.Totals
	records int
	refused int
	broken  int
	mapping time.Duration // of to-fhir alone
}

func (k *checking) one(source string, r gateway.Record) {
	k.records++
	start := k.now()
	err := k.dry(r, source, k.totals)
	k.mapping += k.now().Sub(start)
	if err != nil {
		k.refused++
		k.fault(source, err)
		return
	}
	if err := k.definition.Prove(r.Tree); err != nil {
		k.broken++
		k.fault(source, err)
	}
}

func (k *checking) tell(source string) error {
	d := k.definition
	mapped, kept, lost := 0, 0, 0
	for _, t := range k.totals.Definitions {
		mapped, kept, lost = mapped+t.Mapped, kept+t.Kept, lost+t.Lost
	}
	speed := "too few to say"
	if k.mapping > 0 && k.records > k.refused {
		speed = fmt.Sprintf("%.0f records a second, mapped, validated and reported", float64(k.records-k.refused)/k.mapping.Seconds())
	}
	fmt.Fprintf(k.stdout, "%s %s: its laws hold, proved in %d ms\n", d.Name, d.Version, k.proving.Milliseconds())
	fmt.Fprintf(k.stdout, "samples: %s, %d records, %d refused\n", source, k.records, k.refused)
	fmt.Fprintf(k.stdout, "round trips: %d of %d come back as the report says\n", k.records-k.refused-k.broken, k.records-k.refused)
	fmt.Fprintf(k.stdout, "fields: %d mapped, %d kept, %d lost\n", mapped, kept, lost)
	fmt.Fprintf(k.stdout, "speed: %s\n\n", speed)
	if err := writeTotals(k.process, k.totals, "text"); err != nil {
		return err
	}
	if k.refused+k.broken > 0 {
		return errReported
	}
	return nil
}

// mapReportCommand is "concord map report".
type mapReportCommand struct {
	Definition string   `arg:"" help:"A name of concord map list, or a file."`
	Samples    []string `arg:"" help:"Files of local records, or folders of them."`
	Format     string   `default:"text" enum:"text,json,html" help:"How to print it. Default: text."`
}

func (c mapReportCommand) Run(p *process) error {
	b, err := p.open(c.Definition)
	if err != nil {
		return err
	}
	samples, err := readSamples(c.Samples)
	if err != nil {
		return err
	}
	totals, refused := &mappings.Totals{}, 0
	b.records(samples, func(source string, r gateway.Record) {
		if err := b.dry(r, source, totals); err != nil {
			refused++
			p.fault(source, err)
		}
	})
	if err := writeTotals(p, totals, c.Format); err != nil {
		return err
	}
	if refused > 0 {
		return errReported
	}
	return nil
}
