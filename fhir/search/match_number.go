package search

// matchesQuantity compares in the canonical unit where the units are known. Otherwise unit and system must be the
// same, or where only a unit was named the code or the words that people read.
func (v Value) matchesQuantity(e Entry) bool {
	switch {
	case v.Unit != "":
		return v.Unit == e.Unit && v.matchesNumber(v.UnitLow, v.UnitHigh, e.UnitLow, e.UnitHigh)
	case v.HasSystem && (v.System != e.System || v.Text != e.Value):
		return false
	case v.Text != "" && v.Text != e.Value && v.Text != e.Exact:
		return false
	default:
		return v.matchesNumber(v.NumLow, v.NumHigh, e.NumLow, e.NumHigh)
	}
}

// matchesNumber compares ranges, all bounds inclusive (FHIR R4, search.html#prefix). For the comparisons low and high
// are the same number.
func (v Value) matchesNumber(low, high, entryLow, entryHigh float64) bool {
	switch v.Prefix {
	case "eq":
		return low <= entryLow && entryHigh <= high
	case "ne":
		return entryLow < low || high < entryHigh
	case "gt":
		return entryHigh > high
	case "lt":
		return entryLow < low
	case "ge":
		return entryHigh >= high
	case "le":
		return entryLow <= low
	case "sa":
		return entryLow > high
	case "eb":
		return entryHigh < low
	case "ap":
		return entryLow <= high && low <= entryHigh
	default:
		return false
	}
}
