package postgres

import (
	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// wanted is what is asked of the database together.
type wanted struct {
	refs     []fhir.Ref // where the current versions stand, what they are, and who they are about
	patients []fhir.Ref
	keys     []string
	people   []consent.Person
}

const (
	// What is known already ($3) is not sent again.
	selectThings = `select r.type, r.id, t.position, t.version, t.person, v.updated, v.deleted, v.body
from unnest($1::text[], $2::text[]) r(type, id) join thing t on t.type = r.type and t.id = r.id
left join version v on v.position = t.position and v.person = t.person and v.position <> all($3)`

	whoFields = `coalesce(q.num, p.num), coalesce(q.id, p.id), coalesce(s.version, 0), coalesce(s.record, 0), s.standing`
	whoTables = ` left join person q on q.num = p.survivor left join state s on s.person = coalesce(p.survivor, p.num)`

	selectAboutThings = `select x.id, ` + whoFields + ` from unnest($1::text[], $2::text[]) r(type, id)
join thing t on t.type = r.type and t.id = r.id join about a on a.thing = t.num join person p on p.num = a.person
left join patient x on x.person = p.num` + whoTables
	selectPatients = `select x.id, ` + whoFields + ` from patient x join person p on p.num = x.person` + whoTables + ` where x.id = any($1)`
	selectKeys     = `select x.name, ` + whoFields + ` from identity x join person p on p.num = x.person` + whoTables + ` where x.name = any($1)`
	selectPeople   = `select p.id, ` + whoFields + ` from person p` + whoTables + ` where p.id = any($1)`
)

// guess is what a use case that wants this will ask, as far as this node has seen its resources before: what they
// refer to as well. A Patient is asked for in any case, so that one who is not there takes no longer.
func (v *snapshot) guess(want guard.Want) wanted {
	all := wanted{refs: want.Refs, keys: want.Keys, people: want.Records}
	for _, ref := range want.Refs {
		if p, ok := v.s.known.latest.Get(ref); ok {
			if held, ok := v.s.known.versions.Get(p); ok {
				all.refs, _ = v.after(all.refs, nil, held.version) // the patients come with the things
			}
		}
		if ref.Type == "Patient" {
			all.patients = append(all.patients, ref)
		}
	}
	return all
}

// maxTargets bounds how many references of one version are followed before they are asked for.
const maxTargets = 100

// after adds what is asked for once a version was read: the patients it is about, and the things it refers to.
func (v *snapshot) after(refs, patients []fhir.Ref, version *guard.Version) ([]fhir.Ref, []fhir.Ref) {
	f := version.Facts
	if f == nil || version.Deleted {
		return refs, patients
	}
	for _, patient := range f.About {
		if _, ok := v.patients[patient.String()]; !ok {
			patients = append(patients, patient)
		}
	}
	for i := range min(len(f.Cuts), maxTargets) {
		target := f.Cuts[i].Target
		if f.Cuts[i].Kind != fhir.CutReference || target == (fhir.Ref{}) || target == version.Ref || consent.AlwaysOpen(target.Type) {
			continue
		}
		if _, ok := v.things[target]; !ok {
			refs = append(refs, target)
		}
	}
	return refs, patients
}

// rest fetches what could not be guessed, because this node saw the resources for the first time.
func (v *snapshot) rest(want guard.Want) error {
	var places []place
	for _, ref := range want.Refs {
		if p := v.things[ref]; p != nil {
			v.s.known.latest.Add(ref, *p)
			places = append(places, *p)
		}
	}
	held, err := v.load(places)
	if err != nil {
		return err
	}
	var next wanted
	for _, one := range held {
		next.refs, next.patients = v.after(next.refs, next.patients, one.version)
	}
	return v.meet(next)
}

// prepare fetches what will be asked about versions that were found, all at once.
func (v *snapshot) prepare(versions []*guard.Version) error {
	var next wanted
	for _, one := range versions {
		next.refs, next.patients = v.after(next.refs, next.patients, one)
	}
	return v.meet(next)
}

// meet asks together, and remembers the answers.
func (v *snapshot) meet(all wanted) error {
	b := &pgx.Batch{}
	v.askFor(b, all)
	return v.r.ask(v.ctx, b)
}

// askFor puts questions into a batch. What is asked for is remembered as absent until its row comes.
func (v *snapshot) askFor(b *pgx.Batch, all wanted) {
	if len(all.refs) > 0 {
		v.askThings(b, all.refs)
	}
	if len(all.patients) > 0 {
		names := make([]string, 0, len(all.patients))
		for _, ref := range all.patients {
			if _, ok := v.patients[ref.String()]; !ok {
				v.patients[ref.String()] = who{}
			}
			names = append(names, ref.String())
		}
		each(b.Queue(selectPatients, names), func(rows pgx.Rows) error { return v.scanPatient(rows) })
	}
	if len(all.keys) > 0 {
		for _, key := range all.keys {
			v.keys[key] = who{}
		}
		each(b.Queue(selectKeys, bytesOf(all.keys)), func(rows pgx.Rows) error {
			var key []byte
			w, err := v.scanWho(rows, &key)
			v.keys[string(key)] = w
			return err
		})
	}
	if len(all.people) > 0 {
		for _, p := range all.people {
			v.people[p] = who{id: p}
		}
		each(b.Queue(selectPeople, stringsOf(all.people)), func(rows pgx.Rows) error {
			var id string
			w, err := v.scanWho(rows, &id)
			v.people[consent.Person(id)] = w
			return err
		})
	}
}

// askThings asks where the newest versions stand, for those not known what they are, and who they are about.
func (v *snapshot) askThings(b *pgx.Batch, refs []fhir.Ref) {
	types, ids := columns(refs)
	have := []int64{} // not null
	for _, ref := range refs {
		v.things[ref] = nil
		if p, ok := v.s.known.latest.Get(ref); ok && v.s.known.versions.Contains(p) {
			have = append(have, p.position)
		}
	}
	each(b.Queue(selectThings, types, ids, have), func(rows pgx.Rows) error {
		var f row
		var updated *int64
		var deleted *bool
		if err := rows.Scan(&f.ref.Type, &f.ref.ID, &f.place.position, &f.place.id, &f.place.person, &updated, &deleted, &f.body); err != nil {
			return err
		}
		v.things[f.ref] = &f.place
		v.s.known.latest.Add(f.ref, f.place)
		if updated == nil || v.s.known.versions.Contains(f.place) {
			return nil
		}
		f.updated, f.deleted = *updated, *deleted
		_, err := v.s.learn(f)
		return err
	})
	each(b.Queue(selectAboutThings, types, ids), func(rows pgx.Rows) error { return v.scanPatient(rows) })
}

// columns are references as the two columns that statements take them in.
func columns(refs []fhir.Ref) ([]string, []string) {
	types, ids := make([]string, 0, len(refs)), make([]string, 0, len(refs))
	for _, ref := range refs {
		types, ids = append(types, string(ref.Type)), append(ids, string(ref.ID))
	}
	return types, ids
}

// bytesOf are names as bytea.
func bytesOf(names []string) [][]byte {
	all := make([][]byte, 0, len(names))
	for _, name := range names {
		all = append(all, []byte(name))
	}
	return all
}

// stringsOf are persons as texts.
func stringsOf(people []consent.Person) []string {
	all := make([]string, 0, len(people))
	for _, p := range people {
		all = append(all, string(p))
	}
	return all
}
