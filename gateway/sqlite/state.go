package sqlite

import (
	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

const (
	selectPatient = `select coalesce(q.id, p.id) from patient x join person p on p.num = x.person
left join person q on q.num = p.survivor where x.id = ?`
	selectIdentity = `select coalesce(q.id, p.id) from identity x join person p on p.num = x.person
left join person q on q.num = p.survivor where x.name = ?`
	selectWho = `select coalesce(q.num, p.num), coalesce(q.id, p.id), coalesce(s.version, 0), coalesce(s.record, 0),
s.standing is not null from person p left join person q on q.num = p.survivor
left join state s on s.person = coalesce(p.survivor, p.num) where p.id = ?`
	selectStanding = `select standing from state where person = ?`
)

func (v *snapshot) Person(patient fhir.Ref) (consent.Person, error) {
	return v.person(selectPatient, patient.String())
}

func (v *snapshot) Find(key string) (consent.Person, error) { return v.person(selectIdentity, key) }

func (v *snapshot) person(text, name string) (consent.Person, error) {
	var p string
	_, err := v.r.row(text, []any{name}, &p)
	return consent.Person(p), wrap("find person", err)
}

// who is a person after merges, as their rows are numbered, with the versions of their state.
type who struct {
	num      int64
	id       consent.Person
	standing int64
	record   int64
	stated   bool // there is a standing
}

// who follows a merge and reads the versions of the state in one look-up; false when the id was never used.
func (v *snapshot) who(p consent.Person) (who, bool, error) {
	var w who
	ok, err := v.r.row(selectWho, []any{string(p)}, &w.num, &w.id, &w.standing, &w.record, &w.stated)
	return w, ok, wrap("read person", err)
}

// State reads the versions first: a standing whose version is known is not read again.
func (v *snapshot) State(p consent.Person) (*guard.State, error) {
	w, ok, err := v.who(p)
	if err != nil {
		return nil, err
	}
	if !ok {
		w.id = p
	}
	if !w.stated {
		return &guard.State{Standing: &consent.Standing{Person: w.id}, Record: w.record}, nil
	}
	key := edition{w.num, w.standing}
	if standing, ok := v.s.known.standings.Get(key); ok {
		return &guard.State{Standing: standing, Record: w.record}, nil
	}
	var blob []byte
	if _, err := v.r.row(selectStanding, []any{w.num}, &blob); err != nil {
		return nil, wrap("read state", err)
	}
	raw, err := v.s.codec.unpack(blob)
	if err != nil {
		return nil, wrap("read state", err)
	}
	standing, err := consent.StandingFrom(raw)
	if err != nil {
		return nil, wrap("read state", err)
	}
	v.s.known.standings.Add(key, standing)
	return &guard.State{Standing: standing, Record: w.record}, nil
}
