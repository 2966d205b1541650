package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Config says how to open a log.
type Config struct {
	Store Store

	// Signer signs checkpoints; its name is the log's origin. Required unless
	// ReadOnly.
	Signer note.Signer
	// Guard keeps the mark of what was signed. Required unless ReadOnly.
	Guard ForkGuard
	// ReadOnly opens without a key: nothing can be appended, and checkpoints
	// are the ones found in the store.
	ReadOnly bool

	// Witnessing has every checkpoint cosigned. Nil: nobody is asked.
	Witnessing *Witnessing

	// Patience is how long the log asks a store again that does not answer, to
	// find out whether a commit took place. Zero: 10 s.
	Patience time.Duration

	// Clock is what entries are logged with, unless the store has a clock of its
	// own. Nil: time.Now.
	Clock  func() time.Time
	Rand   io.Reader    // source of salts; nil: crypto/rand
	Logger *slog.Logger // nil: discards
}

// Log is an open log. It is safe for concurrent use.
type Log struct {
	store    Store
	signer   note.Signer
	guard    ForkGuard
	clock    func() time.Time
	patience time.Duration
	rand     io.Reader
	logger   *slog.Logger

	published atomic.Pointer[Checkpoint]
	witness   *witnesser           // nil: the log has no witnesses
	newest    atomic.Pointer[edge] // committed; never changed once it is here

	mu          sync.Mutex // guards what follows
	queue       []*pending
	queuedBytes int
	unstored    *Checkpoint // signed and not yet in the store
	inFlight    int         // commits the publisher has not answered yet
	readOnly    *ReadOnlyError
	passing     bool // readOnly may pass, as for want of room: one entry at a time may try
	behind      bool // others appended
	closed      bool

	wake    chan struct{}   // there is something in queue or unstored, or closed
	commits chan *committed // sequencer to publisher
	done    chan struct{}   // both have ended
	closing chan struct{}   // Close was called

	edge  *edge // owned by the sequencer
	roots recentRoots
}

