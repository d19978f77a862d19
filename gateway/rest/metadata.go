package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"concord/fhir"
	"concord/fhir/care"
	"concord/fhir/search"
)

// capabilities answers GET [base]/metadata (FHIR R4 http.html#capabilities). It is the same for every caller (section 10
// row 28 of the consent rules), and is written once, when the door is made.
func capabilities(x *exchange) error {
	x.tell(http.StatusOK, x.door.capabilities)
	return nil
}

// claimed is the day on which what is claimed here last changed.
const claimed = "2026-11-21"

// banner says what every reader of this server must know.
const banner = "Every answer shows only what the caller may see, by the choices of the person it is about. " +
	"What is hidden and what was never held give the same answer: an empty answer, or a 404, never means that there is none. " +
	"Search parameters that are not listed are left out of a query, and the self link shows what was used; with Prefer: handling=strict they are an error. " +
	"The rules are published beside this service, at " + aboutPath + ". " +
	"The modifiers :in and :not-in ask value sets that are kept here and list their codes. A Binary that says of nobody that it is about them is seen with " +
	"what it is attached to. Ids are given by the server. If-Match is honoured and not demanded."

// The parts of a CapabilityStatement that are written here, in the order of the specification.
type (
	statement struct {
		ResourceType   string         `json:"resourceType"`
		URL            string         `json:"url"`
		Name           string         `json:"name"`
		Title          string         `json:"title"`
		Status         string         `json:"status"`
		Date           string         `json:"date"`
		Publisher      string         `json:"publisher"`
		Description    string         `json:"description"`
		Kind           string         `json:"kind"`
		Software       software       `json:"software"`
		Implementation implementation `json:"implementation"`
		FHIRVersion    string         `json:"fhirVersion"`
		Format         []string       `json:"format"`
		PatchFormat    []string       `json:"patchFormat"`
		Rest           []restPart     `json:"rest"`
	}
	software struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	implementation struct {
		Description string `json:"description"`
		URL         string `json:"url,omitempty"`
	}
	restPart struct {
		Mode          string         `json:"mode"`
		Documentation string         `json:"documentation"`
		Security      security       `json:"security"`
		Resource      []resourcePart `json:"resource"`
		Interaction   []codePart     `json:"interaction"`
		Operation     []operation    `json:"operation,omitempty"`
	}
	security struct {
		CORS        bool      `json:"cors"`
		Service     []concept `json:"service"`
		Description string    `json:"description"`
	}
	concept struct {
		Coding []coding `json:"coding"`
	}
	coding struct {
		System string `json:"system"`
		Code   string `json:"code"`
	}
	resourcePart struct {
		Type              string        `json:"type"`
		Interaction       []codePart    `json:"interaction"`
		Versioning        string        `json:"versioning"`
		ReadHistory       bool          `json:"readHistory"`
		UpdateCreate      bool          `json:"updateCreate"`
		ConditionalCreate bool          `json:"conditionalCreate"`
		ConditionalRead   string        `json:"conditionalRead"`
		ConditionalUpdate bool          `json:"conditionalUpdate"`
		ConditionalDelete string        `json:"conditionalDelete"`
		SearchParam       []searchParam `json:"searchParam"`
		Operation         []operation   `json:"operation,omitempty"`
	}
	codePart struct {
		Code string `json:"code"`
	}
	searchParam struct {
		Name       string `json:"name"`
		Definition string `json:"definition,omitempty"`
		Type       string `json:"type"`
	}
	operation struct {
		Name          string `json:"name"`
		Definition    string `json:"definition"`
		Documentation string `json:"documentation"`
	}
)

// capabilityStatement writes down what the rows answer.
func capabilityStatement(c Config, rows []interaction) ([]byte, error) {
	part := restPart{
		Mode: "server", Documentation: banner,
		Security: security{
			CORS:    true,
			Service: []concept{{[]coding{{"http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR"}}}},
			Description: "A bearer token of a known issuer, with SMART scopes of version 1 or 2, is needed for everything but this statement " +
				"and .well-known/smart-configuration. Organisation, role and purpose of use are read from IHE IUA or UDAP claims.",
		},
	}
	for _, row := range rows {
		switch row.code {
		case "transaction": // the same address answers both
			part.Interaction = append(part.Interaction, codePart{row.code}, codePart{"batch"})
		case "history-system", "search-system":
			if slices.Contains(part.Interaction, codePart{row.code}) {
				continue
			}
			part.Interaction = append(part.Interaction, codePart{row.code})
		}
	}
	for _, row := range rows {
		name, isOperation := strings.CutPrefix(row.code, "$")
		op := operation{name, care.Base + "/OperationDefinition/" + name, operationText[name]}
		if isOperation && !strings.HasPrefix(row.path, "{type}") && !slices.Contains(part.Operation, op) {
			part.Operation = append(part.Operation, op)
		}
	}
	for _, t := range fhir.Types() {
		if offered(t) {
			part.Resource = append(part.Resource, resourceOf(t, rows))
		}
	}
	body, err := json.Marshal(statement{
		ResourceType: "CapabilityStatement", URL: care.Base + "/CapabilityStatement/concord", Name: "Concord",
		Title: "Concord, a gateway for personalised care plans", Status: "active", Date: claimed, Publisher: "Concord",
		Description: banner, Kind: "instance", Software: software{"Concord", c.Build},
		Implementation: implementation{"Concord", c.Base}, FHIRVersion: "4.0.1",
		Format:      []string{"application/fhir+json", "application/fhir+xml", "json", "xml"},
		PatchFormat: []string{"application/json-patch+json", "application/fhir+json", "application/fhir+xml"}, Rest: []restPart{part},
	})
	if err != nil {
		return nil, fmt.Errorf("write the capability statement: %w", err)
	}
	return body, nil
}

