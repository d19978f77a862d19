package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/mappings"
)

// mapScrubCommand is "concord map scrub".
type mapScrubCommand struct {
	Definition string   `arg:"" help:"The definition of the records: a name of concord map list, or a file."`
	Samples    []string `arg:"" help:"Files of real records, or folders of them."`
	Key        Secret   `required:"" placeholder:"TEXT" variable:"CONCORD_SCRUB_KEY" help:"The same key makes the same of the same text, so that records still belong together. Throw it away afterwards. Give it by the variable."`
	Keep       []string `placeholder:"FIELD" help:"A field to leave as it is, such as a column of codes: its path without indices. Repeat the flag for more, or separate them by commas. Everything else is replaced."`
	Out        string   `required:"" placeholder:"DIR" help:"An empty folder for the scrubbed files."`
}

// scrubbing replaces texts by others of the same shape.
type scrubbing struct {
	key      []byte
	keep     []string
	replaced map[string]int
	kept     map[string]int
}

// Run writes a scrubbed file for each, and prints what was done to each field, so that a person can look whether what
// was left is harmless. Nothing is left but what --keep names, and in HL7 v2 how a message is written.
func (c mapScrubCommand) Run(p *process) error {
	b, err := p.open(c.Definition)
	if err != nil {
		return err
	}
	samples, err := readSamples(c.Samples)
	if err != nil {
		return err
	}
	if len(c.Key) < 8 {
		return errors.Join(errSettings, errors.New("  --key: must have 8 characters or more"))
	}
	s := &scrubbing{key: []byte(c.Key), keep: c.Keep, replaced: map[string]int{}, kept: map[string]int{}}
	for i, sample := range samples {
		records, err := b.format.Read(b.definition, sample.body)
		if err != nil {
			p.fault(sample.name, err)
			return errReported
		}
		var trees []*mappings.Tree
		for n, r := range records {
			if r.Err != nil {
				p.fault(fmt.Sprintf("%s, record %d", sample.name, n+1), r.Err)
				return errReported // it would not be safe to guess what it says
			}
			trees = append(trees, s.tree(r.Tree))
		}
		out, err := b.format.Print(b.definition, trees)
		if err != nil {
			return fmt.Errorf("print the scrubbed records: %w", err)
		}
		name := fmt.Sprintf("sample-%03d%s", i+1, filepath.Ext(sample.name)) // a name may say whose record it is
		if err := writeWhole(filepath.Join(c.Out, name), out); err != nil {
			return fmt.Errorf("write a scrubbed file: %w", err)
		}
	}
	return s.tell(p)
}

