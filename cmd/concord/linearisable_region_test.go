package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"concord/fhir/care"
	"concord/gateway/issuer"
)

// kin is one family as it stands in the record: two people who have an appointment together, and what the first has.
// Its resources are named by its number, so that families share nothing.
type kin struct{ name string }

func (k kin) person() string { return k.name + "a" }
func (k kin) other() string  { return k.name + "b" }
func (k kin) id(thing int) string {
	return []string{k.person(), k.name + "goal", k.name + "finding", k.name + "plan", k.name + "meeting"}[thing]
}

// thingTypes are the types of the things, in their order.
var thingTypes = [things]string{"Patient", "Goal", "Condition", "CarePlan", "Appointment"}

func (k kin) ref(thing int) string { return thingTypes[thing] + "/" + k.id(thing) }

// resourceOf writes one resource of pairs of names and values.
func resourceOf(typ, id string, pairs ...any) string {
	m := map[string]any{"resourceType": typ, "id": id}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	out, err := json.Marshal(m)
	if err != nil {
		panic(err) // the pairs are written in this file
	}
	return string(out)
}

func linkTo(ref string) map[string]any { return map[string]any{"reference": ref} }
func listOf(values ...any) []any       { return values }

func coded(system, code string) map[string]any {
	return map[string]any{"coding": listOf(map[string]any{"system": system, "code": code})}
}

// topicCode is a code that the topical rules know.
const topicCode = "86406008"

// labelTables are the two tables of label rules.
var labelTables = [ruleSets]string{
	ruleless: "words other SDV something that nobody says\n",
	topical:  "system sct " + care.SystemSnomed + "\ncodes topic HIV sct " + topicCode + "\n",
}

// organisations are those of all families.
func organisations() []string {
	var bodies []string
	for name, kind := range map[string]string{"hospital": care.KindHealth, "hospice": care.KindHealth, "er": care.KindHealth, "charity": care.KindVoluntary} {
		bodies = append(bodies, resourceOf("Organization", name, "name", "The "+name, "active", true, "type", listOf(coded(care.SystemKind, kind))))
	}
	return bodies
}

// record is everything of the family, with nothing denied, nothing shared with the charity, and both organisations in
// both teams. begin is that as a state.
func (k kin) record() []string {
	me, other := linkTo("Patient/"+k.person()), linkTo("Patient/"+k.other())
	bodies := []string{
		resourceOf("Patient", k.person(), "birthDate", "1980-01-01"),
		resourceOf("Patient", k.other(), "birthDate", "1982-01-01"),
		resourceOf("Condition", k.id(theFinding), "subject", me, "code", coded(care.SystemSnomed, topicCode)),
		resourceOf("Goal", k.id(theGoal), "lifecycleStatus", "active", "description", map[string]any{"text": "walk to the shop"}, "subject", me),
		resourceOf("CarePlan", k.id(thePlan), "status", "active", "intent", "plan", "subject", me, "goal", listOf(linkTo(k.ref(theGoal))), "addresses", listOf(linkTo(k.ref(theFinding)))),
		resourceOf("Appointment", k.id(theMeeting), "status", "booked", "participant", listOf(
			map[string]any{"actor": me, "status": "accepted"}, map[string]any{"actor": other, "status": "accepted"})),
	}
	for fact := facts(1); fact < allFacts; fact <<= 1 {
		body, _ := k.says(fact, k.begin().in&fact != 0)
		bodies = append(bodies, body)
	}
	return bodies
}

func (k kin) begin() kinship {
	return kinship{in: hospitalTeam | hospiceTeam | hospitalWith | hospiceWith}
}

// says is the resource that makes a fact so or not, and whose token writes it: "" is the operator.
func (k kin) says(fact facts, so bool) (body, writer string) {
	switch fact {
	case noGoals:
		return k.choice("goals", k.person(), so, "deny", "actor", recipients("hospital"), "class", ofType("Goal"), "provision", emergencies("permit")), k.person()
	case noTreatment:
		return k.choice("treatment", k.person(), so, "deny", "purpose", purposeOf("TREAT"), "provision", emergencies("deny")), k.person()
	case noTopic:
		return k.choice("topic", k.person(), so, "deny", "actor", recipients("hospital", "hospice"),
			"securityLabel", listOf(map[string]any{"system": care.SystemActCode, "code": "HIV"}), "provision", emergencies("permit")), k.person()
	case goalsToCharity:
		return k.choice("share", k.person(), so, "permit", "actor", recipients("charity"), "class", ofType("Goal")), k.person()
	case noMeetings:
		return k.choice("meetings", k.other(), so, "deny", "class", ofType("Appointment"), "provision", emergencies("permit")), k.other()
	case hospitalTeam:
		return k.team("hospital", k.person(), so), ""
	case hospiceTeam:
		return k.team("hospice", k.person(), so), ""
	case hospitalWith:
		return k.team("hospital", k.other(), so), ""
	default:
		return k.team("hospice", k.other(), so), ""
	}
}

