package mappings

import (
	"errors"
	"strconv"
	"strings"

	"concord/fhir"
)

// produce notes the resources of one kind, so that rules can point at them before they are written.
func (x *run) produce(i int, p *produced, root *cursor) {
	seen := map[string]int{}
	one := func(at *cursor) {
		if !x.holds(p.when, at) {
			return
		}
		key, ok := x.key(p, at)
		if !ok {
			return
		}
		if p.each != nil && len(p.keys) > 1 {
			if seen[key]++; seen[key] > 1 {
				key += "|" + itoa(seen[key]) // two repeats that say the same are two
			}
		}
		x.made = append(x.made, making{p, i + 1, at, x.id(string(p.typ), p.system, key), key})
	}
	if p.each == nil {
		one(root)
		return
	}
	x.repeats(root, p.each.steps, one)
}

// repeats goes through every repeat of a path, the lists in lists too.
func (x *run) repeats(at *cursor, steps []step, one func(*cursor)) {
	base := at.node
	for i, st := range steps {
		if st.index >= 0 {
			base = base.Get(st.name, st.index)
			continue
		}
		nth := 0
		for n := range base.Children() {
			if n.Name() != st.name || n.Kind() == Empty {
				continue
			}
			nth++
			inner := &cursor{up: at, node: n, nth: nth}
			if i == len(steps)-1 {
				one(inner)
			} else {
				x.repeats(inner, steps[i+1:], one)
			}
		}
		return
	}
}

// key joins the fields that make the id. A record without them cannot be told from another, so it is refused.
func (x *run) key(p *produced, at *cursor) (string, bool) {
	parts := make([]string, len(p.keys))
	for i, k := range p.keys {
		n, text, nth := x.keyText(at, k)
		if k.nhs && text != "" {
			number, err := nhsNumber(text)
			if err != nil {
				x.refuse(n, k.path, fhir.Value, err)
				return "", false
			}
			text = number
		}
		if strings.TrimSpace(text) == "" && !k.none {
			x.refuse(at.node, k.path, fhir.Required, errors.New("it is the key of "+p.name+" and is missing"))
			return "", false
		}
		if len(p.keys) > 1 || nth > 0 {
			text = keyPart(text, nth)
		}
		parts[i] = text
	}
	return strings.Join(parts, "|"), true
}

// keyText is the text of a field of a key, and which of the fields that stand in for it has said it.
func (x *run) keyText(at *cursor, k key) (Node, string, int) {
	n, text := x.text(at, k.path)
	if text != "" {
		return n, text, 0
	}
	for i, other := range k.others {
		if n, text := x.text(at, other); text != "" {
			return n, text, i + 1
		}
	}
	return n, "", 0
}

var keyEscapes = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// keyPart writes a text such that no two keys give the same, and that a text of the second field is not one of the first.
func keyPart(text string, nth int) string {
	if strings.ContainsAny(text, `\|`) {
		text = keyEscapes.Replace(text)
	}
	if nth > 0 {
		text = `\` + itoa(nth) + text
	}
	return text
}

// splitKey is a key taken apart. Behind its fields may stand which of several repeats with the same key it is, from 1.
func splitKey(key string, n int) ([]string, int, bool) {
	if n == 1 {
		return []string{key}, 1, true
	}
	parts := []string{""}
	for i := 0; i < len(key); i++ {
		last := len(parts) - 1
		switch {
		case key[i] == '|':
			parts = append(parts, "")
		case key[i] == '\\' && i+1 < len(key):
			i++
			if key[i] == '|' || key[i] == '\\' {
				parts[last] += key[i : i+1]
			}
		default:
			parts[last] += key[i : i+1]
		}
	}
	if len(parts) != n+1 {
		return parts, 1, len(parts) == n
	}
	nth, err := strconv.Atoi(parts[n])
	return parts[:n], nth, err == nil && nth > 1
}

// text is the text of a field and the node that it is of.
func (x *run) text(at *cursor, p Path) (Node, string) {
	if p.count {
		return Node{}, itoa(at.nth)
	}
	base := at.node
	switch {
	case p.root:
		base = x.tree.Root()
	case p.up && at.up != nil:
		base = at.up.node
	}
	if len(p.steps) == 0 && at.piece != nil {
		return base, *at.piece
	}
	n := base.find(p.steps).Leaf()
	if n.Kind() == Null || n.Kind() == Empty {
		return n, ""
	}
	return n, n.Text()
}

// holds reports whether all conditions are fulfilled where the cursor stands.
func (x *run) holds(all []condition, at *cursor) bool {
	for _, c := range all {
		if _, text := x.text(at, c.path); !c.holds(text) {
			return false
		}
	}
	return true
}