// Open opens the log that the store holds and, unless it is read-only, signs
// its head. A store that does not extend the guard's mark opens read-only, with
// the reason in ReadOnlyReason, so that it can be looked at and repaired.
func Open(ctx context.Context, c Config) (*Log, error) {
	if c.Store == nil {
		return nil, fmt.Errorf("open ledger: no store: %w", ErrInvalid)
	}
	l := &Log{
		store: c.Store, signer: c.Signer, guard: c.Guard, clock: c.Clock, rand: c.Rand, logger: c.Logger,
		wake: make(chan struct{}, 1), commits: make(chan *committed, 16), done: make(chan struct{}), closing: make(chan struct{}),
	}
	if l.clock == nil {
		l.clock = time.Now
	}
	if l.patience = c.Patience; l.patience == 0 {
		l.patience = 10 * time.Second
	}
	if l.rand == nil {
		l.rand = rand.Reader
	}
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	if c.ReadOnly {
		l.signer, l.guard = nil, nil
		l.readOnly = &ReadOnlyError{Reason: "opened for reading only"}
		close(l.done)
		return l, nil
	}
	if c.Signer == nil || c.Guard == nil {
		return nil, fmt.Errorf("open ledger: a log that signs needs a signer and a fork guard; set Config.ReadOnly to read without: %w", ErrInvalid)
	}
	if c.Witnessing != nil {
		if err := l.startWitnesses(ctx, *c.Witnessing); err != nil {
			return nil, fmt.Errorf("open ledger: %w", err)
		}
	}
	if err := l.start(ctx); err != nil {
		if l.witness != nil {
			l.witness.stop()
		}
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	go l.sequence()
	go l.publish()
	if _, ok := l.store.(Shared); ok {
		go l.follow()
	}
	if l.witness != nil {
		go l.witness.run()
		if l.witness.required() {
			// What fails closed can show nothing before. If nobody answers it opens
			// all the same, and says so to everybody who asks.
			if _, err := l.witness.cosignedAt(ctx, 0, min(l.witness.cfg.Wait, WitnessTime)); err != nil {
				l.logger.WarnContext(ctx, "no checkpoint is cosigned yet", "err", err)
			}
		}
	}
	return l, nil
}

// start checks the head against the fork guard and signs it, or makes the log
// read-only.
func (l *Log) start(ctx context.Context) error {
	h, err := l.store.Head(ctx)
	if err != nil {
		return err
	}
	stored, err := l.store.Checkpoint(ctx)
	if err != nil {
		return err
	}
	if stored != nil {
		c, err := peekCheckpoint(stored)
		if err != nil {
			return err
		}
		if c.Origin != l.signer.Name() {
			return fmt.Errorf("the store holds the log %q, the key is for %q: use the key of that log: %w", c.Origin, l.signer.Name(), ErrInvalid)
		}
	}
	e, err := loadEdge(ctx, l.store, h)
	if errors.Is(err, ErrCorrupt) {
		l.setReadOnly(err.Error(), err, false)
		return nil
	}
	if err != nil {
		return err
	}
	if reason, err := l.checkMark(ctx, h); err != nil {
		return err
	} else if reason != "" {
		l.setReadOnly(reason, nil, false)
		return nil
	}
	l.edge = e
	l.newest.Store(e)
	return l.adopt(ctx, h)
}

// checkMark says why the head must not be signed, or nothing.
func (l *Log) checkMark(ctx context.Context, h Head) (reason string, err error) {
	m, ok, err := l.guard.Load(ctx, l.signer.Name())
	switch {
	case errors.Is(err, ErrInvalid):
		return err.Error(), nil
	case err != nil:
		return "", err
	case !ok && h.Size == 0:
		return "", nil
	case !ok:
		return fmt.Sprintf("the log has %d entries and the fork guard has no mark; if this is the newest copy of the log, initialise the guard", h.Size), nil
	}
	return l.compareMark(ctx, m, h)
}

// compareMark says why a head must not be signed after a mark.
func (l *Log) compareMark(ctx context.Context, m Mark, h Head) (reason string, err error) {
	if m.Size > h.Size {
		// Another process may have gone on since the head was read. What is marked
		// is committed, so that it is seen now.
		if h, err = l.store.Head(ctx); err != nil {
			return "", err
		}
	}
	if m.Size > h.Size {
		return fmt.Sprintf("the store ends at %d entries, %d were signed: it is an old copy; restore the newest one", h.Size, m.Size), nil
	}
	root, err := rootAt(ctx, l.store, m.Size)
	if err != nil {
		return "", err
	}
	if root != m.Root {
		return fmt.Sprintf("the first %d entries hash to %x, signed was %x: the store is not this log; restore the right one", m.Size, root, m.Root), nil
	}
	return "", nil
}

// adopt marks, signs and publishes a head found in the store.
func (l *Log) adopt(ctx context.Context, h Head) error {
	if err := l.guard.Advance(ctx, l.signer.Name(), Mark{Size: h.Size, Root: h.Root}, func(m Mark) error { return l.extends(ctx, m) }); err != nil {
		return err
	}
	signed, err := signCheckpoint(l.signer, h)
	if err != nil {
		return err
	}
	c := &Checkpoint{Origin: l.signer.Name(), Size: h.Size, Root: h.Root, Note: signed}
	l.published.Store(c)
	l.witness.nudge()
	if l.witness.required() {
		return nil // it is stored once it is cosigned
	}
	if err := l.store.Publish(ctx, c.Size, c.Note); err != nil {
		l.logger.WarnContext(ctx, "store checkpoint", "err", err)
	}
	return nil
}

// Initialise gives a log without a mark its first one: the operator says that
// the store is the newest copy. It refuses when there is a mark, since going on
// from anything that does not extend it would fork the log.
func (l *Log) Initialise(ctx context.Context) error {
	if l.guard == nil {
		return &ReadOnlyError{Reason: "opened for reading only"}
	}
	if m, ok, err := l.guard.Load(ctx, l.signer.Name()); err != nil {
		return fmt.Errorf("initialise fork guard: %w", err)
	} else if ok {
		return fmt.Errorf("initialise fork guard: there is a mark at size %d; restore a store that extends it, or start a log of another origin: %w", m.Size, ErrInvalid)
	}
	h, err := l.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("initialise fork guard: %w", err)
	}
	if _, err := loadEdge(ctx, l.store, h); err != nil {
		return fmt.Errorf("initialise fork guard: %w", err)
	}
	if err := l.adopt(ctx, h); err != nil {
		return fmt.Errorf("initialise fork guard: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readOnly, l.passing = nil, false
	return nil
}

// ReadOnlyReason says why the log takes no entries now; it is empty when it
// does.
func (l *Log) ReadOnlyReason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.readOnly == nil {
		return ""
	}
	return l.readOnly.Reason
}

// setReadOnly stops the log. passing says that it may try again: for a reason
// that ends without anybody coming by.
func (l *Log) setReadOnly(reason string, cause error, passing bool) *ReadOnlyError {
	e := &ReadOnlyError{Reason: reason, cause: cause}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.readOnly != nil && !l.passing {
		return l.readOnly // the first lasting reason stays
	}
	l.readOnly, l.passing = e, passing
	l.logger.Error("ledger is read-only", "reason", reason)
	return e
}

// Close ends the log: entries that wait are still written and answered, later
// ones get ErrClosed. It leaves the store open.
func (l *Log) Close() error {
	l.mu.Lock()
	if !l.closed {
		close(l.closing)
	}
	l.closed = true
	l.mu.Unlock()
	l.signal()
	<-l.done
	l.witness.close()
	return nil
}

func (l *Log) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
