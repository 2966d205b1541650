package admission_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/oci"
	"github.com/assize-dev/assize/policy/gate"
)

// These are the wounds of other admission controllers, each with the name of what
// went wrong there.

// images is a registry on loopback that counts and can misbehave.
type images struct {
	host  string
	asked atomic.Int64
	wrong atomic.Pointer[http.HandlerFunc]
}

func newImages(t testing.TB) *images {
	t.Helper()
	r := &images{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked.Add(1)
		if wrong := r.wrong.Load(); wrong != nil {
			(*wrong)(w, req)
			return
		}
		inner.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	r.host = strings.TrimPrefix(server.URL, "http://")
	return r
}

// push an image and tell its reference by tag and its digest.
func (r *images) push(t testing.TB, name string) (tag string, digest attest.Ref) {
	t.Helper()
	tag = r.host + "/bank/" + name + ":1"
	c := oci.Client{Anonymous: true}
	digest, err := c.Push(t.Context(), tag, &oci.Artefact{Type: "application/vnd.example", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte(name)}}})
	if err != nil {
		t.Fatal(err)
	}
	return tag, digest
}

func (r *images) misbehave(f http.HandlerFunc) {
	if f == nil {
		r.wrong.Store(nil)
		return
	}
	r.wrong.Store(&f)
}

// carries makes evidence that an image of a registry carries a model.
func (b *bench) carries(digest attest.Ref, model string) {
	b.tb.Helper()
	p := m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system}, "environment": "production", "state": "requested", "model": ref(model), "image": string(digest)}
	hex := strings.TrimPrefix(string(digest), "sha256:")
	b.Submit(attesttest.Statement("deployment", p, attesttest.Subject(model, hexOf(model)), attesttest.Subject("image", hex)), "operator")
}

const anonymous = usual + "  registries: {anonymous: true, timeout: 10s}\n"

// TestScarVerdictCachedPastRevocation: what was allowed a moment ago is refused as
// soon as something it rests on is revoked, a dataset or the trust in a key.
func TestScarVerdictCachedPastRevocation(t *testing.T) {
	for name, revoke := range map[string]func(*bench){
		"dataset": func(b *bench) { b.revoke("model-data") },
		"key": func(b *bench) {
			b.Signer("evaluator").CompromisedAt = b.Clock.Now().Add(-24 * time.Hour)
			b.Rebuild()
			b.ActivateTrust()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, usual)
			b.allowed()
			for range 3 {
				if r := b.create(pod(image("scorer"))); !r.Allowed {
					t.Fatalf("before: %+v", r)
				}
			}
			revoke(b)
			if r := b.create(pod(image("scorer"))); r.Allowed {
				t.Error("still let in")
			}
		})
	}
}

// TestScarCacheHitSkipsCheck: that an image was just allowed does not carry over to
// a claim, another system or another environment.
func TestScarCacheHitSkipsCheck(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	for range 2 {
		if r := b.create(pod(image("scorer"))); !r.Allowed {
			t.Fatalf("plain: %+v", r)
		}
		if r := b.create(noted(pod(image("scorer")), admission.ClaimModel, ref("weak"))); r.Allowed {
			t.Error("a model was claimed that the image does not carry")
		}
		if r := b.create(noted(pod(image("scorer")), admission.ClaimSystem, "other")); r.Allowed {
			t.Error("a system was claimed that the image does not belong to")
		}
	}
	b.serve(usual + "      system: system:other\n")
	if r := b.create(pod(image("scorer"))); r.Allowed {
		t.Error("allowed for a system nobody put it into")
	}
}

