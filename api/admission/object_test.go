package admission_test

import (
	"net/http"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/assize-dev/assize/api/admission"
)

// nested puts a value at a path of members.
func nested(path string, v any) m {
	names := strings.Split(path, ".")
	for i := len(names) - 1; i >= 0; i-- {
		v = m{names[i]: v}
	}
	return v.(m)
}

func containers(image string) []any { return []any{m{"name": "c", "image": image}} }

// TestWhereImagesStand: an image that may not run is found wherever a kind names
// one. What makes pods is warned about, what is one is refused.
func TestWhereImagesStand(t *testing.T) {
	b := newBench(t, usual+`
  resources:
    - {group: ml.example, kind: Scorer, images: ["{.spec.workers[*].image}"]}
    - {group: ml.example, kind: ScorerSet, images: [".spec.image"], controller: true}
`)
	b.allowed()
	poor := image("poor")
	apps, kserve := "apps", "serving.kserve.io"
	for name, c := range map[string]struct {
		group, kind, path string
		value             any
		warned            bool
	}{
		"container":            {"", "Pod", "spec.containers", containers(poor), false},
		"init container":       {"", "Pod", "spec.initContainers", containers(poor), false},
		"ephemeral container":  {"", "Pod", "spec.ephemeralContainers", containers(poor), false},
		"speculator fetched":   {"", "Pod", "spec.initContainers", []any{m{"name": "speculator-initializer", "args": []any{"oci://" + poor, "/mnt/speculator/model"}}}, false},
		"image volume":         {"", "Pod", "spec.volumes", []any{m{"name": "model", "image": m{"reference": poor}}}, false},
		"pod template":         {"", "PodTemplate", "template.spec.containers", containers(poor), true},
		"replication":          {"", "ReplicationController", "spec.template.spec.containers", containers(poor), true},
		"deployment":           {apps, "Deployment", "spec.template.spec.containers", containers(poor), true},
		"stateful set":         {apps, "StatefulSet", "spec.template.spec.initContainers", containers(poor), true},
		"daemon set":           {apps, "DaemonSet", "spec.template.spec.containers", containers(poor), true},
		"replica set":          {apps, "ReplicaSet", "spec.template.spec.containers", containers(poor), true},
		"job":                  {"batch", "Job", "spec.template.spec.containers", containers(poor), true},
		"cron job":             {"batch", "CronJob", "spec.jobTemplate.spec.template.spec.containers", containers(poor), true},
		"inference, container": {kserve, "InferenceService", "spec.predictor.containers", containers(poor), false},
		"inference, image":     {kserve, "InferenceService", "spec.predictor.model.image", poor, false},
		"inference, modelcar":  {kserve, "InferenceService", "spec.predictor.model.storageUri", "oci://" + poor, false},
		"inference, framework": {kserve, "InferenceService", "spec.predictor.sklearn.storageUri", "oci://" + poor, false},
		"inference, several":   {kserve, "InferenceService", "spec.predictor.model.storageUris", []any{m{"uri": "oci://" + poor}}, false},
		"inference, worker":    {kserve, "InferenceService", "spec.predictor.workerSpec.containers", containers(poor), false},
		"inference, env":       {kserve, "InferenceService", "spec.predictor.containers", []any{m{"name": "c", "env": []any{m{"name": "STORAGE_URI", "value": "oci://" + poor}}}}, false},
		"transformer":          {kserve, "InferenceService", "spec.transformer.containers", containers(poor), false},
		"explainer":            {kserve, "InferenceService", "spec.explainer.containers", containers(poor), false},
		"runtime":              {kserve, "ServingRuntime", "spec.containers", containers(poor), true},
		"cluster runtime":      {kserve, "ClusterServingRuntime", "spec.containers", containers(poor), true},
		"trained model":        {kserve, "TrainedModel", "spec.model.storageUri", "oci://" + poor, false},
		"llm":                  {kserve, "LLMInferenceService", "spec.model.uri", "oci://" + poor, false},
		"llm, adapter":         {kserve, "LLMInferenceService", "spec.model.lora.adapters", []any{m{"uri": "oci://" + poor}}, false},
		"llm, adapter's own":   {kserve, "LLMInferenceService", "spec.model.lora.adapters", []any{nested("lora.adapters", []any{m{"uri": "oci://" + poor}})}, false},
		"llm, speculator":      {kserve, "LLMInferenceService", "spec.speculator.model.uri", "oci://" + poor, false},
		"llm, template":        {kserve, "LLMInferenceService", "spec.template.containers", containers(poor), false},
		"llm, worker":          {kserve, "LLMInferenceService", "spec.worker.initContainers", containers(poor), false},
		"llm, prefill":         {kserve, "LLMInferenceService", "spec.prefill.template.containers", containers(poor), false},
		"llm, prefill worker":  {kserve, "LLMInferenceService", "spec.prefill.worker.containers", containers(poor), false},
		"llm, scheduler":       {kserve, "LLMInferenceService", "spec.router.scheduler.template.containers", containers(poor), false},
		"llm, tokenizer":       {kserve, "LLMInferenceService", "spec.router.scheduler.tokenizer.template.containers", containers(poor), false},
		"llm base":             {kserve, "LLMInferenceServiceConfig", "spec.template.containers", containers(poor), true},
		"llm base, model":      {kserve, "LLMInferenceServiceConfig", "spec.model.uri", "oci://" + poor, false},
		"llm base, adapter":    {kserve, "LLMInferenceServiceConfig", "spec.model.lora.adapters", []any{m{"uri": "oci://" + poor}}, false},
		"model cache":          {kserve, "LocalModelCache", "spec.sourceModelUri", "oci://" + poor, true},
		"namespace's cache":    {kserve, "LocalModelNamespaceCache", "spec.sourceModelUri", "oci://" + poor, true},
		"what fetches":         {kserve, "ClusterStorageContainer", "spec.container.image", poor, true},
		"custom":               {"ml.example", "Scorer", "spec.workers", containers(poor), false},
		"custom controller":    {"ml.example", "ScorerSet", "spec.image", poor, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.ask(request(metav1.GroupVersionKind{Group: c.group, Version: "v1", Kind: c.kind}, nested(c.path, c.value)))
			if r.Allowed != c.warned || c.warned && len(r.Warnings) == 0 || !c.warned && !strings.Contains(message(r), "EVL-01") {
				t.Errorf("allowed %v, warnings %q, message %q", r.Allowed, r.Warnings, message(r))
			}
		})
	}
}

