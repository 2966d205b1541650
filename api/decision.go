package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// MediaProofBundle is the media type of a proof bundle.
const MediaProofBundle = "application/vnd.assize.proof-bundle+json"

// DecisionSummary is a decision in a list.
type DecisionSummary struct {
	ID         string         `json:"id,omitempty"` // absent when erased
	Index      uint64         `json:"index"`
	Time       string         `json:"time"`
	Erased     bool           `json:"erased,omitempty"`
	Question   *gate.Question `json:"question,omitempty"`
	Name       string         `json:"name,omitempty"` // of the subject
	Verdict    gate.Verdict   `json:"verdict,omitempty"`
	Counts     map[string]int `json:"counts,omitempty"`
	HoldsUntil string         `json:"holds_until,omitempty"`
	FlipsAt    string         `json:"flips_at,omitempty"`
	FlipsTo    gate.Verdict   `json:"flips_to,omitempty"`
}

// DecisionList is one page of decisions, newest first.
type DecisionList struct {
	Decisions []DecisionSummary `json:"decisions"`
	// Next is the path of the next page; absent on the last one. A page of a list
	// that is not of one subject may be empty and still have a next one.
	Next string `json:"next,omitempty"`
}

// list is one page of decisions, of a subject or of all.
func (s *Server) list(c echo.Context) (DecisionList, error) {
	p, err := pageParams(c)
	if err != nil {
		return DecisionList{}, err
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return DecisionList{}, err
	}
	below := min(p.before, at.Size)
	var indices []uint64
	var stopped uint64 // where the next page begins; 0: nowhere
	if v := c.QueryParam("subject"); v != "" {
		ref, err := attest.ParseRef(v)
		if err != nil {
			return DecisionList{}, fmt.Errorf("%w: subject: %w", errParameter, err)
		}
		if indices, err = s.log.Lookup(ctx, evidence.KeyDecided(ref), below); err != nil {
			return DecisionList{}, err
		}
		if len(indices) > p.limit {
			indices = indices[len(indices)-p.limit:]
			stopped = indices[0]
		}
	} else if indices, stopped, err = s.scan(ctx, below, p.limit); err != nil {
		return DecisionList{}, err
	}
	out := DecisionList{Decisions: []DecisionSummary{}}
	for _, i := range slices.Backward(indices) {
		d, err := s.summary(ctx, i)
		if err != nil {
			return DecisionList{}, err
		}
		out.Decisions = append(out.Decisions, d)
	}
	if stopped > 0 {
		out.Next = p.next(c, stopped)
	}
	return out, nil
}

// scan looks for decisions below an index.
func (s *Server) scan(ctx context.Context, below uint64, limit int) (indices []uint64, stopped uint64, err error) {
	return s.scanKind(ctx, evidence.KindDecision, below, limit)
}

