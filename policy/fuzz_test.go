package policy_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/policy"
)

// Parameters that are read have one canonical form, which reads as itself.
func FuzzParseParameters(f *testing.F) {
	f.Add([]byte("v: 1\n" + thresholds + "waivers: {high: 30}\n"))
	f.Add([]byte(`{"v": 1, "gates": [{"environment": "e", "systems": ["*"], "actions": ["deploy"], "packs": ["core"], "blocks": ["high"]}]}`))
	f.Add([]byte("v: 1\nthresholds: {a: {value: [1, x], basis: law, source: s}}"))
	f.Add([]byte("&a [*a]"))
	f.Add([]byte("v: 1\nset: !!binary aGVsbG8="))
	f.Add([]byte("v: 1\n? [a]\n: b"))
	f.Add([]byte("<<: {v: 1}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policy.ParseParameters(text)
		if err != nil {
			if !errors.Is(err, policy.ErrParameters) {
				t.Errorf("%v", err)
			}
			return
		}
		again, err := policy.ParseParameters(p.Canonical())
		if err != nil || again.Digest() != p.Digest() || !bytes.Equal(again.Canonical(), p.Canonical()) {
			t.Errorf("the canonical form %s reads as %v, %v", p.Canonical(), again, err)
		}
		p.Effective(nil)
	})
}

// A rule file loads, or is refused with its name; what loads can be judged and
// has an archive that loads as itself.
func FuzzLoadSet(f *testing.F) {
	f.Add(rule("TST-01", datedRule, cardRule))
	f.Add(rule("TST-01", "requires: [[model-card, cyclonedx]]\nreads: [incident]", bookRule))
	f.Add(rule("TST-01", "", "pass if { some x in input.ancestors; walk(x, [_, y]); y == 1 }"))
	f.Add("package main\n\ndeny[msg] { msg := input.x }")
	f.Add("# METADATA\n# custom: [")
	f.Fuzz(func(t *testing.T, source string) {
		fsys := fstest.MapFS{"r.rego": {Data: []byte(source)}}
		s, err := policy.LoadSet(fsys)
		if err != nil {
			if !errors.Is(err, policy.ErrRuleSet) && !errors.Is(err, policy.ErrNoRules) {
				t.Errorf("%v", err)
			}
			if foreign, err := policy.LoadForeign(fsys, policy.ForeignConfig{}); err == nil {
				if _, err := foreign.Evaluate(t.Context(), policy.SubjectRef{}, map[string]any{"x": "y"}, nil, policy.NewClock(at(t, now))); err != nil {
					t.Errorf("foreign: %v", err)
				}
			}
			return
		}
		if again, err := policy.LoadArchive(s.Archive()); err != nil || again.Digest() != s.Digest() {
			t.Errorf("archive: %v", err)
		}
		in := input(item(t, 3, "model-card", map[string]any{"version": "1"}))
		for _, r := range s.Rules() {
			if _, err := s.Evaluate(t.Context(), r, in, nil, policy.NewClock(at(t, now))); err != nil {
				t.Errorf("evaluate: %v", err)
			}
		}
	})
}

func FuzzFixtures(f *testing.F) {
	f.Add(cardFixtures)
	f.Add("v: 1\nrule: TST-01\ncases: [{name: x, at: \"2026-01-01\", want: {status: pass}}]")
	f.Add("v: 1\nrule: TST-01\ncases: [{name: x, at: \"2026-01-01\", subject: {revoked: [{id: a}]}, params: {a: [1]}, want: {status: pass, messages: [x]}}]")
	f.Fuzz(func(t *testing.T, text string) {
		fsys := testSet()
		delete(fsys, "test/tst_01/tst_01_test.rego")
		fsys["test/tst_01/tst_01_fixtures.yaml"] = &fstest.MapFile{Data: []byte(text)}
		if _, err := policy.RunTests(t.Context(), fsys, policy.TestConfig{}); err != nil && !errors.Is(err, policy.ErrRuleSet) {
			t.Errorf("%v", err)
		}
	})
}

// The list of faults is cut, and says so.
func TestManyFaults(t *testing.T) {
	var files []string
	for i := range 40 {
		files = append(files, rule(fmt.Sprintf("TST-%02d", i), "severty: low", passing))
	}
	_, err := tryLoad(files...)
	var set *policy.SetError
	if !errors.As(err, &set) || len(set.Faults) != 40 || !strings.Contains(err.Error(), "and 15 more") {
		t.Errorf("%v", err)
	}
}

// The engine's own builtins are part of what a decision names.
func TestCapabilitiesDigest(t *testing.T) {
	if a := policy.CapabilitiesDigest(); a != policy.CapabilitiesDigest() || !strings.HasPrefix(a, "sha256:") {
		t.Errorf("digest %s", a)
	}
}
