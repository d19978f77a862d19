package search

import (
	"math"
	"math/big"
	"strings"

	"concord/fhir"
)

// currencySystem is the system of Money.currency (FHIR R4, search.html#quantity).
const currencySystem = "urn:iso:std:iso:4217"

// readNumber reads a number as it stands.
func readNumber(x *extraction, n fhir.Node, _ fhir.Type) {
	if d, ok := readDecimal(n.Text()); ok && n.Kind() == fhir.Number {
		x.measure(measured{low: d.at, high: d.at}, fhir.Node{})
	}
}

// measured is a range of exact numbers, open where nil.
type measured struct{ low, high *big.Rat }

// measure adds a range with the unit of the Quantity, which may be missing.
func (x *extraction) measure(m measured, q fhir.Node) {
	e := Entry{System: q.Get("system").Text(), Value: q.Get("code").Text(), Exact: clip(q.Get("unit").Text(), maxText)}
	e.NumLow, e.NumHigh = m.in(unit{})
	if e.System == ucumSystem {
		if u, ok := readUnit(e.Value); ok {
			e.Unit = u.canonical()
			e.UnitLow, e.UnitHigh = m.in(u)
		}
	}
	x.add(e)
}

// in gives the bounds in the base units of the unit.
func (m measured) in(u unit) (float64, float64) {
	low, high := -math.MaxFloat64, math.MaxFloat64
	if m.low != nil {
		low = u.float(m.low)
	}
	if m.high != nil {
		high = u.float(m.high)
	}
	return low, high
}

// valueOf reads Quantity.value exactly.
func valueOf(q fhir.Node) (*big.Rat, bool) {
	value := q.Get("value")
	d, ok := readDecimal(value.Text())
	return d.at, ok && value.Kind() == fhir.Number
}

// readQuantity reads a Quantity, Age or Duration. A comparator opens it towards one side: what the value is then is
// known to be below or above, and no more. Without a value it says nothing.
func readQuantity(x *extraction, n fhir.Node, _ fhir.Type) {
	at, ok := valueOf(n)
	if !ok {
		return
	}
	m := measured{low: at, high: at}
	switch n.Get("comparator").Text() {
	case "<", "<=":
		m.low = nil
	case ">", ">=":
		m.high = nil
	default:
	}
	x.measure(m, n)
}

// readMoney takes the currency for the unit.
func readMoney(x *extraction, n fhir.Node, _ fhir.Type) {
	at, ok := valueOf(n)
	if !ok {
		return
	}
	f := float(at)
	x.add(Entry{System: currencySystem, Value: n.Get("currency").Text(), NumLow: f, NumHigh: f})
}

// readRange is open where it has no low or high.
func readRange(x *extraction, n fhir.Node, _ fhir.Type) {
	low, some := valueOf(n.Get("low"))
	high, more := valueOf(n.Get("high"))
	q := n.Get("low")
	if !some {
		low, q = nil, n.Get("high")
	}
	if !more {
		high = nil
	}
	if some || more {
		x.measure(measured{low, high}, q)
	}
}

// readSampledData keeps the outer limits: each point is multiplied by the factor and added to the origin. Points that
// were below or above what the device can measure are at its limits.
func readSampledData(x *extraction, n fhir.Node, _ fhir.Type) {
	origin := n.Get("origin")
	zero, ok := valueOf(origin)
	if !ok {
		return
	}
	factor := big.NewRat(1, 1)
	if d, ok := readDecimal(n.Get("factor").Text()); ok {
		factor = d.at
	}
	var m measured
	for point := range strings.FieldsSeq(n.Get("data").Text()) {
		var at *big.Rat
		d, ok := readDecimal(point)
		switch {
		case point == "L":
			d, ok = readDecimal(n.Get("lowerLimit").Text())
			at = d.at
		case point == "U":
			d, ok = readDecimal(n.Get("upperLimit").Text())
			at = d.at
		case ok:
			at = d.at.Mul(d.at, factor)
			at.Add(at, zero)
		}
		if !ok {
			continue // E is an error of the device
		}
		if m.low == nil || at.Cmp(m.low) < 0 {
			m.low = at
		}
		if m.high == nil || at.Cmp(m.high) > 0 {
			m.high = at
		}
	}
	if m.low != nil {
		x.measure(m, origin)
	}
}
