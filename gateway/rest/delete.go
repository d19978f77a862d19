package rest

import (
	"net/http"

	"concord/gateway/guard"
)

// erase answers DELETE [base]/[type]/[id] (FHIR R4 http.html#delete): 204 when it is gone, and the same when there was
// nothing that the caller may know of.
func erase(x *exchange) error {
	version, err := x.ifMatch()
	if err != nil {
		return err
	}
	if _, err := x.reading.Commit(x.context(), guard.Write{Do: guard.Delete, Ref: x.ref, IfMatch: version}); err != nil {
		return stale(err, version)
	}
	x.deleted()
	return nil
}

// conditionalErase answers DELETE [base]/[type]?... (FHIR R4 http.html#3.1.0.7.1): of one thing only. Where several fit that
// the caller may see it is 412, where none does 204.
func conditionalErase(x *exchange) error {
	return x.byCondition(guard.Write{Do: guard.Delete}, func(*guard.Write) error { return nil })
}

func (x *exchange) deleted() { x.head(http.StatusNoContent) }
