package predicate_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// A statement whose parts contradict each other is refused with the place.
func TestContradictionsAreRefused(t *testing.T) {
	number := func(s string) any { return json.Number(s) }
	other := string(ref("another"))
	systemSubject := predicate.SystemSubject(system)
	for name, c := range map[string]struct {
		short  string
		change func(st *attest.Statement, p map[string]any)
		path   string
		says   string
	}{
		"no identity": {"model-card", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0].Digest = map[string]string{"sha1": strings.Repeat("a", 40)}
		}, "$.subject[0]", "identifies nothing"},
		"the digest of another system": {"risk-assessment", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0].Digest["sha256"] = id("system:other")
		}, "$.subject[0].digest", "SHA-256 of the URI"},
		"a second digest beside that of the URI": {"risk-assessment", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0].Digest["sha512"] = strings.Repeat("a", 128)
		}, "$.subject[0].digest", "no other"},
		"a system it does not count for": {"eval-plan", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0] = predicate.SystemSubject("system:other")
		}, "$.subject[0]", "does not list"},
		"no system": {"incident", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0] = predicate.Subject("model", ref("model"))
		}, "$.subject[0]", "URI of a system"},
		"a monitoring plan about a model": {"monitoring-plan", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0] = predicate.Subject("model", ref("model"))
		}, "$.subject[0]", "URI of a system"},
		"the URI decides, not the name": {"eval-plan", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0].URI = "system:other"
		}, "$.subject[0]", "does not list"},
		"an organisation only in its evidence": {"eval-plan", func(st *attest.Statement, _ map[string]any) {
			st.Subjects[0] = predicate.SystemSubject("org:bank-ag")
		}, "$.subject[0]", "URI of a system"},
		"a profile of another system": {"system-profile", func(st *attest.Statement, p map[string]any) {
			p["system_id"] = "system:other"
		}, "$.predicate.system_id", "one subject"},
		"a profile of two systems": {"system-profile", func(st *attest.Statement, p map[string]any) {
			p["systems"] = []any{system, "system:other"}
			st.Subjects = append(st.Subjects, predicate.SystemSubject("system:other"))
		}, "$.predicate.system_id", "one subject"},
		"a card of another dataset":   {"dataset-card", set("digest", other), "$.predicate.digest", "no subject"},
		"quality of another dataset":  {"data-quality", set("dataset", other), "$.predicate.dataset", "no subject"},
		"rights to another dataset":   {"data-rights", set("dataset", other), "$.predicate.dataset", "no subject"},
		"approval of another model":   {"approval", set("model", other), "$.predicate.model", "no subject"},
		"deployment of another model": {"deployment", set("model", other), "$.predicate.model", "no subject"},
		"deployment of a third thing": {"deployment", func(st *attest.Statement, _ map[string]any) {
			st.Subjects = append(st.Subjects, systemSubject)
		}, "$.subject[2]", "neither the model nor the image"},
		"an image not declared": {"deployment", func(_ *attest.Statement, p map[string]any) { delete(p, "image") }, "$.subject[1]", "neither the model"},
		"a change of other models": {"model-change", func(_ *attest.Statement, p map[string]any) {
			p["to"] = other
		}, "$.subject", "neither"},
		"a review to come":            {"risk-assessment", set("reviewed_at", "2030-01-01T00:00:00Z"), "$.predicate.reviewed_at", "after stated_at"},
		"a measurement to come":       {"eval-result", set("executed_at", "2030-01-01T00:00:00Z"), "$.predicate.executed_at", "after stated_at"},
		"an audit to come":            {"bias-audit", set("audit_date", "2030-01-01T00:00:00Z"), "$.predicate.audit_date", "after stated_at"},
		"a window not over":           {"monitoring-report", window("2025-01-01T00:00:00Z", "2025-03-01T00:00:00Z"), "$.predicate.window.end", "when it is over"},
		"a window backwards":          {"monitoring-report", window("2025-01-01T00:00:00Z", "2024-12-01T00:00:00Z"), "$.predicate.window.end", "not after the start"},
		"a window of no length":       {"monitoring-report", window("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"), "$.predicate.window.end", "not after the start"},
		"a histogram with an edge":    {"monitoring-report", histogram("upper_edges", number("1"), number("2"), number("3")), "$.predicate.feature_drift[0].histogram.reference_counts", "one bin more"},
		"a histogram short of bins":   {"monitoring-report", histogram("window_counts", number("1")), "$.predicate.feature_drift[0].histogram.window_counts", "one bin more"},
		"a histogram out of order":    {"monitoring-report", histogram("upper_edges", number("2"), number("2")), "$.predicate.feature_drift[0].histogram.upper_edges[1]", "ascending"},
		"one human behind a waiver":   {"waiver", set("approved_by", "h.credit"), "$.predicate.approved_by", "another principal"},
		"a waiver that has ended":     {"waiver", set("expires_at", "2024-12-10T09:00:00Z"), "$.predicate.expires_at", "not after stated_at"},
		"an emergency nobody reviews": {"waiver", func(_ *attest.Statement, p map[string]any) { delete(p, "review_by") }, "$.predicate.review_by", "until when"},
		"a review of no emergency":    {"waiver", set("break_glass", false), "$.predicate.review_by", "leave it out"},
		"a review before":             {"waiver", set("review_by", "2024-12-10T09:00:00Z"), "$.predicate.review_by", "not after stated_at"},
		"a waiver of something else":  {"waiver", set("subjects", []any{other}), "$.predicate.subjects[0]", "no subject"},
		"a revocation of something else": {"revocation", func(_ *attest.Statement, p map[string]any) {
			p["target"] = map[string]any{"kind": "subject", "id": other}
		}, "$.predicate.target.id", "no subject"},
		"a revocation of no digest": {"revocation", func(_ *attest.Statement, p map[string]any) {
			p["target"] = map[string]any{"kind": "subject", "id": "german_credit.csv"}
		}, "$.predicate.target.id", "want a digest"},
		"a revocation of no attestation": {"revocation", func(_ *attest.Statement, p map[string]any) {
			p["target"] = map[string]any{"kind": "attestation", "id": strings.Repeat("A", 64)}
		}, "$.predicate.target.id", "want the id of an attestation"},
	} {
		t.Run(name, func(t *testing.T) {
			st := example(t, c.short)
			c.change(st, st.Predicate)
			_, err := predicate.Read(st)
			var f *predicate.Fault
			if !errors.Is(err, predicate.ErrInconsistent) || !errors.As(err, &f) {
				t.Fatalf("got %v, want an inconsistency", err)
			}
			if f.Path != c.path || !strings.Contains(f.Msg, c.says) || f.Type != c.short {
				t.Errorf("got %v, want it at %s saying %q", err, c.path, c.says)
			}
		})
	}
}

func set(name string, v any) func(*attest.Statement, map[string]any) {
	return func(_ *attest.Statement, p map[string]any) { p[name] = v }
}

func window(start, end string) func(*attest.Statement, map[string]any) {
	return set("window", map[string]any{"start": start, "end": end})
}

func histogram(name string, values ...any) func(*attest.Statement, map[string]any) {
	return func(_ *attest.Statement, p map[string]any) {
		drift := p["feature_drift"].([]any)[0].(map[string]any)
		drift["histogram"].(map[string]any)[name] = values
	}
}
