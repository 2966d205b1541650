package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/ledger/sqlite"
)

// addStore gives a verb the flags that name a ledger.
func addStore(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("store", "", "ledger, sqlite:PATH or postgres://USER@HOST/DATABASE (default "+defaultStore+")")
	f.String("keys", "", "key directory (default beside the store: assize.db has assize.keys)")
	f.String("mark", "", "the fork guard's mark, which all replicas share (default log.mark among the keys)")
}

// instanceConfig reads those flags.
func (a *app) instanceConfig(cmd *cobra.Command) instanceConfig {
	return instanceConfig{
		Store: cmd.Flag("store").Value.String(), Keys: cmd.Flag("keys").Value.String(), Mark: cmd.Flag("mark").Value.String(), Logger: a.messages(),
	}
}

// place is what --store names.
type place struct {
	path string // of a SQLite file
	url  string // of a Postgres database; it may hold a password
}

// parsePlace reads sqlite:PATH or postgres://... Its errors do not repeat what may
// be a password.
func parsePlace(store string) (place, error) {
	if store == "" {
		store = defaultStore
	}
	scheme, path, _ := strings.Cut(store, ":")
	switch {
	case scheme == "sqlite" && path != "":
		return place{path: path}, nil
	case (scheme == "postgres" || scheme == "postgresql") && strings.HasPrefix(path, "//"):
		return place{url: store}, nil
	}
	if strings.ContainsAny(store, "@:/") {
		store = scheme + ":…"
	}
	return place{}, usage("store %q: want sqlite:PATH, such as %s, or postgres://USER@HOST/DATABASE", store, defaultStore)
}

// isStore tells the name of a store from that of a file.
func isStore(where string) bool {
	scheme, _, ok := strings.Cut(where, ":")
	return ok && (scheme == "sqlite" || scheme == "postgres" || scheme == "postgresql")
}

// shown is how people are told of it: without password.
func (p place) shown() string {
	if p.url != "" {
		return postgres.Redact(p.url)
	}
	return p.path
}

func (p place) String() string {
	if p.url != "" {
		return p.shown()
	}
	return "sqlite:" + p.path
}

// keys is the directory of the keys when nobody said.
func (p place) keys() string {
	if p.url != "" {
		return "assize.keys"
	}
	return strings.TrimSuffix(p.path, filepath.Ext(p.path)) + ".keys"
}

// storeOf fills in where the keys of a store, and its mark, are when nobody said.
func storeOf(cfg instanceConfig) (instanceConfig, error) {
	p, err := parsePlace(cfg.Store)
	if err != nil {
		return cfg, err
	}
	if cfg.Keys == "" {
		cfg.Keys = p.keys()
	}
	if cfg.Mark == "" {
		cfg.Mark = (&keyring{dir: cfg.Keys}).path(fileMark)
	}
	return cfg, nil
}

// rawStore is a store without the log on it: nothing is signed, and nothing that
// the fork guard would refuse is refused.
type rawStore interface {
	ledger.Store
	ledger.Memos
	io.Closer
	Reindex(ctx context.Context) error
}

// open opens the store, and makes it if cfg says so.
func (p place) open(ctx context.Context, cfg instanceConfig) (rawStore, error) {
	none := func() error {
		return fmt.Errorf("no ledger at %s: `assize serve` makes one, --store names another", p.shown())
	}
	if p.url != "" {
		s, err := postgres.Open(ctx, postgres.Config{URL: p.url, ReadOnly: cfg.ReadOnly, Create: cfg.Create, Logger: cfg.Logger})
		if errors.Is(err, postgres.ErrNoSchema) {
			return nil, none()
		}
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	if _, err := os.Stat(p.path); errors.Is(err, fs.ErrNotExist) && !cfg.Create {
		return nil, none()
	}
	s, err := sqlite.Open(ctx, sqlite.Config{Path: p.path, ReadOnly: cfg.ReadOnly, Logger: cfg.Logger})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openStore opens a store for writing, alone, and makes it if it is not there.
func openStore(ctx context.Context, cfg instanceConfig) (rawStore, error) {
	p, err := parsePlace(cfg.Store)
	if err != nil {
		return nil, err
	}
	cfg.Create = true
	return p.open(ctx, cfg)
}
