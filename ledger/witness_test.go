package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

func witnessed(t *testing.T, s ledger.Store, w ledger.Witnessing) *ledger.Log {
	t.Helper()
	return ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: s, Witnessing: &w})
}

// eventually waits for what another goroutine brings about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within ten seconds: %s", what)
		}
	}
}

// TestWitnessed: who waits for witnesses gets a receipt whose checkpoint they
// cosigned, and so does everybody who reads the checkpoint later.
func TestWitnessed(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	w1, w2, w3 := ledgertest.NewWitness(t, "w.example/1", vkey), ledgertest.NewWitness(t, "w.example/2", vkey), ledgertest.NewWitness(t, "w.example/3", vkey)
	w3.Down(true)
	p := ledgertest.Policy(t, 2, w1, w2, w3)
	s := ledgertest.NewMemory()
	l := witnessed(t, s, ledger.Witnessing{Policy: p})
	for i := range 300 { // past a full tile
		wait := ledger.WaitSequenced
		if i%50 == 0 {
			wait = ledger.WaitWitnessed
		}
		r, err := l.Append(ctx, ledger.Entry{Kind: "test", Payload: []byte(fmt.Sprint(i))}, wait)
		if err != nil {
			t.Fatal(err)
		}
		if wait != ledger.WaitWitnessed {
			continue
		}
		if err := p.Check(r.Checkpoint); err != nil {
			t.Errorf("receipt of entry %d: %v", i, err)
		}
		if _, err := ledger.VerifyInclusion(r.LeafHash, r.Index, r.Proof, r.Checkpoint, vkey); err != nil {
			t.Error(err)
		}
		if got := p.Cosigners(r.Checkpoint); len(got) != 2 {
			t.Errorf("cosigned by %v, want the two that answer", got)
		}
	}
	r, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitWitnessed)
	if err != nil || r.Size != 301 {
		t.Fatal(r.Size, err)
	}
	cp, err := l.Checkpoint(ctx)
	if err != nil || p.Check(cp) != nil {
		t.Errorf("the checkpoint that is served is not cosigned: %v\n%s", err, cp)
	}
	stored, err := s.Checkpoint(ctx)
	if err != nil || string(stored) != string(cp) {
		t.Errorf("stored is %s, %v", stored, err)
	}
	st, ok := l.Witnesses()
	if !ok || st.Size != 301 || st.Failures["w3"] == "" || st.Failures["w1"] != "" {
		t.Errorf("state %+v", st)
	}
	again := witnessed(t, s, ledger.Witnessing{Policy: p, Required: true}) // another process finds it
	if cp, err := again.Checkpoint(ctx); err != nil || p.Check(cp) != nil {
		t.Error(err)
	}
}

// TestWitnessesFailOpen: without a quorum the log goes on, and says who is missing.
func TestWitnessesFailOpen(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	w := ledgertest.NewWitness(t, "w.example/1", vkey)
	w.Down(true)
	p := ledgertest.Policy(t, 1, w)
	l := witnessed(t, ledgertest.NewMemory(), ledger.Witnessing{Policy: p, Wait: 50 * time.Millisecond})
	r, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished)
	if err != nil || !errors.Is(p.Check(r.Checkpoint), ledger.ErrWitness) {
		t.Errorf("append: %v", err)
	}
	_, err = l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitWitnessed)
	if !errors.Is(err, ledger.ErrWitness) || !strings.Contains(err.Error(), "entry 1 is in the log") || !strings.Contains(err.Error(), "503") {
		t.Errorf("waiting for a witness that is down: %v", err)
	}
	w.Down(false)
	eventually(t, "the witness is asked again", func() bool { st, _ := l.Witnesses(); return st.Size == 2 })
}

