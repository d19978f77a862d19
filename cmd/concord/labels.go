package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"concord/consent"
	"concord/gateway"
	"concord/gateway/guard"
)

// labelsCommands is "concord labels".
type labelsCommands struct {
	Rules  labelRulesCommand  `cmd:"" help:"Print the label rules that come with Concord, or check a table of a deployment's own."`
	Review labelReviewCommand `cmd:"" help:"List what words alone made sensitive, so that a person looks at it."`
}

// labelRulesCommand is "concord labels rules".
type labelRulesCommand struct {
	File string `arg:"" optional:"" help:"A table to check. All faults are told with their lines."`
}

// labelReviewCommand is "concord labels review".
type labelReviewCommand struct {
	Data       string `required:"" placeholder:"DIR" help:"Data directory. No server may be running on it."`
	LabelRules string `placeholder:"FILE" help:"The table of label rules that the server has, when it is not the one that comes with Concord."`
}

func (c labelRulesCommand) Run(p *process) error {
	if c.File == "" {
		_, err := p.stdout.Write(consent.DefaultRules())
		return err
	}
	table, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if _, err := consent.NewLabeller(table); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, "the table can be used")
	return err
}

// Run prints one line for each topic of each thing: the version, the topic, the rule, whether it is hidden meanwhile, and
// the mark that says it was looked at. Nothing of the content is printed: who reviews reads the thing itself.
func (c labelReviewCommand) Run(ctx context.Context, p *process) error {
	if _, err := os.Stat(filepath.Join(c.Data, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no database", c.Data)
	}
	s := toolSettings(c.Data, "")
	var err error
	if s.labels, err = labelRules(c.LabelRules); err != nil {
		return errors.Join(errSettings, err)
	}
	r, err := openRecord(ctx, p, s, p.jsonLog(slog.LevelWarn))
	if err != nil {
		return err
	}
	kept, ok := r.store.(guard.Maintainer)
	if !ok {
		return errors.Join(errors.New("this store cannot be looked through"), r.close())
	}
	n := 0
	err = gateway.LabelReview(ctx, kept, s.labeller(), func(one gateway.ToReview) error {
		n++
		_, err := fmt.Fprintln(p.stdout, one)
		return err
	})
	if err == nil {
		_, err = fmt.Fprintf(p.stdout, "%d to look at\n", n)
	}
	return errors.Join(err, r.close())
}

// labelRules reads a deployment's own table; nil where there is none. Its error tells all faults with their lines.
func labelRules(file string) (*consent.Labeller, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // those that come with Concord
	}
	table, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("  --label-rules: %w", err)
	}
	labels, err := consent.NewLabeller(table)
	if err != nil {
		return nil, fmt.Errorf("  --label-rules: %w", err)
	}
	return labels, nil
}

// labeller labels what is stored.
func (s settings) labeller() *consent.Labeller {
	if s.labels == nil {
		return consent.DefaultLabels()
	}
	return s.labels
}

// relabel labels in the background what other rules have labelled.
func (r *record) relabel(s settings, log *slog.Logger) {
	r.tasks.run(gateway.Relabelling{Store: r.store, Labels: s.labeller(), Log: log}.Run)
}
