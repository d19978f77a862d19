package guard

import (
	"hash/maphash"
	"strconv"

	"concord/fhir/search"
)

// IndexRows compares the rows of a store's tables that say by what and for whom things are found with those that there
// should be: it adds up their hashes, so that their order is nothing and none of them has to be kept.
type IndexRows struct{ seed maphash.Seed }

// NewIndexRows makes an IndexRows. Sums of different ones do not compare.
func NewIndexRows() IndexRows { return IndexRows{maphash.MakeSeed()} }

// indexRow is one row, with its columns as all stores can give them.
type indexRow struct {
	table  string
	person int64
	value  string
	number int64
}

// Row is what a row adds to the sum of its thing: of about the type and 0; of find_value the hash and 0; of find_text
// the value and the parameter; of find_date the parameter, a space and the end, and the beginning.
func (r IndexRows) Row(table string, person int64, value string, number int64) uint64 {
	return maphash.Comparable(r.seed, indexRow{table, person, value, number})
}

// Of is the sum of the rows that there should be of a version, filed under the persons.
func (r IndexRows) Of(v *Version, index []search.Entry, people []int64) uint64 {
	rows := search.KeysOf(v.Ref.Type, index)
	var sum uint64
	for _, p := range people {
		sum += r.Row("about", p, string(v.Ref.Type), 0)
		for hash := range rows.Values {
			sum += r.Row("find_value", p, strconv.FormatInt(hash, 10), 0)
		}
		for text := range rows.Texts {
			sum += r.Row("find_text", p, text.Value, text.Param)
		}
		for date := range rows.Dates {
			sum += r.Row("find_date", p, strconv.FormatInt(date.Param, 10)+" "+strconv.FormatInt(date.High, 10), date.Low)
		}
	}
	return sum
}
