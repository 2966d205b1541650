package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

func containsText(b []byte, s string) bool { return bytes.Contains(b, []byte(s)) }

func exec(t *testing.T, u, query string, args ...any) error {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, u)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, query, args...)
	return err
}

// fill appends n entries of 300 bytes.
func fill(t *testing.T, l *ledger.Log, n int) {
	t.Helper()
	for i := range n {
		e := ledger.Entry{Kind: "test", Payload: bytes.Repeat([]byte{byte(i)}, 300), Keys: []ledger.Key{ledger.MakeKey("n", fmt.Sprint(i))}}
		if _, err := l.Append(context.Background(), e, ledger.WaitPublished); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRowsRefuse: whoever connects, rows cannot be changed or removed.
func TestRowsRefuse(t *testing.T) {
	u := postgrestest.Schema(t, postgrestest.URL(t))
	s := open(t, u)
	l := ledgertest.Open(t, s, t.TempDir())
	fill(t, l, 300)
	if _, err := l.Erase(context.Background(), 1, ledger.Entry{Kind: "erasure"}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"UPDATE entry SET leaf = leaf", "DELETE FROM entry", "TRUNCATE entry",
		"INSERT INTO entry (idx, leaf) VALUES (5, '') ON CONFLICT (idx) DO UPDATE SET leaf = ''",
		"UPDATE payload SET data = data", "DELETE FROM payload WHERE idx = 5", "TRUNCATE payload",
		"UPDATE tile SET hashes = hashes", "DELETE FROM tile", "TRUNCATE tile",
		"UPDATE erased SET tombstone = 2", "DELETE FROM erased", "TRUNCATE erased",
		"UPDATE head SET size = size - 1", "DELETE FROM head", "TRUNCATE head",
	} {
		if err := exec(t, u, query); err == nil {
			t.Errorf("%s: accepted", query)
		}
	}
	rep, err := ledger.Check(context.Background(), s, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
	if err != nil || !rep.OK() {
		t.Errorf("check: %v, %v", rep.Findings, err)
	}
}

// TestAltered: what somebody with all rights alters, the check names.
func TestAltered(t *testing.T) {
	ctx := context.Background()
	server := postgrestest.URL(t)
	for name, test := range map[string]struct{ query, where string }{
		"leaf":       {"UPDATE entry SET leaf = set_byte(leaf, 20, 0) WHERE idx = 7", "entry 7"},
		"payload":    {"UPDATE payload SET data = set_byte(data, 0, 255) WHERE idx = 9", "entry 9"},
		"lost":       {"DELETE FROM payload WHERE idx = 11", "entry 11"},
		"hole":       {"DELETE FROM entry WHERE idx = 13", "entry 13"},
		"last":       {"DELETE FROM entry WHERE idx = 299", "entry 299"},
		"tile":       {"UPDATE tile SET hashes = set_byte(hashes, 0, 255 - get_byte(hashes, 0))", "tile/0/000"},
		"head":       {"UPDATE head SET root = set_byte(root, 0, 255 - get_byte(root, 0))", "head"},
		"index tail": {"UPDATE key_tail SET rows = '' WHERE seq = 15", "entry 15"},
	} {
		t.Run(name, func(t *testing.T) {
			u := postgrestest.Schema(t, server)
			s := open(t, u)
			fill(t, ledgertest.Open(t, s, t.TempDir()), 300)
			if err := exec(t, u, "SET session_replication_role = replica; "+test.query, pgx.QueryExecModeSimpleProtocol); err != nil {
				t.Fatal(err)
			}
			rep, err := ledger.Check(ctx, s, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range rep.Findings {
				if f.Where == test.where {
					return
				}
			}
			t.Errorf("the check says %v, want it to name %s", rep.Findings, test.where)
		})
	}
}

// TestOpen: a schema that is not there is not made by looking at it, one of a
// newer program is left alone, and no message holds a password.
func TestOpen(t *testing.T) {
	ctx := context.Background()
	u := postgrestest.Schema(t, postgrestest.URL(t))
	for _, c := range []postgres.Config{{URL: u}, {URL: u, ReadOnly: true}} {
		if _, err := postgres.Open(ctx, c); !errors.Is(err, postgres.ErrNoSchema) {
			t.Errorf("a schema that is not there: %v", err)
		}
	}
	open(t, u)
	if err := exec(t, u, "UPDATE schema_version SET version = version + 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(ctx, postgres.Config{URL: u, Create: true}); !errors.Is(err, ledger.ErrInvalid) || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("a schema of a newer program: %v", err)
	}
	for _, bad := range []string{
		"postgres://me:s3cret@127.0.0.1:1/x", "postgres://me:s3cret@127.0.0.1:notaport/x", "postgres://me:s3cret@/x?host=/nowhere&password=s3cret",
		"postgres://me:s3cret@127.0.0.1:1/x?sslmode=s3cret", "host=127.0.0.1 port=1 password=s3cret", "postgres://me:s3cret@%zz/",
	} {
		_, err := postgres.Open(ctx, postgres.Config{URL: bad})
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestIndexHasNoGap: what was read from the end of one tail is not added to another
// that ends before: the entries between them would never be found again.
func TestIndexHasNoGap(t *testing.T) {
	ctx := context.Background()
	s := open(t, postgrestest.Schema(t, postgrestest.URL(t)))
	l := ledgertest.Open(t, s, t.TempDir())
	fill(t, l, 6)
	if err := postgres.Overtaken(ctx, s, 2, 4); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		if got, err := s.Lookup(ctx, ledger.MakeKey("n", fmt.Sprint(i)), 6); err != nil || len(got) != 1 {
			t.Errorf("entry %d is found at %v, %v", i, got, err)
		}
	}
}
