package fhir

import (
	"bytes"
	"math"
)

// DecodeJSON reads one resource (FHIR R4, json.html), strictly: what it accepts means the same to every reader.
// The bytes are kept and must not be changed afterwards. The error is an *Error with one issue for each
// fault, in the order of the bytes, at most 50.
func DecodeJSON(data []byte) (*Resource, error) {
	if len(data) > MaxBytes {
		return nil, single(Issue{Code: TooLong, Diagnostics: "the resource is larger than this server takes (4 MB): divide it"})
	}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return nil, single(Issue{Code: Structure, Line: 1, Col: 1, Diagnostics: "the body starts with a byte order mark: leave it out"})
	}
	t, err := plant(data, maxNodes)
	if err != nil {
		return nil, err
	}
	if issues := check(t); len(issues) > 0 {
		return nil, refusal(issues)
	}
	if certain(t) {
		return newResource(t), nil
	}
	issues, err := decode(t)
	if err != nil {
		return nil, err
	}
	if len(issues) > 0 {
		return nil, refusal(issues)
	}
	return newResource(t), nil
}

// Stored is a resource from bytes that DecodeJSON accepted before, such as those of a store. It checks that
// they are JSON, and nothing of FHIR.
func Stored(data []byte) (*Resource, error) {
	t, err := plant(data, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	return newResource(t), nil
}

// refusal is Structure when the body is no resource of FHIR at all, else Invalid: a resource with faults.
func refusal(issues []Issue) *Error {
	for _, issue := range issues {
		if issue.Code == TooLong {
			return &Error{Kind: TooLong, Issues: issues}
		}
	}
	if issues[0].Code == Structure {
		return &Error{Kind: Structure, Issues: issues}
	}
	return &Error{Kind: Invalid, Issues: issues}
}
