package rest

// history answers GET [base]/[type]/[id]/_history (FHIR R4 http.html#history): the versions that the caller may see,
// newest first.
func history(x *exchange) error {
	seen, err := x.reading.History(x.context(), x.ref)
	if err != nil {
		return err
	}
	return x.show(seen)
}
