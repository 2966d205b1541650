package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// TestLimits meets every bound of limits.go: what is at it is accepted, what is
// over it is refused before anything is written.
func TestLimits(t *testing.T) {
	wide := strings.Repeat("x", ledger.MaxLabel)
	labels := make([]string, ledger.MaxLabels)
	for i := range labels {
		labels[i] = wide
	}
	quotes := make([]string, ledger.MaxLabels)
	for i := range quotes {
		quotes[i] = strings.Repeat(`"`, ledger.MaxLabel)
	}
	for _, test := range []struct {
		name  string
		entry ledger.Entry
		want  error
	}{
		{"MaxPayload", ledger.Entry{Payload: make([]byte, ledger.MaxPayload)}, nil},
		{"over MaxPayload", ledger.Entry{Payload: make([]byte, ledger.MaxPayload+1)}, ledger.ErrTooLarge},
		{"MaxKeys", ledger.Entry{Keys: keys(ledger.MaxKeys)}, nil},
		{"MaxKeys and repetitions", ledger.Entry{Keys: append(keys(ledger.MaxKeys), keys(10)...)}, nil},
		{"over MaxKeys", ledger.Entry{Keys: keys(ledger.MaxKeys + 1)}, ledger.ErrTooLarge},
		{"MaxLabels of MaxLabel", ledger.Entry{Labels: labels, MediaType: wide}, nil},
		{"over MaxLabels", ledger.Entry{Labels: append(labels, "x")}, ledger.ErrTooLarge},
		{"over MaxLabel", ledger.Entry{Labels: []string{wide + "x"}}, ledger.ErrTooLarge},
		{"media type over MaxLabel", ledger.Entry{MediaType: wide + "x"}, ledger.ErrTooLarge},
		{"leaf below MaxLeaf", ledger.Entry{Keys: keys(ledger.MaxKeys), Labels: labels}, nil},
		{"leaf over MaxLeaf", ledger.Entry{Keys: keys(ledger.MaxKeys), Labels: quotes}, ledger.ErrTooLarge},
		{"MaxGuard", ledger.Entry{Guard: keys(ledger.MaxGuard), GuardFrom: 1 << 40}, nil},
		{"over MaxGuard", ledger.Entry{Guard: keys(ledger.MaxGuard + 1), GuardFrom: 1 << 40}, ledger.ErrTooLarge},
		{"no kind", ledger.Entry{Kind: "-", Labels: []string{"\x00"}}, ledger.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, l := newLog(t)
			if test.entry.Kind == "" {
				test.entry.Kind = "test"
			}
			_, err := l.Append(context.Background(), test.entry, ledger.WaitPublished)
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if h, _ := s.Head(context.Background()); (h.Size == 1) != (test.want == nil) {
				t.Errorf("the log has %d entries", h.Size)
			}
		})
	}
	vkey := ledgertest.Signer(t).VerifierKey()
	for name, err := range map[string]error{
		"over MaxLeaf":       second(ledger.ParseLeaf(make([]byte, ledger.MaxLeaf+1))),
		"over MaxProof":      second(ledger.ParseProof(make([]byte, ledger.MaxProof+1))),
		"over MaxPolicy":     second(ledger.ParsePolicy(bytes.Repeat([]byte("#"), ledger.MaxPolicy+1))),
		"over MaxWitnesses":  second(ledger.ParsePolicy([]byte(manyWitnesses(t, ledger.MaxWitnesses+1)))),
		"over MaxLogKeys":    second(ledger.OriginOf(strings.Join(logKeys(t, ledger.MaxLogKeys+1), "\n"))),
		"over MaxCheckpoint": second(ledger.ParseCheckpoint(bytes.Repeat([]byte("x"), ledger.MaxCheckpoint+1), vkey)),
		"keys in a leaf": second(ledger.ParseLeaf([]byte(`{"commitment":"` + strings.Repeat("0", 64) + `","keys":[` +
			strings.Repeat(`"00000000000000000000000000000000",`, ledger.MaxKeys) + `"00000000000000000000000000000000"]`))),
	} {
		if !errors.Is(err, ledger.ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", name, err)
		}
	}
	long := "tile/0/" + strings.Repeat("x001/", ledger.MaxTilePath) + "000"
	if _, err := ledger.ParseTilePath(long); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("over MaxTilePath: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// gate is a store whose transactions wait, and that counts what they hold.
type gate struct {
	*ledgertest.Memory
	open    chan struct{}
	entries chan int
	bytes   chan int
}

func (g *gate) Append(ctx context.Context, fn func(ledger.Tx) error) error {
	<-g.open
	return g.Memory.Append(ctx, func(tx ledger.Tx) error { return fn(countTx{tx, g}) })
}

type countTx struct {
	ledger.Tx
	g *gate
}

func (t countTx) Write(b *ledger.Batch) error {
	n := 0
	for _, e := range b.Entries {
		n += len(e.Payload)
	}
	t.g.entries <- len(b.Entries)
	t.g.bytes <- n
	return t.Tx.Write(b)
}

// TestQueueLimits: while a commit is in flight the queue takes MaxQueue entries
// and MaxQueueBytes, and answers ErrBusy beyond; batches hold MaxBatch and
// MaxBatchBytes.
func TestQueueLimits(t *testing.T) {
	for _, test := range []struct {
		name    string
		payload int
		fits    int
	}{
		{"MaxQueue", 0, ledger.MaxQueue},
		{"MaxQueueBytes", 1 << 20, ledger.MaxQueueBytes >> 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := &gate{Memory: ledgertest.NewMemory(), open: make(chan struct{}), entries: make(chan int, 5000), bytes: make(chan int, 5000)}
			l := ledgertest.Open(t, g, t.TempDir())
			payload := make([]byte, test.payload)
			send := func() error {
				_, err := l.Append(context.Background(), ledger.Entry{Kind: "test", Payload: payload}, ledger.WaitSequenced)
				return err
			}
			var wg sync.WaitGroup
			var mu sync.Mutex
			busy := 0
			// The first ones may go into the transaction that waits.
			const over = ledger.MaxBatch + 100
			for range test.fits + over {
				wg.Go(func() {
					if err := send(); errors.Is(err, ledger.ErrBusy) {
						mu.Lock()
						busy++
						mu.Unlock()
					} else if err != nil {
						t.Error(err)
					}
				})
			}
			for { // until the queue has answered all it cannot take
				mu.Lock()
				b := busy
				mu.Unlock()
				if b >= 100 {
					break
				}
				runtime.Gosched()
			}
			close(g.open)
			wg.Wait()
			close(g.entries)
			close(g.bytes)
			total := 0
			for n := range g.entries {
				total += n
				if n > ledger.MaxBatch {
					t.Errorf("a batch of %d entries", n)
				}
			}
			for n := range g.bytes {
				if n > ledger.MaxBatchBytes {
					t.Errorf("a batch of %d bytes", n)
				}
			}
			if total+busy != test.fits+over || busy > over || total < test.fits {
				t.Errorf("%d stored, %d busy of %d", total, busy, test.fits+over)
			}
		})
	}
}

