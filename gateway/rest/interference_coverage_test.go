package rest_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/rest"
)

// The twin stores are asked everything that the server answers: a new interaction, search feature, header or preference that is
// not among the questions makes this test fail.
func TestTwinStoresAreAskedEverything(t *testing.T) {
	t.Parallel()
	asked := everything(t)
	t.Run("every interaction", func(t *testing.T) {
		t.Parallel()
		for _, row := range rest.Rows() {
			if !asked.rows[row] {
				t.Errorf("%s %s (%s) is not asked", row.Method, row.Path, row.Code)
			}
		}
	})
	t.Run("every search feature", func(t *testing.T) {
		t.Parallel()
		for _, feature := range slices.Sorted(maps.Keys(offered())) {
			if !asked.features[feature] {
				t.Errorf("the search feature %q is offered and not asked", feature)
			}
		}
	})
	t.Run("every header", func(t *testing.T) {
		t.Parallel()
		for _, header := range headersRead(t) {
			if !asked.headers[header] {
				t.Errorf("the header %s is read and not asked", header)
			}
		}
		for _, word := range []string{"return=minimal", "return=representation", "return=OperationOutcome", "handling=strict", "handling=lenient"} {
			if !asked.words["Prefer: "+word] {
				t.Errorf("Prefer: %s is not asked", word)
			}
		}
		for _, form := range []string{"application/fhir+xml", "application/fhir+json", "text/turtle", "text/plain"} {
			if !asked.words["Accept: "+form] {
				t.Errorf("Accept: %s is not asked", form)
			}
		}
	})
}

// coverage is what the questions ask.
type coverage struct {
	rows     map[rest.Row]bool
	features map[string]bool
	headers  map[string]bool
	words    map[string]bool
}

// everything is what the questions of two seeds ask, of all callers.
func everything(t *testing.T) coverage {
	t.Helper()
	c := coverage{map[rest.Row]bool{}, map[string]bool{}, map[string]bool{"Authorization": true}, map[string]bool{}}
	for seed := range uint64(2) {
		world := generate(seed)
		for _, who := range world.callers {
			for _, q := range questions(world, who, rand.New(rand.NewPCG(seed, 7))) {
				c.note(t, q)
			}
		}
	}
	return c
}

func (c coverage) note(t *testing.T, q question) {
	t.Helper()
	address, err := url.Parse(q.url)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range q.headers {
		c.headers[name] = true
		c.words[name+": "+value] = true
	}
	if q.body != "" {
		c.headers["Content-Type"] = true
	}
	method := q.method
	if method == "HEAD" {
		method = "GET"
	}
	path, ok := strings.CutPrefix(address.Path, "/fhir")
	if ok { // what is beside the service has a slash
		path = strings.Trim(path, "/")
	}
	c.ask(method, path, address.Query())
	if strings.HasSuffix(path, "_search") {
		form, _ := url.ParseQuery(q.body)
		c.ask(method, path, form)
	}
	if path != "" || method != "POST" {
		return
	}
	var bundle struct {
		Entry []struct{ Request struct{ Method, URL string } }
	}
	if json.Unmarshal([]byte(q.body), &bundle) == nil {
		for _, e := range bundle.Entry {
			entryPath, query, _ := strings.Cut(e.Request.URL, "?")
			values, _ := url.ParseQuery(query)
			c.ask(e.Request.Method, entryPath, values)
		}
	}
}

func (c coverage) ask(method, path string, query url.Values) {
	row, ok := rest.RowOf(method, path)
	if !ok {
		return
	}
	c.rows[row] = true
	if !strings.HasPrefix(row.Code, "search") {
		return
	}
	segments := strings.Split(strings.TrimSuffix(strings.TrimSuffix(path, "_search"), "/"), "/")
	for feature := range featuresOf(fhir.Type(segments[len(segments)-1]), query) {
		c.features[feature] = true
	}
}

var prefixes = []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}

