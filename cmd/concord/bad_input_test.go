package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord/gateway/guard"
	"concord/gateway/issuer"
)

// reception is a gateway with every door for local systems, seen from outside.
type reception struct {
	*testing.T
	*server
	base, operator, sender string
	data                   string
	line                   *bufio.ReadWriter
	folders                map[string]string // by definition
	definition             map[string]string // what names it to the command line
}

// openReception opens one with these definitions, of which the command line may need the file.
func openReception(t *testing.T, definitions map[string]string) *reception {
	t.Helper()
	data, outside := t.TempDir(), newIssuer(t)
	must(t, "import", "--data", data, filepath.Join(lay(t, map[string]string{"o.ndjson": wardOrganization("ward")}), "o.ndjson"))
	variables := map[string]string{
		"CONCORD_ADDR": "127.0.0.1:0", "CONCORD_DATA": data, "CONCORD_CLOSED_NETWORK": "yes", "CONCORD_VIEW_CACHE": "memory",
		"CONCORD_ISSUER": outside.url + "=" + hereAudience + ";trust=purpose,organization,operator",
	}
	r := &reception{T: t, data: data, operator: outside.operator(t), folders: map[string]string{}, definition: definitions}
	args := []string{"serve", "--mllp", "127.0.0.1:0;org=Organization/ward;from=127.0.0.0/8"}
	for name, file := range definitions {
		r.folders[name] = t.TempDir()
		args = append(args, "--definition", file, "--folder", r.folders[name]+";org=Organization/ward;definitions="+name)
	}
	r.server = start(t, func(name string) string { return variables[name] }, args...)
	r.base = strings.TrimSuffix(r.address, "/fhir")
	r.sender = outside.sign(t, issuer.Claims{
		Subject: "x", Client: "sender", Audience: hereAudience, Scope: "system/*.cruds", Issued: time.Now(), Expires: time.Now().Add(time.Hour),
		Organization: "Organization/ward", Purposes: []string{"TREAT"},
	})
	_, after, _ := strings.Cut(r.said(), "mllp ")
	address, _, _ := strings.Cut(after, "\n")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	r.line = bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	return r
}

// byMLLP sends a frame and gives the answer.
func (r *reception) byMLLP(frame []byte) string {
	r.Helper()
	_, _ = r.line.Write(frame) // Flush reports it
	if err := r.line.Flush(); err != nil {
		r.Fatal(err)
	}
	answer, err := r.line.ReadString(0x1c)
	if err == nil {
		_, err = r.line.ReadByte()
	}
	if err != nil {
		r.Fatal(err)
	}
	return answer
}

// byHTTP posts a body to /ingest and gives the answer.
func (r *reception) byHTTP(definition, media string, body []byte) (int, string) {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.base+"/ingest/"+definition, bytes.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.sender)
	request.Header.Set("Content-Type", media)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// put lays a file into the folder of a definition, as a system that knows how to does.
func (r *reception) put(definition, name string, body []byte) {
	r.Helper()
	path := filepath.Join(r.folders[definition], name)
	if err := os.WriteFile(path+".part", body, 0o600); err != nil {
		r.Fatal(err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		r.Fatal(err)
	}
}

// fate is where a file went, and what stands beside it.
func (r *reception) fate(definition, name string) (string, string) {
	r.Helper()
	for range 1200 {
		for _, to := range []string{"done", "failed"} {
			if _, err := os.Stat(filepath.Join(r.folders[definition], to, name)); err == nil {
				told, _ := os.ReadFile(filepath.Join(r.folders[definition], to, name+".faults.txt")) // there may be none
				return to, string(told)
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	r.Fatalf("%s lies where it was put", name)
	return "", ""
}

// workbench runs the commands that try a file, and gives the exit status and all that they printed.
func (r *reception) workbench(definition, file string) map[string]string {
	r.Helper()
	told := map[string]string{}
	for verb, args := range map[string][]string{
		"check": {r.definition[definition], file}, "report": {r.definition[definition], file}, "to-fhir": {r.definition[definition], file},
		"run": {"--dry", "--definition", r.definition[definition], file},
	} {
		status, _, stderr := concord(r.T, append([]string{"map", verb}, args...)...)
		told[verb] = fmt.Sprintf("status %d\n%s", status, stderr)
	}
	return told
}

// kept are the letters that wait: ids by their content.
func (r *reception) kept() map[string][]string {
	r.Helper()
	all := map[string][]string{}
	next := "/Task?status=ready&_count=50&code=" + url.QueryEscape(guard.SystemReview+"|"+guard.ReviewLetter)
	for next != "" {
		var page struct {
			Link  []struct{ Relation, URL string }
			Entry []struct{ Resource letter }
		}
		if a := r.get(r.T, next, r.operator); json.Unmarshal(a.body, &page) != nil {
			r.Fatalf("%d %s", a.status, a.body)
		}
		next = ""
		for _, l := range page.Link {
			if l.Relation == "next" {
				_, next, _ = strings.Cut(l.URL, "/fhir")
			}
		}
		for _, e := range page.Entry {
			raw := string(r.saved(e.Resource.ID))
			all[raw] = append(all[raw], e.Resource.ID)
		}
	}
	return all
}

// replay runs the command of the operator.
func (r *reception) replay(args ...string) (int, string) {
	r.Helper()
	file := filepath.Join(r.TempDir(), "token")
	if err := os.WriteFile(file, []byte(r.operator), 0o600); err != nil {
		r.Fatal(err)
	}
	status, stdout, stderr := concord(r.T, append([]string{"map", "replay", "--url", r.address, "--token-file", file}, args...)...)
	return status, stdout + stderr
}

func (r *reception) saved(id string) []byte {
	r.Helper()
	file := filepath.Join(r.TempDir(), "letter")
	if status, told := r.replay(id, "--save", file); status != statusOK {
		r.Fatal(told)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		r.Fatal(err)
	}
	return text
}

// mended has a letter taken in with other bytes in its place.
func (r *reception) mended(id string, body []byte) (int, string) {
	r.Helper()
	file := filepath.Join(r.TempDir(), "mended")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		r.Fatal(err)
	}
	return r.replay(id, "--with", file)
}

// silent fails when a text tells something of a person.
func (r *reception) silent(where, text string) {
	r.Helper()
	for _, secret := range []string{"Nowak", "NOWAK", "Maja", "MAJA", "9990000018", "999 000 0018", "9990000019", "999 000 0019", "penicillin", "31/02/1980", "19800230", "lonely"} {
		if strings.Contains(text, secret) {
			r.Errorf("%s tells %q: %s", where, secret, text)
		}
	}
}
