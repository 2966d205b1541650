package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// Question is what is asked of the gate. Of itself it asks for an enforceable answer
// now; with any of the members below the answer is an inquiry, which is never recorded.
type Question struct {
	gate.Question
	At      *time.Time `json:"at,omitempty"`       // judge at this instant
	KnownAt *uint64    `json:"known_at,omitempty"` // with what the ledger held at this size
	DryRun  bool       `json:"dry_run,omitempty"`  // do not record
	// Parameters is a parameters document, YAML or JSON, to judge by in place of the one
	// in force; Set the digest of a rule set that the ledger holds. Rules are code, so a
	// service judges by none that was sent with a question.
	Parameters string `json:"parameters,omitempty"`
	Set        string `json:"set,omitempty"`
}

// options are those of the gate. Members that a question has make it an inquiry.
func (q Question) options() (gate.Options, error) {
	o := gate.Options{At: q.At, KnownAt: q.KnownAt, DryRun: q.DryRun}
	if q.Parameters != "" {
		p, err := policy.ParseParameters([]byte(q.Parameters))
		if err != nil {
			return o, fmt.Errorf("$.parameters: %w", err)
		}
		o.Params = p
	}
	return o, nil
}

// setPattern is the digest of a rule set.
var setPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// questionMembers are the member names a question may have.
var questionMembers = []string{"subject", "system", "action", "environment", "at", "known_at", "dry_run", "parameters", "set"}

// Decision is an answer of the gate.
type Decision struct {
	gate.Answer
	// ExitCode is what the command line would exit with: 0 allow, 2 deny, 3
	// indeterminate or an allowing inquiry.
	ExitCode int `json:"exit_code"`
	// Counts of findings by status.
	Counts map[string]int `json:"counts"`
	// Links to the page and the signed forms; absent from an inquiry.
	Links *Links `json:"links,omitempty"`
}

// Links of a recorded decision, as paths.
type Links struct {
	Self     string `json:"self"`
	Page     string `json:"page"`
	Envelope string `json:"envelope"` // DSSE, signed by the decision key
	Proof    string `json:"proof"`    // all of it in one file, for assize verify decision
	VSA      string `json:"vsa"`
	SVR      string `json:"svr,omitempty"` // absent when nothing passed
}

func decisionOf(a gate.Answer) Decision {
	d := Decision{Answer: a, ExitCode: a.Exit(false, false), Counts: a.Decision.Counts()}
	if a.Recorded == nil {
		return d
	}
	self := "/api/v1/decisions/" + a.Recorded.ID
	d.Links = &Links{Self: self, Page: "/decisions/" + a.Recorded.ID, Envelope: self + "/envelope", Proof: self + "/proof", VSA: self + "/vsa"}
	if d.Counts["pass"] > 0 {
		d.Links.SVR = self + "/svr"
	}
	return d
}

// parseQuestion reads a question strictly: the members it knows, spelt exactly,
// each once.
func parseQuestion(raw []byte) (Question, error) {
	tree, err := attest.ParseJSON(raw)
	if err != nil {
		return Question{}, fmt.Errorf("%w: %w", gate.ErrQuestion, err)
	}
	m, ok := tree.(map[string]any)
	if !ok {
		return Question{}, fmt.Errorf("%w: $: an object with %s", gate.ErrQuestion, strings.Join(questionMembers, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(questionMembers, name) {
			return Question{}, fmt.Errorf("%w: $.%s: unknown member; the members are %s", gate.ErrQuestion, clip(name), strings.Join(questionMembers, ", "))
		}
	}
	var q Question
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&q); err != nil {
		return Question{}, fmt.Errorf("%w: %w", gate.ErrQuestion, err)
	}
	if _, there := m["parameters"]; there && q.Parameters == "" {
		return Question{}, fmt.Errorf("%w: $.parameters: the text of a parameters document", gate.ErrQuestion)
	}
	if _, there := m["set"]; there && !setPattern.MatchString(q.Set) {
		return Question{}, fmt.Errorf("%w: $.set: %q: the digest of a rule set, sha256: and 64 lower-case hexadecimal digits", gate.ErrQuestion, clip(q.Set))
	}
	return q, q.Check()
}

// decide answers a question.
func (s *Server) decide(c echo.Context) error {
	if _, err := negotiate(c, mediaJSON); err != nil {
		return err
	}
	raw, done, err := s.body(c, MaxQuestion)
	if err != nil {
		return err
	}
	defer done()
	q, err := parseQuestion(raw)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	release, err := s.turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	a, err := s.judge(c, q)
	if err != nil {
		return err
	}
	d := decisionOf(a)
	c.Response().Header().Set("Assize-Verdict", string(a.Decision.Verdict))
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, d)
}

// judge asks the gate. A question that may be recorded needs a token of its
// caller, and gets it back when nothing new was recorded.
func (s *Server) judge(c echo.Context, q Question) (gate.Answer, error) {
	ctx := c.Request().Context()
	o, err := q.options()
	if err != nil {
		return gate.Answer{}, err
	}
	if q.Set != "" {
		o.Set, err = s.cfg.Gate.Set(ctx, q.Set)
		if errors.Is(err, evidence.ErrNotSeeded) {
			return gate.Answer{}, fmt.Errorf("%w: $.set: the ledger holds no rule set %s; push it with `assize policy push`", errNoSuch, q.Set)
		}
		if err != nil {
			return gate.Answer{}, err
		}
	}
	mayRecord := o.At == nil && o.KnownAt == nil && !o.DryRun && o.Params == nil && o.Set == nil
	who := caller(c.Request().RemoteAddr)
	var before uint64
	if mayRecord {
		if err := s.limiter.take(who); err != nil {
			return gate.Answer{}, err
		}
		head, err := s.log.Committed(ctx)
		if err != nil {
			s.limiter.give(who)
			return gate.Answer{}, err
		}
		before = head.Size
	}
	start := s.cfg.Clock()
	a, err := s.cfg.Gate.Decide(ctx, q.Question, o)
	if mayRecord && (err != nil || a.Recorded == nil || a.Recorded.Index < before) {
		s.limiter.give(who)
	}
	if q.Parameters != "" && errors.Is(err, evidence.ErrNotSeeded) {
		return gate.Answer{}, fmt.Errorf("%w: $.parameters: they name a rule set the ledger does not hold; push it with `assize policy push`", errNoSuch)
	}
	if err != nil {
		return gate.Answer{}, err
	}
	s.metrics.decided(a, s.cfg.Clock().Sub(start))
	return a, nil
}

// indexParam reads a ledger index.
func indexParam(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return n, err == nil && strconv.FormatUint(n, 10) == s
}
