package admission_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/assize-dev/assize/api/admission"
)

type provided struct {
	APIVersion, Kind string
	Response         struct {
		Idempotent bool
		Items      []struct {
			Key, Error string
			Value      *struct{ Verdict, Digest, Decision, Message, Link string }
		}
		SystemError string
	}
}

func (b *bench) provide(keys ...string) provided {
	b.tb.Helper()
	return b.providing(string(encode(b.tb, m{"apiVersion": "externaldata.gatekeeper.sh/v1beta1", "kind": "ProviderRequest", "request": m{"keys": keys}})))
}

func (b *bench) providing(body string) provided {
	b.tb.Helper()
	status, text := b.post(admission.PathProvider, []byte(body))
	var out provided
	if err := json.Unmarshal(text, &out); err != nil || status != http.StatusOK || out.Kind != "ProviderResponse" || out.APIVersion != "externaldata.gatekeeper.sh/v1beta1" {
		b.tb.Fatalf("status %d, %v: %s", status, err, text)
	}
	return out
}

// TestProvider: Gatekeeper gets a verdict for each key, in order, and what was not
// judged as an error, which it does not keep.
func TestProvider(t *testing.T) {
	b := newBench(t, usual+"      images: [\"registry.example/**\"]\n")
	b.allowed()
	items := b.provide("scoring|"+image("scorer"), image("poor"), "scoring|quay.io/x/y@"+ref("y"), "scoring|", "scoring|oci://"+image("scorer")).Response.Items
	if len(items) != 5 {
		t.Fatalf("%d items", len(items))
	}
	if v := items[0].Value; v == nil || v.Verdict != "allow" || v.Decision == "" || v.Digest != ref("scorer") || items[0].Key != "scoring|"+image("scorer") {
		t.Errorf("allowed: %+v", items[0])
	}
	if v := items[1].Value; v == nil || v.Verdict != "deny" || !strings.Contains(v.Message, "EVL-01") || !strings.Contains(v.Link, "/decisions/") {
		t.Errorf("denied: %+v", items[1])
	}
	for _, i := range []int{2, 3} {
		if items[i].Value != nil || items[i].Error == "" {
			t.Errorf("unjudged: %+v", items[i])
		}
	}
	if v := items[4].Value; v == nil || v.Verdict != "allow" {
		t.Errorf("model image: %+v", items[4])
	}
	b.revoke("model-data")
	if v := b.provide(image("scorer")).Response.Items[0].Value; v == nil || v.Verdict != "deny" {
		t.Error("revoked, and still allowed")
	}
}

// TestProviderRefuses what is no request for it.
func TestProviderRefuses(t *testing.T) {
	b := newBench(t, usual)
	many := make([]string, admission.MaxKeys+1)
	for i := range many {
		many[i] = fmt.Sprint("k", i)
	}
	for name, got := range map[string]provided{
		"no JSON":       b.providing("{"),
		"another kind":  b.providing(`{"apiVersion":"v1","kind":"Pod"}`),
		"too many keys": b.provide(many...),
		"too large":     b.providing(strings.Repeat(" ", admission.MaxProvider+1)),
	} {
		if got.Response.SystemError == "" || len(got.Response.Items) > 0 {
			t.Errorf("%s: %+v", name, got.Response)
		}
	}
	if err := b.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if it := b.provide(image("scorer")).Response.Items[0]; it.Value != nil || !strings.Contains(it.Error, "not judged") {
		t.Errorf("without a head: %+v", it)
	}
}

// FuzzProvider: no body makes the endpoint panic.
func FuzzProvider(f *testing.F) {
	b := newBench(f, usual)
	f.Add([]byte(`{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{"keys":["a|registry.example/x@sha256:00","b"]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if code, text := b.direct(t, admission.PathProvider, body); code == http.StatusInternalServerError {
			t.Errorf("%s", text)
		}
	})
}
