package fhir_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"concord/fhir"
)

const (
	patientXML = `<Patient xmlns="http://hl7.org/fhir">`
	xhtml      = `xmlns="http://www.w3.org/1999/xhtml"`
)

func TestDecodeXMLGivesTheJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, xml, want string }{
		{"an empty resource", `<Patient xmlns="http://hl7.org/fhir"/>`, `{"resourceType":"Patient"}`},
		{"a resource's id is an element, a data type's an attribute", patientXML + `<id value="7"/><name id="n"><family value="F"/></name></Patient>`, `{"resourceType":"Patient","id":"7","name":[{"id":"n","family":"F"}]}`},
		{"true and digits are not strings", patientXML + `<active value="true"/><multipleBirthInteger value="2"/></Patient>`, `{"resourceType":"Patient","active":true,"multipleBirthInteger":2}`},
		{"a decimal keeps its digits", `<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="c"/></code><valueQuantity><value value="1.50E-3"/></valueQuantity></Observation>`, `{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":1.50E-3}}`},
		{"an extension of a primitive without a value", patientXML + `<birthDate><extension url="http://e/u"><valueCode value="unknown"/></extension></birthDate></Patient>`, `{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://e/u","valueCode":"unknown"}]}}`},
		{"repeated primitives of which one is extended", patientXML + `<name><given value="A"/><given id="b"/><given value="C" id="c"/></name></Patient>`, `{"resourceType":"Patient","name":[{"given":["A",null,"C"],"_given":[null,{"id":"b"},{"id":"c"}]}]}`},
		{"a reference before its type", patientXML + `<managingOrganization><reference value="Organization/1"/><type value="Organization"/></managingOrganization></Patient>`, `{"resourceType":"Patient","managingOrganization":{"reference":"Organization/1","type":"Organization"}}`},
		{"a contained resource", patientXML + `<contained><Organization><id value="o"/><name value="O"/></Organization></contained><contained><Organization><id value="p"/><name value="P"/></Organization></contained></Patient>`, `{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"O"},{"resourceType":"Organization","id":"p","name":"P"}]}`},
		{"a Bundle", `<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient><id value="a"/></Patient></resource></entry></Bundle>`, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"a"}}]}`},
		{"a narrative as it stands", patientXML + `<text><status value="generated"/><div ` + xhtml + ">\r\n a <b class='x'>&lt;&#160;</b><br/><!-- c --> </div></text></Patient>", `{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">\r\n a <b class='x'>&lt;&#160;</b><br/><!-- c --> </div>"}}`},
		{"a narrative whose prefix is declared outside", `<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text><f:status value="generated"/><h:div><h:p>x</h:p></h:div></f:text></f:Patient>`, `{"resourceType":"Patient","text":{"status":"generated","div":"<h:div xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:p>x</h:p></h:div>"}}`},
		{"references and white space in an attribute", patientXML + "<name><text value='a&#10;b\r\nc\td&amp;&quot;&#x1F600;'/></name></Patient>", `{"resourceType":"Patient","name":[{"text":"a\nb c d&\"😀"}]}`},
		{"what says nothing is passed over", "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?xml-model href='x'?><!-- a -->" + `<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir x.xsd"><!-- b --><id value="7" /></Patient>` + "\n", `{"resourceType":"Patient","id":"7"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := fhir.DecodeXML([]byte(test.xml))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(r.JSON())); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

