package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/sqlite"
)

// addStore gives a verb the flags that name a ledger on this machine.
func addStore(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("store", "", "ledger on this machine, sqlite:PATH (default "+defaultStore+")")
	f.String("keys", "", "key directory (default beside the store: assize.db has assize.keys)")
}

// instanceConfig reads those flags.
func (a *app) instanceConfig(cmd *cobra.Command) instanceConfig {
	return instanceConfig{
		Store: cmd.Flag("store").Value.String(), Keys: cmd.Flag("keys").Value.String(), Logger: a.messages(),
	}
}

// storeOf fills in where the keys of a store are when nobody said.
func storeOf(cfg instanceConfig) (instanceConfig, error) {
	path, err := storePath(cfg.Store)
	if err == nil && cfg.Keys == "" {
		cfg.Keys = strings.TrimSuffix(path, filepath.Ext(path)) + ".keys"
	}
	return cfg, err
}

// rawStore is a store without the log on it: nothing is signed, and nothing that
// the fork guard would refuse is refused.
type rawStore interface {
	ledger.Store
	io.Closer
}

// openStore opens a store for writing, alone, and makes it if it is not there.
func openStore(ctx context.Context, cfg instanceConfig) (rawStore, error) {
	path, err := storePath(cfg.Store)
	if err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, sqlite.Config{Path: path, Logger: cfg.Logger})
}
