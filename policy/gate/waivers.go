package gate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// States of a waiver in a list.
const (
	WaiverInForce    = "in force"
	WaiverOrphan     = "orphan" // in time, and covers nothing any live question finds
	WaiverEnded      = "ended"
	WaiverUnreviewed = "unreviewed" // given in an emergency, and not reviewed in time
	WaiverWithheld   = "withheld"   // revoked, superseded, untrusted or elsewhere: it counts for nothing
)

// WaiverState is one waiver as it stands.
type WaiverState struct {
	ID          string   `json:"id"`
	Index       uint64   `json:"index"`
	State       string   `json:"state"`
	Why         string   `json:"why,omitempty"`
	Systems     []string `json:"systems"`
	Environment string   `json:"environment"`
	Rules       []string `json:"rules"`
	Reason      string   `json:"reason"`
	RequestedBy string   `json:"requested_by"`
	ApprovedBy  string   `json:"approved_by"`
	Expires     string   `json:"expires"` // what it says; the parameters may end it sooner
	BreakGlass  bool     `json:"break_glass,omitempty"`
	ReviewBy    string   `json:"review_by,omitempty"`
	// Covers are the findings it stands over, by rule and subject; Until is when the
	// first of them stops being waived.
	Covers []string `json:"covers,omitempty"`
	Until  string   `json:"until,omitempty"`
	// Unused says of rules it names and covers nothing of, why.
	Unused []string `json:"unused,omitempty"`
}

// Waivers lists every waiver of the ledger with what it does at an instant: it is laid
// over every live question of its systems by the one judge, and whoever covers
// nothing is an orphan. The order is that of the ledger.
func (g *Gate) Waivers(ctx context.Context, at time.Time) ([]WaiverState, error) {
	items, err := g.waivers(ctx)
	if err != nil {
		return nil, err
	}
	questions, err := g.live(ctx)
	if err != nil {
		return nil, err
	}
	judged := map[Question]Judgement{}
	out := []WaiverState{}
	for _, it := range items {
		w := waiverState(it, at)
		if w.State == WaiverInForce {
			if err := g.coverage(ctx, &w, it, questions, judged, at); err != nil {
				return nil, err
			}
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b WaiverState) int { return cmp.Compare(a.Index, b.Index) })
	return out, nil
}

// waivers finds the waivers of the log, as the locker has them now.
func (g *Gate) waivers(ctx context.Context) ([]*evidence.Item, error) {
	log := g.cfg.Locker.Log()
	head, err := headOf(ctx, log)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	uri := attest.TypeURI("waiver")
	var ids []string
	err = log.Leaves(ctx, 0, head.Size, func(index uint64, leaf ledger.Leaf) error {
		if leaf.Kind != evidence.KindAttestation || !slices.Contains(leaf.Labels, uri) {
			return nil
		}
		rec, err := log.Read(ctx, index)
		if err != nil || rec.Erased {
			return err
		}
		env, err := attest.Parse(rec.Payload)
		if err != nil {
			return fmt.Errorf("waiver at index %d: %w", index, err)
		}
		if !slices.Contains(ids, env.ID()) {
			ids = append(ids, env.ID())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", err)
	}
	var out []*evidence.Item
	for _, id := range ids {
		found, err := g.cfg.Locker.Find(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			out = append(out, found[len(found)-1])
		}
	}
	return out, nil
}

func waiverState(it *evidence.Item, at time.Time) WaiverState {
	w := WaiverState{ID: it.ID, Index: it.Index, State: WaiverInForce}
	if it.State != evidence.OK {
		w.State, w.Why = WaiverWithheld, string(it.State)+": "+it.Reason
	}
	p := it.Facts.Waiver
	if p == nil {
		return w
	}
	w.Systems, w.Environment, w.Rules, w.Reason, w.RequestedBy, w.ApprovedBy = p.Systems, p.Environment, p.Rules, p.Reason, p.RequestedBy, p.ApprovedBy
	w.Expires, w.BreakGlass = instant(p.ExpiresAt), p.BreakGlass != nil && *p.BreakGlass
	if w.BreakGlass {
		w.ReviewBy = instant(p.ReviewBy)
	}
	switch {
	case w.State != WaiverInForce:
	case w.BreakGlass && !at.Before(p.ReviewBy):
		w.State, w.Why = WaiverUnreviewed, "given in an emergency; supersede it by an ordinary waiver, or revoke it"
	case !at.Before(p.ExpiresAt):
		w.State = WaiverEnded
	}
	return w
}

// coverage asks the live questions the waiver is for, and its own subjects where
// there is none.
func (g *Gate) coverage(ctx context.Context, w *WaiverState, it *evidence.Item, questions []Question, judged map[Question]Judgement, at time.Time) error {
	p := it.Facts.Waiver
	var ask []Question
	for _, q := range questions {
		if slices.Contains(p.Systems, q.System) && q.Environment == p.Environment && slices.Contains(p.Actions, q.Action) {
			ask = append(ask, q)
		}
	}
	if len(ask) == 0 {
		for _, system := range p.Systems {
			for _, ref := range p.Subjects {
				for _, action := range p.Actions {
					ask = append(ask, Question{Subject: ref, System: system, Action: action, Environment: p.Environment})
				}
			}
		}
	}
	seen := map[string]policy.Status{}
	for _, q := range ask {
		j, ok := judged[q]
		if !ok {
			var err error
			if j, _, err = g.judged(ctx, q, Options{At: &at}, at); err != nil {
				return fmt.Errorf("waiver at index %d: %w", it.Index, err)
			}
			judged[q] = j
		}
		for _, f := range j.Findings {
			if slices.Contains(p.Rules, f.Rule) {
				seen[f.Rule] = f.Status
			}
			if f.Waiver == nil || f.Waiver.ID != it.ID {
				continue
			}
			name := f.Subject.Name
			if name == "" {
				name = f.Subject.Ref
			}
			if covered := f.Rule + " on " + name; !slices.Contains(w.Covers, covered) {
				w.Covers = append(w.Covers, covered)
			}
			if w.Until == "" || f.Waiver.Expires < w.Until {
				w.Until = f.Waiver.Expires
			}
		}
	}
	slices.Sort(w.Covers)
	for _, id := range p.Rules {
		status, asked := seen[id]
		switch {
		case slices.ContainsFunc(w.Covers, func(c string) bool { return len(c) > len(id) && c[:len(id)+1] == id+" " }):
		case !asked:
			w.Unused = append(w.Unused, id+" is not asked by any live question it is for")
		case status == policy.StatusWaived:
			w.Unused = append(w.Unused, id+" is waived by another waiver, which lasts longer")
		case status == policy.StatusFail || status == policy.StatusMissing || status == policy.StatusUnassessable:
			w.Unused = append(w.Unused, id+" is "+string(status)+", and the waiver does not fit the finding; the decision says why")
		default:
			w.Unused = append(w.Unused, id+" is "+string(status)+"; there is nothing to waive")
		}
	}
	if len(w.Covers) == 0 {
		w.State, w.Why = WaiverOrphan, "it covers nothing that is found now"
	}
	return nil
}
