package postgres_test

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

// benchSize is how many entries the log has before anything is measured.
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

func openBench(b *testing.B) (*postgres.Store, *ledger.Log, string) {
	u := postgrestest.URL(b)
	s := open(b, u)
	return s, ledgertest.Open(b, s, b.TempDir()), u
}

func BenchmarkAppend(b *testing.B) {
	_, l, _ := openBench(b)
	ledgertest.BenchAppend(b, l, benchSize(b))
}

// BenchmarkAlone measures one client against one durable commit of the same size.
func BenchmarkAlone(b *testing.B) {
	_, l, u := openBench(b)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, u)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS bench_commit (data bytea)"); err != nil {
		b.Fatal(err)
	}
	ledgertest.BenchAlone(b, l, benchSize(b), func(payload []byte) error {
		_, err := conn.Exec(ctx, "INSERT INTO bench_commit VALUES ($1)", payload)
		return err
	})
}

// BenchmarkGrowth compares appending to a large log with appending to a small one.
func BenchmarkGrowth(b *testing.B) {
	server := postgrestest.URL(b)
	ledgertest.BenchGrowth(b, func() *ledger.Log {
		return ledgertest.Open(b, open(b, postgrestest.Schema(b, server)), b.TempDir())
	})
}

// BenchmarkDisk measures what an attestation of 4 KiB takes in the database.
func BenchmarkDisk(b *testing.B) {
	_, l, u := openBench(b)
	ledgertest.BenchDisk(b, l, 1.9, func() int64 {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, u)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close(ctx)
		var n int64
		err = conn.QueryRow(ctx, "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('entry'))").Scan(&n)
		if err != nil {
			b.Fatal(err)
		}
		return n
	})
}

func BenchmarkLookup(b *testing.B) {
	s, l, _ := openBench(b)
	ledgertest.Fill(b, l, benchSize(b))
	ledgertest.BenchLookup(b, s, benchSize(b))
}
