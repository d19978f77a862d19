package guard

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
)

// about resolves the people that a thing is about, making a person for each Patient reference that was never used
// (CONSENT rules 15.1). A Patient with an identifier and birth date that are somebody's already is that person
// when the author is the operator or had standing with them; otherwise it stays apart, without a word (section 10
// row 15): a stranger must not gain a door by naming somebody.
func (d *draft) about(f *consent.Facts) ([]consent.Person, error) {
	var people []consent.Person
	if f.Ref.Type == "Provenance" {
		return d.aboutTargets(f)
	}
	for _, patient := range f.About {
		p, err := d.personOf(patient)
		if err != nil {
			return nil, err
		}
		if f.Gives.Patient != nil && f.Ref == patient {
			if p, err = d.identify(p, f); err != nil {
				return nil, err
			}
		}
		if p == "" {
			p = newPerson()
		}
		if known, err := d.j.person(patient); err != nil {
			return nil, err
		} else if known == "" {
			d.belongs(patient, p)
		}
		if !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	return people, nil
}

// brought is the standing that a person brings into another whom the caller says they are. Ties that organisations
// gave while the person was theirs alone open nothing of the other's record: only the caller's own come along, as
// far as the caller may give any there.
func (d *draft) brought(a *consent.Standing, into consent.Person, b *consent.Standing) (*consent.Standing, error) {
	if d.j.operator() || len(b.Patients) == 0 {
		return a, nil
	}
	r, err := d.j.ruling(into)
	if err != nil {
		return nil, err
	}
	own := *a
	own.Ties = nil
	for _, t := range a.Ties {
		if t.By == d.j.viewers[0].Org && t.By != (fhir.Ref{}) {
			own.Ties = append(own.Ties, r.limited(t))
		}
	}
	return &own, nil
}

// aboutTargets are the people that the targets of a Provenance are about: it is found and viewed with them.
func (d *draft) aboutTargets(f *consent.Facts) ([]consent.Person, error) {
	var people []consent.Person
	for _, ref := range targetsOf(f) {
		target, err := d.current(ref)
		if err != nil {
			return nil, err
		}
		if target == nil {
			continue
		}
		for _, patient := range target.Facts.About {
			p, err := d.personOf(patient)
			if err != nil {
				return nil, err
			}
			if p != "" && !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
	}
	return people, nil
}

func (d *draft) personOf(patient fhir.Ref) (consent.Person, error) {
	if p, ok := d.change.Patients[patient]; ok {
		return p, nil
	}
	return d.j.person(patient)
}

// belongs enters a Patient reference in the table of people.
func (d *draft) belongs(patient fhir.Ref, p consent.Person) {
	if d.change.Patients == nil {
		d.change.Patients = map[fhir.Ref]consent.Person{}
	}
	d.change.Patients[patient] = p
	d.j.people[patient] = p
}

// identify finds out who a Patient is by its identity keys and its links, and enters its keys.
func (d *draft) identify(p consent.Person, f *consent.Facts) (consent.Person, error) {
	keys := f.Gives.Patient.Keys()
	others := make([]consent.Person, 0, len(keys)+len(f.Gives.Patient.Links))
	for _, key := range keys {
		other, err := d.holder(key)
		if err != nil {
			return "", err
		}
		others = append(others, other)
	}
	for _, link := range f.Gives.Patient.Links {
		other, err := d.personOf(link)
		if err != nil {
			return "", err
		}
		others = append(others, other)
	}
	for i, other := range others {
		if other == "" || other == p {
			continue
		}
		may, err := d.mayJoin(other, i >= len(keys))
		if err != nil {
			return "", err
		}
		if may {
			if p, err = d.join(p, other); err != nil {
				return "", err
			}
		}
	}
	if p == "" {
		p = newPerson()
	}
	if err := d.enter(keys, p); err != nil {
		return "", err
	}
	if f.Sender.Type != "Organization" {
		return p, nil
	}
	own := make([]string, 0, len(keys))
	for _, key := range keys {
		own = append(own, ownKey(f.Sender, key))
	}
	return p, d.enter(own, p)
}

// enter gives the person the keys that are nobody's. The operator's word on who has a number is the last: a key
// that others had claimed goes to the person whom the operator enters.
func (d *draft) enter(keys []string, p consent.Person) error {
	for _, key := range keys {
		holder, err := d.holder(key)
		if err != nil {
			return err
		}
		if holder == p || (holder != "" && !d.j.operator()) {
			continue
		}
		was, err := d.j.snap.Find(key)
		if err != nil {
			return fmt.Errorf("find a person: %w", err)
		}
		if d.change.Keys == nil {
			d.change.Keys = map[string]consent.Person{}
		}
		d.change.Keys[key] = p
		d.change.If = append(d.change.If, Expect{Key: key, Holder: was})
	}
	return nil
}

// ownKey is the identity key under which an organisation finds whom it registered itself, also where that Patient
// stays apart from the person who has the number: so the frame is the same whether the number was anybody's or not.
func ownKey(org fhir.Ref, key string) string { return "by|" + org.String() + "|" + key }

// holder is the person with an identity key, as this commit will leave it.
func (d *draft) holder(key string) (consent.Person, error) {
	if p, ok := d.change.Keys[key]; ok {
		return p, nil
	}
	p, err := d.j.identified(key)
	if into, ok := d.change.Merges[p]; ok {
		p = into
	}
	return p, err
}

// identified is the person with an identity key: one whose Patient has that number and birth date now, or one whom
// nobody has registered yet and whose care was started by it. A number that was corrected names nobody.
func (j *judge) identified(key string) (consent.Person, error) {
	p, err := j.snap.Find(key)
	if err != nil || p == "" {
		return "", err
	}
	state, err := j.snap.State(p)
	if err != nil {
		return "", fmt.Errorf("read a standing: %w", err)
	}
	if len(state.Standing.Patients) == 0 {
		return p, nil
	}
	for _, patient := range state.Standing.Patients {
		for _, has := range patient.Keys() {
			if key == has || key == ownKey(patient.Sender, has) {
				return p, nil
			}
		}
	}
	return "", nil
}

// mayJoin reports whether the caller may say that a Patient is this person: anybody of one whom nobody has
// registered yet; the operator of one that the operator entered, or by an explicit link; others only when they are
// related to the person and may see who that is. So a stranger gains no door by naming somebody, and is not told.
func (d *draft) mayJoin(p consent.Person, linked bool) (bool, error) {
	b, err := d.becoming(p)
	if err != nil {
		return false, err
	}
	if len(b.Patients()) == 0 {
		return true, nil
	}
	if d.j.operator() {
		entered := slices.ContainsFunc(b.Patients(), func(one consent.Patient) bool { return one.Sender == fhir.Ref{} })
		return linked || entered, nil
	}
	r, err := d.j.ruling(p)
	if err != nil || !r.related() {
		return false, err
	}
	for _, patient := range b.Patients() {
		v, err := d.current(patient.Ref)
		if err != nil {
			return false, err
		}
		if v == nil || v.Deleted {
			continue
		}
		if seen, err := d.j.decide(v.Facts); err != nil || seen.verdict.Sight != consent.Hidden {
			return err == nil, err
		}
	}
	return false, nil
}

// related reports whether the caller is related to the person for every purpose of the token.
func (r ruling) related() bool {
	for _, residual := range r.residuals {
		if !residual.Related() {
			return false
		}
	}
	return len(r.residuals) > 0
}

// join makes one person of two: the first becomes an alias of the second, and no row moves. Their standings are
// one from now on, so that each one's choices bind the other's data.
func (d *draft) join(p, into consent.Person) (consent.Person, error) {
	if p == "" {
		return into, nil
	}
	a, err := d.standing(p)
	if err != nil {
		return "", err
	}
	b, err := d.standing(into)
	if err != nil {
		return "", err
	}
	if a, err = d.brought(a, into, b); err != nil {
		return "", err
	}
	d.people[into] = consent.Become(consent.Join(b, a))
	delete(d.people, p)
	if d.change.Merges == nil {
		d.change.Merges = map[consent.Person]consent.Person{}
	}
	d.change.Merges[p] = into
	for patient, person := range d.change.Patients {
		if person == p {
			d.change.Patients[patient] = into
		}
	}
	for key, person := range d.change.Keys {
		if person == p {
			d.change.Keys[key] = into
		}
	}
	for patient, person := range d.j.people {
		if person == p {
			d.j.people[patient] = into
		}
	}
	for i := range d.change.Put {
		for k, person := range d.change.Put[i].People {
			if person == p {
				d.change.Put[i].People[k] = into
			}
		}
	}
	return into, nil
}
