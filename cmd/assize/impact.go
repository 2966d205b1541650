package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy/gate"
)

// impact is what rests on a thing.
type impact struct {
	Root      attest.Ref `json:"root"`
	Name      string     `json:"name,omitempty"`
	Systems   []string   `json:"systems"`
	Things    []affected `json:"things"` // nearest first, the root itself foremost
	Truncated bool       `json:"truncated"`
}

// affected is a thing, with the newest recorded decision on each question about it.
type affected struct {
	Ref       attest.Ref            `json:"ref"`
	Name      string                `json:"name,omitempty"`
	Kinds     []string              `json:"kinds"`
	Steps     int                   `json:"steps"` // from the root
	Tainted   bool                  `json:"tainted"`
	Decisions []api.DecisionSummary `json:"decisions"`
}

func (a *app) impact() *cobra.Command {
	cmd := &cobra.Command{
		Use: "impact REF", GroupID: "decision", Args: exactly("REF"),
		Short: "Show what rests on a thing: what was made from it, and what was decided about that",
		Long: `Show what was made from a thing, by the edges of trusted statements, with the newest
recorded decision on each question about it: what is judged again when the thing is
revoked. It changes nothing and judges nothing.`,
		Example: "  assize impact german_credit.csv",
	}
	addService(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ref, err := refOf(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		conn, err := a.connect(cmd, toRead)
		if err != nil {
			return err
		}
		defer conn.Close()
		x, err := impactOf(cmd.Context(), conn, ref)
		if err != nil {
			return err
		}
		return a.emit(cmd, x, func(w io.Writer) error { return restsText(w, a.style, x) })
	}
	return cmd
}

func impactOf(ctx context.Context, conn *connection, ref attest.Ref) (*impact, error) {
	g, err := conn.Lineage(ctx, string(ref), true)
	if err != nil {
		return nil, err
	}
	x := &impact{Root: g.Root, Truncated: g.Truncated, Systems: []string{}}
	for _, n := range g.Nodes {
		if n.Ref == g.Root {
			x.Name = n.Name
		}
		one := affected{Ref: n.Ref, Name: n.Name, Kinds: n.Kinds, Steps: max(len(n.Path)-1, 0), Tainted: n.Tainted, Decisions: []api.DecisionSummary{}}
		if one.Decisions, err = newestDecisions(ctx, conn, n.Ref); err != nil {
			return nil, err
		}
		x.Things = append(x.Things, one)
		x.Systems = append(x.Systems, n.Systems...)
	}
	slices.Sort(x.Systems)
	x.Systems = slices.Compact(x.Systems)
	return x, nil
}

// newestDecisions are the newest on each question about a subject, among its
// maxImpactDecisions newest.
func newestDecisions(ctx context.Context, conn *connection, ref attest.Ref) ([]api.DecisionSummary, error) {
	out, seen, read := []api.DecisionSummary{}, map[gate.Question]bool{}, 0
	for d, err := range conn.Decisions(ctx, string(ref)) {
		if err != nil {
			return nil, err
		}
		if read++; read > maxImpactDecisions {
			break
		}
		if d.Question == nil || seen[*d.Question] {
			continue
		}
		seen[*d.Question] = true
		out = append(out, d)
	}
	return out, nil
}

func restsText(w io.Writer, st style, x *impact) error {
	decisions := 0
	rows := [][]string{{"STEPS", "THING", "QUESTION", "NEWEST DECISION", "VERDICT"}}
	for _, t := range x.Things {
		name := list(t.Kinds, "thing") + " " + thing(t.Name, string(t.Ref))
		if t.Tainted {
			name += " " + st.red("TAINTED")
		}
		if len(t.Decisions) == 0 {
			rows = append(rows, []string{fmt.Sprint(t.Steps), name, "-", "-", "-"})
		}
		for _, d := range t.Decisions {
			decisions++
			rows = append(rows, []string{fmt.Sprint(t.Steps), name, clean(fmt.Sprintf("%s, %s in %s", list(nonEmpty(d.Question.System), "every system"), d.Question.Action, d.Question.Environment)),
				fmt.Sprintf("%d of %.10s", d.Index, d.Time), string(d.Verdict)})
		}
	}
	fmt.Fprintf(w, "%s: %s made from it, %s, %s\n\n", st.bold(thing(x.Name, string(x.Root))), count(len(x.Things)-1, "thing", "things"), count(len(x.Systems), "system", "systems"),
		count(decisions, "question decided", "questions decided"))
	if err := table(w, rows); err != nil {
		return err
	}
	if x.Truncated {
		fmt.Fprintf(w, "%s there is more than one answer holds\n", st.yellow("cut off:"))
	}
	return nil
}
