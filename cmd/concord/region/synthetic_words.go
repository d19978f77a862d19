package region

import "time"

// lastDay is the newest date that a synthetic region has.
var lastDay = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// short are the words for types in ids.
var short = map[string]string{
	"RelatedPerson": "carer", "CareTeam": "team", "Encounter": "visit", "Condition": "condition", "AllergyIntolerance": "allergy",
	"MedicationRequest": "medicine", "Observation": "observation", "Immunization": "vaccine", "Procedure": "course", "Goal": "goal", "Task": "task",
	"ServiceRequest": "request", "CarePlan": "plan", "Flag": "flag", "DocumentReference": "letter", "Provenance": "written", "Consent": "choice",
}

// term is a code with its words.
type term struct{ code, display string }

// measure is a term with its unit and the usual range of values.
type measure struct {
	term
	unit      string
	low, high int
}

var (
	givens = []string{
		"Ada", "Aisha", "Alun", "Beatriz", "Callum", "Chidi", "Dafydd", "Dorota", "Edith", "Femi", "Gareth", "Hana", "Ifeoma", "Imran", "Jean", "Kofi",
		"Lena", "Mairi", "Mehmet", "Nadia", "Olu", "Parveen", "Rhys", "Rosa", "Sanjay", "Sian", "Tariq", "Una", "Vera", "Wojtek", "Yasmin", "Zofia",
	}
	families = []string{
		"Abara", "Ahmed", "Ashworth", "Bains", "Barlow", "Begum", "Blackwood", "Carver", "Chaudhry", "Davies", "Dunmore", "Eze", "Fairhurst", "Gill", "Hallam", "Ibrahim",
		"Jarvis", "Kaur", "Kowalska", "Lomax", "Mensah", "Morgan", "Nowak", "Okoro", "Pryce", "Quill", "Rahman", "Rowntree", "Sharma", "Thackeray", "Umar", "Whitlock",
	}
	towns   = []string{"Wexbridge", "Harrowmere", "Thornley Vale", "Castle Orton", "Millbeck", "Saltmarsh", "Ferry Hinton", "Upper Dene"}
	streets = []string{"Tanner Row", "Mill Lane", "Chapel Street", "Orchard Close", "Station Road", "The Green", "Weir Terrace", "Quarry Bank"}
	helpers = []string{"my daughter", "the practice nurse", "my neighbour", "a volunteer", "the link worker", "my brother", "somebody from the day centre", "the pharmacist"}
	things  = []string{
		"walking to the river and back", "the tablets that make me dizzy", "getting the shopping in", "the swimming group", "cooking with one hand", "the letters from the hospital",
		"sleeping through the night", "the garden behind the house", "paying the bills on time", "going back to the choir", "the stairs", "talking about what comes next",
	}
	whens = []string{
		"in the morning", "twice a week", "when it is warm enough", "after dinner", "on days that are not so good", "before the next review", "as we agreed in the spring", "when I ask for it",
	}
	// phrases take a helper, a thing and a time, in this order.
	phrases = []string{
		"I have asked %s to help me with %s %s.",
		"It matters to me that %s knows about %s %s.",
		"Together with %s I have begun %s %s, and it goes better than we thought.",
		"When %s is away I cannot manage %s %s, so please ring first.",
		"We talked with %s about %s %s and wrote down who does what.",
		"Last time %s came along, %s was easier %s.",
		"Please let %s know if %s has to wait, also %s.",
	}
	conditions = []term{
		{"44054006", "Diabetes mellitus type 2"},
		{"38341003", "Hypertensive disorder"},
		{"195967001", "Asthma"},
		{"13645005", "Chronic obstructive lung disease"},
		{"84114007", "Heart failure"},
		{"35489007", "Depressive disorder"},
		{"396275006", "Osteoarthritis"},
		{"709044004", "Chronic kidney disease"},
	}
	allergies = []term{{"91936005", "Allergy to penicillin"}, {"91935009", "Allergy to peanut"}, {"300916003", "Latex allergy"}, {"294505008", "Allergy to amoxicillin"}}
	medicines = []term{
		{"109081006", "Metformin"},
		{"386872004", "Ramipril"},
		{"386864001", "Amlodipine"},
		{"372897005", "Salbutamol"},
		{"387207008", "Ibuprofen"},
		{"373444002", "Atorvastatin"},
		{"372594008", "Sertraline"},
		{"387517004", "Paracetamol"},
	}
	measured = []measure{
		{term{"29463-7", "Body weight"}, "kg", 45, 120},
		{term{"8867-4", "Heart rate"}, "/min", 50, 110},
		{term{"8480-6", "Systolic blood pressure"}, "mm[Hg]", 100, 180},
		{term{"4548-4", "Hemoglobin A1c"}, "%", 5, 11},
		{term{"2339-0", "Glucose"}, "mg/dL", 70, 220},
		{term{"2160-0", "Creatinine"}, "mg/dL", 1, 3},
	}
)
