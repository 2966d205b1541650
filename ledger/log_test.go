package ledger_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// TestGoneCaller: a caller that stops waiting gets its context's error, and the
// log goes on.
func TestGoneCaller(t *testing.T) {
	g := &gate{Memory: ledgertest.NewMemory(), open: make(chan struct{}), entries: make(chan int, 10), bytes: make(chan int, 10)}
	l := ledgertest.Open(t, g, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := l.Append(ctx, ledger.Entry{Kind: "x"}, ledger.WaitPublished); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want context.Canceled", err)
			}
		})
	}
	cancel()
	wg.Wait()
	close(g.open)
	r, err := l.Append(context.Background(), ledger.Entry{Kind: "x"}, ledger.WaitPublished)
	if err != nil || r.Index > 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCloseAnswersAll: entries that wait when the log is closed are written and
// answered.
func TestCloseAnswersAll(t *testing.T) {
	s, l := newLog(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	stored := uint64(0)
	for range 200 {
		wg.Go(func() {
			_, err := l.Append(context.Background(), ledger.Entry{Kind: "x"}, ledger.WaitPublished)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				stored++
			} else if !errors.Is(err, ledger.ErrClosed) {
				t.Error(err)
			}
		})
	}
	_ = l.Close()
	wg.Wait()
	h, err := s.Head(context.Background())
	if err != nil || h.Size != stored {
		t.Errorf("%d acknowledged, %d stored, %v", stored, h.Size, err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// TestRangeWhileReading: what Range calls may read the log, from as many
// goroutines as there are.
func TestRangeWhileReading(t *testing.T) {
	ctx := context.Background()
	_, l := newLog(t)
	appendN(t, l, 600)
	seen := 0
	err := l.Range(ctx, 10, 590, func(r ledger.Record) error {
		again, err := l.Read(ctx, r.Index)
		if err != nil || again.LeafHash != r.LeafHash || r.Index != uint64(10+seen) {
			t.Fatal(r.Index, err)
		}
		seen++
		return nil
	})
	if err != nil || seen != 580 {
		t.Errorf("%d entries, %v", seen, err)
	}
	stop := errors.New("stop")
	if err := l.Range(ctx, 0, 600, func(ledger.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v, want the error of fn", err)
	}
}

// TestUnsignedIsNotServed: tiles beyond the newest checkpoint are not shown.
func TestUnsignedIsNotServed(t *testing.T) {
	ctx := context.Background()
	s, l := newLog(t)
	appendN(t, l, 3)
	_ = l.Close()
	reader := ledgertest.OpenConfig(t, "", ledger.Config{Store: s, ReadOnly: true})
	if _, err := reader.Tile(ctx, ledger.Tile{Width: 3}); err != nil {
		t.Error(err)
	}
	for _, tile := range []ledger.Tile{{Width: 4}, {Width: 0}, {Width: 256}, {Width: 257}, {Width: -1}, {Level: 1, Width: 1}, {Level: 63, Width: 1}, {Level: -1, Width: 1}, {Index: 1, Width: 1}, {Index: 1 << 62, Width: 1}, {Entries: true, Width: 4}} {
		if _, err := reader.Tile(ctx, tile); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%+v: %v, want ErrNotFound", tile, err)
		}
	}
	empty := ledgertest.OpenConfig(t, "", ledger.Config{Store: ledgertest.NewMemory(), ReadOnly: true})
	if _, _, _, err := empty.Head(ctx); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("head of a log never opened for writing: %v", err)
	}
	for _, err := range []error{
		second(reader.Inclusion(ctx, 3, 3)), second(reader.Inclusion(ctx, 3, 4)), second(reader.Inclusion(ctx, 0, 4)),
		second(reader.Consistency(ctx, 1, 4)), second(reader.RootAt(ctx, 4)), second(reader.Read(ctx, 1<<63)),
	} {
		if !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	}
	if err := second(reader.Consistency(ctx, 3, 2)); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("consistency backwards: %v", err)
	}
}

// TestCheckLimit meets MaxFindings.
func TestCheckLimit(t *testing.T) {
	s, l := newLog(t)
	appendN(t, l, ledger.MaxFindings+50)
	rep, err := ledger.Check(context.Background(), lossy{s}, "", ledger.CheckOptions{})
	if err != nil || len(rep.Findings) != ledger.MaxFindings || !rep.Truncated || rep.OK() || rep.Missing != ledger.MaxFindings+50 {
		t.Errorf("%d findings, truncated %v, %d missing, %v", len(rep.Findings), rep.Truncated, rep.Missing, err)
	}
	done := make(chan uint64, 10)
	rep, err = ledger.Check(context.Background(), s, "", ledger.CheckOptions{Workers: 1, SkipPayloads: true, Progress: func(n, of uint64) { done <- n }})
	if err != nil || !rep.OK() || rep.Signed != nil || <-done != rep.Size {
		t.Errorf("%+v, %v", rep, err)
	}
}

// lossy is a store that lost all payloads.
type lossy struct{ *ledgertest.Memory }

func (l lossy) Entries(ctx context.Context, from, to uint64, payloads bool, fn func(ledger.Stored) error) error {
	return l.Memory.Entries(ctx, from, to, false, fn)
}

// TestClockYears: a clock outside what a leaf can say fails the entry, not the
// log.
func TestClockYears(t *testing.T) {
	clock := ledgertest.NewClock(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC))
	l := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: ledgertest.NewMemory(), Clock: clock.Now})
	if _, err := l.Append(context.Background(), ledger.Entry{Kind: "x"}, ledger.WaitPublished); err == nil {
		t.Error("a leaf of the year 10000 was written")
	}
	clock.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if _, err := l.Append(context.Background(), ledger.Entry{Kind: "x"}, ledger.WaitPublished); err != nil {
		t.Error(err)
	}
}

// slowStore has its first transaction wait once it is committed, and its second one
// wait before it begins and fail.
type slowStore struct {
	ledger.Store
	committed, queued, begun, going chan struct{}

	n int // of transactions
}

func (s *slowStore) Append(ctx context.Context, fn func(ledger.Tx) error) error {
	switch s.n++; s.n {
	case 1:
		err := s.Store.Append(ctx, fn)
		close(s.committed)
		<-s.queued
		return err
	case 2:
		close(s.begun)
		<-s.going
		return s.Store.Append(ctx, func(tx ledger.Tx) error { return errors.Join(fn(tx), ledgertest.ErrInjected) })
	}
	return s.Store.Append(ctx, fn)
}

// TestCheckpointOutlivesBatch: a checkpoint that was to be stored with a batch that
// failed is stored all the same.
func TestCheckpointOutlivesBatch(t *testing.T) {
	ctx := context.Background()
	s := &slowStore{Store: ledgertest.NewMemory(), committed: make(chan struct{}), queued: make(chan struct{}), begun: make(chan struct{}), going: make(chan struct{})}
	l := ledgertest.Open(t, s, t.TempDir())
	first, second := make(chan error, 1), make(chan error, 1)
	add := func(done chan error) {
		_, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished)
		done <- err
	}
	go add(first)
	<-s.committed
	go add(second)
	time.Sleep(50 * time.Millisecond) // until it is queued
	close(s.queued)
	<-s.begun
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // until the publisher has handed the checkpoint over
	close(s.going)
	if err := <-second; !errors.Is(err, ledgertest.ErrInjected) {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		b, err := s.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := ledger.ParseCheckpoint(b, ledgertest.Signer(t).VerifierKey()); err == nil && c.Size == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the checkpoint of the first entry was never stored")
		}
	}
}
