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
	x.head(http.StatusNoContent)
	return nil
}
