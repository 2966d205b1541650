package running_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/api/admission/running"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

const system = "system:credit-scoring"

type m = map[string]any

func ref(name string) string   { return string(attest.RefOf(name)) }
func hexOf(name string) string { return strings.TrimPrefix(ref(name), "sha256:") }
func image(name string) string { return "registry.example/bank/" + name + "@" + ref(name) }

// Figures have a floor, and nothing a model is made from is revoked.
var rules = fstest.MapFS{
	"core/evl_01/evl_01.rego": rule("core.evl_01", "EVL-01", "high", `["eval-result"]`, `[]`, `
low contains m if {
	some r in input.evidence["eval-result"]
	some m in r.predicate.metrics
	m.value < 0.7
}

pass if {
	count(input.evidence["eval-result"]) > 0
	count(low) == 0
}

deny contains {"msg": sprintf("%s is %v", [m.name, m.value]), "path": "metrics"} if some m in low
`),
	"core/lin_03/lin_03.rego": rule("core.lin_03", "LIN-03", "critical", `[]`, `["training-run"]`, `
revoked contains n.ref if {
	some n in input.ancestors
	count(n.revoked) > 0
}

pass if {
	input.subject.known
	count(revoked) == 0
}

deny contains {"msg": sprintf("%s is revoked", [r]), "path": ""} if some r in revoked
`),
}

func rule(pkg, id, severity, requires, reads, body string) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, `# METADATA
# title: Rule %[2]s
# description: A rule of the tests of what runs.
# custom:
#   id: %[2]s
#   severity: %[3]s
#   kinds: ["model"]
#   actions: ["deploy"]
#   requires: %[4]s
#   reads: %[5]s
#   controls: ["test/1"]
#   basis: default
#   remediation: Mend the evidence and sign it again.
package assize.%[1]s

import rego.v1
%[6]s`, pkg, id, severity, requires, reads, body)}
}

const usual = `
admission:
  kubernetes: {}
  running: {reports: true, events: true, every: 10m, namespaces: {names: ["scoring*"]}, objects: [{key: judge, operator: NotIn, values: ["no"]}]}
  no_match: let-through
  scopes:
    - {name: production, namespaces: {names: [scoring]}, images: ["registry.example/**"], mode: enforce, environment: production}
    - {name: trial, namespaces: {names: [scoring-trial]}, images: ["registry.example/**"], mode: warn, environment: production}
    - {name: watched, namespaces: {names: [scoring-audit]}, images: ["registry.example/**"], mode: audit, environment: production}
    - {name: not judged, namespaces: {names: [scoring-off]}, mode: "off"}
  resources:
    - {group: "", kind: Pod, images: ["{.spec.containers[*].env[?(@.name=='SIDE')].value}"]}
`

// bench is a webhook and a follower on a real ledger. The API server is client-go's
// fake: a real one is asked in testdata/cluster.
type bench struct {
	*evidencetest.Rig
	tb     testing.TB
	gate   *gate.Gate
	server *admission.Server
	client *fake.FakeDynamicClient
	door   *running.Door
	f      *running.Follower
}

func newBench(tb testing.TB) *bench { return benchOf(tb, rules) }

func benchOf(tb testing.TB, rules fstest.MapFS) *bench {
	tb.Helper()
	ctx := context.Background()
	b := &bench{Rig: evidencetest.New(tb), tb: tb}
	set, err := policy.LoadSet(rules)
	b.must(err)
	_, err = b.Locker.PublishSet(ctx, set.Digest(), set.Archive())
	b.must(err)
	b.gate = gate.New(gate.Config{Locker: b.Locker, Signer: b.DecisionKey, Clock: b.Clock.Now, Sets: []*policy.Set{set}})
	params, err := json.Marshal(m{"v": 1, "set": set.Digest(), "thresholds": m{}, "waivers": m{"high": 90},
		"gates": []any{m{"environment": "production", "systems": []string{system}, "actions": []string{"deploy"}, "packs": []string{"core"}, "blocks": []string{"critical", "high"}}}})
	b.must(err)
	_, err = b.gate.Activate(ctx, b.Activation(evidence.KindParameters, params, "admin"))
	b.must(err)
	cfg, err := admission.ParseConfig([]byte(usual))
	b.must(err)
	b.door = running.NewDoor(b.Clock.Now)
	b.server, err = admission.New(*cfg, admission.Parts{Gate: b.gate, Locker: b.Locker, Pods: b.door, Clock: b.Clock.Now})
	b.must(err)
	b.client = fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		{Version: "v1", Resource: "pods"}:                                   "PodList",
		{Version: "v1", Resource: "events"}:                                 "EventList",
		{Group: "openreports.io", Version: "v1alpha1", Resource: "reports"}: "ReportList",
	})
	b.f = b.follower()
	return b
}