// scanKind looks for entries of a kind below an index, nearest first, in at most
// MaxScan leaves. It returns them in ledger order.
func (s *Server) scanKind(ctx context.Context, kind string, below uint64, limit int) (indices []uint64, stopped uint64, err error) {
	const chunk = 1024
	var found []uint64 // newest first
	for looked := 0; below > 0 && looked < MaxScan; looked += chunk {
		from := below - min(below, chunk)
		var part []uint64
		err := s.log.Leaves(ctx, from, below, func(i uint64, l ledger.Leaf) error {
			if l.Kind == kind {
				part = append(part, i)
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		slices.Reverse(part)
		found = append(found, part...)
		below = from
		if len(found) >= limit {
			break
		}
	}
	if len(found) > limit {
		found = found[:limit]
		below = found[limit-1]
	}
	slices.Reverse(found)
	return found, below, nil
}

func (s *Server) decisionsAbout(ctx context.Context, ref attest.Ref, size uint64, most int) ([]DecisionSummary, error) {
	out := []DecisionSummary{}
	indices, err := s.log.Lookup(ctx, evidence.KeyDecided(ref), size)
	if err != nil {
		return nil, err
	}
	for _, i := range slices.Backward(indices) {
		if len(out) == most {
			break
		}
		d, err := s.summary(ctx, i)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func (s *Server) summary(ctx context.Context, index uint64) (DecisionSummary, error) {
	a, _, err := gate.ReadDecision(ctx, s.log, index)
	if errors.Is(err, evidence.ErrErased) {
		rec, err := s.log.Read(ctx, index)
		return DecisionSummary{Index: index, Time: rec.Leaf.Time.Format(microseconds), Erased: true}, err
	}
	if err != nil {
		return DecisionSummary{}, err
	}
	d := &a.Decision
	return DecisionSummary{ID: a.Recorded.ID, Index: index, Time: a.Recorded.Time, Question: &d.Question, Name: nameOf(d), Verdict: d.Verdict,
		Counts: d.Counts(), HoldsUntil: d.HoldsUntil, FlipsAt: d.FlipsAt, FlipsTo: d.FlipsTo}, nil
}

// nameOf is what the findings call the subject.
func nameOf(d *gate.Decision) string {
	for _, f := range d.Findings {
		if f.Subject.Ref == string(d.Question.Subject) && f.Subject.Name != "" {
			return f.Subject.Name
		}
	}
	return ""
}

func (s *Server) decisions(c echo.Context) error {
	form, err := negotiate(c, s.forms()...)
	if err != nil {
		return err
	}
	l, err := s.list(c)
	return s.showUnless(c, form, l, err)
}

// recorded reads the decision that the path names by id or ledger index.
func (s *Server) recorded(c echo.Context) (gate.Answer, gate.Record, error) {
	v := c.Param("id")
	ctx, at, err := s.at(c)
	if err != nil {
		return gate.Answer{}, gate.Record{}, err
	}
	size := at.Size
	index, ok := indexParam(v)
	switch {
	case ok && index >= size:
		return gate.Answer{}, gate.Record{}, fmt.Errorf("%w: decision at index %d: the ledger ends before it, at %d", errNoSuch, index, size)
	case ok:
	case isHex64(v):
		found, err := s.log.Lookup(ctx, evidence.KeyDecision(v), size)
		if err != nil {
			return gate.Answer{}, gate.Record{}, err
		}
		if len(found) == 0 {
			return gate.Answer{}, gate.Record{}, fmt.Errorf("%w: decision %s", errNoSuch, v)
		}
		index = found[0]
	default:
		return gate.Answer{}, gate.Record{}, fmt.Errorf("%w: %q: a decision is named by its id (64 lower-case hexadecimal digits) or its ledger index", errParameter, clip(v))
	}
	return gate.ReadDecision(ctx, s.log, index)
}

func (s *Server) decision(c echo.Context) error {
	form, err := negotiate(c, s.forms(attest.MediaDSSE)...)
	if err != nil {
		return err
	}
	if form == attest.MediaDSSE {
		return s.decisionEnvelope(c)
	}
	a, _, err := s.recorded(c)
	return s.showUnless(c, form, decisionOf(a), err)
}

// attach names the file a browser should keep a download as.
func attach(c echo.Context, name string) {
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+url.PathEscape(name)+`"`)
}

func (s *Server) decisionEnvelope(c echo.Context) error {
	a, rec, err := s.recorded(c)
	if err != nil {
		return err
	}
	attach(c, a.Recorded.ID+".dsse.json")
	return c.Blob(http.StatusOK, attest.MediaDSSE, rec.Decision)
}

func (s *Server) vsa(c echo.Context) error {
	a, rec, err := s.recorded(c)
	if err != nil {
		return err
	}
	attach(c, a.Recorded.ID+".vsa.json")
	return c.Blob(http.StatusOK, attest.MediaDSSE, rec.VSA)
}

func (s *Server) svr(c echo.Context) error {
	a, rec, err := s.recorded(c)
	if err != nil {
		return err
	}
	if rec.SVR == nil {
		return fmt.Errorf("%w: decision %s has no simple verification result: that can only say what passed, and nothing did", errNoSuch, a.Recorded.ID)
	}
	attach(c, a.Recorded.ID+".svr.json")
	return c.Blob(http.StatusOK, attest.MediaDSSE, rec.SVR)
}

func (s *Server) proof(c echo.Context) error {
	ctx := c.Request().Context()
	a, _, err := s.recorded(c)
	if err != nil {
		return err
	}
	release, err := s.turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	bundle, err := s.cfg.Gate.ProofBundle(ctx, a.Recorded.Index)
	if err != nil {
		return err
	}
	attach(c, a.Recorded.ID+".decision.json")
	return c.Blob(http.StatusOK, MediaProofBundle, bundle)
}
