package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// Active is a document in force.
type Active struct {
	Kind     string          `json:"kind"`  // trust, parameters
	Index    uint64          `json:"index"` // of its ledger entry
	Digest   string          `json:"digest"`
	At       time.Time       `json:"at"`
	Document json.RawMessage `json:"document"`
}

// Activated answers an activation.
type Activated struct {
	Kind      string  `json:"kind"`
	Digest    string  `json:"digest"`
	Duplicate bool    `json:"duplicate"`
	Receipt   Receipt `json:"receipt"`
}

// RuleList is one page of the rules of the active set.
type RuleList struct {
	Set   string         `json:"set"` // digest
	Rules []*policy.Rule `json:"rules"`
	Next  string         `json:"next,omitempty"`
}

// Rule is a rule with its code and the parameters it names.
type Rule struct {
	Set string `json:"set"`
	*policy.Rule
	Source     string                      `json:"source"`     // Rego
	Thresholds map[string]policy.Threshold `json:"thresholds"` // of the active parameters
}

// rulesAt reads the parameters in force below a size and the set they name.
func (s *Server) rulesAt(ctx context.Context, size uint64) (*policy.Set, *policy.Parameters, error) {
	doc, err := evidence.Latest(ctx, s.log, evidence.KindParameters, size)
	if err != nil {
		return nil, nil, err
	}
	p, err := policy.ParseParameters(doc.Document)
	if err != nil {
		return nil, nil, fmt.Errorf("parameters at index %d: %w", doc.Index, err)
	}
	set, err := s.cfg.Gate.Set(ctx, p.Set)
	return set, p, err
}

// ruleList is one page of the rules in the order of their ids.
func (s *Server) ruleList(c echo.Context) (RuleList, error) {
	p, err := pageParams(c)
	if err != nil {
		return RuleList{}, err
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return RuleList{}, err
	}
	set, _, err := s.rulesAt(ctx, at.Size)
	if err != nil {
		return RuleList{}, err
	}
	out := RuleList{Set: set.Digest(), Rules: []*policy.Rule{}}
	all := set.Rules()
	slices.SortFunc(all, func(a, b *policy.Rule) int { return strings.Compare(a.ID, b.ID) })
	after := c.QueryParam("after")
	for _, r := range all {
		switch {
		case r.ID <= after:
		case len(out.Rules) == p.limit:
			u := *c.Request().URL
			q := u.Query()
			q.Set("after", out.Rules[len(out.Rules)-1].ID)
			u.RawQuery = q.Encode()
			out.Next = u.RequestURI()
			return out, nil
		default:
			out.Rules = append(out.Rules, r)
		}
	}
	return out, nil
}

func (s *Server) rules(c echo.Context) error {
	form, err := negotiate(c, s.forms()...)
	if err != nil {
		return err
	}
	l, err := s.ruleList(c)
	return s.showUnless(c, form, l, err)
}

func (s *Server) ruleOf(c echo.Context) (Rule, error) {
	ctx, at, err := s.at(c)
	if err != nil {
		return Rule{}, err
	}
	set, params, err := s.rulesAt(ctx, at.Size)
	if err != nil {
		return Rule{}, err
	}
	r, ok := set.Rule(c.Param("id"))
	if !ok {
		return Rule{}, fmt.Errorf("%w: rule %q is not in the active set %s; /api/v1/rules lists them", errNoSuch, clip(c.Param("id")), set.Digest())
	}
	var files map[string]string
	if err := json.Unmarshal(set.Archive(), &files); err != nil {
		return Rule{}, fmt.Errorf("read archive of %s: %w", set.Digest(), err)
	}
	out := Rule{Set: set.Digest(), Rule: r, Source: files[r.File], Thresholds: map[string]policy.Threshold{}}
	for _, name := range r.Params {
		if t, ok := params.Thresholds[name]; ok {
			out.Thresholds[name] = t
		}
	}
	return out, nil
}

func (s *Server) document(c echo.Context, kind string) error {
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	d, err := evidence.Latest(ctx, s.log, kind, at.Size)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Active{Kind: kind, Index: d.Index, Digest: d.Digest, At: d.At, Document: d.Document})
}

func (s *Server) trust(c echo.Context) error      { return s.document(c, evidence.KindTrust) }
func (s *Server) parameters(c echo.Context) error { return s.document(c, evidence.KindParameters) }

// activate makes a signed document the active one.
func (s *Server) activate(c echo.Context) error {
	raw, done, err := s.body(c, MaxActivation)
	if err != nil {
		return err
	}
	defer done()
	ctx := c.Request().Context()
	got, err := s.cfg.Gate.Activate(ctx, raw)
	if err != nil {
		return err
	}
	rc, _, err := s.receiptOf(ctx, got)
	if err != nil {
		return err
	}
	d, err := evidence.ReadActive(ctx, s.log, got.Index)
	if err != nil {
		return err
	}
	a, _, err := evidence.ParseActivation(raw)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if got.Duplicate {
		status = http.StatusOK
	}
	c.Response().Header().Set("Location", "/api/v1/"+a.Kind)
	return c.JSON(status, Activated{Kind: a.Kind, Digest: d.Digest, Duplicate: got.Duplicate, Receipt: rc})
}
