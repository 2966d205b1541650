package policy_test

import (
	"testing"

	"github.com/assize-dev/assize/policy"
)

func TestLicensed(t *testing.T) {
	for _, c := range []struct {
		expression, ids string
		want            policy.Status
	}{
		{`"MIT"`, `["MIT"]`, policy.StatusPass},
		{`" mit "`, `{"Mit"}`, policy.StatusPass},
		{`"MIT AND CC0-1.0"`, `["MIT", "CC0-1.0"]`, policy.StatusPass},
		{`"X AND MIT OR  CC0-1.0"`, `["CC0-1.0"]`, policy.StatusPass},
		{`"GPL-2.0-only WITH Classpath-exception-2.0"`, `["gpl-2.0-ONLY with classpath-exception-2.0"]`, policy.StatusPass},
		{`"GPL-2.0-only WITH Classpath-exception-2.0"`, `["GPL-2.0-only"]`, policy.StatusFail},
		{`"MIT AND CC0-1.0"`, `["MIT"]`, policy.StatusFail},
		{`"MIT or X"`, `["MIT"]`, policy.StatusFail},
		{`"(MIT)"`, `["MIT", "(MIT)"]`, policy.StatusFail},
		{`""`, `["MIT"]`, policy.StatusFail},
		{`"MIT"`, `[]`, policy.StatusFail},
		{`object.get({}, "a", 5)`, `["MIT"]`, policy.StatusUnassessable},
		{`"MIT"`, `["MIT", 5]`, policy.StatusUnassessable},
		{`"MIT"`, `object.get({}, "a", "MIT")`, policy.StatusUnassessable},
	} {
		s := load(t, rule("LIC-01", "requires: [model-card]", "pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\ndeny contains {\"msg\": \"not licensed\"} if not met\n\nmet if assize.licensed("+c.expression+", "+c.ids+")"))
		f := evaluate(t, s, "LIC-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s of %s: %s (%s)", c.expression, c.ids, f.Status, f.Reason)
		}
	}
}
