package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/sqlite"
)

func open(t testing.TB, c sqlite.Config) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// raw opens the file as anyone with an SQL shell can.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func fill(t testing.TB, l *ledger.Log, n int) {
	t.Helper()
	for i := range n {
		e := ledger.Entry{
			Kind: "attestation", Payload: []byte{byte(i), byte(i >> 8), 'x'}, Identity: [32]byte{1, byte(i), byte(i >> 8)},
			Keys: []ledger.Key{ledger.MakeKey("n", string(rune(i))), ledger.MakeKey("all", "")},
		}
		if _, err := l.Append(context.Background(), e, ledger.WaitPublished); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLock: a second writer is told so at once, readers are not in the way.
func TestLock(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "a b?c#%.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	fill(t, l, 3)
	if _, err := sqlite.Open(ctx, sqlite.Config{Path: path}); !errors.Is(err, sqlite.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("second writer: %v, want ErrLocked that names the file", err)
	}
	r := open(t, sqlite.Config{Path: path, ReadOnly: true})
	rl := ledgertest.OpenConfig(t, dir, ledger.Config{Store: r, ReadOnly: true})
	for n := range 5 {
		fill(t, l, 0)
		if _, err := l.Append(ctx, ledger.Entry{Kind: "x", Keys: []ledger.Key{{7}}}, ledger.WaitPublished); err != nil {
			t.Fatal(err)
		}
		if h, err := rl.Committed(ctx); err != nil || h.Size != uint64(4+n) {
			t.Errorf("reader sees %d entries, %v, want %d", h.Size, err, 4+n)
		}
		if got, err := rl.Lookup(ctx, ledger.Key{7}, 100); err != nil || len(got) != n+1 {
			t.Errorf("reader finds %v, %v", got, err)
		}
	}
	if err := r.Append(ctx, func(ledger.Tx) error { return nil }); err == nil {
		t.Error("a reader wrote")
	}
	_ = l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, sqlite.Config{Path: path}).Head(ctx); err != nil {
		t.Errorf("after the writer closed: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	if _, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dir, "none.db"), ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading a file that is not there: %v", err)
	}
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("garbage ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(ctx, sqlite.Config{Path: garbage}); err == nil {
		t.Error("a file that is no database was opened")
	}
	newer := filepath.Join(dir, "newer.db")
	if err := open(t, sqlite.Config{Path: newer}).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, newer).Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		if _, err := sqlite.Open(ctx, sqlite.Config{Path: newer, ReadOnly: readOnly}); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("a file of a newer program: %v, want ErrInvalid", err)
		}
	}
	old := filepath.Join(dir, "old.db")
	if _, err := raw(t, old).Exec("CREATE TABLE x (y)"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(ctx, sqlite.Config{Path: old, ReadOnly: true}); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("a file of an older program, to be read only: %v, want ErrInvalid", err)
	}
}

