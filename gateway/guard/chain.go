package guard

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
)

// The trail is chained (CONSENT rules 15.14): each writer has one chain, over the roots of its batches. What an
// event says stands beside the chain under a salted hash, so that content and salt may be erased by law and the
// chain still verifies, and nobody can guess at the content from the hash that is left.

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// The domains keep a hash of one thing from ever being taken for a hash of another.
const (
	leafDomain       = "concord trail leaf 1\n"
	batchDomain      = "concord trail batch 1\n"
	checkpointDomain = "concord trail checkpoint 1\n"
)

// SaltSize is the number of random bytes that are hashed with the content of each event.
const SaltSize = 16

// content is an Event as the chain sees it, and as Content writes it. The order of the fields is the canonical order: it
// is part of the format, and a field may be added at the end only.
type content struct {
	ID          string         `json:"id"`
	At          time.Time      `json:"at"`
	Person      consent.Person `json:"person,omitempty"`
	Interaction string         `json:"interaction"`
	Action      string         `json:"action"`
	Permit      bool           `json:"permit"`
	Type        fhir.Type      `json:"type,omitempty"`
	Resource    fhir.ID        `json:"resource,omitempty"`
	Version     string         `json:"version,omitempty"`
	Count       int            `json:"count,omitempty"`
	Withheld    int            `json:"withheld,omitempty"`
	Query       string         `json:"query,omitempty"`
	Digest      string         `json:"digest,omitempty"`
	UserType    fhir.Type      `json:"userType,omitempty"`
	User        fhir.ID        `json:"user,omitempty"`
	Name        string         `json:"name,omitempty"`
	OrgType     fhir.Type      `json:"orgType,omitempty"`
	Org         fhir.ID        `json:"org,omitempty"`
	OrgName     string         `json:"orgName,omitempty"`
	Role        string         `json:"role,omitempty"`
	Purpose     string         `json:"purpose,omitempty"`
	Client      string         `json:"client,omitempty"`
	Token       string         `json:"token,omitempty"`
	Request     string         `json:"request,omitempty"`
	Policy      string         `json:"policy,omitempty"`
	Rules       []string       `json:"rules,omitempty"`
	Reason      string         `json:"reason,omitempty"`
	Refs        []string       `json:"refs,omitempty"`
	Step        string         `json:"step,omitempty"`
	Standing    int64          `json:"standing,omitempty"`
	Labels      uint64         `json:"labels,omitempty"`
	Severity    string         `json:"severity,omitempty"`
	Note        string         `json:"note,omitempty"`
}

// EventFrom reads what Content wrote.
func EventFrom(data []byte) (Event, error) {
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return Event{}, errors.New("read trail event: the content is not what Content writes")
	}
	e := Event{
		ID: c.ID, At: c.At, Person: c.Person, Interaction: c.Interaction, Permit: c.Permit,
		Ref: fhir.Ref{Type: c.Type, ID: c.Resource}, Version: c.Version, Count: c.Count, Withheld: c.Withheld,
		Query: c.Query, Digest: c.Digest, User: fhir.Ref{Type: c.UserType, ID: c.User}, Name: c.Name,
		Org: fhir.Ref{Type: c.OrgType, ID: c.Org}, OrgName: c.OrgName, Role: c.Role, Purpose: c.Purpose, Client: c.Client,
		Token: c.Token, Request: c.Request, Policy: c.Policy, Rules: c.Rules, Reason: c.Reason,
		Step: c.Step, Standing: c.Standing, Labels: c.Labels, Severity: c.Severity, Note: c.Note,
	}
	if c.Action != "" {
		e.Action = c.Action[0]
	}
	for _, ref := range c.Refs {
		typ, id, _ := strings.Cut(ref, "/")
		e.Refs = append(e.Refs, fhir.Ref{Type: fhir.Type(typ), ID: fhir.ID(id)})
	}
	return e, nil
}

