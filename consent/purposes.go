package consent

import (
	"strings"

	"concord/fhir/care"
)

// purposeTree is v3-PurposeOfUse of R4 4.0.1: each line is a code and those right below it.
const purposeTree = `
TREAT CLINTRL COC ETREAT POPHLTH
ETREAT BTG ERTREAT
HPAYMT CLMATTCH COVAUTH COVERAGE REMITADV
COVERAGE ELIGDTRM ELIGVER ENROLLM MILDCRG
HOPERAT CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV TRAIN
HSYSADMIN LABELING METAMGT
SYSDEV HTEST
HRESCH BIORCH CLINTRCH DSRCH POARCH TRANSRCH
CLINTRCH CLINTRCHNPC CLINTRCHPC PRECLINTRCH
PATRQT FAMRQT PWATRNY SUPNWK
PUBHLTH DISASTER THREAT
HMARKT`

// above is the code right above a purpose; empty for the topmost.
var above = func() map[string]string {
	parents := map[string]string{}
	for line := range strings.Lines(purposeTree) {
		codes := strings.Fields(line)
		for i, code := range codes {
			if i == 0 {
				if _, known := parents[code]; !known {
					parents[code] = ""
				}
				continue
			}
			parents[code] = codes[0]
		}
	}
	return parents
}()

// KnownPurpose reports whether the code is one of v3-PurposeOfUse.
func KnownPurpose(code string) bool {
	_, ok := above[code]
	return ok
}

// DirectCare reports whether the purpose is individual care, for which consent may be implied: TREAT, COC,
// ETREAT and ERTREAT, but neither POPHLTH nor CLINTRL, although they stand under TREAT (CONSENT rules section 4).
func DirectCare(purpose string) bool {
	switch purpose {
	case "TREAT", "COC", "ETREAT", "ERTREAT":
		return true
	default:
		return false
	}
}

// covers reports whether a rule on one purpose speaks of another: it is that one or stands above it.
func covers(rule, purpose string) bool {
	for {
		if rule == purpose {
			return true
		}
		up := above[purpose]
		if up == "" {
			return false
		}
		purpose = up
	}
}

// purposeSystems are the names under which the code system of purposes goes.
var purposeSystems = map[string]bool{
	care.SystemPurpose: true, "http://hl7.org/fhir/v3/ActReason": true, "http://terminology.hl7.org/ValueSet/v3-PurposeOfUse": true,
	"http://terminology.hl7.org/CodeSystem/v3-PurposeOfUse": true, "urn:oid:2.16.840.1.113883.5.8": true,
}

// names reports whether a purpose in a rule speaks of the purpose of a request. A code of another system that
// happens to read like one of v3-PurposeOfUse does so in a deny only.
func (c Code) names(purpose string, permit bool) bool {
	if permit && KnownPurpose(c.Code) && !purposeSystems[c.System] {
		return false
	}
	return covers(c.Code, purpose)
}
