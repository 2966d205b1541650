package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/format"
)

func writeRecorded(path string, r *reports.Recorded) error {
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		return err
	}
	return writeDurable(path, b.Bytes(), 0o644)
}

// recorded reads a recorded report and checks it under a log key.
func (a *app) recorded(cmd *cobra.Command, file, logKey string) (*reports.Recorded, *reports.Verified, error) {
	raw, err := a.read(file, reports.MaxRecorded)
	if err != nil {
		return nil, nil, err
	}
	vkey, err := readLogKey(logKey)
	if err != nil {
		return nil, nil, err
	}
	r, err := reports.ParseRecorded(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	v, err := r.Verify(cmd.Context(), vkey)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, v, nil
}

func (a *app) verifyReport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "report FILE", Args: exactly("FILE"),
		Short: "Check a recorded report and who signed it off, offline",
		Long: `Read a recorded report (assize report KIND --record FILE) and check, under the pinned
log key and with no network: that the service's key signed exactly this report, that the
ledger holds the statement, that the key was trusted then, and that every sign-off is of
a person the service trusted. With --rebuild it is also built again from --store and
compared byte for byte.

Exit code 0 when it holds; 2 when it does not; 3 when no log key was pinned.`,
		Example: `  assize verify report audit.report.json --log-key log.vkey
  assize verify report audit.report.json --log-key log.vkey --rebuild --store sqlite:assize.db`,
	}
	logKey := addLogKey(cmd)
	rebuild := cmd.Flags().Bool("rebuild", false, "build the report again from --store and compare")
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r, v, err := a.recorded(cmd, args[0], *logKey)
		if err != nil {
			return err
		}
		out := struct {
			Holds bool `json:"holds"`
			*reports.Verified
			// Rebuilt is absent when it was not asked for.
			Rebuilt *bool `json:"rebuilt,omitempty"`
		}{true, v, nil}
		if *rebuild {
			same, err := a.rebuilt(cmd, r, v)
			if err != nil {
				return err
			}
			out.Rebuilt, out.Holds = &same, same
		}
		code := exitOK
		switch {
		case !out.Holds:
			code = exitRefused
		case !v.Anchored:
			code = exitUnproven
		}
		if err := a.emit(cmd, out, func(w io.Writer) error { reportText(w, a.style, v, out.Rebuilt); return nil }); err != nil {
			return err
		}
		return exit(code)
	}
	return cmd
}

// rebuilt builds a recorded report again by the command it names.
func (a *app) rebuilt(cmd *cobra.Command, r *reports.Recorded, v *reports.Verified) (bool, error) {
	q, err := reports.RequestOf(&v.Head)
	if err != nil {
		return false, err
	}
	var again []byte
	err = a.buildReport(cmd, v.Head.Kind, q, "", func(_ *instance, m reports.Model) error {
		again, err = attest.CanonicalJSON(m)
		return err
	})
	if err != nil {
		return false, broken(err)
	}
	was, err := attest.CanonicalJSON(r.Report)
	return bytes.Equal(again, was), err
}

func reportText(w io.Writer, s style, v *reports.Verified, rebuilt *bool) {
	switch {
	case rebuilt != nil && !*rebuilt:
		fmt.Fprintf(w, "%s  built again from the store it comes out otherwise\n", s.red("DOES NOT HOLD"))
	case !v.Anchored:
		fmt.Fprintf(w, "%s  consistent with itself, but nobody vouches for the log\n", s.yellow("NOT ANCHORED"))
	case rebuilt == nil:
		fmt.Fprintf(w, "%s  the service signed and recorded exactly this report\n", s.green("HOLDS"))
	default:
		fmt.Fprintf(w, "%s  the service signed and recorded exactly this report, and built again it is the same\n", s.green("HOLDS"))
	}
	fmt.Fprintf(w, "%s\n%s\n\n", clean(v.Head.Title), clean(v.Head.Sentence))
	for _, r := range [][]string{
		{"report", v.Digest}, {"recorded", fmt.Sprintf("at index %d of %s, %s", v.Index, clean(v.Origin), v.Logged)}, {"as of", v.Head.AsOf},
	} {
		fmt.Fprintf(w, "%s%s\n", s.dim(fmt.Sprintf("%-10s", r[0])), r[1])
	}
	for _, o := range v.SignOffs {
		fmt.Fprintf(w, "%s%s by %s (%s), %s, signed by %s\n", s.dim(fmt.Sprintf("%-10s", "sign-off")), o.Decision, clean(o.Name), clean(o.Role), o.StatedAt, clean(strings.Join(o.Principals, ", ")))
	}
	if len(v.SignOffs) == 0 {
		fmt.Fprintf(w, "%snobody has signed it off\n", s.dim(fmt.Sprintf("%-10s", "sign-off")))
	}
}

