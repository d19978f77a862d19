package consent

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/fhir"
)

// wordTree finds phrases of whole words in one pass over a text, however many rules there are.
type wordTree struct {
	root   wordNode
	starts [256]uint32 // by first byte: the lengths that a first word may have, so that most words cost no look-up
}

type wordNode struct {
	next  map[string]*wordNode
	rules []int32 // of the phrases that end here
}

// What a phrase of a rule may be.
const (
	wordLongest  = 31 // bytes
	phraseLength = 8  // words
)

// add enters a phrase; false when it has no word, too many, or one that is too long.
func (t *wordTree) add(phrase string, rule int32) bool {
	var words []string
	fits := true
	eachWord(phrase, func(word []byte) {
		words = append(words, string(word))
		fits = fits && len(word) <= wordLongest
	})
	if len(words) == 0 || len(words) > phraseLength || !fits {
		return false
	}
	t.starts[words[0][0]] |= 1 << len(words[0])
	at := &t.root
	for _, word := range words {
		if at.next == nil {
			at.next = map[string]*wordNode{}
		}
		if at.next[word] == nil {
			at.next[word] = &wordNode{}
		}
		at = at.next[word]
	}
	at.rules = append(at.rules, rule)
	return true
}

// find gives the rules of every phrase in a text to hit.
func (t *wordTree) find(text string, hit func(rules []int32)) {
	var begun [phraseLength]*wordNode
	n := 0
	eachWord(text, func(word []byte) {
		live := 0
		for _, at := range begun[:n] {
			if next := at.next[string(word)]; next != nil {
				hit(next.rules)
				begun[live] = next
				live++
			}
		}
		n = live
		if len(word) > wordLongest || t.starts[word[0]]&(1<<len(word)) == 0 {
			return
		}
		if next := t.root.next[string(word)]; next != nil {
			hit(next.rules)
			if len(next.next) > 0 && n < phraseLength {
				begun[n] = next
				n++
			}
		}
	})
}

// eachWord gives the words of a text in small letters. Letters and digits make a word, and all else parts words; what
// no reader sees, such as a soft hyphen, does neither. A word that is longer than any rule's is given short by its
// end, and matches none. The bytes are those of the next word after the call.
func eachWord(text string, yield func([]byte)) {
	var buffer [wordLongest + 1 + utf8.UTFMax]byte
	n := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			if c = folded[c]; c != 0 {
				if n <= wordLongest {
					buffer[n] = c
					n++
				}
				continue
			}
		} else {
			r, size := utf8.DecodeRuneInString(text[i:])
			i += size
			if unicode.Is(unicode.Cf, r) {
				continue
			}
			if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
				if n <= wordLongest {
					n += utf8.EncodeRune(buffer[n:], unicode.ToLower(r))
				}
				continue
			}
		}
		if n > 0 {
			yield(buffer[:n])
			n = 0
		}
	}
	if n > 0 {
		yield(buffer[:n])
	}
}

// folded are the letters and digits of ASCII in small letters; 0 for all else.
var folded = func() [utf8.RuneSelf]byte {
	var table [utf8.RuneSelf]byte
	for c := byte('0'); c <= '9'; c++ {
		table[c] = c
	}
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = c, c
	}
	return table
}()

// texts looks for words in everything that people wrote: narrative, notes, displays, and codes of local systems, which
// often are words. Addresses, references and attachments are not words.
func (f *finding) texts(n fhir.Node) {
	for name, member := range n.Members() {
		switch name {
		case "meta", "resourceType", "id", "system", "url", "reference", "contentType", "data", "valueBase64Binary", "valueUri", "valueUrl", "valueCanonical":
			continue
		}
		f.textsIn(name, member)
	}
}

func (f *finding) textsIn(name string, n fhir.Node) {
	switch n.Kind() { //nolint:exhaustive // the others say nothing
	case fhir.String:
		text := n.Text()
		if name == "div" {
			text = readable(text)
		}
		heard := false
		f.l.words.find(text, func(rules []int32) {
			f.rules(rules)
			heard = heard || len(rules) > 0
		})
		if heard {
			f.said = append(f.said, text)
		}
	case fhir.Array:
		for each := range n.Each() {
			f.textsIn(name, each)
		}
	case fhir.Object:
		f.texts(n)
	}
}

// readable is what a reader sees of XHTML: the text between the tags.
func readable(div string) string {
	var b strings.Builder
	b.Grow(len(div))
	for {
		text, rest, tagged := strings.Cut(div, "<")
		b.WriteString(text)
		if !tagged {
			break
		}
		b.WriteByte(' ')
		_, after, closed := strings.Cut(rest, ">")
		if !closed {
			b.WriteString(rest)
			break
		}
		div = after
	}
	if text := b.String(); strings.Contains(text, "&") {
		return html.UnescapeString(text)
	}
	return b.String()
}
