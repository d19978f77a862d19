package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Apps in browsers may call from anywhere: they bring a token of their own, and cookies are neither asked for nor
// read, so where a page came from says nothing (Fetch standard, CORS protocol).
const (
	exposed = "ETag, Location, Last-Modified, Content-Location, X-Request-Id, Retry-After, WWW-Authenticate, Accept-Patch, Warning"
	methods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	headers = "Authorization, Content-Type, Content-Encoding, Accept, Prefer, If-Match, If-None-Match, If-Modified-Since, If-None-Exist, " +
		"Range, X-Request-Id, X-Security-Context"
	preflightAge = "7200" // seconds; browsers take no more
)

// preflight answers what a browser asks before it sends a request, and reports whether it did. There is no token
// yet, and the answer is the same for every address.
func preflight(c *gin.Context) bool {
	if c.Request.Method != http.MethodOptions || c.GetHeader("Origin") == "" || c.GetHeader("Access-Control-Request-Method") == "" {
		return false
	}
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers", headers)
	h.Set("Access-Control-Max-Age", preflightAge)
	c.Writer.WriteHeader(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return true
}
