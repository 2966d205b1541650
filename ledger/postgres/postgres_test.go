package postgres_test

import (
	"context"
	"testing"

	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

func TestStore(t *testing.T) {
	server := postgrestest.URL(t)
	urls := make(map[string]string) // of places
	ledgertest.Run(t, func(t *testing.T, place string) ledgertest.Store {
		if urls[place] == "" {
			urls[place] = postgrestest.Schema(t, server)
		}
		s, err := postgres.Open(context.Background(), postgres.Config{URL: urls[place], Create: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestMemos(t *testing.T) {
	u := postgrestest.Schema(t, postgrestest.URL(t))
	ledgertest.RunMemos(t, func(t *testing.T, _ string) ledgertest.Store { return open(t, u) })
}