func numbered(format string, count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestDecodeXMLRefuses(t *testing.T) {
	type issue = fhir.Issue
	t.Parallel()
	at := func(code fhir.Kind, expression string, line, col int) []issue {
		return []issue{{Code: code, Expression: expression, Line: line, Col: col}}
	}
	laughs := `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><Patient xmlns="http://hl7.org/fhir"/>`
	tests := []struct {
		name, xml string
		want      []issue
	}{
		{"an element that FHIR does not know", patientXML + "\n<foo value='1'/></Patient>", at(fhir.Structure, "Patient.foo", 2, 1)},
		{"an element in the wrong case", patientXML + "<Active value='true'/></Patient>", at(fhir.Structure, "Patient.Active", 1, 38)},
		{"an element out of order", patientXML + "<gender value='male'/>\n  <active value='true'/></Patient>", at(fhir.Structure, "Patient.active", 2, 3)},
		{"a repeated element that is interrupted", patientXML + "<name><text value='a'/></name><gender value='male'/><name><text value='b'/></name></Patient>", at(fhir.Structure, "Patient.name", 1, 90)},
		{"an element twice that does not repeat", patientXML + "<gender value='male'/><gender value='male'/></Patient>", at(fhir.Structure, "Patient.gender", 1, 60)},
		{"two types of a choice", patientXML + "<deceasedBoolean value='true'/><deceasedDateTime value='2024'/></Patient>", at(fhir.Structure, "Patient.deceased", 1, 69)},
		{"an attribute that FHIR does not know", patientXML + "<gender value='male' x='1'/></Patient>", at(fhir.Structure, "Patient.gender", 1, 59)},
		{"a value on a data type", patientXML + "<name value='x'/></Patient>", at(fhir.Structure, "Patient.name[0]", 1, 44)},
		{"an id of a resource as an attribute", `<Patient xmlns="http://hl7.org/fhir" id="7"/>`, at(fhir.Structure, "Patient", 1, 38)},
		{"an id of a data type as an element", patientXML + "<name><id value='x'/></name></Patient>", at(fhir.Structure, "Patient.name[0].id", 1, 44)},
		{"a url as an element", patientXML + "<extension><url value='x'/></extension></Patient>", at(fhir.Structure, "Patient.extension[0].url", 1, 49)},
		{"text outside of the narrative", patientXML + "<gender>male</gender></Patient>", at(fhir.Structure, "Patient.gender", 1, 46)},
		{"a CDATA section outside of the narrative", patientXML + "<![CDATA[ ]]></Patient>", at(fhir.Structure, "Patient", 1, 38)},
		{"an empty element", patientXML + "<name/><gender/></Patient>", append(at(fhir.Structure, "Patient.name[0]", 1, 38), at(fhir.Structure, "Patient.gender", 1, 45)...)},
		{"an empty value", patientXML + "<gender value=''/></Patient>", at(fhir.Structure, "Patient.gender", 1, 38)},
		{"True", patientXML + "<active value='True'/></Patient>", at(fhir.Value, "Patient.active", 1, 46)},
		{"a number that JSON does not have", patientXML + "<multipleBirthInteger value='02'/></Patient>", at(fhir.Value, "Patient.multipleBirth", 1, 60)},
		{"a number out of range", patientXML + "<multipleBirthInteger value='3000000000'/></Patient>", at(fhir.Value, "Patient.multipleBirth", 1, 38)},
		{"a code of no value set, in a Bundle", "<Bundle xmlns='http://hl7.org/fhir'><type value='collection'/><entry><resource><Patient>\n <gender value='MALE'/></Patient></resource></entry></Bundle>", at(fhir.Value, "Bundle.entry[0].resource.gender", 2, 2)},
		{"a reference that may not stand there", "<Encounter xmlns='http://hl7.org/fhir'><status value='planned'/><class><code value='x'/></class>\n<subject><reference value='Device/d'/></subject></Encounter>", at(fhir.Value, "Encounter.subject", 2, 1)},
		{"an extension without url", patientXML + "<extension><valueCode value='x'/></extension></Patient>", at(fhir.Required, "Patient.extension[0]", 1, 38)},
		{"a primitive in repetition that is at fault", patientXML + "<name><given value='a'/>\n<given value=''/></name></Patient>", at(fhir.Structure, "Patient.name[0].given[1]", 2, 1)},
		{"two resources in one element", "<Bundle xmlns='http://hl7.org/fhir'><type value='collection'/><entry><resource><Patient/><Patient/></resource></entry></Bundle>", at(fhir.Structure, "Bundle.entry[0].resource", 1, 70)},
		{"an unknown resource in a Bundle", "<Bundle xmlns='http://hl7.org/fhir'><type value='collection'/><entry><resource><Foo/></resource></entry></Bundle>", at(fhir.Structure, "Bundle.entry[0].resource", 1, 80)},
		{"an element of another namespace", patientXML + "<gender xmlns='http://e/x' value='male'/></Patient>", at(fhir.Structure, "Patient.gender", 1, 38)},
		{"a narrative in the namespace of FHIR", patientXML + "<text><status value='generated'/><div>x</div></text></Patient>", at(fhir.Structure, "Patient.text.div", 1, 71)},
		{"a narrative that holds FHIR", patientXML + "<text><status value='generated'/><div " + xhtml + "><p xmlns='http://hl7.org/fhir'/></div></text></Patient>", at(fhir.Structure, "", 1, 113)},
		{"no namespace", "<Patient/>", at(fhir.Structure, "Resource", 1, 1)},
		{"an unknown type", "<Foo xmlns='http://hl7.org/fhir'/>", at(fhir.Structure, "Resource", 1, 1)},
		{"a page of HTML", "<html " + xhtml + "><body/></html>", at(fhir.Structure, "Resource", 1, 1)},
		{"entities that grow", laughs, at(fhir.Structure, "", 1, 1)},
		{"an entity from outside", `<?xml version="1.0"?><!DOCTYPE p SYSTEM "file:///etc/passwd">` + patientXML + "</Patient>", at(fhir.Structure, "", 1, 22)},
		{"an entity of HTML", patientXML + "<text><status value='generated'/><div " + xhtml + ">a&nbsp;b</div></text></Patient>", at(fhir.Structure, "", 1, 114)},
		{"an attribute twice", patientXML + "<gender value='male' value='female'/></Patient>", at(fhir.Structure, "", 1, 59)},
		{"an attribute twice by two prefixes", "<Patient xmlns='http://hl7.org/fhir' xmlns:a='u' xmlns:b='u' a:x='1' b:x='1'/>", at(fhir.Structure, "", 1, 70)},
		{"a prefix that is not declared", "<f:Patient/>", at(fhir.Structure, "", 1, 1)},
		{"tags that cross", patientXML + "<name></Patient></name>", at(fhir.Structure, "", 1, 44)},
		{"half a body", patientXML + "<name>", at(fhir.Structure, "", 1, 44)},
		{"two roots", patientXML + "</Patient><Patient/>", at(fhir.Structure, "", 1, 48)},
		{"bytes after the end", patientXML + "</Patient>x", at(fhir.Structure, "", 1, 48)},
		{"nothing", "", at(fhir.Structure, "", 1, 1)},
		{"JSON", `{"resourceType":"Patient"}`, at(fhir.Structure, "", 1, 1)},
		{"an encoding that is not UTF-8", `<?xml version="1.0" encoding="ISO-8859-1"?><Patient xmlns="http://hl7.org/fhir"/>`, at(fhir.Structure, "", 1, 21)},
		{"bytes that are not UTF-8", patientXML + "<gender value='\xff'/></Patient>", at(fhir.Structure, "", 1, 53)},
		{"UTF-16", "\xff\xfe<\x00P\x00", at(fhir.Structure, "", 1, 1)},
		{"a character that XML does not have", patientXML + "<gender value='\x01'/></Patient>", at(fhir.Structure, "", 1, 53)},
		{"a reference to such a character", patientXML + "<gender value='a&#1;'/></Patient>", at(fhir.Structure, "", 1, 54)},
		{"a declaration in the middle", patientXML + "<?xml version='1.0'?></Patient>", at(fhir.Structure, "", 1, 38)},
		{"a wall of tags", strings.Repeat("<a>", 1<<20), at(fhir.TooLong, "", 1, 154)},
		{"nesting that is too deep in JSON alone", patientXML + strings.Repeat("<extension url='u'>", 30) + strings.Repeat("</extension>", 30) + "</Patient>", at(fhir.TooLong, "", 1, 494)},
		{"a wall of attributes", "<Patient" + strings.Repeat(" a='1' b='1'", 1<<18) + "/>", at(fhir.Structure, "", 1, 22)},
		{"more attributes than anybody writes", "<Patient" + numbered(" a%d='1'", 65) + "/>", at(fhir.TooLong, "", 1, 512)},
		{"more namespaces than anybody declares", "<a" + numbered(" xmlns:a%d='1'", 64) + "><a xmlns:x='1'/></a>", at(fhir.TooLong, "", 1, 893)},
		{"5 MB", strings.Repeat(" ", 5<<20), []issue{{Code: fhir.TooLong}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := fhir.DecodeXML([]byte(test.xml))
			var e *fhir.Error
			if !errors.As(err, &e) {
				t.Fatalf("got error %v, want a *fhir.Error", err)
			}
			if diff := cmp.Diff(test.want, e.Issues, cmpopts.IgnoreFields(issue{}, "Diagnostics")); diff != "" {
				t.Errorf("issues (-want +got):\n%s\n%v", diff, e)
			}
		})
	}
}

func TestFaultsOfXMLQuoteNoContent(t *testing.T) {
	t.Parallel()
	const secret = "Zebedee"
	for _, body := range []string{
		patientXML + "<" + secret + "/></Patient>", patientXML + "<name " + secret + "='x'/></Patient>", patientXML + "<name>" + secret + "</name></Patient>",
		patientXML + "<active value='" + secret + "'/></Patient>", patientXML + "<x:" + secret + "/></Patient>", patientXML + "&" + secret + ";</Patient>",
		patientXML + "<birthDate value='" + secret + "'/></Patient>", "<" + secret + ">", "<?xml version='" + secret + "'?>", "<!DOCTYPE " + secret + ">",
	} {
		_, err := fhir.DecodeXML([]byte(body))
		var e *fhir.Error
		if !errors.As(err, &e) {
			t.Fatalf("got error %v, want a *fhir.Error", err)
		}
		for _, issue := range e.Issues {
			if strings.Contains(issue.Diagnostics, secret) {
				t.Errorf("%q is told: %s", body, issue.Diagnostics)
			}
		}
	}
}
