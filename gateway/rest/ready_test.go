package rest_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/rest"
)

// lost is a store that does not answer.
type lost struct{ *memory.Store }

func (lost) View(context.Context, guard.Want, func(guard.Snapshot) error) error {
	return errors.New("connection refused by 10.0.0.7")
}

func TestNotReadyWithoutTheStore(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }
	newID := func() string { return "id" }
	store := lost{memory.New(now)}
	g, err := guard.New(guard.Config{
		Store: store, Trail: store, Cache: memory.NewCache(1<<20, now), Base: consent.Default(),
		Now: now, NewID: newID, Secret: bytes.Repeat([]byte("k"), 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	door, err := rest.New(rest.Config{Guard: g, Auth: cast(t), Now: now, NewID: newID})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != want || strings.Contains(w.Body.String(), "10.0.0.7") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
