package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

// TestScriptPostgres is what a company does whose ledger is in Postgres.
func TestScriptPostgres(t *testing.T) {
	server := postgrestest.URL(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "postgres"),
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"ADDR", "ADDR2"} {
				addr, err := freeAddress()
				if err != nil {
					return err
				}
				e.Setenv(name, addr)
			}
			for _, name := range []string{"DATABASE", "DATABASE2"} {
				e.Setenv(name, asMe(t, postgrestest.Schema(t, server)))
			}
			e.Setenv("NO_COLOR", "1")
			e.Setenv("ASSIZE_STATE", filepath.Join(e.WorkDir, ".state"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exitsWith, "answers": answers, "substitute": substitute,
		},
	})
}

// asMe adds a password that nobody asks for, and that nobody may be shown.
func asMe(t testing.TB, u string) string {
	t.Helper()
	p, err := url.Parse(u)
	if err != nil {
		t.Fatal("malformed URL")
	}
	if p.User.Username() == "assize" && p.Host == "" {
		q := p.Query()
		q.Set("user", "assize")
		p.RawQuery = q.Encode()
		p.User = url.UserPassword("me", "s3cret")
	}
	return p.String()
}

// BenchmarkReplicas sends evidence of 4 KiB over HTTP to three replicas on one
// Postgres on this machine, and compares the rate with that of verifying the same
// envelopes and doing nothing else. Then it sends half as much, evenly, and looks
// how long an answer takes.
func BenchmarkReplicas(b *testing.B) {
	const replicas, clients, share = 3, 192, 12_000
	world := attesttest.NewWorld(b)
	urls := serveReplicas(b, world, replicas)
	var raw [][]byte
	for i := range share * 2 {
		raw = append(raw, world.Sign(attesttest.Statement("dataset-card", map[string]any{
			"stated_at": time.Now().UTC().Format(time.RFC3339), "systems": []string{"system:credit-scoring"},
			"id": "d", "version": "1", "description": strings.Repeat("x", 2500),
		}, attesttest.Subject("d"+strconv.Itoa(i), strings.TrimPrefix(string(attest.RefOf("d"+strconv.Itoa(i))), "sha256:"))), "data-steward"))
	}
	b.ReportMetric(float64(len(raw[0])), "bytes")
	var failed atomic.Int64
	senders := make([]senderPool, replicas)
	for i, u := range urls {
		senders[i] = newSenders(b, u, 4*clients)
	}
	post := func(i int) {
		status, body, err := senders[i%replicas].post("/api/v1/attestations", raw[i])
		if (err != nil || status != http.StatusCreated) && failed.Add(1) < 5 {
			b.Errorf("status %d: %s, %v", status, body, err)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	for range b.N {
		verify := verifyRate(b, world, raw)
		var next atomic.Int64
		var wg sync.WaitGroup
		start := time.Now()
		for range clients {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < share; i = next.Add(1) - 1 {
					post(int(i))
				}
			})
		}
		wg.Wait()
		rate := share / time.Since(start).Seconds()
		verify = (verify + verifyRate(b, world, raw)) / 2 // other work on the machine comes and goes
		took := evenly(share, share*2, rate/2, post)
		p50, p99 := took[len(took)/2], took[len(took)*99/100]
		b.Logf("verified %.0f/s, acknowledged %.0f/s, half that load: median %s, p99 %s", verify, rate, p50, p99)
		b.ReportMetric(verify, "verified/s")
		b.ReportMetric(rate, "acknowledged/s")
		b.ReportMetric(rate/verify, "acknowledged/verified")
		b.ReportMetric(float64(p50.Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
		if rate/verify < 0.25 {
			b.Errorf("three replicas acknowledge %.2f of what the cores verify, at least 0.25", rate/verify)
		}
		if p99 > 100*time.Millisecond {
			b.Errorf("at half the load 1 answer in 100 takes more than %s, at most 100 ms", p99)
		}
	}
}

// senderPool is connections over which requests are sent by hand: what a client
// costs the cores it shares with the service is not the service's.
type senderPool chan *sender

type sender struct {
	conn net.Conn
	r    *bufio.Reader
}

func newSenders(b *testing.B, url string, n int) senderPool {
	p := make(senderPool, n)
	for range n {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		p <- &sender{conn, bufio.NewReader(conn)}
	}
	return p
}

func (p senderPool) post(path string, body []byte) (status int, answer []byte, err error) {
	s := <-p
	defer func() { p <- s }()
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, len(body))
	if _, err := s.conn.Write(append(head, body...)); err != nil {
		return 0, nil, err
	}
	resp, err := http.ReadResponse(s.r, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, errors.Join(err, resp.Body.Close())
}

// evenly sends requests from <= i < to at a rate, whether or not those before
// were answered, and returns how long each took from when it was due.
func evenly(from, to int, rate float64, post func(int)) []time.Duration {
	took := make([]time.Duration, to-from)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range took {
		due := start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		wg.Go(func() {
			post(from + i)
			took[i] = time.Since(due)
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

// verifyRate is how many envelopes a second all cores verify.
func verifyRate(b *testing.B, world *attesttest.World, raw [][]byte) float64 {
	b.Helper()
	start := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(raw)); i = next.Add(1) - 1 {
				if _, err := attest.Verify(raw[i], world.Trust, time.Now()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return float64(len(raw)) / time.Since(start).Seconds()
}

// serveReplicas serves one ledger from several instances, as several processes
// would but for the address space.
func serveReplicas(b *testing.B, world *attesttest.World, n int) []string {
	b.Helper()
	ctx := context.Background()
	cfg := instanceConfig{
		Store: postgrestest.Schema(b, postgrestest.URL(b)), Keys: filepath.Join(b.TempDir(), "keys"), Origin: "assize.dev/test/replicas", Create: true,
	}
	var urls []string
	for i := range n {
		in, err := openInstance(ctx, cfg)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = in.Close() })
		if i == 0 {
			trustWorld(b, in, world)
		}
		handler, err := in.handler(nil, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		srv := handler.HTTPServer()
		go func() { _ = srv.Serve(l) }()
		b.Cleanup(func() { _ = srv.Close() })
		urls = append(urls, "http://"+l.Addr().String())
	}
	return urls
}

// trustWorld activates the world's trust with the instance's keys in it.
func trustWorld(b *testing.B, in *instance, world *attesttest.World) {
	b.Helper()
	var doc map[string]any
	if err := json.Unmarshal(world.TrustFile(), &doc); err != nil {
		b.Fatal(err)
	}
	pem, err := attest.MarshalPublicKey(in.keys.decision.Public())
	if err != nil {
		b.Fatal(err)
	}
	doc["service"] = map[string]any{"log_keys": []string{in.VKey()}, "decision_keys": []string{string(pem)}}
	text, err := json.Marshal(doc)
	if err != nil {
		b.Fatal(err)
	}
	t, err := attest.ParseTrust(text)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := in.Activate(context.Background(), evidence.KindTrust, t.Canonical(), in.Admin()); err != nil {
		b.Fatal(fmt.Errorf("activate the trust of the benchmark: %w", err))
	}
}
