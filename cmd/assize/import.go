package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/importer"
	"github.com/assize-dev/assize/policy"
)

func (a *app) importer() *cobra.Command {
	var rows strings.Builder
	for _, f := range importer.Formats() {
		fmt.Fprintf(&rows, "  %-16s %s -> %s\n", f.Name, f.About, strings.Join(f.Makes, ", "))
	}
	cmd := &cobra.Command{
		Use: "import FORMAT FILE --subject FILE|alg:HEX --system URI --key KEY", GroupID: "evidence", Args: exactly("FORMAT", "FILE"),
		Short: "Sign what another tool wrote about a dataset or a model",
		Long: `Read a description in the format of another tool, make statements of it and sign them.
Nothing is invented: what the file does not say stays absent, a placeholder is nothing
said. What was taken, what was left out and why is printed.

--dry-run signs nothing and also lists the built-in rules that require or read what would
come of it. A rule that requires evidence besides is listed with what it misses. Of the
others the finding is given (pass, fail, unassessable) over the import and nothing else,
under the built-in parameters, as if an importer had signed it now: pass means that the
rule is satisfied unless something else in the ledger speaks against it.

` + rows.String() + `
Such files are signed by nobody. Whoever imports one answers for it, so the signer
needs a role that may make statements of the type: importer for cards, runs and results,
evaluator or validator for fairness-assessment and test-result, operator for
monitoring-report, unless your trust says otherwise. Several statements with --out FILE go to FILE with the type in its name.`,
		Example: `  assize import hf-model-card README.md --subject ./model --system system:credit-scoring --dry-run
  assize import mlflow mlruns/1/3f2a --subject ./model --system system:credit-scoring --key importer.pem --out run.dsse.json
  assize import evidently report.json --subject ./model --system system:credit-scoring --environment production \
    --window-start 2025-05-01 --window-end 2025-06-01 --key operator.pem`,
	}
	f := cmd.Flags()
	subject := f.String("subject", "", "what the file describes (required)")
	systems := f.StringArray("system", nil, "system the statements count for; repeatable (required)")
	keys := f.StringArray("key", nil, "private key (PEM); repeatable for co-signatures")
	out := f.String("out", "", "file for the envelope (default stdout)")
	category := f.String("category", "", "category of an eval-result (default performance)")
	stage := f.String("stage", "", "stage of a dvc.lock that has several")
	environment := f.String("environment", "", "environment a monitoring report is about")
	f.String("window-start", "", "first instant of the window of a monitoring report (RFC 3339, or a date)")
	f.String("window-end", "", "instant after the last of that window")
	dry := f.Bool("dry-run", false, "sign nothing; say what would come of it")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *subject == "" || len(*systems) == 0 {
			return usage("import: --subject and --system are required; see `assize import --help`")
		}
		if at := slices.IndexFunc(importer.Formats(), func(f importer.Format) bool { return f.Name == args[0] }); at < 0 {
			return usage("import: no format %q; see `assize import --help`", args[0])
		}
		about, err := subjectOf(cmd.Context(), *subject, nil)
		if err != nil {
			return err
		}
		o := importer.Options{
			Subject: about, Systems: *systems, StatedAt: a.now().UTC(), Category: *category, Stage: *stage, Environment: *environment,
		}
		for flag, to := range map[string]*time.Time{"--window-start": &o.WindowStart, "--window-end": &o.WindowEnd} {
			if text := f.Lookup(flag[2:]).Value.String(); text != "" {
				if *to, err = policy.ParseInstant(text); err != nil {
					return usage("%s %q: %w", flag, text, err)
				}
			}
		}
		r, err := importFile(args[0], args[1], o)
		if err != nil {
			return fmt.Errorf("import %s: %w", args[1], err)
		}
		if *dry {
			return a.dryRun(cmd, r, about, (*systems)[0])
		}
		signers, err := loadSigners(*keys)
		if err != nil {
			return err
		}
		imported(a.stderr, r)
		for _, st := range r.Statements {
			raw, err := attest.SignDSSE(st.Payload, signers...)
			if err != nil {
				return err
			}
			to := *out
			if to != "" && len(r.Statements) > 1 {
				dir, base := filepath.Split(to)
				name, ext, _ := strings.Cut(base, ".")
				to = dir + strings.TrimSuffix(name+"."+st.Type+"."+ext, ".")
			}
			if err := a.emitEnvelope(cmd, raw, to); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

// importFile opens nothing outside the folder that holds the file, whatever links
// lie in it.
func importFile(format, name string, o importer.Options) (importer.Result, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return importer.Result{}, err
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return importer.Result{}, err
	}
	defer root.Close()
	return importer.Import(format, root.FS(), filepath.Base(path), o)
}

func (a *app) dryRun(cmd *cobra.Command, r importer.Result, about attest.Subject, system string) error {
	set, err := builtinRules()
	if err != nil {
		return err
	}
	rules, err := looking(cmd.Context(), set, r, about, system, a.now())
	if err != nil {
		return err
	}
	statements := make([]any, len(r.Statements))
	for i, st := range r.Statements {
		if statements[i], err = attest.ParseJSON(st.Payload); err != nil {
			return err
		}
	}
	return a.emit(cmd, map[string]any{"statements": statements, "took": r.Took, "left": r.Left, "notes": r.Notes, "rules": rules}, func(w io.Writer) error {
		imported(w, r)
		if len(rules) == 0 {
			fmt.Fprintln(w, "no built-in rule looks at it")
			return nil
		}
		fmt.Fprintln(w, a.style.bold("RULES"), "that look at it, and what each would find in it alone; the gate judges all there is")
		rows := [][]string{}
		for _, l := range rules {
			rows = append(rows, []string{"  " + l.Rule, l.How + " " + l.Type, l.verdict(), l.Title})
		}
		return table(w, rows)
	})
}

// imported says what was taken and what was left.
func imported(w io.Writer, r importer.Result) {
	types := make([]string, len(r.Statements))
	for i, st := range r.Statements {
		types[i] = st.Type
	}
	fmt.Fprintf(w, "%s: %s\n", count(len(types), "statement", "statements"), strings.Join(types, ", "))
	rows := [][]string{}
	for _, t := range r.Took {
		rows = append(rows, []string{"took", t.Place, t.Into})
	}
	for _, l := range r.Left {
		rows = append(rows, []string{"left", l.Place, l.Why})
	}
	_ = table(w, rows) // to the terminal, as every message
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", clean(n))
	}
}
