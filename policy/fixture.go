package policy

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A fixture file, <id>_fixtures.yaml beside its rule, tests what Rego tests
// cannot: the statuses the engine gives (missing, waived, not yet applicable,
// erased evidence, overrides by plans). It has
//
//	v: 1
//	rule: DQ-01
//	items:                # named evidence for the cases below
//	  card: {type: dataset-card, predicate: {...}}
//	cases:
//	  - name: no card
//	    at: "2026-06-01T00:00:00Z"
//	    evidence: [card]  # names, or items written out
//	    want: {status: missing, reason: no dataset-card}
//
// An item has type and predicate, and may have id, index, claimed, proven,
// principals, roles, subjects, assurance, state, reason. A case may have action,
// environment, system, subject, parents, ancestors (nodes: ref, name, kind,
// known, conflict, relation, role, path, revoked, evidence), related
// (deployments, incidents, waivers: items; subjects: nodes; rollbacks: ref, known,
// revoked, verdict, reasons, findings of rule, title, status, reason, says, subject),
// plans and waivers
// (items), params (values by name) and log_origin.
// want has status, and may have would_be, reason and messages (texts that must
// occur), holds_from, holds_until, evidence (number of items cited).
type fixture struct {
	file, rule string
	cases      []fixtureCase
}

type fixtureCase struct {
	name       string
	at         time.Time
	input      *Input
	plans      []*Item
	waivers    []*Item
	params     map[string]any
	origin     string
	want       map[string]member
	wantStatus Status
}

const fixtureSuffix = "_fixtures.yaml"

// nearlyFixture is a name under which fixtures would be passed over.
var nearlyFixture = regexp.MustCompile(`(?i)_fixtures?\.(ya?ml|json)$`)

// readFixtures reads every fixture file, in order of path.
func readFixtures(fsys fs.FS) ([]fixture, error) {
	var out []fixture
	var faults []Fault
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !strings.HasSuffix(name, fixtureSuffix) {
			if nearlyFixture.MatchString(name) {
				faults = append(faults, Fault{File: name, Msg: "fixtures are named <id>" + fixtureSuffix + "; under this name nobody reads them"})
			}
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if len(b) > maxParametersSource {
			faults = append(faults, Fault{File: name, Msg: fmt.Sprintf("%d bytes are more than %d", len(b), maxParametersSource)})
			return nil
		}
		f, err := readFixture(name, b)
		if err != nil {
			faults = append(faults, Fault{File: name, Msg: err.Error()})
			return nil
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read fixtures: %w", err)
	}
	return out, faultError(faults)
}

func readFixture(file string, text []byte) (fixture, error) {
	tree, err := readDocument(text)
	if err != nil {
		return fixture{}, err
	}
	r := fixtureReader{named: map[string]member{}}
	root := member{"$", tree, true, &r.fault}.object("v", "rule", "items", "cases")
	root["v"].required().integer(1, 1)
	f := fixture{file: file, rule: root["rule"].required().text()}
	if want := strings.ToLower(strings.ReplaceAll(f.rule, "-", "_")) + fixtureSuffix; path.Base(file) != want {
		root["rule"].refuse("the fixtures of %s belong in %s", f.rule, want)
	}
	names, items := root["items"].entries()
	for i, name := range names {
		r.named[name] = items[i]
	}
	for _, m := range root["cases"].required().elements() {
		c := r.read(m)
		if slices.ContainsFunc(f.cases, func(o fixtureCase) bool { return o.name == c.name }) {
			m.refuse("case %q is there twice", c.name)
		}
		f.cases = append(f.cases, c)
	}
	if len(f.cases) == 0 {
		root["cases"].refuse("no case")
	}
	return f, r.fault
}

// run judges every case the filter keeps.
func (f fixture) run(ctx context.Context, s *Set, p *Parameters, filter *regexp.Regexp) []TestResult {
	var out []TestResult
	for _, c := range f.cases {
		name := f.rule + "/" + c.name
		if !filter.MatchString(f.file + "/" + c.name) {
			continue
		}
		t := TestResult{Name: name, File: f.file, Outcome: TestPass}
		began := time.Now()
		r, there := s.Rule(f.rule)
		if !there {
			t.Outcome, t.Msg = TestError, fmt.Sprintf("%v: %s", ErrUnknownRule, f.rule)
			out = append(out, t)
			continue
		}
		finding, err := c.evaluate(ctx, s, r, p, *c.input)
		wrong := c.compare(finding)
		switch {
		case err != nil:
			t.Outcome, t.Msg = TestError, err.Error()
		case len(wrong) > 0:
			t.Outcome, t.Msg = TestFail, strings.Join(wrong, "; ")
		case finding.Status == StatusPass && r.foreign == nil:
			if t.Silent, err = c.silences(ctx, s, r, p); err != nil {
				t.Outcome, t.Msg = TestError, err.Error()
			}
		}
		t.Duration = time.Since(began)
		out = append(out, t)
	}
	return out
}

// evaluate judges an input as the case says.
func (c fixtureCase) evaluate(ctx context.Context, s *Set, r *Rule, p *Parameters, in Input) (Finding, error) {
	if in.Action == "" {
		in.Action = r.Actions[0]
	}
	if in.Subject.Kind == "unknown" && r.Kinds[0] != "deployment" {
		subject := *in.Subject
		subject.Kind = r.Kinds[0]
		in.Subject = &subject
	}
	with := &Parameters{Thresholds: map[string]Threshold{}}
	if p != nil {
		*with = *p
		with.Thresholds = map[string]Threshold{}
		for name, t := range p.Thresholds {
			with.Thresholds[name] = t
		}
	}
	for name, v := range c.params {
		t := with.Thresholds[name]
		t.Value, t.Basis, t.Source = v, "default", "fixture"
		with.Thresholds[name] = t
	}
	clock := NewClock(c.at)
	f, err := s.Evaluate(ctx, r, &in, with.Effective(c.plans), clock)
	if err != nil {
		return Finding{}, err
	}
	ApplyWaiver(&f, r, c.waivers, WaiverScope{
		System: in.System.URI, Action: in.Action, Environment: in.Environment, Origin: c.origin, Subject: in.Subject.Ref,
	}, with, clock)
	return f, nil
}

// compare says what of the finding is not as wanted.
func (c fixtureCase) compare(f Finding) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if f.Status != c.wantStatus {
		say("status is %s (%s), want %s", f.Status, f.Reason, c.wantStatus)
	}
	for name, got := range map[string]string{"would_be": string(f.WouldBe), "holds_from": f.HoldsFrom, "holds_until": f.HoldsUntil} {
		if w := c.want[name]; w.there && w.text() != got {
			say("%s is %q, want %q", name, got, w.text())
		}
	}
	if w := c.want["reason"]; w.there && !strings.Contains(f.Reason, w.text()) {
		say("reason is %q, want %q in it", f.Reason, w.text())
	}
	if w := c.want["evidence"]; w.there && int64(len(f.Evidence)) != w.integer(0, 1<<32) {
		say("%d items cited, want %v", len(f.Evidence), w.value)
	}
	for _, m := range c.want["messages"].elements() {
		if !slices.ContainsFunc(f.Messages, func(got Message) bool { return strings.Contains(got.Msg, m.text()) }) {
			said := make([]string, len(f.Messages))
			for i, got := range f.Messages {
				said[i] = got.Level + " " + got.Msg
			}
			say("no message says %q; there are %q", m.text(), said)
		}
	}
	slices.Sort(wrong)
	return wrong
}
