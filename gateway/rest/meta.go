package rest

// meta answers GET [base]/[type]/[id]/$meta (FHIR R4 resource-operation-meta.html): the profiles that the resource claims,
// and its version. Labels are not shown, and cannot be set by clients, so $meta-add and $meta-delete are not offered.
func meta(x *exchange) error {
	seen, err := x.reading.Meta(x.context(), x.ref)
	if err != nil {
		return err
	}
	return x.show(seen)
}
