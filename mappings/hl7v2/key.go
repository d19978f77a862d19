package hl7v2

import (
	"crypto/sha256"

	"concord/fhir"
)

// Key names a message among all that one caller sends: MSH-3, MSH-4 and MSH-10 as they are written (CONSENT rules
// 15.12). Parts are kept apart by a byte that no field has. Errors: Required when MSH-10 is empty, since a message
// that is sent again could then not be known again.
func (m *Message) Key() (string, error) {
	if m.header(10).Empty() {
		return "", at(fhir.Required, Path{Segment: "MSH", Field: 10}, "MSH-10 is empty: give each message its own control id")
	}
	key := append([]byte(nil), m.header(3).Raw()...)
	key = append(append(key, '\r'), m.header(4).Raw()...)
	key = append(append(key, '\r'), m.header(10).Raw()...)
	return string(key), nil
}

// Hash is a digest of all segments after MSH, however their lines end: with the Key it tells a message that is sent
// again from another message under the same control id.
func (m *Message) Hash() [sha256.Size]byte {
	h := sha256.New()
	for i, s := range m.segments {
		if i > 0 {
			_, _ = h.Write(s.text) // never fails, as hash.Hash says
			_, _ = h.Write([]byte{'\r'})
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}
