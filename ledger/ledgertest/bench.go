package ledgertest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
)

// Sizes of a typical attestation, used by all benchmarks.
const (
	benchPayload = 4 << 10
	benchKeys    = 7
	benchWriters = 256
)

// benchEntry makes the n-th entry of a benchmark: keys as evidence has them,
// some of them shared by many entries, most of them new.
func benchEntry(n uint64) ledger.Entry {
	e := ledger.Entry{
		Kind: "attestation", MediaType: "application/vnd.dsse.envelope+json",
		Labels:  []string{"https://assize.dev/attestation/eval-result/v0.1"},
		Signer:  "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
		Payload: make([]byte, benchPayload),
		Keys:    make([]ledger.Key, 0, benchKeys),
	}
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], n)
	r := rand.NewChaCha8(seed)
	_, _ = r.Read(e.Payload)
	binary.BigEndian.PutUint64(e.Identity[:], n+1)
	s := strconv.FormatUint(n, 10)
	e.Keys = append(e.Keys,
		ledger.MakeKey("type", strconv.FormatUint(n%20, 10)),
		ledger.MakeKey("system", strconv.FormatUint(n%50, 10)),
		ledger.MakeKey("subject", strconv.FormatUint(n/10, 10)))
	for i := len(e.Keys); i < benchKeys; i++ {
		e.Keys = append(e.Keys, ledger.MakeKey("id"+strconv.Itoa(i), s))
	}
	return e
}