// TestRowsRefuse: an SQL shell cannot change the past by accident.
func TestRowsRefuse(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	fill(t, l, 300)
	if _, err := l.Erase(ctx, 5, ledger.Entry{Kind: "erasure"}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_ = s.Close()
	db := raw(t, path)
	for _, q := range []string{
		"UPDATE entry SET leaf = x'00' WHERE idx = 1",
		"UPDATE entry SET identity = NULL WHERE idx = 1",
		"DELETE FROM entry WHERE idx = 1",
		"DELETE FROM entry",
		"UPDATE payload SET data = x'00' WHERE idx = 1",
		"UPDATE payload SET salt = x'00' WHERE idx = 1",
		"DELETE FROM payload WHERE idx = 1",
		"UPDATE tile SET hashes = x'00'",
		"DELETE FROM tile",
		"UPDATE erased SET tombstone = 7",
		"DELETE FROM erased",
		"UPDATE head SET size = size - 1",
		"DELETE FROM head",
		"INSERT OR REPLACE INTO entry (idx, leaf) VALUES (1, x'00')",
		"INSERT OR REPLACE INTO payload (idx, salt, data) VALUES (1, x'00', x'00')",
		"INSERT OR REPLACE INTO tile (id, root, hashes) VALUES (0, x'00', x'00')",
		"INSERT OR REPLACE INTO erased (idx, tombstone) VALUES (5, 7)",
	} {
		if _, err := db.Exec(q); err == nil {
			t.Errorf("%s was carried out", q)
		}
	}
	checkFindings(t, open(t, sqlite.Config{Path: path, ReadOnly: true}))
}

// checkFindings runs the check and wants each finding to hold one of the texts.
func checkFindings(t *testing.T, s ledger.Store, want ...string) {
	t.Helper()
	rep, err := ledger.Check(context.Background(), s, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		known := false
		for _, w := range want {
			known = known || strings.Contains(f.String(), w)
		}
		if !known {
			t.Errorf("unexpected finding: %s", f)
		}
	}
	for _, w := range want {
		found := false
		for _, f := range rep.Findings {
			found = found || strings.Contains(f.String(), w)
		}
		if !found {
			t.Errorf("no finding says %q; there are %d, the first %v", w, len(rep.Findings), rep.Findings[:min(2, len(rep.Findings))])
		}
	}
}

// TestCheckFinds damages one thing at a time, past the triggers, and wants the
// check to say what and where.
func TestCheckFinds(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	fill(t, l, 600)
	if _, err := l.Erase(context.Background(), 400, ledger.Entry{Kind: "erasure"}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pristine, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, sql string
		want      []string
	}{
		{"nothing", "SELECT 1", nil},
		{"a payload byte", "UPDATE payload SET data = x'000000' WHERE idx = 7", []string{"entry 7: payload does not match"}},
		{"a longer payload", "UPDATE payload SET data = data || x'00' WHERE idx = 7", []string{"entry 7: payload has 4 bytes, the leaf says 3"}},
		{"a salt", "UPDATE payload SET salt = zeroblob(32) WHERE idx = 599", []string{"entry 599: payload does not match"}},
		{"a payload removed", "DELETE FROM payload WHERE idx = 8", []string{"entry 8: its payload is MISSING"}},
		{"a payload removed as if erased", "DELETE FROM payload WHERE idx = 8; INSERT INTO erased VALUES (8, 600)", []string{"entry 8: its payload is MISSING: entry 600 is noted"}},
		{"a tombstone beyond the end", "DELETE FROM payload WHERE idx = 8; INSERT INTO erased VALUES (8, 9999)", []string{"entry 8: its payload is MISSING: entry 9999 is noted"}},
		{"an erasure forgotten", "DELETE FROM erased", []string{"entry 400: its payload is MISSING"}},
		{"a leaf byte", "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'attestation', 'attestatiom') AS BLOB) WHERE idx = 300",
			[]string{"tile/0/001: its hashes are not those of the entries from 256 on", "tile/1/000.p/2: its hashes", "head: the leaves hash to", "checkpoint: the first 601 leaves hash to"}},
		{"a leaf of the unfinished tile", "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'attestation', 'attestatiom') AS BLOB) WHERE idx = 590",
			[]string{"head: the leaves hash to", "checkpoint: the first 601 leaves hash to"}},
		{"a leaf that is none", "UPDATE entry SET leaf = x'7b7d' WHERE idx = 20", []string{"entry 20: leaf: at byte 0", "tile/0/000: its hashes", "tile/1/000.p/2: its hashes", "head: the leaves", "checkpoint: the first", "entry 20: the index has it under key"}},
		{"two leaves exchanged", "UPDATE entry SET idx = -1 WHERE idx = 9; UPDATE entry SET idx = 9 WHERE idx = 10; UPDATE entry SET idx = 10 WHERE idx = -1",
			[]string{"entry 9: payload does not match", "entry 10: payload does not match", "tile/0/000: its hashes", "tile/1/000.p/2: its hashes", "head: the leaves", "checkpoint: the first", "entry 9: the index", "entry 10: the index", "time"}},
		{"a leaf removed", "DELETE FROM entry WHERE idx = 11", []string{"entry 11: it is MISSING", "tile/0/000: its hashes", "tile/1/000.p/2: its hashes", "head: the leaves", "checkpoint: the first", "entry 11: the index has it under key"}},
		{"the last leaf removed", "DELETE FROM entry WHERE idx = 600", []string{"entry 600: it is MISSING", "tile/0/002.p/89: ", "head: the leaves", "head: its time", "entry 400: its payload is MISSING: entry 600", "checkpoint: the first", "entry 600: the index has it under key"}},
		{"a tile", "UPDATE tile SET hashes = zeroblob(8192) WHERE id = 1", []string{"tile/0/001: its hashes are not those of the entries from 256 on"}},
		{"a tile cut off", "UPDATE tile SET hashes = x'00' WHERE id = 1", []string{"tile/0/001: read tile 1 of level 0: 1 bytes, want 8192"}},
		{"the root of a tile", "UPDATE tile SET root = zeroblob(32) WHERE id = 1", []string{"tile/1/000.p/2: its hashes"}},
		{"a tile removed", "DELETE FROM tile WHERE id = 1", []string{"tile/1/000.p/2: "}},
		{"the head's root", "UPDATE head SET root = zeroblob(32)", []string{"head: the leaves hash to"}},
		{"the head's time", "UPDATE head SET time = 0", []string{"head: its time is 1970"}},
		{"the log cut off", "UPDATE head SET size = 500", []string{"head: the leaves hash to", "head: there are entries behind its 500", "index: read index: a row of entry 500, the log has 500", "head: its time", "checkpoint: 601 entries were signed, the store holds 500", "entry 400: its payload is MISSING"}},
		{"the checkpoint", "UPDATE checkpoint SET note = CAST(replace(CAST(note AS TEXT), '601', '600') AS BLOB)", []string{"checkpoint: checkpoint: no valid signature"}},
		{"index rows removed", "DELETE FROM key_tail WHERE seq = 30", []string{"entry 30: the index does not have it under key"}},
		{"index rows of another entry", "UPDATE key_tail SET rows = (SELECT rows FROM key_tail WHERE seq = 31) WHERE seq = 30", []string{"entry 30: the index does not have it", "entry 31: the index has it twice"}},
		{"an index row cut off", "UPDATE key_tail SET rows = x'00' WHERE seq = 30", []string{"index: read index: read index tail: rows of 1 bytes"}},
		{"a longer salt", "UPDATE payload SET salt = salt || x'00' WHERE idx = 599", []string{"entry 599: it is MISSING: read entry 599: salt of 33 bytes", "head: the leaves hash to", "checkpoint: the first 601 leaves hash to", "tile/0/002.p/89: its hashes"}},
		{"a longer identity", "UPDATE entry SET identity = identity || x'00' WHERE idx = 599", []string{"entry 599: it is MISSING: read entry 599: identity of 33 bytes", "tile/0/002.p/89: ", "head: the leaves hash to", "checkpoint: the first 601 leaves hash to", "entry 599: the index has it under key"}},
		{"noted as erased and not gone", "INSERT INTO erased VALUES (8, 600)", []string{"entry 8: entry 600 is noted as its tombstone, and its payload is still there"}},
		{"an erasure undone", "INSERT INTO payload SELECT 400, p.salt, p.data FROM payload p WHERE idx = 401; DELETE FROM erased",
			[]string{"entry 400: payload does not match", "entry 400: a tombstone says that it was erased, and its payload is there again"}},
		{"no checkpoint", "DELETE FROM checkpoint", []string{"checkpoint: there is none, and the log has 601 entries"}},
		{"an entry behind the head", "INSERT INTO entry SELECT 601, leaf, NULL FROM entry WHERE idx = 5", []string{"head: there are entries behind its 601"}},
		{"an entry far behind the head", "INSERT INTO entry SELECT 9000, leaf, NULL FROM entry WHERE idx = 5", []string{"head: there are entries behind its 601"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			copied := filepath.Join(t.TempDir(), "ledger.db")
			if err := os.WriteFile(copied, pristine, 0o600); err != nil {
				t.Fatal(err)
			}
			db := raw(t, copied)
			rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
			if err != nil {
				t.Fatal(err)
			}
			var drop []string
			for rows.Next() {
				var name string
				if err := rows.Scan(&name); err != nil {
					t.Fatal(err)
				}
				drop = append(drop, "DROP TRIGGER "+name)
			}
			_ = rows.Close()
			if _, err := db.Exec(strings.Join(append(drop, test.sql), ";")); err != nil {
				t.Fatal(err)
			}
			checkFindings(t, open(t, sqlite.Config{Path: copied, ReadOnly: true}), test.want...)
		})
	}
}

// TestCheckFlips flips single bits anywhere in the file: whatever is read then
// is what was there, or an error, or a finding. Nothing panics or hangs.
func TestCheckFlips(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	fill(t, l, 40)
	_ = l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pristine, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "ledger.db")
	noticed := 0
	for range 200 {
		bad := append([]byte(nil), pristine...)
		bad[100+rand.IntN(len(bad)-100)] ^= 1 << rand.IntN(8)
		if err := os.WriteFile(copied, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.Open(context.Background(), sqlite.Config{Path: copied, ReadOnly: true})
		if err != nil {
			noticed++
			continue
		}
		rep, err := ledger.Check(context.Background(), s, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
		if err != nil || !rep.OK() {
			noticed++
		}
		_ = s.Close()
	}
	if noticed == 0 {
		t.Error("no flipped bit was ever noticed")
	}
}

// TestFull: a store that is full is read-only with a reason, keeps all it
// acknowledged, and goes on when there is room.
func TestFull(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path, MaxBytes: 1 << 20})
	l := ledgertest.Open(t, s, dir)
	var receipts []ledger.Receipt
	var err error
	for len(receipts) < 1000 {
		var r ledger.Receipt
		r, err = l.Append(ctx, ledger.Entry{Kind: "x", Payload: make([]byte, 10_000), Keys: []ledger.Key{{byte(len(receipts))}}}, ledger.WaitPublished)
		if err != nil {
			break
		}
		receipts = append(receipts, r)
	}
	if !errors.Is(err, ledger.ErrReadOnly) || !errors.Is(err, ledger.ErrFull) || !strings.Contains(l.ReadOnlyReason(), "full") {
		t.Fatalf("after %d entries: %v; reason %q", len(receipts), err, l.ReadOnlyReason())
	}
	for _, r := range receipts {
		if rec, err := l.Read(ctx, r.Index); err != nil || rec.LeafHash != r.LeafHash {
			t.Fatalf("acknowledged entry %d: %v", r.Index, err)
		}
	}
	checkFindings(t, s)
	_ = l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, sqlite.Config{Path: path})
	l = ledgertest.Open(t, s, dir)
	r, err := l.Append(ctx, ledger.Entry{Kind: "x", Payload: make([]byte, 10_000)}, ledger.WaitPublished)
	if err != nil || r.Index != uint64(len(receipts)) {
		t.Errorf("with room again: %+v, %v", r, err)
	}
	checkFindings(t, s)
}

