package sqlite

// A search is done in two steps. The tables give candidates: at least all that the plan finds within reach.
// Plan.Match and See then say what is found. The statements are put together from the fragments below, and from
// nothing else; every value is bound.

// Fragments that give the numbers of things. Lists are JSON arrays, so that each is one parameter.
const (
	byValue = `select x.thing from json_each(?) h cross join find_value x on x.hash = h.value`
	byText  = `select x.thing from json_each(?) h cross join find_text x on x.param = h.value ->> 0
and x.value >= h.value ->> 1 and x.value < h.value ->> 2`
	byDate = `select x.thing from json_each(?) h cross join find_date x on x.param = h.value ->> 0
and x.high >= h.value ->> 1 and x.high <= h.value ->> 2`
	byValueOfPeople = `select x.thing from json_each(?) h cross join json_each(?) p cross join find_value x
on x.hash = h.value and x.person = p.value`
	byTextOfPeople = byText + inPeople
	byDateOfPeople = byDate + inPeople
	byPeople       = `select x.thing from json_each(?) p cross join about x on x.person = p.value and x.type = ?`
	byID           = `select x.num from json_each(?) h cross join thing x on x.type = ? and x.id = h.value`

	inPeople = ` and x.person in (select value from json_each(?))`
)

// Fragments that restrict a thing t.
const (
	ofPeople = ` and exists (select 1 from about a where a.thing = t.num and a.person in (select value from json_each(?)))`

	// For those who reach more people than fit a list.
	ofPrincipals = ` and exists (select 1 from about a where a.thing = t.num and (a.person = 0 or exists (
select 1 from person p cross join reach r on r.person = coalesce(p.survivor, p.num)
where p.num = a.person and r.principal in (select value from json_each(?)))))`

	withValue = ` and exists (select 1 from about a cross join json_each(?) h cross join find_value x
on x.hash = h.value and x.person = a.person and x.thing = a.thing where a.thing = t.num)`
)

// Statements. The unary plus keeps the planner from walking all things of the type.
const (
	countFragment = `select count(*) from (%s limit ?)`
	selectDriven  = `select t.id, t.position from thing t where t.num in (%s) and +t.type = ? and t.deleted = 0 and t.id > ?%s
order by t.id`
	selectStream = `select t.id, t.position from thing t where t.type = ? and t.id > ? and t.deleted = 0%s order by t.id limit ?`

	countReach = `select count(*) from (select 1 from json_each(?) n cross join reach r on r.principal = n.value limit ?)`
	// Whoever has the principals, those who were merged into them, and nobody.
	selectReach = `select r.person from json_each(?1) n cross join reach r on r.principal = n.value
union select p.num from json_each(?1) n cross join reach r on r.principal = n.value cross join person p on p.survivor = r.person
union select 0`
)
