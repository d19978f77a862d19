package patch

import (
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// pointer is a JSON Pointer (RFC 6901), taken apart. The empty pointer is the whole document.
type pointer []string

// maxPointer bounds the steps of a pointer: a resource is no deeper.
const maxPointer = fhir.MaxDepth

func parsePointer(text string) (pointer, error) {
	if text == "" {
		return nil, nil
	}
	if text[0] != '/' {
		return nil, fhir.Errorf(fhir.Invalid, "a path of a JSON Patch is a JSON Pointer: it is empty or begins with /")
	}
	steps := strings.Split(text[1:], "/")
	if len(steps) > maxPointer {
		return nil, fhir.Errorf(fhir.TooLong, "a path has more than %d steps", maxPointer)
	}
	for i, step := range steps {
		for rest := step; ; {
			_, after, found := strings.Cut(rest, "~")
			if !found {
				break
			}
			if after == "" || (after[0] != '0' && after[0] != '1') {
				return nil, fhir.Errorf(fhir.Invalid, "a ~ in a path is written ~0, and a / in a name ~1")
			}
			rest = after
		}
		steps[i] = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
	}
	return steps, nil
}

// Refusals of a pointer that does not fit.
var (
	errNowhere    = unfit("its path leads to nothing in the resource")
	errNoIndex    = unfit("its path has no index of that list: write a number without zeros before it, or - for the end")
	errNoChildren = unfit("its path goes into a value that has nothing in it")
)

// find gives what a pointer leads to.
func (p pointer) find(root *value) (*value, error) {
	at := root
	for _, step := range p {
		if at == nil {
			return nil, errNowhere
		}
		switch at.kind {
		case fhir.Object:
			at = at.get(step)
		case fhir.Array:
			i, err := index(step, len(at.entries)-1)
			if err != nil {
				return nil, err
			}
			at = at.entries[i]
		default:
			return nil, errNoChildren
		}
	}
	if at == nil {
		return nil, errNowhere
	}
	return at, nil
}

// index reads a place in a list, at most the last (RFC 6901 4).
func index(step string, last int) (int, error) {
	i, err := strconv.Atoi(step)
	if err != nil || i < 0 || strconv.Itoa(i) != step {
		return 0, errNoIndex
	}
	if i > last {
		return 0, errNowhere
	}
	return i, nil
}

// add puts a value where the pointer leads (RFC 6902 4.1): into a list before what stands there.
func (p pointer) add(d *document, v *value) error {
	if len(p) == 0 {
		d.root = v
		return nil
	}
	host, err := p[:len(p)-1].find(d.root)
	if err != nil {
		return err
	}
	step := p[len(p)-1]
	switch host.kind {
	case fhir.Object:
		host.set(step, v)
		return nil
	case fhir.Array:
		i := len(host.entries)
		if step != "-" {
			if i, err = index(step, len(host.entries)); err != nil {
				return err
			}
		}
		host.entries = slices.Insert(host.entries, i, v)
		return nil
	default:
		return errNoChildren
	}
}

// remove takes out what the pointer leads to, and gives it (RFC 6902 4.2).
func (p pointer) remove(d *document) (*value, error) {
	gone, err := p.find(d.root)
	if err != nil {
		return nil, err
	}
	if len(p) == 0 {
		d.root = nil
		return gone, nil
	}
	host, err := p[:len(p)-1].find(d.root)
	if err != nil {
		return nil, err
	}
	if host.kind == fhir.Object {
		i := host.find(p[len(p)-1])
		host.members = slices.Delete(host.members, i, i+1)
	} else {
		i, err := index(p[len(p)-1], len(host.entries)-1)
		if err != nil {
			return nil, err
		}
		host.entries = slices.Delete(host.entries, i, i+1)
	}
	host.emptied = true
	return gone, nil
}

// replace puts a value in the place of what the pointer leads to (RFC 6902 4.3).
func (p pointer) replace(d *document, v *value) error {
	old, err := p.find(d.root)
	if err != nil {
		return err
	}
	if len(p) == 0 {
		d.root = v
		return nil
	}
	*old = *v // its place in its host stays
	return nil
}
