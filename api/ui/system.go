package ui

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/svg"
)

// systemView is a system as it is read.
type systemView struct {
	api.SystemPage
	Title    string
	Recorded []environmentCell
	// Blocking are the findings in the way, the first to act on foremost.
	Blocking   []blockingView
	Frameworks []frameworkView
	Charts     []chartView
	Timeline   []happening
	Earlier    int // what happened before the timeline
	Lineage    subjectView
	At         time.Time
}

// blockingView is a finding in the way with what would remove it.
type blockingView struct {
	*reports.Finding
	Said string
	More int
}

// frameworkView is a law or standard: what is open first, what passed behind.
type frameworkView struct {
	ID, Title, Version string
	Open, Settled      []requirementView
}

type requirementView struct {
	reports.Control
	Name     string // within its framework
	Findings []*reports.Finding
}

type chartView struct {
	reports.Series
	SVG template.HTML
}

// happening is a piece of evidence or a decision on the timeline.
type happening struct {
	At                          time.Time
	Tone, Label, What, Who, Why string
	Link                        string
	Index                       uint64
}

func viewSystem(p api.SystemPage, at time.Time) systemView {
	v := systemView{SystemPage: p, Title: p.Name, At: at}
	if v.Title == "" {
		v.Title = p.URI
	}
	v.Recorded = viewRow(p.System, at).Environments
	ref := attest.RefOf(p.URI)
	v.Lineage = viewSubject(api.SubjectPage{Subject: api.Subject{Ref: ref, Name: v.Title}, Up: p.Up, Down: p.Down})
	for _, e := range p.System.Environments {
		for _, s := range e.Standings {
			v.Timeline = append(v.Timeline, happening{At: s.DecidedAt, Tone: tone(s.Verdict), Label: verdict(s.Verdict), What: ask(s.Action, cmp.Or(s.Name, short(s.Subject)), s.Environment),
				Why: openCounts(&s.Counts), Link: "/decisions/" + s.ID, Index: s.Index})
		}
	}
	if p.Report != nil {
		v.audit(p.Report)
	}
	v.Timeline, v.Earlier = newest(v.Timeline)
	return v
}

func (v *systemView) audit(r *reports.Report) {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Effect == gate.Blocks && f.Open() {
			b := blocking(f)
			same := func(o blockingView) bool {
				return o.Rule == b.Rule && o.Subject.Ref == b.Subject.Ref && o.Said == b.Said
			}
			if !slices.ContainsFunc(v.Blocking, same) { // for other actions it says the same
				v.Blocking = append(v.Blocking, b)
			}
		}
	}
	top := func(f *reports.Finding) int {
		if i := slices.Index(r.Top, f.ID); i >= 0 {
			return i
		}
		return len(r.Top)
	}
	slices.SortStableFunc(v.Blocking, func(a, b blockingView) int { return cmp.Compare(top(a.Finding), top(b.Finding)) })
	for _, f := range r.Frameworks {
		fv := frameworkView{ID: f.ID, Title: cmp.Or(f.Title, f.ID), Version: f.Version}
		for _, c := range f.Controls {
			cv := requirementView{Control: c, Name: strings.TrimPrefix(c.ID, f.ID+"/")}
			for _, id := range c.Findings {
				if found := r.Finding(id); found != nil {
					cv.Findings = append(cv.Findings, found)
				}
			}
			switch policy.Status(c.Status) {
			case policy.StatusPass, policy.StatusNotApplicable, policy.StatusNotYetApplicable:
				fv.Settled = append(fv.Settled, cv)
			default:
				fv.Open = append(fv.Open, cv)
			}
		}
		v.Frameworks = append(v.Frameworks, fv)
	}
	for _, s := range r.Series {
		v.Charts = append(v.Charts, chartView{s, svg.Chart(s.Chart())})
	}
	for _, e := range r.Evidence {
		at, _ := timeOf(e.Proven)
		v.Timeline = append(v.Timeline, evidenceHappened(e.Index, e.ID, e.Type, e.State, e.Reason, e.Principals, at))
	}
}

// blocking says of a finding what stands in the way, in its own first words.
func blocking(f *reports.Finding) blockingView {
	b := blockingView{Finding: f, Said: f.Reason}
	for _, m := range f.Messages {
		if m.Level != "deny" {
			continue
		}
		if b.Said == "" {
			b.Said = text(m.Msg)
		} else {
			b.More++
		}
	}
	return b
}
