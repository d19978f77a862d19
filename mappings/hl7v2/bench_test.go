package hl7v2_test

import (
	"testing"

	"concord/mappings/hl7v2"
)

// ward is an admission of about 1 kB.
const ward = admit +
	"PV2||3^semi-private^L|^Reason for the visit in a few words|||||20260301|20260305\r" +
	"AL1|1|DA|91936005^Allergy to penicillin^SCT|SV|hives~swelling|20150101\r" +
	"AL1|2|FA|300913006^Allergy to shellfish^SCT|MO|rash|20100101\r" +
	"DG1|1||I50.9^Heart failure, unspecified^I10||20260301|A\r" +
	"OBX|1|NM|29463-7^Body weight^LN||71.5|kg^kilogram^UCUM|||||F|||20260301\r" +
	"OBX|2|NM|8302-2^Body height^LN||168|cm^centimetre^UCUM|||||F|||20260301\r" +
	"OBX|3|TX|11369-6^What matters^LN||Being at home with the cat.\\.br\\No machines at night.||||||F\r" +
	"ROL|1|AD|PP|1234567^Hughes^Marta^^^Dr^^^GMC|20260101\r"

func BenchmarkParse(b *testing.B) {
	data := []byte(ward)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := hl7v2.Parse(data, hl7v2.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndReadTenValues(b *testing.B) {
	data := []byte(ward)
	var paths []hl7v2.Path
	for _, text := range []string{
		"MSH-9.1", "MSH-9.2", "MSH-10", "PID-3.1", "PID-3(2).1", "PID-5.1", "PID-5.2", "PID-7", "PV1-3.1", "OBX(3)-5",
	} {
		p, err := hl7v2.ParsePath(text)
		if err != nil {
			b.Fatal(err)
		}
		paths = append(paths, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := hl7v2.Parse(data, hl7v2.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range paths {
			if m.Get(p).Text() == "" {
				b.Fatal("nothing at " + p.String())
			}
		}
	}
}

func BenchmarkParseToTree(b *testing.B) {
	data := []byte(ward)
	b.ReportAllocs()
	for b.Loop() {
		m, err := hl7v2.Parse(data, hl7v2.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		m.Tree()
	}
}

func BenchmarkAck(b *testing.B) {
	m, err := hl7v2.Parse([]byte(ward), hl7v2.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		hl7v2.Ack(m, hl7v2.Acknowledgement{Code: hl7v2.ApplicationAccept, ControlID: "1", At: noon}).Bytes()
	}
}
