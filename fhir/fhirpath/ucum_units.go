package fhirpath

import (
	"strings"
	"sync"

	"github.com/cockroachdb/apd/v3"
)

// prefixes are the powers of ten (UCUM, section 4.1). No name of a unit can be read in two ways.
var prefixes = map[string]int32{
	"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
	"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}

// metric are the units that take prefixes.
var metric = func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(`m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb T H lm lx Bq Gy Sv L l t bar
		eV u pc kat cal cal_th U [iU] [IU] Cel osm eq dyn erg P St Ky G Gs Mx R RAD REM Ci bit By B Np m[H2O] m[Hg] g% ar
		[CFU] [PFU]`) {
		names[name] = true
	}
	return names
}()

// definitions are the units of UCUM that care uses, each in terms of base units and of those before it (UCUM,
// sections 4.2 to 4.6). mmol is a number in UCUM, so that amounts of substance have no dimension.
const definitions = `
10* 10 1|10^ 10 1|[pi] 3.1415926535897932384626433832795 1|% 0.01 1|[ppth] 0.001 1|[ppm] 0.000001 1|[ppb] 0.000000001 1
mol 602213670000000000000000 1|sr 1 rad2|Hz 1 s-1|N 1000 g.m/s2|Pa 1 N/m2|J 1 N.m|W 1 J/s|A 1 C/s|V 1 J/C|F 1 C/V
Ohm 1 V/A|S 1 A/V|Wb 1 V.s|T 1 Wb/m2|H 1 Wb/A|lm 1 cd.sr|lx 1 lm/m2|Bq 1 s-1|Gy 1 J/kg|Sv 1 J/kg|kat 1 mol/s
min 60 s|h 60 min|d 24 h|wk 7 d|a_j 365.25 d|a 365.25 d|a_t 365.24219 d|a_g 365.2425 d|mo_j 30.4375 d|mo 30.4375 d
mo_s 29.53059 d|mo_g 30.436875 d|l 1 dm3|L 1 l|ar 100 m2|t 1000 kg|bar 100000 Pa|u 1.6605402e-24 g
eV 1.60217733e-19 J|pc 3.085678e16 m|AU 149597.870691 Mm|deg 0.017453292519943295769236907684886 rad|gon 0.9 deg
' 0.016666666666666666666666666666666667 deg|'' 0.016666666666666666666666666666666667 '|[deg] 1 deg
[in_i] 2.54 cm|[ft_i] 12 [in_i]|[yd_i] 3 [ft_i]|[mi_i] 5280 [ft_i]|[nmi_i] 1852 m|[in_us] 0.0254000508001016002 m
[sin_i] 1 [in_i]2|[sft_i] 1 [ft_i]2|[cin_i] 1 [in_i]3|[cft_i] 1 [ft_i]3|[ft_us] 0.30480060960121920244 m
[gal_us] 231 [in_i]3|[qt_us] 0.25 [gal_us]|[pt_us] 0.5 [qt_us]|[gil_us] 0.25 [pt_us]|[foz_us] 0.25 [gil_us]
[fdr_us] 0.125 [foz_us]|[tbs_us] 0.5 [foz_us]|[cup_us] 16 [tbs_us]|[tsp_us] 0.333333333333333333333333333333 [tbs_us]
[cup_m] 240 mL|[tsp_m] 5 mL|[tbs_m] 15 mL|[foz_m] 30 mL
[gal_br] 4.54609 l|[pt_br] 0.56826125 l|[foz_br] 28.4130625 ml
[gr] 64.79891 mg|[lb_av] 7000 [gr]|[oz_av] 437.5 [gr]|[stone_av] 14 [lb_av]|[scwt_av] 100 [lb_av]|[oz_tr] 480 [gr]
[g] 9.80665 m/s2|gf 1 g.[g]|[lbf_av] 1 [lb_av].[g]|[psi] 1 [lbf_av]/[in_i]2|atm 101325 Pa|m[H2O] 9.80665 kPa
m[Hg] 133.322 kPa|[in_i'H2O] 0.0254 m[H2O]|[in_i'Hg] 0.0254 m[Hg]|dyn 1 g.cm/s2|erg 1 dyn.cm|P 1 dyn.s/cm2|St 1 cm2/s
cal_th 4.184 J|cal 4.184 J|[Cal] 1 kcal_th|[Btu] 1.05505585262 kJ|[HP] 550 [ft_i].[lbf_av]/s
osm 1 mol|eq 1 mol|g% 1 g/dl|U 1 umol/min|Ci 37000000000 Bq|R 0.000258 C/kg|RAD 0.01 Gy|REM 0.01 Sv
[drp] 0.05 ml|[diop] 1 m-1|Ao 0.1 nm|Ky 1 cm-1|bit 1 1|By 8 bit|[degR] 0.55555555555555555555555555556 K
[MET] 3.5 mL/min/kg|[HPF] 1 1|[LPF] 100 1|[smoot] 67 [in_i]|[car_m] 0.2 g|[ch_br] 66 [ft_i]
`

// arbitrary units have meaning by the procedure alone (UCUM, section 3.2): each measures a thing of its own.
const arbitraryUnits = `[iU] [IU] [arb'U] [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U]
	[ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [BAU] [AU] [Amb'a'1'U] [PNU] [Lf] [D'ag'U]
	[ELU] [EU] [IR] [HPF'U] [bdsk'U] [kn'U] [MPN] [S] [p'diop] [mesh] [Ch] [hp_X] [hp_C]`

// units are all units that are known, by code.
var units = sync.OnceValue(func() map[string]*unit {
	known := map[string]*unit{}
	for i, name := range baseUnits {
		u := &unit{factor: apd.New(1, 0)}
		u.powers[i] = 1
		known[name] = u
	}
	for name := range strings.FieldsSeq(arbitraryUnits) {
		known[name] = &unit{factor: apd.New(1, 0), arbitrary: name}
	}
	known["[IU]"].arbitrary = "[iU]"
	defineUnits(known)
	known["Cel"] = &unit{factor: apd.New(1, 0), offset: apd.New(27315, -2), powers: known["K"].powers}
	fahrenheit, _, _ := apd.NewFromString("255.3722222222222222222222222222222")
	known["[degF]"] = &unit{factor: known["[degR]"].factor, offset: fahrenheit, powers: known["K"].powers}
	return known
})

// defineUnits adds what definitions says. It panics when our own table is wrong, which a test would see.
func defineUnits(known map[string]*unit) {
	for entry := range strings.FieldsFuncSeq(definitions, func(r rune) bool { return r == '|' || r == '\n' }) {
		fields := strings.Fields(entry)
		factor, _, err := apd.NewFromString(fields[1])
		if err != nil {
			panic("fhirpath: unit " + entry)
		}
		r := &unitReader{known: known, text: fields[2]}
		u, ok := r.term()
		if !ok || r.pos != len(r.text) {
			panic("fhirpath: unit " + entry)
		}
		if u.factor, ok = times(u.factor, factor); !ok {
			panic("fhirpath: unit " + entry)
		}
		known[fields[0]] = u
	}
}
