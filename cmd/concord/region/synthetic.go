package region

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The sizes of a synthetic region.
const (
	peoplePerPractice = 2000
	staffPerPractice  = 6
	// numbered people have an NHS number, of the last quarter of the range kept for tests; more have a local one alone.
	numbered = 250_000
)

// Synthetic gives an invented region of any size to use, resource by resource and never all at once: practices with
// their staff, and people with about sixty resources each in the sections of a plan, each of one to three kilobytes. It
// is the same for the same seed, and a person is the same whatever the number of people. Every reference resolves,
// and a thing comes after what it leans on. It shares no id with Resources. An error is that of use.
func Synthetic(people int, seed uint64, use func(resource []byte) error) error {
	for practice := range (people + peoplePerPractice - 1) / peoplePerPractice {
		for _, resource := range practiceResources(practice) {
			if err := use(resource); err != nil {
				return err
			}
		}
	}
	for n := range people {
		p := newSynthetic(n, seed)
		p.record()
		for _, resource := range p.resources {
			if err := use(resource); err != nil {
				return err
			}
		}
	}
	return nil
}

// practiceResources are a practice and those who work there.
func practiceResources(n int) [][]byte {
	id := practiceID(n)
	all := [][]byte{write(object{
		"resourceType", "Organization", "id", id, "active", true,
		"identifier",
		list{object{"system", "https://fhir.nhs.uk/Id/ods-organization-code", "value", fmt.Sprintf("Z%05d", n)}},
		"type",
		list{concept("https://concord.health/fhir/CodeSystem/organisation", "health", "Health care")},
		"name", practiceName(n),
	})}
	var roles [][]byte
	for k := range staffPerPractice {
		staff := staffID(n, k)
		family := families[(n*staffPerPractice+k)%len(families)]
		role := "clinician"
		if k >= staffPerPractice/2 {
			role = "nurse"
		}
		all = append(all, write(object{
			"resourceType", "Practitioner", "id", staff, "active", true,
			"identifier",
			list{object{"system", "https://fhir.nhs.uk/Id/sds-user-id", "value", fmt.Sprintf("777%06d%03d", n, k)}},
			"name",
			list{object{"family", family, "given", list{givens[(n+7*k)%len(givens)]}, "prefix", list{"Dr"}}},
		}))
		roles = append(roles, write(object{
			"resourceType", "PractitionerRole", "id", staff + "-role", "active", true,
			"practitioner", reference("Practitioner/" + staff), "organization", reference("Organization/" + id),
			"code",
			list{concept("https://concord.health/fhir/CodeSystem/role", role, "")},
		}))
	}
	return append(all, roles...)
}

func practiceID(n int) string   { return fmt.Sprintf("practice-%04d", n) }
func staffID(n, k int) string   { return fmt.Sprintf("staff-%04d-%d", n, k) }
func practiceName(n int) string { return fmt.Sprintf("%s Surgery %d", towns[n%len(towns)], n+1) }

// SyntheticID is the id of the Patient of a person of a synthetic region, numbered from zero.
func SyntheticID(person int) string { return fmt.Sprintf("person-%07d", person) }

// synthetic is one person in the making.
type synthetic struct {
	rand      *rand.Rand
	number    int
	id        string
	practice  int
	age       int
	given     string
	family    string
	resources [][]byte
	counts    map[string]int
}

func newSynthetic(n int, seed uint64) *synthetic {
	p := &synthetic{rand: rand.New(rand.NewPCG(seed, uint64(n))), number: n, counts: map[string]int{}} //nolint:gosec // it is to be the same each time
	p.id, p.practice = SyntheticID(n), n/peoplePerPractice
	p.age = 18 + p.rand.IntN(78)
	p.given, p.family = pick(p, givens), pick(p, families)
	return p
}

// nhsNumber is a valid number of the range kept for tests, each person's own; none when they have run out. Of two
// numbers in a row at least one has a check digit.
func nhsNumber(person int) string {
	if person >= numbered {
		return ""
	}
	for base := 999_500_000 + 2*person; ; base++ {
		digits := fmt.Sprintf("%09d", base)
		sum := 0
		for i, d := range digits {
			sum += int(d-'0') * (10 - i)
		}
		if check := (11 - sum%11) % 11; check != 10 {
			return fmt.Sprintf("%s%d", digits, check)
		}
	}
}

// pick takes one of the words.
func pick[T any](p *synthetic, from []T) T { return from[p.rand.IntN(len(from))] }

// day is a date in the years before the plan, at most so many days ago.
func (p *synthetic) day(daysAgo int) string {
	return lastDay.AddDate(0, 0, -p.rand.IntN(max(daysAgo, 1))).Format("2006-01-02")
}

// words is a text of so many sentences.
func (p *synthetic) words(sentences int) string {
	var text strings.Builder
	for i := range sentences {
		if i > 0 {
			text.WriteString(" ")
		}
		fmt.Fprintf(&text, pick(p, phrases), pick(p, helpers), pick(p, things), pick(p, whens))
	}
	return text.String()
}
