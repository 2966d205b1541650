package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/sqlite"
)

// benchSize is how many entries a log has before a benchmark starts: 10,000, or
// what ASSIZE_BENCH_ENTRIES says.
func benchSize(b *testing.B) uint64 {
	v := os.Getenv("ASSIZE_BENCH_ENTRIES")
	if v == "" {
		return 10_000
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		b.Fatalf("ASSIZE_BENCH_ENTRIES: %v", err)
	}
	return n
}

func openBench(b *testing.B) (*sqlite.Store, *ledger.Log) {
	dir := b.TempDir()
	if d := os.Getenv("ASSIZE_BENCH_DIR"); d != "" {
		dir = d
	}
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(dir, "ledger.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s, ledgertest.Open(b, s, dir)
}

func BenchmarkAppend(b *testing.B) {
	_, l := openBench(b)
	ledgertest.BenchAppend(b, l, benchSize(b))
}

// BenchmarkAlone measures one client against one durable commit of the same size.
func BenchmarkAlone(b *testing.B) {
	_, l := openBench(b)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "commit.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE bench_commit (data BLOB)"); err != nil {
		b.Fatal(err)
	}
	ledgertest.BenchAlone(b, l, benchSize(b), func(payload []byte) error {
		_, err := db.Exec("INSERT INTO bench_commit VALUES (?)", payload)
		return err
	})
}

// BenchmarkGrowth compares appending to a large log with appending to a small one.
func BenchmarkGrowth(b *testing.B) {
	ledgertest.BenchGrowth(b, func() *ledger.Log {
		_, l := openBench(b)
		return l
	})
}

// BenchmarkDisk measures what an attestation of 4 KiB takes in the file.
func BenchmarkDisk(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	ledgertest.BenchDisk(b, ledgertest.Open(b, s, dir), 1.5, func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		return info.Size()
	})
}

func BenchmarkCheck(b *testing.B) {
	s, l := openBench(b)
	ledgertest.Fill(b, l, benchSize(b))
	ledgertest.BenchCheck(b, s)
}

func BenchmarkLookup(b *testing.B) {
	s, l := openBench(b)
	ledgertest.Fill(b, l, benchSize(b))
	ledgertest.BenchLookup(b, s, benchSize(b))
}