func (s *scrubbing) tell(p *process) error {
	for _, of := range []struct {
		word  string
		count map[string]int
	}{{"replaced", s.replaced}, {"left as it is", s.kept}} {
		var names []string
		for name := range of.count {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if _, err := fmt.Fprintf(p.stdout, "%s: %s, %d times\n", name, of.word, of.count[name]); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(p.stdout, "Lengths, signs, months and years stay. Look whether what is left tells of anybody before you show it.")
	return err
}

// tree is the record with other texts.
func (s *scrubbing) tree(t *mappings.Tree) *mappings.Tree {
	b := mappings.NewBuilder(t.Format(), t.Len())
	s.children(b, t.Root(), "")
	return b.Tree()
}

func (s *scrubbing) children(b *mappings.Builder, n mappings.Node, path string) {
	for child := range n.Children() {
		at := child.Name()
		if path != "" {
			at = path + "." + child.Name()
		}
		e := mappings.Entry{Name: child.Name(), Text: child.Text(), Kind: child.Kind(), Listed: child.Listed()}
		switch {
		case child.Kind() == mappings.Group:
			b.Open(e)
			s.children(b, child, at)
			b.Close()
			continue
		case child.Kind() == mappings.Text || child.Kind() == mappings.Number:
			if s.stays(at) {
				s.kept[at]++
			} else {
				e.Text = s.text(e.Text)
				s.replaced[at]++
			}
		}
		b.Add(e)
	}
}

// stays reports whether a field is left: one that --keep names, or a part of it; and of HL7 v2 the header and the event,
// but for the names of applications and places in them.
func (s *scrubbing) stays(path string) bool {
	if slices.ContainsFunc(s.keep, func(k string) bool {
		k = strings.ReplaceAll(k, "-", ".")
		p := strings.ReplaceAll(path, "-", ".")
		return p == k || strings.HasPrefix(p, k+".")
	}) {
		return true
	}
	for _, header := range []string{"MSH.1", "MSH.2", "MSH.9", "MSH.11", "MSH.12", "MSH.18", "EVN.1"} {
		if path == header || strings.HasPrefix(path, header+".") {
			return true
		}
	}
	return false
}

// text is another text of the same shape: a letter for a letter, a digit for a digit, and all else as it stands. The same text becomes the
// same everywhere. A date stays one, and a number that passes the check of NHS numbers becomes another that does.
func (s *scrubbing) text(text string) string {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
	h := hmac.New(sha256.New, s.key)
	_, _ = h.Write([]byte(strings.ToLower(text))) // a hash takes everything
	stream := h.Sum(nil)
	if day, ok := s.day(text, stream); ok {
		return day
	}
	out := make([]rune, 0, utf8.RuneCountInString(text))
	for i, r := range text {
		if i > 0 && i%len(stream) == 0 {
			next := sha256.Sum256(stream)
			stream = next[:]
		}
		n := rune(stream[i%len(stream)])
		switch {
		case '0' <= r && r <= '9':
			out = append(out, '0'+n%10)
		case unicode.IsUpper(r):
			out = append(out, 'A'+n%26)
		case unicode.IsLetter(r):
			out = append(out, 'a'+n%26)
		default:
			out = append(out, r)
		}
	}
	if checksNHS(digits) {
		return withNHSCheck(out)
	}
	return string(out)
}

// day moves a date within its month, so that ages and orders of years still make sense: ISO, dd/mm/yyyy, or the digits of HL7 v2.
func (s *scrubbing) day(text string, stream []byte) (string, bool) {
	at := -1
	switch {
	case len(text) >= 10 && text[4] == '-' && text[7] == '-':
		at = 8
	case len(text) == 10 && text[2] == '/' && text[5] == '/':
		at = 0
	case (len(text) == 8 || len(text) == 12 || len(text) == 14) && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20")) && text[4] <= '1':
		at = 6
	}
	if at < 0 || strings.IndexFunc(text[at:at+2], func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return "", false
	}
	return text[:at] + fmt.Sprintf("%02d", 1+int(stream[0])%28) + text[at+2:], true
}

// checkNHS is the check digit of nine digits, modulo 11; 10 for none.
func checkNHS(nine string) int {
	sum := 0
	for i := range 9 {
		sum += int(nine[i]-'0') * (10 - i)
	}
	return (11 - sum%11) % 11
}

func checksNHS(digits string) bool {
	return len(digits) == 10 && checkNHS(digits[:9]) == int(digits[9]-'0')
}

// withNHSCheck makes the last digit that of the check. Numbers that begin with 999 are given to nobody.
func withNHSCheck(text []rune) string {
	var at []int
	for i, r := range text {
		if '0' <= r && r <= '9' {
			at = append(at, i)
		}
	}
	for i := range 3 {
		text[at[i]] = '9'
	}
	for {
		nine := make([]rune, 0, 9)
		for _, i := range at[:9] {
			nine = append(nine, text[i])
		}
		if check := checkNHS(string(nine)); check < 10 {
			text[at[9]] = rune("0123456789"[check])
			return string(text)
		}
		text[at[8]] = '0' + (text[at[8]]-'0'+1)%10
	}
}