// TestWitnessesFailClosed: without a quorum nothing is shown or acknowledged as
// published; with one, what was sent is.
func TestWitnessesFailClosed(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	w := ledgertest.NewWitness(t, "w.example/1", vkey)
	p := ledgertest.Policy(t, 1, w)
	s := ledgertest.NewMemory()
	l := witnessed(t, s, ledger.Witnessing{Policy: p, Required: true, Wait: 100 * time.Millisecond})
	e := ledger.Entry{Kind: "test", Identity: [32]byte{1}}
	if r, err := l.Append(ctx, e, ledger.WaitPublished); err != nil || p.Check(r.Checkpoint) != nil {
		t.Fatal(err)
	}
	w.Down(true)
	e.Identity[0] = 2
	if _, err := l.Append(ctx, e, ledger.WaitPublished); !errors.Is(err, ledger.ErrWitness) {
		t.Errorf("append without a quorum: %v, want ErrWitness", err)
	}
	if size, _, _, err := l.Head(ctx); size != 1 || err != nil {
		t.Errorf("shown is size %d, %v: want what was cosigned", size, err)
	}
	if b, _ := s.Checkpoint(ctx); p.Check(b) != nil {
		t.Error("a checkpoint that nobody cosigned is in the store, where exports find it")
	}
	w.Down(false)
	eventually(t, "the quorum is back", func() bool { size, _, _, _ := l.Head(ctx); return size == 2 })
	if r, err := l.Append(ctx, e, ledger.WaitPublished); err != nil || !r.Duplicate || r.Index != 1 {
		t.Errorf("sent again: %+v, %v", r, err)
	}
}

// TestWitnessKnowsMore: a witness that has cosigned more than the store holds tells
// of a store that was put back, and the log stops.
func TestWitnessKnowsMore(t *testing.T) {
	vkey := ledgertest.Signer(t).VerifierKey()
	w := ledgertest.NewWitness(t, "w.example/1", vkey)
	w.Set(10, ledger.Hash{1})
	l := witnessed(t, ledgertest.NewMemory(), ledger.Witnessing{Policy: ledgertest.Policy(t, 1, w)})
	eventually(t, "the log is read-only", func() bool {
		return strings.Contains(l.ReadOnlyReason(), "has cosigned 10 entries, the store holds 0")
	})
}

// TestWitnessSawAnotherTree: a proof that does not lead from what a witness
// cosigned gets no cosignature, and the state says why.
func TestWitnessSawAnotherTree(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	w := ledgertest.NewWitness(t, "w.example/1", vkey)
	s := ledgertest.NewMemory()
	l := ledgertest.Open(t, s, t.TempDir())
	appendN(t, l, 5)
	_ = l.Close()
	w.Set(3, ledger.Hash{1})
	l = ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: s, Guard: &freshGuard{}, Witnessing: &ledger.Witnessing{Policy: ledgertest.Policy(t, 1, w)}})
	if err := l.Initialise(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the witness refuses", func() bool {
		st, _ := l.Witnesses()
		return strings.Contains(st.Failures["w1"], "shown another tree")
	})
}

// freshGuard has no mark.
type freshGuard struct{}

func (g *freshGuard) Load(context.Context, string) (ledger.Mark, bool, error) {
	return ledger.Mark{}, false, nil
}
func (g *freshGuard) Advance(context.Context, string, ledger.Mark, func(ledger.Mark) error) error {
	return nil
}

func TestNoWitnessToWaitFor(t *testing.T) {
	_, l := newLog(t)
	if _, err := l.Append(context.Background(), ledger.Entry{Kind: "test"}, ledger.WaitWitnessed); !errors.Is(err, ledger.ErrWitness) {
		t.Errorf("%v, want ErrWitness", err)
	}
}

// slip changes the last but one character of a key, which is still base64.
func slip(vkey string) string {
	b := []byte(vkey)
	if at := len(b) - 2; b[at] == 'A' {
		b[at] = 'B'
	} else {
		b[at] = 'A'
	}
	return string(b)
}

