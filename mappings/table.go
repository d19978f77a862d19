package mappings

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"strings"

	"concord/fhir"
)

// table pairs local texts with codes, as a ConceptMap does (FHIR R4, conceptmap.html). Each text has one code; of the
// texts with the same code the first is the one that a code comes back as, and the others say "oneway: in".
type table struct {
	name     string
	system   string // of the codes, where a row says no other
	local    string // the system of local codes, for unmapped: local
	unmapped unmapped
	stand    string // the code that stands for such a text, for unmapped: as CODE
	rows     []concept
	byText   map[string]int
	byCode   map[coding]int
}

type concept struct {
	text, code, display, system string
	in                          bool // local to FHIR only
}

type coding struct{ system, code string }

// unmapped is what becomes of a text that no row has.
type unmapped string

const (
	refuse unmapped = "refuse" // the whole record is refused
	asText unmapped = "text"   // it is said as CodeableConcept.text
	asCode unmapped = "local"  // it is said as a code of the system "local"
	asOne  unmapped = "as"     // one code stands for it, such as unknown; the text is kept, where the definition keeps
	omit   unmapped = "omit"   // it is not said; it is kept, where the definition keeps
)

var tableFields = []string{"system", "local", "unmapped", "rows", "file"}

// readTable reads one entry of "tables".
func readTable(at field, files fs.FS, f *faults) *table {
	t := &table{name: at.name, byText: map[string]int{}, byCode: map[coding]int{}}
	if !f.only(at.setting, "a table", tableFields...) {
		return t
	}
	t.system, t.local = f.text(at.setting, "system"), f.text(at.setting, "local")
	word, code, _ := strings.Cut(f.text(at.setting, "unmapped"), " ")
	t.unmapped, t.stand = unmapped(word), code
	switch t.unmapped {
	case refuse, asText, omit:
	case asOne:
		if t.stand == "" {
			f.on(at.setting, "unmapped: as needs the code that stands for such texts: write \"unmapped: as unknown\"")
		}
	case asCode:
		if t.local == "" {
			f.on(at.setting, `unmapped: local needs the system of the local codes: write "local: https://..."`)
		}
	case "":
		f.on(at.setting, "say what becomes of a text that no row has: unmapped: refuse, text, local, as CODE or omit")
	default:
		v, _ := at.get("unmapped")
		f.on(v, "unmapped is refuse, text, local, as CODE or omit")
	}
	if rows, ok := at.get("rows"); ok {
		for _, row := range rows.list {
			t.readRow(row, f)
		}
	}
	if file, ok := at.get("file"); ok {
		t.readFile(file, files, f)
	}
	for i, c := range t.rows { // a code is shown in one way, whichever text it came from
		if first, ok := t.byCode[coding{c.system, c.code}]; ok {
			t.rows[i].display = t.rows[first].display
		}
	}
	if len(t.rows) == 0 {
		f.on(at.setting, `a table has rows: write "- [local text, code, display]", or a file`)
	}
	return t
}

// readRow reads [text, code, display], or the same as fields, which may have a system and oneway besides.
func (t *table) readRow(row setting, f *faults) {
	var c concept
	switch row.kind {
	case list:
		if len(row.list) < 2 || len(row.list) > 3 {
			f.on(row, "a row is [local text, code] or [local text, code, display]")
			return
		}
		c.text, c.code = row.list[0].text, row.list[1].text
		if len(row.list) == 3 {
			c.display = row.list[2].text
		}
	case mapping:
		f.only(row, "a row", "text", "code", "display", "system", "oneway")
		c = concept{f.text(row, "text"), f.text(row, "code"), f.text(row, "display"), f.text(row, "system"), false}
		if way, ok := row.get("oneway"); ok {
			if c.in = way.text == "in"; !c.in {
				f.on(way, "a row goes both ways, or says oneway: in")
			}
		}
	default:
		f.on(row, "a row is [local text, code, display]")
		return
	}
	t.add(c, func(format string, args ...any) { f.on(row, format, args...) })
}

// add files a row. Rows that could not be undone are faults.
func (t *table) add(c concept, fault func(format string, args ...any)) {
	if c.system == "" {
		c.system = t.system
	}
	if c.text == "" || c.code == "" {
		fault("a row has a local text and a code")
		return
	}
	if _, ok := t.byText[c.text]; ok {
		fault("the table has a row for this text already: %q", c.text)
		return
	}
	k := coding{c.system, c.code}
	if first, ok := t.byCode[k]; ok && !c.in {
		fault("%q has the code of %q, so that it could not come back: write the row as fields, with oneway: in", c.text, t.rows[first].text)
		return
	}
	t.byText[c.text] = len(t.rows)
	if !c.in {
		t.byCode[k] = len(t.rows)
	}
	t.rows = append(t.rows, c)
}

// readFile reads rows from a file beside the definition: text,code,display,system as CSV with a header, or a
// ConceptMap as JSON, in which a target that is wider or narrower goes in only.
func (t *table) readFile(at setting, files fs.FS, f *faults) {
	if files == nil {
		f.on(at, "there are no files beside this definition")
		return
	}
	data, err := fs.ReadFile(files, at.text)
	if err != nil {
		f.on(at, "the file %q cannot be read beside the definition", at.text)
		return
	}
	if strings.HasSuffix(at.text, ".json") {
		t.readConceptMap(at, data, f)
		return
	}
	r := csv.NewReader(strings.NewReader(string(data)))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 || len(rows[0]) < 2 || rows[0][0] != "text" || rows[0][1] != "code" {
		f.on(at, "the file %q is not CSV with the columns text,code,display,system", at.text)
		return
	}
	for i, row := range rows[1:] {
		cells := append(row, "", "", "", "")
		t.add(concept{cells[0], cells[1], cells[2], cells[3], false}, func(format string, args ...any) {
			f.on(at, "%s, row %d: %s", at.text, i+2, fmt.Sprintf(format, args...))
		})
	}
}

// readConceptMap reads FHIR's own form of a table (FHIR R4, conceptmap.html).
func (t *table) readConceptMap(at setting, data []byte, f *faults) {
	root, err := fhir.Walk(data)
	if err != nil || root.Get("resourceType").Text() != "ConceptMap" {
		f.on(at, "the file %q is not a ConceptMap in JSON", at.text)
		return
	}
	for group := range root.All("group") {
		for element := range group.All("element") {
			for target := range element.All("target") {
				how := target.Get("equivalence").Text()
				c := concept{element.Get("code").Text(), target.Get("code").Text(), target.Get("display").Text(), group.Get("target").Text(), how != "equal" && how != "equivalent"}
				t.add(c, func(format string, args ...any) { f.on(at, "%s: %s", at.text, fmt.Sprintf(format, args...)) })
				break // R4 allows several targets; the first is the map's choice
			}
		}
	}
}
