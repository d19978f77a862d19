package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/fhir/care"
	"concord/mappings"
	"concord/mappings/tabular"
)

// mapInitCommand is "concord map init".
type mapInitCommand struct {
	Name   string `required:"" help:"The name of the definition: small letters, digits and hyphens."`
	Source string `required:"" placeholder:"URL" help:"The address under which the keys of the local system stand, such as https://example.org/ids."`
	Sample string `arg:"" help:"A table, CSV or XLSX, with its names of columns in the first row."`
}

// guess is a column that is known by its name.
type guess struct {
	names  string // without spaces and signs, in small letters
	rule   string
	needed bool // mostly there, so that a row without it is refused
}

// guesses are in the order of the rules that they become.
var guesses = []guess{
	{"nhsnumber nhsno nhs nhsnum", `fhir: "identifier[system=https://fhir.nhs.uk/Id/nhs-number].value", as: nhs`, false},
	{"title prefix salutation", `fhir: "name[0].prefix[0]"`, false},
	{"firstname forename givenname given first", `fhir: "name[0].given[0]"`, false},
	{"lastname surname familyname family last", `fhir: "name[0].family"`, true},
	{"dateofbirth birthdate dob born birth", `fhir: birthDate`, true},
	{"phone telephone mobile tel phonenumber", `fhir: "telecom[system=phone].value"`, false},
	{"email emailaddress mail", `fhir: "telecom[system=email].value"`, false},
	{"address street addressline1", `fhir: "address[use=home].line[0]"`, false},
	{"town city", `fhir: "address[use=home].city"`, false},
	{"postcode zip postalcode", `fhir: "address[use=home].postalCode"`, false},
}

// Run prints a definition that loads: a Patient of the columns that are known by their names, and the others kept, each named
// in a comment, to be given rules one by one.
func (c mapInitCommand) Run(p *process) error {
	samples, err := readSamples([]string{c.Sample})
	if err != nil {
		return err
	}
	table, err := tableOf(samples[0].body)
	if err != nil {
		p.fault(c.Sample, err)
		return errReported
	}
	if len(table.Records) == 0 {
		return errors.New("the sample has no rows: a definition is begun from some")
	}
	text, err := c.draft(table, bytes.HasPrefix(samples[0].body, []byte("PK")))
	if err != nil {
		return err
	}
	if _, err := mappings.Load(text, nil); err != nil {
		p.fault("the draft", err)
		return errReported
	}
	_, err = p.stdout.Write(text)
	return err
}

// draft writes the definition.
func (c mapInitCommand) draft(table *tabular.Table, workbook bool) ([]byte, error) {
	format, values := mappings.CSV, valuesOf(table)
	key, identifier := c.number(table, values)
	if workbook {
		format = mappings.XLSX
	}
	var rules, left strings.Builder
	taken := map[string]bool{}
	if named, err := strconv.Unquote(key); err == nil {
		taken[strings.TrimSuffix(named, " as nhs")] = true
	}
	for _, g := range guesses {
		for _, column := range table.Columns {
			if taken[column] || !slices.Contains(strings.Fields(g.names), bareName(column)) {
				continue
			}
			rule, ok := g.ruleFor(values[column], workbook)
			if !ok {
				continue
			}
			fmt.Fprintf(&rules, "      - {local: %s, %s}\n", quotedPath(column), rule)
			taken[column] = true
			break
		}
	}
	for _, column := range table.Columns {
		if key == "" && unique(values[column], len(table.Records)) && !taken[column] {
			key = quotedPath(column)
			continue
		}
		if !taken[column] {
			fmt.Fprintf(&left, "      # %s: kept, until a rule says where it goes\n", column)
		}
	}
	if key == "" {
		return nil, errors.New("no column has another value in each row, by which a row could be known when it is sent again: add one, such as a number")
	}
	columns := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = strconv.Quote(column)
	}
	return fmt.Appendf(nil, `# A first draft, made of the columns of a sample. Look at the key, then give each column that is only kept a rule.
definition: %s
version: 0.1.0
format: %s
source: %s
keep: true
columns: [%s]
resources:
  - name: patient
    type: Patient
    key: %s
%s    rules:
%s%s`, c.Name, format, c.Source, strings.Join(columns, ", "), key, identifier, rules.String(), left.String()), nil
}

// number is the key of people by their NHS number, where the table has one in each row; else nothing.
func (c mapInitCommand) number(table *tabular.Table, values map[string][]string) (string, string) {
	for _, column := range table.Columns {
		if slices.Contains(strings.Fields(guesses[0].names), bareName(column)) && len(values[column]) > 0 && !slices.Contains(values[column], "") {
			return strconv.Quote(column + " as nhs"), "    identifier: " + care.SystemNHSNumber + "\n"
		}
	}
	return "", ""
}

// ruleFor is the rule of a column, when its values are such as it takes.
func (g guess) ruleFor(values []string, workbook bool) (string, bool) {
	rule := g.rule
	if strings.HasSuffix(rule, "birthDate") {
		pattern, ok := datePattern(values, workbook)
		if !ok {
			return "", false
		}
		rule += pattern
	}
	if g.needed && len(values) > 0 && !slices.Contains(values, "") {
		rule += ", must: true"
	}
	return rule, len(values) > 0
}

// datePattern is the codec for days as the column writes them; false when it is not plain.
func datePattern(values []string, workbook bool) (string, bool) {
	all := func(takes func(string) bool) bool {
		return !slices.ContainsFunc(values, func(v string) bool { return v != "" && !takes(v) })
	}
	of := func(layout string) func(string) bool {
		return func(v string) bool {
			_, err := time.Parse(layout, v)
			return err == nil
		}
	}
	serial := func(v string) bool {
		_, err := strconv.Atoi(v)
		return err == nil
	}
	switch {
	case workbook && all(serial):
		return ", as: excel", true
	case all(of(time.DateOnly)):
		return "", true
	case all(of("02/01/2006")):
		return ", as: date dd/MM/yyyy", true
	default:
		return "", false
	}
}

// valuesOf are the texts of each column, row by row.
func valuesOf(table *tabular.Table) map[string][]string {
	values := map[string][]string{}
	for _, r := range table.Records {
		if r.Err != nil {
			continue
		}
		for _, column := range table.Columns {
			values[column] = append(values[column], r.Tree.Root().Get(column, 0).Text())
		}
	}
	return values
}

func unique(values []string, rows int) bool {
	seen := map[string]bool{}
	for _, v := range values {
		if v == "" || seen[v] {
			return false
		}
		seen[v] = true
	}
	return len(values) == rows
}

func bareName(column string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return -1
		}
	}, column)
}

// quotedPath is a column as a path in YAML: names with signs of the path in them stand in quotes.
func quotedPath(column string) string {
	path := column
	if strings.ContainsAny(column, ".[]'-#/") {
		path = "'" + strings.ReplaceAll(column, "'", "''") + "'"
	}
	return strconv.Quote(path)
}
