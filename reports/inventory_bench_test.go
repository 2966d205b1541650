package reports_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/reports"
)

// modelsOfSystem, and what is stated of each model; monitoring reports fill up to
// twenty statements.
const (
	modelsOfSystem    = 10
	statementsOfModel = 20
)

var statedOfModel = []struct{ typ, signer string }{{"model-card", "developer"}, {"training-run", "builder"}, {"validation", "validator"}, {"deployment", "operator"},
	{"eval-result", "evaluator"}, {"fairness-assessment", "evaluator"}, {"explainability", "evaluator"}}

// BenchmarkInventory makes the inventory of ASSIZE_BENCH_MODELS models with twenty
// attestations each (10,000 models: under 5 s and 500 MB) by the side of a bare
// pass over the leaves of the same ledger.
func BenchmarkInventory(b *testing.B) {
	models := 500
	if s := os.Getenv("ASSIZE_BENCH_MODELS"); s != "" {
		var err error
		if models, err = strconv.Atoi(s); err != nil {
			b.Fatalf("ASSIZE_BENCH_MODELS: %v", err)
		}
	}
	r := evidencetest.New(b)
	fillInventory(b, r, models)
	runtime.GC()
	ctx := context.Background()
	cfg := reports.Config{Locker: r.Locker}
	size := r.Size()
	q := reports.Request{AsOf: r.Clock.Now(), KnownAt: &size}
	start := time.Now()
	if err := r.Log.Leaves(ctx, 0, size, func(uint64, ledger.Leaf) error { return nil }); err != nil {
		b.Fatal(err)
	}
	leaves := time.Since(start)
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the command line does
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		m, err := reports.BuildKind(ctx, cfg, reports.KindInventory, q)
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(start)
		if n := len(m.(*reports.Inventory).Models); n != models {
			b.Fatalf("%d models, want %d", n, models)
		}
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(float64(took)/float64(leaves), "inventory/leaves")
		b.ReportMetric(float64(took.Microseconds())/float64(models), "us/model")
		b.ReportMetric(residentMB(b), "resident-MB")
	}
	b.ReportMetric(float64(size), "entries")
}

func fillInventory(b *testing.B, r *evidencetest.Rig, models int) {
	b.Helper()
	texts := map[string][]byte{}
	read := func(typ string) []byte {
		if texts[typ] == nil {
			raw, err := os.ReadFile(filepath.Join("..", "testdata", "predicates", typ+".json"))
			if err != nil {
				b.Fatal(err)
			}
			texts[typ] = raw
		}
		return texts[typ]
	}
	type statement struct {
		raw    []byte
		signer string
	}
	work := make(chan statement, 512)
	var wg sync.WaitGroup
	for range 256 {
		wg.Go(func() {
			for s := range work {
				if _, err := r.Locker.Submit(context.Background(), r.Sign(s.raw, s.signer), ledger.WaitSequenced); err != nil {
					b.Error(err)
				}
			}
		})
	}
	about := func(typ, system, model string) []byte {
		raw := bytes.ReplaceAll(read(typ), []byte("system:credit-scoring"), []byte(system))
		raw = bytes.ReplaceAll(raw, []byte(hexOf("system:credit-scoring")), []byte(hexOf(system)))
		raw = bytes.ReplaceAll(raw, []byte("9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"), []byte(hexOf(model)))
		return bytes.ReplaceAll(raw, []byte("6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"), []byte(hexOf("image of "+model)))
	}
	for i := range models {
		system, model := fmt.Sprintf("system:s%06d", i/modelsOfSystem), fmt.Sprintf("model %d", i)
		if i%modelsOfSystem == 0 {
			work <- statement{about("system-profile", system, model), "compliance"}
		}
		for _, s := range statedOfModel {
			work <- statement{about(s.typ, system, model), s.signer}
		}
		for n := len(statedOfModel); n < statementsOfModel; n++ {
			raw := about("monitoring-report", system, model)
			work <- statement{bytes.Replace(raw, []byte("2025-02-02T09"), fmt.Appendf(nil, "2025-02-%02dT09", 2+n), 1), "operator"}
		}
	}
	close(work)
	wg.Wait()
}

func hexOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// residentMB is the resident memory of this process (proc(5), statm).
func residentMB(b *testing.B) float64 {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	var pages int
	if _, err := fmt.Sscan(string(bytes.Fields(raw)[1]), &pages); err != nil {
		b.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / 1e6
}
