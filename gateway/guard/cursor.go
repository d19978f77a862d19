package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"concord/fhir"
	"concord/fhir/search"
)

// errStaleCursor is the answer to a cursor that is not this caller's, not of this query, or not ours at all.
var errStaleCursor = fhir.Errorf(fhir.Value, "the page link (_cursor) has expired or belongs to another search: start the search again")

// cursor is the place after a row, sealed to the caller, the purpose and the query (CONSENT rules section 10
// row 6). It holds what the caller saw of that row and nothing else.
func (r Reading) cursor(self string, m search.Mark) string {
	payload := binary.BigEndian.AppendUint64(nil, uint64(m.Updated.UnixMicro()))
	payload = append(payload, m.ID...)
	return base64.RawURLEncoding.EncodeToString(append(r.seal(self, payload), payload...))
}

// mark opens a cursor.
func (r Reading) mark(self, cursor string) (*search.Mark, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < sha256.Size+8+1 {
		return nil, errStaleCursor
	}
	seal, payload := raw[:sha256.Size], raw[sha256.Size:]
	if !hmac.Equal(seal, r.seal(self, payload)) {
		return nil, errStaleCursor
	}
	updated := time.UnixMicro(int64(binary.BigEndian.Uint64(payload[:8]))).UTC() //nolint:gosec // as cursor put it in
	return &search.Mark{Updated: updated, ID: fhir.ID(payload[8:])}, nil
}

func (r Reading) seal(self string, payload []byte) []byte {
	h := hmac.New(sha256.New, r.g.Secret)
	caller := r.c.hash()
	for _, part := range [][]byte{caller[:], []byte(r.c.Issuer), []byte(r.c.Subject), []byte(r.c.Client), []byte(self), payload} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
		h.Write(part)
	}
	return h.Sum(nil)
}
