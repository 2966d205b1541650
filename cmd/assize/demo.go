package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// demo plays the German credit story on a fresh ledger.
func (a *app) demo() *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", GroupID: "service", Args: exactly(),
		Short: "Play the German credit story on a fresh ledger",
		Long: `A bank trains a credit scorer on real data; everyone whose word counts signs; the
gate is asked again and again while evidence, time and consent change. The story has
a clock of its own, from December 2024 on. --once plays it, prints it and exits;
without it the service stays up so that you can look at the pages.

--dir keeps ledger, keys, trust, envelopes and proof bundles to play with.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			once, err := cmd.Flags().GetBool("once")
			if err != nil {
				return err
			}
			return a.playDemo(cmd.Context(), cmd.Flag("dir").Value.String(), cmd.Flag("listen").Value.String(), once)
		},
	}
	cmd.Flags().Bool("once", false, "play the story, print it and exit")
	cmd.Flags().String("dir", "", "directory to keep everything in; it must hold no ledger yet (default: a temporary one)")
	cmd.Flags().String("listen", defaultListen, "address of the pages, on loopback")
	return cmd
}

func (a *app) playDemo(ctx context.Context, dir, listen string, once bool) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "assize-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if !once {
		if err := canListen(ctx, listen); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "assize.db")); err == nil {
		return usage("--dir %s: it holds a ledger already, and the story starts on an empty one; name another directory", dir)
	}
	p, err := newPlay(ctx, a, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.play(ctx); err != nil {
		return err
	}
	if err := p.lineage(ctx); err != nil {
		return err
	}
	if err := p.offline(ctx); err != nil {
		return err
	}
	if err := p.replay(ctx); err != nil {
		return err
	}
	if once {
		return p.last(dir)
	}
	return p.stay(ctx, listen)
}

// canListen finds out before the story is told whether its pages can be served.
func canListen(ctx context.Context, listen string) error {
	if err := api.CheckLoopback(listen); err != nil {
		return usage("--listen: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("%w; --listen names another address", err)
	}
	return l.Close()
}

// storyClock stands where the story is; once the story is told it runs on from
// there, so that the pages live in its time.
type storyClock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time // zero while it stands
}

func (c *storyClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}

func (c *storyClock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *storyClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// play is one telling of the story.
type play struct {
	app     *app
	story   *story.Story
	in      *instance
	dir     string
	clock   *storyClock
	keys    map[string]crypto.Signer
	cites   story.Cites
	answers map[string]gate.Answer // by question name
	act     string
	bundle  string // the proof bundle kept for the offline check
}

func newPlay(ctx context.Context, a *app, dir string) (*play, error) {
	s, err := story.Load()
	if err != nil {
		return nil, err
	}
	p := &play{app: a, story: s, dir: dir, clock: &storyClock{}, keys: map[string]crypto.Signer{}, answers: map[string]gate.Answer{}}
	p.clock.set(s.Steps[0].At.Add(-time.Hour))
	origin, err := demoName()
	if err != nil {
		return nil, err
	}
	p.cites = story.Cites{LogOrigin: "assize.dev/demo/" + origin, IDs: map[string]string{}}
	p.in, err = openInstance(ctx, instanceConfig{Store: "sqlite:" + filepath.Join(dir, "assize.db"),
		Origin: p.cites.LogOrigin, Create: true, Gates: story.NameRules, Clock: p.clock.now, Logger: a.messages()})
	if err != nil {
		return nil, err
	}
	if err := p.people(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *play) close() error {
	if p.in == nil {
		return nil
	}
	err := p.in.Close()
	p.in = nil
	return err
}

// people makes a key for everyone and has the administrator trust them.
func (p *play) people(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Join(p.dir, "keys"), 0o700); err != nil {
		return err
	}
	public := map[string]crypto.PublicKey{}
	for _, who := range story.Principals() {
		key, err := attest.GenerateKey(who.Algorithm, nil)
		if err != nil {
			return fmt.Errorf("key of %s: %w", who.ID, err)
		}
		p.keys[who.ID], public[who.ID] = key, key.Public()
		text, err := attest.MarshalPrivateKey(key)
		if err != nil {
			return fmt.Errorf("key of %s: %w", who.ID, err)
		}
		if err := writeDurable(filepath.Join(p.dir, "keys", who.ID+".pem"), text, 0o600); err != nil {
			return err
		}
	}
	signers, err := story.Trust(public)
	if err != nil {
		return err
	}
	doc, err := withService(signers, p.in.VKey(), p.in.keys.decision, p.in.Admin())
	if err != nil {
		return err
	}
	if err := p.keep("trust.json", doc); err != nil {
		return err
	}
	if err := p.keep("log.vkey", []byte(p.in.VKey()+"\n")); err != nil {
		return err
	}
	_, err = p.in.Activate(ctx, evidence.KindTrust, doc, p.in.Admin())
	return err
}

// withService adds to a trust what the first start put into it: the service's
// keys and the administrator.
func withService(trust []byte, vkey string, decision, admin crypto.Signer) ([]byte, error) {
	first, err := firstTrust(vkey, decision, admin)
	if err != nil {
		return nil, err
	}
	var from, into map[string]any
	if err := errors.Join(json.Unmarshal(first, &from), json.Unmarshal(trust, &into)); err != nil {
		return nil, err
	}
	into["service"] = from["service"]
	into["signers"] = append(from["signers"].([]any), into["signers"].([]any)...)
	return attest.CanonicalJSON(into)
}

func (p *play) keep(name string, b []byte) error {
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeDurable(path, b, 0o644)
}

// play goes through the events of the story in their order.
func (p *play) play(ctx context.Context) error {
	p.opening()
	for _, e := range p.story.Events() {
		p.clock.set(e.At)
		var err error
		if e.Step != nil {
			err = p.step(ctx, e.Step)
		} else {
			err = p.ask(ctx, e.Question)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// step writes, signs and submits one statement.
func (p *play) step(ctx context.Context, s *story.Step) error {
	if s.Act == story.ActWaiver && p.cites.Finding == nil {
		p.cites.Finding = p.unfair()
	}
	var signers []crypto.Signer
	for _, id := range s.Signers {
		signers = append(signers, p.keys[id])
	}
	raw, err := s.Sign(p.cites, signers...)
	if err != nil {
		return err
	}
	accepted, err := p.in.Locker.Submit(ctx, raw, ledger.WaitPublished)
	if err != nil {
		return fmt.Errorf("submit %s: %w", s.Name, err)
	}
	p.cites.IDs[s.Name] = accepted.ID
	p.told(s, accepted)
	return p.keep(filepath.Join("envelopes", slug(s.Name)+".json"), raw)
}

// unfair are the ids cited by the fairness finding that denied the deployment:
// the waiver covers this finding and no other.
func (p *play) unfair() []string {
	var ids []string
	for _, answer := range p.answers {
		for _, f := range answer.Decision.Findings {
			if f.Rule == "FAI-02" && f.Effect == gate.Blocks {
				ids = ids[:0]
				for _, c := range f.Evidence {
					ids = append(ids, c.ID)
				}
			}
		}
	}
	return ids
}

// ask puts a question to the gate and holds the answer to what the story turns on.
func (p *play) ask(ctx context.Context, q *story.Question) error {
	answer, err := p.in.Gate.Decide(ctx, gate.Question{Subject: q.Subject, System: q.System, Action: q.Action, Environment: q.Environment}, gate.Options{})
	if err != nil {
		return fmt.Errorf("ask %q: %w", q.Name, err)
	}
	p.answers[q.Name] = answer
	p.answered(q, answer)
	if string(answer.Decision.Verdict) != q.Verdict || answer.Recorded == nil {
		return fmt.Errorf("the story turns on %q being %s; it is %s (recorded: %v, %s)",
			q.Name, q.Verdict, answer.Decision.Verdict, answer.Recorded != nil, strings.Join(append(answer.Inquiry, answer.Decision.Reasons...), "; "))
	}
	raw, err := p.in.Gate.ProofBundle(ctx, answer.Recorded.Index)
	if err != nil {
		return fmt.Errorf("proof bundle of %q: %w", q.Name, err)
	}
	name := slug(q.Name) + ".decision.json"
	if p.bundle == "" && q.Action == "deploy" {
		p.bundle = name
	}
	return p.keep(name, raw)
}

// demoName makes every telling a log of its own.
func demoName() (string, error) {
	b := make([]byte, 8)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}

func slug(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "-") }
