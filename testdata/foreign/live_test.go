package foreign_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
	"github.com/assize-dev/assize/ledger/sqlite"
	"github.com/assize-dev/assize/policy/gate"
)

// stores are both that a service can stand on.
func stores(t *testing.T) map[string]func(t *testing.T) ledger.Store {
	t.Helper()
	return map[string]func(t *testing.T) ledger.Store{
		"sqlite": func(t *testing.T) ledger.Store {
			s, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(t.TempDir(), "ledger.db")})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		},
		"postgres": func(t *testing.T) ledger.Store {
			s, err := postgres.Open(context.Background(), postgres.Config{URL: postgrestest.URL(t), Create: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		},
	}
}

// serve puts the real service over a log.
func serve(t *testing.T, l *ledger.Log) *url.URL {
	t.Helper()
	locker := evidence.New(evidence.Config{Log: l, IdentityKey: make([]byte, 32)})
	s, err := api.New(api.Config{Gate: gate.New(gate.Config{Locker: locker}), Locker: locker, LogKey: ledgertest.Signer(t).VerifierKey()})
	if err != nil {
		t.Fatal(err)
	}
	hs := httptest.NewServer(s)
	t.Cleanup(hs.Close)
	u, err := url.Parse(hs.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func fill(t *testing.T, l *ledger.Log, from, to int) {
	t.Helper()
	var wg sync.WaitGroup
	next := make(chan int)
	for range 64 {
		wg.Go(func() {
			for n := range next {
				e := ledger.Entry{Kind: "attestation", Payload: strconv.AppendInt(nil, int64(n), 10)}
				if _, err := l.Append(context.Background(), e, ledger.WaitPublished); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for n := from; n < to; n++ {
		next <- n
	}
	close(next)
	wg.Wait()
}

// TestLiveService: Tessera's checker and client find nothing wrong with a service,
// over HTTP, on either store, at the sizes where tiles begin and end; neither while
// it grows, nor with what was erased from it.
func TestLiveService(t *testing.T) {
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) {
			l := ledgertest.Open(t, open(t), t.TempDir())
			u := serve(t, l)
			f, err := client.NewHTTPFetcher(u, http.DefaultClient)
			if err != nil {
				t.Fatal(err)
			}
			var tracker *client.LogStateTracker
			at := 0
			for _, size := range []int{1, 255, 256, 257, 600} {
				fill(t, l, at, size)
				at = size
				if err := runFsck(t, f); err != nil {
					t.Errorf("fsck at %d entries: %v", size, err)
				}
				if tracker == nil {
					tr, err := client.NewLogStateTracker(t.Context(), f.ReadTile, nil, verifier(t), ledgertest.Origin, client.UnilateralConsensus(f.ReadCheckpoint))
					if err != nil {
						t.Fatal(err)
					}
					tracker = tr
					continue
				}
				if _, _, _, err := tracker.Update(t.Context()); err != nil {
					t.Errorf("Tessera's client at %d entries: %v", size, err)
				}
			}
			if _, err := l.Erase(t.Context(), 17, ledger.Entry{Kind: "erasure"}, ledger.WaitPublished); err != nil {
				t.Fatal(err)
			}
			if err := runFsck(t, f); err != nil {
				t.Errorf("fsck after an erasure: %v", err)
			}
			if _, _, _, err := tracker.Update(t.Context()); err != nil {
				t.Errorf("Tessera's client after an erasure: %v", err)
			}
			mirror := filepath.Join(t.TempDir(), "mirror")
			if _, err := ledger.OpenMirror(u.String(), nil).Follow(t.Context(), ledgertest.Signer(t).VerifierKey(), mirror); err != nil {
				t.Fatal(err)
			}
			if err := runFsck(t, client.FileFetcher{Root: mirror}); err != nil {
				t.Errorf("fsck of a mirror: %v", err)
			}
		})
	}
}

// TestFormats: the formats module reads what this log writes: checkpoint, proof
// file, and the inclusion it proves.
func TestFormats(t *testing.T) {
	_, l := openLog(t, 0)
	empty, err := tlog.TreeHash(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if size, root, b, err := l.Head(t.Context()); err != nil || size != 0 || tlog.Hash(root) != empty {
		t.Errorf("empty log: size %d, root %x, %v", size, root, err)
	} else if _, _, _, err := log.ParseCheckpoint(b, ledgertest.Origin, verifier(t)); err != nil {
		t.Errorf("checkpoint of an empty log: %v", err)
	}
	for n := range 300 {
		r, err := l.Append(t.Context(), ledger.Entry{Kind: "attestation", Payload: strconv.AppendInt(nil, int64(n), 10)}, ledger.WaitPublished)
		if err != nil {
			t.Fatal(err)
		}
		if n%43 != 0 && n < 254 {
			continue
		}
		raw, err := r.MarshalProof()
		if err != nil {
			t.Fatal(err)
		}
		var p proof.TLogProof
		if err := p.Unmarshal(raw); err != nil || p.Index != r.Index {
			t.Fatalf("tlog-proof of entry %d: %v", n, err)
		}
		cp, _, notes, err := log.ParseCheckpoint(p.Checkpoint, ledgertest.Origin, verifier(t))
		if err != nil || cp.Size != r.Size || len(notes.Sigs) != 1 {
			t.Fatalf("checkpoint of entry %d: %v", n, err)
		}
		var rp tlog.RecordProof
		for _, h := range p.Hashes {
			rp = append(rp, tlog.Hash(h))
		}
		if err := tlog.CheckRecord(rp, int64(cp.Size), tlog.Hash(cp.Hash), int64(p.Index), tlog.Hash(r.LeafHash)); err != nil {
			t.Errorf("inclusion of entry %d: %v", n, err)
		}
	}
}

// TestRotatedCheckpoint: a checkpoint of an overlap verifies under either key, by
// the note package alone.
func TestRotatedCheckpoint(t *testing.T) {
	skey, vkey, err := ledger.GenerateKey(nil, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	next, err := ledger.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	both, err := next.Beside(ledgertest.Signer(t))
	if err != nil {
		t.Fatal(err)
	}
	l := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: ledgertest.NewMemory(), Signer: both})
	fill(t, l, 0, 3)
	b, err := l.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	nv, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []note.Verifier{verifier(t), nv} {
		if _, _, _, err := log.ParseCheckpoint(b, ledgertest.Origin, v); err != nil {
			t.Errorf("key %08x: %v", v.KeyHash(), err)
		}
	}
}
