package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policy/gate"
)

// listWaivers shows the waivers of a ledger on this machine. Exit code 2 when one of
// an emergency was not reviewed in time.
func (a *app) listWaivers(cmd *cobra.Command, at string, within int) error {
	cfg := a.instanceConfig(cmd)
	cfg.ReadOnly = true
	in, err := openInstance(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	defer in.Close()
	when, err := in.when(cmd.Context(), a, at)
	if err != nil {
		return err
	}
	all, err := in.Gate.Waivers(cmd.Context(), when)
	if err != nil {
		return err
	}
	if err := a.emit(cmd, all, func(w io.Writer) error { return waiversText(w, a.style, all, when, within) }); err != nil {
		return err
	}
	for _, w := range all {
		if w.State == gate.WaiverUnreviewed {
			return exit(exitRefused)
		}
	}
	return nil
}

func waiversText(w io.Writer, s style, all []gate.WaiverState, at time.Time, within int) error {
	t := &decisionText{w: w, style: s}
	tally := map[string]int{}
	soon := 0
	for _, v := range all {
		tally[v.State]++
		word := v.State
		switch v.State {
		case gate.WaiverInForce:
			word = s.green(word)
		case gate.WaiverOrphan:
			word = s.yellow(word)
		case gate.WaiverUnreviewed:
			word = s.red(word)
		}
		until := v.Until
		if until == "" {
			until = v.Expires
		}
		ends, err := time.Parse(time.RFC3339Nano, until)
		expiring := err == nil && v.State == gate.WaiverInForce && ends.Sub(at) <= time.Duration(within)*24*time.Hour
		t.wrap(fmt.Sprintf("#%d  %s  ", v.Index, word), 6, fmt.Sprintf("%s in %s, until %s", strings.Join(v.Rules, ", "), v.Environment, until))
		if expiring {
			soon++
			t.wrap("      "+s.yellow("ends soon")+"  ", 6, fmt.Sprintf("within %d days; repair what it waives, or have it granted anew", within))
		}
		if v.BreakGlass {
			t.wrap("      emergency  ", 6, "to be reviewed by "+v.ReviewBy)
		}
		if v.Why != "" {
			t.wrap("      ", 6, v.Why)
		}
		if len(v.Covers) > 0 {
			t.wrap("      covers  ", 14, strings.Join(v.Covers, ", "))
		}
		for _, u := range v.Unused {
			t.wrap("      unused  ", 14, u)
		}
		t.wrap("      ", 6, fmt.Sprintf("for %s, asked by %s, approved by %s: %s", strings.Join(v.Systems, ", "), v.RequestedBy, v.ApprovedBy, v.Reason))
	}
	_, err := fmt.Fprintf(w, "%s: %d in force (%d ending soon), %d orphans, %d unreviewed, %d ended, %d withheld\n", count(len(all), "waiver", "waivers"),
		tally[gate.WaiverInForce], soon, tally[gate.WaiverOrphan], tally[gate.WaiverUnreviewed], tally[gate.WaiverEnded], tally[gate.WaiverWithheld])
	return err
}
