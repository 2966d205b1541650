package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/csv"
	"github.com/assize-dev/assize/reports/html"
	"github.com/assize-dev/assize/reports/json"
	"github.com/assize-dev/assize/reports/junit"
	"github.com/assize-dev/assize/reports/markdown"
	"github.com/assize-dev/assize/reports/oscal"
	"github.com/assize-dev/assize/reports/pdf"
	"github.com/assize-dev/assize/reports/sarif"
)

// reportFormats in the order of the help page.
var reportFormats = []struct {
	name  string
	write func(io.Writer, *reports.Report) error
}{
	{"html", html.Write}, {"pdf", func(w io.Writer, r *reports.Report) error { return pdf.Write(w, r) }}, {"json", json.Write}, {"csv", csv.Write}, {"markdown", markdown.Write},
	{"sarif", sarif.Write}, {"junit", junit.Write}, {"oscal", oscal.Write},
}

func formatNames() string {
	names := make([]string, len(reportFormats))
	for i, f := range reportFormats {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

// reporting is the verb `assize report`.
func (a *app) reporting() *cobra.Command {
	return parent("decision", "report", "Write a report for an officer or auditor", a.reportAudit())
}

func (a *app) reportAudit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit --system URI|--subject REF --environment ENV", Args: cobra.NoArgs,
		Short: "Audit one system or subject",
		Long: `Audit one system or subject: verdicts, findings by control with their evidence, what
was not assessed and, with --since, what changed and why. The same ledger size, rule
set and instant give the same bytes; the report names the command that makes it again.

A report judges as an inquiry and records nothing. It reads --store beside a running
service.

Exit code: 0 the report was written, whatever it says (` + "`assize gate`" + ` is the verb whose
exit code is a verdict); 1 it could not be built or written.`,
		Example: `  assize report audit --system system:credit-scoring --environment production --out audit.html
  assize report audit --subject ./model --environment staging --action release --format sarif --out assize.sarif
  assize report audit --system system:credit-scoring --environment production --as-of 2026-01-31 --since 2025-12-31`,
	}
	f := cmd.Flags()
	subject := f.String("subject", "", "alg:HEX, or a file or model folder that is hashed")
	system := f.String("system", "", "system to audit, or that the subject is audited for")
	environment := f.String("environment", "", "whose gate judges, such as production (required)")
	actions := f.StringArray("action", nil, "train, release, deploy or continue; repeatable (default those the gate answers for)")
	asOf := f.String("as-of", "", "judge at this instant, by what was logged by then (default now)")
	knownAt := f.Uint64("known-at", 0, "judge by what the ledger held at this size")
	since := f.String("since", "", "tell what changed since this instant, and why")
	format := f.String("format", "html", formatNames())
	out := f.String("out", "", "file to write (default stdout)")
	addStore(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		write, err := reportFormat(*format)
		if err != nil {
			return err
		}
		q := reports.Request{System: *system, Environment: *environment, Actions: *actions}
		if cmd.Flag("known-at").Changed {
			q.KnownAt = knownAt
		}
		switch {
		case *subject == "" && *system == "":
			return usage("report audit: --system or --subject is required; see `assize report audit --help`")
		case *environment == "":
			return usage("report audit: --environment is required; see `assize report audit --help`")
		}
		if *subject != "" {
			var ref attest.Ref
			if ref, err = refOf(cmd.Context(), *subject); err != nil {
				return broken(err)
			}
			q.Subject = ref
		}
		if q.AsOf, err = a.instant("--as-of", *asOf); err != nil {
			return err
		}
		if *asOf == "" {
			q.AsOf = q.AsOf.Truncate(time.Second)
		}
		if *since != "" {
			if q.Since, err = a.instant("--since", *since); err != nil {
				return err
			}
		}
		var b bytes.Buffer
		if err := a.buildReport(cmd, q, write, &b); err != nil {
			return broken(err)
		}
		if *out == "" {
			_, err = a.stdout.Write(b.Bytes())
			return broken(err)
		}
		return broken(writeDurable(*out, b.Bytes(), 0o644))
	}
	return cmd
}

func reportFormat(name string) (func(io.Writer, *reports.Report) error, error) {
	for _, f := range reportFormats {
		if f.name == name {
			return f.write, nil
		}
	}
	return nil, usage("--format %s: want one of %s", name, formatNames())
}

func (a *app) buildReport(cmd *cobra.Command, q reports.Request, write func(io.Writer, *reports.Report) error, w io.Writer) error {
	cfg := a.instanceConfig(cmd)
	cfg.ReadOnly = true
	in, err := openInstance(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	defer in.Close()
	books, err := fs.Sub(policies.FS, "frameworks")
	if err != nil {
		return fmt.Errorf("open frameworks: %w", err)
	}
	r, err := reports.Build(cmd.Context(), reports.Config{Gate: in.Gate, Locker: in.Locker, Frameworks: books}, q)
	if err != nil {
		return err
	}
	return write(w, r)
}
