package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/watch"
)

// RulePage is a rule with what stands around it.
type RulePage struct {
	Rule
	// Asked are the environments whose gates judge by it.
	Asked []string
	// Law are the requirements it serves.
	Law []Requirement
	// Dates are those of the calendar that concern it.
	Dates []policy.LegalDate
	// History is how it came to be as it is, newest first. Earlier: there is more.
	History []RuleVersion
	Earlier bool
	// Open are the newest decisions in which it did not pass, of Opens in all.
	Open    []watch.Open
	Opens   int
	Reading *Reading
}

// Requirement is a control of a framework as a rule names it.
type Requirement struct {
	Name      string // framework/control
	Framework policy.Framework
	Control   policy.Control
	Known     bool // the framework has it
}

// RuleVersion is a moment from which a rule read or was weighed otherwise: an
// activation of parameters.
type RuleVersion struct {
	Index uint64 // of the parameters
	At    time.Time
	Set   string
	// Text is the digest of the rule's file in that set; empty when the set does not
	// have the rule.
	Text string
	What []string // changed with it
}

func (s *Server) rule(c echo.Context) error {
	form, err := negotiate(c, s.forms()...)
	if err != nil {
		return err
	}
	r, err := s.ruleOf(c)
	if err != nil || form != mediaHTML {
		return s.showUnless(c, form, r, err)
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	p := RulePage{Rule: r}
	if err := s.lawOf(&p); err != nil {
		return err
	}
	for _, d := range s.cfg.Calendar {
		if slices.Contains(d.Rules, r.ID) {
			p.Dates = append(p.Dates, d)
		}
	}
	set, params, err := s.rulesAt(ctx, at.Size)
	if err != nil {
		return err
	}
	for _, env := range params.Environments() {
		if slices.ContainsFunc(params.Gate(env).Actions, func(action string) bool {
			rules, err := params.Select(set, env, action)
			return err == nil && slices.ContainsFunc(rules, func(o *policy.Rule) bool { return o.ID == r.ID })
		}) {
			p.Asked = append(p.Asked, env)
		}
	}
	if p.History, p.Earlier, err = s.history(ctx, r.Rule, at.Size); err != nil {
		return err
	}
	b, reading, err := s.board(ctx, at)
	if err != nil {
		return err
	}
	p.Reading = reading
	p.Open, p.Opens = b.Failing(r.ID, MaxShownOpen)
	return s.show(c, form, p)
}

// frameworks reads the texts of controls.
func (s *Server) frameworks() ([]policy.Framework, error) {
	if s.cfg.Frameworks == nil {
		return nil, nil
	}
	all, err := policy.ReadFrameworks(s.cfg.Frameworks)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return all, err
}

func (s *Server) lawOf(p *RulePage) error {
	books, err := s.frameworks()
	if err != nil {
		return err
	}
	for _, name := range p.Controls {
		q := Requirement{Name: name}
		for _, f := range books {
			for _, c := range f.Controls {
				if f.ID+"/"+c.ID == name {
					q.Framework, q.Control, q.Known = f, c, true
				}
			}
		}
		q.Framework.Controls = nil
		p.Law = append(p.Law, q)
	}
	return nil
}

// history goes through the newest activations of parameters and tells from which on
// the rule read otherwise or was given another threshold.
func (s *Server) history(ctx context.Context, r *policy.Rule, size uint64) (out []RuleVersion, earlier bool, err error) {
	indices, err := s.log.Lookup(ctx, evidence.KeyKind(evidence.KindParameters), size)
	if err != nil {
		return nil, false, err
	}
	if earlier = len(indices) > MaxShownVersions; earlier {
		indices = indices[len(indices)-MaxShownVersions:]
	}
	texts := map[string]string{}
	var before *version
	for _, i := range indices {
		doc, err := evidence.ReadActive(ctx, s.log, i)
		if errors.Is(err, attest.ErrMalformed) || errors.Is(err, ledger.ErrErased) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		params, err := policy.ParseParameters(doc.Document)
		if err != nil {
			continue // of another version; what is in force now was read by others
		}
		text, ok := texts[params.Set]
		if !ok {
			if text, err = s.ruleText(ctx, params.Set, r, size); err != nil {
				return nil, false, err
			}
			texts[params.Set] = text
		}
		v := versionOf(r, text, params)
		if what := v.since(before, earlier); len(what) > 0 {
			one := RuleVersion{Index: i, At: doc.At, Set: params.Set, What: what}
			if text != "" {
				sum := sha256.Sum256([]byte(text))
				one.Text = "sha256:" + hex.EncodeToString(sum[:])
			}
			out = append(out, one)
		}
		before = &v
	}
	slices.Reverse(out)
	return out, earlier, nil
}

// ruleText is the code of a rule in a recorded set, "" when the set does not have it.
func (s *Server) ruleText(ctx context.Context, digest string, r *policy.Rule, size uint64) (string, error) {
	found, err := s.log.Lookup(ctx, evidence.KeySet(digest), size)
	if err != nil || len(found) == 0 {
		return "", err
	}
	rec, err := s.log.Read(ctx, found[0])
	if err != nil || rec.Erased {
		return "", err
	}
	var files map[string]string
	if err := json.Unmarshal(rec.Payload, &files); err != nil {
		return "", fmt.Errorf("rule set at index %d: %w", found[0], err)
	}
	named := regexp.MustCompile(`(?m)^#\s+id:\s*"?` + regexp.QuoteMeta(r.ID) + `"?\s*$`)
	if text := files[r.File]; named.MatchString(text) {
		return text, nil
	}
	for _, text := range files { // it stood elsewhere; ids are unique in a set
		if named.MatchString(text) {
			return text, nil
		}
	}
	return "", nil
}

// version is what a person would call one of a rule.
type version struct {
	text     string
	severity string
	params   map[string]string
}

var severityLine = regexp.MustCompile(`(?m)^#\s+severity:\s*"?([a-z]+)"?`)

func versionOf(r *policy.Rule, text string, p *policy.Parameters) version {
	v := version{text: text, params: map[string]string{}}
	if m := severityLine.FindStringSubmatch(text); m != nil {
		v.severity = m[1]
	}
	for _, name := range r.Params {
		if t, ok := p.Thresholds[name]; ok {
			v.params[name] = fmt.Sprint(t.Value)
		}
	}
	return v
}

// since tells what is other than before. cut: before the first there were others.
func (v version) since(before *version, cut bool) []string {
	switch {
	case before == nil && v.text == "":
		return nil
	case before == nil && cut:
		return []string{"as it was when this list begins"}
	case before == nil:
		return []string{"in the set from the first parameters on"}
	case before.text == "" && v.text == "":
		return nil
	case before.text == "":
		return []string{"came into the set"}
	case v.text == "":
		return []string{"is not in the set"}
	}
	var out []string
	if v.text != before.text {
		out = append(out, "its text changed")
	}
	if v.severity != before.severity {
		out = append(out, fmt.Sprintf("severity %s, was %s", v.severity, before.severity))
	}
	names := map[string]bool{}
	for name := range v.params {
		names[name] = true
	}
	for name := range before.params {
		names[name] = true
	}
	for _, name := range sortedKeys(names) {
		now, was := v.params[name], before.params[name]
		switch {
		case now == was:
		case was == "":
			out = append(out, fmt.Sprintf("%s is %s", name, now))
		case now == "":
			out = append(out, fmt.Sprintf("%s has no value, was %s", name, was))
		default:
			out = append(out, fmt.Sprintf("%s is %s, was %s", name, now, was))
		}
	}
	return out
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
