package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/api"
)

// A page on another site can make a browser send requests here; it has no way to
// do so under a name of this service, nor to hide where it comes from.
func TestForeignNamesAndPagesAreRefused(t *testing.T) {
	b := newBench(t)
	for _, host := range []string{"localhost:1", "LOCALHOST", "127.0.0.1", "127.8.8.8:80", "[::1]:8080", "localhost."} {
		if a := b.get("/api/v1/trust", "Host", host); a.status != http.StatusOK {
			t.Errorf("host %s: status %d", host, a.status)
		}
	}
	for _, host := range []string{"evil.example", "evil.example:8080", "10.0.0.1", "localhost.evil.example", "127.0.0.1.nip.io"} {
		refused(t, b.get("/api/v1/trust", "Host", host), http.StatusMisdirectedRequest, "host")
	}
	if a := b.get("/readyz", "Host", "10.0.0.1:80"); a.status != http.StatusOK {
		t.Errorf("a probe by address: status %d", a.status)
	}
	size := b.Size()
	refused(t, b.post("/api/v1/attestations", b.card(), "Sec-Fetch-Site", "cross-site"), http.StatusForbidden, "cross-origin")
	refused(t, b.post("/api/v1/gate", []byte("{}"), "Origin", "https://evil.example"), http.StatusForbidden, "cross-origin")
	if b.Size() != size {
		t.Errorf("the ledger grew by %d", b.Size()-size)
	}
	named := newBench(t, func(c *api.Config) { c.Hosts = []string{"assize.bank.example"} })
	if a := named.get("/api/v1/trust", "Host", "assize.bank.example:443"); a.status != http.StatusOK {
		t.Errorf("configured name: status %d", a.status)
	}
	refused(t, named.get("/api/v1/trust", "Host", "localhost"), http.StatusMisdirectedRequest, "host")
	any := newBench(t, func(c *api.Config) { c.Hosts = []string{"*"} })
	if a := any.get("/api/v1/trust", "Host", "whatever.example"); a.status != http.StatusOK {
		t.Errorf("any name: status %d", a.status)
	}
}

func TestCheckLoopback(t *testing.T) {
	for _, ok := range []string{"127.0.0.1:0", "[::1]:80", "localhost:8080"} {
		if err := api.CheckLoopback(ok); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{":8080", "0.0.0.0:80", "[::]:80", "10.0.0.1:80", "assize.example:80"} {
		if err := api.CheckLoopback(bad); !errors.Is(err, api.ErrNotLoopback) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if err := api.CheckLoopback("127.0.0.1"); err == nil {
		t.Error("an address without a port was accepted")
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/api/v1/trust", "/nowhere", "/metrics", "/checkpoint"} {
		h := b.get(path).header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, h)
		}
	}
	refused(t, b.get("/nowhere"), http.StatusNotFound, "not-found")
	refused(t, b.do("DELETE", "/api/v1/trust", nil), http.StatusMethodNotAllowed, "method")
}

func TestFormIsNegotiated(t *testing.T) {
	b := newBench(t)
	b.story()
	d := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	path := d.Links.Self
	browser := "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/*": "application/json", "text/html": "text/html", browser: "text/html",
		"text/html;q=0.2, application/json;q=0.9": "application/json", "application/json;q=0, */*": "text/html",
		"application/vnd.dsse.envelope.v1+json": "application/vnd.dsse.envelope.v1+json", "nonsense, */*;q=0.1": "application/json",
	} {
		var header []string
		if accept != "" {
			header = []string{"Accept", accept}
		}
		a := b.get(path, header...)
		if got, _, _ := strings.Cut(a.header.Get("Content-Type"), ";"); a.status != http.StatusOK || got != want {
			t.Errorf("Accept %q: %d %s, want %s", accept, a.status, got, want)
		}
	}
	refused(t, b.get(path, "Accept", "image/png"), http.StatusNotAcceptable, "not-acceptable")
	refused(t, b.get(path, "Accept", "text/html;q=2"), http.StatusNotAcceptable, "not-acceptable")
	if a := b.get(path+"?as=json", "Accept", browser); a.header.Get("Content-Type") != "application/json" {
		t.Errorf("as=json: %s", a.header.Get("Content-Type"))
	}
	refused(t, b.get(path+"?as=tlog-proof"), http.StatusNotAcceptable, "not-acceptable")
	page := b.get("/decisions/9999", "Accept", browser)
	if page.status != http.StatusNotFound || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") || !strings.Contains(string(page.body), "the ledger ends before it") {
		t.Errorf("%d %s", page.status, page.body)
	}
}

