package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// TestErasure: the plan is what has to be signed; once it is carried out the bytes
// are gone from every route, and are not taken again.
func TestErasure(t *testing.T) {
	b := newBench(t)
	raw := b.card()
	sub := into[api.Submission](t, b.post("/api/v1/attestations", raw), http.StatusCreated)
	plan := into[api.ErasurePlan](t, b.get("/api/v1/erasures/"+sub.ID), http.StatusOK)
	if len(plan.Entries) != 1 || plan.Entries[0].Index != sub.Receipt.Index || plan.Origin != b.Log.Origin() {
		t.Fatalf("%+v", plan)
	}
	signed := func(by string) []byte {
		t.Helper()
		raw, err := evidence.NewErasure(plan.Entries, "GDPR Art 17(1)(b)", plan.Origin, b.Clock.Now(), b.Signer(by).Key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	refused(t, b.post("/api/v1/erasures", signed("data-steward")), http.StatusForbidden, "not-eraser")
	refused(t, b.post("/api/v1/erasures", make([]byte, api.MaxErasure+1)), http.StatusRequestEntityTooLarge, "too-large")
	path := "/" + strings.Replace(ledger.Tile{Index: sub.Receipt.Index, Width: ledger.TileWidth}.Path(), "tile/0", "payload", 1)
	if a := b.get(path); string(a.body) != string(raw) {
		t.Fatalf("%s: %s", path, a.body)
	}
	erasure := signed("admin")
	done := into[api.Erasure](t, b.post("/api/v1/erasures", erasure), http.StatusCreated)
	if again := into[api.Erasure](t, b.post("/api/v1/erasures", erasure), http.StatusOK); !again.Duplicate || again.Receipt.Index != done.Receipt.Index {
		t.Errorf("%+v", again)
	}
	if leaf, _, err := done.Receipt.Verify(erasure, b.VKey); err != nil || leaf.Kind != evidence.KindErasure {
		t.Errorf("receipt of the tombstone: %+v, %v", leaf, err)
	}
	refused(t, b.post("/api/v1/attestations", raw), http.StatusGone, "erased")
	refused(t, b.get("/api/v1/erasures/"+sub.ID), http.StatusGone, "erased")
	refused(t, b.get(path), http.StatusGone, "erased")
	refused(t, b.get("/api/v1/erasures/"+strings.Repeat("0", 64)), http.StatusNotFound, "not-found")
}

// TestBesideTheTree: a service serves what an export holds, so that a mirror can be
// made of it, and refuses other paths.
func TestBesideTheTree(t *testing.T) {
	b := newBench(t)
	b.story()
	size := int(b.Size())
	for _, name := range []string{"salt", "identity"} {
		a := b.get("/" + name + "/000.p/" + itoa(size))
		if a.status != http.StatusOK || len(a.body) != 32*size || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %d bytes, %v", name, a.status, len(a.body), a.header)
		}
		for _, path := range []string{"/000", "/000.p/" + itoa(size+1), "/../x", "/0"} {
			refused(t, b.get("/"+name+path), http.StatusNotFound, "not-found")
		}
	}
	for _, path := range []string{"/payload/0", "/payload/000.p/3", "/payload/999", "/payload/x001/000"} {
		refused(t, b.get(path), http.StatusNotFound, "not-found")
	}
}
