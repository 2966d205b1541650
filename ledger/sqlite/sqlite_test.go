package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/sqlite"
)

func TestStore(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T, place string) ledgertest.Store {
		s, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(place, "ledger.db")})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestMemos(t *testing.T) {
	ledgertest.RunMemos(t, func(t *testing.T, place string) ledgertest.Store {
		return open(t, sqlite.Config{Path: filepath.Join(place, "ledger.db")})
	})
}
