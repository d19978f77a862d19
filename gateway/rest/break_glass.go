package rest

import (
	"net/http"

	"concord/gateway/guard"
)

// breakGlass answers POST [base]/Patient/$break-glass with identifier and birthDate, and [base]/Patient/[id]/$break-glass:
// the period in which the record may be read against the person's choices (CONSENT rules 7 and 14.6). The answer is the
// same whether the person is known here or not.
func breakGlass(x *exchange) error {
	in, err := x.parameters("identifier", "birthDate", "reason", "text")
	if err != nil {
		return err
	}
	demand := guard.BreakGlass{Patient: x.ref, Reason: in.coding("reason"), Text: in.text("text")}
	if x.ref.ID == "" {
		demand.Patient.Type = ""
		demand.Identifier, demand.Birth = in.identifier("identifier"), in.day("birthDate")
	}
	if err := in.fault(); err != nil {
		return err
	}
	opened, err := x.reading.BreakGlass(x.context(), demand)
	if err != nil {
		return err
	}
	body, err := period(opened)
	if err != nil {
		return err
	}
	x.tell(http.StatusOK, body)
	return nil
}

// glassOffer is what those read who may break the glass, on every response and whatever is hidden (CONSENT rules
// section 10 row 33).
const glassOffer = `299 - "More may be available by break-glass: POST Patient/$break-glass"`

// offerGlass puts the offer into the response. It depends on the token and the configuration alone.
func (x *exchange) offerGlass() {
	if x.door.Guard.Glass.Offered(x.caller) {
		x.gin.Header("Warning", glassOffer)
	}
}