func (b *bench) must(err error) {
	b.tb.Helper()
	if err != nil {
		b.tb.Fatal(err)
	}
}

func (b *bench) follower() *running.Follower {
	return b.followerAt(b.door)
}

// followerAt is a replica with a door of its own.
func (b *bench) followerAt(door *running.Door) *running.Follower {
	return running.New(running.Config{Judge: b.server, Log: b.Log, Client: b.client, Door: door, Memos: b.Store, Reports: true, Events: true, Every: 10 * time.Minute, Tick: time.Millisecond, Clock: b.Clock.Now})
}

func (b *bench) say(typ, subject string, p m, signers ...string) evidence.Accepted {
	b.tb.Helper()
	b.Clock.Advance(time.Second)
	full := m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system}}
	for k, v := range p {
		full[k] = v
	}
	return b.Submit(attesttest.Statement(typ, full, attesttest.Subject(subject, hexOf(subject))), signers...)
}

// model makes evidence of a model, from a dataset of its own.
func (b *bench) model(name string, auc float64) evidence.Accepted {
	b.tb.Helper()
	b.say("dataset-card", name+"-data", m{"id": "d", "version": "1"}, "data-steward")
	b.say("training-run", name, m{"inputs": []any{m{"digest": ref(name + "-data"), "role": "training"}}}, "developer")
	return b.say("eval-result", name, m{"category": "performance", "metrics": []any{m{"name": "auc", "value": auc}}}, "evaluator")
}

func (b *bench) revoke(subject string) {
	b.tb.Helper()
	b.say("revocation", subject, m{"target": m{"kind": "subject", "id": ref(subject)}, "reason": "consent_withdrawn"}, "revoker")
}

func (b *bench) waive(bad evidence.Accepted, model string, d time.Duration) {
	b.tb.Helper()
	b.say("waiver", model, m{"environment": "production", "actions": []string{"deploy"}, "log_origin": evidencetest.Origin, "rules": []string{"EVL-01"},
		"subjects": []string{ref(model)}, "evidence": []string{bad.ID}, "reason": "until retrained", "requested_by": attesttest.Principal("developer"),
		"approved_by": attesttest.Principal("risk"), "expires_at": b.Clock.Now().Add(d).UTC().Format(time.RFC3339)}, "developer", "risk")
}

// pod of a ReplicaSet in a namespace.
func pod(namespace, name, owner string, images ...string) *unstructured.Unstructured {
	var containers []any
	for i, image := range images {
		containers = append(containers, m{"name": fmt.Sprint("c", i), "image": image, "command": []any{"serve"}})
	}
	u := &unstructured.Unstructured{Object: m{"apiVersion": "v1", "kind": "Pod", "metadata": m{"name": name, "namespace": namespace, "uid": "pod-" + name},
		"spec": m{"containers": containers, "nodeName": "n1"}, "status": m{"phase": "Running"}}}
	if owner != "" {
		u.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: owner, UID: typed("rs-" + owner), Controller: new(true)}})
	}
	return u
}

// report about an owner, nil when there is none.
func (b *bench) report(namespace, uid string) *unstructured.Unstructured {
	b.tb.Helper()
	list, err := b.client.Resource(schema.GroupVersionResource{Group: "openreports.io", Version: "v1alpha1", Resource: "reports"}).Namespace(namespace).List(context.Background(), metav1.ListOptions{})
	b.must(err)
	for _, r := range list.Items {
		if r.GetName() == "assize-"+uid {
			return &r
		}
	}
	return nil
}

func (b *bench) events() []string {
	b.tb.Helper()
	list, err := b.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "events"}).List(context.Background(), metav1.ListOptions{})
	b.must(err)
	var out []string
	for _, e := range list.Items {
		out = append(out, fmt.Sprintf("%s %s %s", e.Object["type"], e.Object["reason"], e.Object["message"]))
	}
	return out
}

func results(u *unstructured.Unstructured) []m {
	if u == nil {
		return nil
	}
	list, _, _ := unstructured.NestedSlice(u.Object, "results")
	var out []m
	for _, r := range list {
		out = append(out, r.(map[string]any))
	}
	return out
}

// of a policy's result, "" when there is none.
func result(u *unstructured.Unstructured, policy string) (string, string) {
	for _, r := range results(u) {
		if r["policy"] == policy {
			return r["result"].(string), r["message"].(string)
		}
	}
	return "", ""
}

func (b *bench) pass() { b.f.Pass(context.Background()) }

