package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/sqlite"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// instanceConfig says which ledger to open and how.
type instanceConfig struct {
	// Store is sqlite:PATH or postgres://... Empty: defaultStore.
	Store string
	// Keys is the key directory. Empty: beside the store, assize.db -> assize.keys.
	Keys string
	// Mark is the file of the fork guard. Empty: log.mark among the keys.
	Mark string
	// Origin names a ledger yet to be made. Empty: assize.dev/local/ and random hex.
	Origin string
	// Create makes store, keys, trust and parameters when they are not there.
	Create bool
	// ReadOnly opens beside a running service: nothing can be written.
	ReadOnly bool
	// Witnessing has checkpoints cosigned. Nil: nobody is asked.
	Witnessing *ledger.Witnessing
	// Clock of the ledger and the gate. Nil: time.Now. Only the demo and tests
	// bring one.
	Clock func() time.Time
	// Random is where new keys come from. Nil: crypto/rand.
	Random io.Reader
	// Rules are those an empty ledger starts with. Nil: the built-in ones.
	Rules *policy.Set
	// Gates changes the gates of the built-in parameters an empty ledger starts
	// with. Nil: as they are. Only the demo has its own.
	Gates  func(parameters map[string]any)
	Logger *slog.Logger
}

const defaultStore = "sqlite:assize.db"

// instance is an open ledger with everything that works on it.
type instance struct {
	Locker *evidence.Locker
	Gate   *gate.Gate

	cfg   instanceConfig
	place place
	path  string // of the store, as people are told
	store rawStore
	log   *ledger.Log
	keys  *keyring // nil when read-only
	fresh bool     // this start gave it its first trust
}

// openInstance opens the ledger of a store. Close it.
func openInstance(ctx context.Context, cfg instanceConfig) (_ *instance, err error) {
	in := &instance{}
	if in.place, err = parsePlace(cfg.Store); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if in.cfg, err = storeOf(cfg); err != nil {
		return nil, err
	}
	in.path = in.place.shown()
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close())
		}
	}()
	store, err := in.place.open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	in.store = store
	if cfg.ReadOnly {
		in.log, err = ledger.Open(ctx, ledger.Config{Store: in.store, ReadOnly: true, Clock: cfg.Clock, Logger: cfg.Logger})
	} else {
		err = in.openToWrite(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", in.path, err)
	}
	lc := evidence.Config{Log: in.log, Clock: cfg.Clock}
	gc := gate.Config{Clock: cfg.Clock, Logger: cfg.Logger, Checked: checkedRules()}
	if in.keys != nil {
		lc.IdentityKey = in.keys.identity
		gc.Signer = in.keys.decision
	}
	in.Locker = evidence.New(lc)
	gc.Locker = in.Locker
	in.Gate = gate.New(gc)
	if cfg.Create && in.log.ReadOnlyReason() == "" {
		err = in.seed(ctx)
		if errors.Is(err, evidence.ErrStale) {
			err = in.seed(ctx) // another replica started at the same time
		}
		if err != nil {
			return nil, fmt.Errorf("first start of %s: %w", in.path, err)
		}
	}
	return in, nil
}

// openToWrite opens the log with its keys, which it makes for an empty store.
func (in *instance) openToWrite(ctx context.Context) error {
	head, err := in.store.Head(ctx)
	if err != nil {
		return err
	}
	if in.cfg.Create && head.Size == 0 {
		if err := makeKeys(in.cfg.Keys, in.cfg.Origin, in.cfg.Random); err != nil {
			return err
		}
	}
	if in.keys, err = loadKeys(in.cfg.Keys); err != nil {
		if errors.Is(err, errNoKeys) && head.Size > 0 {
			return fmt.Errorf("%w, and the ledger holds %d entries signed with it; name its directory with --keys, another key would fork the log", err, head.Size)
		}
		return err
	}
	if origin := in.keys.log.Name(); in.cfg.Origin != "" && in.cfg.Origin != origin {
		return usage("--origin %s: the ledger is %s already, and a log keeps its name", in.cfg.Origin, origin)
	}
	in.log, err = ledger.Open(ctx, ledger.Config{
		Store: in.store, Signer: in.keys.log, Guard: ledger.NewFileGuard(in.cfg.Mark), Witnessing: in.cfg.Witnessing,
		Clock: in.cfg.Clock, Logger: in.cfg.Logger,
	})
	return err
}

// openToRead opens a ledger to judge or look at it: with its keys if it can have
// them, else beside whoever has. told says what is then missing.
func openToRead(ctx context.Context, cfg instanceConfig, told func(string, ...any)) (*instance, error) {
	in, err := openInstance(ctx, cfg)
	switch {
	case errors.Is(err, sqlite.ErrLocked):
		told("assize: the ledger is open in another process: reading only, nothing is recorded")
	case errors.Is(err, errNoKeys), errors.Is(err, fs.ErrPermission):
		told("assize: without the ledger's keys: reading only, nothing is recorded (%v)", err)
	default:
		return in, err
	}
	cfg.ReadOnly = true
	return openInstance(ctx, cfg)
}

// Close ends the ledger. What was acknowledged is durable already.
func (in *instance) Close() error {
	var err error
	if in.log != nil {
		err = in.log.Close()
	}
	if in.store != nil {
		err = errors.Join(err, in.store.Close())
	}
	return err
}

// Log is the open ledger.
func (in *instance) Log() *ledger.Log { return in.log }

// VKey is the verifier key of the log, empty when read without keys.
func (in *instance) VKey() string {
	if in.keys == nil {
		return ""
	}
	return in.keys.log.VerifierKey()
}

// Admin signs activations; nil when its key is kept elsewhere.
func (in *instance) Admin() crypto.Signer {
	if in.keys == nil {
		return nil
	}
	return in.keys.admin
}

func (in *instance) now() time.Time {
	if in.cfg.Clock != nil {
		return in.cfg.Clock()
	}
	return time.Now()
}

// rules are those the instance starts with.
func (in *instance) rules() (*policy.Set, error) {
	if in.cfg.Rules != nil {
		return in.cfg.Rules, nil
	}
	return builtinRules()
}

// Activate signs a trust or parameters document in canonical JSON with an admin
// key and makes it the active one.
func (in *instance) Activate(ctx context.Context, kind string, document []byte, admin crypto.Signer) (ledger.Receipt, error) {
	follows, err := in.follows(ctx, kind)
	if err != nil {
		return ledger.Receipt{}, err
	}
	raw, err := evidence.NewActivation(kind, document, follows, in.log.Origin(), in.now(), admin)
	if err != nil {
		return ledger.Receipt{}, err
	}
	return in.Gate.Activate(ctx, raw)
}

// follows is the index of the document of a kind in force, nil when there is none.
func (in *instance) follows(ctx context.Context, kind string) (*uint64, error) {
	head, err := in.log.Committed(ctx)
	if err != nil {
		return nil, err
	}
	active, err := evidence.Latest(ctx, in.log, kind, head.Size)
	if errors.Is(err, evidence.ErrNotSeeded) {
		return nil, nil
	}
	return &active.Index, err
}
