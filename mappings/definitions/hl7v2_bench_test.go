package definitions_test

import (
	"testing"

	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/hl7v2"
)

// admission is a message of 1 kB, as a patient administration system sends it.
const admission = "MSH|^~\\&|PAS|RXX01|CONCORD|HUB|20250602081500||ADT^A01^ADT_A01|MSG00042|P|2.5.1|||AL|NE|GBR|UNICODE UTF-8|en\r" +
	"EVN|A01|20250602081500|||C08^Woolf^Kathleen^^^Dr\r" +
	"PID|1||RXX-778812^^^RXX01^MR~9434765919^^^NHS^NH||Begum^Amina^Jane^^Mrs^^L~Khan^Amina^^^^^M||19551230|F|||12 Mill Lane^Flat 3^Sodbury^Avon^BS37 6QW^GBR^H||01632960111^PRN^PH~07700900222^PRN^CP|01632960999|en|M|MUS|ACC-5521||||||||||||N\r" +
	"PD1|||MILL STREET SURGERY^^A81001|G9988776^Osei^Ama^^^Dr\r" +
	"NK1|1|Begum^Karim|SON^son^HL70063|14 Mill Lane^^Sodbury^^BS37 6QW|07700900333||C\r" +
	"NK1|2|Patel^Joan|FND^friend^HL70063||07700900444\r" +
	"AL1|1|DA|387207008^Penicillin^SCT|SV|Rash~Swelling|20100401\r" +
	"PV1|1|I|MAU^Bay 2^Bed 4^RXX01^^^^^Medical Assessment Unit|E|||C08^Woolf^Kathleen^^^Dr|||300||||19|||||VIS-99120|||||||||||||||||||||||||20250602074512\r" +
	"PV2|||R07.4^Chest pain^I10||||||||||||||||||||MILL STREET SURGERY\r" +
	"OBX|1|NM|8867-4^Heart rate^LN||88|/min^^UCUM|60-100|N|||F|||20250602080000\r" +
	"ZBE|MOV-1|20250602074512||INSERT|N\r"

// BenchmarkADT parses an admission and maps it to FHIR JSON.
func BenchmarkADT(b *testing.B) { benchmarkADT(b, func(mappings.Result) {}) }

// BenchmarkADTKept does the same, and writes what is kept of it besides.
func BenchmarkADTKept(b *testing.B) {
	kept := 0
	benchmarkADT(b, func(r mappings.Result) { kept = len(r.Kept().Bytes()) })
	b.ReportMetric(float64(kept), "kept-bytes")
}

func benchmarkADT(b *testing.B, besides func(mappings.Result)) {
	b.Helper()
	d, err := definitions.Load("hl7v2-adt")
	if err != nil {
		b.Fatal(told(err))
	}
	data := []byte(admission)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		m, err := hl7v2.Parse(data, hl7v2.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		result, err := d.ToFHIR(m.Tree(hl7v2.GroupsOf(m)...), mappings.Context{})
		if err != nil {
			b.Fatal(told(err))
		}
		besides(result)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
