package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/policy/gate"
)

func TestGateDecidesRecordsAndShows(t *testing.T) {
	b := newBench(t)
	b.story()
	a := b.ask(question("m", nil))
	d := into[api.Decision](t, a, http.StatusOK)
	if d.Decision.Verdict != gate.Allow || d.ExitCode != 0 || d.Recorded == nil || a.header.Get("Assize-Verdict") != "allow" || d.Counts["pass"] == 0 {
		t.Fatalf("%s", a.body)
	}
	size := b.Size()
	again := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	if *again.Recorded != *d.Recorded || b.Size() != size {
		t.Errorf("asked again: %+v; the ledger grew by %d", again.Recorded, b.Size()-size)
	}
	for _, path := range []string{d.Links.Self, "/api/v1/decisions/" + itoa(d.Recorded.Index)} {
		shown := into[api.Decision](t, b.get(path), http.StatusOK)
		if *shown.Recorded != *d.Recorded || shown.Decision.Basis != d.Decision.Basis {
			t.Errorf("%s shows %+v", path, shown.Recorded)
		}
	}
	for path, media := range map[string]string{d.Links.Envelope: "application/vnd.dsse.envelope.v1+json", d.Links.VSA: "application/vnd.dsse.envelope.v1+json",
		d.Links.SVR: "application/vnd.dsse.envelope.v1+json", d.Links.Proof: api.MediaProofBundle} {
		if got := b.get(path); got.status != http.StatusOK || got.header.Get("Content-Type") != media {
			t.Errorf("%s: %d %s %s", path, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
	if _, err := gate.VerifyBundle(t.Context(), b.get(d.Links.Proof).body, b.VKey); err != nil {
		t.Errorf("proof bundle: %v", err)
	}
	refused(t, b.get("/api/v1/decisions/0"), http.StatusNotFound, "not-found")
	refused(t, b.get("/api/v1/decisions/99999"), http.StatusNotFound, "not-found")
	refused(t, b.get("/api/v1/decisions/"+hexOf("none")), http.StatusNotFound, "not-found")
	refused(t, b.get("/api/v1/decisions/007"), http.StatusBadRequest, "malformed-request")
}

func TestInquiriesAreMarkedAndNeverRecorded(t *testing.T) {
	b := newBench(t)
	b.story()
	size := b.Size()
	for name, q := range map[string]m{
		"dry run":  question("m", m{"dry_run": true}),
		"at":       question("m", m{"at": b.Clock.Now().Add(time.Hour).Format(time.RFC3339)}),
		"known at": question("m", m{"known_at": size}),
		"gate":     question("m", m{"environment": "moon"}),
		"unknown":  question("nobody", nil),
		"what if":  question("m", m{"parameters": string(b.parameters(m{}))}),
		"set":      question("m", m{"set": b.set.Digest()}),
	} {
		t.Run(name, func(t *testing.T) {
			d := into[api.Decision](t, b.ask(q), http.StatusOK)
			if len(d.Inquiry) == 0 || d.Recorded != nil || d.Links != nil {
				t.Errorf("recorded %+v, inquiry %v", d.Recorded, d.Inquiry)
			}
			if d.Decision.Verdict == gate.Allow && d.ExitCode != gate.ExitIndeterminate {
				t.Errorf("an allowing inquiry hints exit %d", d.ExitCode)
			}
		})
	}
	if b.Size() != size {
		t.Errorf("the ledger grew by %d", b.Size()-size)
	}
}

// Parameters that come with a question judge it and nothing else, and rules have to be
// in the ledger.
func TestWhatIf(t *testing.T) {
	b := newBench(t)
	b.story()
	into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	size := b.Size()
	lax := strings.Replace(string(b.parameters(m{})), `"value":0.7`, `"value":0.99`, 1)
	d := into[api.Decision](t, b.ask(question("m", m{"parameters": lax})), http.StatusOK)
	if d.Decision.Verdict != gate.Deny || d.Recorded != nil || len(d.Inquiry) == 0 {
		t.Errorf("under a stricter bound: %s, %v", d.Decision.Verdict, d.Inquiry)
	}
	if now := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK); now.Recorded == nil || now.Decision.Verdict != gate.Allow || b.Size() != size {
		t.Errorf("the question itself is %s, and the ledger grew by %d", now.Decision.Verdict, b.Size()-size)
	}
	refused(t, b.ask(question("m", m{"parameters": "v: 2"})), http.StatusUnprocessableEntity, "invalid-parameters")
	refused(t, b.ask(question("m", m{"parameters": strings.Replace(lax, `"core"`, `"nowhere"`, 1)})), http.StatusUnprocessableEntity, "invalid-parameters")
	elsewhere := strings.Replace(lax, b.set.Digest(), "sha256:"+hexOf("nowhere"), 1)
	refused(t, b.ask(question("m", m{"parameters": elsewhere})), http.StatusNotFound, "not-found")
	refused(t, b.ask(question("m", m{"parameters": ""})), http.StatusBadRequest, "malformed-question")
	refused(t, b.ask(question("m", m{"set": "sha256:" + hexOf("nowhere")})), http.StatusNotFound, "not-found")
	refused(t, b.ask(question("m", m{"set": "builtin"})), http.StatusBadRequest, "malformed-question")
}

func TestMalformedQuestionsAreRefused(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct{ body, names string }{
		"no JSON":     {`{`, "byte 1"},
		"no object":   {`[]`, "object"},
		"subject":     {`{"subject":"md5:00","action":"deploy","environment":"production"}`, "subject"},
		"action":      {`{"subject":"` + ref("m") + `","action":"fly","environment":"production"}`, "train, release"},
		"unknown":     {`{"subject":"` + ref("m") + `","action":"deploy","environment":"production","force":true}`, "$.force"},
		"spelt":       {`{"Subject":"` + ref("m") + `","action":"deploy","environment":"production"}`, "$.Subject"},
		"twice":       {`{"subject":"` + ref("m") + `","action":"train","action":"deploy","environment":"production"}`, "action"},
		"beyond head": {`{"subject":"` + ref("m") + `","action":"deploy","environment":"production","known_at":999}`, "999"},
	} {
		t.Run(name, func(t *testing.T) {
			if p := refused(t, b.post("/api/v1/gate", []byte(c.body)), http.StatusBadRequest, "malformed-question"); !strings.Contains(p.Detail, c.names) {
				t.Errorf("%q does not name %q", p.Detail, c.names)
			}
		})
	}
}

// What one caller may make the ledger grow by is bounded; what is there already,
// and what is never recorded, costs him nothing.
func TestNewDecisionsAreRateLimitedPerCaller(t *testing.T) {
	b := newBench(t)
	b.story()
	for range api.DecisionBurst + 1 {
		into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	}
	size := b.Size()
	for i := range api.DecisionBurst + 1 { // stands for the million
		into[api.Decision](t, b.ask(question("nobody "+itoa(i), nil)), http.StatusOK)
	}
	if b.Size() != size {
		t.Errorf("questions about unknown digests made the ledger grow by %d", b.Size()-size)
	}
	recorded := 1
	for i := 0; ; i++ {
		name := "data " + itoa(i)
		b.Submit(b.statement("dataset-card", name, m{"id": name, "version": "1"}), "data-steward")
		a := b.ask(question(name, m{"action": "train"}))
		if a.status == http.StatusTooManyRequests {
			refused(t, a, http.StatusTooManyRequests, "rate-limit")
			if a.header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
			}
			break
		}
		into[api.Decision](t, a, http.StatusOK)
		if recorded++; recorded > api.DecisionBurst+1 {
			t.Fatalf("%d new decisions were recorded", recorded)
		}
	}
	if recorded != api.DecisionBurst {
		t.Errorf("%d new decisions were recorded, the burst is %d", recorded, api.DecisionBurst)
	}
	into[api.Decision](t, b.ask(question("m", m{"dry_run": true})), http.StatusOK)
	b.Clock.Advance(api.DecisionEvery)
	into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
}

func TestDecisionsArePaged(t *testing.T) {
	b := newBench(t)
	b.story()
	const n = 7
	for range n {
		b.Submit(b.statement("eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.71}},
			"executed_at": b.Clock.Now().UTC().Format(time.RFC3339)}), "evaluator")
		into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
		b.Clock.Advance(time.Minute)
	}
	into[api.Decision](t, b.ask(question("d", m{"action": "train"})), http.StatusOK)
	for path, want := range map[string]int{"/api/v1/decisions?limit=3": n + 1, "/api/v1/decisions?limit=2&subject=" + ref("m"): n, "/api/v1/decisions?limit=1&subject=" + ref("d"): 1, "/api/v1/decisions": n + 1} {
		seen, last := 0, ^uint64(0)
		for pages := 0; path != ""; pages++ {
			l := into[api.DecisionList](t, b.get(path), http.StatusOK)
			for _, d := range l.Decisions {
				if d.Index >= last || d.ID == "" || d.Verdict == "" {
					t.Errorf("%s: %+v after index %d", path, d, last)
				}
				last = d.Index
				seen++
			}
			if path = l.Next; pages > 20 {
				t.Fatal("the list has no end")
			}
		}
		if seen != want {
			t.Errorf("%d decisions, want %d", seen, want)
		}
	}
	refused(t, b.get("/api/v1/decisions?limit=0"), http.StatusBadRequest, "malformed-request")
	refused(t, b.get("/api/v1/decisions?limit="+itoa(api.MaxPageSize+1)), http.StatusBadRequest, "malformed-request")
	refused(t, b.get("/api/v1/decisions?before=x"), http.StatusBadRequest, "malformed-request")
	refused(t, b.get("/api/v1/decisions?subject=x"), http.StatusBadRequest, "malformed-request")
}
