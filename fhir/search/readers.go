package search

import (
	"strings"

	"concord/fhir"
)

// reader adds the entries of one value of one data type. The target, where there is one, is the only type of
// resource that references may point to.
type reader func(x *extraction, n fhir.Node, target fhir.Type)

// readers is what each kind of parameter reads from which data type (FHIR R4 search: Date, String, Token,
// Reference, Number, Quantity, URI).
var readers = map[Kind]map[string]reader{
	Token: {
		"CodeableConcept": readConcept,
		"Coding":          readCoding,
		"Identifier":      readIdentifier,
		"ContactPoint":    func(x *extraction, n fhir.Node, _ fhir.Type) { x.token("", n.Get("value").Text()) },
		"code":            readPlain,
		"id":              readPlain,
		"uri":             readPlain,
		"canonical":       readPlain,
		"string":          readPlain,
		"boolean":         readPlain,
		"deceased":        readDeceased,
	},
	Reference: {
		"Reference": readReference,
		"canonical": readCanonical,
		"uri":       readCanonical,
		"Resource":  readResource,
	},
	String: {
		"string":    readText,
		"markdown":  readText,
		"HumanName": readParts("text", "family", "given", "prefix", "suffix"),
		"Address":   readParts("text", "line", "city", "district", "state", "postalCode", "country"),
	},
	Date: {
		"date":     readDate,
		"dateTime": readDate,
		"instant":  readDate,
		"Period":   readPeriod,
		"Timing":   readTiming,
	},
	Number: {
		"decimal": readNumber,
		"integer": readNumber,
		"Range":   readRange,
	},
	Quantity: {
		"Quantity":    readQuantity,
		"Age":         readQuantity,
		"Duration":    readQuantity,
		"Money":       readMoney,
		"Range":       readRange,
		"SampledData": readSampledData,
	},
	URI: {
		"uri": readURI,
	},
}

// readConcept reads each coding. Text alone is found by :text only.
func readConcept(x *extraction, n fhir.Node, target fhir.Type) {
	x.words(n.Get("text"))
	codings := n.Get("coding")
	if codings.Len() == 0 {
		x.token("", "")
		return
	}
	for coding := range codings.Each() {
		readCoding(x, coding, target)
	}
}

func readCoding(x *extraction, n fhir.Node, _ fhir.Type) {
	x.token(n.Get("system").Text(), n.Get("code").Text())
	x.words(n.Get("display"))
}

func readIdentifier(x *extraction, n fhir.Node, _ fhir.Type) {
	value := n.Get("value").Text()
	x.token(n.Get("system").Text(), value)
	x.words(n.At("type", "text"))
	for coding := range n.Get("type").Get("coding").Each() {
		if system, code := coding.Get("system").Text(), coding.Get("code").Text(); code != "" && value != "" {
			x.add(Entry{Param: x.param + ofTypeSuffix, Kind: Token, System: system + "|" + code, Value: value})
		}
	}
}

// readPlain reads a primitive as a code without system.
func readPlain(x *extraction, n fhir.Node, _ fhir.Type) {
	if s := n.Text(); s != "" {
		x.token("", s)
	}
}

// readDeceased is Patient.deceased.exists() and Patient.deceased != false: a Patient always has the answer.
func readDeceased(x *extraction, n fhir.Node, _ fhir.Type) {
	if n.Get("deceasedDateTime").OK() || n.Get("deceasedBoolean").Text() == "true" {
		x.token("", "true")
		return
	}
	x.token("", "false")
}

func readText(x *extraction, n fhir.Node, _ fhir.Type) { x.text(n.Text()) }

// readParts reads each named member as a string of its own, so that a search finds any part.
func readParts(names ...string) reader {
	return func(x *extraction, n fhir.Node, _ fhir.Type) {
		for _, name := range names {
			for part := range n.Get(name).Each() {
				x.text(part.Text())
			}
		}
	}
}

func readDate(x *extraction, n fhir.Node, _ fhir.Type) {
	if low, high, ok := bounds(n.Text()); ok {
		x.between(low, high)
	}
}

func readPeriod(x *extraction, n fhir.Node, _ fhir.Type) {
	if low, high, ok := period(n); ok {
		x.between(low, high)
	}
}

// readTiming keeps the outer limits: "the specified scheduling details are ignored".
func readTiming(x *extraction, n fhir.Node, _ fhir.Type) {
	var outer limits
	for event := range n.Get("event").Each() {
		if low, high, ok := bounds(event.Text()); ok {
			outer.add(low, high)
		}
	}
	if low, high, ok := period(n.At("repeat", "boundsPeriod")); ok {
		outer.add(low, high)
	}
	if outer.some {
		x.between(outer.low, outer.high)
	}
}

// readReference reads the literal reference and, under a name of its own, the logical one. The type of the target
// comes from the address, else from Reference.type; where neither says it, "resolve() is Patient" is false.
func readReference(x *extraction, n fhir.Node, target fhir.Type) {
	address := readAddress(n.Get("reference").Text())
	if address.typ == "" {
		address.typ = fhir.Type(n.Get("type").Text())
	}
	if target != "" && address.typ != target {
		return
	}
	x.add(Entry{System: address.base, Value: address.text})
	if id := n.Get("identifier"); id.OK() {
		x.add(Entry{
			Param: x.param + identifierSuffix, Kind: Token,
			System: id.Get("system").Text(), Value: id.Get("value").Text(),
		})
	}
}

// readCanonical reads url|version under both names, since either may be asked for.
func readCanonical(x *extraction, n fhir.Node, _ fhir.Type) {
	url, version, versioned := strings.Cut(n.Text(), "|")
	text := readAddress(url).text
	x.add(Entry{Value: text})
	if versioned && text != "" {
		x.add(Entry{Value: text + "|" + version})
	}
}

// readResource is for resources that stand where others have references: the first entry of a Bundle.
func readResource(x *extraction, n fhir.Node, _ fhir.Type) {
	ref := fhir.Ref{Type: fhir.Type(n.Get("resourceType").Text()), ID: fhir.ID(n.Get("id").Text())}
	if !fhir.KnownType(ref.Type) || !ref.ID.Valid() {
		return
	}
	x.add(Entry{Value: ref.String()})
}
