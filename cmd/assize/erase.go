package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/ledger/evidence"
)

func (a *app) erase() *cobra.Command {
	cmd := &cobra.Command{
		Use: "erase ID", GroupID: "evidence", Args: exactly("ID"),
		Short: "Erase an attestation from the ledger (GDPR Art 17)",
		Long: `Sign an erasure and submit it. Payload and salt of every entry that holds the
attestation go, and of every decision that quotes it; the leaves stay, so that the tree
and everybody's receipts stay whole, and the erasure is their tombstone. Rules see the
evidence as erased and no longer pass on it; the same bytes are not taken again. It takes
compliance, for the systems it may speak of, or an administrator. A revocation cannot be
erased.

--dry-run lists what would go, and which decisions stay and cannot be judged again. The
reason stays in the ledger for ever: name the ground, not the person. Backups, mirrors and
exports made before hold the bytes until they are renewed.`,
		Example: `  assize erase 3f2a... --dry-run
  assize erase 3f2a... --reason "GDPR Art 17(1)(b), request 2026-118" --key officer.pem`,
	}
	f := cmd.Flags()
	reason := f.String("reason", "", "ground for the erasure (required)")
	dry := f.Bool("dry-run", false, "list what would be erased, and erase nothing")
	sg := addSigning(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *reason == "" && !*dry {
			return usage("erase: --reason is required")
		}
		n := toWrite
		if *dry || sg.out != "" {
			n = toRead
		}
		conn, err := a.connect(cmd, n)
		if err != nil {
			return err
		}
		defer conn.Close()
		plan, err := conn.PlanErasure(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if *dry {
			return a.emit(cmd, plan, func(w io.Writer) error { return table(w, planRows(plan)) })
		}
		signers, err := loadSigners(sg.keys)
		if err != nil {
			return err
		}
		raw, err := evidence.NewErasure(plan.Entries, *reason, plan.Origin, a.now(), signers...)
		if err != nil {
			return err
		}
		if sg.out != "" {
			return a.emitEnvelope(cmd, raw, sg.out)
		}
		done, err := conn.Erase(cmd.Context(), raw)
		if err != nil {
			return err
		}
		return a.emit(cmd, done, func(w io.Writer) error {
			return table(w, append(planRows(plan), []string{"tombstone", fmt.Sprintf("at index %d, %s", done.Receipt.Index, done.Receipt.Time)}))
		})
	}
	return cmd
}

func planRows(p api.ErasurePlan) [][]string {
	rows := [][]string{}
	quoting := map[uint64]bool{}
	for _, i := range p.Quoting {
		quoting[i] = true
	}
	for _, e := range p.Entries {
		what := "attestation"
		if quoting[e.Index] {
			what = "decision that quotes it"
		}
		rows = append(rows, []string{"erased", fmt.Sprintf("index %d", e.Index), what})
	}
	for _, i := range p.Using {
		rows = append(rows, []string{"stays", fmt.Sprintf("index %d", i), "decision that rests on it; it cannot be judged again"})
	}
	for _, i := range p.Reports {
		rows = append(rows, []string{"see to", fmt.Sprintf("index %d", i), "report recorded since; its file, which is kept elsewhere, may quote it"})
	}
	return rows
}
