package rest

// vread answers GET [base]/[type]/[id]/_history/[vid] (FHIR R4 http.html#vread).
func vread(x *exchange) error {
	seen, err := x.reading.Version(x.context(), x.ref, x.version)
	if err != nil {
		return err
	}
	return x.show(seen)
}
