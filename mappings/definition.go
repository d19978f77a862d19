package mappings

import (
	"strings"
	"time"

	"concord/fhir"
	"concord/fhir/care"
)

// Definition is one definition file, proved and compiled. It is immutable and may be used by many at once. Load makes it.
type Definition struct {
	Name    string // of the file's "definition"
	Version string
	Title   string
	Format  string // one of CSV, XLSX, JSON, NDJSON, HL7v2
	Source  string // the address under which the keys of the local system stand
	Keep    bool   // what has no place in FHIR is kept

	columns   []string
	occurred  *key // the field that says when it was so, and how it is written
	clock     codec
	zone      *time.Location
	takes     []condition // of the records that it is for
	tables    map[string]*table
	resources []*produced
	leaves    []*leaf // every rule that moves a value, by its number
	adding    bool    // going back may write a field that the record did not have
}

// produced is one resource that a record makes, or one for each repeat.
type produced struct {
	name   string
	typ    fhir.Type
	step   fhirStep // the values by which one that comes back is known
	system string   // of the identifier that its key becomes
	keys   []key
	each   *Path
	when   []condition
	root   *spot
	says   []*leaf // fields that always say the same
	once   bool    // one that is there already is left as it is
	at     setting
}

// key is one field of what makes an id.
type key struct {
	path   Path
	others []Path // "else": where the field before it says nothing. The key then does not bring the fields back
	none   bool   // "else none": it may be missing
	nhs    bool   // "as nhs": an NHS number, checked and without spaces, so that each spelling makes the same id
}

// spot is a value in the JSON of what is made: an object with members, or a leaf. It is made once, or for each repeat.
type spot struct {
	of      fhir.Definition
	step    fhirStep // how it is known among the entries of its list
	each    *Path    // for each repeat
	split   string   // for each piece of one text
	refs    int      // for each of what a resource of the definition made: its number from 1
	when    []condition
	members []*member
	leaves  []*leaf  // the rules for this value; at most one of them holds at a time
	whole   bool     // of repeats: those that a record leaves out are not
	data    bool     // something below is taken from the record, so that nothing remains of it when that is missing
	path    string   // FHIRPath, for reports
	used    bool     // a rule stands here already
	needs   []string // elements that FHIR requires in it
}

// member is one element of an object.
type member struct {
	name     string
	repeated bool
	of       fhir.Element
	spots    []*spot
}

// leaf is one rule that moves a value, writes a constant, or points at another resource.
type leaf struct {
	number  int
	local   Path
	joined  []Path // "local: [a, b]": further fields of one text
	lines   bool   // "local: a[].b": that field of every repeat, a line each
	here    bool   // there is a local path
	codec   codec
	text    string // the constant
	json    []byte // the constant as FHIR has it; nil when the rule moves a value
	missing string // the default
	filled  []byte // the default as FHIR has it
	when    []condition
	ref     int  // the number of the resource that it points at, from 1
	key     bool // the key of the resource, as its identifier
	way     way
	must    bool
	once    bool   // what is there already stays
	whole   bool   // what the record leaves out is not
	adds    bool   // it may bring back what another rule for the same element said
	element string // FHIRPath for the report
	at      setting
}

// way is the direction of a rule; the zero way is both.
type way string

const (
	wayIn  way = "in"  // local to FHIR only
	wayOut way = "out" // FHIR to local only
)

// Canonical is how the definition is named in what it makes: an address with its version (FHIR R4, references.html#canonical).
func (d *Definition) Canonical() string {
	return care.Base + "/mapping/" + d.Name + "|" + d.Version
}

// Columns are the columns of a table that the definition describes, in their order: those that the file lists, else
// those that its rules name. They are empty for other formats.
func (d *Definition) Columns() []string { return append([]string(nil), d.columns...) }

// DayColumns are the columns whose cells are the serial numbers of days, so that a spreadsheet shows them as dates.
func (d *Definition) DayColumns() []string {
	var all []string
	for _, l := range d.leaves {
		if l.here && strings.HasPrefix(l.codec.word, "excel") && len(l.local.steps) == 1 {
			all = append(all, l.local.steps[0].name)
		}
	}
	return all
}

// Rule is one rule that moves a field, for asking which of them the samples at hand never used.
type Rule struct {
	Local   string // as the definition writes it, from the repeat around it
	Element string // FHIRPath, as in FieldLine.Element
	Line    int    // of the definition
}

// Rules are the rules that move fields, in the order of the definition.
func (d *Definition) Rules() []Rule {
	var all []Rule
	for _, l := range d.leaves {
		if l.here {
			all = append(all, Rule{l.local.text, l.element, l.at.line})
		}
	}
	return all
}

// Takes reports whether the definition is for the record: its "for" holds.
func (d *Definition) Takes(t *Tree) bool {
	return d.held(t) == len(d.takes)
}

// systemOf is the system of the keys of a resource of this name.
func (d *Definition) systemOf(name string) string { return d.Source + "/" + name }
