package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"concord/consent"
	"concord/fhir"
)

// consentImportCommand is "concord consent import".
type consentImportCommand struct {
	File string `arg:"" help:"A Consent, or a Bundle of them, in JSON or XML."`
}

// Run prints each Consent as the gateway keeps it, one JSON object a line, and on the error stream what could not be
// taken over as it came. Nothing is stored: "concord import" does that.
func (c consentImportCommand) Run(p *process) error {
	return eachConsent(p, c.File, consent.Harvest)
}

// consentExportCommand is "concord consent export".
type consentExportCommand struct {
	Profile string `enum:"basic,intermediate,advanced" default:"advanced" help:"The profile of IHE PCF: basic, intermediate or advanced."`
	File    string `arg:"" help:"A Consent, or a Bundle of them, in JSON or XML."`
}

// Run prints each Consent by the profile, one JSON object a line, and on the error stream what the profile cannot
// express. It fails when a Consent cannot be said at all.
func (c consentExportCommand) Run(p *process) error {
	return eachConsent(p, c.File, func(r *fhir.Resource) (*fhir.Resource, []consent.Note, error) {
		return consent.ExportPCF(r, consent.PCF(c.Profile))
	})
}

// eachConsent turns the Consents of a file over, and prints what they become and what is to be said about it.
func eachConsent(p *process, file string, turn func(*fhir.Resource) (*fhir.Resource, []consent.Note, error)) error {
	all, err := consentsOf(file)
	if err != nil {
		return err
	}
	failed := false
	for _, r := range all {
		out, notes, err := turn(r)
		for _, note := range notes {
			_, _ = fmt.Fprintf(p.stderr, "%s: %s: %s\n", r.Ref(), note.At, note.Text)
		}
		if err != nil {
			failed = true
			_, _ = fmt.Fprintf(p.stderr, "%s: %v\n", r.Ref(), err)
			continue
		}
		var line bytes.Buffer
		if err := json.Compact(&line, out.JSON()); err != nil {
			return fmt.Errorf("print a Consent: %w", err)
		}
		if _, err := fmt.Fprintf(p.stdout, "%s\n", &line); err != nil {
			return err
		}
	}
	if failed {
		return errReported
	}
	return nil
}

// consentsOf reads a Consent, or those among the entries of a Bundle.
func consentsOf(file string) ([]*fhir.Resource, error) {
	data, err := os.ReadFile(file) //nolint:gosec // whoever runs it names the file
	if err != nil {
		return nil, err
	}
	decode := fhir.DecodeJSON
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")) {
		decode = fhir.DecodeXML
	}
	r, err := decode(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", file, err)
	case r.Type() == "Consent":
		return []*fhir.Resource{r}, nil
	case r.Type() != "Bundle":
		return nil, fmt.Errorf("%s: a %s; a Consent or a Bundle of them is wanted", file, r.Type())
	}
	var all []*fhir.Resource
	for resource := range r.Root().All("entry", "resource") {
		if resource.Get("resourceType").Text() != "Consent" {
			continue
		}
		one, err := fhir.DecodeJSON(resource.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no Consent in this Bundle", file)
	}
	return all, nil
}
