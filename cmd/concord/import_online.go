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
	"time"

	"concord/fhir"
	"concord/gateway/outbound"
)

// online stores resources through the operation $import of a server that runs.
type online struct {
	client *http.Client
	base   string
	token  string // the file that holds it, read anew each time: tokens are renewed while an import runs
	wait   func(ctx context.Context, n int) error
}

// The limits of one request to $import.
const (
	onlineBytes = 4 << 20
	onlineTime  = 90 * time.Second
	onlineTries = 8
)

func newOnline(base, tokenFile string) (*online, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("--url must be the http or https address of a FHIR service, such as https://care.example/fhir")
	}
	if tokenFile == "" {
		return nil, errors.New("--token-file is needed with --url: a file that holds an operator's token")
	}
	return &online{
		client: outbound.New(outbound.Config{Timeout: onlineTime, MaxBytes: onlineBytes, ClosedNetwork: true}), // the operator chose the address
		base:   strings.TrimSuffix(base, "/"), token: tokenFile, wait: backOff,
	}, nil
}

// backOff waits longer each time, up to ten seconds.
func backOff(ctx context.Context, n int) error {
	select {
	case <-time.After(min(250*time.Millisecond<<n, 10*time.Second)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// put sends resources, so many at once as one request takes.
func (o *online) put(ctx context.Context, resources []*fhir.Resource, done func(i int, unchanged bool, refused error)) error {
	var body bytes.Buffer
	first := 0
	for i, r := range resources {
		if err := json.Compact(&body, r.JSON()); err != nil { // a line each
			return err
		}
		body.WriteByte('\n')
		if i+1 < len(resources) && body.Len()+len(resources[i+1].JSON()) < onlineBytes {
			continue
		}
		if err := o.send(ctx, body.Bytes(), i+1-first, func(n int, unchanged bool, refused error) { done(first+n, unchanged, refused) }); err != nil {
			return err
		}
		body.Reset()
		first = i + 1
	}
	return nil
}

// send tries again while the server is busy or cannot be reached: what it stored of the first try it leaves as it is.
func (o *online) send(ctx context.Context, body []byte, lines int, done func(int, bool, error)) error {
	for n := 0; ; n++ {
		told, again, err := o.post(ctx, body)
		if err == nil {
			return told.each(lines, done)
		}
		if !again || n+1 == onlineTries {
			return err
		}
		if err := o.wait(ctx, n); err != nil {
			return err
		}
	}
}

// post is one request. The second result says whether another may go better.
func (o *online) post(ctx context.Context, body []byte) (importAnswer, bool, error) {
	var told importAnswer
	token, err := os.ReadFile(o.token)
	if err != nil {
		return told, false, fmt.Errorf("read the token: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.base+"/$import", bytes.NewReader(body))
	if err != nil {
		return told, false, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/fhir+ndjson")
	request.Header.Set("Accept", "application/fhir+json")
	response, err := o.client.Do(request)
	if err != nil {
		return told, ctx.Err() == nil, errors.New("the server cannot be reached, or does not answer in time")
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return told, true, fmt.Errorf("the server is busy: %d", response.StatusCode)
	case http.StatusUnauthorized, http.StatusForbidden:
		return told, false, fmt.Errorf("the server does not take the token as an operator's: %d", response.StatusCode)
	default:
		return told, false, fmt.Errorf("the server does not import here: %d", response.StatusCode)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return told, true, errors.New("the answer of the server did not arrive whole")
	}
	if err := json.Unmarshal(text, &told); err != nil {
		return told, false, errors.New("the answer of the server is not that of an import")
	}
	return told, false, nil
}

// importAnswer is the Parameters that $import answers.
type importAnswer struct {
	Parameter []struct {
		Name         string `json:"name"`
		ValueInteger int    `json:"valueInteger"`
		Part         []struct {
			Name         string          `json:"name"`
			ValueInteger int             `json:"valueInteger"`
			Resource     operationIssues `json:"resource"`
		} `json:"part"`
	} `json:"parameter"`
}

type operationIssues struct {
	Issue []struct {
		Code        string   `json:"code"`
		Diagnostics string   `json:"diagnostics"`
		Expression  []string `json:"expression"`
	} `json:"issue"`
}

// each tells what became of each line. The answer names those that were refused; which of the others were new does
// not matter, only how many.
func (a importAnswer) each(lines int, done func(int, bool, error)) error {
	counts := map[string]int{}
	refused := map[int]error{}
	for _, p := range a.Parameter {
		counts[p.Name] += p.ValueInteger
		if p.Name != "refusal" {
			continue
		}
		line, told := 0, &fhir.Error{Kind: fhir.Invalid}
		for _, part := range p.Part {
			line = max(line, part.ValueInteger)
			for _, issue := range part.Resource.Issue {
				one := fhir.Issue{Code: fhir.Kind(issue.Code), Diagnostics: issue.Diagnostics}
				if len(issue.Expression) > 0 {
					one.Expression = issue.Expression[0]
				}
				told.Issues = append(told.Issues, one)
			}
		}
		refused[line-1] = told
	}
	if counts["new"]+counts["unchanged"]+len(refused) != lines || counts["refused"] != len(refused) {
		return errors.New("the answer of the server does not name every line")
	}
	for i := range lines {
		if err, ok := refused[i]; ok {
			done(i, false, err)
			continue
		}
		counts["unchanged"]--
		done(i, counts["unchanged"] >= 0, nil)
	}
	return nil
}
