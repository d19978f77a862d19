package rest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"concord/consent"
)

// askAbout asks for the published rules as anybody on the network may.
func askAbout(t *testing.T, h *house, method string, headers map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/about/sharing-rules", nil)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

func TestSharingRulesArePublished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := askAbout(t, h, http.MethodGet, map[string]string{"Accept": browser})
	text := askAbout(t, h, http.MethodGet, map[string]string{"Accept": "text/plain"})
	if page.Code != http.StatusOK || page.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", page.Code, page.Header().Get("Content-Type"))
	}
	if text.Code != http.StatusOK || text.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Fatalf("%d %s", text.Code, text.Header().Get("Content-Type"))
	}
	for _, r := range consent.SharingRules() {
		for _, want := range []string{`<section id="` + r.ID + `">`, `<a href="#` + r.ID + `">`} {
			if !strings.Contains(page.Body.String(), want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		if !strings.Contains(text.Body.String(), "["+r.ID+"]") {
			t.Errorf("the text lacks %s", r.ID)
		}
	}
}

func TestSharingRulesAreTheSameForEverybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := askAbout(t, h, http.MethodGet, map[string]string{"Accept": browser})
	for _, token := range []string{"", "Bearer clinician", "Bearer forged"} {
		w := askAbout(t, h, http.MethodGet, map[string]string{"Accept": browser, "Authorization": token})
		if w.Code != http.StatusOK || w.Body.String() != first.Body.String() || w.Header().Get("ETag") != first.Header().Get("ETag") {
			t.Errorf("%q is answered otherwise: %d", token, w.Code)
		}
	}
	head := askAbout(t, h, http.MethodHead, map[string]string{"Accept": browser})
	if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("Content-Length") != first.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d, %d bytes, %s", head.Code, head.Body.Len(), head.Header().Get("Content-Length"))
	}
	again := askAbout(t, h, http.MethodGet, map[string]string{"Accept": browser, "If-None-Match": first.Header().Get("ETag")})
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("If-None-Match: %d", again.Code)
	}
	other := askAbout(t, h, http.MethodGet, map[string]string{"Accept": "text/plain", "If-None-Match": first.Header().Get("ETag")})
	if other.Code != http.StatusOK {
		t.Errorf("the ETag of the page fits the text: %d", other.Code)
	}
	if w := askAbout(t, h, http.MethodPost, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("POST: %d", w.Code)
	}
}

// The page loads nothing and runs nothing, and its own style is the only one that its policy lets in.
func TestSharingRulesPageIsClosed(t *testing.T) {
	t.Parallel()
	w := askAbout(t, newHouse(t), http.MethodGet, map[string]string{"Accept": browser})
	page := w.Body.String()
	for _, forbidden := range []string{`(?i)<(script|link|img|iframe|object|form|base)\b`, `(?i)\son\w+=`, `\sstyle=`, `href="[^#]`, `url\(`, `@import`} {
		if found := regexp.MustCompile(forbidden).FindString(page); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
	styles := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(page, -1)
	policy := w.Header().Get("Content-Security-Policy")
	if len(styles) != 1 || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Fatalf("%d styles under %s", len(styles), policy)
	}
	digest := sha256.Sum256([]byte(styles[0][1]))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"; !strings.Contains(policy, want) {
		t.Errorf("the policy does not let the style in: %s", want)
	}
}
