package admission_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/policy/gate"
)

// reviewed is a body as the API server sends it.
func reviewed(tb testing.TB, object m) []byte {
	return encode(tb, admissionv1.AdmissionReview{TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}, Request: request(podKind, object)})
}

// clients that keep their connections, as the API server does.
func clients(server *httptest.Server) *http.Client {
	c := server.Client()
	c.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	return c
}

func send(tb testing.TB, c *http.Client, url string, body []byte) {
	resp, err := c.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		tb.Error(err)
		return
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"allowed":false`)) {
		tb.Errorf("%d %s %v", resp.StatusCode, text, err)
	}
}

// rate of requests by so many clients at once.
func rate(tb testing.TB, server *httptest.Server, path string, body []byte, n int) float64 {
	c := clients(server)
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range 8 {
		wg.Go(func() {
			for next.Add(1) <= int64(n) {
				send(tb, c, server.URL+path, body)
			}
		})
	}
	wg.Wait()
	return float64(n) / time.Since(start).Seconds()
}

// evenly sends so many a second and returns how long each took, sorted. What the
// sender was late by counts.
func evenly(tb testing.TB, server *httptest.Server, path string, bodies [][]byte, perSecond int) []time.Duration {
	c := clients(server)
	took := make([]time.Duration, len(bodies))
	var wg sync.WaitGroup
	start := time.Now()
	for i := range bodies {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		time.Sleep(time.Until(due))
		wg.Go(func() {
			send(tb, c, server.URL+path, bodies[i])
			took[i] = time.Since(due)
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

// BenchmarkPod asks about a pod with ten containers of known digests: at 200 a
// second for how long an answer takes, and as fast as it goes against an empty
// handler behind the same TLS.
func BenchmarkPod(b *testing.B) {
	s := newBench(b, usual)
	var images []string
	for i := range 10 {
		name := fmt.Sprint("m", i)
		s.model(name, 0.78)
		s.packaged(name+"-image", name, "")
		images = append(images, image(name+"-image"))
	}
	body := reviewed(b, pod(images...))
	empty := echo.New()
	empty.POST(admission.PathValidate, func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	idle := httptest.NewTLSServer(empty)
	b.Cleanup(idle.Close)
	send(b, clients(s.http), s.http.URL+admission.PathValidate, body)
	for range b.N {
		rate(b, idle, admission.PathValidate, body, 1000)
		base := rate(b, idle, admission.PathValidate, body, 6000)
		mine := rate(b, s.http, admission.PathValidate, body, 6000)
		base = (base + rate(b, idle, admission.PathValidate, body, 6000)) / 2 // other work on the machine comes and goes
		took := evenly(b, s.http, admission.PathValidate, slices.Repeat([][]byte{body}, 2000), 200)
		b.ReportMetric(mine, "pods/s")
		b.ReportMetric(mine/base, "of-empty")
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// BenchmarkFirstSight asks about subjects nobody asked about before, each with 25
// attestations.
func BenchmarkFirstSight(b *testing.B) {
	const subjects = 300
	s := newBench(b, usual)
	for _, id := range []string{"data-steward", "developer", "evaluator", "operator"} {
		s.World.Scope(id, "*")
	}
	s.ActivateTrust()
	var bodies [][]byte
	for i := range subjects {
		name := fmt.Sprint("m", i)
		s.system = "system:" + name // as teams have them: one model, one system
		s.model(name, 0.78)
		s.packaged(name+"-image", name, "")
		for j := range 21 {
			s.say("eval-result", name, m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.78, "n": 100 + j}}}, "evaluator")
		}
		bodies = append(bodies, reviewed(b, pod(image(name+"-image"))))
	}
	send(b, clients(s.http), s.http.URL+admission.PathValidate, reviewed(b, pod()))
	for n := range b.N {
		if n > 0 {
			b.Fatal("a subject is seen for the first time once; -benchtime 1x")
		}
		took := evenly(b, s.http, admission.PathValidate, bodies, 20)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// known is how many digests BenchmarkMemory asks about; ASSIZE_BENCH_KNOWN says
// otherwise.
func known(tb testing.TB) int {
	tb.Helper()
	n := 50_000
	if v := os.Getenv("ASSIZE_BENCH_KNOWN"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			tb.Fatal(err)
		}
	}
	return n
}

// BenchmarkMemory asks about known digests, each of a system of its own, and looks
// what is held then.
func BenchmarkMemory(b *testing.B) {
	s := newBench(b, usual)
	s.World.Scope("operator", "*")
	s.ActivateTrust()
	n := known(b)
	stated := s.Clock.Now().UTC().Format(time.RFC3339)
	inParallel(n, func(i int) {
		name := fmt.Sprint("image", i)
		model := fmt.Sprint("model", i)
		raw := s.Sign(attesttest.Statement("deployment", m{"stated_at": stated, "systems": []string{fmt.Sprint("system:s", i)}, "environment": "production", "state": "requested",
			"model": ref(model), "image": ref(name)}, attesttest.Subject(model, hexOf(model)), attesttest.Subject(name, hexOf(name))), "operator")
		if _, err := s.Locker.Submit(context.Background(), raw, ledger.WaitSequenced); err != nil {
			b.Error(err)
		}
	})
	for range b.N {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		inParallel(n, func(i int) {
			q := gate.Question{Subject: attest.RefOf(fmt.Sprint("image", i)), Action: "deploy", Environment: "production"}
			if e := s.gate.DecideEach(context.Background(), []gate.Question{q}, false)[0]; e.Err != nil || e.Answer.Recorded == nil {
				b.Errorf("%v %v", e.Err, e.Answer.Inquiry)
			}
		})
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc)/(1<<20), "heap-MiB")
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(n), "bytes/digest")
	}
}

// inParallel calls f so many times, some at once.
func inParallel(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