// logKeys makes verifier keys of one log.
func logKeys(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for range n {
		_, vkey, err := ledger.GenerateKey(nil, "example.com/keys")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, vkey)
	}
	return out
}

// witnessKey is a verifier key under which nobody cosigns.
func witnessKey(t *testing.T) string {
	t.Helper()
	key, err := fnote.VKeyToCosignatureV1(logKeys(t, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func manyWitnesses(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "witness w%d %s\n", i, witnessKey(t))
	}
	return b.String() + "quorum w0\n"
}

// TestWitnessAnswerBound: a witness that answers without end is cut off.
func TestMaxMemo(t *testing.T) {
	m := ledger.Memo{Key: "k", Value: make([]byte, ledger.MaxMemo)}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	m.Value = append(m.Value, 0)
	if err := m.Check(); !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("over MaxMemo: %v", err)
	}
}

func TestWitnessAnswerBound(t *testing.T) {
	hs := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write(bytes.Repeat([]byte("x"), ledger.MaxCosignature+1))
	}))
	t.Cleanup(hs.Close)
	p, err := ledger.ParsePolicy([]byte("witness w " + witnessKey(t) + " " + hs.URL + "\nquorum w\n"))
	if err != nil {
		t.Fatal(err)
	}
	l := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: ledgertest.NewMemory(), Witnessing: &ledger.Witnessing{Policy: p}})
	eventually(t, "the answer is refused", func() bool {
		st, _ := l.Witnesses()
		return strings.Contains(st.Failures["w"], "more than")
	})
	if _, err := ledger.OriginOf(strings.Join(logKeys(t, ledger.MaxLogKeys), "\n")); err != nil {
		t.Error(err)
	}
}

// TestMaxAhead: a log whose newest entry lies in the future takes no entries
// until the clock is right, and then does so by itself.
func TestMaxAhead(t *testing.T) {
	ctx := context.Background()
	base := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	clock := ledgertest.NewClock(base.Add(ledger.MaxAhead))
	l := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: ledgertest.NewMemory(), Clock: clock.Now})
	for _, step := range []struct {
		off  time.Duration
		fine bool
	}{{ledger.MaxAhead, true}, {0, true}, {-time.Second, false}, {0, true}} {
		clock.Set(base.Add(step.off))
		_, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished)
		if step.fine && err != nil || !step.fine && !errors.Is(err, ledger.ErrReadOnly) {
			t.Errorf("with the clock at %s: %v", step.off, err)
		}
		if why := l.ReadOnlyReason(); (why == "") != step.fine {
			t.Errorf("with the clock at %s: reason %q", step.off, why)
		}
	}
}
