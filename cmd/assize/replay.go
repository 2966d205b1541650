package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policy/gate"
)

func (a *app) replay() *cobra.Command {
	cmd := &cobra.Command{
		Use: "replay", GroupID: "decision", Args: cobra.NoArgs,
		Short: "Judge every recorded decision again",
		Long: `Judge every recorded decision again from the ledger as it was, with the rules,
parameters and trust of then, at the instant it was decided. Verdict, findings and
interval have to come out the same. Exit code 2 when one differs. A decision that rests
on evidence erased since cannot be judged again; it is named and counted apart.`,
	}
	from := cmd.Flags().Uint64("from", 0, "ledger index to begin at")
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg := a.instanceConfig(cmd)
		cfg.ReadOnly = true
		in, err := openInstance(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		var all []gate.Replayed
		differ, erased := 0, 0
		err = in.Gate.Replay(cmd.Context(), *from, func(r gate.Replayed) error {
			all = append(all, r)
			if len(r.Differences) > 0 {
				differ++
			}
			if len(r.Erased) > 0 {
				erased++
			}
			return nil
		})
		if err != nil {
			return err
		}
		v := struct {
			Replayed  int             `json:"replayed"`
			Differing int             `json:"differing"`
			Erased    int             `json:"erased"`
			Decisions []gate.Replayed `json:"decisions"`
		}{len(all) - erased, differ, erased, append([]gate.Replayed{}, all...)}
		err = a.emit(cmd, v, func(w io.Writer) error {
			t := &decisionText{w: w, style: a.style}
			for _, r := range all {
				word := a.style.green("same")
				switch {
				case len(r.Differences) > 0:
					word = a.style.red("DIFFERS")
				case len(r.Erased) > 0:
					word = a.style.yellow("erased")
				}
				sentence := ""
				if r.Decision.V != 0 {
					sentence = strings.ToUpper(string(r.Decision.Verdict)) + ": " + verdictSentence(&r.Decision)
				}
				fmt.Fprintf(w, "%6d  %s  %s\n", r.Index, word, sentence)
				for _, d := range r.Differences {
					t.wrap("        ", 8, d)
				}
				for _, n := range r.Notes {
					t.wrap("        note: ", 14, n)
				}
			}
			fmt.Fprintf(w, "%s judged again, %d %s\n", count(len(all)-erased, "decision", "decisions"), differ, plural(differ, "differs", "differ"))
			if erased > 0 {
				fmt.Fprintf(w, "%s cannot be judged again, for evidence that was erased\n", count(erased, "decision", "decisions"))
			}
			return nil
		})
		if err == nil && differ > 0 {
			return exit(exitRefused)
		}
		return err
	}
	return cmd
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