// TestRevokedIsReported: what runs is reported once what it rests on is revoked, and
// again when that is put right.
func TestRevokedIsReported(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Saw(pod("scoring", "a", "api", image("scorer")))
	b.f.Saw(pod("scoring", "b", "api", image("scorer")))
	b.pass()
	r := b.report("scoring", "rs-api")
	if got, _ := result(r, "admission"); got != "pass" || len(results(r)) != 1 || len(b.events()) != 0 {
		t.Fatalf("an allowed workload: %v, events %v", r, b.events())
	}
	if o := r.GetOwnerReferences(); len(o) != 1 || o[0].Kind != "ReplicaSet" || o[0].UID != "rs-api" || o[0].Controller != nil {
		t.Errorf("owner %v", o)
	}
	b.revoke("scorer-data")
	b.pass()
	r = b.report("scoring", "rs-api")
	if got, why := result(r, "admission"); got != "fail" || !strings.Contains(why, "LIN-03") || !strings.Contains(why, "revoked") {
		t.Errorf("after its dataset was revoked: %s %s", got, why)
	}
	if got, why := result(r, "LIN-03"); got != "fail" || !strings.Contains(why, ref("scorer-data")) {
		t.Errorf("LIN-03: %s %s", got, why)
	}
	if e := b.events(); len(e) != 1 || !strings.HasPrefix(e[0], "Warning AssizeRefused") || !strings.Contains(e[0], "LIN-03") {
		t.Errorf("events %v", e)
	}
	writes := len(b.client.Actions())
	b.pass()
	b.Clock.Advance(time.Minute)
	b.pass()
	if n := len(b.client.Actions()) - writes; n != 0 {
		t.Errorf("nothing changed, and the API server was asked %d times", n)
	}
}

// TestReportAgreesWithWebhook: whatever the state, the report says of what runs what
// the webhook says of the same object.
func TestReportAgreesWithWebhook(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	bad := b.model("weak", 0.6)
	b.model("gone", 0.9)
	b.revoke("gone-data")
	b.model("waived", 0.9)
	b.waive(bad, "weak", 240*time.Hour)
	claims := func(u *unstructured.Unstructured, kv ...string) *unstructured.Unstructured {
		u.SetAnnotations(map[string]string{kv[0]: kv[1]})
		return u
	}
	n := 0
	var pods []*unstructured.Unstructured
	for _, ns := range []string{"scoring", "scoring-trial", "scoring-audit", "scoring-off"} {
		for _, images := range [][]string{{"scorer"}, {"weak"}, {"gone"}, {"stranger"}, {"scorer", "gone"}, {"waived"}} {
			var refs []string
			for _, name := range images {
				refs = append(refs, image(name))
			}
			n++
			pods = append(pods, pod(ns, fmt.Sprint("p", n), "", refs...))
		}
		beside := pod(ns, ns+"-beside", "", image("scorer"))
		beside.Object["spec"].(m)["containers"].([]any)[0].(m)["env"] = []any{m{"name": "SIDE", "value": image("gone")}}
		pods = append(pods, beside, claims(pod(ns, ns+"-forged", "", image("scorer")), admission.ClaimModel, ref("other")),
			claims(pod(ns, ns+"-claimed", "", image("scorer")), admission.ClaimSystem, "system:elsewhere"), pod(ns, ns+"-side", "", "docker.io/library/sidecar:1"))
	}
	for _, u := range pods {
		b.f.Saw(u)
	}
	seen := map[string]int{}
	agree := func(when string) {
		t.Helper()
		b.pass()
		for _, u := range pods {
			r, allowed := b.report(u.GetNamespace(), string(u.GetUID())), b.admitted(u)
			if r == nil {
				t.Fatalf("%s: no report about %s", when, u.GetName())
			}
			failed := false
			for _, x := range results(r) {
				if x["policy"] == "admission" {
					outcome := x["properties"].(map[string]any)["admission"].(string)
					seen[outcome]++
					failed = failed || outcome == "denied" || outcome == "error"
				}
			}
			if failed == allowed {
				t.Errorf("%s: the webhook lets %s in %s: %v; the report: %v", when, u.GetName(), u.GetNamespace(), allowed, results(r))
			}
		}
	}
	agree("at first")
	b.revoke("scorer-data")
	agree("after a revocation")
	b.Clock.Advance(241 * time.Hour)
	agree("after the waiver's end")
	for _, outcome := range []string{"allowed", "denied", "warned", "audited", "unjudged"} {
		if seen[outcome] == 0 {
			t.Errorf("no object was %s: %v; the test is weaker than it says", outcome, seen)
		}
	}
}