func TestPagesAreServed(t *testing.T) {
	b := newBench(t)
	b.story()
	d := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	id := into[api.Subject](t, b.get("/api/v1/subjects/"+ref("m")), http.StatusOK).Evidence["eval-result"][0].ID
	for path, want := range map[string]string{
		"/": "What comes by itself", "/?verdict=allow&sort=flips&q=credit": system, "/service": "Newest decisions", "/decisions": "Allowed", "/decisions/" + itoa(d.Recorded.Index): "Deployment to production allowed", d.Links.Page: "Deployment to production allowed",
		"/subjects/" + ref("m"): "Lineage", "/subjects/" + system: system, "/systems/" + system: "Findings by control", "/waivers": "None", "/ledger": "Newest checkpoint", "/attestations/" + id: "eval-result", "/rules": "EVL-01", "/rules/EVL-01": "package assize.core.evl_01",
	} {
		a := b.get(path, "Accept", "text/html")
		if a.status != http.StatusOK || !strings.Contains(string(a.body), want) || !strings.Contains(a.header.Get("Content-Security-Policy"), "style-src 'sha256-") {
			t.Errorf("%s: %d, %s, lacks %q", path, a.status, a.header.Get("Content-Security-Policy"), want)
		}
	}
	bare := newBench(t, func(c *api.Config) { c.Pages = nil })
	refused(t, bare.get("/", "Accept", "text/html"), http.StatusNotFound, "not-found")
}

func TestSearchLeadsToThePage(t *testing.T) {
	b := newBench(t)
	b.story()
	d := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	e := into[api.Subject](t, b.get("/api/v1/subjects/"+ref("m")), http.StatusOK).Evidence["eval-result"][0]
	b.http.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for q, want := range map[string]string{
		ref("m"): "/subjects/" + ref("m"), hexOf("m"): "/subjects/" + ref("m"), system: "/systems/" + system, d.Recorded.ID: "/decisions/" + d.Recorded.ID,
		itoa(d.Recorded.Index): "/decisions/" + itoa(d.Recorded.Index), e.ID: "/attestations/" + e.ID, itoa(e.Index): "/attestations/" + e.ID, "evl-01": "/rules/EVL-01",
	} {
		if a := b.get("/search?q=" + q); a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%s: %d to %s, want %s", q, a.status, a.header.Get("Location"), want)
		}
	}
	refused(t, b.get("/search?q=what"), http.StatusBadRequest, "malformed-request")
	refused(t, b.get("/search?q=0"), http.StatusNotFound, "not-found")
	refused(t, b.get("/search?q=99999"), http.StatusNotFound, "not-found")
}

