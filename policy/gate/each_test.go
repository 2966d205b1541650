package gate_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy/gate"
)

// TestDecideEachAnswersAsDecide: many questions at once get the answers they would
// get one by one, equal ones are judged once, and a fault of one is that one's.
func TestDecideEachAnswersAsDecide(t *testing.T) {
	ctx := context.Background()
	b := newBench(t)
	b.allowable(t)
	good := gate.Question{Subject: attest.RefOf("m"), System: system, Action: "deploy", Environment: "production"}
	unknown := good
	unknown.Subject = attest.RefOf("nobody knows")
	bad := good
	bad.Action = "run"
	before := b.Size()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got := b.gate.DecideEach(ctx, []gate.Question{good, unknown, good, bad}, false)
			if got[0].Err != nil || got[0].Answer.Recorded == nil || got[2].Answer.Recorded == nil || *got[0].Answer.Recorded != *got[2].Answer.Recorded {
				t.Errorf("the same question twice: %+v, %+v", got[0], got[2])
			}
			if got[1].Err != nil || got[1].Answer.Recorded != nil || got[1].Answer.Decision.Verdict == gate.Allow {
				t.Errorf("unknown: %+v", got[1])
			}
			if !errors.Is(got[3].Err, gate.ErrQuestion) {
				t.Errorf("malformed: %v", got[3].Err)
			}
		})
	}
	wg.Wait()
	if grown := b.Size() - before; grown != 1 {
		t.Errorf("the ledger grew by %d", grown)
	}
	each := b.gate.DecideEach(ctx, []gate.Question{good}, false)[0]
	one := b.question(t, good, gate.Options{})
	if told(each.Answer) != told(one) || each.Answer.Recorded.ID != one.Recorded.ID {
		t.Errorf("%s, alone %s", told(each.Answer), told(one))
	}
}

// TestDecideEachDryRun records nothing, and says so.
func TestDecideEachDryRun(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	before := b.Size()
	got := b.gate.DecideEach(context.Background(), []gate.Question{{Subject: attest.RefOf("m"), System: system, Action: "deploy", Environment: "production"}}, true)[0]
	if got.Err != nil || got.Answer.Recorded != nil || len(got.Answer.Inquiry) == 0 || b.Size() != before {
		t.Errorf("%+v", got)
	}
}

// TestDecideEachWithoutAHead: no head, no verdict.
func TestDecideEachWithoutAHead(t *testing.T) {
	b := newBench(t)
	if err := b.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, e := range b.gate.DecideEach(context.Background(), make([]gate.Question, 2), false) {
		if e.Err == nil {
			t.Error("answered without a head")
		}
	}
}

// TestPanicOfARule: what fails inside one of several workers is an error of the question,
// not the end of the process.
func TestPanicOfARule(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	if err := gate.JudgeBroken(t.Context(), 9); !errors.Is(err, gate.ErrPanic) || !strings.Contains(err.Error(), "X-01") {
		t.Errorf("got %v", err)
	}
}
