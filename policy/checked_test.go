package policy_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
)

// TestLoadChecked: the checks that are left out of a known set change nothing of what
// judges, and are left out of no other. A body that differs here has expressions before
// those that bind their variables; put them after.
func TestLoadChecked(t *testing.T) {
	set, err := policy.LoadSet(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	known, err := policy.LoadSet(policies.FS, set.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(policy.Compiled(set), policy.Compiled(known)); diff != "" {
		t.Error(diff)
	}
	inputs, at := storyInputs(t)
	for _, r := range set.Rules() {
		judged := func(s *policy.Set) policy.Finding {
			same, _ := s.Rule(r.ID)
			f, err := s.Evaluate(t.Context(), same, inputs[r.Kinds[0]], bookParameters(t), policy.NewClock(at))
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		if diff := cmp.Diff(judged(set), judged(known), cmpopts.IgnoreUnexported(policy.Finding{})); diff != "" {
			t.Errorf("%s: %s", r.ID, diff)
		}
	}
	broken := fstest.MapFS{"a.rego": {Data: []byte("package a\n\np if undefined(1)\n")}}
	if _, err := policy.LoadSet(broken, set.Digest()); !errors.Is(err, policy.ErrRuleSet) {
		t.Errorf("another set: %v", err)
	}
}