// featuresOf names what a query uses: parameters of each kind with their modifiers and prefixes, and what is about the result.
func featuresOf(t fhir.Type, query url.Values) map[string]bool {
	used := map[string]bool{}
	for key, values := range query {
		name, modifier, _ := strings.Cut(key, ":")
		for _, value := range values {
			switch {
			case name == "_total" || name == "_summary":
				used[key+"="+value] = true
			case name == "_has" && strings.Count(key, "_has:") > 1:
				used["_has in _has"] = true
			case name == "_has":
				used["_has"] = true
			case name == "_include" || name == "_revinclude":
				used[key] = true
				used[key+" *"] = used[key+" *"] || value == "*"
			case name == "_sort":
				used["_sort"] = true
				used["_sort -"] = used["_sort -"] || strings.HasPrefix(value, "-")
				used["_sort ,"] = used["_sort ,"] || strings.Contains(value, ",")
			case strings.Contains(key, "."):
				used["chain"] = true
			case strings.HasPrefix(name, "_"):
				used[key] = true
			default:
				p, ok := search.Lookup(t, name)
				if !ok {
					continue
				}
				if fhir.KnownType(fhir.Type(modifier)) {
					modifier = "[type]"
				}
				kind := p.Kind.String()
				used[kind+":"+modifier] = true
				for _, prefix := range prefixes {
					if strings.HasPrefix(value, prefix) && (kind == "date" || kind == "number" || kind == "quantity") {
						used[kind+" "+prefix] = true
					}
				}
			}
		}
	}
	return used
}

// offered are the search features of the specification that this server offers, found out by trying each.
func offered() map[string]bool {
	all := map[string]bool{}
	try := func(t fhir.Type, key, value string) {
		query := url.Values{key: {value}}
		if _, _, err := search.Parse(t, query, "", true); err == nil {
			maps.Copy(all, featuresOf(t, query))
		}
	}
	values := []string{"true", "Patient/p0", "p0", "2025-01", "5", "http://a.example", "ValueSet/codes", "44054006$5", "http://a.example|MR|1", "http://a.example|1"}
	for _, p := range []struct{ t, code string }{
		{"Patient", "family"},
		{"Observation", "code"},
		{"Patient", "identifier"},
		{"Observation", "subject"},
		{"Observation", "focus"},
		{"CarePlan", "instantiates-canonical"},
		{"Observation", "date"},
		{"RiskAssessment", "probability"},
		{"Observation", "value-quantity"},
		{"ValueSet", "url"},
		{"Observation", "code-value-quantity"},
	} {
		for _, modifier := range []string{"", ":missing", ":exact", ":contains", ":text", ":in", ":not-in", ":below", ":above", ":not", ":of-type", ":identifier", ":Patient", ":Condition"} {
			for _, value := range values {
				try(fhir.Type(p.t), p.code+modifier, value)
				for _, prefix := range prefixes {
					try(fhir.Type(p.t), p.code+modifier, prefix+value)
				}
			}
		}
	}
	for key, values := range map[string][]string{
		"_total": {"none", "estimate", "accurate"}, "_summary": {"true", "text", "data", "count", "false"}, "_elements": {"status"}, "_count": {"1"},
		"_sort": {"date", "-date", "-date,code"}, "_include": {"Observation:subject", "*"}, "_revinclude": {"Provenance:target", "*"}, "_include:iterate": {"Observation:subject", "*"},
		"_revinclude:iterate": {"Provenance:target", "*"}, "_contained": {"true"}, "_containedType": {"container"}, "_score": {"true"}, "_filter": {"code eq 1"}, "_text": {"x"},
		"_content": {"x"}, "_query": {"x"}, "_list": {"list1"}, "_id": {"x"}, "_lastUpdated": {"2025", "gt2025"}, "_tag": {"x"}, "_profile": {"http://a.example"},
		"_security": {"x"}, "_source": {"http://a.example"}, "_has:Provenance:target:_id": {"x"}, "_has:Provenance:target:_has:Provenance:target:_id": {"x"},
		"subject:Patient.name": {"x"}, "_language": {"en"}, "_in": {"x"}, "_type": {"Observation"},
	} {
		for _, value := range values {
			try("Observation", key, value)
			try("", key, value)
		}
	}
	return all
}

// headerRead is how the door reads a header of the request.
var headerRead = regexp.MustCompile(`(?:GetHeader|Header\.Get|Header\.Values|h\.Get|h\.Values)\("([A-Za-z-]+)"\)`)

// headersRead are the headers that the door reads, by its sources.
func headersRead(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("the sources are not here: %v", err)
	}
	names := []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} // read by net/http too
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range headerRead.FindAllStringSubmatch(string(source), -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
