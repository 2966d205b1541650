package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// app is what every verb shares: the streams and the clock of this run.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	style          style // of stdout
	sources        map[string]source
	configFile     string // that --config or the environment names
}

// run is the whole program. It touches no stream but those given, so that tests
// boot the real thing.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now, style: styleOf(stdout), sources: map[string]source{}}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return root.ExecuteContext(ctx)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "assize",
		Short: "Signed evidence about machine learning in, decisions anyone can check out",
		Long: `Assize takes in signed attestations about datasets, models and deployments, keeps
them in an append-only ledger, judges them against rules, and answers two kinds of
people: a machine that asks "may this ship?" and an officer who asks "show me".

Verbs that ask or tell a service take --server URL. With --store sqlite:PATH in its
place they work on a ledger directly, without a service.

Flags may also be given as ASSIZE_NAME in the environment (--fail-on-warn is
ASSIZE_FAIL_ON_WARN) or as "name: value" in a YAML file named by --config. A flag
wins over the environment, the environment over the file.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("there is no verb %q; see `assize --help`", args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.configure(cmd, os.LookupEnv)
		},
	}
	root.PersistentFlags().String("config", "", "YAML file with flag values")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w; see `%s --help`", err, cmd.CommandPath())
	})
	root.CompletionOptions.HiddenDefaultCmd = false
	for _, group := range []struct{ id, title string }{
		{"evidence", "Evidence:"}, {"decision", "Decisions:"}, {"rules", "Rules and trust:"}, {"service", "Service and ledger:"},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
	}
	for _, verb := range verbs {
		root.AddCommand(verb(a))
	}
	return root
}

// verbs in the order of the help page within their groups.
var verbs = []func(*app) *cobra.Command{
	(*app).keygen,
	(*app).attest,
	(*app).cosign,
	(*app).importer,
	(*app).submit,
	(*app).show,
	(*app).lineage,
	(*app).search,
	(*app).revoke,
	(*app).erase,
	(*app).gate,
	(*app).waive,
	(*app).verify,
	(*app).replay,
	(*app).impact,
	(*app).reporting,
	(*app).signOff,
	(*app).policy,
	(*app).calendar,
	(*app).trust,
	(*app).activate,
	(*app).serve,
	(*app).demo,
	(*app).ledger,
	(*app).admission,
	(*app).doctor,
	(*app).version,
}

// messages is a logger for what people read while a verb works.
func (a *app) messages() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// note tells the person something beside the result.
func (a *app) note(format string, args ...any) {
	fmt.Fprintf(a.stderr, format+"\n", args...)
}

// errUsage: the command line itself is wrong.
var errUsage = errors.New("usage")

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

type usageError struct{ err error }

func (e *usageError) Error() string        { return e.err.Error() }
func (e *usageError) Unwrap() error        { return e.err }
func (e *usageError) Is(target error) bool { return target == errUsage }

// exactly is cobra.ExactArgs that names what is wanted.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return usage("%s takes %s, got %d arguments; see `%s --help`", cmd.CommandPath(), strings.Join(names, " "), len(args), cmd.CommandPath())
	}
}

func atLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return nil
		}
		return usage("%s takes one %s or more; see `%s --help`", cmd.CommandPath(), name, cmd.CommandPath())
	}
}

// parent is a command that only holds others.
func parent(group, use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, GroupID: group, Short: short, RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage("%s has no %q; see `%s --help`", cmd.CommandPath(), args[0], cmd.CommandPath())
		}
		return usage("%s: say which; see `%s --help`", cmd.CommandPath(), cmd.CommandPath())
	}}
	cmd.AddCommand(children...)
	return cmd
}