// TestScarForgedAnnotation: claims of an object are held against evidence, never
// taken for it.
func TestScarForgedAnnotation(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	b.model("fetched", 0.8)
	b.packaged("", "fetched", "s3://models/fetched")
	service := func(uri string, pairs ...string) m {
		o := noted(nested("spec.predictor.model.storageUri", uri), pairs...)
		o["spec"] = nested("predictor.model.storageUri", uri)
		return o
	}
	for name, c := range map[string]struct {
		object m
		want   bool
		says   string
	}{
		"model that the image carries":    {noted(pod(image("scorer")), admission.ClaimModel, ref("model"), admission.ClaimSystem, system), true, ""},
		"good model on a poor image":      {noted(pod(image("poor")), admission.ClaimModel, ref("model")), false, ""},
		"good model on an unknown image":  {noted(pod(image("unknown")), admission.ClaimModel, ref("model")), false, ""},
		"other model on a good image":     {noted(pod(image("scorer")), admission.ClaimModel, ref("weak")), false, "no trusted evidence says"},
		"no digest":                       {noted(pod(image("scorer")), admission.ClaimModel, "scorer"), false, admission.ClaimModel},
		"no system":                       {noted(pod(image("scorer")), admission.ClaimSystem, "two words"), false, admission.ClaimSystem},
		"verdict of our own":              {noted(pod(image("poor")), "assize.dev/verdict", "allow", "assize.dev/decision", ref("x")), false, ""},
		"location with its model":         {service("s3://models/fetched", admission.ClaimModel, ref("fetched")), true, ""},
		"another location":                {service("s3://evil/fetched", admission.ClaimModel, ref("fetched")), false, "names s3://evil/fetched"},
		"location without a model":        {service("s3://models/fetched"), false, admission.ClaimModel},
		"location with an unlisted model": {service("s3://models/fetched", admission.ClaimModel, ref("model")), false, "no trusted evidence names"},
		"volume":                          {service("pvc://claim/model"), false, "which bytes lie there"},
		"hub without a commit":            {service("hf://bank/model:main", admission.ClaimModel, ref("fetched")), false, "commit"},
	} {
		kind := podKind
		if mapping, ok := c.object["spec"].(m); ok && mapping["predictor"] != nil {
			kind = podKindOf("serving.kserve.io", "InferenceService")
		}
		r := b.ask(request(kind, c.object))
		if r.Allowed != c.want || !strings.Contains(message(r), c.says) {
			t.Errorf("%s: allowed %v: %s", name, r.Allowed, message(r))
		}
	}
}

// TestHubRevision: a model of a hub is known by its commit where evidence names it so.
func TestHubRevision(t *testing.T) {
	b := newBench(t, usual)
	b.model("hub", 0.8)
	at := "hf://bank/model:" + strings.Repeat("a1", 20)
	b.packaged("", "hub", at)
	o := noted(m{}, admission.ClaimModel, ref("hub"))
	o["spec"] = nested("predictor.model.storageUri", at)
	if r := b.ask(request(podKindOf("serving.kserve.io", "InferenceService"), o)); !r.Allowed {
		t.Errorf("%+v", r)
	}
}

// TestClaimedSystem: where the configuration lets a claim choose, one system is
// judged; else all are, and the worst counts.
func TestClaimedSystem(t *testing.T) {
	b := newBench(t, usual)
	b.World.Scope("operator", system, "system:other")
	b.World.Scope("developer", system, "system:other")
	b.ActivateTrust()
	b.allowed()
	b.packaged("scorer", "model", "", "system:other") // where nobody evaluated it
	if r := b.create(noted(pod(image("scorer")), admission.ClaimSystem, system)); r.Allowed {
		t.Error("a claim kept another system from being judged")
	}
	b.serve(usual + "      claimed_system: choose\n")
	if r := b.create(noted(pod(image("scorer")), admission.ClaimSystem, system)); !r.Allowed {
		t.Errorf("chosen as configured: %s", message(r))
	}
	if r := b.create(pod(image("scorer"))); r.Allowed {
		t.Error("nothing claimed, and the other system was not judged")
	}
	if r := b.create(noted(pod(image("scorer")), admission.ClaimSystem, "system:third")); r.Allowed {
		t.Error("a system was chosen that no evidence names")
	}
}

