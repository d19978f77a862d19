package guard

import (
	"fmt"

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
		if !contains(people, p) {
			people = append(people, p)
		}
	}
	return people, nil
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
			if p != "" && !contains(people, p) {
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

// identify finds out who a Patient is by its identity keys and its links, and enters the keys that are new.
func (d *draft) identify(p consent.Person, f *consent.Facts) (consent.Person, error) {
	if d.change.Keys == nil {
		d.change.Keys = map[string]consent.Person{}
	}
	for _, key := range f.Gives.Patient.Keys() {
		other, ok := d.change.Keys[key]
		if !ok {
			var err error
			if other, err = d.j.snap.Find(key); err != nil {
				return "", fmt.Errorf("find a person: %w", err)
			}
		}
		if other == "" || other == p {
			continue
		}
		may, err := d.mayJoin(other)
		if err != nil {
			return "", err
		}
		if !may {
			continue
		}
		if p, err = d.join(p, other); err != nil {
			return "", err
		}
	}
	for _, link := range f.Gives.Patient.Links {
		other, err := d.personOf(link)
		if err != nil {
			return "", err
		}
		if other == "" || other == p {
			continue
		}
		may, err := d.mayJoin(other)
		if err != nil {
			return "", err
		}
		if !may {
			continue
		}
		if p, err = d.join(p, other); err != nil {
			return "", err
		}
	}
	if p == "" {
		p = newPerson()
	}
	for _, key := range f.Gives.Patient.Keys() {
		if _, ok := d.change.Keys[key]; ok {
			continue
		}
		other, err := d.j.snap.Find(key)
		if err != nil {
			return "", fmt.Errorf("find a person: %w", err)
		}
		if other == "" {
			d.change.Keys[key] = p
		}
	}
	return p, nil
}

// mayJoin reports whether the caller may say that a Patient is this person.
func (d *draft) mayJoin(p consent.Person) (bool, error) {
	if d.j.operator() {
		return true, nil
	}
	r, err := d.j.ruling(p)
	if err != nil {
		return false, err
	}
	for _, residual := range r.residuals {
		if !residual.Related() {
			return false, nil
		}
	}
	return true, nil
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
	d.people[into] = consent.Join(b, a)
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

func contains(people []consent.Person, p consent.Person) bool {
	for _, one := range people {
		if one == p {
			return true
		}
	}
	return false
}