// TestEphemeralContainer: a container added to a running pod is asked about, through
// the subresource it comes by; those that run already are not.
func TestEphemeralContainer(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	update := func(before, after m, sub string) *admissionv1.AdmissionResponse {
		req := request(podKind, after)
		req.Operation, req.SubResource, req.OldObject = admissionv1.Update, sub, runtime.RawExtension{Raw: encode(t, before)}
		return b.ask(req)
	}
	running := pod(image("poor")) // it came before anybody asked
	debugged := pod(image("poor"))
	debugged["spec"].(m)["ephemeralContainers"] = containers(image("weak-debugger"))
	if r := update(running, debugged, "ephemeralcontainers"); r.Allowed || !strings.Contains(message(r), "ephemeralContainers[0]") || strings.Contains(message(r), "poor@") {
		t.Errorf("an unknown debugger: %v, %s", r.Allowed, message(r))
	}
	labelled := pod(image("poor"))
	labelled["metadata"] = m{"name": "p", "labels": m{"x": "y"}}
	if r := update(running, labelled, ""); !r.Allowed {
		t.Errorf("a label on what runs is refused: %s", message(r))
	}
	if r := update(running, pod(image("unknown")), ""); r.Allowed {
		t.Error("a container's image was replaced by an unknown one")
	}
	claims := noted(pod(image("scorer")), admission.ClaimSystem, "system:other")
	if r := update(pod(image("scorer")), claims, ""); r.Allowed {
		t.Error("a claim was added that nothing bears out")
	}
	leaving := pod(image("unknown"))
	leaving["metadata"] = m{"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}
	if r := update(leaving, leaving, ""); !r.Allowed {
		t.Errorf("a pod that is being deleted is held up: %s", message(r))
	}
}

// TestLeftAlone: deletions, connections and subresources that start nothing are let
// through without a word, whatever the object.
func TestLeftAlone(t *testing.T) {
	b := newBench(t, usual)
	for name, change := range map[string]func(*admissionv1.AdmissionRequest){
		"delete":  func(r *admissionv1.AdmissionRequest) { r.Operation, r.Object.Raw = admissionv1.Delete, nil },
		"connect": func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Connect },
		"status":  func(r *admissionv1.AdmissionRequest) { r.Operation, r.SubResource = admissionv1.Update, "status" },
		"scale":   func(r *admissionv1.AdmissionRequest) { r.Operation, r.SubResource = admissionv1.Update, "scale" },
	} {
		req := request(podKind, pod(image("unknown")))
		change(req)
		if r := b.ask(req); !r.Allowed || len(r.Warnings) > 0 || len(r.AuditAnnotations) > 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestMalformed: what is no review is answered with 400, an object nobody can read
// is refused, and neither ends the service.
func TestMalformed(t *testing.T) {
	b := newBench(t, usual)
	for name, body := range map[string]string{
		"empty":        ``,
		"no JSON":      `{`,
		"array":        `[]`,
		"version":      `{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"x"}}`,
		"no request":   `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}`,
		"no uid":       `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}}`,
		"case matters": `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","Request":{"uid":"x"}}`,
	} {
		if status, text := b.post(admission.PathValidate, []byte(body)); status != http.StatusBadRequest {
			t.Errorf("%s: status %d: %s", name, status, text)
		}
	}
	for name, object := range map[string]any{
		"image is a number":  m{"spec": m{"containers": []any{m{"image": 7}}}},
		"object is a string": "pod",
	} {
		if r := b.ask(request(podKind, object)); r.Allowed || r.Result.Code != http.StatusBadRequest {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if status, _ := b.post(admission.PathValidate, make([]byte, admission.MaxReview+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a review past the bound: status %d", status)
	}
}

// TestBounds meets those of an object.
func TestBounds(t *testing.T) {
	b := newBench(t, usual)
	if r := b.create(pod("registry.example/" + strings.Repeat("a", admission.MaxReference) + ":1")); r.Allowed || r.Result.Code != http.StatusBadRequest {
		t.Errorf("a reference past the bound: %+v", r.Result)
	}
	var many []string
	for range admission.MaxReferences + 1 {
		many = append(many, image(strings.Repeat("x", len(many)+1)))
	}
	if r := b.create(pod(many...)); r.Allowed || !strings.Contains(message(r), "split") {
		t.Errorf("references past the bound: %+v", r.Result)
	}
	r := b.create(pod(many[:40]...))
	if r.Allowed || len(message(r)) > admission.MaxMessage {
		t.Errorf("message of %d bytes", len(message(r)))
	}
	b.serve(strings.ReplaceAll(usual, "mode: enforce", "mode: warn"))
	if r := b.create(pod(many[:40]...)); !r.Allowed || len(r.Warnings) != admission.MaxWarnings {
		t.Errorf("%d warnings", len(r.Warnings))
	}
}

// FuzzReview: no body makes the webhook panic, and an answer that lets something
// through is one to a review.
func FuzzReview(f *testing.F) {
	b := newBench(f, usual+`
  resources:
    - {group: ml.example, kind: Scorer, images: ["{.spec.workers[*].image}"], models: ["{.spec.model.uri}"]}
`)
	for _, kind := range []metav1.GroupVersionKind{podKind, {Group: "batch", Kind: "CronJob"}, {Group: "serving.kserve.io", Kind: "InferenceService"}, {Group: "ml.example", Kind: "Scorer"}} {
		req := request(kind, pod(image("scorer")))
		f.Add(encode(f, m{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": req}))
	}
	f.Add([]byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"x","operation":"UPDATE","kind":{"group":"ml.example","kind":"Scorer"},"object":{"spec":{"workers":{"image":[1]},"model":{"uri":"s3://a"}}},"oldObject":[]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if code, text := b.direct(t, admission.PathValidate, body); code == http.StatusInternalServerError {
			t.Errorf("%s", text)
		}
	})
}
