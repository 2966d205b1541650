package admission_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

const system = "system:credit-scoring"

type m = map[string]any

func ref(name string) string { return string(attest.RefOf(name)) }

func hexOf(name string) string { return strings.TrimPrefix(ref(name), "sha256:") }

// image is a reference by digest; its evidence is about ref(name).
func image(name string) string { return "registry.example/bank/" + name + "@" + ref(name) }

// rules of the tests: a model has a result above its floor, nothing it is made from
// is revoked, and somebody asked for the deployment.
var rules = fstest.MapFS{
	"core/evl_01/evl_01.rego": rule("core.evl_01", "EVL-01", "high", `["model"]`, `["eval-result"]`, `[]`, `
low contains m if {
	some r in input.evidence["eval-result"]
	some m in r.predicate.metrics
	m.value < data.params.auc_min
}

pass if {
	count(input.evidence["eval-result"]) > 0
	count(low) == 0
}

deny contains {"msg": sprintf("%s is %v, below %v", [m.name, m.value, data.params.auc_min]), "path": "metrics", "value": m.value, "bound": data.params.auc_min} if some m in low
`),
	"core/lin_03/lin_03.rego": rule("core.lin_03", "LIN-03", "critical", `["dataset", "model"]`, `[]`, `["training-run"]`, `
revoked contains n.ref if {
	some n in input.ancestors
	count(n.revoked) > 0
}

revoked contains input.subject.ref if count(input.subject.revoked) > 0

pass if {
	input.subject.known
	count(revoked) == 0
}

deny contains {"msg": sprintf("%s is revoked", [r]), "path": ""} if some r in revoked
`),
	"core/ops_01/ops_01.rego": rule("core.ops_01", "OPS-01", "high", `["deployment"]`, `["deployment"]`, `[]`, `
pass if count(input.evidence.deployment) > 0
`),
}

func rule(pkg, id, severity, kinds, requires, reads, body string) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, `# METADATA
# title: Rule %[2]s
# description: A rule of the tests of admission.
# custom:
#   id: %[2]s
#   severity: %[3]s
#   kinds: %[4]s
#   actions: ["deploy"]
#   requires: %[5]s
#   reads: %[6]s
#   controls: ["test/1"]
#   basis: default
#   remediation: Mend the evidence and sign it again.
package assize.%[1]s

import rego.v1
%[7]s`, pkg, id, severity, kinds, requires, reads, body)}
}

// bench is a webhook on a real ledger behind a real TLS listener.
type bench struct {
	*evidencetest.Rig
	tb     testing.TB
	gate   *gate.Gate
	server *admission.Server
	http   *httptest.Server
	system string // that evidence is about
}

// configured is a configuration as an operator writes it.
func configured(tb testing.TB, text string) admission.Config {
	tb.Helper()
	cfg, err := admission.ParseConfig([]byte(text))
	if err != nil || cfg == nil {
		tb.Fatalf("configuration: %v", err)
	}
	return *cfg
}

const usual = `
admission:
  public_url: https://assize.bank.example
  scopes:
    - name: production
      mode: enforce
      environment: production
`

func newBench(tb testing.TB, config string, change ...func(*admission.Parts)) *bench {
	tb.Helper()
	ctx := context.Background()
	b := &bench{Rig: evidencetest.New(tb), tb: tb, system: system}
	set, err := policy.LoadSet(rules)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := b.Locker.PublishSet(ctx, set.Digest(), set.Archive()); err != nil {
		tb.Fatal(err)
	}
	b.gate = gate.New(gate.Config{Locker: b.Locker, Signer: b.DecisionKey, Clock: b.Clock.Now, Sets: []*policy.Set{set}})
	params := encode(tb, m{"v": 1, "set": set.Digest(),
		"thresholds": m{"auc_min": m{"value": 0.7, "basis": "default", "source": "the tests", "limits": m{"min": 0.5, "max": 1}}},
		"gates": []any{m{"environment": "production", "systems": []string{"*"}, "actions": []string{"deploy"},
			"packs": []string{"core"}, "blocks": []string{"critical", "high"}, "warns": []string{"medium", "low"}}},
		"waivers": m{"high": 90}})
	if _, err := b.gate.Activate(ctx, b.Activation(evidence.KindParameters, params, "admin")); err != nil {
		tb.Fatal(err)
	}
	b.serve(config, change...)
	return b
}

// serve replaces the webhook by one with another configuration.
func (b *bench) serve(config string, change ...func(*admission.Parts)) {
	b.tb.Helper()
	parts := admission.Parts{Gate: b.gate, Locker: b.Locker}
	for _, f := range change {
		f(&parts)
	}
	var err error
	if b.server, err = admission.New(configured(b.tb, config), parts); err != nil {
		b.tb.Fatal(err)
	}
	b.http = httptest.NewTLSServer(b.server)
	b.tb.Cleanup(b.http.Close)
}

func encode(tb testing.TB, v any) []byte {
	tb.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func (b *bench) say(typ, subject string, p m, signer string) {
	b.tb.Helper()
	full := m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{b.system}}
	for k, v := range p {
		full[k] = v
	}
	b.Submit(attesttest.Statement(typ, full, attesttest.Subject(subject, hexOf(subject))), signer)
}

// model makes evidence of a model with an evaluation, from a dataset of its own.
func (b *bench) model(name string, auc float64) {
	b.tb.Helper()
	b.say("dataset-card", name+"-data", m{"id": "d", "version": "1"}, "data-steward")
	b.say("training-run", name, m{"inputs": []any{m{"digest": ref(name + "-data"), "role": "training"}}}, "developer")
	b.say("eval-result", name, m{"category": "performance", "metrics": []any{m{"name": "auc", "value": auc}}}, "evaluator")
}

