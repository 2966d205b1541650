package ledgertest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
)

// Ack is what a writer was told: entry n is at an index.
type Ack struct {
	N     uint64
	Index uint64
	Leaf  ledger.Hash
	Note  []byte // signed checkpoint that covers it; nil if only sequenced
}

// often is how many of the entries of a load come again and again, from all
// writers of all processes.
const often = 400

// loadEntry is the n-th entry of a load. The same n gives the same entry.
func loadEntry(n uint64) ledger.Entry {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	e := ledger.Entry{Kind: "attestation", Identity: sha256.Sum256(b[:]), Payload: make([]byte, n%9000)}
	e.Keys = append(e.Keys, nKey(n))
	for i := range n % 60 { // enough rows for the index to be reorganised meanwhile
		e.Keys = append(e.Keys, ledger.MakeKey("k", strconv.FormatUint(n+i, 10)))
	}
	return e
}

func nKey(n uint64) ledger.Key { return ledger.MakeKey("n", strconv.FormatUint(n, 10)) }

// passes are the answers of a store or a log in trouble that promise nothing.
var passes = []error{
	ledger.ErrUnavailable, ledger.ErrAmbiguous, ledger.ErrReadOnly, ledger.ErrBusy, ledger.ErrFull, ledger.ErrErased, ledger.ErrClosed,
	context.Canceled, context.DeadlineExceeded,
}

