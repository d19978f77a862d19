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

// mapReplayCommand is "concord map replay".
type mapReplayCommand struct {
	URL       string `required:"" name:"url" placeholder:"BASE" help:"Address of the FHIR service, such as https://care.example/fhir."`
	TokenFile string `required:"" placeholder:"FILE" help:"A file that holds an operator's token."`
	Letter    string `arg:"" optional:"" help:"The id of one, as the list has it. Without one they are listed."`
	Save      string `placeholder:"FILE" help:"Save the message as it came, to mend it, and do not replay it."`
	With      string `placeholder:"FILE" help:"Have this taken in in its place."`
	All       bool   `help:"Replay all that wait, as when a definition was mended."`
}

// run lists, saves or replays. The exit status is 1 when anything is refused again.
func (c mapReplayCommand) run(ctx context.Context, p *process) error {
	o, err := newOnline(c.URL, c.TokenFile)
	if err != nil {
		return err
	}
	desk := &letters{o, p}
	switch {
	case c.Save != "" && c.Letter != "":
		return desk.save(ctx, c.Letter, c.Save)
	case c.Save != "" || c.With != "" && c.Letter == "":
		return errors.Join(errSettings, errors.New("  --save and --with go with the id of a letter"))
	case c.Letter != "":
		return desk.replayOne(ctx, c.Letter, c.With)
	}
	waiting, err := desk.waiting(ctx)
	if err != nil {
		return err
	}
	if !c.All {
		for _, l := range waiting {
			fmt.Fprintf(p.stdout, "%s  %s  %s\n", l.ID, l.Definition(), strings.ReplaceAll(l.Description, "\n", "; "))
		}
		return nil
	}
	refused := 0
	for _, l := range waiting {
		if err := desk.replayOne(ctx, l.ID, ""); errors.Is(err, errReported) {
			refused++
		} else if err != nil {
			return err
		}
	}
	if refused > 0 {
		return errReported
	}
	return nil
}

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
		Text string `json:"valueString"`
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

func (d *letters) save(ctx context.Context, id, file string) error {
	status, body, err := d.ask(ctx, http.MethodGet, "/Binary/"+url.PathEscape(id), "*/*", nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("there is no letter %s", id)
	}
	return writeWhole(file, body)
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
	refused := refusalsIn(body)
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

// refusalsIn are the diagnostics of every OperationOutcome in an answer.
func refusalsIn(body []byte) []string {
	root, err := fhir.Walk(body)
	if err != nil {
		return nil
	}
	var lines []string
	told := func(outcome fhir.Node) {
		for issue := range outcome.Get("issue").Each() {
			lines = append(lines, issue.Get("diagnostics").Text())
		}
	}
	told(root)
	for p := range root.Get("parameter").Each() {
		for inner := range p.Get("part").Each() {
			told(inner.Get("resource"))
		}
	}
	return lines
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
