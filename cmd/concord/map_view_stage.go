package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"concord/cmd/concord/region"
	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/gateway/memory"
)

// Whom the demo's region lends to "concord map view".
var (
	viewPatient = fhir.Ref{Type: "Patient", ID: "amina"}
	viewNumber  = consent.Code{System: "https://fhir.nhs.uk/Id/nhs-number", Code: "9994100270"}
)

const viewBirth = "1983-05-14"

// viewChoice is a choice of hers that the demo does not have: without one nothing in the region would be hidden for
// what it is labelled as.
//
//go:embed map_view_choice.json
var viewChoice []byte

const viewChoiceTold = "what is labelled as sensitive is not for her partner, the hospice or the charity"

// stage is the demo's region, kept in memory as the commits that made it: each record finds it as if it were the first
// one ever sent, and nothing of the records is on any disk.
type stage struct {
	*process
	labels  *consent.Labeller
	commits []guard.Change
}

// rehearsed is a store that remembers what was committed to it.
type rehearsed struct {
	*memory.Store
	commits []guard.Change
}

func (s *rehearsed) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	receipt, err := s.Store.Commit(ctx, change)
	if err == nil {
		s.commits = append(s.commits, change)
	}
	return receipt, err
}

// newStage imports the region, labelled by these rules.
func (p *process) newStage(ctx context.Context, labels *consent.Labeller) (*stage, error) {
	s := &stage{process: p, labels: labels}
	contents, err := region.Resources()
	if err != nil {
		return nil, err
	}
	var all []*fhir.Resource
	for _, content := range append(contents, viewChoice) {
		r, err := fhir.DecodeJSON(content)
		if err != nil {
			return nil, fmt.Errorf("read the demo's region: %w", err)
		}
		all = append(all, r)
	}
	store := &rehearsed{Store: memory.New(p.now)}
	g, err := s.guard(store, store)
	if err != nil {
		return nil, err
	}
	var refusals []error
	err = gateway.Import(ctx, g.As(viewOperator()), all, func(_ int, _ bool, refused error) { refusals = append(refusals, refused) })
	if err := errors.Join(append(refusals, err)...); err != nil {
		return nil, fmt.Errorf("store the demo's region: %w", err)
	}
	s.commits = store.commits
	return s, nil
}

// set gives the region anew.
func (s *stage) set(ctx context.Context) (*guard.Guard, error) {
	store := memory.New(s.now)
	for _, change := range s.commits {
		if _, err := store.Commit(ctx, change); err != nil {
			return nil, fmt.Errorf("set the demo's region: %w", err)
		}
	}
	return s.guard(store, store)
}

// guard stands before a store of the stage. Its secret is no secret: so the same record has the same ids each time.
func (s *stage) guard(store guard.Store, trail guard.Trail) (*guard.Guard, error) {
	return guard.New(guard.Config{
		Store: store, Trail: trail, Cache: memory.NewCache(1<<20, s.now), Base: consent.Default(), Now: s.now, NewID: s.newID,
		Secret: make([]byte, 32), Labels: s.labels,
	})
}

// everyScope lets a caller ask and send everything of its kind.
func everyScope() smart.Scopes {
	scopes, err := smart.Parse("system/*.cruds")
	if err != nil {
		panic("concord map view: " + err.Error()) // it is written here
	}
	return scopes
}

func viewOperator() guard.Caller {
	return guard.Caller{Subject: "operator", Client: "concord map view", Scopes: everyScope(), Operator: true}
}

// viewSender is the system of an organisation of the region, as a door for it would be configured.
func viewSender(org fhir.Ref) guard.Caller {
	return guard.Caller{Subject: "sender", Client: "concord map view", Org: org, Scopes: everyScope(), Purposes: []string{"TREAT"}}
}

// onlooker is a persona, as the demo's issuer makes them known.
type onlooker struct {
	region.Persona
	treats bool // has started care of her
}

// onlookers are all personas, and behind the emergency doctor the same one once care was started.
func onlookers() []onlooker {
	var all []onlooker
	for _, p := range region.Personas() {
		all = append(all, onlooker{Persona: p})
		if p.Name == "emergency" {
			p.Name, p.Who = "treating", "the emergency doctor, once care of her was started"
			all = append(all, onlooker{p, true})
		}
	}
	return all
}

// onlookerNamed finds a persona by name, or says who there is.
func onlookerNamed(name string) (onlooker, error) {
	var names []string
	for _, v := range onlookers() {
		if v.Name == name {
			return v, nil
		}
		names = append(names, v.Name)
	}
	return onlooker{}, fmt.Errorf("there is no persona %s: there are %s", name, strings.Join(names, ", "))
}

// caller is the onlooker in an app that was launched for a Patient, where it is launched for one at all.
func (v onlooker) caller(launch fhir.Ref) (guard.Caller, error) {
	scopes, err := smart.Parse(v.Scope)
	if err != nil {
		return guard.Caller{}, fmt.Errorf("read the scopes of a persona: %w", err)
	}
	c := guard.Caller{
		Subject: "persona:" + v.Name, Client: demoClient, Name: v.SubjectName, OrgName: v.OrgName, Scopes: scopes,
		Roles: oneOrNone(v.Role), Purposes: oneOrNone(v.Purpose), Base: demoAudience,
	}
	c.User, _ = fhir.ParseRef(v.FHIRUser)
	c.Org, _ = fhir.ParseRef(v.Organization)
	if v.Patient != "" {
		c.Patient = launch
	}
	return c, nil
}

// viewOrganisations are those of the region, by reference.
func viewOrganisations() ([]viewParty, error) {
	contents, err := region.Resources()
	if err != nil {
		return nil, err
	}
	var all []viewParty
	for _, content := range contents {
		r, err := fhir.Stored(content)
		if err != nil {
			return nil, fmt.Errorf("read the demo's region: %w", err)
		}
		if r.Type() == "Organization" {
			all = append(all, viewParty{r.Ref().String(), r.Root().Get("name").Text()})
		}
	}
	return all, nil
}

// Why and where the one who treats starts care.
var (
	viewReason  = consent.Code{System: "http://snomed.info/sct", Code: "50849002"}
	viewSetting = consent.Code{System: "http://terminology.hl7.org/CodeSystem/v3-ActCode", Code: "EMER"}
)