// Load appends from many goroutines until ctx ends: new entries, repetitions,
// erasures, sequenced and published. It tells ack what was acknowledged. Errors
// that promise nothing are borne; it returns any other.
func Load(ctx context.Context, l *ledger.Log, writers int, ack func(Ack)) error {
	var mu sync.Mutex
	var failed error
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for ctx.Err() == nil {
				n := rand.Uint64()
				if n%4 == 0 {
					n = n / 4 % often
				}
				err := loadOne(l, n, ack)
				promised := err != nil
				for _, p := range passes {
					promised = promised && !errors.Is(err, p)
				}
				mu.Lock()
				if promised {
					failed = err
				}
				stop := failed != nil
				mu.Unlock()
				if stop {
					return
				}
				if err != nil && !errors.Is(err, ledger.ErrErased) {
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	return failed
}

func loadOne(l *ledger.Log, n uint64, ack func(Ack)) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := l.Append(ctx, loadEntry(n), ledger.Wait(n%2))
	if err != nil {
		return err
	}
	if n >= often && n%64 == 5 {
		if _, err := l.Erase(ctx, r.Index, ledger.Entry{Kind: "erasure"}, ledger.Wait(n%2)); err != nil {
			return err
		}
	}
	ack(Ack{N: n, Index: r.Index, Leaf: r.LeafHash, Note: r.Checkpoint})
	return nil
}

// Inspect holds a log against what was acknowledged: everything is there, once,
// found by its key, proven in the tree; every checkpoint that was signed is of a
// prefix. whole derives the tree again, too.
func Inspect(t testing.TB, s ledger.Reader, l *ledger.Log, acks []Ack, whole bool) {
	t.Helper()
	ctx := context.Background()
	vkey := Signer(t).VerifierKey()
	size, root, note, err := l.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	at := make(map[uint64]uint64)
	for _, a := range acks {
		if i, ok := at[a.N]; ok && i != a.Index {
			t.Fatalf("entry %d was acknowledged at %d and at %d", a.N, i, a.Index)
		} else if ok {
			continue
		}
		at[a.N] = a.Index
		rec, err := l.Read(ctx, a.Index)
		if err != nil {
			t.Fatalf("acknowledged entry %d: %v", a.Index, err)
		}
		if rec.LeafHash != a.Leaf {
			t.Fatalf("acknowledged entry %d is another one now", a.Index)
		}
		proof, err := l.Inclusion(ctx, a.Index, size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.VerifyInclusion(rec.LeafHash, a.Index, proof, note, vkey); err != nil {
			t.Fatalf("acknowledged entry %d: %v", a.Index, err)
		}
		found, err := l.Lookup(ctx, nKey(a.N), size)
		if err != nil || len(found) != 1 || found[0] != a.Index {
			t.Fatalf("acknowledged entry %d is found at %v, %v", a.Index, found, err)
		}
		if a.Note == nil {
			continue
		}
		c, err := ledger.ParseCheckpoint(a.Note, vkey)
		if err != nil {
			t.Fatal(err)
		}
		between, err := l.Consistency(ctx, c.Size, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.VerifyConsistency(c.Size, c.Root, size, root, between); err != nil {
			t.Fatalf("a signed checkpoint is no prefix of the log: %v", err)
		}
	}
	if !whole {
		return
	}
	seen := make(map[[32]byte]uint64)
	err = s.Entries(ctx, 0, size, false, func(e ledger.Stored) error {
		if i, ok := seen[e.Identity]; ok && e.Identity != ([32]byte{}) {
			t.Errorf("entries %d and %d have one identity", i, e.Index)
		}
		seen[e.Identity] = e.Index
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := ledger.Check(ctx, s, vkey, ledger.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		t.Errorf("check: %s", f)
	}
}

// hammerDir makes a test binary the process that is killed.
const hammerDir = "ASSIZE_TEST_HAMMER_DIR"

// Hammering runs in a test binary's TestMain: in a process that Killed started it
// appends to the store until it is killed, and does not return.
func Hammering(open func(dir string) (ledger.Store, error)) {
	dir := os.Getenv(hammerDir)
	if dir == "" {
		return
	}
	if err := hammer(dir, open); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(1)
}

func hammer(dir string, open func(dir string) (ledger.Store, error)) error {
	s, err := open(dir)
	if err != nil {
		return err
	}
	signer, err := ledger.NewSigner(TestKey)
	if err != nil {
		return err
	}
	l, err := ledger.Open(context.Background(), ledger.Config{Store: s, Signer: signer, Guard: ledger.NewFileGuard(filepath.Join(dir, "mark"))})
	if err != nil {
		return err
	}
	if why := l.ReadOnlyReason(); why != "" {
		return fmt.Errorf("read-only: %s", why)
	}
	var out sync.Mutex
	return Load(context.Background(), l, 24, func(a Ack) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf("%d %d %x %x .\n", a.N, a.Index, a.Leaf, a.Note)
	})
}

// Killed starts the test binary as a process that appends to the store of dir,
// kills it at a random instant within span of its first acknowledgement, and
// returns what was acknowledged.
func Killed(t testing.TB, dir string, span time.Duration, env ...string) []Ack {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), hammerDir+"="+dir), env...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return nil
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return nil
	}
	// One that hangs is killed as well, and then missed by its acknowledgements.
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	acks := readAcks(stdout, func() {
		time.AfterFunc(rand.N(span), func() { _ = cmd.Process.Kill() })
	})
	if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != -1 {
		t.Errorf("the process ended by itself: %v", err)
	}
	return acks
}

func readAcks(r io.Reader, first func()) []Ack {
	var acks []Ack
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if first != nil {
			first() // it is under way: it dies at a random instant from here
			first = nil
		}
		var a Ack
		var leaf, note, end string
		n, _ := fmt.Sscanf(lines.Text(), "%d %d %s %s %s", &a.N, &a.Index, &leaf, &note, &end)
		if n == 4 && note == "." { // no checkpoint
			note, end = "", "."
		}
		b, err := hex.DecodeString(leaf)
		if end != "." || err != nil || len(b) != len(a.Leaf) {
			continue // the line was cut
		}
		a.Leaf = ledger.Hash(b)
		if note != "" {
			if a.Note, err = hex.DecodeString(note); err != nil {
				continue
			}
		}
		acks = append(acks, a)
	}
	return acks
}

// KillRounds is how many times processes are killed: n, or what
// ASSIZE_KILL_ROUNDS says for a longer run.
func KillRounds(t testing.TB, n int) int {
	v := os.Getenv("ASSIZE_KILL_ROUNDS")
	if v == "" {
		return n
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("ASSIZE_KILL_ROUNDS: %v", err)
	}
	return n
}
