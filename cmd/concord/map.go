package main

import (
	"fmt"
	"time"

	"concord/gateway"
	"concord/mappings"
	"concord/mappings/definitions"
)

// mapCommands are "concord map": the workbench of those who write definitions.
type mapCommands struct {
	List     mapListCommand     `cmd:"" help:"Name the definitions that come with Concord; with one, print its file, to begin one's own with."`
	Init     mapInitCommand     `cmd:"" help:"Write a first definition of the columns of a sample."`
	Check    mapCheckCommand    `cmd:"" help:"Hold a definition against its laws and against samples: what is covered, what is lost, whether all comes back, how fast it is."`
	ToFHIR   mapToFHIRCommand   `cmd:"" name:"to-fhir" help:"Print the FHIR resources of local records, one a line."`
	FromFHIR mapFromFHIRCommand `cmd:"" name:"from-fhir" help:"Print the local records of FHIR resources."`
	Report   mapReportCommand   `cmd:"" help:"Print where each field of local records goes: mapped, kept or lost."`
	Diff     mapDiffCommand     `cmd:"" help:"Print how two versions of a definition differ."`
	Generate mapGenerateCommand `cmd:"" help:"Print invented records that a definition takes."`
	Scrub    mapScrubCommand    `cmd:"" help:"Make samples that can be shown of real records: other names, numbers and dates of the same shape."`
	View     mapViewCommand     `cmd:"" help:"Show who in the demo's region would see what of local records, whole or cut, and why. Nothing is stored."`
	Run      mapRunCommand      `cmd:"" help:"Try the records of whole folders against definitions, and store nothing."`
	Send     mapSendCommand     `cmd:"" help:"Send messages to an HL7 v2 system over MLLP, and tell what it answers."`
	Replay   mapReplayCommand   `cmd:"" help:"List the messages that a server refused, save one to mend it, and have it taken in again."`
}

// bench is a definition at work on samples.
type bench struct {
	*process
	definition *mappings.Definition
	format     gateway.Format
	proving    time.Duration // how long it took to load and prove it
}

// open loads a definition, and tells every fault of it on a line of its own.
func (p *process) open(name string) (*bench, error) {
	start := p.now()
	d, err := loadDefinition(name)
	if err != nil {
		p.fault(name, err)
		return nil, errReported
	}
	return &bench{p, d, localFormats()[d.Format], p.now().Sub(start)}, nil
}

// fault tells what is wrong with a file, a line for each fault.
func (p *process) fault(name string, err error) {
	for _, line := range faultsOf(err) {
		fmt.Fprintf(p.stderr, "%s: %s\n", name, line)
	}
}

// notes tells what is odd about a file that is taken nevertheless.
func (p *process) notes(name string, r gateway.Record) {
	for _, note := range r.Notes {
		fmt.Fprintf(p.stderr, "%s: warning: %s\n", name, note)
	}
}

// records goes through the records of samples: a file that cannot be read is told, and counted as one refused.
func (b *bench) records(samples []sample, one func(source string, r gateway.Record)) {
	for _, s := range samples {
		all, err := b.format.Read(b.definition, s.body)
		if err != nil {
			one(s.name, gateway.Record{Err: err})
			continue
		}
		for i, r := range all {
			source := s.name
			if len(all) > 1 {
				source = fmt.Sprintf("%s, record %d", s.name, i+1)
			}
			b.notes(s.name, r)
			one(source, r)
		}
	}
}

// mapListCommand is "concord map list".
type mapListCommand struct {
	Definition string `arg:"" optional:"" help:"Print the file of this one."`
}

func (c mapListCommand) Run(p *process) error {
	if c.Definition != "" {
		source, err := definitions.Source(c.Definition)
		if err != nil {
			p.fault(c.Definition, err)
			return errReported
		}
		_, err = p.stdout.Write(source)
		return err
	}
	for _, name := range definitions.Names() {
		d, err := definitions.Load(name)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(p.stdout, "%-22s %-7s %-7s %s\n", d.Name, d.Version, d.Format, d.Title); err != nil {
			return err
		}
	}
	return nil
}

// mapDiffCommand is "concord map diff".
type mapDiffCommand struct {
	Old string `arg:"" help:"The older definition."`
	New string `arg:"" help:"The newer one."`
}

func (c mapDiffCommand) Run(p *process) error {
	old, err := p.open(c.Old)
	if err != nil {
		return err
	}
	newer, err := p.open(c.New)
	if err != nil {
		return err
	}
	changes := newer.definition.Diff(old.definition)
	for _, change := range changes {
		var line string
		switch {
		case change.From == "":
			line = fmt.Sprintf("+ %s: %s", change.Rule, change.To)
		case change.To == "":
			line = fmt.Sprintf("- %s: %s", change.Rule, change.From)
		default:
			line = fmt.Sprintf("~ %s: %s -> %s", change.Rule, change.From, change.To)
		}
		if _, err := fmt.Fprintln(p.stdout, line); err != nil {
			return err
		}
	}
	if len(changes) > 0 && old.definition.Version == newer.definition.Version {
		fmt.Fprintf(p.stderr, "both say version %s: give the newer one another, since Provenance names it\n", newer.definition.Version)
		return errReported
	}
	return nil
}

// mapGenerateCommand is "concord map generate".
type mapGenerateCommand struct {
	Definition string `arg:"" help:"A name of concord map list, or a file."`
	Count      int    `default:"10" help:"How many records. Default: 10."`
	Seed       uint64 `default:"1" help:"The same seed gives the same records. Default: 1."`
}

func (c mapGenerateCommand) Run(p *process) error {
	b, err := p.open(c.Definition)
	if err != nil {
		return err
	}
	trees := make([]*mappings.Tree, max(c.Count, 0))
	for i := range trees {
		trees[i] = b.definition.Generate(c.Seed + uint64(i))
	}
	out, err := b.format.Print(b.definition, trees)
	if err != nil {
		return fmt.Errorf("print the records: %w", err)
	}
	_, err = p.stdout.Write(out)
	return err
}
