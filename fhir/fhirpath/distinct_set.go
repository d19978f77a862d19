package fhirpath

// distinctSet holds values of which no two are equal. Strings, which are the most of what people collect, are found by
// hash; a string equals nothing but strings.
type distinctSet struct {
	texts  map[text]struct{}
	others []Value
}

// setOf is the set of the values.
func (r *run) setOf(vs []Value) (*distinctSet, error) {
	s := &distinctSet{}
	for _, v := range vs {
		if _, err := r.add(s, v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// holds reports whether a value that equals v is in the set.
func (r *run) holds(s *distinctSet, v Value) (bool, error) {
	if t, ok := v.atom().(text); ok {
		_, in := s.texts[t]
		return in, r.spend(1 + len(t)/bytesPerStep)
	}
	return r.among(v, s.others)
}

// add puts a value into the set, and reports whether it is new there.
func (r *run) add(s *distinctSet, v Value) (bool, error) {
	in, err := r.holds(s, v)
	if err != nil || in {
		return false, err
	}
	t, ok := v.atom().(text)
	if !ok {
		s.others = append(s.others, v)
		return true, nil
	}
	if s.texts == nil {
		s.texts = map[text]struct{}{}
	}
	s.texts[t] = struct{}{}
	return true, nil
}

// distinct leaves out what equals an item before it.
func (r *run) distinct(vs []Value) ([]Value, error) {
	if len(vs) < 2 {
		return vs, nil
	}
	s := &distinctSet{}
	var found []Value
	for _, v := range vs {
		fresh, err := r.add(s, v)
		if err != nil {
			return nil, err
		}
		if fresh {
			found = append(found, v)
		}
	}
	return r.keep(found)
}

// choose gives the values that are in the set, or those that are not.
func (r *run) choose(vs, of []Value, sought presence) ([]Value, error) {
	s, err := r.setOf(of)
	if err != nil {
		return nil, err
	}
	var found []Value
	for _, v := range vs {
		in, err := r.holds(s, v)
		if err != nil {
			return nil, err
		}
		if in == bool(sought) {
			found = append(found, v)
		}
	}
	return found, nil
}

// presence says which values are chosen.
type presence bool

const (
	inside  presence = true
	outside presence = false
)
