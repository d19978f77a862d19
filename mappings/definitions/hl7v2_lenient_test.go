package definitions_test

import (
	"strings"
	"testing"

	"concord/fhir"
)

// TestWhatIsNotAsTheStandardSaysIsTakenForTheLeastThatItMayMean has words of a system's own, and what is left out, where
// the meaning is clear enough not to refuse the message.
func TestWhatIsNotAsTheStandardSaysIsTakenForTheLeastThatItMayMean(t *testing.T) {
	t.Parallel()
	const pid, order = "PID|||1^^^RXX01\r", "OBR|1||F1^LAB|GLU^Glucose|||20250602080000||||||||||||||||||F\r"
	const pdf = "OBX|1|ED|PDF^Report||LAB^IM^PDF^Base64^JVBERi0xLjQK||||||F\r"
	for _, c := range []struct {
		name, definition, text, resource, element, want string
	}{
		{"a result with a status that no table has", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|ST|A||x||||||Q\r", "observation", "status", "unknown"},
		{"a report with a status that no table has", "hl7v2-oru", header("ORU^R01") + pid + "OBR|1||F1|G" + strings.Repeat("|", 21) + "Q\r", "report", "status", "unknown"},
		{"a referral with a status that no table has", "hl7v2-ref", header("REF^I12") + "RF1|SS\r" + pid, "referral", "status", "unknown"},
		{"an appointment in the words of a system", "hl7v2-siu", header("SIU^S13") + "SCH|1||||||||||||||||||||||||Rearranged\r" + pid, "appointment", "status", "booked"},
		{"an appointment that did not take place, in capitals", "hl7v2-siu", header("SIU^S14") + "SCH|1||||||||||||||||||||||||NOSHOW\r" + pid, "appointment", "status", "noshow"},
		{"a document that is confidential in a way of its own", "hl7v2-mdm", header("MDM^T02") + pid + "TXA|1|DS||||||||||D1||||||Q\rOBX|1|TX|||x\r", "document", "securityLabel.coding.code", "V"},
		{"a consent with a status that no table has", "hl7v2-adt", header("ADT^A31") + pid + "CON|1|CFS|||||||||10\r", "consent", "status", "proposed"},
		{"a result that is not named", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|ST|||x||||||F\r", "observation", "code.extension.valueCode", "unknown"},
		{"an order that is not named", "hl7v2-oru", header("ORU^R01") + pid + "OBR|1||F1\r", "report", "code.extension.valueCode", "unknown"},
		{"a value without its type", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1||A||clear||||||F\r", "observation", "valueString", "clear"},
		{"a number that is none", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|NM|A||>100000|CFU/mL|||||F\r", "observation", "valueString", ">100000 CFU/mL"},
		{"a number with a bound", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|SN|A||<^5|mg/L|||||F\r", "observation", "valueQuantity.comparator", "<"},
		{"a range of numbers", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|SN|A||^10^-^20|mg/L|||||F\r", "observation", "valueString", "10 - 20 mg/L"},
		{"a titre", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|SN|A||^1^:^128||||||F\r", "observation", "valueString", "1 : 128"},
		{"a word where a number belongs", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|SN|A||^many||||||F\r", "observation", "valueString", "many"},
		{"a text of several lines", "hl7v2-oru", header("ORU^R01") + pid + order + "OBX|1|TX|A||one~two~~four||||||F\r", "observation", "valueString", "one\ntwo\nfour"},
		{"results that nobody ordered", "hl7v2-oru", header("ORU^R01") + pid + "OBX|1|NM|A^Pulse||72|/min|||||F\r", "observation", "valueQuantity.value", "72"},
		{"a document among results", "hl7v2-oru", header("ORU^R01") + pid + order + pdf, "report", "presentedForm.contentType", "application/pdf"},
		{"a document behind lines of text", "hl7v2-mdm", header("MDM^T02") + pid + "TXA|1|DS||||||||||D1||||||V\rOBX|1|TX|A||x\r" + pdf, "attachment", "content.attachment.data", "JVBERi0xLjQK"},
		{"its confidentiality, which is that of the lines", "hl7v2-mdm", header("MDM^T02") + pid + "TXA|1|DS||||||||||D1||||||V\rOBX|1|TX|A||x\r" + pdf, "attachment", "securityLabel.coding.code", "V"},
		{"people of an appointment without a group", "hl7v2-siu", header("SIU^S12") + "SCH|1\r" + pid + "AIP|1||C1^Nolan^Deirdre\r", "appointment", "participant.actor.display", "Deirdre Nolan"},
		{"a practice with its number where older versions have it", "hl7v2-adt", header("ADT^A31") + pid + "PD1|||MILL STREET^^A81001\r", "patient", "generalPractitioner.identifier.value", "A81001"},
		{"a mobile in parts", "hl7v2-adt", header("ADT^A31") + "PID|||1^^^RXX01||||||||||^PRN^CP^^44^7700^900222\r", "patient", "telecom.value", "44 7700 900222"},
		{"an address of a mailbox without its type", "hl7v2-adt", header("ADT^A31") + "PID|||1^^^RXX01||||||||||^NET^^amina@example.org\r", "patient", "telecom.value", "amina@example.org"},
		{"a date with hyphens", "hl7v2-adt", header("ADT^A31") + "PID|||1^^^RXX01||||1980-02-29\r", "patient", "birthDate", "1980-02-29"},
		{"a death with hyphens and colons", "hl7v2-adt", header("ADT^A31") + "PID|||1^^^RXX01" + strings.Repeat("|", 26) + "2025-05-05 23:23:32\r", "patient", "deceasedDateTime", "2025-05-05T23:23:32+01:00"},
		{"a class with a space behind it", "hl7v2-adt", header("ADT^A01") + pid + "PV1||I \r", "visit", "class.code", "IMP"},
		{"a class of its own in two words", "hl7v2-adt", header("ADT^A01") + pid + "PV1||Day  case \r", "visit", "class.code", "Day case"},
		{"a sex in a word", "hl7v2-adt", header("ADT^A31") + "PID|||1^^^RXX01|||||Female\r", "patient", "gender", "female"},
		{"a result of somebody whose birth is no date", "hl7v2-oru", header("ORU^R01") + "PID|||1^^^RXX01||||196203520\r" + order, "patient", "birthDate", ""},
		{"a diagnosis in words", "hl7v2-adt", header("ADT^A01") + pid + "DG1|1|||Broken hip|20250602|W\r", "condition", "code.text", "Broken hip"},
		{"a diagnosis that is not sure yet", "hl7v2-adt", header("ADT^A01") + pid + "DG1|1||S72.0^Fracture of neck of femur^I10|||W\r", "condition", "verificationStatus.coding.code", "provisional"},
		{"a confidential diagnosis", "hl7v2-adt", header("ADT^A01") + pid + "DG1|1||F32^Depression^I10||||||||||||||Y\r", "condition", "meta.security.code", "R"},
		{"a procedure that was done", "hl7v2-adt", header("ADT^A03") + pid + "PR1|1||W37^Hip replacement|||\rPR1|2||W38^Another||20250603\r", "procedure", "status", "unknown completed"},
		{"a procedure that is planned", "hl7v2-adt", header("ADT^A05") + pid + "PR1|1||W37^Hip replacement||20260603\r", "procedure", "status", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range message(t, c.definition, c.text)[c.resource] {
				got = append(got, textsOf(r, c.element)...)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s says %q, and not %q", c.element, got, c.want)
			}
		})
	}
}

// textsOf are the texts of an element.
func textsOf(n fhir.Node, element string) []string {
	var all []string
	for v := range n.All(strings.Split(element, ".")...) {
		all = append(all, v.Text())
	}
	return all
}
