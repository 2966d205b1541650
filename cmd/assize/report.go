package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/format"
)

// reporting is the verb `assize report`.
func (a *app) reporting() *cobra.Command {
	cmd := parent("decision", "report", "Write a report for an officer or auditor")
	for _, k := range reports.Kinds() {
		cmd.AddCommand(a.reportKind(k))
	}
	cmd.AddCommand(a.reportRender())
	return cmd
}

func (a *app) reportKind(k reports.Kind) *cobra.Command {
	scope := map[string]string{reports.ScopeAny: " --system URI|--subject REF --environment ENV", reports.ScopeSystem: " --system URI --environment ENV", reports.ScopeAll: ""}[k.Scope]
	cmd := &cobra.Command{
		Use: k.Name + scope, Args: cobra.NoArgs,
		Short: k.Title,
		Long: k.Title + `: see docs/reports.md for what it holds. The same ledger size, rule
set and instant give the same bytes; the report names the command that makes it again.

A report judges as an inquiry. It reads --store beside a running service, or has the
service that --server names build it, and records nothing, unless --record names a file: then the service's key signs the report, the
ledger takes the statement, and the file holds both with their proof, for
` + "`assize verify report` and `assize signoff`" + `.

Exit code: 0 the report was written, whatever it says (` + "`assize gate`" + ` is the verb whose
exit code is a verdict); 1 it could not be built or written.`,
		Example: "  assize report " + k.Name + strings.NewReplacer("URI|--subject REF", "system:credit-scoring", "URI", "system:credit-scoring", "ENV", "production").Replace(scope) + " --out " + k.Name + ".html",
	}
	f := cmd.Flags()
	var subject, system, environment, since *string
	var actions *[]string
	if k.Scope == reports.ScopeAny {
		subject = f.String("subject", "", "alg:HEX, or a file or model folder that is hashed")
		actions = f.StringArray("action", nil, "train, release, deploy or continue; repeatable (default those the gate answers for)")
	}
	if k.Scope != reports.ScopeAll {
		system = f.String("system", "", "system to report on, or that the subject is judged for")
		environment = f.String("environment", "", "whose gate judges, such as production (required)")
		since = f.String("since", "", "tell what changed since this instant, and why")
	}
	asOf := f.String("as-of", "", "judge at this instant, by what was logged by then (default now)")
	knownAt := f.Uint64("known-at", 0, "judge by what the ledger held at this size")
	formatName := f.String("format", "html", strings.Join(format.Of(k), ", "))
	out := f.String("out", "", "file to write (default stdout)")
	status := new(string)
	if k.Name == reports.KindDeclaration {
		status = f.String("status", reports.StatusDraft, "draft or final; final is refused while an item is missing or a critical finding is open")
	}
	record := f.String("record", "", "sign and record the report, and write the proof to this file")
	f.String("server", "", "URL of a service that builds it, in place of --store")
	f.String("state", "", "directory that remembers the last checkpoint seen of each log (default $XDG_STATE_HOME/assize, or ~/.local/state/assize)")
	addStore(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		form, err := format.Find(k, *formatName)
		if err != nil {
			return usage("--format: %w", err)
		}
		q := reports.Request{Status: *status}
		if system != nil {
			q.System, q.Environment = *system, *environment
		}
		if cmd.Flag("known-at").Changed {
			q.KnownAt = knownAt
		}
		switch {
		case k.Scope == reports.ScopeAny && *subject == "" && q.System == "":
			return usage("report %s: --system or --subject is required; see `assize report %s --help`", k.Name, k.Name)
		case k.Scope == reports.ScopeSystem && q.System == "":
			return usage("report %s: --system is required; see `assize report %s --help`", k.Name, k.Name)
		case k.Scope != reports.ScopeAll && q.Environment == "":
			return usage("report %s: --environment is required; see `assize report %s --help`", k.Name, k.Name)
		}
		if subject != nil {
			q.Actions = *actions
			if *subject != "" {
				if q.Subject, err = refOf(cmd.Context(), *subject); err != nil {
					return broken(err)
				}
			}
		}
		if q.AsOf, err = a.instant("--as-of", *asOf); err != nil {
			return err
		}
		if *asOf == "" {
			q.AsOf = q.AsOf.Truncate(time.Second)
		}
		if since != nil && *since != "" {
			if q.Since, err = a.instant("--since", *since); err != nil {
				return err
			}
		}
		if server := a.given("server"); server != fromDefault {
			switch {
			case server == a.given("store"):
				return usage("--server and --store are both given; one of them builds the report")
			case server > a.given("store") && *record != "":
				return usage("--record: a service records no report for a caller; record it with --store, where its key is")
			case server > a.given("store"):
				return a.fetchReport(cmd, k.Name, q, *asOf, form.Name, *out)
			}
		}
		var b bytes.Buffer
		err = a.buildReport(cmd, k.Name, q, *record, func(in *instance, m reports.Model) error {
			return form.Write(cmd.Context(), &b, m, in.log)
		})
		if err != nil {
			return broken(err)
		}
		return a.writeOut(b.Bytes(), *out)
	}
	return cmd
}

// fetchReport has a service build a report. Its clock judges, unless --as-of names
// an instant.
func (a *app) fetchReport(cmd *cobra.Command, kind string, q reports.Request, asOf, form, out string) error {
	c, err := a.connect(cmd, toRead)
	if err != nil {
		return err
	}
	defer c.Close()
	v := url.Values{"format": {form}}
	for name, value := range map[string]string{"subject": string(q.Subject), "system": q.System, "environment": q.Environment, "action": strings.Join(q.Actions, ","), "status": q.Status} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if asOf != "" {
		v.Set("as_of", q.AsOf.UTC().Format(time.RFC3339Nano))
	}
	if q.KnownAt != nil {
		v.Set("known_at", strconv.FormatUint(*q.KnownAt, 10))
	}
	if !q.Since.IsZero() {
		v.Set("since", q.Since.UTC().Format(time.RFC3339Nano))
	}
	b, err := c.Report(cmd.Context(), kind, v)
	if err != nil {
		return broken(err)
	}
	return a.writeOut(b, out)
}

// writeOut writes to a file, or to standard output where none is named.
func (a *app) writeOut(b []byte, out string) error {
	if out == "" {
		_, err := a.stdout.Write(b)
		return broken(err)
	}
	return broken(writeDurable(out, b, 0o644))
}

// buildReport builds a report, records it where a file is named for that, and
// hands it on while the ledger is open.
func (a *app) buildReport(cmd *cobra.Command, kind string, q reports.Request, record string, then func(*instance, reports.Model) error) error {
	cfg := a.instanceConfig(cmd)
	cfg.ReadOnly = record == ""
	in, err := openInstance(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	defer in.Close()
	books, err := fs.Sub(policies.FS, "frameworks")
	if err != nil {
		return fmt.Errorf("open frameworks: %w", err)
	}
	m, err := reports.BuildKind(cmd.Context(), reports.Config{Gate: in.Gate, Locker: in.Locker, Frameworks: books, Progress: a.progress("systems")}, kind, q)
	if err != nil {
		return err
	}
	if record != "" {
		recorded, err := reports.Record(cmd.Context(), in.Gate, m)
		if err != nil {
			return err
		}
		if err := writeRecorded(record, recorded); err != nil {
			return err
		}
	}
	return then(in, m)
}
