package admission_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/attest/oci"
)

// TestUnknownOperation: what is none of the four operations there are is no review.
func TestUnknownOperation(t *testing.T) {
	b := newBench(t, usual)
	for _, o := range []string{"", "create", "PATCH"} {
		req := request(podKind, pod(image("unknown")))
		req.Operation = admissionv1.Operation(o)
		body := encode(t, admissionv1.AdmissionReview{TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}, Request: req})
		if status, text := b.post(admission.PathValidate, body); status != http.StatusBadRequest || !strings.Contains(string(text), "operation") {
			t.Errorf("%q: status %d: %s", o, status, text)
		}
	}
}

// TestNoObject: a creation or an update of nothing is refused, whatever becomes of what
// no scope speaks of.
func TestNoObject(t *testing.T) {
	b := newBench(t, strings.Replace(usual, "admission:", "admission:\n  no_match: let-through", 1))
	for _, o := range []admissionv1.Operation{admissionv1.Create, admissionv1.Update} {
		for _, object := range []string{"null", "[]", `"a"`, "1"} {
			req := request(podKind, nil)
			req.Operation, req.Object = o, runtime.RawExtension{Raw: []byte(object)}
			if r := b.ask(req); r.Allowed || r.Result.Code != http.StatusBadRequest {
				t.Errorf("%s of %s: %+v", o, object, r)
			}
		}
	}
}

// TestTagTwice: a container that is added with the tag of another is pulled anew, and
// the tag may stand for something else by then.
func TestTagTwice(t *testing.T) {
	r := newImages(t)
	tag, digest := r.push(t, "scorer")
	b := newBench(t, strings.Replace(usual, "admission:", "admission:\n  registries: {anonymous: true, timeout: 10s, keep: 0s}", 1))
	b.allowed()
	b.carries(digest, "model")
	old := pod(tag, image("scorer"))
	if r := b.create(old); !r.Allowed {
		t.Fatal(message(r))
	}
	moved := oci.Client{Anonymous: true}
	if _, err := moved.Push(t.Context(), tag, &oci.Artefact{Type: "application/vnd.example", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte("another")}}}); err != nil {
		t.Fatal(err)
	}
	update := func(object m, sub string) *admissionv1.AdmissionResponse {
		req := request(podKind, object)
		req.Operation, req.SubResource, req.OldObject = admissionv1.Update, sub, runtime.RawExtension{Raw: encode(t, old)}
		return b.ask(req)
	}
	added := pod(tag, image("scorer"))
	added["spec"].(m)["ephemeralContainers"] = []any{m{"name": "debug", "image": tag}}
	if r := update(added, "ephemeralcontainers"); r.Allowed {
		t.Error("an ephemeral container of the tag was let in unasked")
	}
	if r := update(pod(tag, tag), ""); r.Allowed {
		t.Error("a container that changed to the tag was let in unasked")
	}
	if r := update(noted(pod(tag, image("scorer")), "a", "b"), ""); !r.Allowed {
		t.Errorf("an annotation: %s", message(r))
	}
	added["spec"].(m)["ephemeralContainers"] = []any{m{"name": "debug", "image": image("scorer")}}
	if r := update(added, "ephemeralcontainers"); !r.Allowed {
		t.Errorf("an image that its digest names: %s", message(r))
	}
}

// TestLeavingObject: what is to go may lose its finalizers though nobody can read it,
// and may not bring anything new.
func TestLeavingObject(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	leaving := func(o m) m {
		o["metadata"].(m)["deletionTimestamp"] = "2026-01-01T00:00:00Z"
		return o
	}
	update := func(object, old m) *admissionv1.AdmissionResponse {
		req := request(podKind, object)
		req.Operation, req.OldObject = admissionv1.Update, runtime.RawExtension{Raw: encode(t, old)}
		return b.ask(req)
	}
	if r := update(leaving(pod(image("stranger"))), leaving(pod(image("stranger"), image("scorer")))); !r.Allowed {
		t.Errorf("it brings nothing: %s", message(r))
	}
	if r := update(leaving(pod(image("stranger"))), leaving(pod(image("scorer")))); r.Allowed {
		t.Error("it brings an image nobody knows")
	}
	if r := b.create(leaving(pod(image("stranger")))); r.Allowed {
		t.Error("a creation that says it is to go already was let in")
	}
}

