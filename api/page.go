package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// Pages writes answers as HTML.
type Pages interface {
	// Render writes the page of a Service, DecisionList, Decision, SubjectPage,
	// Attestation, RuleList, RulePage, FrameworkList, FrameworkPage,
	// ControlPage, ReportList or Problem as it is at a moment.
	Render(page any, at Moment) ([]byte, error)
	// CSP is the content security policy that a page needs.
	CSP(page any) string
	// Asset is a file that pages load, by its name below /assets/.
	Asset(name string) (media string, b []byte, ok bool)
}

// Service is what this service is and stands on.
type Service struct {
	Version  string `json:"version,omitempty"`
	Origin   string `json:"origin"` // of the log
	Size     uint64 `json:"size"`   // of the newest published tree
	ReadOnly string `json:"read_only,omitempty"`
	// Witnesses tell how the log stands with its witnesses; absent when it has none.
	Witnesses *Witnesses `json:"witnesses,omitempty"`
	// Rotations are the log keys that entries of the log hand over to, oldest first.
	Rotations []evidence.RotatedKey `json:"rotations,omitempty"`
	// Trust, Parameters and Set are what is in force; absent before the first
	// activation.
	Trust      *InForce      `json:"trust,omitempty"`
	Parameters *InForce      `json:"parameters,omitempty"`
	Set        string        `json:"set,omitempty"`
	Rules      int           `json:"rules"` // how many the set has
	Gates      []policy.Gate `json:"gates"`
	// Recent are the newest decisions; told to people only.
	Recent []DecisionSummary `json:"-"`
}

// Witnesses of the log.
type Witnesses struct {
	// Required: nothing is shown or acknowledged before the quorum has cosigned.
	Required bool   `json:"required"`
	Size     uint64 `json:"size"` // of the newest tree that the quorum cosigned
	// At is when that was; absent when none was.
	At *time.Time `json:"at,omitempty"`
	// Failures are what kept each witness from cosigning the last time.
	Failures map[string]string `json:"failures,omitempty"`
}

// InForce names a document in force.
type InForce struct {
	Index  uint64    `json:"index"`
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
}

// SubjectPage is a subject with its lineage both ways.
type SubjectPage struct {
	Subject
	Up, Down Lineage
}

// forms are what an answer is served as.
func (s *Server) forms(others ...string) []string {
	forms := []string{mediaJSON}
	if s.cfg.Pages != nil {
		forms = append(forms, mediaHTML)
	}
	return append(forms, others...)
}

