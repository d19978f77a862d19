package search

import (
	_ "embed"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
)

// ucumSystem is the system of units of UCUM, the Unified Code for Units of Measure.
const ucumSystem = "http://unitsofmeasure.org"

// Bounds of a unit's code.
const (
	maxUnit  = 64 // bytes
	maxPower = 30 // of ten; others are smaller
	maxDepth = 8  // of brackets
)

// dimension is the exponent of each base unit.
type dimension [24]int8

// unit is a unit as a multiple of the base units: in them a value is (value + offset) * factor. The zero unit is
// none, and leaves values as they are.
type unit struct {
	dim    dimension
	factor *big.Rat
	offset *big.Rat // only units such as Cel, which stand alone, have one
}

// float is the value in the base units.
func (u unit) float(value *big.Rat) float64 {
	if u.factor == nil {
		return float(value)
	}
	if u.offset != nil {
		value = new(big.Rat).Add(value, u.offset)
	}
	return float(new(big.Rat).Mul(value, u.factor))
}

// canonical is the code of the base units, such as "g.m-3"; "1" when there is no dimension.
func (u unit) canonical() string {
	if u.factor == nil {
		return ""
	}
	var b strings.Builder
	for i, n := range u.dim {
		if n == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(units().bases[i])
		if n != 1 {
			b.WriteString(strconv.Itoa(int(n)))
		}
	}
	if b.Len() == 0 {
		return "1"
	}
	return b.String()
}

// to multiplies by a power of another unit. It is false when the exponents grow beyond all measure.
func (u *unit) to(v unit, n int) bool {
	if v.offset != nil || n > maxPower || n < -maxPower {
		return false
	}
	for i := range v.dim {
		sum := int(u.dim[i]) + int(v.dim[i])*n
		if sum > maxPower || sum < -maxPower {
			return false
		}
		u.dim[i] = int8(sum)
	}
	u.factor = new(big.Rat).Mul(u.factor, power(v.factor, n))
	return true
}

//go:embed ucum.txt
var ucumText string

// unitTable is the units that are known.
type unitTable struct {
	bases  []string
	atoms  map[string]unit
	metric map[string]bool // those that take prefixes
}

// units is read once, at first use. A fault in it is a bug of ours.
var units = sync.OnceValue(func() *unitTable {
	t := &unitTable{atoms: map[string]unit{"10*": {factor: big.NewRat(10, 1)}, "10^": {factor: big.NewRat(10, 1)}}, metric: map[string]bool{}}
	for line := range strings.Lines(ucumText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if err := t.define(strings.Fields(line)); err != nil {
			panic(fmt.Sprintf("ucum.txt: %q: %v", line, err))
		}
	}
	return t
})

// define reads one line of the table.
func (t *unitTable) define(fields []string) error {
	last := len(fields) - 1
	if last > 0 && fields[last] == "metric" {
		t.metric[fields[0]] = true
		fields = fields[:last]
	}
	if len(fields) == 1 {
		u := unit{factor: big.NewRat(1, 1)}
		u.dim[len(t.bases)] = 1
		t.bases = append(t.bases, fields[0])
		t.atoms[fields[0]] = u
		return nil
	}
	if len(fields) < 3 {
		return fmt.Errorf("%d fields", len(fields))
	}
	u, ok := t.parse(fields[2])
	factor, ok2 := new(big.Rat).SetString(fields[1])
	if !ok || !ok2 {
		return fmt.Errorf("it has no factor or no known unit")
	}
	u.factor = new(big.Rat).Mul(u.factor, factor)
	if len(fields) == 4 {
		if u.offset, ok = new(big.Rat).SetString(fields[3]); !ok {
			return fmt.Errorf("it has no offset")
		}
	}
	t.atoms[fields[0]] = u
	return nil
}

// readUnit reads a code of UCUM, case sensitive. It is false for what is not known here, which is then compared by
// its code alone.
func readUnit(code string) (unit, bool) { return units().parse(code) }

func (t *unitTable) parse(code string) (unit, bool) {
	if code == "" || len(code) > maxUnit {
		return unit{}, false
	}
	if alone, ok := t.atoms[code]; ok {
		return alone, true
	}
	p := unitParser{table: t, rest: code}
	u, ok := p.term(0)
	return u, ok && p.rest == ""
}
