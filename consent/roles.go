package consent

import (
	"strings"

	"concord/fhir/care"
)

// roleCodes turns the role codes that tokens carry into rows of the base policy: ours, HL7's practitioner-role,
// SNOMED CT occupations, and the national access roles of England by their last part.
var roleCodes = func() map[string]string {
	all := map[string]string{}
	for role, codes := range map[string]string{
		care.RoleClinician:    "clinician doctor physician gp 309343006 158965000 62247001 R8000",
		care.RoleNurse:        "nurse 224535009 106292003 R8001",
		care.RoleMidwife:      "midwife 309453006",
		care.RoleTherapist:    "therapist R8003",
		care.RolePharmacist:   "pharmacist 46255001",
		care.RoleAmbulance:    "ambulance paramedic 397897005",
		care.RoleSocialWorker: "social-worker 106328005",
		care.RoleCareWorker:   "care-worker",
		care.RoleKeyWorker:    "key-worker",
		care.RoleLinkWorker:   "link-worker",
		care.RoleVolunteer:    "volunteer",
		care.RoleHousing:      "housing-officer",
		care.RoleReception:    "reception receptionist",
		care.RolePrivacy:      "privacy-officer",
		care.RoleManager:      "manager",
		care.RoleSystem:       "system",
	} {
		for code := range strings.FieldsSeq(codes) {
			all[code] = role
		}
	}
	return all
}()

// RoleOf is the row of the base policy that a token's role codes mean: the first that is known. A code may come
// alone, or as "system|code". Empty: none is known, and the base policy gives nothing.
func RoleOf(codes []string) string {
	for _, code := range codes {
		if i := strings.LastIndexByte(code, '|'); i >= 0 {
			code = code[i+1:]
		}
		if i := strings.LastIndexByte(code, ':'); i >= 0 && strings.HasPrefix(code[i+1:], "R8") {
			code = code[i+1:]
		}
		if role, ok := roleCodes[code]; ok {
			return role
		}
	}
	return ""
}
