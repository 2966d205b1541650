package evidence_test

import (
	"context"
	"testing"

	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
)

// TestClaims: what an object claims is borne out by trusted evidence that counts for
// the system, and by it alone; a revoked statement no longer bears it out.
func TestClaims(t *testing.T) {
	ctx := context.Background()
	r := evidencetest.New(t)
	const location = "s3://models/a"
	about := attesttest.Subject("a", hex("a"))
	about["uri"] = location
	said := r.Submit(attesttest.Statement("deployment", head(r, m{"environment": "production", "state": "requested", "model": string(ref("a")), "image": string(ref("image"))}),
		about, attesttest.Subject("image", hex("image"))), "operator")
	type question struct{ what, model, of, system string }
	ask := func(q question) bool {
		t.Helper()
		var yes bool
		var err error
		if q.what == "carries" {
			yes, err = r.Locker.Carries(ctx, ref(q.of), ref(q.model), q.system)
		} else {
			yes, err = r.Locker.LiesAt(ctx, ref(q.model), q.of, q.system)
		}
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	for q, want := range map[question]bool{
		{"carries", "a", "image", system}:         true,
		{"carries", "a", "image", ""}:             true,
		{"carries", "b", "image", system}:         false,
		{"carries", "a", "other", system}:         false,
		{"carries", "a", "image", "system:other"}: false,
		{"lies at", "a", location, system}:        true,
		{"lies at", "a", location, ""}:            true,
		{"lies at", "a", location + "/x", system}: false,
		{"lies at", "b", location, system}:        false,
		{"lies at", "a", location, "system:o"}:    false,
	} {
		if ask(q) != want {
			t.Errorf("%+v: %v", q, !want)
		}
	}
	r.Submit(revoke(r, "attestation", said.ID, nil), "revoker")
	for _, q := range []question{{"carries", "a", "image", system}, {"lies at", "a", location, system}} {
		if ask(q) {
			t.Errorf("%+v, though the statement is revoked", q)
		}
	}
}
