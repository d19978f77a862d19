package guard

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"

	"concord/fhir"
)

// Content is the content of a Binary as itself (FHIR R4, binary.html#rest), with its MIME type. The decision is that of
// a read. Errors: NotFound, Deleted.
func (r Reading) Content(ctx context.Context, ref fhir.Ref) (Disclosed, string, error) {
	d, err := r.Resource(ctx, ref)
	if err != nil {
		return Disclosed{}, "", err
	}
	root, err := fhir.Walk(d.body)
	if err != nil {
		return Disclosed{}, "", fmt.Errorf("read a Binary: %w", err)
	}
	content, err := base64.StdEncoding.DecodeString(root.Get("data").Text())
	if err != nil {
		return Disclosed{}, "", fmt.Errorf("read the content of a Binary: %w", err)
	}
	d.body = content
	return d, root.Get("contentType").Text(), nil
}

// Reader reads the bytes from any place, for ranges.
func (d Disclosed) Reader() io.ReadSeeker { return bytes.NewReader(d.body) }
