package gateway

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
)

// LocalContent is the resource with the addresses of Binaries of this server made relative, as references to its resources
// are: who may see an attachment is asked of its content (FHIR R4, datatypes.html#Attachment). base is the server's own
// address, without a slash at the end.
func LocalContent(r *fhir.Resource, base string) (*fhir.Resource, error) {
	if base == "" || !bytes.Contains(r.JSON(), []byte(base+"/Binary/")) {
		return r, nil
	}
	of, _ := fhir.DefinitionOf(string(r.Type()))
	body := splice(nil, r.Root(), of, func(n fhir.Node, of fhir.Definition) []byte {
		if n.Kind() != fhir.String || of.Name() != "url" {
			return nil
		}
		local := localContent(n.Text(), base)
		if local == "" {
			return nil
		}
		quoted, _ := jsontext.AppendQuote(nil, local) // a reference of ours
		return quoted
	})
	return fhir.DecodeJSON(body)
}

// localContent is the address of a Binary of this server as a reference; "" for any other.
func localContent(url, base string) string {
	rest, ok := strings.CutPrefix(url, base+"/")
	if !ok || base == "" {
		return ""
	}
	if ref, ok := fhir.ParseRef(rest); ok && ref.Type == "Binary" {
		return rest
	}
	return ""
}
