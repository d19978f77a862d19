package rest

// aboutLead is what the page says first.
const aboutLead = "These are the rules by which this service decides who sees what of your record. They are the same for everybody, and every " +
	"answer of the service follows them. Each is said twice: in plain words, and in precise words for engineers, with the published cases and the " +
	"tests that show that it is followed."

// aboutStyle is the only style of the page. Its digest stands in the Content-Security-Policy.
const aboutStyle = `
:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--soft:#56606b;--line:#c9d1d9;--mark:#0b4f8a}
@media (prefers-color-scheme:dark){:root{--ink:#ececec;--paper:#15181c;--soft:#a8b3be;--line:#3a434d;--mark:#8cc4f5}}
body{margin:0 auto;max-width:44rem;padding:1rem;font:1.0625rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.3rem;margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line)}h3{font-size:1.1rem;margin:1.5rem 0 .25rem}
a{color:var(--mark)}p{margin:.25rem 0 .5rem}nav ol{padding-left:1.5rem}summary{color:var(--soft);cursor:pointer;padding:.4rem 0}
details p{color:var(--soft);font-size:.95rem}code{font-size:.85em}:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
`

// aboutPage is the page. It has no script, and loads nothing.
const aboutPage = `<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>How sharing is decided</title>
<style>{{.Style}}</style>
</head>
<body>
<header><h1>How sharing is decided</h1>
<p>` + aboutLead + `</p></header>
<nav aria-label="The rules"><ol>
{{range .Rules}}<li><a href="#{{.ID}}">{{.Title}}</a></li>
{{end}}</ol></nav>
<main>
{{$part := ""}}{{range .Rules}}{{if ne .Part $part}}{{$part = .Part}}<h2>{{.Part}}</h2>
{{end}}<section id="{{.ID}}"><h3>{{.Title}}</h3>
<p>{{.Plain}}</p>
<details><summary>For engineers</summary>
<p>{{.Precise}}</p>
{{with .Cases}}<p>Cases: {{range .}}<code>{{.}}</code> {{end}}</p>
{{end}}<p>Tests: {{range .Tests}}<code>{{.}}</code> {{end}}</p>
</details></section>
{{end}}</main>
</body>
</html>
`
