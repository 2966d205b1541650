package policy

import (
	"errors"
	"testing"
)

// TestGuarded: a panic while a set is compiled is the set's, not the end of the service.
func TestGuarded(t *testing.T) {
	if err := guarded(func() error { panic("x") }); !errors.Is(err, ErrRuleSet) {
		t.Errorf("got %v", err)
	}
	read := parseAll([]string{"a.rego", "b.rego"}, map[string]string{"a.rego": "package a", "b.rego": "package b"}, nil)
	for i, p := range read {
		if p.err == nil && p.module == nil {
			t.Errorf("file %d was passed over", i)
		}
	}
}