func (k kin) team(organisation, patient string, so bool) string {
	status := "inactive"
	if so {
		status = "active"
	}
	return resourceOf("CareTeam", patient+organisation, "status", status, "subject", linkTo("Patient/"+patient),
		"participant", listOf(map[string]any{"member": linkTo("Organization/" + organisation)}))
}

func (k kin) choice(name, patient string, so bool, kind string, criteria ...any) string {
	provision := map[string]any{"type": kind}
	for i := 0; i < len(criteria); i += 2 {
		provision[criteria[i].(string)] = criteria[i+1]
	}
	status := "inactive"
	if so {
		status = "active"
	}
	return resourceOf("Consent", patient+name, "status", status, "scope", coded(care.SystemConsentScope, "patient-privacy"),
		"category", listOf(coded(care.SystemLoinc, "59284-0")), "patient", linkTo("Patient/"+patient), "dateTime", "2026-01-01",
		"performer", listOf(linkTo("Patient/"+patient)), "policy", listOf(map[string]any{"uri": "urn:x"}), "provision", provision)
}

func recipients(organisations ...string) []any {
	var actors []any
	for _, name := range organisations {
		actors = append(actors, map[string]any{"role": coded(care.SystemParticipation, "IRCP"), "reference": linkTo("Organization/" + name)})
	}
	return actors
}

func ofType(name string) []any {
	return listOf(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": name})
}

func purposeOf(code string) []any {
	return listOf(map[string]any{"system": care.SystemPurpose, "code": code})
}

// emergencies is the provision that says whether a deny holds in an emergency (CONSENT rules 14.7).
func emergencies(kind string) []any {
	return listOf(map[string]any{"type": kind, "purpose": purposeOf("ETREAT")})
}

// breaking is the demand to break the glass.
var breaking = resourceOf("Parameters", "glass", "parameter", listOf(
	map[string]any{"name": "reason", "valueCoding": map[string]any{"system": care.SystemReason, "code": care.ReasonEmergency}},
	map[string]any{"name": "text", "valueString": "found unconscious"}))

// steppedUp is the acr of a session in which the glass may be broken.
const steppedUp = "urn:stepped-up"

// viewerToken is the token of a viewer of the model.
func viewerToken(t *testing.T, m *tokenMaker, viewer int) string {
	t.Helper()
	c := issuer.Claims{Audience: hereAudience, Scope: "user/*.rs", Issued: time.Now(), Expires: time.Now().Add(time.Hour), Purposes: []string{"TREAT"}}
	switch viewer {
	case hospital:
		c.Subject, c.Organization, c.Roles = "dr", "Organization/hospital", []string{care.RoleClinician}
	case hospice:
		c.Subject, c.Organization, c.Roles = "nurse", "Organization/hospice", []string{care.RoleNurse}
	case charity:
		c.Subject, c.Organization, c.Roles = "link", "Organization/charity", []string{care.RoleLinkWorker}
	default:
		c.Subject, c.Organization, c.Roles = fmt.Sprintf("er%d", viewer-firstDoctor), "Organization/er", []string{care.RoleClinician}
		c.Purposes, c.ACR = []string{"BTG"}, steppedUp
	}
	c.FHIRUser = "Practitioner/" + c.Subject
	return m.sign(t, c)
}

func patientToken(t *testing.T, m *tokenMaker, id string) string {
	t.Helper()
	return m.sign(t, issuer.Claims{
		Subject: id, Audience: hereAudience, Scope: "patient/*.cruds", FHIRUser: "Patient/" + id, Patient: id, Issued: time.Now(), Expires: time.Now().Add(time.Hour),
	})
}
