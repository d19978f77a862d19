package main

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"concord/mappings/hl7v2"
)

// wrong is a fault that comes in by every door, and what is told of it.
type wrong struct {
	name       string
	definition string
	media      string
	body       []byte
	places     []string // one of them stands in each answer: doors write places in their own way
	code       string   // what ERR-3 says; empty: it does not come by MLLP
	says       string   // what to do
	letters    []string // what is kept; empty: the body as a whole
	good       bool     // another record of the same body is taken in
	mended     []byte   // is taken in place of the first letter
}

const hl7Head = "MSH|^~\\&|PAS|HOSPITAL|CONCORD|X|20260301090000||ADT^A01|ID|P|2.5\r"

// hl7 is an admission with things replaced in it.
func hl7(id string, replace ...string) []byte {
	text := strings.Replace(hl7Head, "|ID|", "|"+id+"|", 1) + "EVN|A01|20260301090000\r" +
		"PID|1||12345^^^HOSPITAL~9990000018^^^NHS^NH||NOWAK^MAJA||19800203|F\rPV1|1|I|7B||||||||||||||||V1\r"
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			panic("no " + replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	return []byte(text)
}

// wrongMessages are faults of HL7 v2.
func wrongMessages() []wrong {
	one := func(name, code, place, says string, body []byte, mended []byte) wrong {
		located := "||"
		if p, err := hl7v2.ParsePath(place); err == nil {
			fault := hl7v2.Ack(nil, hl7v2.Acknowledgement{Code: hl7v2.ApplicationError, Faults: []hl7v2.Fault{{Location: p}}})
			located = string(fault.Segment("ERR", 1).Field(2).Raw()) // as ERR-2 writes it
		}
		return wrong{name: name, definition: "hl7v2-adt", media: "x-application/hl7-v2+er7", body: body, places: []string{place, located}, code: code, says: says, mended: mended}
	}
	return []wrong{
		one("a version that is unknown", "203", "MSH-12", "2.5.1", hl7("v1", "|P|2.5\r", "|P|9.9\r"), hl7("v1")),
		one("a version that is none", "203", "MSH-12", "2.5.1", hl7("v2", "|P|2.5\r", "|P|2.x\r"), hl7("v2")),
		one("no version", "203", "MSH-12", "2.5.1", hl7("v3", "|P|2.5\r", "|P|\r"), hl7("v3")),
		one("30 February", "102", "PID-7", "calendar", hl7("d1", "19800203", "19800230"), hl7("d1")),
		one("an NHS number that fails its check", "102", "PID-3(2).1", "check digit", hl7("n1", "9990000018", "9990000019"), hl7("n1")),
		one("an NHS number that is too short", "102", "PID-3(2).1", "ten digits", hl7("n2", "9990000018", "999000001"), hl7("n2")),
		one("a person without a number", "101", "PID-3", "key", hl7("k1", "12345^^^HOSPITAL~9990000018^^^NHS^NH", ""), hl7("k1")),
		one("a character set that is unknown", "199", "MSH-18", "UNICODE UTF-8", hl7("c1", "|P|2.5\r", "|P|2.5||||||BIG-5\r"), hl7("c1")),
		one("Latin 1, and nothing said of it", "102", "PID-5.1", "8859/1", hl7("c2", "NOWAK", "NOW\xc1K"), hl7("c2")),
		one("Latin 1 in the second name", "102", "PID-5(2).2", "8859/1", hl7("c3", "NOWAK^MAJA", "NOWAK^MAJA~X^Zo\xeb"), hl7("c3")),
		one("a switch of the character set", "199", "PID-5.1", "ISO 2022", hl7("c4", "NOWAK", "NOW\x1b$BAK"), hl7("c4")),
		one("UTF-16", "199", "MSH-18", "UTF-16", utf16(hl7("c5")), hl7("c5")),
		one("a line end within a field", "100", "PID", "\\.br\\", hl7("s1", "19800203|F", "19800203|F\rand more"), hl7("s1")),
		one("an event that no definition takes", "201", "MSH-9.2", "comes nearest, and asks for MSH-9.2", hl7("t1", "ADT^A01", "ADT^A99"), hl7("t1")),
		one("a type that no definition takes", "200", "MSH-9", "comes nearest, and asks for MSH-9.1", hl7("t2", "ADT^A01", "VXU^V04"), hl7("t2")),
		one("a header cut off", "100", "MSH-1", "encoding characters", []byte("MSH"), nil),
		one("no encoding characters", "100", "MSH-2", "encoding characters", []byte("MSH||A\r"), nil),
		one("too many repetitions", "104", "PID-5", "20000", hl7("l1", "NOWAK", strings.Repeat("~", 20_001)), hl7("l1")),
		one("too many values", "104", "OBX", "values", append(hl7("l2"), strings.Repeat("OBX|"+strings.Repeat("|", 900)+"\r", 600)...), hl7("l2")),
		one("too many segments", "104", "", "segments", append(hl7("l3"), strings.Repeat("NTE|1\r", 20_001)...), hl7("l3")),
	}
}

func utf16(text []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, c := range text {
		out = append(out, c, 0)
	}
	return out
}

// wrongTables are faults of the charity's CSV of the guide.
func wrongTables(table string) []wrong {
	head, _, _ := strings.Cut(table, "\n")
	head += "\n"
	row := func(replace ...string) string {
		return strings.NewReplacer(replace...).Replace("R-9,999 000 0018,Maja,Nowak,03/02/1980,,,02/03/2026,lonely,new,38") + "\n"
	}
	const good = "R-8,999 000 0026,Idris,Ali,17/11/1952,,,02/03/2026,,seen,\n"
	of := func(name, place, says, bad string) wrong {
		return wrong{
			name: name, definition: "referrals", media: "text/csv", body: []byte(head + bad + good), places: []string{place}, says: says,
			letters: []string{head + bad}, good: true, mended: []byte(head + row()),
		}
	}
	whole := func(name, place, says string, body []byte) wrong {
		return wrong{name: name, definition: "referrals", media: "text/csv", body: body, places: []string{place}, says: says, mended: []byte(head + row())}
	}
	return []wrong{
		of("31 February", "line 2, column 29", "Date of birth: this is not a day of the calendar", row("03/02/1980", "31/02/1980")),
		of("an NHS number that fails its check", "line 2, column 5", "check digit", row("0018", "0019")),
		of("a code that is not in the table", "line 2, column 60", "it has new, seen, done", row("new", "nwe")),
		of("a cell that must be there", "line 2", "Surname: it must be there", row("Nowak", "")),
		of("no key", "line 2", "Ref: it is the key", row("R-9", "")),
		of("a row of other cells", "line 2, column 1", "the table 11 columns", row(",38", "")),
		of("text behind a quote", "line 2, column 23", "written twice", row("Nowak", "\"Nowak\"x")),
		of("a zero byte", "line 2, column 23", "zero byte", row("Nowak", "Now\x00ak")),
		whole("a column that is misspelt", "line 1, column 1", `"NHS no" is probably it`, []byte(strings.Replace(head, "NHS number", "NHS no", 1)+row()+good)),
		whole("a column that is missing", "line 1, column 1", `there is no column "Surname"`, []byte("Ref,NHS number,Date of birth,Status\nR-9,999 000 0018,03/02/1980,new\n")),
		whole("a column that stands twice", "line 1, column 10", `"Surname" stands 2 times`, []byte(strings.Replace(head, "Status", "Surname", 1)+row()+good)),
		whole("a first row that is a record", "line 1, column 1", "its first row not the names", []byte(row()+good)),
		whole("another delimiter in the names", "line 1, column 1", "another delimiter", []byte(strings.ReplaceAll(head, ",", ":")+row()+good)),
		whole("UTF-8 that is damaged", "line 2, column 26", "UTF-8", []byte(head+row("Nowak", "Now\xebk Łódź")+good)),
		whole("half of a letter of UTF-16", "line 4, column 1", "UTF-16LE", append(utf16([]byte(head+row()+good)), 'x')),
		whole("a PDF", "line 1, column 1", "PDF", []byte("%PDF-1.7 "+row())),
		whole("nothing", "line 1, column 1", "empty", []byte("\n")),
	}
}

// wrongBooks are faults of a workbook.
func wrongBooks(t *testing.T) []wrong {
	t.Helper()
	book := func(change func(*excelize.File)) []byte {
		f := excelize.NewFile()
		rows := [][]any{
			{"Referral", "NHS number", "Surname", "Born", "Referred on", "Status"},
			{"X-1", "9990000018", "Nowak", 29254, 46083, "New"},
			{"X-2", "9990000026", "Ali", 19315, 46083, "New"},
		}
		for i, row := range rows {
			if err := f.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &row); err != nil {
				t.Fatal(err)
			}
		}
		change(f)
		out, err := f.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	set := func(cell string, value any) func(*excelize.File) {
		return func(f *excelize.File) {
			if err := f.SetCellValue("Sheet1", cell, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	const head = "Referral,NHS number,Surname,Born,Referred on,Status\n"
	of := func(name, place, says, letter string, body []byte) wrong {
		return wrong{
			name: name, definition: "charity-referrals", media: mediaXLSX, body: body, places: []string{place}, says: says,
			letters: []string{head + letter}, good: true, mended: []byte(head + "X-1,9990000018,Nowak,29254,46083,New\n"),
		}
	}
	bad := book(set("C1", "Surnam"))
	return []wrong{
		of("a day that is none", "D2", "serial number", "X-1,9990000018,Nowak,31/02/1980,46083,New\n", book(set("D2", "31/02/1980"))),
		of("an NHS number that fails its check", "B2", "check digit", "X-1,9990000019,Nowak,29254,46083,New\n", book(set("B2", "9990000019"))),
		of("a code that is not in the table", "F2", "it has New, Accepted", "X-1,9990000018,Nowak,29254,46083,Nwe\n", book(set("F2", "Nwe"))),
		{
			name: "a column that is misspelt", definition: "charity-referrals", media: mediaXLSX, body: bad, places: []string{"line 1, column 1"},
			says: `"Surnam" is probably it`, mended: []byte(head + "X-1,9990000018,Nowak,29254,46083,New\n"),
		},
		{
			name: "half a workbook", definition: "charity-referrals", media: mediaXLSX, body: bad[:len(bad)/2], places: []string{""},
			says: "save it as .xlsx", mended: []byte(head + "X-1,9990000018,Nowak,29254,46083,New\n"),
		},
	}
}

// wrongObjects are faults of records in JSON.
func wrongObjects() []wrong {
	const person = `{"id":"J-1","nhsNumber":"9990000018","name":{"family":"Nowak","given":["Maja"]},"born":"1980-02-03","plans":[{"id":"p1","status":"current","title":"x"}]}`
	const good = `{"id":"J-2","nhsNumber":"9990000026","name":{"family":"Ali"},"born":"1952-11-17"}`
	of := func(name, place, says string, replace ...string) wrong {
		bad := strings.NewReplacer(replace...).Replace(person)
		return wrong{
			name: name, definition: "gp-record", media: "application/json", body: []byte("[" + bad + ",\n" + good + "]"), places: []string{place}, says: says,
			letters: []string{bad}, good: true, mended: []byte(person),
		}
	}
	whole := func(name, place, says string, body string) wrong {
		return wrong{name: name, definition: "gp-record", media: "application/json", body: []byte(body), places: []string{place}, says: says, mended: []byte(person)}
	}
	return []wrong{
		of("a day that is none", "born", "calendar", "1980-02-03", "1980-02-30"),
		of("an NHS number that fails its check", "nhsNumber", "check digit", "9990000018", "9990000019"),
		of("a code deep inside that is not in the table", "plans[0].status", "it has draft, current", "current", "Nowak"),
		of("a member that must be there", "name.family", "it must be there", `"family":"Nowak",`, ""),
		of("a member twice", "line 1, column 14", "twice", `"nhsNumber"`, `"id":"x","nhsNumber"`),
		of("a record nested too deep", "line 1", "nested more than 64 deep", `"title":"x"`, `"title":`+strings.Repeat(`{"a":`, 70)+"1"+strings.Repeat("}", 70)),
		whole("half a file", "line 1, column 42", "well-formed", person[:41]),
		whole("nested without end", "line 1, column 10001", "nested without end", strings.Repeat("[", 100_000)),
		whole("UTF-16", "line 1, column 1", "UTF-8", string(utf16([]byte(person)))),
	}
}

// TestBadInputIsToldAtItsPlaceAtEveryDoor is the promise to those who send: whatever is wrong, and however it comes in, they
// hear where it is and what to do, nothing of a person is told, what came is kept as it came until it is mended, and
// what comes after it is taken in.
func TestBadInputIsToldAtItsPlaceAtEveryDoor(t *testing.T) {
	t.Parallel()
	_, referrals, table := afternoon(t)
	r := openReception(t, map[string]string{"hl7v2-adt": "hl7v2-adt", "referrals": referrals, "charity-referrals": "charity-referrals", "gp-record": "gp-record"})
	all := append(append(append(wrongMessages(), wrongTables(contentOf(t, table))...), wrongBooks(t)...), wrongObjects()...)
	file := func(w wrong) string { return strings.ReplaceAll(w.name, " ", "-") + "." + w.definition }
	want := map[string]int{}
	for _, w := range all {
		r.put(w.definition, file(w), w.body)
	}
	for i, w := range all {
		where := w.definition + ": " + w.name
		check := func(door, told string) {
			t.Helper()
			r.silent(where+" by "+door, told)
			if !strings.Contains(told, w.says) {
				t.Errorf("%s by %s does not say %q: %.900s", where, door, w.says, told)
			}
			for _, place := range w.places {
				if strings.Contains(told, place) {
					return
				}
			}
			t.Errorf("%s by %s is not told at %q: %.900s", where, door, w.places, told)
		}
		letters := w.letters
		if len(letters) == 0 {
			letters = []string{string(w.body)}
		}
		for _, raw := range letters {
			want[raw] += 2
		}
		if w.code != "" {
			answer := r.byMLLP(append(append([]byte("\x0b"), w.body...), "\x1c\r"...))
			check("MLLP", strings.ReplaceAll(answer, "\\E\\", "\\"))
			if !strings.Contains(answer, "|"+w.code+"^") {
				t.Errorf("%s: ERR-3 is not %s: %q", where, w.code, answer)
			}
			want[string(w.body)]++
			next := hl7("good" + strings.Repeat("x", i))
			if answer := r.byMLLP(append(append([]byte("\x0b"), next...), "\x1c\r"...)); !strings.Contains(answer, "MSA|AA|") {
				t.Errorf("%s: the next one: %q", where, answer)
			}
		}
		status, answer := r.byHTTP(w.definition, w.media, w.body)
		check("HTTP", strings.ReplaceAll(strings.ReplaceAll(answer, `\"`, `"`), `\\`, `\`))
		if good := strings.Contains(answer, `"taken","valueInteger":1`); good != w.good || w.good != (status == 200) {
			t.Errorf("%s by HTTP: %d, another record was taken: %t", where, status, good)
		}
		to, told := r.fate(w.definition, file(w))
		check("folder", told)
		if to != "failed" {
			t.Errorf("%s lies in %s", where, to)
		}
		path := r.folders[w.definition] + "/failed/" + file(w)
		if kept := contentOf(t, path); kept != string(w.body) {
			t.Errorf("%s is not in the folder as it was", where)
		}
		for verb, told := range r.workbench(w.definition, path) {
			check("map "+verb, told)
			if !strings.HasPrefix(told, "status 1") {
				t.Errorf("%s by map %s: %.300s", where, verb, told)
			}
		}
	}
	kept := r.kept()
	for raw, n := range want {
		if len(kept[raw]) != n {
			t.Errorf("%d letters of %d are there as they came: %.300q", len(kept[raw]), n, raw)
		}
	}
	_, list := r.replay()
	r.silent("the list of letters", list)
	for _, w := range all {
		if w.mended == nil {
			continue
		}
		raw := string(w.body)
		if len(w.letters) > 0 {
			raw = w.letters[0]
		}
		for i, id := range kept[raw] {
			status, told := r.replay(id)
			if i > 0 && w.definition == "hl7v2-adt" && status == statusOK {
				continue // a message names itself: it is the one that was mended
			}
			if status != statusFailed {
				t.Errorf("%s: %s: as it was it is taken in: %s", w.definition, w.name, told)
			}
			if status, told := r.mended(id, w.mended); status != statusOK {
				t.Errorf("%s: %s: mended it is refused: %s", w.definition, w.name, told)
			}
		}
	}
	r.silent("the log", r.stderr.String())
	if strings.Contains(r.stderr.String(), `"level":"ERROR"`) {
		t.Errorf("the log has errors: %s", r.stderr)
	}
}
