package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/api"
)

// A moment of the past shows what was there: no later evidence, no later revocation,
// no later decision, and the rules and documents in force then.
func TestMomentsOfThePast(t *testing.T) {
	b := newBench(t)
	b.story()
	first := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	then, size := b.Clock.Now(), b.Size()
	b.Clock.Advance(24 * time.Hour)
	b.Submit(b.statement("revocation", "d", m{"target": m{"kind": "subject", "id": ref("d")}, "reason": "consent_withdrawn"}), "revoker")
	late := into[api.Attestation](t, b.get("/api/v1/attestations/"+b.Submit(b.statement("dataset-card", "d", m{"id": "d", "version": "2"}), "data-steward").ID), http.StatusOK)
	second := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)

	for _, at := range []string{"known_at=" + itoa(size), "as_of=" + url.QueryEscape(then.Add(time.Minute).Format(time.RFC3339)),
		"as_of=" + url.QueryEscape(b.Clock.Now().Add(time.Hour).Format(time.RFC3339)) + "&known_at=" + itoa(size)} {
		t.Run(at, func(t *testing.T) {
			s := into[api.Subject](t, b.get("/api/v1/subjects/"+ref("m")+"?"+at), http.StatusOK)
			if s.Tainted || len(s.Decisions) != 1 || s.Decisions[0].ID != first.Recorded.ID {
				t.Errorf("%+v", s)
			}
			if d := into[api.Subject](t, b.get("/api/v1/subjects/"+ref("d")+"?"+at), http.StatusOK); d.Total != 1 || len(d.Revoked) != 0 {
				t.Errorf("%+v", d)
			}
			if l := into[api.DecisionList](t, b.get("/api/v1/decisions?"+at), http.StatusOK); len(l.Decisions) != 1 {
				t.Errorf("%d decisions", len(l.Decisions))
			}
			if l := into[api.Lineage](t, b.get("/api/v1/subjects/"+ref("m")+"/lineage?"+at), http.StatusOK); l.Nodes[0].Tainted {
				t.Errorf("%+v", l)
			}
			if v := into[api.Service](t, b.get("/api/v1?"+at), http.StatusOK); v.Size != size {
				t.Errorf("size %d, want %d", v.Size, size)
			}
			refused(t, b.get("/api/v1/attestations/"+late.ID+"?"+at), http.StatusNotFound, "not-found")
			refused(t, b.get("/api/v1/decisions/"+second.Recorded.ID+"?"+at), http.StatusNotFound, "not-found")
			html := string(b.get("/subjects/"+ref("m")+"?"+at, "Accept", "text/html").body)
			if !strings.Contains(html, "Not now.") || strings.Contains(html, "Upstream revoked") || !strings.Contains(html, fmt.Sprintf("first %d entries", size)) {
				t.Errorf("the page is not of then")
			}
			found := b.do("GET", "/rules?"+at, nil, "Accept", "text/html")
			if !strings.Contains(string(found.body), `href="/?`+strings.ReplaceAll(mustQuery(t, at), "&", "&amp;")+`"`) {
				t.Errorf("the way home leaves the moment: %s", found.body)
			}
		})
	}
	// Before the parameters there were no rules; a moment ahead is of the head.
	refused(t, b.get("/api/v1/rules?known_at=1"), http.StatusServiceUnavailable, "not-seeded")
	ahead := into[api.Subject](t, b.get("/api/v1/subjects/"+ref("m")+"?as_of=2099-01-01"), http.StatusOK)
	if !ahead.Tainted || len(ahead.Decisions) != 2 {
		t.Errorf("ahead: %+v", ahead)
	}
	for _, bad := range []string{"as_of=yesterday", "as_of=99999-01-01", "known_at=-1", "known_at=x", "known_at=" + itoa(b.Size()+1)} {
		refused(t, b.get("/api/v1/rules?"+bad), http.StatusBadRequest, "malformed-request")
	}
}

// mustQuery is a query as it is encoded.
func mustQuery(t *testing.T, q string) string {
	t.Helper()
	v, err := url.ParseQuery(q)
	if err != nil {
		t.Fatal(err)
	}
	return v.Encode()
}
