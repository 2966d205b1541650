package gate

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// Config of a Gate.
type Config struct {
	Locker *evidence.Locker
	// Signer signs decisions. Nil: nothing is recorded, every answer is an inquiry.
	Signer crypto.Signer
	// VerifierID is the URI that VSA and SVR name as their verifier.
	VerifierID string
	// Sets are rule sets compiled already; one the ledger holds by the same digest is
	// not compiled again.
	Sets []*policy.Set
	// Checked are digests of rule sets that were checked before (policy.LoadSet).
	Checked []string
	// Clock is the service's clock. Nil: time.Now.
	Clock  func() time.Time
	Logger *slog.Logger
}

// Gate answers questions over a running log. It is safe for concurrent use.
type Gate struct {
	cfg    Config
	sets   *heldSets
	caches *caches

	mu      sync.Mutex
	held    map[Question]*held
	weight  int // of what is held, in bytes
	flights map[flightKey]*flight
}

// New returns a gate.
func New(cfg Config) *Gate {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.VerifierID == "" {
		cfg.VerifierID = "https://assize.dev/gate"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	sets := &heldSets{sets: map[string]*policy.Set{}, checked: cfg.Checked}
	for _, s := range cfg.Sets {
		sets.sets[s.Digest()] = s
	}
	return &Gate{cfg: cfg, sets: sets, caches: &caches{}, held: map[Question]*held{}, flights: map[flightKey]*flight{}}
}

// Options turn a question into an inquiry: an answer that is never recorded.
// The zero value asks for an enforceable answer now.
type Options struct {
	At      *time.Time  // judge at this instant
	KnownAt *uint64     // with what the ledger held at this size
	Set     *policy.Set // under another rule set
	// Params are other parameters. Those that name no set are asked under Set, or
	// else under the set in force.
	Params *policy.Parameters
	Rules  []string // by these rules of the set alone, whatever the gate names
	DryRun bool     // do not record
}

func (o Options) inquiry() []string {
	var why []string
	if o.At != nil {
		why = append(why, "asked for another instant (at "+o.At.UTC().Format(time.RFC3339)+")")
	}
	if o.KnownAt != nil {
		why = append(why, fmt.Sprintf("asked for what the ledger held at size %d", *o.KnownAt))
	}
	if o.Set != nil {
		why = append(why, "asked under rule set "+o.Set.Digest()+", whatever the parameters in force name")
	}
	if o.Params != nil {
		why = append(why, "asked under parameters "+o.Params.Digest()+", which are not those in force")
	}
	if len(o.Rules) > 0 {
		why = append(why, "asked by "+strings.Join(o.Rules, ", ")+" alone, whatever the gate names")
	}
	if o.DryRun {
		why = append(why, "asked not to record")
	}
	return why
}

// Decide answers a question. The same question again, inside the interval of its
// decision and with nothing new that matters, returns the recorded decision.
func (g *Gate) Decide(ctx context.Context, q Question, o Options) (Answer, error) {
	if err := q.Check(); err != nil {
		return Answer{}, err
	}
	why := o.inquiry()
	at, err := g.instant(ctx, o)
	if err != nil {
		return Answer{}, err
	}
	if len(why) == 0 {
		h, err := headOf(ctx, g.cfg.Locker.Log())
		if err != nil {
			return Answer{}, fmt.Errorf("read head: %w", err)
		}
		if a, ok, err := g.again(ctx, q, at, h); err != nil || ok {
			return a, err
		}
	}
	c, err := g.Case(ctx, q, o)
	if err != nil {
		return Answer{}, err
	}
	// Evidence may have come since: no decision is dated before what it rests on.
	if at, err = g.instant(ctx, o); err != nil {
		return Answer{}, err
	}
	if len(why) == 0 {
		if ok, reason := c.Enforceable(g.publicKey()); !ok {
			why = append(why, reason)
		}
	}
	if len(why) > 0 {
		return g.inquire(ctx, c, at, why)
	}
	b, err := c.Basis()
	if err != nil {
		return Answer{}, err
	}
	if a, ok, err := g.recorded(ctx, c, b, at); err != nil || ok {
		if ok {
			g.hold(q, a, c)
		}
		return a, err
	}
	j, err := c.Judge(ctx, at)
	if err != nil {
		return Answer{}, err
	}
	if err := c.Flip(ctx, &j); err != nil {
		return Answer{}, err
	}
	if len(j.CutOff) > 0 {
		return Answer{Decision: j.Decision, Inquiry: []string{cutOff(j)}}, nil
	}
	a, err := g.record(ctx, c, j)
	if errors.Is(err, ledger.ErrReadOnly) || errors.Is(err, ledger.ErrErased) {
		return Answer{Decision: j.Decision, Inquiry: []string{err.Error()}}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	g.hold(q, a, c)
	return a, nil
}

// instant is the instant to judge at: the clock's, and never before the newest
// entry, whose time the log took from its own clock.
func (g *Gate) instant(ctx context.Context, o Options) (time.Time, error) {
	if o.At != nil {
		return *o.At, nil
	}
	newest, err := g.cfg.Locker.Log().Committed(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read head: %w", err)
	}
	if now := g.cfg.Clock(); now.After(newest.Time) {
		return now, nil
	}
	return newest.Time, nil
}

func (g *Gate) publicKey() crypto.PublicKey {
	if g.cfg.Signer == nil {
		return nil
	}
	return g.cfg.Signer.Public()
}

func cutOff(j Judgement) string {
	slices.Sort(j.CutOff)
	return fmt.Sprintf("evaluation was cut off by a bound of time or memory in %v", slices.Compact(j.CutOff))
}

func (g *Gate) inquire(ctx context.Context, c *Case, at time.Time, why []string) (Answer, error) {
	j, err := c.Judge(ctx, at)
	if err != nil {
		return Answer{}, err
	}
	if err := c.Flip(ctx, &j); err != nil {
		return Answer{}, err
	}
	if len(j.CutOff) > 0 {
		why = append(why, cutOff(j))
	}
	return Answer{Decision: j.Decision, Inquiry: why}, nil
}

// Case assembles a question from the running log.
func (g *Gate) Case(ctx context.Context, q Question, o Options) (*Case, error) {
	log := g.cfg.Locker.Log()
	head, err := headOf(ctx, log)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	size, checkpoint := head.Size, head.Checkpoint
	if o.KnownAt != nil {
		if *o.KnownAt > head.Size {
			return nil, fmt.Errorf("%w: known-at %d, the ledger holds %d entries", ErrQuestion, *o.KnownAt, head.Size)
		}
		if size = *o.KnownAt; size != head.Size {
			checkpoint = nil
		}
	}
	a := assembly{locker: g.cfg.Locker, sets: g.sets, origin: log.Origin(), checkpoint: string(checkpoint), set: o.Set, params: o.Params, only: o.Rules, caches: g.caches}
	reading := evidence.NewReading(log, size)
	if o.KnownAt != nil {
		reading = reading.Past()
	}
	return a.Assemble(ctx, reading, q)
}

// head is the newest published checkpoint.
type head struct {
	Size       uint64
	Checkpoint []byte
}

func headOf(ctx context.Context, log *ledger.Log) (head, error) {
	size, _, checkpoint, err := log.Head(ctx)
	return head{size, checkpoint}, err
}

// Activate validates a parameters document against the rule set it names, and
// makes a signed activation the active one.
func (g *Gate) Activate(ctx context.Context, raw []byte) (ledger.Receipt, error) {
	return g.cfg.Locker.Activate(ctx, raw, func(kind string, document []byte) error {
		if kind != evidence.KindParameters {
			return nil
		}
		p, err := policy.ParseParameters(document)
		if err != nil {
			return err
		}
		log := g.cfg.Locker.Log()
		head, err := headOf(ctx, log)
		if err != nil {
			return fmt.Errorf("read head: %w", err)
		}
		reading := evidence.NewReading(log, head.Size)
		s, err := g.sets.Set(ctx, reading, p.Set)
		if err != nil {
			return err
		}
		var others []*policy.Set
		for _, digest := range p.Sets() {
			other, err := g.sets.Set(ctx, reading, digest)
			if err != nil {
				return err
			}
			others = append(others, other)
		}
		return p.Check(s, others...)
	})
}