// TestStorageBesideEmptyLocation: a location that says nothing hides no other.
func TestStorageBesideEmptyLocation(t *testing.T) {
	b := newBench(t, usual)
	o := nested("spec.predictor.model", m{"storageUri": "", "storage": m{"key": "s3", "path": "models/stranger"}})
	if r := b.ask(request(podKindOf("serving.kserve.io", "InferenceService"), o)); r.Allowed {
		t.Error("a model was let in unasked")
	}
}

// TestStorageParameters: parameters lead to another place than the key and the path that
// evidence names; where a logger stores is no model.
func TestStorageParameters(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	b.model("fetched", 0.8)
	b.packaged("", "fetched", "storage:s3/models/fetched")
	service := func(predictor m) m {
		o := noted(m{}, admission.ClaimModel, ref("fetched"))
		o["spec"] = m{"predictor": predictor}
		return o
	}
	kind := podKindOf("serving.kserve.io", "InferenceService")
	storage := m{"key": "s3", "path": "models/fetched"}
	if r := b.ask(request(kind, service(m{"model": m{"storage": storage}, "logger": m{"storage": m{"key": "logs", "path": "a"}}}))); !r.Allowed {
		t.Errorf("as evidence names it: %s", message(r))
	}
	for name, parameters := range map[string]any{"bucket": m{"bucket": "evil"}, "address": m{"type": "s3", "endpoint_url": "https://evil.example"}, "shape": []any{"bucket"}} {
		storage["parameters"] = parameters
		if r := b.ask(request(kind, service(m{"model": m{"storage": storage}}))); r.Allowed {
			t.Errorf("%s: let in", name)
		}
	}
}

// TestVolumeInPlaceOfLocation: a label and annotations that have KServe mount a volume
// where the location that was judged would be fetched.
func TestVolumeInPlaceOfLocation(t *testing.T) {
	const internal = "internal.serving.kserve.io/"
	b := newBench(t, usual)
	b.allowed()
	b.model("fetched", 0.8)
	b.packaged("", "fetched", "s3://models/fetched/1")
	served := func(claim string) m {
		o := noted(pod(image("scorer")), admission.ClaimModel, ref("fetched"), internal+"storage-initializer-sourceuri", "s3://models/fetched/1",
			internal+"localmodel-sourceuri", "s3://models/fetched", internal+"localmodel-pvc-name", claim)
		o["metadata"].(m)["labels"] = m{internal + "localmodel": "cache"}
		return o
	}
	if r := b.create(served("")); !r.Allowed {
		t.Errorf("fetched: %s", message(r))
	}
	if r := b.create(served("evil")); r.Allowed || !strings.Contains(message(r), "pvc://evil/models/cache/1") {
		t.Errorf("from a volume: %v %s", r.Allowed, message(r))
	}
	b.packaged("", "fetched", "pvc://cache-gpu/models/cache/1")
	if r := b.create(served("cache-gpu")); !r.Allowed {
		t.Errorf("from a volume that evidence names: %s", message(r))
	}
}

// TestVolumesOfLanguageModel: the same of its service, and of its adapters, in whatever
// case KServe reads them.
func TestVolumesOfLanguageModel(t *testing.T) {
	const internal = "internal.serving.kserve.io/"
	b := newBench(t, usual)
	b.allowed()
	service := func(labels m, pairs ...string) m {
		o := noted(nested("spec.model.uri", "oci://"+image("scorer")), pairs...)
		o["metadata"].(m)["labels"] = labels
		return o
	}
	for name, c := range map[string]struct {
		object m
		want   string
	}{
		"none":      {service(m{}, internal+"localmodel-lora", `{"a": {"cache": "c"}}`), ""},
		"base":      {service(m{internal + "localmodel": "c"}, internal+"localmodel-pvc-name", "evil"), "pvc://evil/models/c"},
		"adapter":   {service(m{}, internal+"localmodel-lora", `{"a": {"cache": "c", "pvcName": "evil"}}`), "pvc://evil/models/c"},
		"case":      {service(m{}, internal+"localmodel-lora", `{"a": {"cache": "c", "PVCNAME": "evil"}}`), "pvc://evil/models/c"},
		"malformed": {service(m{}, internal+"localmodel-lora", `[`), "localmodel-lora"},
	} {
		r := b.ask(request(podKindOf("serving.kserve.io", "LLMInferenceService"), c.object))
		if r.Allowed != (c.want == "") || !strings.Contains(message(r), c.want) {
			t.Errorf("%s: %v %s", name, r.Allowed, message(r))
		}
	}
}

