package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// KeyFile is the name of the file that holds the signing key, in PKCS #8 and PEM.
const KeyFile = "issuer-key.pem"

// openKey reads the key of the directory, and makes one when there is none.
func openKey(dir string) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(dir, KeyFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeKey(path)
	case err != nil:
		return nil, fmt.Errorf("look at the issuer's key: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s can be read by others than its owner: anybody may have signed tokens with it; remove it, and a new one is made", path)
	}
	return readKey(path)
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the directory
	if err != nil {
		return nil, fmt.Errorf("read the issuer's key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parse the issuer's key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%s is not a P-256 key", path)
	}
	return key, nil
}

// makeKey writes beside and then links, so that a half-written key never has the name, and one that another
// process made meanwhile is used instead of replaced.
func makeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the issuer's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write the issuer's key: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), KeyFile+".*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("write the issuer's key: %w", err)
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	err = errors.Join(pem.Encode(draft, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), draft.Sync(), draft.Close())
	if err != nil {
		return nil, fmt.Errorf("write the issuer's key: %w", err)
	}
	switch err := os.Link(draft.Name(), path); {
	case errors.Is(err, fs.ErrExist):
		return readKey(path)
	case err != nil:
		return nil, fmt.Errorf("write the issuer's key: %w", err)
	}
	return key, nil
}

// coordinates are the point of a public key as JSON Web Keys write it (RFC 7518 6.2.1).
func coordinates(key *ecdsa.PublicKey) (string, string, error) {
	point, err := key.Bytes() // 4, then both coordinates in full length
	if err != nil {
		return "", "", fmt.Errorf("write the issuer's public key: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	half := (len(point) - 1) / 2
	return encode(point[1 : 1+half]), encode(point[1+half:]), nil
}

// thumbprint names a key by its content (RFC 7638), so that the name never outlives it.
func thumbprint(key *ecdsa.PublicKey) (string, error) {
	x, y, err := coordinates(key)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}
