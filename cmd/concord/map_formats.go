package main

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"concord/gateway"
	"concord/mappings"
	"concord/mappings/hl7v2"
	"concord/mappings/tabular"
)

// The media types of local formats.
const (
	mediaCSV    = "text/csv"
	mediaXLSX   = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaHL7v2  = "x-application/hl7-v2+er7"
)

// localFormats are those in which local records are read and printed, by the word of a definition.
func localFormats() map[string]gateway.Format {
	return map[string]gateway.Format{
		mappings.CSV:    {Media: mediaCSV, Read: readTable, Print: printCSV},
		mappings.XLSX:   {Media: mediaXLSX, Also: []string{mediaCSV}, Read: readTable, Print: printXLSX},
		mappings.JSON:   {Media: mediaJSON, Read: readJSON, Print: printJSON},
		mappings.NDJSON: {Media: mediaNDJSON, Also: []string{"application/ndjson"}, Read: readNDJSON, Print: printNDJSON},
		mappings.HL7v2:  {Media: mediaHL7v2, Also: []string{"application/hl7-v2", "text/plain"}, Read: readMessages, Print: printMessages},
	}
}

// readTable reads a workbook, or a CSV file with the same columns.
func readTable(d *mappings.Definition, body []byte) ([]gateway.Record, error) {
	table, err := tableOf(body)
	if err != nil {
		return nil, err
	}
	notes, err := table.Check(d)
	if err != nil {
		return nil, err
	}
	records := make([]gateway.Record, len(table.Records))
	for i, r := range table.Records {
		alone := tabular.Table{Columns: table.Columns, Records: table.Records[i : i+1]}
		raw, err := alone.CSV()
		if err != nil {
			return nil, fmt.Errorf("print a row: %w", err)
		}
		records[i] = gateway.Record{Tree: r.Tree, Raw: raw, Media: mediaCSV}
		if r.Err != nil {
			records[i].Err = r.Err
		}
	}
	if len(records) > 0 {
		records[0].Notes = notes
	}
	return records, nil
}

func tableOf(body []byte) (*tabular.Table, error) {
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		return tabular.ReadXLSX(body, "")
	}
	return tabular.ReadCSV(body, tabular.Dialect{})
}

func tableWith(d *mappings.Definition, trees []*mappings.Tree) *tabular.Table {
	t := &tabular.Table{Columns: d.Columns()}
	for _, tree := range trees {
		t.Records = append(t.Records, tabular.Record{Tree: tree})
	}
	return t
}

func printCSV(d *mappings.Definition, trees []*mappings.Tree) ([]byte, error) {
	return tableWith(d, trees).CSV()
}

func printXLSX(d *mappings.Definition, trees []*mappings.Tree) ([]byte, error) {
	return tableWith(d, trees).XLSX()
}

func readJSON(_ *mappings.Definition, body []byte) ([]gateway.Record, error) {
	records, err := tabular.ReadJSON(body)
	return objects(records, mediaJSON), err
}

func readNDJSON(_ *mappings.Definition, body []byte) ([]gateway.Record, error) {
	records, err := tabular.ReadNDJSON(body)
	return objects(records, mediaNDJSON), err
}

func objects(read []tabular.Record, media string) []gateway.Record {
	records := make([]gateway.Record, len(read))
	for i, r := range read {
		records[i] = gateway.Record{Tree: r.Tree, Raw: r.Original, Media: media}
		if r.Err != nil {
			records[i].Err = r.Err
		} else if len(r.Original) == 0 {
			records[i].Raw = tabular.JSON(r.Tree)
		}
	}
	return records
}

func printJSON(_ *mappings.Definition, trees []*mappings.Tree) ([]byte, error) {
	if len(trees) == 1 {
		return append(tabular.JSON(trees[0]), '\n'), nil
	}
	out := []byte{'['}
	for i, tree := range trees {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), tabular.JSON(tree)...)
	}
	return append(out, "\n]\n"...), nil
}

func printNDJSON(_ *mappings.Definition, trees []*mappings.Tree) ([]byte, error) {
	return tabular.NDJSON(tableRecords(trees)), nil
}

func tableRecords(trees []*mappings.Tree) []tabular.Record {
	records := make([]tabular.Record, len(trees))
	for i, tree := range trees {
		records[i].Tree = tree
	}
	return records
}

// readMessages reads one HL7 v2 message or a file of them.
func readMessages(_ *mappings.Definition, body []byte) ([]gateway.Record, error) {
	file, err := hl7v2.ParseFile(body, hl7v2.FileLimits{})
	if err != nil {
		return nil, err
	}
	var records []gateway.Record
	for _, part := range file.Parts {
		switch {
		case part.Err != nil:
			records = append(records, gateway.Record{Raw: part.Raw, Err: part.Err})
		case part.Message != nil && part.Message.CheckVersion() != nil:
			records = append(records, gateway.Record{Raw: part.Raw, Err: part.Message.CheckVersion()})
		case part.Message != nil:
			records = append(records, messageRecord(part.Message, part.Raw))
		}
	}
	return records, nil
}

// messageRecord is an HL7 v2 message as mappings reads it, with the key by which it is known again (CONSENT rules 15.12).
func messageRecord(m *hl7v2.Message, raw []byte) gateway.Record {
	record := gateway.Record{Tree: m.Tree(hl7v2.GroupsOf(m)...), Raw: raw}
	if key, err := m.Key(); err == nil {
		hash := m.Hash()
		record.Key, record.Digest = key, hex.EncodeToString(hash[:])
	}
	return record
}

func printMessages(_ *mappings.Definition, trees []*mappings.Tree) ([]byte, error) {
	var out []byte
	for _, tree := range trees {
		m, err := hl7v2.FromTree(tree)
		if err != nil {
			return nil, err
		}
		out = append(out, m.Bytes()...)
		if !bytes.HasSuffix(out, []byte{'\r'}) {
			out = append(out, '\r')
		}
	}
	return out, nil
}
