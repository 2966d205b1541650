package evidence_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
)

// TestRotate: an administrator hands the log over to a key that the trust in force
// names, and the leaf alone tells which.
func TestRotate(t *testing.T) {
	r, ctx := evidencetest.New(t), t.Context()
	key := func(origin string) string {
		t.Helper()
		_, vkey, err := ledger.GenerateKey(nil, origin)
		if err != nil {
			t.Fatal(err)
		}
		return vkey
	}
	next := key(evidencetest.Origin)
	rotation := func(by string, change func(*evidence.Rotation)) []byte {
		t.Helper()
		rot := evidence.Rotation{LogOrigin: evidencetest.Origin, From: r.VKey, To: next,
			Until: r.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339), StatedAt: r.Clock.Now().UTC().Format(time.RFC3339)}
		if change != nil {
			change(&rot)
		}
		raw, err := evidence.NewRotation(rot, r.Signer(by).Key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if _, err := r.Locker.Rotate(ctx, rotation("admin", nil)); !errors.Is(err, attest.ErrTrust) {
		t.Errorf("a key that the trust does not name: %v, want ErrTrust", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(r.TrustFile(), &doc); err != nil {
		t.Fatal(err)
	}
	doc["service"].(map[string]any)["log_keys"] = []string{next, r.VKey}
	trust, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Locker.Activate(ctx, r.Activation(evidence.KindTrust, trust, "admin"), nil); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		raw  []byte
		want error
	}{
		"by a developer": {rotation("developer", nil), evidence.ErrNotAdmin},
		"for another log": {rotation("admin", func(x *evidence.Rotation) {
			x.LogOrigin, x.From, x.To = "x.example", key("x.example"), key("x.example")
		}), evidence.ErrStale},
		"to a foreign key":   {rotation("admin", func(x *evidence.Rotation) { x.To = key("x.example") }), attest.ErrMalformed},
		"to the same key":    {rotation("admin", func(x *evidence.Rotation) { x.To = x.From }), attest.ErrMalformed},
		"until some day":     {rotation("admin", func(x *evidence.Rotation) { x.Until = "some day" }), attest.ErrMalformed},
		"not a rotation":     {r.Activation(evidence.KindTrust, trust, "admin"), attest.ErrMalformed},
		"not even a message": {[]byte("x"), attest.ErrMalformed},
	} {
		if _, err := r.Locker.Rotate(ctx, test.raw); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	rc, err := r.Locker.Rotate(ctx, rotation("admin", nil))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Locker.Rotate(ctx, rotation("admin", nil)); err != nil || !again.Duplicate || again.Index != rc.Index {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	got, err := evidence.Rotations(ctx, r.Log, r.Size())
	if err != nil || len(got) != 1 || got[0] != (evidence.RotatedKey{Index: rc.Index, Key: next}) {
		t.Errorf("%+v, %v", got, err)
	}
}
