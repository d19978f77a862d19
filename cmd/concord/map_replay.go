package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// mapReplayCommand is "concord map replay".
type mapReplayCommand struct {
	URL       string `required:"" name:"url" placeholder:"BASE" help:"Address of the FHIR service, such as https://care.example/fhir."`
	TokenFile string `required:"" placeholder:"FILE" help:"A file that holds an operator's token."`
	Letter    string `arg:"" optional:"" help:"The id of one, as the list has it. Without one they are listed."`
	Save      string `placeholder:"FILE" help:"Save the message as it came, to mend it, and do not replay it."`
	With      string `placeholder:"FILE" help:"Have this taken in in its place."`
	All       bool   `help:"Replay all that wait, as when a definition was mended."`
}

// Run lists, saves or replays. The exit status is 1 when anything is refused again.
func (c mapReplayCommand) Run(ctx context.Context, p *process) error {
	o, err := newOnline(c.URL, c.TokenFile)
	if err != nil {
		return err
	}
	desk := &letters{o, p}
	switch {
	case c.Save != "" && c.Letter != "":
		return desk.save(ctx, c.Letter, c.Save)
	case c.Save != "" || c.With != "" && c.Letter == "":
		return errors.Join(errSettings, errors.New("  --save and --with go with the id of a letter"))
	case c.Letter != "":
		return desk.replayOne(ctx, c.Letter, c.With)
	}
	waiting, err := desk.waiting(ctx)
	if err != nil {
		return err
	}
	if !c.All {
		for _, l := range waiting {
			fmt.Fprintln(p.stdout, plain(fmt.Sprintf("%s  %s  %s", l.ID, l.Definition(), strings.ReplaceAll(l.Description, "\n", "; "))))
		}
		return nil
	}
	refused := 0
	for _, l := range waiting {
		if err := desk.replayOne(ctx, l.ID, ""); errors.Is(err, errReported) {
			refused++
		} else if err != nil {
			return err
		}
	}
	if refused > 0 {
		return errReported
	}
	return nil
}