// show writes an answer in the form that was negotiated.
func (s *Server) show(c echo.Context, form string, v any) error {
	if form != mediaHTML {
		return c.JSON(http.StatusOK, v)
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) showUnless(c echo.Context, form string, v any, err error) error {
	if err != nil {
		return err
	}
	return s.show(c, form, v)
}

func (s *Server) render(c echo.Context, status int, v any) error {
	m, _ := c.Get(momentKey).(Moment)
	b, err := s.cfg.Pages.Render(v, m)
	if err != nil {
		return fmt.Errorf("render %T: %w", v, err)
	}
	c.Response().Header().Set("Content-Security-Policy", s.cfg.Pages.CSP(v))
	return c.HTMLBlob(status, b)
}

// asset serves what pages load.
func (s *Server) asset(c echo.Context) error {
	media, b, ok := s.cfg.Pages.Asset(c.Param("name"))
	if !ok {
		return fmt.Errorf("%w: no page loads /assets/%s", errNoSuch, clip(c.Param("name")))
	}
	return serve(c, media, b)
}

// service says what this service stands on.
func (s *Server) service(c echo.Context) error {
	form, ctx, at, err := s.asked(c)
	if err != nil {
		return err
	}
	v, err := s.standsOn(ctx, at)
	if err != nil {
		return err
	}
	if form == mediaHTML && v.Size > 0 {
		indices, _, err := s.scan(ctx, v.Size, MaxShownDecisions)
		if err != nil {
			return err
		}
		for i := len(indices) - 1; i >= 0; i-- {
			d, err := s.summary(ctx, indices[i])
			if err != nil {
				return err
			}
			v.Recent = append(v.Recent, d)
		}
	}
	return s.show(c, form, v)
}

// standsOn says what the service stands on at a moment.
func (s *Server) standsOn(ctx context.Context, at Moment) (v Service, err error) {
	v = Service{Version: s.cfg.Version, Origin: s.log.Origin(), ReadOnly: s.log.ReadOnlyReason(), Gates: []policy.Gate{}}
	if w, ok := s.log.Witnesses(); ok {
		v.Witnesses = &Witnesses{Required: w.Required, Size: w.Size, Failures: w.Failures}
		if !w.At.IsZero() {
			v.Witnesses.At = &w.At
		}
	}
	v.Size = at.Size
	if v.Rotations, err = evidence.Rotations(ctx, s.log, v.Size); err != nil {
		return v, err
	}
	if err := s.inForce(ctx, &v, at.Size); err != nil && !errors.Is(err, evidence.ErrNotSeeded) && !errors.Is(err, ledger.ErrNotFound) {
		return v, err
	}
	return v, nil
}

func (s *Server) inForce(ctx context.Context, v *Service, size uint64) error {
	t, err := evidence.Latest(ctx, s.log, evidence.KindTrust, size)
	if err != nil {
		return err
	}
	v.Trust = &InForce{Index: t.Index, Digest: t.Digest, At: t.At}
	p, err := evidence.Latest(ctx, s.log, evidence.KindParameters, size)
	if err != nil {
		return err
	}
	v.Parameters = &InForce{Index: p.Index, Digest: p.Digest, At: p.At}
	set, params, err := s.rulesAt(ctx, size)
	if err != nil {
		return err
	}
	v.Set, v.Rules, v.Gates = set.Digest(), len(set.Rules()), params.Gates
	return nil
}

// search leads to the page of what the text names.
func (s *Server) search(c echo.Context) error {
	text := strings.TrimSpace(c.QueryParam("q"))
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	to := func(place, name string) error {
		return c.Redirect(http.StatusSeeOther, "/"+place+"/"+url.PathEscape(name)+at.query())
	}
	if strings.HasPrefix(text, "system:") {
		return to("systems", text)
	}
	if _, err := attest.ParseRef(text); err == nil {
		return to("subjects", text)
	}
	if isHex64(text) {
		if found, err := s.log.Lookup(ctx, evidence.KeyDecision(text), at.Size); err != nil {
			return err
		} else if len(found) > 0 {
			return to("decisions", text)
		}
		if _, err := at.view(s.cfg.Locker).Find(ctx, text); err == nil {
			return to("attestations", text)
		}
		return to("subjects", "sha256:"+text)
	}
	if set, _, err := s.rulesAt(ctx, at.Size); err == nil {
		if _, ok := set.Rule(strings.ToUpper(text)); ok {
			return to("rules", strings.ToUpper(text))
		}
	}
	if index, ok := indexParam(text); ok {
		if err := at.entry(index); err != nil {
			return err
		}
		rec, err := s.log.Read(ctx, index)
		if err != nil {
			return err
		}
		if rec.Leaf.Kind == evidence.KindDecision {
			return to("decisions", text)
		}
		if env, err := attest.Parse(rec.Payload); err == nil && rec.Leaf.Kind == evidence.KindAttestation {
			return to("attestations", env.ID())
		}
		return fmt.Errorf("%w: the entry at index %d is a %s, which has no page", errNoSuch, index, rec.Leaf.Kind)
	}
	return fmt.Errorf("%w: %q: search for a digest (alg:hex), a system (system:NAME), an id of 64 hexadecimal digits, a ledger index or a rule id", errParameter, clip(text))
}
