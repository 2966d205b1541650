package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
)

// silence is how long an answer may take before it is said what is waited for.
const silence = 5 * time.Second

func (a *app) submit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "submit FILE... | --image REF", GroupID: "evidence", Args: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (cmd.Flag("image").Value.String() == "") {
				return usage("submit: want either FILE... or --image REF; see `assize submit --help`")
			}
			return nil
		},
		Short: "Hand signed evidence to a service",
		Long: `Hand envelopes to a service, which verifies them under the trust active in its ledger
and appends them. The answer is a receipt: with --receipts DIR it is kept as a file that
` + "`assize verify receipt`" + ` checks without the service. Evidence the ledger holds already
gives its stored receipt again.

Exit code 2 when the evidence is refused. Files after the first refused one are not sent.

With --image everything attached to an image is looked at: the attestations of cosign, and
referrers of OCI 1.1, Sigstore bundles among them; of an index also what is attached to
its manifests. Each has a line: new, known, refused, failed (could not be read) or left
(makes no signed statement), and none keeps another from being sent. REF is a reference as
docker takes it, or oci:DIRECTORY for an image layout. Secrets are those of docker login.
Exit code 1 when something failed or nothing signed is attached, 2 when something was
refused.`,
		Example: `  assize submit card.dsse.json eval.dsse.json
  assize submit --image registry.example/bank/scorer:v3
  assize submit model/model.sig --store sqlite:assize.db`,
	}
	f := cmd.Flags()
	wait := f.String("wait", "published", "sequenced; published: wait for the signed checkpoint and the proof; or witnessed: wait until witnesses cosigned it")
	receipts := f.String("receipts", "", "directory to keep receipts in, as ID.receipt")
	image := f.String("image", "", "image whose attached evidence is handed in, in place of files")
	addService(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *wait == "sequenced" && *receipts != "" {
			return usage("--wait sequenced gives no proof to keep; leave it out, or --receipts")
		}
		conn, err := a.connect(cmd, toWrite)
		if err != nil {
			return err
		}
		defer conn.Close()
		if *image != "" {
			return a.submitImage(cmd, conn, *image, *wait, *receipts)
		}
		done := []api.Submission{}
		for _, path := range args {
			raw, err := a.read(path, api.MaxEvidence)
			if err != nil {
				return err
			}
			if len(raw) == 0 {
				return fmt.Errorf("%s: %w: the file is empty", path, attest.ErrMalformed)
			}
			waiting := time.AfterFunc(silence, func() { a.note("assize: %s: no answer yet, waiting to be %s", path, *wait) })
			s, err := conn.Submit(cmd.Context(), raw, *wait)
			waiting.Stop()
			if err == nil && *receipts != "" {
				err = keepReceipt(*receipts, s)
			}
			if err != nil {
				if len(done) > 0 {
					a.note("assize: %s before it accepted", count(len(done), "file", "files"))
				}
				return fmt.Errorf("%s: %w", path, err)
			}
			done = append(done, s)
		}
		return a.emit(cmd, done, func(w io.Writer) error {
			rows := [][]string{}
			for i, s := range done {
				state := "new"
				if s.Duplicate {
					state = "known"
				}
				rows = append(rows, []string{state, fmt.Sprintf("index %d", s.Receipt.Index), typeName(s.PredicateType), s.ID, args[i]})
			}
			return table(w, rows)
		})
	}
	return cmd
}
