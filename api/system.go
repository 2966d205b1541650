package api

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
	"github.com/assize-dev/assize/reports"
)

// SystemPage is a system with what is recorded about it and how it is judged at the
// moment, in one environment.
type SystemPage struct {
	watch.System
	Known        bool // a decision, a profile or other evidence names it
	Environment  string
	Environments []string
	// Report is the audit of the moment, an inquiry; nil when Why says why there is
	// none.
	Report   *reports.Report
	Unjudged string
	Up, Down Lineage
	Reading  *Reading
}

// systemParam is the URI of a system from the path.
func systemParam(c echo.Context) (string, error) {
	uri := c.Param("uri")
	if c.Request().URL.RawPath != "" {
		var err error
		if uri, err = url.PathUnescape(uri); err != nil {
			return "", fmt.Errorf("%w: system: %w", errParameter, err)
		}
	}
	if !strings.HasPrefix(uri, "system:") || len(uri) == len("system:") {
		return "", fmt.Errorf("%w: %q: a system is named by its URI, system:NAME", errParameter, clip(uri))
	}
	return uri, nil
}

func (s *Server) system(c echo.Context) error {
	form, err := negotiate(c, mediaHTML)
	if err != nil {
		return err
	}
	uri, err := systemParam(c)
	if err != nil {
		return err
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	v := SystemPage{System: watch.System{URI: uri, Why: "no system profile describes it"}}
	b, reading, err := s.board(ctx, at)
	if err != nil {
		return err
	}
	v.Reading = reading
	if sys, ok := b.System(uri, at.At); ok {
		v.System, v.Known = sys, true
	}
	view, ref := at.view(s.cfg.Locker), attest.RefOf(uri)
	for _, way := range []struct {
		dir evidence.Direction
		to  *Lineage
	}{{evidence.Up, &v.Up}, {evidence.Down, &v.Down}} {
		g, err := view.Lineage(ctx, ref, way.dir)
		if err != nil {
			return err
		}
		v.Known = v.Known || len(g.Nodes) > 1
		*way.to = lineageOf(g, way.dir)
	}
	if err := s.environmentsOf(c, at, &v); err != nil {
		return err
	}
	if v.Environment != "" {
		if err := s.auditOf(c, at, &v); err != nil {
			return err
		}
		v.Known = v.Known || v.Report != nil && len(v.Report.Evidence) > 0
	}
	return s.show(c, form, v)
}

// environmentsOf finds the environments of a system and the one that is asked for:
// that of its worst decision, unless the query names another.
func (s *Server) environmentsOf(c echo.Context, at Moment, v *SystemPage) error {
	var worst *watch.Standing
	for i, e := range v.System.Environments {
		v.Environments = append(v.Environments, e.Name)
		w := v.System.Environments[i].Worst()
		if worst == nil || w.Verdict != gate.Allow && worst.Verdict == gate.Allow || w.Verdict == gate.Deny && worst.Verdict != gate.Deny {
			worst, v.Environment = w, e.Name
		}
	}
	_, params, err := s.rulesAt(c.Request().Context(), at.Size)
	switch {
	case errors.Is(err, evidence.ErrNotSeeded) || errors.Is(err, ledger.ErrNotFound):
		v.Unjudged = "The ledger held no parameters or rules then; nothing was judged."
	case err != nil:
		return err
	default:
		for _, g := range params.Gates {
			accepts := slices.Contains(g.Systems, v.URI) || slices.Contains(g.Systems, "*")
			if accepts && !slices.Contains(v.Environments, g.Environment) {
				v.Environments = append(v.Environments, g.Environment)
			}
		}
	}
	if asked := c.QueryParam("environment"); asked != "" {
		v.Environment = asked
	}
	if v.Environment == "" && len(v.Environments) > 0 {
		v.Environment = v.Environments[0]
	}
	return nil
}

// auditOf judges the system as it is at the moment.
func (s *Server) auditOf(c echo.Context, at Moment, v *SystemPage) error {
	ctx := c.Request().Context()
	release, err := s.reportTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	r, err := reports.Build(ctx, reports.Config{Gate: s.cfg.Gate, Locker: s.cfg.Locker, Frameworks: s.cfg.Frameworks},
		reports.Request{System: v.URI, Environment: v.Environment, AsOf: at.At, KnownAt: &at.Size})
	switch {
	case errors.Is(err, reports.ErrRequest), errors.Is(err, reports.ErrCutOff), errors.Is(err, gate.ErrQuestion), errors.Is(err, evidence.ErrNotSeeded):
		v.Unjudged = err.Error()
		return nil
	case err != nil:
		return err
	}
	v.Report = r
	return nil
}