func TestHealthMetricsAndLog(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t, func(c *api.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	b.story()
	b.post("/api/v1/attestations", []byte("{"))
	b.ask(question("m", nil))
	b.ask(question("m", m{"dry_run": true}))
	if h := into[api.Health](t, b.get("/readyz"), http.StatusOK); h.Size != b.Size() {
		t.Errorf("%+v", h)
	}
	into[api.Health](t, b.get("/healthz"), http.StatusOK)
	text := string(b.get("/metrics").body)
	for _, line := range []string{
		`assize_submissions_total{outcome="new"} 3`, `assize_submissions_total{outcome="malformed-evidence"} 1`,
		`assize_decisions_total{kind="recorded",verdict="allow"} 1`, `assize_decisions_total{kind="inquiry",verdict="allow"} 1`,
		fmt.Sprintf("assize_ledger_size %d", b.Size()), "assize_ledger_read_only 0",
		`assize_http_requests_total{method="POST",route="/api/v1/attestations",status="201"} 3`, `assize_decision_duration_seconds_count{kind="recorded"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("metrics lack %s", line)
		}
	}
	// Paths are without number and methods may be invented; neither makes a series.
	for i := range 5 {
		b.get("/nowhere/" + itoa(i))
		b.do("INVENT"+itoa(i), "/healthz", nil)
	}
	for line := range strings.SplitSeq(string(b.get("/metrics").body), "\n") {
		if strings.Contains(line, "nowhere/3") || strings.Contains(line, "INVENT") {
			t.Errorf("a series of its own: %s", line)
		}
	}
	if strings.Contains(log.String(), "payload") || !strings.Contains(log.String(), "request_id=") || !strings.Contains(log.String(), "problem=malformed-evidence") {
		t.Errorf("log: %s", log.String())
	}
}

func TestReadOnlyLedgerSaysWhy(t *testing.T) {
	b := newBench(t)
	b.story()
	if err := b.Log.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, b.post("/api/v1/attestations", b.signed("dataset-card", "e", m{"id": "e"}, "data-steward")), http.StatusServiceUnavailable, "closing")
	ro := newReadOnlyBench(t, b)
	p := refused(t, ro.get("/readyz"), http.StatusServiceUnavailable, "read-only")
	if !strings.Contains(p.Detail, "opened for reading only") {
		t.Errorf("detail %q", p.Detail)
	}
	into[api.Health](t, ro.get("/readyz?for=read"), http.StatusOK)
	a := ro.post("/api/v1/attestations", b.signed("dataset-card", "e", m{"id": "e"}, "data-steward"))
	refused(t, a, http.StatusServiceUnavailable, "read-only")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if info := into[api.Service](t, ro.get("/api/v1"), http.StatusOK); info.ReadOnly == "" {
		t.Errorf("%+v", info)
	}
	d := into[api.Decision](t, ro.ask(question("m", nil)), http.StatusOK)
	if d.Recorded != nil || len(d.Inquiry) == 0 {
		t.Errorf("a read-only ledger recorded: %+v", d.Recorded)
	}
}

// broken panics while it is rendered.
type broken struct{}

func (broken) Render(any, api.Moment) ([]byte, error) { panic("a secret of the stack") }
func (broken) CSP(any) string                         { return "" }
func (broken) Asset(string) (string, []byte, bool)    { return "", nil, false }

func TestPanicsStayInside(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t, func(c *api.Config) { c.Pages, c.Logger = broken{}, slog.New(slog.NewTextHandler(&log, nil)) })
	a := b.get("/rules", "Accept", "text/html, application/problem+json")
	p := refused(t, a, http.StatusInternalServerError, "internal")
	if strings.Contains(string(a.body), "secret") || !strings.Contains(log.String(), "a secret of the stack") || !strings.Contains(log.String(), p.RequestID) {
		t.Errorf("answered %s, logged %s", a.body, log.String())
	}
	into[api.Health](t, b.get("/healthz"), http.StatusOK)
}

func TestBounds(t *testing.T) {
	b := newBench(t)
	t.Run("MaxEvidence", func(t *testing.T) {
		refused(t, b.post("/api/v1/attestations", make([]byte, api.MaxEvidence+1)), http.StatusRequestEntityTooLarge, "too-large")
		refused(t, b.post("/api/v1/attestations", bytes.Repeat([]byte("x"), api.MaxEvidence)), http.StatusBadRequest, "malformed-evidence")
		chunked, err := http.NewRequest("POST", b.http.URL+"/api/v1/attestations", io.MultiReader(bytes.NewReader(make([]byte, api.MaxEvidence)), strings.NewReader("x")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := b.http.Client().Do(chunked)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("without a length: status %d", resp.StatusCode)
		}
	})
	t.Run("MaxActivation", func(t *testing.T) {
		refused(t, b.post("/api/v1/activations", make([]byte, api.MaxActivation+1)), http.StatusRequestEntityTooLarge, "too-large")
	})
	t.Run("MaxQuestion", func(t *testing.T) {
		refused(t, b.post("/api/v1/gate", make([]byte, api.MaxQuestion+1)), http.StatusRequestEntityTooLarge, "too-large")
		q := encode(t, question("m", nil))
		into[api.Decision](t, b.post("/api/v1/gate", append(q, bytes.Repeat([]byte(" "), api.MaxQuestion-len(q))...)), http.StatusOK)
	})
	t.Run("MaxQuery", func(t *testing.T) {
		refused(t, b.get("/search?q="+strings.Repeat("x", api.MaxQuery+1)), http.StatusBadRequest, "malformed-request")
		refused(t, b.get("/api/v1/subjects/"+strings.Repeat("x", api.MaxQuery+1)), http.StatusBadRequest, "malformed-request")
		refused(t, b.get("/api/v1/decisions?limit=1&limit=2"), http.StatusBadRequest, "malformed-request")
	})
	t.Run("MaxPageSize", func(t *testing.T) {
		into[api.DecisionList](t, b.get("/api/v1/decisions?limit="+itoa(api.MaxPageSize)), http.StatusOK)
		refused(t, b.get("/api/v1/decisions?limit="+itoa(api.MaxPageSize+1)), http.StatusBadRequest, "malformed-request")
	})
	t.Run("times and header", func(t *testing.T) {
		s := b.server.HTTPServer()
		if s.ReadHeaderTimeout != api.HeaderTime || s.ReadTimeout != api.RequestTime || s.WriteTimeout != api.WriteTime || s.IdleTimeout != api.IdleTime || s.MaxHeaderBytes != api.MaxHeader {
			t.Errorf("%+v", s)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = s.Serve(l) }()
		defer func() { _ = s.Close() }()
		req, err := http.NewRequest("GET", "http://"+l.Addr().String()+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Long", strings.Repeat("x", 2*api.MaxHeader))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
	t.Run("MaxBodies", func(t *testing.T) {
		// Bodies that say their size and do not come hold room.
		const each = api.MaxEvidence
		var open []io.Closer
		defer func() {
			for _, c := range open {
				_ = c.Close()
			}
		}()
		for range api.MaxBodies / each {
			r, w := io.Pipe()
			open = append(open, w)
			req := httptest.NewRequest("POST", "http://localhost/api/v1/attestations", r)
			req.ContentLength = each
			go b.server.ServeHTTP(httptest.NewRecorder(), req)
			if _, err := w.Write([]byte("{")); err != nil { // it is being read
				t.Fatal(err)
			}
		}
		refused(t, b.post("/api/v1/attestations", make([]byte, each)), http.StatusServiceUnavailable, "busy")
		for _, c := range open {
			_ = c.Close()
		}
		open = nil
		deadline := time.Now().Add(10 * time.Second)
		for b.post("/api/v1/attestations", make([]byte, each)).status == http.StatusServiceUnavailable {
			if time.Now().After(deadline) {
				t.Fatal("the room was not given back")
			}
		}
	})
}

// TestHead: HEAD is answered as GET, without the body.
func TestHead(t *testing.T) {
	b := newBench(t)
	b.story()
	for _, path := range []string{"/checkpoint", "/api/v1", "/readyz"} {
		resp, err := b.http.Client().Head(b.http.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || len(body) != 0 || resp.Header.Get("Content-Type") == "" {
			t.Errorf("HEAD %s: %s, %d bytes, %v", path, resp.Status, len(body), err)
		}
	}
}

// TestCompressedBody: what was compressed is refused as that, and not as bad
// evidence.
func TestCompressedBody(t *testing.T) {
	b := newBench(t)
	p := refused(t, b.do("POST", "/api/v1/attestations", []byte("\x1f\x8b"), "Content-Encoding", "gzip"), http.StatusUnsupportedMediaType, "content-encoding")
	if !strings.Contains(p.Detail, "send the bytes as they are") {
		t.Errorf("detail %q", p.Detail)
	}
}
