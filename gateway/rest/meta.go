package rest

import (
	"concord/fhir"
	"concord/gateway/guard"
)

// meta answers GET [base]/[type]/[id]/$meta (FHIR R4 resource-operation-meta.html): the profiles that the resource claims,
// its confidentiality, and its version. What it is sensitive for, and its tags, are not shown.
func meta(x *exchange) error {
	seen, err := x.reading.Meta(x.context(), x.ref)
	if err != nil {
		return err
	}
	return x.show(seen)
}

// metaOf answers GET [base]/[type]/$meta and GET [base]/$meta: the profiles and labels of all that the caller may see.
func metaOf(x *exchange) error {
	seen, err := x.reading.MetaOf(x.context(), x.ref.Type)
	if err != nil {
		return err
	}
	return x.show(seen)
}

// metaAdd answers POST [base]/[type]/[id]/$meta-add (FHIR R4 resource-operation-meta-add.html).
func metaAdd(x *exchange) error {
	meta, err := x.metaParameter()
	if err != nil {
		return err
	}
	return x.showMeta(x.reading.AddMeta(x.context(), x.ref, meta))
}

// metaDelete answers POST [base]/[type]/[id]/$meta-delete (FHIR R4 resource-operation-meta-delete.html). That labels are never
// taken away is said by the shape of the request, whatever the resource has.
func metaDelete(x *exchange) error {
	meta, err := x.metaParameter()
	if err != nil {
		return err
	}
	if meta.Get("security").OK() {
		return faultAt(fhir.NotSupported, meta.Path()+".security", "labels are not taken away by clients: leave security out")
	}
	return x.showMeta(x.reading.DropMeta(x.context(), x.ref, meta))
}

func (x *exchange) showMeta(seen guard.Disclosed, err error) error {
	if err != nil {
		return err
	}
	return x.show(seen)
}

// metaParameter reads the parameter meta.
func (x *exchange) metaParameter() (fhir.Node, error) {
	in, err := x.parameters("meta")
	if err != nil {
		return fhir.Node{}, err
	}
	meta := in.named["meta"].Get("valueMeta")
	if !meta.OK() {
		in.complain(fhir.Required, expression("meta"), "a valueMeta with profile or tag is needed")
	}
	return meta, in.fault()
}
