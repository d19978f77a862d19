package sqlite

import (
	lru "github.com/hashicorp/golang-lru/v2"

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
	return v.person(v.s.recent.patients, selectPatient, patient.String())
}

func (v *snapshot) Find(key string) (consent.Person, error) {
	return v.person(v.s.recent.keys, selectIdentity, key)
}

func (v *snapshot) person(c *lru.Cache[string, consent.Person], text, name string) (consent.Person, error) {
	p, err := recall(v, c, name, func(r *session) (consent.Person, error) {
		var p string
		_, err := r.row(text, []any{name}, &p)
		return consent.Person(p), err
	})
	return p, wrap("find person", err)
}

// number is the number of a person's rows, after merges; 0 when the id was never used.
func (v *snapshot) number(p consent.Person) (int64, error) {
	if v.stage != never {
		if num, ok := v.s.recent.persons.Get(p); ok && v.s.recent.stage.Load() == v.stage {
			return num, nil
		}
	}
	w, ok, err := v.who(p)
	if err != nil || !ok {
		return 0, err
	}
	if v.stage != never {
		v.s.recent.learn(v.stage, func() { v.s.recent.persons.Add(p, w.num) })
	}
	return w.num, nil
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
	r, err := v.session()
	if err != nil {
		return who{}, false, err
	}
	var w who
	ok, err := r.row(selectWho, []any{string(p)}, &w.num, &w.id, &w.standing, &w.record, &w.stated)
	return w, ok, wrap("read person", err)
}

// State is remembered by the number of the person.
func (v *snapshot) State(p consent.Person) (*guard.State, error) {
	num, err := v.number(p)
	if err != nil {
		return nil, err
	}
	if num == 0 {
		return &guard.State{Standing: &consent.Standing{Person: p}}, nil
	}
	return recall(v, v.s.recent.states, num, func(r *session) (*guard.State, error) { return v.state(r, p) })
}

// state reads the versions first: a standing whose version is known is not read again.
func (v *snapshot) state(r *session, p consent.Person) (*guard.State, error) {
	w, _, err := v.who(p)
	if err != nil {
		return nil, err
	}
	if !w.stated {
		return &guard.State{Standing: &consent.Standing{Person: w.id}, Record: w.record}, nil
	}
	key := edition{w.num, w.standing}
	if standing, ok := v.s.known.standings.Get(key); ok {
		return &guard.State{Standing: standing, Record: w.record}, nil
	}
	var blob []byte
	if _, err := r.row(selectStanding, []any{w.num}, &blob); err != nil {
		return nil, wrap("read state", err)
	}
	raw, err := v.s.codec.Unpack(blob)
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
