package rest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"concord/fhir"
	"concord/gateway"
)

// rawBinary reports whether the content of a Binary is asked for as itself (FHIR R4 binary.html#rest): no form of FHIR is
// named. What accepts everything gets the content.
func (x *exchange) rawBinary() bool {
	if x.interaction == nil || x.code != "read" || x.ref.Type != "Binary" || len(x.query["_format"]) > 0 {
		return false
	}
	accept := strings.Join(x.gin.Request.Header.Values("Accept"), ",")
	return !strings.Contains(accept, "application/fhir+")
}

// download answers GET [base]/Binary/[id] with the content itself, or with ranges of it (RFC 9110 14). The decision
// is that of a read: by the people in securityContext, else for who sees what it is attached to, and the organisation that sent it.
func download(x *exchange) error {
	content, media, err := x.reading.Content(x.context(), x.ref)
	if err != nil {
		return err
	}
	if !takesMedia(x.gin.Request.Header.Values("Accept"), media) {
		return notAcceptable()
	}
	h := x.gin.Writer.Header()
	x.validators(content.ETag(), content.Modified())
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", "attachment") // what somebody sent is never shown as a page of ours
	http.ServeContent(x.gin.Writer, x.gin.Request, "", content.Modified(), content.Reader())
	return nil
}

// takesMedia reports whether a caller takes content of a media type.
func takesMedia(accept []string, media string) bool {
	if len(accept) == 0 {
		return true
	}
	have, _, err := mime.ParseMediaType(media)
	if err != nil {
		have = media
	}
	kind, _, _ := strings.Cut(have, "/")
	for one := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		want, params, err := mime.ParseMediaType(one)
		if err == nil && params["q"] != "0" && (want == have || want == kind+"/*" || want == "*/*") {
			return true
		}
	}
	return false
}

// content reads the body as the resource that the address is about. A Binary may come as its content alone, with
// the media type that it has, and with X-Security-Context naming whose it is.
func (x *exchange) content() (*fhir.Resource, error) {
	media := x.gin.GetHeader("Content-Type")
	if x.ref.Type != "Binary" || strings.HasPrefix(media, "application/fhir+") {
		r, err := x.resource(x.ref.Type)
		if err != nil {
			return nil, err
		}
		return gateway.LocalContent(r, x.caller.Base)
	}
	if _, _, err := mime.ParseMediaType(media); err != nil {
		return nil, unsupportedMedia("the Content-Type must say what the content of the Binary is")
	}
	data, err := x.bytes(x.door.Limits.binary())
	if err != nil {
		return nil, err
	}
	type reference struct {
		Reference string `json:"reference"`
	}
	binary := struct {
		Type    string     `json:"resourceType"`
		ID      string     `json:"id,omitempty"`
		Media   string     `json:"contentType"`
		Context *reference `json:"securityContext,omitempty"`
		Data    string     `json:"data,omitempty"`
	}{Type: "Binary", ID: string(x.ref.ID), Media: media, Data: base64.StdEncoding.EncodeToString(data)}
	if context := x.gin.GetHeader("X-Security-Context"); context != "" {
		binary.Context = &reference{strings.TrimPrefix(context, x.caller.Base+"/")}
	}
	body, err := json.Marshal(binary)
	if err != nil {
		return nil, fmt.Errorf("write a Binary: %w", err)
	}
	return fhir.DecodeJSON(body)
}

// binaryData is the content of a Binary.
func binaryData(root fhir.Node) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(root.Get("data").Text())
	if err != nil {
		return nil, fhir.Errorf(fhir.Value, "the data of the Binary is not base64")
	}
	return data, nil
}