// TestErasedBytes: after an erasure the bytes are in no file of the store.
func TestErasedBytes(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	fill(t, l, 20)
	secret := strings.Repeat("Erika Mustermann, Heidestrasse 17; ", 500)
	r, err := l.Append(ctx, ledger.Entry{Kind: "x", Payload: []byte(secret)}, ledger.WaitPublished)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l, 0)
	if _, err := l.Erase(ctx, r.Index, ledger.Entry{Kind: "erasure"}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if containsText(b, "Mustermann") {
			t.Errorf("the erased payload is still in %s", filepath.Base(name))
		}
	}
}

// TestErasedBytesAfterCrash: the write-ahead log of a process that ended between an
// erasure and the cutting of its log is cut by the next one.
func TestErasedBytesAfterCrash(t *testing.T) {
	ctx := context.Background()
	dir, crashed := t.TempDir(), t.TempDir()
	s := open(t, sqlite.Config{Path: filepath.Join(dir, "ledger.db")})
	l := ledgertest.Open(t, s, dir)
	r, err := l.Append(ctx, ledger.Entry{Kind: "x", Payload: []byte(strings.Repeat("Erika Mustermann, Heidestrasse 17; ", 500))}, ledger.WaitPublished)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := raw(t, filepath.Join(dir, "ledger.db")).Begin() // in the way of the cutting
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	var size int
	if err := reader.QueryRow("SELECT size FROM head").Scan(&size); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Erase(ctx, r.Index, ledger.Entry{Kind: "erasure"}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	held := func(dir string) (in []string) {
		for _, name := range []string{"ledger.db", "ledger.db-wal"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if containsText(b, "Mustermann") {
				in = append(in, name)
			}
		}
		return in
	}
	for _, name := range []string{"ledger.db", "ledger.db-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(crashed, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(held(crashed)) == 0 {
		t.Fatal("the log was cut: the test does not reach what it is for")
	}
	open(t, sqlite.Config{Path: filepath.Join(crashed, "ledger.db")})
	if in := held(crashed); len(in) > 0 {
		t.Errorf("the erased payload is still in %v", in)
	}
}

func containsText(b []byte, text string) bool { return strings.Contains(string(b), text) }
