package guard

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"concord/fhir"
	"concord/fhir/search"
)

// errStaleCursor is the answer to a cursor that is not this caller's, not of this query, or not ours at all.
var errStaleCursor = fhir.Errorf(fhir.Value, "the page link (_cursor) has expired or belongs to another search: start the search again")

// cursor is the place after a row, sealed to the caller, the purpose and the query (CONSENT rules section 10
// row 6). It holds what the caller saw of that row, encrypted, since it may be sorted by a name.
func (r Reading) cursor(self string, m search.Mark) string {
	payload, _ := m.MarshalBinary() // never fails
	return r.closed(self, payload)
}

// mark opens a cursor.
func (r Reading) mark(self, cursor string) (*search.Mark, error) {
	payload, err := r.opened(self, cursor)
	if err != nil {
		return nil, err
	}
	var m search.Mark
	if err := m.UnmarshalBinary(payload); err != nil {
		return nil, errStaleCursor
	}
	return &m, nil
}

// closed seals and encrypts the words of a page link. The nonce is made of what is sealed, so that the same place
// has the same link, and no two places share a nonce.
func (r Reading) closed(self string, payload []byte) string {
	nonce := r.seal(self, payload)[:r.g.links.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(r.g.links.Seal(nonce, nonce, payload, r.seal(self, nil)))
}

// opened gives the words of a page link of ours.
func (r Reading) opened(self, cursor string) ([]byte, error) {
	box := r.g.links
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < box.NonceSize() {
		return nil, errStaleCursor
	}
	payload, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], r.seal(self, nil))
	if err != nil {
		return nil, errStaleCursor
	}
	return payload, nil
}

// linkBox encrypts page links under a key made of the secret.
func linkBox(secret []byte) (cipher.AEAD, error) {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("page links"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("seal a page link: %w", err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal a page link: %w", err)
	}
	return box, nil
}

// seal names the caller, the query and the words of a link.
func (r Reading) seal(self string, payload []byte) []byte {
	h := hmac.New(sha256.New, r.g.Secret)
	caller := r.c.hash()
	for _, part := range [][]byte{caller[:], []byte(r.c.Issuer), []byte(r.c.Subject), []byte(r.c.Client), []byte(self), payload} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
		h.Write(part)
	}
	return h.Sum(nil)
}
