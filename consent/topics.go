package consent

import (
	"math/bits"
	"strings"

	"concord/fhir/care"
)

// The topics: the sensitivities of v3-ActCode as R4 has them, and our own for safeguarding. Stored facts hold these
// bits, so a new one goes to the end.
const (
	TopicInformation Topics = 1 << iota // _InformationSensitivityPolicy: any of HL7's
	TopicAct
	TopicEntity
	TopicRole
	TopicETH
	TopicGDIS
	TopicHIV
	TopicMST
	TopicSCA
	TopicSDV
	TopicSEX
	TopicSPI
	TopicBH
	TopicCOGN
	TopicDVD
	TopicEMOTDIS
	TopicMH
	TopicPSY
	TopicPSYTHPN
	TopicSUD
	TopicETHUD
	TopicOPIOIDUD
	TopicSTD
	TopicTBOO
	TopicVIO
	TopicSICKLE
	TopicDEMO
	TopicDOB
	TopicGENDER
	TopicLIVARG
	TopicMARST
	TopicRACE
	TopicREL
	TopicB
	TopicEMPL
	TopicLOCIS
	TopicSSP
	TopicADOL
	TopicCEL
	TopicDIA
	TopicDRGIS
	TopicEMP
	TopicPDS
	TopicPHY
	TopicPRS
	TopicSafeguarding    // care.TopicSafeguarding: somebody may be harmed by somebody near them
	TopicChildProtection // care.TopicChildProtection: for staff alone (section 14.12)
)

// topic is a sensitivity with those that it stands under.
type topic struct {
	code  string
	under Topics
}

// topics are in the order of the constants. ETH over ETHUD and OPIOIDUD is of IHE PCF, not of the code system (section 5).
var topics = [...]topic{
	{"_InformationSensitivityPolicy", 0},
	{"_ActInformationSensitivityPolicy", TopicInformation},
	{"_EntitySensitivityPolicyType", TopicInformation},
	{"_RoleInformationSensitivityPolicy", TopicInformation},
	{"ETH", TopicAct},
	{"GDIS", TopicAct},
	{"HIV", TopicAct},
	{"MST", TopicAct},
	{"SCA", TopicAct},
	{"SDV", TopicAct},
	{"SEX", TopicAct},
	{"SPI", TopicAct},
	{"BH", TopicSPI},
	{"COGN", TopicBH},
	{"DVD", TopicBH},
	{"EMOTDIS", TopicBH},
	{"MH", TopicSPI},
	{"PSY", TopicSPI},
	{"PSYTHPN", TopicSPI},
	{"SUD", TopicSPI},
	{"ETHUD", TopicSUD | TopicETH},
	{"OPIOIDUD", TopicSUD | TopicETH},
	{"STD", TopicAct},
	{"TBOO", TopicAct},
	{"VIO", TopicAct},
	{"SICKLE", TopicSCA}, // the older code of the same
	{"DEMO", TopicEntity},
	{"DOB", TopicEntity},
	{"GENDER", TopicEntity},
	{"LIVARG", TopicEntity},
	{"MARST", TopicEntity},
	{"RACE", TopicEntity},
	{"REL", TopicEntity},
	{"B", TopicRole},
	{"EMPL", TopicRole},
	{"LOCIS", TopicRole},
	{"SSP", TopicRole},
	{"ADOL", TopicInformation},
	{"CEL", TopicInformation},
	{"DIA", TopicInformation},
	{"DRGIS", TopicInformation},
	{"EMP", TopicInformation},
	{"PDS", TopicInformation},
	{"PHY", TopicInformation},
	{"PRS", TopicInformation},
	{care.TopicSafeguarding, 0},
	{care.TopicChildProtection, TopicSafeguarding},
}

// levels are the codes of v3-Confidentiality.
var levels = map[string]Level{"U": LevelU, "L": LevelL, "M": LevelM, "N": LevelN, "R": LevelR, "V": LevelV}

