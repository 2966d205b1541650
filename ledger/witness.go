package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	fnote "github.com/transparency-dev/formats/note"
)

// Witnessing says who cosigns the checkpoints of a log (c2sp.org/tlog-witness).
type Witnessing struct {
	Policy *Policy
	// Required makes the log fail closed: no checkpoint is shown, and no append
	// answered as published, before the policy's quorum has cosigned it. Without
	// it checkpoints are shown at once, and the cosignatures follow.
	Required bool
	// Wait is how long an append waits for the quorum. 0: WitnessWait.
	Wait time.Duration
	HTTP *http.Client // nil: one that waits WitnessTime for each answer
}

// WitnessState tells how the log stands with its witnesses.
type WitnessState struct {
	Required bool
	Size     uint64    // of the newest checkpoint that the quorum cosigned
	At       time.Time // when; zero if none was
	// Failures are what kept each witness from cosigning the last time.
	Failures map[string]string
}

// witnesser asks witnesses for cosignatures, in a goroutine of its own: nothing
// that is appended waits for one unless it wants to.
type witnesser struct {
	cfg   Witnessing
	log   *Log
	http  *http.Client
	wake  chan struct{}
	ctx   context.Context
	stop  context.CancelFunc
	ended chan struct{}

	newest atomic.Pointer[Checkpoint] // cosigned by the quorum

	mu       sync.Mutex // guards what follows
	changed  chan struct{}
	at       time.Time
	failures map[string]string

	known map[string]uint64 // by witness: the size it cosigned last; owned by run
}

func witnessOf(name, vkey, url string) (witnessEntry, error) {
	key, err := fnote.NewVerifierForCosignatureV1(vkey)
	if err != nil {
		return witnessEntry{}, fmt.Errorf("witness %s: key %q: %v: want a cosignature key (type 0x04 of c2sp.org/signed-note): %w", clip(name), clip(vkey), err, ErrInvalid)
	}
	// The reader above takes the hash for granted: a slip in the key would make a
	// witness that nobody is, whose cosignatures never count.
	if _, rest, _ := strings.Cut(vkey, "+"); !strings.HasPrefix(rest, fmt.Sprintf("%08x+", key.KeyHash())) {
		return witnessEntry{}, fmt.Errorf("witness %s: key %q: the hash in it is not that of a cosignature key of that name (%08x): copy the whole line again: %w", clip(name), clip(vkey), key.KeyHash(), ErrInvalid)
	}
	if url != "" {
		url = strings.TrimRight(url, "/") + "/add-checkpoint"
	}
	return witnessEntry{name: name, url: url, key: key}, nil
}

// startWitnesses takes up what is cosigned already, and begins to ask.
func (l *Log) startWitnesses(ctx context.Context, cfg Witnessing) error {
	if cfg.Policy == nil {
		return fmt.Errorf("witnesses: no policy: %w", ErrInvalid)
	}
	if own, ok := l.signer.(*Signer); ok && !cfg.Policy.Log(own.vkey) {
		return fmt.Errorf("witnesses: the policy has log lines, and none of them is %s: %w", own.vkey, ErrInvalid)
	}
	if cfg.Wait == 0 {
		cfg.Wait = WitnessWait
	}
	w := &witnesser{cfg: cfg, log: l, http: cfg.HTTP, wake: make(chan struct{}, 1), ended: make(chan struct{}),
		changed: make(chan struct{}), known: make(map[string]uint64)}
	if w.http == nil {
		w.http = &http.Client{Timeout: WitnessTime}
	}
	w.ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.witness = w
	if err := w.adopt(ctx); err != nil {
		w.stop()
		return err
	}
	return nil
}

// adopt takes up a cosigned checkpoint from the store, which another replica or an
// earlier process put there. Its signature is not proven here: it is ours, and
// what a client relies on, the client verifies.
func (w *witnesser) adopt(ctx context.Context) error {
	stored, err := w.log.store.Checkpoint(ctx)
	if err != nil || stored == nil {
		return err
	}
	c, err := peekCheckpoint(stored)
	if err != nil || c.Origin != w.log.signer.Name() || w.cfg.Policy.Check(stored) != nil {
		return nil
	}
	h, err := w.log.store.Head(ctx)
	if err != nil {
		return err
	}
	if c.Size > h.Size {
		return nil
	}
	if root, err := rootAt(ctx, w.log.store, c.Size); err != nil || root != c.Root {
		return err
	}
	w.cosigned(&c)
	return nil
}

func (w *witnesser) cosigned(c *Checkpoint) {
	if old := w.newest.Load(); old != nil && old.Size >= c.Size {
		return
	}
	w.newest.Store(c)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.log.clock()
	close(w.changed)
	w.changed = make(chan struct{})
}