// TestScarExpiredWaiver: a waiver lets a pod in with a warning, and not an instant
// longer than it lasts, for whoever asks.
func TestScarExpiredWaiver(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	denied, err := b.gate.Decide(t.Context(), gate.Question{Subject: attest.RefOf("poor"), System: system, Action: "deploy", Environment: "production"}, gate.Options{})
	if err != nil || denied.Decision.Verdict != gate.Deny {
		t.Fatalf("%v, %v", denied.Decision.Verdict, err)
	}
	var cited []string
	for _, f := range denied.Decision.Findings {
		if f.Rule == "EVL-01" {
			for _, c := range f.Evidence {
				cited = append(cited, c.ID)
			}
		}
	}
	ends := b.Clock.Now().Add(48 * time.Hour).UTC()
	b.Submit(attesttest.Statement("waiver", m{
		"environment": "production", "rules": []string{"EVL-01"}, "subjects": []string{ref("weak")}, "evidence": cited, "actions": []string{"deploy"}, "log_origin": "assize.dev/test",
		"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "reason": "retraining under way", "requested_by": b.Signer("risk").Principal, "approved_by": b.Signer("approver").Principal,
		"expires_at": ends.Format(time.RFC3339),
	}, attesttest.Subject("weak", hexOf("weak"))), "risk", "approver")
	r := b.create(pod(image("poor")))
	if !r.Allowed || len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "EVL-01 is waived until "+ends.Format("2006-01-02")) {
		t.Fatalf("waived: %+v", r)
	}
	b.Clock.Set(ends)
	if r := b.create(pod(image("poor"))); r.Allowed {
		t.Error("the waiver has ended, and the pod is let in")
	}
}

// TestScarIdenticalContainersJudgedOnce: ten containers of one image, asked for by
// many at once, are one question and one record.
func TestScarIdenticalContainersJudgedOnce(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	same := make([]string, 10)
	for i := range same {
		same[i] = image("scorer")
	}
	before := b.Size()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if r := b.create(pod(same...)); !r.Allowed {
				t.Errorf("%+v", r)
			}
		})
	}
	wg.Wait()
	if grown := b.Size() - before; grown != 1 {
		t.Errorf("the ledger grew by %d", grown)
	}
}

// TestScarNetworkWhereNoneIsNeeded: a digest is never looked up, a tag once while it
// is held, however many ask, and the answer names what it stands for.
func TestScarNetworkWhereNoneIsNeeded(t *testing.T) {
	b := newBench(t, anonymous)
	r := newImages(t)
	tag, digest := r.push(t, "scorer")
	b.model("model", 0.78)
	b.carries(digest, "model")
	r.asked.Store(0)
	if got := b.create(pod(r.host + "/bank/scorer@" + string(digest))); !got.Allowed || r.asked.Load() != 0 {
		t.Errorf("by digest: allowed %v, %d requests: %s", got.Allowed, r.asked.Load(), message(got))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := b.create(pod(tag, tag)); !got.Allowed {
				t.Errorf("by tag: %s", message(got))
			}
		})
	}
	wg.Wait()
	if n := r.asked.Load(); n > 3 { // greeting, manifest
		t.Errorf("a tag took %d requests for eight pods", n)
	}
	r.misbehave(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	if got := b.create(pod(tag)); !got.Allowed {
		t.Errorf("the registry is away, and the tag is known: %s", message(got))
	}
	r.misbehave(nil)
	other, unknown := r.push(t, "other")
	if got := b.create(pod(other)); got.Allowed || !strings.Contains(message(got), string(unknown)) {
		t.Errorf("the digest is not named: %s", message(got))
	}
}

