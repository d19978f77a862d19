package consent

import (
	"encoding/json"
	"slices"

	"concord/fhir/care"
)

// What the profiles know. The labels are those that every reader has to know; the purposes are those of the basic one.
var (
	pcfPurposes = []string{"TREAT", "HPAYMT", "HOPERAT", "BTG"}
	pcfLabels   = []string{"N", "R", "ETH", "ETHUD", "OPIOIDUD", "PSY", "SDV", "SEX", "HIV"}
	pcfRelated  = []string{"Encounter", "CarePlan", "EpisodeOfCare"}
)

// criteria writes one provision without what is inside it. false: a permit of which something cannot be said.
func (w *pcfWriter) criteria(p map[string]any, at string) (map[string]any, bool) {
	said := map[string]any{}
	permit := p["type"] == "permit"
	for name, value := range p {
		kept, ok := w.criterion(name, value, permit)
		if ok {
			if kept != nil {
				said[name] = kept
			}
			continue
		}
		if permit {
			w.note(at+"."+name, "the "+string(w.level)+" profile cannot say it, so that the permit it stands in is not said")
			return nil, false
		}
		w.note(at+"."+name, "left out: the "+string(w.level)+" profile cannot say it, so that the deny it stands in is of more")
	}
	return said, true
}

// criterion writes one element. false: it cannot be said; of a list that a permit has, the rest can.
func (w *pcfWriter) criterion(name string, value any, permit bool) (any, bool) {
	switch name {
	case "provision", "id":
		return nil, true
	case "type", "period":
		return value, true
	case "actor":
		return w.actors(value, permit)
	case "purpose":
		return w.some(value, permit, func(v map[string]any) bool {
			code, _ := v["code"].(string)
			return w.level != PCFBasic || slices.Contains(pcfPurposes, code)
		})
	case "dataPeriod":
		return value, w.level != PCFBasic
	case "data":
		return w.some(value, permit, func(v map[string]any) bool { return w.level != PCFBasic && knownData(v) })
	case "securityLabel":
		return w.some(value, permit, func(v map[string]any) bool {
			code, _ := v["code"].(string)
			system := v["system"]
			return w.level == PCFAdvanced && slices.Contains(pcfLabels, code) && (system == care.SystemConfidentiality || system == care.SystemActCode)
		})
	default:
		return nil, false
	}
}

// some keeps the values of a list that can be said. Any of them may match: with fewer a permit permits less, while a
// deny needs them all.
func (w *pcfWriter) some(value any, permit bool, known func(map[string]any) bool) (any, bool) {
	values, _ := value.([]any)
	var kept []any
	for _, v := range values {
		if fields, _ := v.(map[string]any); known(fields) {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 || (!permit && len(kept) < len(values)) {
		return nil, false
	}
	return kept, true
}

// knownData reports whether the profiles know the meaning, for what it refers to.
func knownData(v map[string]any) bool {
	switch v["meaning"] {
	case "instance", "authoredby":
		return true
	case "related":
		reference, _ := v["reference"].(map[string]any)
		text, _ := reference["reference"].(string)
		for _, t := range pcfRelated {
			if len(text) > len(t) && text[:len(t)+1] == t+"/" {
				return true
			}
		}
	}
	return false
}

// actors keeps recipients, under the one role that the profiles have. Who keeps a thing, or wrote it, is a criterion
// of its own that they do not have here.
func (w *pcfWriter) actors(value any, permit bool) (any, bool) {
	actors, _ := value.([]any)
	var kept []any
	for _, v := range actors {
		fields, _ := v.(map[string]any)
		switch kind := roleIn(fields); {
		case kind == Custodian || kind == Author:
			return nil, false
		case kind == UnknownRole && permit:
			continue
		}
		kept = append(kept, map[string]any{"reference": fields["reference"], "role": map[string]any{
			"coding": []any{map[string]any{"system": care.SystemParticipation, "code": "IRCP"}},
		}})
	}
	return kept, len(kept) > 0
}

// roleIn is roleKind, of fields.
func roleIn(actor map[string]any) ActorKind {
	data, err := json.Marshal(actor)
	var said struct {
		Role struct {
			Coding []struct {
				Code string `json:"code"`
			} `json:"coding"`
		} `json:"role"`
	}
	if err != nil || json.Unmarshal(data, &said) != nil {
		return UnknownRole
	}
	for _, c := range said.Role.Coding {
		if kind, ok := actorKinds[c.Code]; ok {
			return kind
		}
	}
	return UnknownRole
}