// Leaf is the hash by which one event stands in its batch.
func Leaf(salt, content []byte) Hash {
	var room [1 << 10]byte // most events fit: nothing is allocated for them
	all := room[:0]
	return sha256.Sum256(appendCounted(appendCounted(append(all, leafDomain...), salt), content))
}

// appendCounted writes the length before the bytes, as writePart does.
func appendCounted(all, part []byte) []byte {
	return append(binary.BigEndian.AppendUint64(all, uint64(len(part))), part...)
}

// Batch is what one sync made durable: the link of a chain.
type Batch struct {
	Writer string // the chain
	Seq    int64  // 1, 2, 3 ... without a gap
	Prev   Hash   // root of the batch before; zero for the first
	At     time.Time
	Leaves []Hash // in order
}

// Root is the hash of the batch and, by Prev, of everything before it. Time counts by the microsecond.
func (b Batch) Root() Hash {
	h := sha256.New()
	h.Write([]byte(batchDomain))
	writePart(h, []byte(b.Writer))
	writeInts(h, b.Seq, b.At.UnixMicro(), int64(len(b.Leaves)))
	h.Write(b.Prev[:])
	for i := range b.Leaves {
		h.Write(b.Leaves[i][:])
	}
	return Hash(h.Sum(nil))
}

// Checkpoint is a signed word that a chain had this root. Kept apart from the chain, it shows truncation and
// rewriting of all that went before it.
type Checkpoint struct {
	Writer string
	Seq    int64
	Root   Hash
	At     time.Time
}

// line is a Checkpoint in a file of checkpoints, one JSON object a line.
type line struct {
	Writer string    `json:"writer"`
	Seq    int64     `json:"seq"`
	Root   string    `json:"root"` // hex
	At     time.Time `json:"time"`
	Sig    []byte    `json:"sig"` // base64, Ed25519
}

// Sign gives the line for a file of checkpoints, with its newline.
func (c Checkpoint) Sign(key ed25519.PrivateKey) ([]byte, error) {
	at := c.At.UTC().Truncate(time.Microsecond)
	data, err := json.Marshal(line{c.Writer, c.Seq, hex.EncodeToString(c.Root[:]), at, ed25519.Sign(key, c.message())})
	if err != nil {
		return nil, fmt.Errorf("write checkpoint: %w", err)
	}
	return append(data, '\n'), nil
}

// ErrSignature says that a checkpoint was not signed by the key, or is not a checkpoint.
var ErrSignature = errors.New("the checkpoint is not signed by this key")

// CheckpointFrom reads a line and verifies its signature, or gives ErrSignature.
func CheckpointFrom(data []byte, key ed25519.PublicKey) (Checkpoint, error) {
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return Checkpoint{}, ErrSignature
	}
	root, err := hex.DecodeString(l.Root)
	if err != nil || len(root) != sha256.Size || len(key) != ed25519.PublicKeySize {
		return Checkpoint{}, ErrSignature
	}
	c := Checkpoint{Writer: l.Writer, Seq: l.Seq, Root: Hash(root), At: l.At}
	if !ed25519.Verify(key, c.message(), l.Sig) {
		return Checkpoint{}, ErrSignature
	}
	return c, nil
}

func (c Checkpoint) message() []byte {
	var b bytes.Buffer
	b.WriteString(checkpointDomain)
	writePart(&b, []byte(c.Writer))
	writeInts(&b, c.Seq, c.At.UnixMicro())
	b.Write(c.Root[:])
	return b.Bytes()
}

// writer is a hash or a buffer: neither fails.
type writer interface{ Write(p []byte) (int, error) }

// writePart writes the length before the bytes, so that no two lists of parts run together to the same bytes.
func writePart(w writer, p []byte) {
	writeInts(w, int64(len(p)))
	_, _ = w.Write(p)
}

func writeInts(w writer, ns ...int64) {
	for _, n := range ns {
		_, _ = w.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // only the bits matter
	}
}
