package postgres

import (
	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// who is a person after merges, as their rows are numbered, with their state. Zero: there is no such person.
type who struct {
	num      int64
	id       consent.Person
	standing int64
	record   int64
	blob     []byte // the standing; nil when there is none
}

// scanWho reads a row of a name and whom it leads to, and remembers who that is.
func (v *snapshot) scanWho(rows pgx.Rows, name any) (who, error) {
	var w who
	var id string
	if err := rows.Scan(name, &w.num, &id, &w.standing, &w.record, &w.blob); err != nil {
		return who{}, err
	}
	w.id = consent.Person(id)
	v.people[w.id] = w
	return w, nil
}

// scanPatient reads a row whose name is a Patient reference, or null for a person without one.
func (v *snapshot) scanPatient(rows pgx.Rows) error {
	var patient *string
	w, err := v.scanWho(rows, &patient)
	if err == nil && patient != nil {
		v.patients[*patient] = w
	}
	return err
}

// Person is "" when the reference was never used.
func (v *snapshot) Person(patient fhir.Ref) (consent.Person, error) {
	w, ok := v.patients[patient.String()]
	if !ok {
		if err := v.meet(wanted{patients: []fhir.Ref{patient}}); err != nil {
			return "", trouble("find person", err)
		}
		w = v.patients[patient.String()]
	}
	return w.id, nil
}

// Find is "" when nobody has the key.
func (v *snapshot) Find(key string) (consent.Person, error) {
	w, ok := v.keys[key]
	if !ok {
		if err := v.meet(wanted{keys: []string{key}}); err != nil {
			return "", trouble("find person", err)
		}
		w = v.keys[key]
	}
	return w.id, nil
}

// who is a person after merges; num is 0 when the id was never used.
func (v *snapshot) who(p consent.Person) (who, error) {
	w, ok := v.people[p]
	if ok {
		return w, nil
	}
	err := v.meet(wanted{people: []consent.Person{p}})
	return v.people[p], err
}

// State decodes a standing whose version was not met before.
func (v *snapshot) State(p consent.Person) (*guard.State, error) {
	w, err := v.who(p)
	if err != nil {
		return nil, trouble("read state", err)
	}
	if w.blob == nil {
		return &guard.State{Standing: &consent.Standing{Person: w.id}, Record: w.record}, nil
	}
	key := edition{w.num, w.standing}
	if standing, ok := v.s.known.standings.Get(key); ok {
		return &guard.State{Standing: standing, Record: w.record}, nil
	}
	raw, err := v.s.codec.Unpack(w.blob)
	if err != nil {
		return nil, trouble("read state", err)
	}
	standing, err := consent.StandingFrom(raw)
	if err != nil {
		return nil, trouble("read state", err)
	}
	v.s.known.standings.Add(key, standing)
	return &guard.State{Standing: standing, Record: w.record}, nil
}
