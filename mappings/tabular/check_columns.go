package tabular

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
	"concord/mappings"
)

// Check holds the columns against those that a definition names, before a row is mapped. The issues are warnings: columns
// that the table has not, and those that no rule takes.
//
// The error is for a table of which no row could be taken, or each would be taken wrongly: it names every column that is
// needed and missing, with the one that was probably meant, and every one that stands twice. Column names are those of the
// table's makers; where they hold more than a name, as when the first row is a record, they are not told.
func (t *Table) Check(d *mappings.Definition) ([]fhir.Issue, error) {
	wanted, needed := d.Columns(), d.NeededColumns()
	var warnings, faults []fhir.Issue
	var without, untaken []string
	common := 0
	for _, c := range wanted {
		switch stands := t.count(c); {
		case stands == 0 && slices.Contains(needed, c):
			faults = append(faults, issue(fhir.Required, 1, "there is no column %q%s", c, t.near(c, wanted)))
		case stands == 0 && t.near(c, wanted) != "":
			warnings = append(warnings, issue(fhir.Value, 1, "there is no column %q%s", c, t.near(c, wanted)))
		case stands == 0:
			without = append(without, strconv.Quote(c))
		case stands > 1 && !d.RepeatsColumn(c) && repeats(wanted, c) == 1:
			second := 1 + slices.Index(t.Columns, c)
			second += 1 + slices.Index(t.Columns[second:], c)
			faults = append(faults, issue(fhir.Value, second, "the column %q stands %d times: leave one, or name the others otherwise", c, stands))
			common++
		default:
			common++
		}
	}
	if common == 0 && len(wanted) > 0 {
		return nil, fault(1, 1, "the table has none of the columns of %s, which needs %s: is it another table, has it another delimiter, or is its first row not the names?", d.Name, listed(quoted(needed)))
	}
	for i, c := range t.Columns {
		if !slices.Contains(wanted, c) {
			untaken = append(untaken, fmt.Sprintf("%s (column %d)", told(c), i+1))
		}
	}
	if len(without) > 0 {
		warnings = append(warnings, issue(fhir.Value, 1, "there are no columns %s", listed(without)))
	}
	if len(untaken) > 0 {
		warnings = append(warnings, issue(fhir.NotSupported, 1, "no rule takes the columns %s", listed(untaken)))
	}
	for i := range warnings {
		warnings[i].Warning = true
	}
	if len(faults) > 0 {
		return nil, &fhir.Error{Kind: fhir.Structure, Issues: append(faults, warnings...)}
	}
	return warnings, nil
}

func issue(code fhir.Kind, col int, format string, args ...any) fhir.Issue {
	return fhir.Issue{Code: code, Line: 1, Col: col, Diagnostics: fmt.Sprintf(format, args...)}
}

func (t *Table) count(name string) int { return repeats(t.Columns, name) }

func repeats(columns []string, name string) int {
	n := 0
	for _, c := range columns {
		if c == name {
			n++
		}
	}
	return n
}

// listed are names for people to read.
func listed(names []string) string {
	const most = 10
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

func quoted(names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = strconv.Quote(n)
	}
	return all
}

// longest is how many bytes the name of a column may have to be told.
const longest = 60

// told is the name of a column that no rule takes, where it can be one.
func told(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "without a name"
	case len(name) > longest || strings.ContainsAny(name, "0123456789@\n"):
		return "whose name is withheld, since it may be data"
	default:
		return fmt.Sprintf("%q", name)
	}
}

// near finds the column that was probably meant: one that nothing else wants, and that differs in case, signs, or a few
// letters.
func (t *Table) near(name string, wanted []string) string {
	best, distance := "", 1+len([]rune(plain(name)))/4
	for _, c := range t.Columns {
		if slices.Contains(wanted, c) || strings.TrimSpace(c) == "" || len(c) > longest {
			continue
		}
		if d := apart(plain(name), plain(c)); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": %s is probably it; write it the same in both", told(best))
}

// words are written in many ways in heads of tables.
var words = strings.NewReplacer(" ", "", "_", "", "-", "", ".", "", "number", "no", "num", "no", "birthdate", "dateofbirth", "dob", "dateofbirth")

func plain(name string) string { return words.Replace(strings.ToLower(name)) }

// apart is how many letters two words are apart (Levenshtein).
func apart(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			cost := before
			if x[i] != y[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(y)]
}
