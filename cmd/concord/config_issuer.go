package main

import (
	"errors"
	"fmt"
	"strings"

	"concord/gateway/auth"
)

func splitIssuers(texts []string) []string {
	var all []string
	for _, t := range texts {
		all = append(all, strings.Fields(t)...)
	}
	return all
}

// parseIssuer reads URL=AUDIENCE[;trust=...][;keys=URL].
func parseIssuer(text, base string) (auth.Issuer, error) {
	parts := strings.Split(text, ";")
	name, audience, ok := strings.Cut(parts[0], "=")
	if !ok || name == "" || audience == "" {
		return auth.Issuer{}, errors.New("must be URL=AUDIENCE")
	}
	issuer := auth.Issuer{URL: name, Audience: audience}
	if base != "" {
		issuer.Bases = []string{base}
	}
	for _, option := range parts[1:] {
		switch key, value, _ := strings.Cut(option, "="); key {
		case "keys":
			issuer.JWKSURL = value
		case "trust":
			for what := range strings.SplitSeq(value, ",") {
				switch what {
				case "purpose":
					issuer.TrustPurpose = true
				case "organization":
					issuer.TrustOrganization = true
				case "operator":
					issuer.TrustOperator = true
				default:
					return auth.Issuer{}, fmt.Errorf("%s: trust is made of purpose, organization and operator", name)
				}
			}
		default:
			return auth.Issuer{}, fmt.Errorf("%s: the options are trust= and keys=", name)
		}
	}
	return issuer, issuer.Check()
}
