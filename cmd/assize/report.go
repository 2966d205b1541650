package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
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
	"github.com/assize-dev/assize/reports/zip"
)

// reportFormat writes a model. Those that pack evidence read it from the ledger.
type reportFormat struct {
	name  string
	write func(io.Writer, reports.Model) error
	pack  func(context.Context, io.Writer, reports.Model, zip.Read) error
}

// reportFormats in the order of the help page.
var reportFormats = []reportFormat{
	{name: "html", write: func(w io.Writer, m reports.Model) error {
		if r, ok := m.(*reports.Report); ok {
			return html.Write(w, r)
		}
		return html.WriteDocument(w, m)
	}},
	{name: "pdf", write: pdf.Write},
	{name: "json", write: json.Write},
	{name: "csv", write: func(w io.Writer, m reports.Model) error {
		if r, ok := m.(*reports.Report); ok {
			return csv.Write(w, r)
		}
		return csv.WriteDocument(w, m)
	}},
	{name: "zip", pack: func(ctx context.Context, w io.Writer, m reports.Model, read zip.Read) error {
		cited, ok := m.(zip.Model)
		if !ok {
			return usage("--format zip: the report %s names no evidence to pack", m.About().Kind)
		}
		return zip.Write(ctx, w, cited, read)
	}},
	{name: "markdown", write: ofAudit(markdown.Write)},
	{name: "sarif", write: ofAudit(sarif.Write)},
	{name: "junit", write: ofAudit(junit.Write)},
	{name: "oscal", write: ofAudit(oscal.Write)},
}

// ofAudit is a format that only the audit has.
func ofAudit(write func(io.Writer, *reports.Report) error) func(io.Writer, reports.Model) error {
	return func(w io.Writer, m reports.Model) error {
		r, ok := m.(*reports.Report)
		if !ok {
			return usage("--format: the report %s has no such format", m.About().Kind)
		}
		return write(w, r)
	}
}

// formatsOf are the formats of a kind.
func formatsOf(k reports.Kind) []string {
	var names []string
	for _, f := range reportFormats {
		if slices.Contains([]string{"html", "pdf", "json"}, f.name) || slices.Contains(k.Formats, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

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

A report judges as an inquiry. It reads --store beside a running service and records
nothing, unless --record names a file: then the service's key signs the report, the
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
	formatName := f.String("format", "html", strings.Join(formatsOf(k), ", "))
	out := f.String("out", "", "file to write (default stdout)")
	status := new(string)
	if k.Name == reports.KindDeclaration {
		status = f.String("status", reports.StatusDraft, "draft or final; final is refused while an item is missing or a critical finding is open")
	}
	record := f.String("record", "", "sign and record the report, and write the proof to this file")
	addStore(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		format, err := findFormat(k, *formatName)
		if err != nil {
			return err
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
		var b bytes.Buffer
		err = a.buildReport(cmd, k.Name, q, *record, func(in *instance, m reports.Model) error {
			if format.pack == nil {
				return format.write(&b, m)
			}
			return format.pack(cmd.Context(), &b, m, func(ctx context.Context, index uint64) ([]byte, error) {
				rec, err := in.log.Read(ctx, index)
				if err == nil && rec.Erased {
					err = ledger.ErrErased
				}
				return rec.Payload, err
			})
		})
		if err != nil {
			return broken(err)
		}
		return a.writeOut(b.Bytes(), *out)
	}
	return cmd
}

// writeOut writes to a file, or to standard output where none is named.
func (a *app) writeOut(b []byte, out string) error {
	if out == "" {
		_, err := a.stdout.Write(b)
		return broken(err)
	}
	return broken(writeDurable(out, b, 0o644))
}

func findFormat(k reports.Kind, name string) (reportFormat, error) {
	if names := formatsOf(k); !slices.Contains(names, name) {
		return reportFormat{}, usage("--format %s: want one of %s", name, strings.Join(names, ", "))
	}
	i := slices.IndexFunc(reportFormats, func(f reportFormat) bool { return f.name == name })
	return reportFormats[i], nil
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
