package hl7v2

import "strconv"

// readFaults reads an ERR segment, of either form. What others write there is not bounded by our rules: it may hold
// patient data, and stays out of logs.
func readFaults(s Segment) []Fault {
	if s.Field(3).Empty() && !s.Field(1).Empty() {
		var faults []Fault
		for _, r := range s.Field(1).Repetitions() {
			faults = append(faults, Fault{
				Location: readLocation(r.Component(1).Text(), r.Component(2), r.Component(3)),
				Code:     readCode(r.Component(4).Subcomponent(1)),
				Severity: Error,
			})
		}
		return faults
	}
	where := s.Field(2)
	return []Fault{{
		Location: readLocation(where.Component(1).Text(), where.Component(2), where.Component(3),
			where.Component(4), where.Component(5), where.Component(6)),
		Code:        readCode(s.Field(3).Component(1)),
		Severity:    Severity(s.Field(4).Text()),
		Diagnostic:  s.Field(7).Text(),
		UserMessage: s.Field(8).Text(),
	}}
}

func readLocation(segment string, numbers ...Value) Path {
	p := Path{Segment: segment}
	if len(segment) != nameLength || !isName([]byte(segment)) {
		return Path{}
	}
	for i, to := range []*int{&p.Occurrence, &p.Field, &p.Repetition, &p.Component, &p.Subcomponent} {
		if i < len(numbers) {
			*to = readPositive(numbers[i])
		}
	}
	return p
}

func readCode(v Value) Code { return Code(readPositive(v)) }

func readPositive(v Value) int {
	n, err := strconv.ParseUint(v.Text(), 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}