// TestModelAddedToRunning: a model that an update loads into what runs is asked about.
func TestModelAddedToRunning(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	for _, c := range []struct{ kind, path string }{{"TrainedModel", "spec.model.storageUri"}, {"LLMInferenceService", "spec.speculator.model.uri"}} {
		req := request(podKindOf("serving.kserve.io", c.kind), nested(c.path, "oci://"+image("poor")))
		req.Operation, req.OldObject = admissionv1.Update, runtime.RawExtension{Raw: encode(t, nested(c.path, "oci://"+image("scorer")))}
		if r := b.ask(req); r.Allowed || !strings.Contains(message(r), "EVL-01") {
			t.Errorf("%s: %v %s", c.kind, r.Allowed, message(r))
		}
	}
}

// TestLanguageModelClaims: what a service of a language model gives its pods to say is
// its own claim, since KServe asks about the service again without its metadata.
func TestLanguageModelClaims(t *testing.T) {
	b := newBench(t, usual)
	b.model("fetched", 0.8)
	b.packaged("", "fetched", "s3://models/fetched")
	for claimed, want := range map[string]bool{ref("fetched"): true, ref("weak"): false} {
		spec := m{"model": m{"uri": "s3://models/fetched"}, "annotations": m{admission.ClaimModel: claimed}}
		if r := b.ask(request(podKindOf("serving.kserve.io", "LLMInferenceService"), m{"metadata": m{"generateName": "a-validation-"}, "spec": spec})); r.Allowed != want {
			t.Errorf("%s: %v %s", claimed, r.Allowed, message(r))
		}
	}
}

