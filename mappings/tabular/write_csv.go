package tabular

import (
	"bytes"
	"strings"
)

// CSV prints the table in its dialect. The error is for letters that its character set does not have.
func (t *Table) CSV() ([]byte, error) {
	d := t.Dialect
	if d.Comma == 0 {
		d.Comma = ','
	}
	end := "\n"
	if d.CRLF {
		end = "\r\n"
	}
	var b bytes.Buffer
	line := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteByte(d.Comma)
			}
			if d.QuoteAll || strings.ContainsAny(c, "\"\n\r"+string(d.Comma)) || len(cells) == 1 && c == "" {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
		b.WriteString(end)
	}
	line(t.Columns)
	for _, r := range t.Records {
		if r.Tree == nil {
			b.Write(r.Original)
			b.WriteString(end)
			continue
		}
		texts := make([]string, len(t.Columns))
		for i, n := range cells(r.Tree, t.Columns) {
			texts[i] = n.Text()
		}
		line(texts)
	}
	out := b.Bytes()
	if d.NoEnd {
		out = bytes.TrimSuffix(out, []byte(end))
	}
	return encode(out, d.Charset, d.Mark)
}
