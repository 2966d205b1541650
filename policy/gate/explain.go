package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
)

// Explained is the explanation of one rule over one subject of one system.
type Explained struct {
	System string `json:"system"`
	policy.Explanation
}

// Explain judges the case at an instant and traces every rule of it. What it judges
// is what Judge judges: the same runs over the same input, waivers included.
func (c *Case) Explain(ctx context.Context, at time.Time) ([]Explained, error) {
	if c.runs == nil {
		if err := c.plan(); err != nil {
			return nil, err
		}
	}
	out := []Explained{}
	for _, r := range c.runs {
		if err := r.judge(ctx, c, at.UTC()); err != nil {
			return nil, err
		}
		e := Explained{System: r.dossier.System}
		if r.node != nil {
			in, err := r.inputAt(ctx, c, at.UTC())
			if err != nil {
				return nil, err
			}
			e.Explanation, err = c.Set.Explain(ctx, r.rule, in, r.view.effective, policy.NewClock(at.UTC()))
			if err != nil {
				return nil, fmt.Errorf("explain %s on %s: %w", r.rule.ID, r.node.Ref, err)
			}
		}
		e.Finding = r.finding
		out = append(out, e)
	}
	return out, nil
}

// Reasons are what the gate itself holds against the question, whatever its rules
// find.
func (c *Case) Reasons() []string { return nonNil(c.reasons) }

// Owner is who owns a system by its newest profile that counts, "" when nobody says.
func (c *Case) Owner(system string) string {
	owner, index := "", uint64(0)
	for _, d := range c.Dossiers {
		if d.System != system {
			continue
		}
		for _, it := range d.SystemItems {
			if it.Type != "system-profile" || it.State != "ok" || it.Index < index {
				continue
			}
			index = it.Index
			owner, _ = it.Statement.Predicate["owner"].(string)
		}
	}
	return owner
}

// Name is what evidence calls the subject, "" when nothing does.
func (c *Case) Name(ref attest.Ref) string {
	for _, d := range c.Dossiers {
		for _, n := range d.Nodes {
			if n.Ref == ref && n.Name != "" {
				return n.Name
			}
		}
	}
	return ""
}
