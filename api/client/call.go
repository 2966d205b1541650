package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/policy"
)

const v1 = "/api/v1"

// Service says what the service stands on.
func (c *Client) Service(ctx context.Context) (api.Service, error) {
	return fetch[api.Service](ctx, c, call{path: v1})
}

// Submit sends an envelope. wait is sequenced, published or
// witnessed; empty is published.
func (c *Client) Submit(ctx context.Context, envelope []byte, wait string) (api.Submission, error) {
	path := v1 + "/attestations"
	if wait != "" {
		path += "?wait=" + url.QueryEscape(wait)
	}
	s, err := fetch[api.Submission](ctx, c, call{path: path, body: envelope})
	if err != nil {
		return s, err
	}
	return s, c.see(ctx, []byte(s.Receipt.Checkpoint))
}

// Attestation is what the service knows of an attestation id.
func (c *Client) Attestation(ctx context.Context, id string) (api.Attestation, error) {
	return fetch[api.Attestation](ctx, c, call{path: v1 + "/attestations/" + url.PathEscape(id)})
}

// Envelope is an attestation as it was sent.
func (c *Client) Envelope(ctx context.Context, id string) ([]byte, error) {
	return c.do(ctx, call{path: v1 + "/attestations/" + url.PathEscape(id) + "/envelope", accept: "*/*"})
}

// Subject is the newest page of what is known about a reference, or about a
// system by its URI. Next of the answer leads on, with SubjectPage.
func (c *Client) Subject(ctx context.Context, ref string) (api.Subject, error) {
	return c.SubjectPage(ctx, v1+"/subjects/"+url.PathEscape(ref))
}

// SubjectPage is the page of a subject that Next of another one names.
func (c *Client) SubjectPage(ctx context.Context, next string) (api.Subject, error) {
	return fetch[api.Subject](ctx, c, call{path: next})
}

// Lineage is what a thing was made from or, down, what was made from it.
func (c *Client) Lineage(ctx context.Context, ref string, down bool) (api.Lineage, error) {
	path := v1 + "/subjects/" + url.PathEscape(ref) + "/lineage"
	if down {
		path += "?down=true"
	}
	return fetch[api.Lineage](ctx, c, call{path: path})
}

// Decide asks the gate.
func (c *Client) Decide(ctx context.Context, q api.Question) (api.Decision, error) {
	raw, err := json.Marshal(q)
	if err != nil {
		return api.Decision{}, fmt.Errorf("encode question: %w", err)
	}
	d, err := fetch[api.Decision](ctx, c, call{path: v1 + "/gate", body: raw})
	if err != nil {
		return d, err
	}
	return d, c.see(ctx, []byte(d.Decision.Checkpoint))
}

// Decision reads a recorded decision by its id or ledger index.
func (c *Client) Decision(ctx context.Context, name string) (api.Decision, error) {
	return fetch[api.Decision](ctx, c, call{path: v1 + "/decisions/" + url.PathEscape(name)})
}

// Decisions lists recorded decisions, newest first: about a subject, or all of
// them when it is empty.
func (c *Client) Decisions(ctx context.Context, subject string) iter.Seq2[api.DecisionSummary, error] {
	path := v1 + "/decisions"
	if subject != "" {
		path += "?subject=" + url.QueryEscape(subject)
	}
	return pages(path, func(path string) ([]api.DecisionSummary, string, error) {
		l, err := fetch[api.DecisionList](ctx, c, call{path: path})
		return l.Decisions, l.Next, err
	})
}

// ProofBundle is a recorded decision with all it was judged on, for
// gate.VerifyBundle.
func (c *Client) ProofBundle(ctx context.Context, name string) ([]byte, error) {
	return c.do(ctx, call{path: v1 + "/decisions/" + url.PathEscape(name) + "/proof", accept: "*/*", most: MaxBundle})
}

// Signed is a signed form of a recorded decision: envelope, vsa or svr.
func (c *Client) Signed(ctx context.Context, name, form string) ([]byte, error) {
	return c.do(ctx, call{path: v1 + "/decisions/" + url.PathEscape(name) + "/" + url.PathEscape(form), accept: "*/*"})
}

// Rules lists the rules of the active set by id.
func (c *Client) Rules(ctx context.Context) iter.Seq2[*policy.Rule, error] {
	return pages(v1+"/rules", func(path string) ([]*policy.Rule, string, error) {
		l, err := fetch[api.RuleList](ctx, c, call{path: path})
		return l.Rules, l.Next, err
	})
}

// Rule is a rule of the active set with its code.
func (c *Client) Rule(ctx context.Context, id string) (api.Rule, error) {
	return fetch[api.Rule](ctx, c, call{path: v1 + "/rules/" + url.PathEscape(id)})
}

// Report has the service build a report of a kind in a format; query is what GET
// /api/v1/reports/{kind} takes.
func (c *Client) Report(ctx context.Context, kind string, query url.Values) ([]byte, error) {
	return c.do(ctx, call{path: v1 + "/reports/" + url.PathEscape(kind) + "?" + query.Encode(), accept: "*/*"})
}

// Activate sends a signed activation of trust or parameters.
func (c *Client) Activate(ctx context.Context, envelope []byte) (api.Activated, error) {
	return fetch[api.Activated](ctx, c, call{path: v1 + "/activations", body: envelope})
}

// PlanErasure tells what erasing an attestation erases with it.
func (c *Client) PlanErasure(ctx context.Context, id string) (api.ErasurePlan, error) {
	return fetch[api.ErasurePlan](ctx, c, call{path: v1 + "/erasures/" + url.PathEscape(id)})
}

// Erase sends a signed erasure.
func (c *Client) Erase(ctx context.Context, envelope []byte) (api.Erasure, error) {
	return fetch[api.Erasure](ctx, c, call{path: v1 + "/erasures", body: envelope})
}

// Active is the trust or the parameters in force, by kind.
func (c *Client) Active(ctx context.Context, kind string) (api.Active, error) {
	return fetch[api.Active](ctx, c, call{path: v1 + "/" + url.PathEscape(kind)})
}

// Checkpoint is the newest signed tree head.
func (c *Client) Checkpoint(ctx context.Context) ([]byte, error) {
	return c.do(ctx, call{path: "/checkpoint", accept: "*/*"})
}

// LogKey is the verifier key as the service tells it. It is no anchor: who takes
// it from here trusts the service.
func (c *Client) LogKey(ctx context.Context) ([]byte, error) {
	return c.do(ctx, call{path: "/log.vkey", accept: "*/*"})
}

// pages walks a list from its first page on.
func pages[T any](path string, get func(path string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for path != "" {
			items, next, err := get(path)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, it := range items {
				if !yield(it, nil) {
					return
				}
			}
			path = next
		}
	}
}
