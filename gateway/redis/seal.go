package redis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"
)

// A sealed value is: the version of this format, the length of the key's id, the id, a nonce, and under AES-256-GCM
// the end of the value's time in milliseconds and the value. All that stands before the nonce, the prefix and the
// cache's key are the associated data: a value under another name, id or version does not open. Values are not packed
// first: how well one packs tells whoever watches Redis more of what is in it than its length does.
const (
	formatVersion = 1
	secretSize    = 32
	largestID     = 64
	headSize      = 2
	untilSize     = 8
	gcmOverhead   = 12 + 16 // nonce and tag
	sealOverhead  = headSize + largestID + gcmOverhead + untilSize
)

// Why a sealed value is not used.
var (
	errForeign = errors.New("not sealed by us for this name")
	errUnknown = errors.New("sealed under a key that is not ours, or no longer")
	errOver    = errors.New("its time is over")
)

// Secret is a setting that nothing prints: not a log, not an error.
type Secret string

// String is for fmt.
func (Secret) String() string { return "***" }

// GoString is for %#v.
func (Secret) GoString() string { return "***" }

// LogValue is for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("***") }

// Key seals values. The ID stands in clear beside them.
type Key struct {
	ID     string // 1 to 64 bytes
	Secret Secret // 32 random bytes
}

func checkKeys(keys []Key) []error {
	var faults []error
	if len(keys) == 0 {
		faults = append(faults, errors.New("redis: no key to seal values under"))
	}
	seen := map[string]bool{}
	for _, k := range keys {
		if k.ID == "" || len(k.ID) > largestID || seen[k.ID] {
			faults = append(faults, fmt.Errorf("redis: the id of a key must be its own, and of 1 to %d bytes", largestID))
		}
		if len(k.Secret) != secretSize {
			faults = append(faults, fmt.Errorf("redis: the secret of a key must be of %d bytes", secretSize))
		}
		seen[k.ID] = true
	}
	return faults
}

// seals seals under the first key, and opens with each.
type seals struct {
	prefix string
	first  Key
	keys   map[string]Key
}

func newSeals(prefix string, keys []Key) *seals {
	s := &seals{prefix: prefix, first: keys[0], keys: map[string]Key{}}
	for _, k := range keys {
		s.keys[k.ID] = k
	}
	return s
}

// seal fails only when the machine has no randomness.
func (s *seals) seal(key [32]byte, value []byte, until time.Time) ([]byte, error) {
	id := s.first.ID
	sealed := make([]byte, 0, headSize+len(id)+gcmOverhead+untilSize+len(value))
	sealed = append(append(sealed, formatVersion, byte(len(id))), id...) //nolint:gosec // checkKeys bounds it
	end := int64(math.MaxInt64)
	if !until.IsZero() {
		end = until.UnixMilli()
	}
	plain := binary.BigEndian.AppendUint64(make([]byte, 0, untilSize+len(value)), uint64(end)) // as bits
	plain = append(plain, value...)
	box, err := s.box(s.first, key)
	if err != nil {
		return nil, err
	}
	return box.Seal(sealed, nil, plain, s.bound(sealed, key)), nil //nolint:gosec // the box makes its own nonce
}

// open gives the value of a sealed one with its end, or one of the errors above.
func (s *seals) open(key [32]byte, sealed []byte, now time.Time) (opened, error) {
	if len(sealed) < headSize || sealed[0] != formatVersion || len(sealed) < headSize+int(sealed[1]) {
		return opened{}, errForeign
	}
	head := sealed[:headSize+int(sealed[1])]
	k, ok := s.keys[string(head[headSize:])]
	if !ok {
		return opened{}, errUnknown
	}
	box, err := s.box(k, key)
	if err != nil {
		return opened{}, err
	}
	plain, err := box.Open(nil, nil, sealed[len(head):], s.bound(head, key))
	if err != nil || len(plain) < untilSize {
		return opened{}, errForeign
	}
	o := opened{value: plain[untilSize:]}
	if end := int64(binary.BigEndian.Uint64(plain)); end != math.MaxInt64 { //nolint:gosec // as bits
		o.until = time.UnixMilli(end)
	}
	if o.over(now) {
		return opened{}, errOver
	}
	return o, nil
}

// box is AES-256-GCM under a key of this one name, made from the secret. Nonces are random, and a secret may seal so
// many values over its life that two of them could meet; under one name there are never many.
func (s *seals) box(k Key, key [32]byte) (cipher.AEAD, error) {
	derive := hmac.New(sha256.New, []byte(k.Secret))
	derive.Write([]byte("concord view cache 1"))
	derive.Write(key[:])
	block, err := aes.NewCipher(derive.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return box, nil
}

// bound is the associated data. The cache's key has one length, so nothing can slide between it and the prefix.
func (s *seals) bound(head []byte, key [32]byte) []byte {
	data := make([]byte, 0, len(head)+len(key)+len(s.prefix))
	return append(append(append(data, head...), key[:]...), s.prefix...)
}