// Systems by which labels are known besides their code systems: those of STU3, OIDs, and value sets, which some write
// where a system belongs (section 5).
var (
	confidentialities = []string{
		care.SystemConfidentiality, "http://hl7.org/fhir/v3/Confidentiality", "urn:oid:2.16.840.1.113883.5.25",
		"http://terminology.hl7.org/ValueSet/v3-Confidentiality", "http://terminology.hl7.org/ValueSet/v3-ConfidentialityClassification",
		"http://hl7.org/fhir/ValueSet/v3-Confidentiality", "http://hl7.org/fhir/ValueSet/v3-ConfidentialityClassification",
		"http://hl7.org/fhir/v3/vs/ConfidentialityClassification", "urn:oid:2.16.840.1.113883.1.11.10228",
	}
	sensitivities = []string{
		care.SystemActCode, "http://hl7.org/fhir/v3/ActCode", "urn:oid:2.16.840.1.113883.5.4",
		"http://terminology.hl7.org/ValueSet/v3-InformationSensitivityPolicy", "http://terminology.hl7.org/ValueSet/v3-ActInformationSensitivityPolicy",
		"http://hl7.org/fhir/ValueSet/v3-InformationSensitivityPolicy", "http://hl7.org/fhir/v3/vs/InformationSensitivityPolicy",
		"http://terminology.hl7.org/CodeSystem/v3-ActInformationSensitivityPolicy", "http://terminology.hl7.org/ValueSet/v3-ActCode",
		"urn:oid:2.16.840.1.113883.1.11.20428",
	}
)

// levelOf and topicsOf find labels by what a Coding says.
var levelOf, topicsOf = func() (map[Code]Level, map[Code]Topics) {
	byLevel, byTopic := map[Code]Level{}, map[Code]Topics{}
	for _, system := range confidentialities {
		for code, level := range levels {
			byLevel[Code{system, code}] = level
		}
	}
	for i := range topics {
		own := Topics(1) << i
		if own >= TopicSafeguarding {
			byTopic[Code{care.SystemTopic, topics[i].code}] = own.closed()
			continue
		}
		for _, system := range sensitivities {
			byTopic[Code{system, topics[i].code}] = own.closed()
		}
	}
	return byLevel, byTopic
}()

// LevelOf is the confidentiality that a Coding means; false when it means none.
func LevelOf(c Code) (Level, bool) {
	level, ok := levelOf[bare(c)]
	return level, ok
}

// TopicsOf is the sensitivity that a Coding means, with all that it stands under; false when it means none. What a rule
// names is met by what a thing is sensitive for when Covers says so.
func TopicsOf(c Code) (Topics, bool) {
	t, ok := topicsOf[bare(c)]
	return t, ok
}

// bare is the code without the version of a canonical that stands where a system belongs.
func bare(c Code) Code {
	c.System, _, _ = strings.Cut(c.System, "|")
	return c
}

// Covers reports whether a thing sensitive for these is sensitive for the one topic that a rule names: for itself or
// for something under it.
func (t Topics) Covers(rule Topics) bool { return rule != 0 && t&rule == rule }

// closed is the topics with all that they stand under.
func (t Topics) closed() Topics {
	for left := t; left != 0; left &= left - 1 {
		t |= topics[bits.TrailingZeros64(uint64(left))].under.closed()
	}
	return t
}

// Codes are the topics as Codings, the narrowest alone: what stands over them goes without saying.
func (t Topics) Codes() []Code {
	var over Topics
	for left := t; left != 0; left &= left - 1 {
		over |= topics[bits.TrailingZeros64(uint64(left))].under.closed()
	}
	var codes []Code
	for left := t &^ over; left != 0; left &= left - 1 {
		own := bits.TrailingZeros64(uint64(left))
		system := care.SystemActCode
		if Topics(1)<<own >= TopicSafeguarding {
			system = care.SystemTopic
		}
		codes = append(codes, Code{system, topics[own].code})
	}
	return codes
}

// Code is the level as a Coding; the zero Code for none.
func (l Level) Code() Code {
	for code, level := range levels {
		if level == l {
			return Code{care.SystemConfidentiality, code}
		}
	}
	return Code{}
}
