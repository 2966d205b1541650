package api_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/format"
)

var books = fstest.MapFS{"test.yaml": &fstest.MapFile{Data: []byte("v: 1\nid: test\ntitle: Tests\nversion: \"1\"\nsource: us\ncontrols:\n  - id: \"1\"\n    text: Evidence is there.\n    provision: \"1\"\n")}}

func newReportBench(t *testing.T) *bench {
	b := newBench(t, func(c *api.Config) { c.Frameworks = books })
	b.story()
	return b
}

// What the service builds is what the library builds, to the byte, and the ledger is
// as it was.
func TestReportsAreThoseOfTheLibrary(t *testing.T) {
	b := newReportBench(t)
	size := b.Size()
	at := b.Clock.Now().UTC().Truncate(time.Second)
	for _, k := range reports.Kinds() {
		q := reports.Request{AsOf: at, KnownAt: &size}
		path := "/api/v1/reports/" + k.Name + "?as_of=" + at.Format(time.RFC3339) + "&known_at=" + itoa(size)
		if k.Scope != reports.ScopeAll {
			q.System, q.Environment = system, "production"
			path += "&system=" + url.QueryEscape(system) + "&environment=production"
		}
		m, err := reports.BuildKind(t.Context(), reports.Config{Gate: b.gate, Locker: b.Locker, Frameworks: books}, k.Name, q)
		for _, name := range format.Of(k) {
			a := b.get(path + "&format=" + name)
			if err != nil && !errors.Is(err, reports.ErrRequest) {
				t.Fatal(err)
			}
			if err != nil { // some kinds need evidence that this ledger does not hold
				refused(t, a, http.StatusBadRequest, "malformed-report")
				continue
			}
			f, ferr := format.Find(k, name)
			if ferr != nil {
				t.Fatal(ferr)
			}
			var want bytes.Buffer
			if err := f.Write(t.Context(), &want, m, b.Locker.Log()); err != nil {
				t.Fatal(err)
			}
			if a.status != http.StatusOK || !bytes.Equal(a.body, want.Bytes()) || a.header.Get("Content-Type") != f.Media {
				t.Errorf("%s as %s: status %d, %s, %d bytes, want %d", k.Name, name, a.status, a.header.Get("Content-Type"), len(a.body), want.Len())
			}
			attached := strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment")
			if csp := a.header.Get("Content-Security-Policy"); attached == (name == "html") || !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
				t.Errorf("%s as %s: attached %v, policy %s", k.Name, name, attached, csp)
			}
		}
	}
	if b.Size() != size {
		t.Errorf("building reports made the ledger grow from %d to %d", size, b.Size())
	}
}

func TestReportsSayWhatIsWrong(t *testing.T) {
	b := newReportBench(t)
	of := "?system=" + url.QueryEscape(system) + "&environment="
	refused(t, b.get("/api/v1/reports/none"), http.StatusNotFound, "not-found")
	refused(t, b.get("/api/v1/reports/audit"), http.StatusBadRequest, "malformed-report")
	refused(t, b.get("/api/v1/reports/audit"+of+"moon"), http.StatusBadRequest, "malformed-report")
	refused(t, b.get("/api/v1/reports/audit"+of+"production&format=docx"), http.StatusBadRequest, "malformed-report")
	refused(t, b.get("/api/v1/reports/inventory"+of+"production"), http.StatusBadRequest, "malformed-report")
	refused(t, b.get("/api/v1/reports/audit"+of+"production&since=yesterday"), http.StatusBadRequest, "malformed-request")
	refused(t, b.get("/api/v1/reports/audit?subject=x&environment=production"), http.StatusBadRequest, "malformed-request")
	refused(t, b.get("/api/v1/reports/audit"+of+"production&known_at=99999"), http.StatusBadRequest, "malformed-request")
	// A form sends every field.
	if a := b.get("/reports/new?kind=inventory&system=" + url.QueryEscape(system) + "&environment=production&since=&as_of=&status=final&subject=&known_at=&format=json"); a.status != http.StatusOK {
		t.Errorf("a form: %d %s", a.status, a.body)
	}
}

// A recorded report is listed with what it says, and with a link that builds the same
// one again.
func TestRecordedReportsAreListed(t *testing.T) {
	b := newReportBench(t)
	if l := into[api.ReportList](t, b.get("/api/v1/reports"), http.StatusOK); len(l.Reports) != 0 || len(l.Kinds) != len(reports.Kinds()) {
		t.Errorf("%+v", l)
	}
	m, err := reports.BuildKind(t.Context(), reports.Config{Gate: b.gate, Locker: b.Locker, Frameworks: books}, reports.KindAudit,
		reports.Request{System: system, Environment: "production", Actions: []string{"train", "deploy"}, AsOf: b.Clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reports.Record(t.Context(), b.gate, m); err != nil {
		t.Fatal(err)
	}
	l := into[api.ReportList](t, b.get("/api/v1/reports"), http.StatusOK)
	if len(l.Reports) != 1 || l.Reports[0].Kind != reports.KindAudit || l.Reports[0].Sentence != m.About().Sentence || l.Reports[0].Digest == "" {
		t.Fatalf("%+v", l.Reports)
	}
	var want bytes.Buffer
	f, err := format.Find(reports.Kinds()[0], "json")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(t.Context(), &want, m, nil); err != nil {
		t.Fatal(err)
	}
	if a := b.get(l.Reports[0].Again + "&format=json"); !bytes.Equal(a.body, want.Bytes()) {
		t.Errorf("built again it is another one: %s", a.body)
	}
	page := string(b.get("/reports", "Accept", "text/html").body)
	for _, s := range []string{"Make a report", "Compare two moments", "what changed since", system} {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
}

func TestReportsWaitForTheirTurn(t *testing.T) {
	b := newReportBench(t)
	for range api.MaxReporting {
		done, err := b.server.ReportTurn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer done()
	}
	refused(t, b.get("/api/v1/reports/inventory"), http.StatusServiceUnavailable, "busy")
}