// packaged makes evidence of an image that carries a model, with a location of the
// model where that is not empty.
func (b *bench) packaged(image, model, location string, systems ...string) {
	b.tb.Helper()
	if len(systems) == 0 {
		systems = []string{b.system}
	}
	about := attesttest.Subject(model, hexOf(model))
	if location != "" {
		about["uri"] = location
	}
	p := m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": systems, "environment": "production", "state": "requested", "model": ref(model)}
	subjects := []map[string]any{about}
	if image != "" {
		p["image"] = ref(image)
		subjects = append(subjects, attesttest.Subject(image, hexOf(image)))
	}
	b.Submit(attesttest.Statement("deployment", p, subjects...), "operator")
}

// allowed is a ledger with a good model in image scorer and a poor one in image poor.
func (b *bench) allowed() {
	b.tb.Helper()
	b.model("model", 0.78)
	b.packaged("scorer", "model", "")
	b.model("weak", 0.6)
	b.packaged("poor", "weak", "")
}

// revoke a thing.
func (b *bench) revoke(subject string) {
	b.tb.Helper()
	b.Submit(attesttest.Statement("revocation", m{"target": m{"kind": "subject", "id": ref(subject)}, "reason": "consent_withdrawn"},
		attesttest.Subject(subject, hexOf(subject))), "revoker")
}

// request of the API server about an object.
func request(kind metav1.GroupVersionKind, object any) *admissionv1.AdmissionRequest {
	raw, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return &admissionv1.AdmissionRequest{UID: "705ab4f5-6393-11e8-b7cc-42010a800002", Kind: kind, Namespace: "scoring", Operation: admissionv1.Create,
		Object: runtime.RawExtension{Raw: raw}}
}

var podKind = metav1.GroupVersionKind{Version: "v1", Kind: "Pod"}

// pod that runs images.
func pod(images ...string) m {
	var containers []any
	for i, image := range images {
		containers = append(containers, m{"name": fmt.Sprint("c", i), "image": image})
	}
	return m{"apiVersion": "v1", "kind": "Pod", "metadata": m{"name": "p"}, "spec": m{"containers": containers}}
}

// noted is an object with annotations on it.
func noted(object m, pairs ...string) m {
	notes := m{}
	for i := 0; i < len(pairs); i += 2 {
		notes[pairs[i]] = pairs[i+1]
	}
	object["metadata"] = m{"name": "p", "annotations": notes}
	return object
}

func (b *bench) post(path string, body []byte) (int, []byte) {
	b.tb.Helper()
	resp, err := b.http.Client().Post(b.http.URL+path, "application/json", bytes.NewReader(body))
	if err != nil {
		b.tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.tb.Fatal(err)
	}
	return resp.StatusCode, text
}

// ask sends a request through HTTPS and holds the answer to what every answer has.
func (b *bench) ask(req *admissionv1.AdmissionRequest, query ...string) *admissionv1.AdmissionResponse {
	b.tb.Helper()
	body := encode(b.tb, admissionv1.AdmissionReview{TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}, Request: req})
	status, text := b.post(admission.PathValidate+strings.Join(query, ""), body)
	if status != http.StatusOK {
		b.tb.Fatalf("status %d: %s", status, text)
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(text, &review); err != nil {
		b.tb.Fatal(err)
	}
	r := review.Response
	switch {
	case review.APIVersion != "admission.k8s.io/v1" || review.Kind != "AdmissionReview" || r == nil:
		b.tb.Fatalf("no review: %s", text)
	case r.UID != req.UID:
		b.tb.Errorf("uid %q, asked with %q", r.UID, req.UID)
	case !r.Allowed && (r.Result == nil || r.Result.Code < 400 || r.Result.Reason == "" || r.Result.Message == "" || strings.Contains(r.Result.Message, "\n")):
		b.tb.Errorf("refused without saying why: %s", text)
	}
	for _, w := range r.Warnings {
		if len(w) > admission.MaxWarning {
			b.tb.Errorf("warning of %d bytes: %s", len(w), w)
		}
	}
	return r
}

func (b *bench) create(object m) *admissionv1.AdmissionResponse {
	b.tb.Helper()
	return b.ask(request(podKind, object))
}

func message(r *admissionv1.AdmissionResponse) string {
	if r.Result == nil {
		return ""
	}
	return r.Result.Message
}

// TestAllowedAndDenied: a pod of an allowed image runs, one of an image whose model
// is too poor does not, and the developer reads why in one line.
func TestAllowedAndDenied(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	if r := b.create(pod(image("scorer"))); !r.Allowed || r.AuditAnnotations["decision"] == "" || !strings.Contains(r.AuditAnnotations["checkpoint"], evidencetest.Origin) {
		t.Errorf("a good model: %+v", r)
	}
	r := b.create(pod(image("scorer"), image("poor")))
	if r.Allowed || r.Result.Code != http.StatusForbidden || r.Result.Reason != metav1.StatusReasonForbidden {
		t.Fatalf("a poor model runs: %+v", r)
	}
	for _, want := range []string{image("poor"), "spec.containers[1].image", "EVL-01", "auc is 0.6, below 0.7", "https://assize.bank.example/decisions/"} {
		if !strings.Contains(r.Result.Message, want) {
			t.Errorf("the message does not say %q: %s", want, r.Result.Message)
		}
	}
	if strings.Contains(r.Result.Message, "scorer@") {
		t.Errorf("the message blames the good image: %s", r.Result.Message)
	}
}

func podKindOf(group, kind string) metav1.GroupVersionKind {
	return metav1.GroupVersionKind{Group: group, Version: "v1", Kind: kind}
}

func write(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// direct asks without a connection between.
func (b *bench) direct(t *testing.T, path string, body []byte) (int, string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	b.server.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}
