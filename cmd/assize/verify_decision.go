package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/policy/gate"
)

func (a *app) verifyDecision() *cobra.Command {
	cmd := &cobra.Command{
		Use: "decision FILE", Args: exactly("FILE"),
		Short: "Check a proof bundle and judge it again, offline",
		Long: `Read a proof bundle (*.decision.json), check every signature and proof in it under the
pinned log key, and judge the case again with the rules, parameters and trust it
carries. No network, no trust in the service that made it.

Exit code 0 when the decision holds, whatever its verdict; 2 when it does not; 3 when
no log key was pinned: then the bundle is consistent with itself and no more.`,
		Example: "  assize verify decision 8d3a.decision.json --log-key log.vkey",
	}
	logKey := addLogKey(cmd)
	policy := addWitnessPolicy(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		raw, err := a.read(args[0], gate.MaxBundle)
		if err != nil {
			return err
		}
		vkey, err := readLogKey(*logKey)
		if err != nil {
			return err
		}
		v, err := gate.VerifyBundle(cmd.Context(), raw, vkey)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if policy.given() {
			b, err := gate.ParseBundle(raw)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			by, err := policy.check([]byte(b.Checkpoint), vkey)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			v.Notes = append(v.Notes, "its checkpoint is cosigned by "+strings.Join(by, ", "))
		}
		code := exitOK
		switch {
		case !v.Holds():
			code = exitRefused
		case !v.Anchored:
			code = exitUnproven
		}
		err = a.emit(cmd, struct {
			Holds bool `json:"holds"`
			*gate.Verification
		}{v.Holds(), v}, func(w io.Writer) error { verificationText(w, a.style, v); return nil })
		if err != nil {
			return err
		}
		return exit(code)
	}
	return cmd
}

func verificationText(w io.Writer, s style, v *gate.Verification) {
	d := &v.Decision
	switch {
	case !v.Holds():
		fmt.Fprintf(w, "%s  judged again it comes out otherwise\n", s.red("DOES NOT HOLD"))
	case !v.Anchored:
		fmt.Fprintf(w, "%s  consistent with itself, but nobody vouches for the log\n", s.yellow("NOT ANCHORED"))
	default:
		fmt.Fprintf(w, "%s  every signature and proof checks, and judged again it comes out the same\n", s.green("HOLDS"))
	}
	fmt.Fprintf(w, "%s: %s\n%s.\n\n", strings.ToUpper(string(d.Verdict)), verdictSentence(d), countsSentence(d))
	for _, r := range [][]string{
		{"decision", v.ID}, {"recorded", fmt.Sprintf("at index %d of %s", v.Index, clean(v.Origin))}, {"decided", d.DecidedAt},
		{"holds", interval(d.HoldsFrom, d.HoldsUntil)}, {"basis", d.Basis},
	} {
		fmt.Fprintf(w, "%s%s\n", s.dim(fmt.Sprintf("%-10s", r[0])), r[1])
	}
	t := &decisionText{w: w, style: s}
	for _, diff := range v.Differences {
		t.wrap(s.red(fmt.Sprintf("%-10s", "differs")), 10, diff)
	}
	for _, n := range v.Notes {
		t.wrap(s.dim(fmt.Sprintf("%-10s", "note")), 10, n)
	}
}

func addLogKey(cmd *cobra.Command) *string {
	return cmd.Flags().String("log-key", "", "pinned verifier key of the log, or a file that holds it (log.vkey)")
}

// readLogKey takes a verifier key as such or from a file.
func readLogKey(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if _, err := ledger.OriginOf(text); err == nil {
		return text, nil
	}
	b, err := readBounded(text, maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", usage("--log-key %q: neither a verifier key (ORIGIN+HASH+KEY) nor a file", text)
	}
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(b))
	if _, err := ledger.OriginOf(key); err != nil {
		return "", usage("--log-key %s: %w", text, err)
	}
	return key, nil
}