// admitted asks the webhook about a pod.
func (b *bench) admitted(u *unstructured.Unstructured) bool {
	b.tb.Helper()
	return b.ask(u, admissionv1.Create, false)
}

func (b *bench) ask(u *unstructured.Unstructured, o admissionv1.Operation, dryRun bool) bool {
	b.tb.Helper()
	raw, err := json.Marshal(u)
	b.must(err)
	req := &admissionv1.AdmissionRequest{UID: "1", Kind: metav1.GroupVersionKind{Version: "v1", Kind: "Pod"}, Namespace: u.GetNamespace(), Operation: o, DryRun: &dryRun}
	if req.Object.Raw = raw; o == admissionv1.Delete {
		req.Object.Raw, req.OldObject.Raw = nil, raw
	}
	body, err := json.Marshal(admissionv1.AdmissionReview{TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}, Request: req})
	b.must(err)
	w, r := httptest.NewRecorder(), httptest.NewRequest("POST", admission.PathValidate, bytes.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	b.server.ServeHTTP(w, r)
	var review admissionv1.AdmissionReview
	b.must(json.Unmarshal(w.Body.Bytes(), &review))
	return review.Response.Allowed
}

// TestExpiredWaiverIsNotHonoured: a waiver ends in the background at the instant it
// ends at the door, though nothing else happens.
func TestExpiredWaiverIsNotHonoured(t *testing.T) {
	b := newBench(t)
	bad := b.model("weak", 0.6)
	b.waive(bad, "weak", 24*time.Hour)
	b.f.Saw(pod("scoring", "a", "api", image("weak")))
	b.pass()
	r := b.report("scoring", "rs-api")
	if got, _ := result(r, "admission"); got != "pass" {
		t.Fatalf("under the waiver: %v", results(r))
	}
	if got, why := result(r, "EVL-01"); got != "skip" || !strings.Contains(why, "waived until") {
		t.Errorf("the waived finding: %s %s", got, why)
	}
	b.Clock.Advance(24*time.Hour - 10*time.Second)
	b.pass()
	if got, _ := result(b.report("scoring", "rs-api"), "admission"); got != "pass" {
		t.Errorf("before the waiver's end: %s", got)
	}
	b.Clock.Advance(20 * time.Second) // less than Every: only the decision's own end tells
	b.pass()
	if got, why := result(b.report("scoring", "rs-api"), "admission"); got != "fail" || !strings.Contains(why, "EVL-01") {
		t.Errorf("after the waiver's end: %s %s", got, why)
	}
	if b.admitted(pod("scoring", "a", "", image("weak"))) {
		t.Error("the webhook honours it still")
	}
}

// A verdict that rests on a pinned clock holds for its instant. What runs is judged by it
// with every round, and not with every look at the ledger: each is a further decision.
func TestMomentaryVerdictsAreAskedByTheRound(t *testing.T) {
	pinned := maps.Clone(rules)
	pinned["core/ext_01/ext_01.rego"] = &fstest.MapFile{Data: []byte(strings.Replace(strings.TrimSuffix(string(rule("core.ext_01", "EXT-01", "high", `["eval-result"]`, `[]`, "").Data), "\nimport rego.v1\n"),
		"#   basis: default", "#   basis: default\n#   foreign: {package: main, document: eval-result, clock: pinned}", 1))}
	pinned["theirs/main.rego"] = &fstest.MapFile{Data: []byte("package main\n\ndeny contains \"too old\" if {\n\tcount(input.metrics) > 0\n\ttime.now_ns() > time.parse_rfc3339_ns(\"2090-01-01T00:00:00Z\")\n}\n")}
	b := benchOf(t, pinned)
	b.model("scorer", 0.8)
	b.f.Saw(pod("scoring", "p", "rs", image("scorer")))
	size := func() uint64 {
		t.Helper()
		n, _, _, err := b.Log.Head(context.Background())
		b.must(err)
		return n
	}
	b.pass()
	first := size()
	for range 5 {
		b.Clock.Advance(time.Second)
		b.pass()
	}
	if n := size(); n != first {
		t.Errorf("%d decisions were recorded while nothing happened", n-first)
	}
	b.Clock.Advance(11 * time.Minute)
	b.pass()
	if n := size(); n != first+1 {
		t.Errorf("%d decisions were recorded by the round, want 1", n-first)
	}
}

