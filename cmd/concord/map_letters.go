package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"concord/fhir"
	"concord/gateway/guard"
)

// letters are the dead letters of a server.
type letters struct {
	*online
	*process
}

// letter is one of them, as its Task tells it.
type letter struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	Input       []struct {
		Type struct {
			Text string `json:"text"`
		} `json:"type"`
		Text      string `json:"valueString"`
		Reference struct {
			Reference string `json:"reference"`
		} `json:"valueReference"`
	} `json:"input"`
}

// Definition is the name of the one by which it was to be read.
func (l letter) Definition() string {
	for _, in := range l.Input {
		if in.Type.Text == guard.LetterDefinition {
			return in.Text
		}
	}
	return "-"
}

func (d *letters) waiting(ctx context.Context) ([]letter, error) {
	next := "/Task?status=ready&_count=100&code=" + url.QueryEscape(guard.SystemReview+"|"+guard.ReviewLetter)
	var all []letter
	for next != "" {
		status, body, err := d.ask(ctx, http.MethodGet, next, "application/fhir+json", nil)
		if err != nil {
			return nil, err
		}
		if status != http.StatusOK {
			return nil, fmt.Errorf("the server does not list letters: %d", status)
		}
		var bundle struct {
			Link  []struct{ Relation, URL string }
			Entry []struct{ Resource letter }
		}
		if err := json.Unmarshal(body, &bundle); err != nil {
			return nil, errors.New("the answer of the server cannot be read")
		}
		next = ""
		for _, l := range bundle.Link {
			if l.Relation == "next" {
				_, next, _ = strings.Cut(l.URL, "/fhir")
			}
		}
		for _, e := range bundle.Entry {
			all = append(all, e.Resource)
		}
	}
	return all, nil
}

// save puts the parts of a letter together: a long one has several.
func (d *letters) save(ctx context.Context, id, file string) error {
	status, body, err := d.ask(ctx, http.MethodGet, "/Task/"+url.PathEscape(id), "application/fhir+json", nil)
	if err != nil {
		return err
	}
	var l letter
	if status != http.StatusOK || json.Unmarshal(body, &l) != nil {
		return fmt.Errorf("there is no letter %s", id)
	}
	var whole []byte
	for _, in := range l.Input {
		if in.Type.Text != guard.LetterMessage {
			continue
		}
		status, part, err := d.ask(ctx, http.MethodGet, "/"+in.Reference.Reference, "*/*", nil)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("a part of the letter %s is not there", id)
		}
		whole = append(whole, part...)
	}
	return writeWhole(file, whole)
}

func (d *letters) replayOne(ctx context.Context, id, file string) error {
	var mended []byte
	if file != "" {
		var err error
		if mended, err = os.ReadFile(file); err != nil { //nolint:gosec // the operator names the file
			return errors.New("the file of --with cannot be read")
		}
	}
	status, body, err := d.ask(ctx, http.MethodPost, "/Task/"+url.PathEscape(id)+"/$replay", "application/fhir+json", mended)
	if err != nil {
		return err
	}
	refused, warnings := outcomesIn(body)
	for _, line := range warnings {
		fmt.Fprintf(d.stderr, "%s: warning: %s\n", id, line)
	}
	if status == http.StatusOK && len(refused) == 0 {
		fmt.Fprintf(d.stdout, "%s: taken in\n", id)
		return nil
	}
	for _, line := range refused {
		fmt.Fprintf(d.stderr, "%s: %s\n", id, line)
	}
	if len(refused) == 0 {
		fmt.Fprintf(d.stderr, "%s: the server answers %d\n", id, status)
	}
	return errReported
}

// outcomesIn are the errors and the warnings of every OperationOutcome in an answer, each with its place.
func outcomesIn(body []byte) ([]string, []string) {
	root, err := fhir.Walk(body)
	if err != nil {
		return nil, nil
	}
	var lines, warnings []string
	told := func(outcome fhir.Node) {
		for issue := range outcome.Get("issue").Each() {
			line := issue.Get("diagnostics").Text()
			for where := range issue.Get("expression").Each() {
				line = where.Text() + ": " + line
			}
			if issue.Get("severity").Text() == "warning" {
				warnings = append(warnings, line)
				continue
			}
			lines = append(lines, line)
		}
	}
	told(root)
	for p := range root.Get("parameter").Each() {
		for inner := range p.Get("part").Each() {
			told(inner.Get("resource"))
		}
	}
	return lines, warnings
}

// ask is one request as the operator.
func (d *letters) ask(ctx context.Context, method, path, accept string, body []byte) (int, []byte, error) {
	token, err := os.ReadFile(d.token)
	if err != nil {
		return 0, nil, fmt.Errorf("read the token: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, d.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, errors.New("that is no id of a letter")
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Accept", accept)
	response, err := d.client.Do(request)
	if err != nil {
		return 0, nil, errors.New("the server cannot be reached, or does not answer in time")
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, errors.New("the answer of the server did not arrive whole")
	}
	return response.StatusCode, answer, nil
}
