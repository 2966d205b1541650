package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
)

// hit is something a search found.
type hit struct {
	Kind string `json:"kind"` // subject, attestation, decision, rule
	Name string `json:"name"` // to show it by
	What string `json:"what"`
}

func (a *app) search() *cobra.Command {
	cmd := &cobra.Command{
		Use: "search QUERY", GroupID: "evidence", Args: exactly("QUERY"),
		Short: "Find a subject, attestation, decision or rule",
		Long: fmt.Sprintf(`Find what a word, digest, id or index stands for. A digest, an id, an index and the URI
of a system are looked up exactly. Words are looked for in ids and titles of rules and in
the names of subjects and systems of the newest %d decisions, as is the beginning of a
digest, from %d digits on: a ledger's leaves hold no name, so what was never decided about
is found by its whole digest.`, maxSearched, minPrefix),
		Example: "  assize search 3f1c9a\n  assize search FAI\n  assize search credit",
	}
	addService(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text := strings.TrimSpace(args[0])
		if text == "" || len(text) > maxQuery {
			return usage("search: a query of 1 to %d bytes", maxQuery)
		}
		conn, err := a.connect(cmd, toRead)
		if err != nil {
			return err
		}
		defer conn.Close()
		hits, err := exact(cmd.Context(), conn, text)
		if err == nil && len(hits) == 0 {
			hits, err = words(cmd.Context(), conn, text)
		}
		if err != nil {
			return err
		}
		if len(hits) == 0 {
			return fmt.Errorf("search %q: %w; a subject nobody decided about is found by its whole digest, alg:HEX", text, ledger.ErrNotFound)
		}
		return a.emit(cmd, hits, func(w io.Writer) error {
			rows := [][]string{{"KIND", "SHOW IT BY", "WHAT"}}
			for _, h := range hits {
				rows = append(rows, []string{h.Kind, clean(h.Name), clean(h.What)})
			}
			return table(w, rows)
		})
	}
	return cmd
}

// minPrefix is how many digits of a digest are needed to look for it.
const minPrefix = 6

// exact looks a name up that stands for one thing.
func exact(ctx context.Context, conn *connection, text string) ([]hit, error) {
	var out []hit
	ref, err := attest.ParseRef(text)
	if err != nil && attest.IsSystem(text) {
		ref, err = attest.RefOf(text), nil
	}
	if hex := "sha256:" + text; err != nil && len(text) == 64 {
		ref, err = attest.ParseRef(hex)
	}
	if err == nil {
		s, err := conn.Subject(ctx, string(ref))
		if err != nil {
			return nil, err
		}
		if s.Known || s.Total > 0 || len(s.Decisions) > 0 {
			out = append(out, hit{"subject", string(s.Ref), fmt.Sprintf("%s %s, %s", list(s.Kinds, "thing"), thing(s.Name, string(s.Ref)), count(s.Total, "statement", "statements"))})
		}
	}
	if d, err := conn.Decision(ctx, text); err == nil {
		out = append(out, hit{"decision", text, fmt.Sprintf("%s %s in %s: %s", d.Decision.Question.Action, thing("", string(d.Decision.Question.Subject)), d.Decision.Question.Environment, d.Decision.Verdict)})
	} else if !notThere(err) {
		return nil, err
	}
	if at, err := conn.Attestation(ctx, text); err == nil {
		out = append(out, hit{"attestation", at.ID, at.Type})
	} else if !notThere(err) {
		return nil, err
	}
	return out, nil
}

// notThere: the service has no such thing, or says that the name cannot be one.
func notThere(err error) bool {
	var p *api.Problem
	return errors.Is(err, ledger.ErrNotFound) || errors.As(err, &p) && p.Status >= 400 && p.Status < 500
}

// words looks for text in what has a name.
func words(ctx context.Context, conn *connection, text string) ([]hit, error) {
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(text)) }
	var out []hit
	for r, err := range conn.Rules(ctx) {
		if err != nil {
			return nil, err
		}
		if has(r.ID) || has(r.Title) {
			out = append(out, hit{"rule", r.ID, r.Title})
		}
	}
	seen, read := map[string]bool{}, 0
	for d, err := range conn.Decisions(ctx, "") {
		if err != nil {
			return nil, err
		}
		if read++; read > maxSearched {
			break
		}
		if d.Question == nil {
			continue
		}
		_, digest, _ := strings.Cut(string(d.Question.Subject), ":")
		for _, h := range []struct {
			hit
			found bool
		}{
			{hit{"subject", string(d.Question.Subject), thing(d.Name, string(d.Question.Subject))}, has(d.Name) || len(text) >= minPrefix && strings.HasPrefix(digest, text)},
			{hit{"subject", d.Question.System, "system"}, has(d.Question.System)},
		} {
			if h.found && h.Name != "" && !seen[h.Name] {
				seen[h.Name] = true
				out = append(out, h.hit)
			}
		}
	}
	return out, nil
}
