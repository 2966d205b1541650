package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/oci"
)

// Outcomes of what was found attached to an image.
const (
	outcomeNew     = "new"
	outcomeKnown   = "known"
	outcomeRefused = "refused" // by the service: malformed, not signed by who it should
	outcomeFailed  = "failed"  // could not be read, or the service could not be asked
	outcomeLeft    = "left"    // makes no signed statement
)

// attached is one thing attached to an image and what became of it.
type attached struct {
	Outcome   string     `json:"outcome"`
	Source    string     `json:"source"`
	Digest    attest.Ref `json:"digest"`
	MediaType string     `json:"media_type"`
	// AttachedTo is the image or a manifest of its index.
	AttachedTo attest.Ref      `json:"attached_to"`
	Repacked   bool            `json:"repacked,omitempty"`
	Submission *api.Submission `json:"submission,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	// Elsewhere: accepted, but its subjects are not what it is attached to.
	Elsewhere bool `json:"elsewhere,omitempty"`
	code      int
}

// submitImage hands in everything attached to an image. One thing that is refused
// keeps no other from being sent.
func (a *app) submitImage(cmd *cobra.Command, conn *connection, ref, wait, receipts string) error {
	client := oci.Client{}
	digest, err := client.Resolve(cmd.Context(), ref)
	if err != nil {
		return err
	}
	found, err := client.Attestations(cmd.Context(), ref)
	if err != nil {
		return err
	}
	list := make([]attached, len(found))
	taken, code := 0, exitOK
	for i, f := range found {
		l := attached{Source: f.Source, Digest: f.Digest, MediaType: f.MediaType, AttachedTo: f.Subject, Repacked: f.Repacked}
		switch {
		case errors.Is(f.Err, oci.ErrNotEvidence):
			l.Outcome, l.Reason = outcomeLeft, f.Err.Error()
		case f.Err != nil:
			l.Outcome, l.Reason, l.code = outcomeFailed, f.Err.Error(), exitBroken
		default:
			s, err := conn.Submit(cmd.Context(), f.Data, wait)
			if err == nil && receipts != "" {
				err = keepReceipt(receipts, s)
			}
			l.settle(s, err)
		}
		if l.Submission != nil {
			taken++
		}
		list[i], code = l, worse(code, l.code)
	}
	err = a.emit(cmd, map[string]any{"image": ref, "digest": digest, "attached": list}, func(w io.Writer) error {
		fmt.Fprintf(w, "%s is %s\n", clean(ref), digest)
		rows := [][]string{}
		for _, l := range list {
			rows = append(rows, append([]string{l.Outcome}, l.cells()...))
		}
		return table(w, rows)
	})
	if err == nil && taken == 0 && code == exitOK {
		return &exitError{exitBroken, fmt.Errorf("image %s: no signed statement is attached to it, so nothing was handed in; `cosign attest` attaches one", ref)}
	}
	if err != nil {
		return err
	}
	return exit(code)
}

// settle notes what the service answered.
func (l *attached) settle(s api.Submission, err error) {
	if err != nil {
		if l.code = exitCode(err); l.code == exitBroken {
			l.Outcome = outcomeFailed
		} else {
			l.Outcome = outcomeRefused
		}
		l.Reason = message(err)
		return
	}
	l.Submission, l.Outcome = &s, outcomeNew
	if s.Duplicate {
		l.Outcome = outcomeKnown
	}
	l.Elsewhere = !slices.Contains(s.Subjects, l.AttachedTo)
}

func (l *attached) cells() []string {
	if l.Submission == nil {
		return []string{"", l.MediaType, l.Source, l.Reason}
	}
	note := ""
	if l.Elsewhere {
		note = "about another digest than " + string(l.AttachedTo)
	}
	return []string{fmt.Sprintf("index %d", l.Submission.Receipt.Index), typeName(l.Submission.PredicateType), l.Source, note}
}

// worse of two exit codes: what did not work, then what was refused, then what
// could not be told.
func worse(a, b int) int {
	order := []int{exitOK, exitUnproven, exitRefused, exitBroken}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
