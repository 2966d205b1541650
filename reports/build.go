package reports

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// Sentinels a caller branches on.
var (
	// ErrRequest: the request itself is wrong; nothing was judged.
	ErrRequest = errors.New("malformed report request")
	// ErrCutOff: a rule was ended by a bound of time or memory, so that the report
	// would not come out the same again.
	ErrCutOff = errors.New("evaluation was cut off")
)

// Config is what reports are built from.
type Config struct {
	Gate   *gate.Gate
	Locker *evidence.Locker
	// Frameworks holds YAML files with the texts of controls. Nil: controls stand
	// by their ids alone.
	Frameworks fs.FS
	// Progress is told how far a pass over all systems is. It may be nil.
	Progress func(done, all uint64)
}

// Request says what to report on: a subject, a system, or a subject for one
// system.
type Request struct {
	Subject     attest.Ref
	System      string
	Environment string
	// Actions to judge. Empty: those the gate answers for, without train unless
	// the subject is a dataset.
	Actions []string
	// AsOf is the instant judged at. It is required.
	AsOf time.Time
	// KnownAt is the ledger size to read. Nil: all that was logged by AsOf.
	KnownAt *uint64
	// Status of a declaration: draft, which it is when empty, or final.
	Status string
	// Since asks for what changed after an earlier instant. Zero: not asked.
	Since time.Time
}

func (q *Request) check() error {
	switch {
	case q.Subject == "" && q.System == "":
		return fmt.Errorf("%w: neither a system nor a subject is named; name one", ErrRequest)
	case q.Environment == "":
		return fmt.Errorf("%w: no environment is named; name the gate to judge by, such as production", ErrRequest)
	case q.AsOf.IsZero():
		return fmt.Errorf("%w: no instant is named to judge at", ErrRequest)
	case !q.Since.IsZero() && !q.Since.Before(q.AsOf):
		return fmt.Errorf("%w: since %s does not lie before as-of %s", ErrRequest, stamp(q.Since), stamp(q.AsOf))
	}
	return nil
}

// builder carries one report on its way.
type builder struct {
	cfg    Config
	q      Request
	size   uint64
	report *Report
	asked  []*asked
	byItem map[uint64]*Evidence
	// only are the rules to judge by for an action, whatever the gate names; nil
	// for those of the gate.
	only map[string][]string
}

// asked is a question with its case and judgement.
type asked struct {
	question gate.Question
	subject  Subject
	c        *gate.Case
	j        gate.Judgement
	ids      []string // of the findings, in the order of j.Findings
}

// Build builds the audit report. Errors wrap ErrRequest, ErrCutOff,
// gate.ErrQuestion and those of the ledger.
func Build(ctx context.Context, cfg Config, q Request) (*Report, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	q.AsOf, q.Since = q.AsOf.UTC(), q.Since.UTC()
	b := &builder{cfg: cfg, q: q, byItem: map[uint64]*Evidence{}, report: &Report{Head: Head{V: Version, Kind: KindAudit, AsOf: stamp(q.AsOf)}}}
	for _, step := range []func(context.Context) error{b.ledger, b.scope, b.judge, b.frameworks, b.changes} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("build report: %w", err)
		}
	}
	b.finish()
	return b.report, nil
}

// ledger settles the size and names its tree.
func (b *builder) ledger(ctx context.Context) error {
	o, err := open(ctx, b.cfg, b.q)
	if err != nil {
		return err
	}
	b.size, b.report.Ledger = o.size, o.ledger
	return nil
}

// scope finds the subjects and actions to judge.
func (b *builder) scope(ctx context.Context) error {
	subject := b.q.Subject
	if subject == "" {
		subject = attest.RefOf(b.q.System)
	}
	// Any action serves: the case is assembled for its gate and dossiers only.
	c, err := b.cfg.Gate.Case(ctx, gate.Question{Subject: subject, System: b.q.System, Action: "deploy", Environment: b.q.Environment}, gate.Options{KnownAt: &b.size})
	if err != nil {
		return err
	}
	if c.Gate == nil {
		return fmt.Errorf("%w: the parameters name no gate for environment %s; its gates are %v", ErrRequest, b.q.Environment, c.Params.Environments())
	}
	s := Scope{System: b.q.System, Environment: b.q.Environment}
	if b.q.Subject != "" {
		s.How = "The subject was named."
		s.Subjects = []Subject{{Ref: string(b.q.Subject)}}
		for _, d := range c.Dossiers {
			s.Subjects[0] = Subject{Ref: string(b.q.Subject), Name: d.Nodes[0].Name, Kind: first(d.Nodes[0].Kinds), Running: s.Subjects[0].Running || running(d, b.q.Subject)}
		}
	} else if err := b.members(ctx, c, &s); err != nil {
		return err
	}
	if s.Actions = b.q.Actions; b.only != nil {
		s.Actions = slices.Sorted(maps.Keys(b.only))
	}
	if len(s.Actions) == 0 {
		dataset := len(s.Subjects) == 1 && s.Subjects[0].Kind == "dataset"
		for _, action := range gate.Actions {
			if slices.Contains(c.Gate.Actions, action) && (action == "train") == dataset {
				s.Actions = append(s.Actions, action)
			}
		}
	}
	if len(s.Actions) == 0 {
		return fmt.Errorf("%w: the gate of %s answers for %v, none of which fits the subject; name an action", ErrRequest, b.q.Environment, c.Gate.Actions)
	}
	b.report.Scope = s
	return nil
}

// members are the models of a system: those that run in the environment, or all
// when none does.
func (b *builder) members(ctx context.Context, c *gate.Case, s *Scope) error {
	models, err := b.cfg.Locker.Models(ctx, c.Reading, c.Trust, b.q.System)
	if err != nil {
		return err
	}
	var live, rest []Subject
	for _, m := range models {
		sub := Subject{Ref: string(m.Ref), Name: m.Name, Kind: m.Kind}
		for _, d := range c.Dossiers {
			sub.Running = sub.Running || running(d, m.Ref)
		}
		if sub.Running {
			live = append(live, sub)
		} else {
			rest = append(rest, sub)
		}
	}
	switch {
	case len(live) > 0:
		s.Subjects, b.report.Limits.Subjects = live, rest
		s.How = "The models that the newest deployment statements say run there were judged."
	case len(rest) > 0:
		s.Subjects = rest
		s.How = "No deployment statement says that a model runs there; every model that evidence puts into the system was judged."
	default:
		s.Subjects = []Subject{{Ref: string(attest.RefOf(b.q.System)), Name: b.q.System}}
		s.How = "No evidence puts a model into the system; the system itself was judged."
	}
	if len(s.Subjects) > MaxSubjects {
		return fmt.Errorf("%w: %d models of %s to judge, the bound is %d; name one with the request", ErrRequest, len(s.Subjects), b.q.System, MaxSubjects)
	}
	return nil
}

func running(d *evidence.Dossier, ref attest.Ref) bool {
	return slices.ContainsFunc(d.Live, func(it *evidence.Item) bool {
		return it.State == evidence.OK && (it.About(ref) || it.Facts.State != nil && it.Facts.State.Of == string(ref))
	})
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
