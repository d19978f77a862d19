package mappings

import (
	"cmp"
	"slices"
)

// Totals is many reports in one: of a message, a file or a folder, counted by definition. The zero Totals is empty.
type Totals struct {
	Definitions []*Total `json:"definitions"`
}

// Total is what one definition did with its records.
type Total struct {
	Definition string         `json:"definition"`
	Version    string         `json:"version"`
	Records    int            `json:"records"`
	Refused    int            `json:"refused"`
	Mapped     int            `json:"mapped"` // fields, and so below
	Kept       int            `json:"kept"`
	Lost       int            `json:"lost"`
	Fields     []FieldTotal   `json:"fields,omitempty"`
	Elements   []ElementTotal `json:"elements,omitempty"` // FHIR elements without a home, the most frequent first
	Unmapped   []UnmappedLine `json:"unmapped,omitempty"` // the most frequent first
}

// FieldTotal is what became of one field, whichever repeat it stood in.
type FieldTotal struct {
	Path    string `json:"path"`
	Element string `json:"element,omitempty"`
	Mapped  int    `json:"mapped,omitempty"`
	Kept    int    `json:"kept,omitempty"`
	Lost    int    `json:"lost,omitempty"`
	Back    int    `json:"back,omitempty"`  // of the mapped, those that going back gives only by what was kept, or not
	Why     string `json:"why,omitempty"`   // of the first that did not simply map
	Where   string `json:"where,omitempty"` // and where that was
}

// ElementTotal is how often a FHIR element had no home.
type ElementTotal struct {
	Expression string `json:"expression"`
	Count      int    `json:"count"`
	Why        string `json:"why"`
}

// Add counts the report of one record. Source names where the record came from, such as its file.
func (t *Totals) Add(r *Report, source string) {
	total := t.of(r.Definition, r.Version)
	total.Records++
	for _, f := range r.Fields {
		total.field(f, source)
	}
	for _, e := range r.Elements {
		total.element(ElementTotal{anyIndex(e.Expression), 1, e.Why})
	}
	counter := Report{Unmapped: total.Unmapped}
	for _, u := range r.Unmapped {
		counter.count(u)
	}
	total.Unmapped = counter.Unmapped
	total.sort()
}

// AddRefused counts a record that a definition refused.
func (t *Totals) AddRefused(d *Definition) {
	total := t.of(d.Name, d.Version)
	total.Records++
	total.Refused++
}

// Merge adds what another has counted.
func (t *Totals) Merge(other *Totals) {
	for _, o := range other.Definitions {
		total := t.of(o.Definition, o.Version)
		total.Records += o.Records
		total.Refused += o.Refused
		total.Mapped, total.Kept, total.Lost = total.Mapped+o.Mapped, total.Kept+o.Kept, total.Lost+o.Lost
		for _, f := range o.Fields {
			at := total.at(f.Path)
			at.Mapped, at.Kept, at.Lost, at.Back = at.Mapped+f.Mapped, at.Kept+f.Kept, at.Lost+f.Lost, at.Back+f.Back
			at.Element = cmp.Or(at.Element, f.Element)
			if at.Why == "" {
				at.Why, at.Where = f.Why, f.Where
			}
		}
		for _, e := range o.Elements {
			total.element(e)
		}
		counter := Report{Unmapped: total.Unmapped}
		for _, u := range o.Unmapped {
			counter.count(u)
		}
		total.Unmapped = counter.Unmapped
		total.sort()
	}
}

// of is the total of one version of a definition, made where it is not there.
func (t *Totals) of(definition, version string) *Total {
	for _, d := range t.Definitions {
		if d.Definition == definition && d.Version == version {
			return d
		}
	}
	d := &Total{Definition: definition, Version: version}
	t.Definitions = append(t.Definitions, d)
	slices.SortFunc(t.Definitions, func(a, b *Total) int {
		return cmp.Or(cmp.Compare(a.Definition, b.Definition), cmp.Compare(a.Version, b.Version))
	})
	return d
}

// at is the line of a field, made where it is not there.
func (t *Total) at(path string) *FieldTotal {
	i, ok := slices.BinarySearchFunc(t.Fields, path, func(f FieldTotal, path string) int { return comparePaths(f.Path, path) })
	if !ok {
		t.Fields = slices.Insert(t.Fields, i, FieldTotal{Path: path})
	}
	return &t.Fields[i]
}

// comparePaths orders paths as people count: PID-2 comes before PID-11.
func comparePaths(a, b string) int {
	whole := cmp.Compare(a, b)
	for a != "" && b != "" {
		x, y := digitsOf(a), digitsOf(b)
		if x == 0 || y == 0 {
			if a[0] != b[0] {
				return whole
			}
			a, b = a[1:], b[1:]
			continue
		}
		if order := cmp.Or(cmp.Compare(x, y), cmp.Compare(a[:x], b[:y])); order != 0 { // the longer number is the greater
			return order
		}
		a, b = a[x:], b[y:]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), whole)
}

// digitsOf is how many digits a text begins with.
func digitsOf(text string) int {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}

// field counts one line of a report.
func (t *Total) field(f FieldLine, source string) {
	at := t.at(anyIndex(f.Path))
	at.Element = cmp.Or(at.Element, f.Element)
	switch f.Outcome {
	case Mapped:
		t.Mapped++
		at.Mapped++
		if f.Back != "" {
			at.Back++
		}
	case Held:
		t.Kept++
		at.Kept++
	default:
		t.Lost++
		at.Lost++
	}
	if f.Why != "" && at.Why == "" {
		at.Why, at.Where = f.Why, where(source, f)
	}
}

// where is the place of a field in words.
func where(source string, f FieldLine) string {
	out := source
	if f.Line > 0 {
		if out != "" {
			out += ", "
		}
		out += "line " + itoa(f.Line) + ", column " + itoa(f.Col)
	}
	return out
}

// element counts one element without a home.
func (t *Total) element(e ElementTotal) {
	for i := range t.Elements {
		if t.Elements[i].Expression == e.Expression {
			t.Elements[i].Count += e.Count
			return
		}
	}
	t.Elements = append(t.Elements, e)
}

// sort puts the most frequent first, so that the work that pays most stands on top.
func (t *Total) sort() {
	slices.SortFunc(t.Elements, func(a, b ElementTotal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Expression, b.Expression))
	})
	slices.SortFunc(t.Unmapped, func(a, b UnmappedLine) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Text, b.Text))
	})
}

// anyIndex replaces indices by [], so that all repeats are counted as one field.
func anyIndex(path string) string {
	out := make([]byte, 0, len(path))
	inside := false
	for i := range len(path) {
		switch c := path[i]; {
		case c == '[' && i+1 < len(path) && '0' <= path[i+1] && path[i+1] <= '9':
			inside = true
			out = append(out, '[')
		case c == ']':
			inside = false
			out = append(out, c)
		case !inside:
			out = append(out, c)
		}
	}
	return string(out)
}