// TestAdaptersWithoutEnd: adapters over adapters, which the schema does not bound, keep
// nobody waiting.
func TestAdaptersWithoutEnd(t *testing.T) {
	b := newBench(t, usual)
	deep := func(n int, leaf string) json.RawMessage {
		return json.RawMessage(`{"spec":{"model":` + strings.Repeat(`{"lora":{"adapters":[`, n) + leaf + strings.Repeat(`]}}`, n) + `}}`)
	}
	kind := podKindOf("serving.kserve.io", "LLMInferenceService")
	if r := b.ask(request(kind, deep(4, `{"uri":"s3://a"}`))); r.Allowed || !strings.Contains(message(r), "which bytes lie there") {
		t.Errorf("within the bound: %s", message(r))
	}
	start := time.Now()
	if r := b.ask(request(kind, deep(3000, "{}"+strings.Repeat(",{}", 200_000)))); r.Allowed || r.Result.Code != http.StatusBadRequest {
		t.Errorf("%+v", r)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestDeletionWithLongGrace: a pod that has longer to end than MaxEnding is not taken
// for gone before its node says so.
func TestDeletionWithLongGrace(t *testing.T) {
	var pods told
	b := newBench(t, usual, func(p *admission.Parts) { p.Pods = &pods })
	most := int64(admission.MaxEnding.Seconds())
	for _, c := range []struct {
		name    string
		options string
		change  func(o m)
		told    bool
	}{
		{"usual", `{"gracePeriodSeconds": 30}`, nil, true},
		{"nothing said", `null`, nil, true},
		{"its own, long", `{}`, func(o m) { o["spec"].(m)["terminationGracePeriodSeconds"] = most + 1 }, false},
		{"its own, at the bound", `{}`, func(o m) { o["spec"].(m)["terminationGracePeriodSeconds"] = most }, true},
		{"asked for, long", `{"gracePeriodSeconds": 31536000}`, nil, false},
		{"on no node", `{"gracePeriodSeconds": 31536000}`, func(o m) { delete(o["spec"].(m), "nodeName") }, true},
		{"ended", `{"gracePeriodSeconds": 31536000}`, func(o m) { o["status"] = m{"phase": "Succeeded"} }, true},
		{"its node says so", `{"gracePeriodSeconds": 0}`, func(o m) { o["spec"].(m)["terminationGracePeriodSeconds"] = most + 1 }, true},
	} {
		pods = nil
		o := identified(pod(image("scorer")), "1")
		o["spec"].(m)["nodeName"] = "n"
		if c.change != nil {
			c.change(o)
		}
		req := request(podKind, nil)
		req.Operation, req.Object, req.OldObject = admissionv1.Delete, runtime.RawExtension{}, runtime.RawExtension{Raw: encode(t, o)}
		req.Options = runtime.RawExtension{Raw: []byte(c.options)}
		if r := b.ask(req); !r.Allowed || len(pods) == 1 != c.told {
			t.Errorf("%s: allowed %v, told %v", c.name, r.Allowed, pods)
		}
	}
}

// TestTagTwiceIsKnownTwice: of a tag that was pulled again under another digest both are
// known to run, and stay so.
func TestTagTwiceIsKnownTwice(t *testing.T) {
	r := newImages(t)
	tag, first := r.push(t, "scorer")
	var pods told
	b := newBench(t, strings.Replace(usual, "admission:", "admission:\n  registries: {anonymous: true, timeout: 10s, keep: 0s}", 1), func(p *admission.Parts) { p.Pods = &pods })
	b.allowed()
	b.carries(first, "model")
	old := identified(pod(tag), "1")
	if r := b.create(old); !r.Allowed {
		t.Fatal(message(r))
	}
	moved := oci.Client{Anonymous: true}
	second, err := moved.Push(t.Context(), tag, &oci.Artefact{Type: "application/vnd.example", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte("another")}}})
	if err != nil {
		t.Fatal(err)
	}
	b.carries(second, "model")
	added := identified(pod(tag), "1")
	added["spec"].(m)["ephemeralContainers"] = []any{m{"name": "debug", "image": tag}}
	req := request(podKind, added)
	req.Operation, req.SubResource, req.OldObject = admissionv1.Update, "ephemeralcontainers", runtime.RawExtension{Raw: encode(t, old)}
	if r := b.ask(req); !r.Allowed {
		t.Fatal(message(r))
	}
	var known admission.Reading
	for _, line := range pods {
		var r admission.Reading
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "admitted 1 ")), &r); err != nil {
			t.Fatal(err)
		}
		known = r.Since(known)
	}
	for range 2 { // an update that changes nothing of it reads the tag alone
		plain, err := b.server.Read(added)
		if err != nil {
			t.Fatal(err)
		}
		known = plain.Since(known)
		if text := string(encode(t, known)); !strings.Contains(text, tag+"@"+string(first)) || !strings.Contains(text, tag+"@"+string(second)) {
			t.Errorf("known are %s", text)
		}
	}
}

// TestOtherShapes: what stands where containers or models do and is none of them is
// not passed over.
func TestOtherShapes(t *testing.T) {
	b := newBench(t, usual)
	one := m{"image": image("stranger")}
	for path, v := range map[string]any{
		"spec":                     []any{m{"containers": []any{one}}},
		"spec.containers":          m{"a": one},
		"spec.initContainers":      one,
		"spec.ephemeralContainers": image("stranger"),
		"spec.volumes":             m{"image": m{"reference": image("stranger")}},
		"metadata.annotations":     []any{"internal.serving.kserve.io/storage-initializer-sourceuri"},
	} {
		if r := b.ask(request(podKind, nested(path, v))); r.Allowed || r.Result.Code != http.StatusBadRequest {
			t.Errorf("%s: %+v", path, r)
		}
	}
	if r := b.ask(request(podKind, nested("spec.containers", []any{[]any{one}}))); r.Allowed {
		t.Errorf("a list in the list: %+v", r)
	}
	if r := b.ask(request(podKindOf("apps", "Deployment"), nested("spec.template", []any{m{"spec": m{"containers": []any{one}}}}))); r.Allowed {
		t.Errorf("a list of templates: %+v", r)
	}
	for path, v := range map[string]any{"spec.predictor": []any{m{"model": m{"storageUri": "s3://a"}}}, "spec.predictor.storageUris": m{"uri": "s3://a"}, "spec.predictor.model": m{"storageUris": "s3://a"}} {
		if r := b.ask(request(podKindOf("serving.kserve.io", "InferenceService"), nested(path, v))); r.Allowed {
			t.Errorf("%s: %+v", path, r)
		}
	}
}
