package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"

	"concord/gateway"
	"concord/gateway/guard"
)

// printAs prints, for each record, the whole-person view of one persona.
func (x *exhibition) printAs(ctx context.Context, samples []sample, v onlooker, format string) error {
	refused := false
	err := x.each(ctx, samples, func(source string, _ gateway.Record, s *scene, _ error) error {
		if s == nil {
			refused = true
			return nil
		}
		body, err := s.wholePerson(ctx, v)
		if err != nil {
			return err
		}
		if format == "json" && body == nil {
			_, err = fmt.Fprintf(x.stderr, "%s: %s gets nothing: the answer is that of a person who does not exist\n", source, v.Name)
			return err
		}
		if format == "text" {
			if body, err = s.told(source, v, body); err != nil {
				return err
			}
		}
		_, err = x.stdout.Write(append(body, '\n'))
		return err
	})
	if err == nil && refused {
		return errReported
	}
	return err
}

// wholePerson is the document that a persona gets; nil when there is none for them.
func (s *scene) wholePerson(ctx context.Context, v onlooker) ([]byte, error) {
	reading, patient, err := s.enter(ctx, v)
	if err != nil {
		return nil, err
	}
	seen, err := gateway.WholePerson(ctx, reading, guard.Whom{Patient: patient})
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("view as %s: %w", v.Name, err)
	}
	var body bytes.Buffer
	_, err = seen.WriteTo(&body)
	return body.Bytes(), err
}

// viewSection is what is read of Composition.section.
type viewSection struct {
	Title   string
	Text    struct{ Div string }
	Entry   []struct{ Reference string }
	Section []viewSection
}

// told is what of a view comes from the record, as text: under each section the lines of its things. The rest of the view is the
// demo's and says nothing about the record, so it is only counted.
func (s *scene) told(source string, v onlooker, document []byte) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, as %s sees it: %s\n", source, v.Name, v.Who)
	if document == nil {
		fmt.Fprintln(&b, "  Nothing: the answer is that of a person who does not exist.")
		return b.Bytes(), nil
	}
	var view struct {
		Entry []struct {
			Resource struct {
				ResourceType, ID string
				Section          []viewSection
			}
		}
	}
	if err := json.Unmarshal(document, &view); err != nil {
		return nil, fmt.Errorf("read a whole-person view: %w", err)
	}
	names := map[string]string{}
	for _, m := range s.made {
		names[m.stored.Ref().String()] = m.name
	}
	others := 0
	var missing []string
	seen := map[string]bool{}
	for _, e := range view.Entry[1:] { // the first is the Composition
		ref := e.Resource.ResourceType + "/" + e.Resource.ID
		if seen[ref] = true; names[ref] == "" {
			others++
		}
	}
	for _, m := range s.made {
		if !seen[m.stored.Ref().String()] {
			missing = append(missing, m.name)
		}
	}
	for _, section := range view.Entry[0].Resource.Section {
		section.tell(&b, names, "  ")
	}
	if len(missing) > 0 {
		fmt.Fprintf(&b, "  Not shown: %s.\n", strings.Join(missing, ", "))
	}
	fmt.Fprintf(&b, "  And %d more of the demo's person, not of the record.\n", others)
	return b.Bytes(), nil
}

// tell writes the lines of a section that are about things with names, under its title.
func (s viewSection) tell(b *bytes.Buffer, names map[string]string, indent string) {
	var inside bytes.Buffer
	lines := linesOf(s.Text.Div)
	for i, e := range s.Entry {
		name := names[e.Reference]
		switch {
		case name == "":
		case len(lines) == len(s.Entry):
			fmt.Fprintf(&inside, "%s  %s: %s\n", indent, name, lines[i])
		default: // the text is of the whole section, and of others' things too
			fmt.Fprintf(&inside, "%s  %s\n", indent, name)
		}
	}
	for _, sub := range s.Section {
		sub.tell(&inside, names, indent+"  ")
	}
	if inside.Len() > 0 {
		fmt.Fprintf(b, "%s%s\n%s", indent, s.Title, inside.Bytes())
	}
}

// linesOf are the items of the lists in a narrative, as text (FHIR R4, narrative.html).
func linesOf(div string) []string {
	var lines []string
	inside := false
	for d := xml.NewDecoder(strings.NewReader(div)); ; {
		token, err := d.Token()
		if err != nil {
			return lines // the end of it
		}
		switch t := token.(type) {
		case xml.StartElement:
			if inside = inside || t.Name.Local == "li"; t.Name.Local == "li" {
				lines = append(lines, "")
			}
		case xml.EndElement:
			inside = inside && t.Name.Local != "li"
		case xml.CharData:
			if inside {
				lines[len(lines)-1] += string(t)
			}
		}
	}
}
