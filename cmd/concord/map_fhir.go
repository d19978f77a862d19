package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"concord/fhir"
	"concord/gateway"
	"concord/mappings"
)

// mapToFHIRCommand is "concord map to-fhir".
type mapToFHIRCommand struct {
	Definition string   `arg:"" help:"A name of concord map list, or a file."`
	Samples    []string `arg:"" help:"Files of local records, or folders of them."`
}

// Run prints the resources of each record that is not refused, as concord import takes them.
func (c mapToFHIRCommand) Run(p *process) error {
	b, err := p.open(c.Definition)
	if err != nil {
		return err
	}
	samples, err := readSamples(c.Samples)
	if err != nil {
		return err
	}
	refused := false
	var writing error
	b.records(samples, func(source string, r gateway.Record) {
		made, err := b.made(r)
		if err != nil {
			refused = true
			p.fault(source, err)
		}
		for _, m := range made {
			_, err := p.stdout.Write(append(m.JSON, '\n'))
			writing = errors.Join(writing, err)
		}
	})
	if writing == nil && refused {
		return errReported
	}
	return writing
}

// made are the resources of a record, read strictly.
func (b *bench) made(r gateway.Record) ([]mappings.Made, error) {
	if err := b.refuses(r); err != nil {
		return nil, err
	}
	result, err := b.definition.ToFHIR(r.Tree, mappings.Context{})
	if err != nil {
		return nil, err
	}
	_, err = result.Resources()
	return result.Made, err
}

// mapFromFHIRCommand is "concord map from-fhir".
type mapFromFHIRCommand struct {
	Definition string   `arg:"" help:"A name of concord map list, or a file."`
	Files      []string `arg:"" help:"Files of FHIR resources: a resource or a Bundle each, or a resource a line."`
}

// Run prints the records in the local format, and tells on the standard error what of the resources has no place in them.
func (c mapFromFHIRCommand) Run(p *process) error {
	b, err := p.open(c.Definition)
	if err != nil {
		return err
	}
	files, err := readSamples(c.Files)
	if err != nil {
		return err
	}
	var all []*fhir.Resource
	for _, f := range files {
		resources, err := fhirIn(f.body)
		if err != nil {
			p.fault(f.name, err)
			return errReported
		}
		all = append(all, resources...)
	}
	local := &gateway.Local{Definitions: []*mappings.Definition{b.definition}, Formats: localFormats()}
	body, _, totals, err := local.FromFHIR(b.definition, all)
	if err != nil {
		p.fault(b.definition.Name, err)
		return errReported
	}
	for _, t := range totals.Definitions {
		for _, e := range t.Elements {
			fmt.Fprintf(p.stderr, "%d x %s: %s\n", e.Count, e.Expression, e.Why)
		}
	}
	_, err = p.stdout.Write(body)
	return err
}

// fhirIn reads a resource, a Bundle, or a resource a line.
func fhirIn(body []byte) ([]*fhir.Resource, error) {
	if json.Valid(body) {
		return unbundled(body)
	}
	var all []*fhir.Resource
	number := 0
	for line := range bytes.Lines(body) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		resources, err := unbundled(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		all = append(all, resources...)
	}
	return all, nil
}

func unbundled(body []byte) ([]*fhir.Resource, error) {
	r, err := fhir.DecodeJSON(body)
	if err != nil {
		return nil, err
	}
	if r.Type() != "Bundle" {
		return []*fhir.Resource{r}, nil
	}
	var all []*fhir.Resource
	for entry := range r.Root().Get("entry").Each() {
		if one := entry.Get("resource"); one.OK() {
			decoded, err := fhir.DecodeJSON(one.Bytes())
			if err != nil {
				return nil, err
			}
			all = append(all, decoded)
		}
	}
	return all, nil
}
