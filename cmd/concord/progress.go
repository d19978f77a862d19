package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// meter shows on a terminal how far the import has come. The zero meter shows nothing.
type meter struct {
	to    io.Writer
	now   func() time.Time
	begun time.Time
	shown time.Time
}

const meterPace = 200 * time.Millisecond

func progressOn(p *process) meter {
	f, ok := p.stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return meter{}
	}
	return meter{to: f, now: p.now, begun: p.now()}
}

func (m *meter) show(done int) {
	if m.to == nil || m.now().Sub(m.shown) < meterPace {
		return
	}
	m.shown = m.now()
	fmt.Fprintf(m.to, "\r%d resources, %.0f a second \x1b[K", done, float64(done)/max(m.now().Sub(m.begun).Seconds(), 0.001))
}

func (m *meter) end() {
	if m.to != nil {
		fmt.Fprint(m.to, "\r\x1b[K")
	}
}