func TestParsePolicy(t *testing.T) {
	vkey := ledgertest.Signer(t).VerifierKey()
	a, b := ledgertest.NewWitness(t, "w.example/a", vkey), ledgertest.NewWitness(t, "w.example/b", vkey)
	for _, test := range []struct{ name, text, want string }{
		{"none", "quorum none\n", ""},
		{"one", "# ours\nlog " + vkey + "\nwitness a " + a.VKey + " " + a.URL + "\nquorum a\n", ""},
		{"only read", "witness a " + a.VKey + "\nquorum a", ""},
		{"any", ledgertest.PolicyText(1, a, b), ""},
		{"empty", "", "must define a quorum"},
		{"met by nobody", ledgertest.PolicyText(0, a, b), "by no witness at all"},
		{"group of nobody", "group g all\nquorum g", ""},
		{"counted twice", "witness a " + a.VKey + " " + a.URL + "\nwitness b " + a.VKey + " " + b.URL + "\ngroup g 2 a b\nquorum g", "count twice"},
		{"two at one URL", "witness a " + a.VKey + " " + a.URL + "\nwitness b " + b.VKey + " " + a.URL + "\ngroup g 2 a b\nquorum g", "count twice"},
		{"a slip in the key", "witness a " + slip(a.VKey) + " " + a.URL + "\nquorum a", "the hash in it is not"},
		{"another name", "witness a other" + a.VKey + "\nquorum a", "the hash in it is not"},
		{"not http", "witness a " + a.VKey + " file:///x\nquorum a", "http or https"},
		{"too many", "group g 3 a\nquorum g", ""},
	} {
		_, err := ledger.ParsePolicy([]byte(test.text))
		switch ok := test.name == "none" || test.name == "one" || test.name == "only read" || test.name == "any"; {
		case ok && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case !ok && (!errors.Is(err, ledger.ErrInvalid) || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	p := ledgertest.Policy(t, 2, a, b)
	if !p.Log(vkey) {
		t.Error("a policy without log lines is for any log")
	}
	if p, err := ledger.ParsePolicy([]byte("log " + vkey + "\nquorum none")); err != nil || !p.Log(vkey) || p.Log("other") {
		t.Error("a policy with a log line is for that log", err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte("quorum none"))
	f.Add([]byte("log example.com/x+1+2\nwitness a b c\ngroup g any a\nquorum g"))
	f.Add([]byte("witness w1 w.example/1+e2a0d2a4+BPNzV2Qd3MKC5BEhMlkLqbdPq0AtSVbCJRXwPPCZ9YhA https://w.example/\ngroup g all w1\nquorum g # all"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ledger.ParsePolicy(text)
		if err != nil {
			return
		}
		if p.Check([]byte("x")) == nil && !strings.Contains(string(text), "none") {
			t.Error("a policy that nobody has to sign")
		}
	})
}

// TestWitnessedReplicas: replicas that share a store and a witness do not stand in
// each other's way: whoever comes second takes up the first one's cosignatures.
func TestWitnessedReplicas(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	w := ledgertest.NewWitness(t, "w.example/1", vkey)
	p := ledgertest.Policy(t, 1, w)
	s, dir := ledgertest.NewMemory(), t.TempDir()
	var wg sync.WaitGroup
	for r := range 3 {
		l := ledgertest.OpenConfig(t, dir, ledger.Config{Store: s, Witnessing: &ledger.Witnessing{Policy: p, Required: r == 0}})
		wg.Go(func() {
			for n := range 25 {
				rc, err := l.Append(ctx, ledger.Entry{Kind: "test", Payload: fmt.Append(nil, r, n)}, ledger.WaitWitnessed)
				if err != nil {
					t.Error(err)
					return
				}
				if err := p.Check(rc.Checkpoint); err != nil {
					t.Error(err)
				}
				if _, err := ledger.VerifyInclusion(rc.LeafHash, rc.Index, rc.Proof, rc.Checkpoint, vkey); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if h, _ := s.Head(ctx); h.Size != 75 || w.Size() == 0 {
		t.Errorf("%d entries, the witness cosigned %d", h.Size, w.Size())
	}
}
