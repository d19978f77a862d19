package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/cmd/concord/region"
	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway/issuer"
)

// tokenCommand is "concord token".
type tokenCommand struct {
	Data         string        `required:"" placeholder:"DIR" help:"Data directory of a demo."`
	List         bool          `help:"Name the personas of the demo's region, and print no token."`
	Persona      string        `placeholder:"NAME" help:"The persona whose token it is."`
	FHIRUser     string        `name:"fhir-user" placeholder:"Practitioner/x" help:"The user: a Patient, RelatedPerson, Practitioner or PractitionerRole; without one, a backend."`
	Organization string        `placeholder:"Organization/y" help:"The organisation acted for: a reference, system|value, or a URI."`
	Role         []string      `placeholder:"CODE" help:"The role in the organisation, such as clinician."`
	Purpose      []string      `placeholder:"CODE" help:"The purpose of use, a code of v3-PurposeOfUse such as TREAT."`
	Scope        string        `placeholder:"SCOPES" help:"SMART scopes, such as 'user/*.cruds'."`
	Patient      string        `placeholder:"ID" help:"The launch patient."`
	ClientRole   []string      `placeholder:"CODE" help:"The role of the client, such as operator."`
	Name         string        `placeholder:"TEXT" help:"The name of the user, for the trail."`
	Expires      time.Duration `default:"1h" help:"How long the token is good for."`
}

// Run prints the token alone, so that a shell can take it.
func (c tokenCommand) Run(p *process) error {
	marker, err := readDemo(c.Data)
	if errors.Is(err, errNoDemo) {
		return fmt.Errorf("%w: tokens are made there only; for a server, ask its issuer", err)
	}
	if err != nil {
		return err
	}
	if c.List {
		return listPersonas(p)
	}
	claims, err := c.claims(marker, p.now(), p.newID())
	if err != nil {
		return err
	}
	tokens, err := issuer.Open(c.Data, marker.Issuer)
	if err != nil {
		return err
	}
	token, err := tokens.Sign(claims)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

func listPersonas(p *process) error {
	for _, persona := range region.Personas() {
		if _, err := fmt.Fprintf(p.stdout, "%-12s %s\n", persona.Name, persona.Who); err != nil {
			return err
		}
	}
	return nil
}

// claims are those of the persona, or those that the flags say.
func (c tokenCommand) claims(marker demoDirectory, now time.Time, id string) (issuer.Claims, error) {
	if c.Persona != "" {
		if c.FHIRUser != "" || c.Organization != "" || len(c.Role)+len(c.Purpose)+len(c.ClientRole) > 0 || c.Scope != "" || c.Patient != "" || c.Name != "" {
			return issuer.Claims{}, errors.New("--persona says it all: leave out the other flags but --expires")
		}
		persona, ok := region.Find(c.Persona)
		if !ok {
			return issuer.Claims{}, errors.New("there is no such persona: --list names them")
		}
		return personaClaims(persona, marker, now, c.Expires, id), nil
	}
	if err := c.check(); err != nil {
		return issuer.Claims{}, err
	}
	subject := c.FHIRUser
	if subject == "" {
		subject = demoClient
	}
	return issuer.Claims{
		Subject: subject, Audience: marker.Audience, ID: id, Client: demoClient, FHIRUser: c.FHIRUser, Scope: c.Scope,
		Patient: c.Patient, ClientRoles: c.ClientRole, Issued: issuedAt(now, c.Expires), Expires: now.Add(c.Expires),
		Name: c.Name, Organization: c.Organization, Roles: c.Role, Purposes: c.Purpose,
	}, nil
}

// check finds what the gateway would refuse anyway, so that it is told here and not by a 401.
func (c tokenCommand) check() error {
	var faults []error
	if c.Scope == "" {
		faults = append(faults, errors.New("--scope is needed (or --persona)"))
	} else if _, err := smart.Parse(c.Scope); err != nil {
		faults = append(faults, fmt.Errorf("--scope: %w", err))
	}
	users := []fhir.Type{"Patient", "RelatedPerson", "Practitioner", "PractitionerRole"}
	if ref, ok := fhir.ParseRef(c.FHIRUser); c.FHIRUser != "" && (!ok || !slices.Contains(users, ref.Type)) {
		faults = append(faults, errors.New("--fhir-user must be a reference to a Patient, RelatedPerson, Practitioner or PractitionerRole, such as Practitioner/x"))
	}
	if id := fhir.ID(strings.TrimPrefix(c.Patient, "Patient/")); c.Patient != "" && !id.Valid() {
		faults = append(faults, errors.New("--patient must be the id of a Patient"))
	}
	return errors.Join(faults...)
}

// personaClaims are what a real issuer would say of the persona.
func personaClaims(persona region.Persona, marker demoDirectory, now time.Time, lasts time.Duration, id string) issuer.Claims {
	return issuer.Claims{
		Subject: "persona:" + persona.Name, Audience: marker.Audience, ID: id, Client: demoClient, FHIRUser: persona.FHIRUser,
		Scope: persona.Scope, Patient: strings.TrimPrefix(persona.Patient, "Patient/"), Issued: issuedAt(now, lasts), Expires: now.Add(lasts),
		Name: persona.SubjectName, Organization: persona.Organization, OrgName: persona.OrgName,
		Roles: oneOrNone(persona.Role), Purposes: oneOrNone(persona.Purpose),
	}
}

// issuedAt is now, or before the expiry of a token that was asked for with a negative time: one that has expired.
func issuedAt(now time.Time, lasts time.Duration) time.Time {
	if lasts < 0 {
		return now.Add(lasts - time.Hour)
	}
	return now
}

func oneOrNone(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
