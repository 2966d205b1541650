package ledgertest

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
)

// soakTime is how long Soak runs unless ASSIZE_SOAK says otherwise.
const soakTime = 2 * time.Second

// Soak appends to logs on one store from many writers, with repetitions and
// erasures, while readers check all the time that what was acknowledged is included
// and that every checkpoint extends the one before it, on whichever of the logs.
// In the end everything is held against everything.
func Soak(t *testing.T, s ledger.Reader, logs []*ledger.Log) {
	span := soakTime
	if v := os.Getenv("ASSIZE_SOAK"); v != "" {
		var err error
		if span, err = time.ParseDuration(v); err != nil {
			t.Fatalf("ASSIZE_SOAK: %v", err)
		}
	}
	ctx, stop := context.WithTimeout(context.Background(), span)
	defer stop()
	var mu sync.Mutex
	var acks []Ack
	var wg sync.WaitGroup
	for _, l := range logs {
		wg.Go(func() {
			err := Load(ctx, l, 24, func(a Ack) {
				mu.Lock()
				defer mu.Unlock()
				if len(acks) < 200_000 {
					acks = append(acks, a)
				} else {
					acks[rand.IntN(len(acks))] = a // any will do
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
		for range 3 {
			wg.Go(func() { followLog(ctx, t, l) })
			wg.Go(func() {
				for ctx.Err() == nil {
					mu.Lock()
					var a Ack
					if len(acks) > 0 {
						a = acks[rand.IntN(len(acks))]
					}
					mu.Unlock()
					if a.Note != nil {
						includes(t, l, a)
					}
					time.Sleep(time.Millisecond)
				}
			})
		}
	}
	wg.Wait()
	for _, l := range logs {
		if why := l.ReadOnlyReason(); why != "" {
			t.Errorf("read-only: %s", why)
		}
	}
	// A replica that was not the last to append signs the newest head soon.
	want, err := s.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if size, _, _, err := logs[0].Head(context.Background()); err == nil && size == want.Size {
			break
		}
	}
	Inspect(t, s, logs[0], acks, true)
	t.Logf("%d entries, %d acknowledgements looked at", want.Size, len(acks))
}

// followLog checks that every checkpoint extends the last one.
func followLog(ctx context.Context, t *testing.T, l *ledger.Log) {
	bg := context.Background()
	var last ledger.Checkpoint
	for ctx.Err() == nil {
		_, _, note, err := l.Head(bg)
		if err != nil {
			t.Errorf("head: %v", err)
			return
		}
		c, err := ledger.ParseCheckpoint(note, Signer(t).VerifierKey())
		if err != nil {
			t.Errorf("checkpoint: %v", err)
			return
		}
		if c.Size < last.Size {
			t.Errorf("a checkpoint of size %d after one of %d", c.Size, last.Size)
			return
		}
		if last.Size == 0 {
			last = c // any log extends an empty one
			continue
		}
		proof, err := l.Consistency(bg, last.Size, c.Size)
		if err == nil {
			err = ledger.VerifyConsistency(last.Size, last.Root, c.Size, c.Root, proof)
		}
		if err != nil {
			t.Errorf("from %d to %d: %v", last.Size, c.Size, err)
			return
		}
		last = c
		time.Sleep(time.Millisecond)
	}
}

// includes checks that an acknowledged entry is in the newest tree of a log, which
// need not be the one that acknowledged it.
func includes(t *testing.T, l *ledger.Log, a Ack) {
	ctx := context.Background()
	size, _, note, err := l.Head(ctx)
	if err != nil || a.Index >= size {
		return // this one has not come so far
	}
	proof, err := l.Inclusion(ctx, a.Index, size)
	if err == nil {
		_, err = ledger.VerifyInclusion(a.Leaf, a.Index, proof, note, Signer(t).VerifierKey())
	}
	if err != nil {
		t.Errorf("entry %d in %d: %v", a.Index, size, err)
	}
}
