package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"concord/gateway/guard"
)

// startCare answers POST [base]/Patient/$start-care (section 14.2 of the consent rules) with the period in
// which care may be given. The answer is the same whether the person is known here or not.
func startCare(x *exchange) error {
	in, err := x.parameters("identifier", "birthDate", "reason", "setting")
	if err != nil {
		return err
	}
	start := guard.StartCare{Identifier: in.identifier("identifier"), Birth: in.day("birthDate"), Reason: in.coding("reason")}
	if in.has("setting") {
		start.Setting = in.coding("setting")
	}
	if err := in.fault(); err != nil {
		return err
	}
	started, err := x.reading.StartCare(x.context(), start)
	if err != nil {
		return err
	}
	body, err := period(started)
	if err != nil {
		return err
	}
	x.tell(http.StatusOK, body)
	return nil
}

// period writes the Parameters that $start-care answers with.
func period(s guard.Started) ([]byte, error) {
	type span struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	type parameter struct {
		Name  string `json:"name"`
		Value span   `json:"valuePeriod"`
	}
	body, err := json.Marshal(struct {
		Type      string      `json:"resourceType"`
		Parameter []parameter `json:"parameter"`
	}{"Parameters", []parameter{{"period", span{s.From.UTC().Format(time.RFC3339), s.Until.UTC().Format(time.RFC3339)}}}})
	if err != nil {
		return nil, fmt.Errorf("write the period of care: %w", err)
	}
	return body, nil
}
