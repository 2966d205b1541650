package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
)

// keepReceipt writes a receipt as a tlog-proof file (c2sp.org/tlog-proof).
func keepReceipt(dir string, s api.Submission) error {
	proof, err := s.Receipt.TlogProof()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return writeDurable(filepath.Join(dir, s.ID+".receipt"), proof, 0o644)
}

func (a *app) verifyReceipt() *cobra.Command {
	cmd := &cobra.Command{
		Use: "receipt FILE", Args: exactly("FILE"),
		Short: "Check that a log took an attestation",
		Long: `Check a receipt under the pinned log key: the leaf is in the tree that the checkpoint
signs, and with --attestation the leaf is about that envelope. FILE is a tlog-proof
(*.receipt), or the JSON a service answered with.

Exit code 0 when it holds, 2 when it does not, 3 when no log key was pinned.`,
		Example: "  assize verify receipt 8d3a.receipt --attestation card.dsse.json --log-key log.vkey",
	}
	envelope := cmd.Flags().String("attestation", "", "envelope the receipt is for")
	logKey := addLogKey(cmd)
	policy := addWitnessPolicy(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		raw, err := a.read(args[0], ledger.MaxProof)
		if err != nil {
			return err
		}
		r, err := api.ParseReceipt(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		vkey, err := readLogKey(*logKey)
		if err != nil {
			return err
		}
		if vkey == "" {
			return &exitError{exitUnproven, fmt.Errorf("%s: not anchored: pin the log's verifier key with --log-key; a receipt cannot vouch for its own log", args[0])}
		}
		var payload []byte
		if *envelope != "" {
			if payload, err = readBounded(*envelope, attest.MaxEnvelope); err != nil {
				return err
			}
		}
		leaf, cp, err := r.Verify(payload, vkey)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		cosigned, err := policy.check([]byte(r.Checkpoint), vkey)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		v := map[string]any{"holds": true, "index": r.Index, "time": leaf.Time, "kind": leaf.Kind, "labels": leaf.Labels, "leaf_hash": r.LeafHash,
			"origin": cp.Origin, "tree_size": cp.Size, "attestation_checked": payload != nil, "cosigned_by": cosigned}
		return a.emit(cmd, v, func(w io.Writer) error {
			fmt.Fprintln(w, a.style.green("HOLDS"))
			rows := [][]string{{"log", cp.Origin}, {"index", fmt.Sprintf("%d of %d", r.Index, cp.Size)}, {"logged", leaf.Time.Format("2006-01-02T15:04:05.000000Z")}, {"kind", leaf.Kind}}
			if len(cosigned) > 0 {
				rows = append(rows, []string{"cosigned", "by " + strings.Join(cosigned, ", ")})
			}
			for _, l := range leaf.Labels {
				rows = append(rows, []string{"type", typeName(l)})
			}
			if payload == nil {
				rows = append(rows, []string{"note", "only that this leaf is in the log; --attestation checks what it is about"})
			} else {
				rows = append(rows, []string{"about", *envelope})
			}
			return table(w, rows)
		})
	}
	return cmd
}
