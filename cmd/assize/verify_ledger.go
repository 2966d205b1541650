package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
)

func (a *app) verifyLedger() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ledger DIR|URL|STORE", Args: exactly("DIR|URL|STORE"),
		Short: "Derive the tree of a log again from its entries",
		Long: `Read every entry of a log, derive the tree and compare with it tiles and signed
checkpoint: of an exported directory, of a URL that serves tlog-tiles (a service, a
mirror), or of a store. Of a directory and a store each payload is compared with the
commitment in its leaf; of a URL the tree alone is looked at, see ` + "`assize ledger mirror`" + `.

Exit code 0 when it holds, 2 when it does not, 3 when no log key was pinned.`,
		Example: `  assize verify ledger ./export --log-key log.vkey
  assize verify ledger http://127.0.0.1:8710 --log-key log.vkey`,
	}
	logKey := addLogKey(cmd)
	policy := addWitnessPolicy(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		vkey, err := readLogKey(*logKey)
		if err != nil {
			return err
		}
		r, err := a.checkLog(cmd, args[0], vkey)
		if err == nil && policy.given() {
			err = a.checkCosigned(cmd, args[0], vkey, policy, r)
		}
		if err != nil {
			return err
		}
		if err := a.emit(cmd, r, func(w io.Writer) error { a.staticText(w, r); return nil }); err != nil {
			return err
		}
		switch {
		case !r.Holds:
			return exit(exitRefused)
		case !r.Anchored:
			return exit(exitUnproven)
		}
		return nil
	}
	return cmd
}

func (a *app) checkLog(cmd *cobra.Command, where, vkey string) (*staticReport, error) {
	ctx := cmd.Context()
	switch {
	case strings.HasPrefix(where, "http://"), strings.HasPrefix(where, "https://"):
		return logAtURL(where).check(ctx, vkey, a.progress("entries"))
	case isStore(where):
		in, err := openInstance(ctx, instanceConfig{Store: where, ReadOnly: true, Logger: a.messages()})
		if err != nil {
			return nil, err
		}
		defer in.Close()
		r, err := ledger.Check(ctx, in.store, vkey, ledger.CheckOptions{Progress: a.progress("entries")})
		if err != nil {
			return nil, err
		}
		v := checkReportOf(r)
		out := &staticReport{Holds: v.Holds, Anchored: vkey != "", Origin: in.log.Origin(), Size: v.Size, Root: v.Root, Payloads: v.Present, Erased: v.Erased, Findings: v.Findings, Notes: []string{}}
		if vkey == "" {
			out.Notes = append(out.Notes, "not anchored: nobody vouches for the log; pin its key with --log-key")
		}
		return out, nil
	case isDirectory(where):
		return logInDirectory(where).check(ctx, vkey, a.progress("entries"))
	}
	return nil, usage("%s: want a directory that was exported, a URL, or a store (sqlite:PATH, postgres://...)", where)
}

func (a *app) staticText(w io.Writer, r *staticReport) {
	switch {
	case !r.Holds:
		fmt.Fprintf(w, "%s  %s\n", a.style.red("DOES NOT HOLD"), count(len(r.Findings), "fault", "faults"))
	case !r.Anchored:
		fmt.Fprintf(w, "%s  consistent with itself, but nobody vouches for the log\n", a.style.yellow("NOT ANCHORED"))
	default:
		fmt.Fprintln(w, a.style.green("HOLDS"))
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s\n", clean(f))
	}
	rows := [][]string{{"log", r.Origin}, {"entries", fmt.Sprint(r.Size)}, {"root", r.Root}}
	switch {
	case r.Payloads+r.Erased > 0:
		rows = append(rows, []string{"payloads", fmt.Sprintf("%d are what their leaves commit to, %d erased", r.Payloads, r.Erased)})
	case r.Size > 0:
		rows = append(rows, []string{"payloads", "not looked at over a URL; `assize ledger mirror` fetches them and compares each with its leaf"})
	}
	for _, n := range r.Notes {
		rows = append(rows, []string{"note", n})
	}
	_ = table(w, rows)
}
