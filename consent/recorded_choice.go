package consent

// MayBeRecorded reports whether staff may write down the rule for a person (CONSENT rules section 14.15). One that is not in
// force may always be: what widens is proposed, for the person to confirm. One that is in force acts at once, so that it
// has to be a deny. What is spared from it, such as emergencies (section 14.7), goes back to the base policy and the other
// choices: a rule that is Recorded gives nothing. It takes the place of no other choice; whoever stores it drops its
// identifiers from the rule, since others may have the same.
func (r *Rule) MayBeRecorded() bool {
	if len(r.Replaces) > 0 {
		return false
	}
	for i := range r.Readings {
		if r.Active && (r.Readings[i].Permit || r.Readings[i].Untyped) {
			return false
		}
	}
	return !r.Active || len(r.Readings) > 0
}
