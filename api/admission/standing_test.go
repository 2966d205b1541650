package admission_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/assize-dev/assize/api/admission"
)

// TestRunningConfig: what would never follow anything is refused before it starts.
func TestRunningConfig(t *testing.T) {
	const scopes = "\n  scopes: [{name: a, mode: enforce, environment: production}]\n"
	for _, c := range []struct{ name, text, says string }{
		{"without an API server", "admission:\n  running: {reports: true}" + scopes, "say under kubernetes"},
		{"too often", "admission:\n  kubernetes: {}\n  running: {every: 1s}" + scopes, "at least 10s"},
		{"objects", "admission:\n  kubernetes: {}\n  running: {objects: [{key: a, operator: Is}]}" + scopes, "operator"},
		{"namespaces", "admission:\n  kubernetes: {}\n  running: {namespaces: {match_expressions: [{key: a, operator: In}]}}" + scopes, "takes values"},
		{"unknown member", "admission:\n  kubernetes: {}\n  running: {report: true}" + scopes, "report"},
	} {
		if _, err := admission.ParseConfig([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.says)
		}
	}
}

// TestStand: what stands is what a request would be answered, and what cannot be read
// is said to be so.
func TestStand(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	ctx := context.Background()
	read := func(raw string) (admission.Reading, error) {
		var tree m
		if err := json.Unmarshal([]byte(raw), &tree); err != nil {
			t.Fatal(err)
		}
		return b.server.Read(tree)
	}
	r, err := read(string(encode(t, pod(image("scorer"), image("poor")))))
	st := b.server.Stand(ctx, "scoring", r)
	if err != nil || !st.Refused || st.Outcome != "denied" || len(st.Points) != 2 || !strings.Contains(st.Message, "EVL-01") {
		t.Errorf("%+v, %v", st, err)
	}
	if r := b.create(pod(image("scorer"), image("poor"))); r.Allowed || !strings.Contains(st.Message, r.Result.Message[:40]) {
		t.Errorf("the webhook says %q, the standing %q", message(r), st.Message)
	}
	if _, err := read(`{"spec": {"containers": [{"image": 1}]}}`); err == nil {
		t.Error("an image that is a number is read")
	}
	if follows, err := b.server.Follows(ctx, "scoring", nil); err != nil || follows {
		t.Errorf("nothing is said of running, and it follows: %v", err)
	}
}