func (a *app) signOff() *cobra.Command {
	cmd := &cobra.Command{
		Use: "signoff FILE --key KEY --name NAME --role ROLE --decision DECISION", GroupID: "decision", Args: exactly("FILE"),
		Short: "Add a person's signature to a recorded report",
		Long: `Check a recorded report (assize report KIND --record FILE), sign it with a person's key
and add the signature to the file. The key has to belong to a signer that the service
trusted when the report was recorded, in one of the roles compliance, risk, validator,
approver or admin; any other signature would count for nothing and is refused.

DECISION is accepted, accepted-with-conditions or rejected.`,
		Example: `  assize signoff audit.report.json --key compliance.pem --name "Clara Vogt" --role "compliance officer" --decision accepted`,
	}
	f := cmd.Flags()
	key := f.String("key", "", "private key of the person (PEM, required)")
	name := f.String("name", "", "name of the person (required)")
	role := f.String("role", "", "what the person is (required)")
	decision := f.String("decision", "", strings.Join(reports.SignOffDecisions, ", ")+" (required)")
	comment := f.String("comment", "", "what the person wants said")
	out := f.String("out", "", "file to write (default FILE itself)")
	logKey := addLogKey(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *key == "" || *name == "" || *role == "" || *decision == "" {
			return usage("signoff: --key, --name, --role and --decision are required; see `assize signoff --help`")
		}
		text, err := readBounded(*key, maxKeyFile)
		if err != nil {
			return err
		}
		signer, err := attest.LoadPrivateKey(text)
		if err != nil {
			return fmt.Errorf("%s: %w", *key, err)
		}
		r, v, err := a.recorded(cmd, args[0], *logKey)
		if err != nil {
			return err
		}
		err = r.SignOff(v, reports.SignOffStatement{StatedAt: a.now().UTC().Format(time.RFC3339), Name: *name, Role: *role, Decision: *decision, Comment: *comment}, signer)
		if err != nil {
			return err
		}
		if *out == "" {
			*out = args[0]
		}
		return broken(writeRecorded(*out, r))
	}
	return cmd
}

func (a *app) reportRender() *cobra.Command {
	cmd := &cobra.Command{
		Use: "render FILE", Args: exactly("FILE"),
		Short: "Write a recorded report in a format, with its sign-offs",
		Long: `Check a recorded report as ` + "`assize verify report`" + ` does and write it as a page or PDF that
names where it was recorded and who signed it off.`,
		Example: "  assize report render audit.report.json --format pdf --out audit.pdf --log-key log.vkey",
	}
	formatName := cmd.Flags().String("format", "pdf", "pdf, html")
	out := cmd.Flags().String("out", "", "file to write (default stdout)")
	logKey := addLogKey(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *formatName != "pdf" && *formatName != "html" {
			return usage("--format %s: want pdf or html", *formatName)
		}
		form, err := format.Find(reports.Kind{}, *formatName)
		if err != nil {
			return err
		}
		r, v, err := a.recorded(cmd, args[0], *logKey)
		if err != nil {
			return err
		}
		m, err := r.Document(v)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := form.Write(cmd.Context(), &b, m, nil); err != nil {
			return broken(err)
		}
		return a.writeOut(b.Bytes(), *out)
	}
	return cmd
}
