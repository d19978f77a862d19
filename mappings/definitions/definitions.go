// Package definitions holds the definitions that come with Concord, as the YAML files that a vendor would write: two
// invented systems to learn from, and the tables of a synthetic record.
//
//   - charity-referrals: a charity's social-prescribing spreadsheet; referral in, outcome back
//
//   - gp-record: a GP system's JSON, with care plans, goals, actions, carers and sharing choices
//
//   - synthea-...: patients, careplans, conditions, encounters, medications and allergies as Synthea writes them to CSV
//
//   - hl7v2-...: messages of HL7 v2 by their kind, after the HL7 v2-to-FHIR guide; what they have in common stands in
//     parts/hl7v2.yaml
//
// It knows nothing but its files.
package definitions

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"concord/fhir"
	"concord/mappings"
)

//go:embed *.yaml parts
var files embed.FS

// Names are the definitions that there are, in alphabetical order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("definitions: " + err.Error()) // the files are in the binary
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Source is the file of a definition, to learn from and to begin one's own with. The error is NotFound.
func Source(name string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, fhir.Errorf(fhir.NotFound, "there is no definition of this name; there are %s", strings.Join(Names(), ", "))
	}
	return files.ReadFile(name + ".yaml")
}

// Load loads and proves a definition by its name. The error is NotFound, or a fault of ours.
func Load(name string) (*mappings.Definition, error) {
	source, err := Source(name)
	if err != nil {
		return nil, err
	}
	d, err := mappings.Load(source, files)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return d, nil
}
