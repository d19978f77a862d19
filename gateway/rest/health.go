package rest

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// readyTime is how long the store may take to answer before the server counts as not ready.
const readyTime = 2 * time.Second

// health answers /healthz (the process is alive) and /readyz (the store answers), for those who watch the server: without a
// token, and without a word about why. It reports whether it did. They leave no line in the log unless something is wrong.
func (d *door) health(c *gin.Context) bool {
	path := c.Request.URL.Path
	if path != "/healthz" && path != "/readyz" || c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		return false
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	status, word := http.StatusOK, "ok\n"
	if path == "/readyz" {
		ctx, cancel := context.WithTimeout(c.Request.Context(), readyTime)
		defer cancel()
		if err := d.Guard.Ready(ctx); err != nil {
			status, word = http.StatusServiceUnavailable, "not ready\n"
			d.Log.WarnContext(ctx, "not ready", slog.String("cause", err.Error()))
		}
	}
	c.String(status, word)
	return true
}