// nudge says that there is a newer checkpoint.
func (w *witnesser) nudge() {
	if w == nil {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *witnesser) required() bool { return w != nil && w.cfg.Required }

func (w *witnesser) close() {
	if w == nil {
		return
	}
	w.stop()
	<-w.ended
}

// run asks once for each newer checkpoint, and again after a while when the
// quorum is not there.
func (w *witnesser) run() {
	defer close(w.ended)
	pause := witnessPause
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.wake:
		case <-timer.C:
		}
		c := w.log.published.Load()
		if c == nil {
			continue
		}
		if n := w.newest.Load(); n != nil && n.Size >= c.Size {
			continue
		}
		if w.round(w.ctx, c) {
			pause = witnessPause
			w.nudge() // for what was published meanwhile
			continue
		}
		timer.Reset(pause)
		select { // not at every append while witnesses are down
		case <-w.ctx.Done():
			return
		case <-timer.C:
			timer.Reset(0)
		}
		pause = min(2*pause, WitnessTime)
	}
}

// round asks all witnesses to cosign a checkpoint, and keeps it if the quorum did.
func (w *witnesser) round(ctx context.Context, c *Checkpoint) bool {
	type answer struct {
		entry witnessEntry
		lines []byte
		size  uint64
		err   error
	}
	asked := 0
	answers := make(chan answer)
	for _, e := range w.cfg.Policy.witnesses {
		if e.url == "" {
			continue
		}
		asked++
		known := w.known[e.name]
		go func() {
			lines, size, err := w.ask(ctx, e, c, known)
			answers <- answer{e, lines, size, err}
		}()
	}
	signed, failures := c.Note, map[string]string{}
	for range asked {
		a := <-answers
		w.known[a.entry.name] = a.size
		if a.err == nil {
			var with []byte
			if with, a.err = addSignatures(signed, a.lines, a.entry.key); a.err == nil {
				signed = with
			}
		}
		if a.err != nil {
			failures[a.entry.name] = a.err.Error()
			w.log.logger.WarnContext(ctx, "witness", "witness", a.entry.name, "size", c.Size, "err", a.err)
		}
	}
	w.mu.Lock()
	w.failures = failures
	w.mu.Unlock()
	if err := w.cfg.Policy.Check(signed); err != nil {
		// Another replica may have got further.
		if err := w.adopt(ctx); err != nil {
			w.log.logger.WarnContext(ctx, "read cosigned checkpoint", "err", err)
		}
		n := w.newest.Load()
		return n != nil && n.Size >= c.Size
	}
	cosigned := *c
	cosigned.Note = signed
	if err := w.log.store.Publish(ctx, cosigned.Size, cosigned.Note); err != nil {
		w.log.logger.WarnContext(ctx, "store cosigned checkpoint", "size", c.Size, "err", err)
	}
	w.cosigned(&cosigned)
	return true
}

// await waits until the quorum has cosigned a tree that holds an entry.
func (w *witnesser) await(ctx context.Context, index uint64) (*Checkpoint, error) {
	c, err := w.cosignedAt(ctx, index+1, w.cfg.Wait)
	if errors.Is(err, ErrWitness) {
		return nil, fmt.Errorf("entry %d is in the log, and after %s its checkpoint lacks the quorum%s; send it again later for the receipt: %w", index, w.cfg.Wait, w.why(), err)
	}
	return c, err
}

// cosignedAt waits for a cosigned checkpoint of at least a size.
func (w *witnesser) cosignedAt(ctx context.Context, size uint64, patience time.Duration) (*Checkpoint, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	w.nudge()
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if c := w.newest.Load(); c != nil && c.Size >= size {
			return c, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("stopped waiting: %w", ctx.Err())
		case <-w.ctx.Done():
			return nil, ErrClosed
		case <-timer.C:
			return nil, ErrWitness
		}
	}
}

// why names what keeps the witnesses from cosigning.
func (w *witnesser) why() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, e := range w.cfg.Policy.witnesses {
		if f := w.failures[e.name]; f != "" {
			fmt.Fprintf(&b, "; witness %s: %s", e.name, f)
		}
	}
	return b.String()
}

// Witnesses tells how the log stands with its witnesses; ok is false if it has
// none.
func (l *Log) Witnesses() (s WitnessState, ok bool) {
	w := l.witness
	if w == nil {
		return WitnessState{}, false
	}
	s.Required = w.cfg.Required
	if c := w.newest.Load(); c != nil {
		s.Size = c.Size
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.At, s.Failures = w.at, make(map[string]string, len(w.failures))
	for name, f := range w.failures {
		s.Failures[name] = f
	}
	return s, true
}

// shown is the checkpoint that the log stands on in public: of a log that fails
// closed the newest cosigned one.
func (l *Log) shown() *Checkpoint {
	w := l.witness
	if w == nil {
		return l.published.Load()
	}
	cosigned, own := w.newest.Load(), l.published.Load()
	if w.cfg.Required || cosigned != nil && own != nil && cosigned.Size == own.Size {
		return cosigned
	}
	return own
}
