package main

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed map_view.html
var viewPage string

var viewTemplate = template.Must(template.New("view").Parse(viewPage))

// page is the report as one page that needs nothing else, neither scripts nor a network.
func (r *viewReport) page() ([]byte, error) {
	var b bytes.Buffer
	err := viewTemplate.Execute(&b, r)
	return b.Bytes(), err
}

// Few reports whether there are so few records that all are shown unfolded.
func (r *viewReport) Few() bool { return len(r.Records) <= detailed }
