package rest

// read answers GET [base]/[type]/[id] (FHIR R4 http.html#read).
func read(x *exchange) error {
	if x.rawBinary() {
		return download(x)
	}
	seen, err := x.reading.Resource(x.context(), x.ref)
	if err != nil {
		return err
	}
	return x.show(seen)
}
