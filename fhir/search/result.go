package search

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// once gives the value of a parameter that may stand once.
func (p *parsing) once(key string, values []string) (string, bool) {
	if len(values) != 1 {
		p.fault(fhir.Invalid, "%s may stand once", key)
		return "", false
	}
	return values[0], true
}

// sort reads _sort (FHIR R4, search.html#sort): parameters of the type, each with a minus when it is descending.
func (p *parsing) sort(values []string) {
	value, ok := p.once("_sort", values)
	if !ok || value == "" {
		return
	}
	words := strings.Split(value, ",")
	if len(words) > p.limits.Keys {
		p.fault(fhir.TooLong, "_sort has more than %d keys (limit sort-keys)", p.limits.Keys)
		return
	}
	for _, word := range words {
		code, desc := strings.CutPrefix(word, "-")
		key, ok := p.sortKey(code)
		if !ok {
			p.unused("a key of _sort is not offered and was not used: use search parameters that all searched types have")
			continue
		}
		if slices.ContainsFunc(p.plan.Order, func(k Key) bool { return k.Param == code }) {
			continue // what is equal stays equal
		}
		key.Desc = desc
		p.plan.Order = append(p.plan.Order, key)
		if code == paramID {
			break // there is nothing left to order
		}
	}
	if n := len(p.plan.Order); n > 0 && p.plan.Order[n-1] == (Key{Param: paramID, Kind: Token}) {
		p.plan.Order = p.plan.Order[:n-1] // the order there is anyway
	}
	if len(p.plan.Order) == 0 {
		p.plan.Order = nil
	}
	if len(p.plan.Order) == 1 && p.plan.Order[0].Param == paramUpdated {
		p.plan.Sort = ByUpdated
		if p.plan.Order[0].Desc {
			p.plan.Sort = ByUpdatedDesc
		}
	}
}

// sortKey finds a parameter that every searched type has, of one kind that has an order.
func (p *parsing) sortKey(code string) (Key, bool) {
	key := Key{Param: code}
	for _, t := range p.types {
		parameter, ok := lookup(t, code)
		if !ok || parameter.Kind == Composite || key.Kind != 0 && key.Kind != parameter.Kind {
			return Key{}, false
		}
		key.Kind = parameter.Kind
	}
	return key, true
}

// count reads _count (FHIR R4, search.html#count): more than this server gives in a page is taken as the most it
// gives, and 0 asks how many there are.
func (p *parsing) count(values []string) {
	value, ok := p.once("_count", values)
	if !ok {
		return
	}
	n, err := strconv.ParseUint(value, 10, 31)
	switch {
	case err != nil:
		p.fault(fhir.Value, "_count is a whole number; more than %d are taken as %d (limit results)", p.limits.MaxCount, p.limits.MaxCount)
	case n == 0:
		p.plan.Summary = SummaryCount
	default:
		p.plan.Count = min(int(n), p.limits.MaxCount)
	}
}

// total reads _total (FHIR R4, search.html#total).
func (p *parsing) total(values []string) {
	value, ok := p.once("_total", values)
	if !ok {
		return
	}
	switch t := Total(value); t {
	case TotalNone, TotalEstimate, TotalAccurate:
		p.plan.Total = t
	default:
		p.fault(fhir.Value, "_total is none, estimate or accurate")
	}
}

// summary reads _summary (FHIR R4, search.html#summary). _count=0 goes before it.
func (p *parsing) summary(values []string) {
	value, ok := p.once("_summary", values)
	if !ok {
		return
	}
	switch s := Summary(value); s {
	case SummaryTrue, SummaryText, SummaryData, SummaryCount:
		p.plan.Summary = cmp.Or(p.plan.Summary, s)
	case "false":
	default:
		p.fault(fhir.Value, "_summary is true, text, data, count or false")
	}
}

// elements reads _elements (FHIR R4, search.html#elements): names of elements of the resource.
func (p *parsing) elements(values []string) {
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') }) {
				p.fault(fhir.Value, "_elements are names of elements of the resource, separated by commas")
				return
			}
			p.plan.Elements = append(p.plan.Elements, name)
		}
	}
	slices.Sort(p.plan.Elements)
	p.plan.Elements = slices.Compact(p.plan.Elements)
}

// finishResult writes what is about the result into Self.
func (p *parsing) finishResult(self url.Values) {
	if len(p.plan.Elements) > 0 && p.plan.Summary != "" && p.plan.Summary != SummaryCount {
		p.fault(fhir.Invalid, "_summary and _elements exclude each other")
		return
	}
	set := func(key, value string) {
		if value != "" {
			self.Set(key, value)
		}
	}
	keys := make([]string, 0, len(p.plan.Order))
	for _, k := range p.plan.Order {
		if k.Desc {
			k.Param = "-" + k.Param
		}
		keys = append(keys, k.Param)
	}
	types := make([]string, 0, len(p.plan.Types))
	for _, t := range p.plan.Types {
		types = append(types, string(t))
	}
	set("_sort", strings.Join(keys, ","))
	set("_type", strings.Join(types, ","))
	set("_total", string(p.plan.Total))
	set("_summary", string(p.plan.Summary))
	set("_elements", strings.Join(p.plan.Elements, ","))
}

// finishIncludes sorts the includes, and writes them into Self.
func (p *parsing) finishIncludes(self url.Values) {
	includes := p.plan.Include
	slices.SortFunc(includes, func(a, b Include) int {
		return cmp.Or(strings.Compare(a.key(), b.key()), strings.Compare(a.value(), b.value()))
	})
	p.plan.Include = slices.Compact(includes)
	if len(p.plan.Include) > p.limits.Includes {
		p.fault(fhir.TooLong, "more than %d includes (limit includes)", p.limits.Includes)
	}
	for _, i := range p.plan.Include {
		self.Add(i.key(), i.value())
	}
}