// resourceOf is what the rows answer for one type.
func resourceOf(t fhir.Type, rows []interaction) resourcePart {
	part := resourcePart{
		Type: string(t), Versioning: "versioned", ReadHistory: true,
		ConditionalRead: "full-support", ConditionalDelete: "not-supported", ConditionalCreate: true,
	}
	for _, row := range rows {
		name, isOperation := strings.CutPrefix(row.code, "$")
		switch {
		case row.open, row.on != "" && row.on != t, !strings.HasPrefix(row.path, "{type}"):
		case isOperation:
			op := operation{name, care.Base + "/OperationDefinition/" + string(t) + "-" + name, operationText[name]}
			if !slices.Contains(part.Operation, op) {
				part.Operation = append(part.Operation, op)
			}
		case !slices.Contains(part.Interaction, codePart{row.code}):
			part.Interaction = append(part.Interaction, codePart{row.code})
		}
	}
	for _, row := range rows {
		part.ConditionalUpdate = part.ConditionalUpdate || row.conditional && row.code == "update"
		if row.conditional && row.code == "delete" {
			part.ConditionalDelete = "single"
		}
	}
	for _, p := range search.Parameters(t) {
		part.SearchParam = append(part.SearchParam, searchParam{p.Code, p.URL, p.Kind.String()})
	}
	part.SearchParam = append(part.SearchParam, searchParam{Name: "_list", Type: "special"})
	return part
}

// operationText says how each operation is asked.
var operationText = map[string]string{
	"import": "POST $import with NDJSON of resources stores them for the operator, ids kept; what is stored already is left alone, and every refusal " +
		"is named. With Prefer: respond-async the answer says where to ask how far it is, and DELETE there stops it.",
	"everything": "Patient/[id]/$everything, by GET or POST, answers all of the record that the caller may see, and what it refers to in the directory, page by page; " +
		"Patient/$everything the same of every Patient that the caller may see. Parameters: _since, _type, _count, start, end.",
	"convert": "POST $convert with Parameters (definition, and input as text or base64 in the local format of the definition, or as a resource) converts either way and " +
		"stores nothing. GET [type]/[id]/$convert?definition=[name] gives what the caller sees of a resource's record in the local format.",
	"replay":  "POST Task/[id]/$replay has a dead letter taken in again, for the operator: a message of a local system that was refused and is kept whole. A body takes its place.",
	"retract": "POST Provenance/[id]/$retract marks a message of a local system as wrong: what it alone made is entered in error, and a relationship that its visit opened ends.",
	"lastn":   "Observation/$lastn, by GET or POST, with patient or subject, max, and any search parameter of Observation answers the most recent of each code.",
	"meta": "GET [type]/[id]/$meta answers the profiles that a resource claims, its confidentiality and its version; [type]/$meta and $meta those of all that the " +
		"caller may see. Other labels, and tags, are not shown.",
	"meta-add": "POST [type]/[id]/$meta-add with the parameter meta adds profiles and tags to a resource, as a patch would, and makes a new version. Labels " +
		"may come and never lower what there is.",
	"meta-delete": "POST [type]/[id]/$meta-delete with the parameter meta takes profiles and tags away, as a patch would, and makes a new version. Labels are never taken away.",
	"validate": "POST [type]/$validate and [type]/[id]/$validate answer every fault of the structure of a resource, in the body or as the parameter resource; GET [type]/[id]/$validate of one that is stored. " +
		"mode may be create or update; profiles are not looked at yet, and naming one is refused.",
	"whole-person": "GET Patient/[id]/$whole-person answers a document Bundle of all that the caller may see of the person. " +
		"POST Patient/$whole-person with Parameters identifier (valueIdentifier) and birthDate (valueDate) lets staff of regulated health care " +
		"with a relationship ask by identity: it answers the same fixed sections whether nothing is held or nothing may be seen.",
	"break-glass": "POST Patient/$break-glass with Parameters identifier (valueIdentifier) and birthDate (valueDate), or Patient/[id]/$break-glass; both with " +
		"reason (valueCoding or valueCodeableConcept) and text (valueString), opens the record of one person for reading, for at most twelve hours. It is for " +
		"staff for whom it is configured, with the purpose BTG in a stepped-up session. The answer is the same whether the person is known or not. It is " +
		"recorded with high severity, and the person is told.",
	"explain-access": "GET or POST Patient/[id]/$explain-access with user (self, a Practitioner, PractitionerRole, RelatedPerson or Organization), and " +
		"organization, role, purpose, thing and part as wanted, answers whether that user may see the thing, or what of each section, and which " +
		"provision decides. It is for the person, those who may read their sharing choices, the privacy officer and the operator.",
	"preview-consent": "POST Patient/[id]/$preview-consent with Parameters consent (a draft Consent; with an id, a new version of that one) and replaces " +
		"(a reference to a Consent) answers what the choice would change, for whom, item by item, with warnings. The draft is checked as the write " +
		"checks it, and nothing is saved.",
	"start-care": "POST Patient/$start-care with Parameters identifier (valueIdentifier), birthDate (valueDate), reason and setting " +
		"(valueCoding or valueCodeableConcept) declares that care of a person begins. It answers Parameters with the period in which " +
		"the relationship holds, the same whether the person is known or not. It is recorded, and the person is told.",
}
