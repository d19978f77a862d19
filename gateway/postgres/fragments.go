package postgres

// A search is done in two steps. The tables give candidates: at least all that the plan finds within reach.
// Plan.Match and See then say what is found. The statements are put together from the fragments below, and from
// nothing else; every value is bound. Parameters are counted within a fragment: whoever joins them moves the numbers.

// Fragments that give the numbers of things.
const (
	byValue = `select x.thing from unnest($1::bigint[]) h(v) cross join find_value x where x.hash = h.v`
	byText  = `select x.thing from unnest($1::bigint[], $2::bytea[], $3::bytea[]) h(param, low, high) cross join find_text x
where x.param = h.param and x.value >= h.low and x.value < h.high`
	byDate = `select x.thing from unnest($1::bigint[], $2::bigint[], $3::bigint[]) h(param, low, high) cross join find_date x
where x.param = h.param and x.high >= h.low and x.high <= h.high`
	byValueOfPeople = `select x.thing from unnest($1::bigint[]) h(v) cross join unnest($2::bigint[]) p(v) cross join find_value x
where x.hash = h.v and x.person = p.v`
	byTextOfPeople = byText + ` and x.person = any($4::bigint[])`
	byDateOfPeople = byDate + ` and x.person = any($4::bigint[])`
	byPeople       = `select x.thing from unnest($1::bigint[]) p(v) cross join about x where x.person = p.v and x.type = $2`
	byID           = `select x.num from unnest($1::text[]) h(v) cross join thing x where x.type = $2 and x.id = h.v`
)

// Fragments that restrict a thing t.
const (
	ofPeople = ` and exists (select 1 from about a where a.thing = t.num and a.person = any($1::bigint[]))`

	// For those who reach more people than fit a list.
	ofPrincipals = ` and exists (select 1 from about a where a.thing = t.num and (a.person = 0 or exists (
select 1 from person p join reach r on r.person = coalesce(p.survivor, p.num)
where p.num = a.person and r.principal = any($1::bytea[]))))`

	withValue = ` and exists (select 1 from about a cross join unnest($1::bigint[]) h(v) join find_value x
on x.hash = h.v and x.person = a.person and x.thing = a.thing where a.thing = t.num)`
)

// Statements.
const (
	countFragment = `select count(*) from (%s limit $1) c`
	selectDriven  = `select t.id, t.position, t.version, t.person from (select distinct d.thing from (%s) d(thing)) n join thing t on t.num = n.thing
where t.type = $1 and not t.deleted and t.id > $2%s order by t.id`
	selectStream = `select t.id, t.position, t.version, t.person from thing t where t.type = $1 and t.id > $2 and not t.deleted%s
order by t.type, t.id limit $3`

	// Whoever has the principals, those who were merged into them, and nobody.
	selectReach = `select r.person from reach r where r.principal = any($1)
union select p.num from reach r join person p on p.survivor = r.person where r.principal = any($1)
union select 0 limit $2`
)