// Fill appends entries until the log has size of them.
func Fill(tb testing.TB, l *ledger.Log, size uint64) {
	tb.Helper()
	h, err := l.Committed(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	var next atomic.Uint64
	next.Store(h.Size)
	var wg sync.WaitGroup
	for range benchWriters * 2 {
		wg.Go(func() {
			for {
				n := next.Add(1) - 1
				if n >= size {
					return
				}
				if _, err := l.Append(context.Background(), benchEntry(n), ledger.WaitSequenced); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchAppend measures 256 clients at once on a log that has size entries:
// time and processor time per entry, the second being what is left for others.
func BenchAppend(b *testing.B, l *ledger.Log, size uint64) {
	Fill(b, l, size)
	var next atomic.Uint64
	next.Store(rand.Uint64() >> 1) // a log can be measured again
	b.SetParallelism(benchWriters / runtime.GOMAXPROCS(0))
	cpu := cpuTime(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := l.Append(context.Background(), benchEntry(next.Add(1)), ledger.WaitPublished); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(usage(b).Maxrss)/1024, "max-rss-MB")
}

// BenchAlone measures one client, sequenced and published, in turns with commit,
// which makes one payload durable in a database of the same kind: the medians, and
// how many such commits an append costs.
func BenchAlone(b *testing.B, l *ledger.Log, size uint64, commit func(payload []byte) error) {
	Fill(b, l, size)
	var took [3][]time.Duration
	for n := rand.Uint64() >> 1; b.Loop(); n += 2 {
		for i, step := range []func() error{
			func() error { return commit(benchEntry(n).Payload) },
			func() error {
				_, err := l.Append(context.Background(), benchEntry(n), ledger.WaitSequenced)
				return err
			},
			func() error {
				_, err := l.Append(context.Background(), benchEntry(n+1), ledger.WaitPublished)
				return err
			},
		} {
			start := time.Now()
			if err := step(); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(start))
			time.Sleep(time.Millisecond) // what comes after an answer is not measured
		}
	}
	var median [3]float64
	for i := range took {
		slices.Sort(took[i])
		median[i] = float64(took[i][len(took[i])/2].Microseconds())
	}
	b.ReportMetric(median[0], "commit-µs")
	b.ReportMetric(median[1], "sequenced-µs")
	b.ReportMetric(median[2], "published-µs")
	b.ReportMetric(median[1]/median[0], "sequenced/commit")
	b.ReportMetric(median[2]/median[0], "published/commit")
	Bar(b, "sequenced/commit", median[1]/median[0], 4)
	Bar(b, "published/commit", median[2]/median[0], 8)
}

// Bar fails a benchmark whose ratio is above what it may be, once it ran long
// enough to mean something.
func Bar(b *testing.B, what string, got, most float64) {
	if b.N > 1 && got > most {
		b.Errorf("%s is %.2f, at most %.2f", what, got, most)
	}
}

// BenchGrowth appends to a log of 10,000 entries and to one of ASSIZE_BENCH_GROWN
// (1,000,000 unless it says otherwise) in turns, and compares the medians: what an
// entry costs must not grow with the log.
func BenchGrowth(b *testing.B, open func() *ledger.Log) {
	large := uint64(1_000_000)
	if v := os.Getenv("ASSIZE_BENCH_GROWN"); v != "" {
		var err error
		if large, err = strconv.ParseUint(v, 10, 64); err != nil {
			b.Fatalf("ASSIZE_BENCH_GROWN: %v", err)
		}
	}
	const stretches, each = 15, 2_000
	for range b.N {
		logs := [2]*ledger.Log{open(), open()}
		sizes := [2]uint64{10_000, large}
		var took [2][]float64
		for i, l := range logs {
			Fill(b, l, sizes[i])
		}
		for range stretches {
			for i, l := range logs {
				start := time.Now()
				sizes[i] += each
				Fill(b, l, sizes[i])
				took[i] = append(took[i], float64(time.Since(start).Microseconds())/each)
			}
		}
		var median [2]float64
		for i := range took {
			slices.Sort(took[i])
			median[i] = took[i][stretches/2]
		}
		b.Logf("µs an entry, small %.0f, large %.0f", took[0], took[1])
		b.ReportMetric(median[0], "small-µs")
		b.ReportMetric(median[1], "large-µs")
		b.ReportMetric(median[1]/median[0], "large/small")
		if median[1]/median[0] > 1.4 {
			b.Errorf("appending at %d entries costs %.2f times what it costs at 10,000, at most 1.4", large, median[1]/median[0])
		}
	}
}

// BenchDisk measures how many bytes a store takes for each byte of payload.
func BenchDisk(b *testing.B, l *ledger.Log, most float64, bytes func() int64) {
	const small, large = 10_000, 60_000
	for range b.N {
		Fill(b, l, small)
		before := bytes()
		Fill(b, l, large)
		ratio := float64(bytes()-before) / ((large - small) * benchPayload)
		b.ReportMetric(ratio, "disk/payload")
		if ratio > most {
			b.Errorf("%.2f bytes of disk for a byte of payload, at most %.2f", ratio, most)
		}
	}
}

// BenchCheck measures the check of the tree, then the whole check, then SHA-256
// on the same cores: what payloads add is compared with what hashing them costs.
// Garbage is collected as seldom as `assize ledger check` does.
func BenchCheck(b *testing.B, s ledger.Reader) {
	defer debug.SetGCPercent(debug.SetGCPercent(300))
	var tree, whole time.Duration
	var size, bytes uint64
	for b.Loop() {
		for _, treeOnly := range []bool{true, false} {
			start := time.Now()
			rep, err := ledger.Check(context.Background(), s, Signer(b).VerifierKey(), ledger.CheckOptions{SkipPayloads: treeOnly})
			if err != nil || !rep.OK() {
				b.Fatal(err, rep.Findings)
			}
			if treeOnly {
				tree += time.Since(start)
				continue
			}
			whole += time.Since(start)
			size, bytes = rep.Size, rep.Present*benchPayload
		}
	}
	n := float64(b.N)
	sha, payloads := hashRate(), n*float64(bytes)/(whole-tree).Seconds()
	b.ReportMetric(n*float64(size)/tree.Seconds(), "leaves/s")
	b.ReportMetric(payloads/1e6, "payload-MB/s")
	b.ReportMetric(n*float64(bytes)/whole.Seconds()/1e6, "whole-MB/s")
	b.ReportMetric(sha/1e6, "sha256-MB/s")
	b.ReportMetric(payloads/sha, "payload/sha256")
	b.ReportMetric(float64(usage(b).Maxrss)/1024, "max-rss-MB")
}

// hashRate is how many bytes a second all cores hash together.
func hashRate() float64 {
	const rounds = 20_000
	start := time.Now()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			b := make([]byte, benchPayload)
			for range rounds {
				h := sha256.Sum256(b)
				copy(b, h[:])
			}
		})
	}
	wg.Wait()
	return float64(rounds*benchPayload*runtime.GOMAXPROCS(0)) / time.Since(start).Seconds()
}

// BenchLookup measures finding the entries of a key that ten entries share, and
// of one that none has.
func BenchLookup(b *testing.B, s ledger.Reader, size uint64) {
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		k := ledger.MakeKey("subject", strconv.FormatUint(rng.Uint64N(size/10), 10))
		got, err := s.Lookup(context.Background(), k, size)
		if err != nil || len(got) == 0 {
			b.Fatal(len(got), err)
		}
		if got, err := s.Lookup(context.Background(), ledger.MakeKey("none", k.String()), size); err != nil || len(got) != 0 {
			b.Fatal(len(got), err)
		}
	}
}

func cpuTime(tb testing.TB) time.Duration {
	u := usage(tb)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func usage(tb testing.TB) (u syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return u
}
