package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/mappings"
)

// mapViewCommand is "concord map view".
type mapViewCommand struct {
	Definition   string   `arg:"" help:"A name of concord map list, or a file."`
	Samples      []string `arg:"" help:"Files of local records, or folders of them."`
	Organization string   `placeholder:"Organization/ID" help:"The organisation of the demo that sends the records. Default: its charity for tables, its practice for JSON, its hospital for HL7 v2."`
	As           string   `placeholder:"PERSONA" help:"Print what this persona gets instead: the whole-person view after each record, as text or (--format json) as FHIR, a document a line."`
	Format       string   `default:"text" enum:"text,json,html" help:"How to print it. Default: text."`
}

// usualSender is whom a format comes from in the demo's region, unless somebody says otherwise.
var usualSender = map[string]string{
	mappings.CSV: "Organization/kindred-wexbridge", mappings.XLSX: "Organization/kindred-wexbridge",
	mappings.JSON: "Organization/larkfield-practice", mappings.NDJSON: "Organization/larkfield-practice",
	mappings.HL7v2: "Organization/wexbridge-hospitals",
}

// viewReport is what the demo's personas would see of the records of samples.
type viewReport struct {
	Definition   string         `json:"definition"`
	Version      string         `json:"version"`
	Organization viewParty      `json:"organization"` // that sent them
	Person       viewParty      `json:"person"`       // who stood in for each person
	Choice       string         `json:"choice"`       // of hers, besides those of the demo
	Personas     []viewPersona  `json:"personas"`
	Records      []viewedRecord `json:"records"`
	ByLabel      []hiddenKind   `json:"byLabel,omitempty"` // what labels hide, the most frequent first
}

type viewParty struct {
	Reference string `json:"reference"`
	Name      string `json:"name"`
}

type viewPersona struct {
	Name string `json:"name"`
	Who  string `json:"who"`
}

// Run takes each record in by itself, in memory, and asks who would see what. The exit status is 1 when a record is refused.
func (c mapViewCommand) Run(ctx context.Context, p *process) error {
	all := onlookers()
	if c.As != "" {
		one, err := onlookerNamed(c.As)
		if err != nil {
			return errors.Join(errSettings, fmt.Errorf("  --as: %w", err))
		}
		if c.Format == "html" {
			return errors.Join(errSettings, errors.New("  --format: with --as it is text or json"))
		}
		all = []onlooker{one}
	}
	b, err := p.open(c.Definition)
	if err != nil {
		return err
	}
	sender, err := senderNamed(c.Organization, b.definition)
	if err != nil {
		return errors.Join(errSettings, fmt.Errorf("  --organization: %w", err))
	}
	samples, err := readSamples(c.Samples)
	if err != nil {
		return err
	}
	x, err := newExhibition(ctx, b, sender)
	if err != nil {
		return err
	}
	if c.As != "" {
		return x.printAs(ctx, samples, all[0], c.Format)
	}
	report, err := x.report(ctx, samples, all)
	if err != nil {
		return err
	}
	if err := report.write(p, c.Format); err != nil {
		return err
	}
	if slices.ContainsFunc(report.Records, func(r viewedRecord) bool { return len(r.Refused) > 0 }) {
		return errReported
	}
	return nil
}

// senderNamed finds an organisation of the region, or says which there are.
func senderNamed(reference string, d *mappings.Definition) (viewParty, error) {
	known, err := viewOrganisations()
	if err != nil {
		return viewParty{}, err
	}
	if reference == "" {
		reference = usualSender[d.Format]
	}
	var lines []string
	for _, o := range known {
		if o.Reference == reference {
			return o, nil
		}
		lines = append(lines, fmt.Sprintf("    %-40s %s", o.Reference, o.Name))
	}
	return viewParty{}, fmt.Errorf("there is no %s in the demo's region; there are\n%s", reference, strings.Join(lines, "\n"))
}
