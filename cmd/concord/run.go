package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"
)

// The exit statuses.
const (
	statusOK     = 0
	statusFailed = 1 // it was tried, and did not work out
	statusUsage  = 2 // it was not understood
)

// errReported ends a command with statusFailed when all that is to be said has been said.
var errReported = errors.New("reported already")

// process is what a command may use of the world, so that tests can run whole commands.
type process struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	newID          func() string
}

// commands is the command line.
type commands struct {
	Demo        demoCommand        `cmd:"" help:"Run a complete gateway for trying out, with a small region of people and organisations in it."`
	Serve       serveCommand       `cmd:"" help:"Run the gateway."`
	Token       tokenCommand       `cmd:"" help:"Print a bearer token for a demo data directory."`
	Import      importCommand      `cmd:"" help:"Store the resources of files, as the operator; the server must be stopped."`
	Check       checkCommand       `cmd:"" help:"Look through a store, and name what is not as it should be: bodies, indexes, standings, the trail."`
	Reindex     reindexCommand     `cmd:"" help:"Make anew what a store derives from its bodies, where it is not as it should be."`
	Trail       trailCommands      `cmd:"" help:"Look after the audit trail."`
	Consent     consentCommands    `cmd:"" help:"Check, import and export consents."`
	Labels      labelsCommands     `cmd:"" help:"Look after what is labelled as sensitive, and why."`
	Map         mapCommands        `cmd:"" help:"Write, prove and try definitions of local records."`
	FHIRPath    fhirpathCommand    `cmd:"" name:"fhirpath" help:"Evaluate FHIRPath expressions from standard input, one a line, to a JSON array each."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the server on this machine whether it is well."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

type trailCommands struct {
	Verify verifyCommand `cmd:"" help:"Check that nothing in the trail was changed, left out, put in another order or cut off."`
}

// Run is the whole program: it runs the command that args name until it is done or ctx ends, and returns the
// exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, getenv func(string) string) int {
	p := &process{stdin: os.Stdin, stdout: stdout, stderr: stderr, now: time.Now, newID: uuid.NewString}
	exited := -1
	parser, err := kong.New(&commands{},
		kong.Name("concord"),
		kong.Description("Concord lets organisations write a person's care plan together, and shows everybody what the person decided to share."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { exited = status }), // --help was printed
		kong.Resolvers(variables(getenv)),
		kong.ValueFormatter(describe),
	)
	if err != nil {
		fmt.Fprintln(stderr, "concord:", err)
		return statusFailed
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "concord: %v\nRun \"concord --help\" for the commands, and \"concord COMMAND --help\" for what each takes.\n", err)
		return statusUsage
	}
	if strings.HasPrefix(parsed.Command(), "map ") {
		p.stderr = terminal{stderr} // what others wrote is told there
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(p)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // it was asked to stop before it was ready
	}
	return status(stderr, err)
}

// versionCommand is "concord version".
type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p *process) error {
	_, err := fmt.Fprintln(p.stdout, "concord", version())
	return err
}

func status(stderr io.Writer, err error) int {
	switch {
	case err == nil:
		return statusOK
	case errors.Is(err, errReported):
		return statusFailed
	case errors.Is(err, errUnread):
		return statusUsage
	case errors.Is(err, errSettings):
		fmt.Fprintln(stderr, err)
		return statusUsage
	default:
		fmt.Fprintln(stderr, "concord:", err)
		return statusFailed
	}
}

// variables reads flags from the environment: those that have a variable tag, where the command line is silent.
func variables(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		name := flag.Tag.Get("variable")
		if name == "" {
			return nil, nil
		}
		if value := getenv(name); value != "" {
			return value, nil
		}
		return nil, nil
	})
}

// describe is the help of a flag, with its variable.
func describe(value *kong.Value) string {
	if name := value.Tag.Get("variable"); name != "" {
		return value.Help + " [" + name + "]"
	}
	return value.Help
}