// TestScarTransientErrorCachedAsDenial: a registry that fails once is asked again at
// once, and what it could not say is not called a denial.
func TestScarTransientErrorCachedAsDenial(t *testing.T) {
	b := newBench(t, anonymous)
	r := newImages(t)
	tag, digest := r.push(t, "scorer")
	b.model("model", 0.78)
	b.carries(digest, "model")
	r.misbehave(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	got := b.create(pod(tag))
	if got.Allowed || got.Result.Code != http.StatusServiceUnavailable || !strings.Contains(message(got), "not judged") || got.AuditAnnotations["verdict"] != "indeterminate" {
		t.Errorf("a registry that fails: %+v", got)
	}
	r.misbehave(nil)
	if got := b.create(pod(tag)); !got.Allowed {
		t.Errorf("the registry is back: %s", message(got))
	}
}

// TestScarUnknownDigestsFillLedger: who may create pods cannot make the ledger grow
// by naming things nobody knows.
func TestScarUnknownDigestsFillLedger(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	before := b.Size()
	for i := range 40 {
		unknown := image(fmt.Sprint("unknown", i))
		if i%2 == 1 {
			b.create(noted(pod(unknown), admission.ClaimSystem, system, admission.ClaimModel, ref("model")))
		} else if r := b.create(pod(unknown)); r.Allowed {
			t.Error("an unknown image was let in")
		}
	}
	b.serve(usual + "      system: " + system + "\n")
	for i := range 40 {
		if r := b.create(pod(image(fmt.Sprint("unknown", i)))); r.Allowed {
			t.Error("an unknown image was let in")
		}
	}
	if grown := b.Size() - before; grown != 0 {
		t.Errorf("the ledger grew by %d", grown)
	}
}

// TestDryRun: a dry run is answered like the real thing and leaves no record.
func TestDryRun(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	before := b.Size()
	for name, want := range map[string]bool{"scorer": true, "poor": false} {
		req := request(podKind, pod(image(name)))
		req.DryRun = new(true)
		if r := b.ask(req); r.Allowed != want || r.AuditAnnotations["decision"] != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if grown := b.Size() - before; grown != 0 {
		t.Errorf("the ledger grew by %d", grown)
	}
}

// TestDeadline: while a registry keeps everybody waiting, the answer leaves within
// 80 % of the API server's patience, and is the one configured for that.
func TestDeadline(t *testing.T) {
	b := newBench(t, anonymous)
	r := newImages(t)
	tag, _ := r.push(t, "scorer")
	end := make(chan struct{})
	r.misbehave(func(http.ResponseWriter, *http.Request) { <-end })
	t.Cleanup(func() { close(end) })
	for onError, want := range map[string]bool{"open": true, "closed": false} {
		b.serve(strings.ReplaceAll(anonymous, "  scopes:", "  on_error: "+onError+"\n  scopes:"))
		start := time.Now()
		got := b.ask(request(podKind, pod(tag)), "?timeout=1s")
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: answered after %s", onError, took)
		}
		if got.Allowed != want || len(got.Warnings) == 0 || !strings.Contains(got.Warnings[0], "fail "+onError) {
			t.Errorf("%s: %+v", onError, got)
		}
	}
}

// TestMaxJudging: more reviews than are judged at once wait for their turn, and get
// their answer in time if it does not come.
func TestMaxJudging(t *testing.T) {
	b := newBench(t, anonymous)
	r := newImages(t)
	tag, _ := r.push(t, "scorer")
	end := make(chan struct{})
	r.misbehave(func(http.ResponseWriter, *http.Request) { <-end })
	t.Cleanup(func() { close(end) })
	var waited atomic.Int64
	var wg sync.WaitGroup
	for range admission.MaxJudging + 4 {
		wg.Go(func() {
			got := b.ask(request(podKind, pod(tag)), "?timeout=1s")
			if got.Allowed {
				t.Error("let in unjudged")
			}
			if strings.Contains(got.AuditAnnotations["finding"], "reviews are being judged") {
				waited.Add(1)
			}
		})
	}
	wg.Wait()
	if n := waited.Load(); n > 4 {
		t.Errorf("%d waited for their turn", n)
	}
}

// TestHeadUnreadable: without a head there is no verdict, and the mode decides.
func TestHeadUnreadable(t *testing.T) {
	for mode, want := range map[string]bool{"enforce": false, "warn": true, "audit": true} {
		b := newBench(t, strings.ReplaceAll(usual, "mode: enforce", "mode: "+mode))
		b.allowed()
		if err := b.Store.Close(); err != nil {
			t.Fatal(err)
		}
		if r := b.create(pod(image("scorer"))); r.Allowed != want || r.AuditAnnotations["verdict"] != "indeterminate" {
			t.Errorf("%s: %+v", mode, r)
		}
	}
}
