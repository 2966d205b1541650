package postgres_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

// TestDiskFull fills the disk below a server under load, write-ahead log and all,
// and makes room again. A server that gave up is started again, as whoever watches
// it would.
func TestDiskFull(t *testing.T) {
	disk, ok := ledgertest.SmallDisk(t, 160<<20)
	if !ok {
		return
	}
	server, err := postgrestest.MakeIn(t, disk, "max_wal_size=16MB", "min_wal_size=8MB")
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	dir, u := t.TempDir(), postgrestest.Schema(t, server.URL())
	open(t, u)
	acks := load(t, u, dir, 2, func() {
		ballast := ledgertest.Ballast(t, disk, 12<<20)
		full := func() bool {
			b, err := os.ReadFile(filepath.Join(server.Dir, "log"))
			return err == nil && containsText(b, "No space left on device")
		}
		for deadline := time.Now().Add(30 * time.Second); !full(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Error("the disk is never full")
				break
			}
		}
		time.Sleep(500 * time.Millisecond)
		if err := os.Remove(ballast); err != nil {
			t.Error(err)
		}
		time.Sleep(500 * time.Millisecond)
		if !server.Running() {
			if err := server.Start(); err != nil {
				t.Error(err)
			}
		}
	})
	inspect(t, u, dir, acks)
}