// TestReplicasTellOnce: two services that follow the same cluster make one report and
// one event.
func TestReplicasTellOnce(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	other := b.follower()
	u := pod("scoring", "a", "api", image("scorer"))
	b.revoke("scorer-data")
	for _, f := range []*running.Follower{b.f, other} {
		f.Saw(u)
		f.Pass(context.Background())
	}
	if e := b.events(); len(e) != 1 {
		t.Errorf("events %v", e)
	}
	updates := 0
	for _, a := range b.client.Actions() {
		if a.GetVerb() == "update" {
			updates++
		}
	}
	if updates != 0 {
		t.Errorf("the same report was written again %d times", updates)
	}
	size := b.Size()
	other.Pass(context.Background())
	b.pass()
	if b.Size() != size {
		t.Errorf("following makes %d entries of its own", b.Size()-size)
	}
}

// TestRunFollowsTheCluster: pods come, change and go; reports of workloads that went
// while nobody looked are removed, foreign ones are left alone.
func TestRunFollowsTheCluster(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Saw(pod("scoring", "old", "", image("scorer")))
	b.pass()
	reports := b.client.Resource(schema.GroupVersionResource{Group: "openreports.io", Version: "v1alpha1", Resource: "reports"}).Namespace("scoring")
	foreign := &unstructured.Unstructured{Object: m{"apiVersion": "openreports.io/v1alpha1", "kind": "Report", "metadata": m{"name": "assize-pod-theirs", "namespace": "scoring", "labels": m{"app.kubernetes.io/managed-by": "another"}}}}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := reports.Create(ctx, foreign, metav1.CreateOptions{})
	b.must(err)
	b.f = b.follower()
	ended := make(chan error, 1)
	go func() { ended <- b.f.Run(ctx) }()
	pods := b.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace("scoring")
	u, err := pods.Create(ctx, pod("scoring", "theirs", "", image("scorer")), metav1.CreateOptions{})
	b.must(err)
	_, err = pods.Create(ctx, pod("scoring", "new", "", image("scorer")), metav1.CreateOptions{})
	b.must(err)
	eventually(t, "the pod is reported", func() bool { got, _ := result(b.report("scoring", "pod-new"), "admission"); return got == "pass" })
	eventually(t, "the old report is removed", func() bool { return b.report("scoring", "pod-old") == nil })
	if len(results(b.report("scoring", "pod-theirs"))) != 0 {
		t.Error("somebody else's report was written over")
	}
	b.revoke("scorer-data")
	eventually(t, "the revocation is reported", func() bool { got, _ := result(b.report("scoring", "pod-new"), "admission"); return got == "fail" })
	b.must(pods.Delete(ctx, "new", metav1.DeleteOptions{}))
	eventually(t, "the report goes with the pod", func() bool { return b.report("scoring", "pod-new") == nil })
	_ = u
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestSweepIsTriedAgain: an API server that does not list reports at the start does
// not keep those of what is gone for ever.
func TestSweepIsTriedAgain(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Saw(pod("scoring", "old", "", image("scorer")))
	b.pass()
	if b.report("scoring", "pod-old") == nil {
		t.Fatal("there is no report")
	}
	var refused atomic.Int32
	b.client.PrependReactor("list", "reports", func(clienttesting.Action) (bool, runtime.Object, error) {
		if refused.Add(1) == 1 {
			return true, nil, errors.New("the server is starting")
		}
		return false, nil, nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	b.f = b.follower()
	ended := make(chan error, 1)
	go func() { ended <- b.f.Run(ctx) }()
	eventually(t, "reports are listed", func() bool { return refused.Load() > 0 })
	eventually(t, "the old report is removed", func() bool {
		b.Clock.Advance(time.Minute)
		return b.report("scoring", "pod-old") == nil
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within 20s: %s", what)
}

// TestNotAskedAbout: where the webhook is not asked nothing is reported, and what is
// no longer asked about loses its report.
func TestNotAskedAbout(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	out := pod("scoring", "out", "", image("scorer"))
	out.SetLabels(map[string]string{"judge": "no"})
	elsewhere := pod("kube-system", "dns", "", image("scorer"))
	done := pod("scoring", "done", "", image("scorer"))
	b.must(unstructured.SetNestedField(done.Object, "Succeeded", "status", "phase"))
	in := pod("scoring", "in", "", image("scorer"))
	for _, u := range []*unstructured.Unstructured{out, elsewhere, done, in} {
		b.f.Saw(u)
	}
	b.pass()
	for _, u := range []*unstructured.Unstructured{out, elsewhere, done} {
		if b.report(u.GetNamespace(), string(u.GetUID())) != nil {
			t.Errorf("a report about %s", u.GetName())
		}
	}
	if b.report("scoring", "pod-in") == nil {
		t.Error("no report about what is asked about")
	}
	b.f.Lost(in)
	b.pass()
	if b.report("scoring", "pod-in") != nil {
		t.Error("the report stayed")
	}
}
