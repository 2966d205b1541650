package admission

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

const (
	kserve = "serving.kserve.io"
	// internal begins the names of labels and annotations that KServe leaves for itself
	// (pkg/constants).
	internal = "internal.serving.kserve.io/"
)

// kserve reads the kinds of KServe 0.19 (github.com/kserve/kserve, pkg/apis/serving)
// that name what they run or fetch. A trained model is loaded into what runs already,
// without a pod of its own; a cache is filled before anything serves from it.
func (r *reader) kserve(tree map[string]any, kind string) {
	o := &r.object
	o.known = true
	switch kind {
	case "InferenceService":
		for _, part := range []string{"predictor", "transformer", "explainer"} {
			r.component(r.part(tree, "spec."+part), "spec."+part)
		}
	case "TrainedModel":
		r.add(aModel, r.part(tree, "spec.model")["storageUri"], "spec.model.storageUri")
	case "LLMInferenceService":
		r.llm(r.part(tree, "spec"))
		notes := r.part(tree, "metadata.annotations")
		r.cached(notes, r.part(tree, "metadata.labels"))
		r.cachedAdapters(notes[internal+"localmodel-lora"])
	case "LLMInferenceServiceConfig":
		r.llm(r.part(tree, "spec"))
		// The model of a base is served for whoever refers to it, and no pod names one on
		// a volume (pkg/controller/v1alpha2/llmisvc, config_merge.go, workload_storage.go).
		o.controller = !slices.ContainsFunc(o.references, func(x reference) bool { return x.kind == aModel })
	case "ServingRuntime", "ClusterServingRuntime":
		o.controller = true
		r.pod(r.part(tree, "spec"), "spec")
		r.pod(r.part(tree, "spec.workerSpec"), "spec.workerSpec")
	case "LocalModelCache", "LocalModelNamespaceCache":
		o.controller = true
		r.add(aModel, r.part(tree, "spec")["sourceModelUri"], "spec.sourceModelUri")
		r.storage(r.part(tree, "spec")["storage"], "spec.storage")
	case "ClusterStorageContainer":
		o.controller = true
		r.add(anImage, r.part(tree, "spec.container")["image"], "spec.container.image")
	default:
		o.known = false
	}
}

// llm reads the model with its adapters, the one that drafts for it, and the pods of
// workers, of those for prompts alone, and of what chooses among them.
func (r *reader) llm(spec map[string]any) {
	r.adapted(r.part(spec, "model"), "spec.model", 0)
	r.adapted(r.part(spec, "speculator.model"), "spec.speculator.model", 0)
	for _, path := range []string{"template", "worker", "prefill.template", "prefill.worker", "router.scheduler.template", "router.scheduler.tokenizer.template"} {
		r.pod(r.part(spec, path), "spec."+path)
	}
}

// adapted reads a model and the adapters laid over it, which are models as well. The
// schema leaves them open, and the API server lets them through at any depth.
func (r *reader) adapted(model map[string]any, path string, depth int) {
	r.add(aModel, model["uri"], path+".uri")
	adapters := r.items(r.mapping(model["lora"], path+".lora")["adapters"], path+".lora.adapters")
	if len(adapters) > 0 && depth == maxAdapted && r.err == nil {
		r.err = fmt.Errorf("%w: %s: adapters over adapters, more than %d deep", errObject, path, maxAdapted)
	}
	for i, a := range adapters {
		if r.err != nil {
			return
		}
		r.adapted(a, fmt.Sprintf("%s.lora.adapters[%d]", path, i), depth+1)
	}
}

// maxAdapted is how deep adapters may lie over adapters; KServe takes the first alone.
const maxAdapted = 4

// fetched reads the models that KServe has init containers fetch: the annotation it
// leaves for that, and the containers' own arguments (pkg/webhook/admission/pod,
// storage_initializer_injector.go; pkg/controller/v1alpha2/llmisvc).
func (r *reader) fetched(pod map[string]any, path string) {
	notes := r.part(pod, "metadata.annotations")
	r.add(aModel, notes[internal+"storage-initializer-sourceuri"], "metadata.annotations["+internal+"storage-initializer-sourceuri]")
	r.cached(notes, r.part(pod, "metadata.labels"))
	for i, c := range r.items(r.part(pod, "spec")["initContainers"], path+".initContainers") {
		if args := sequence(c["args"]); c["name"] == "storage-initializer" || c["name"] == "speculator-initializer" {
			for j := 0; j < len(args); j += 2 { // pairs of source and destination
				r.add(aModel, args[j], fmt.Sprintf("%s.initContainers[%d].args[%d]", path, i, j))
			}
		}
	}
}

// cached reads the volume that is mounted in place of fetching, as
// storage_initializer_injector.go puts it together. Whoever makes the object can write
// the label and the annotations, so it is not taken for a cache of the location.
func (r *reader) cached(notes, labels map[string]any) {
	claim, _ := notes[internal+"localmodel-pvc-name"].(string)
	if cache, ok := labels[internal+"localmodel"].(string); ok && claim != "" {
		source, _ := notes[internal+"storage-initializer-sourceuri"].(string)
		from, _ := notes[internal+"localmodel-sourceuri"].(string)
		rest := strings.Trim(strings.TrimPrefix(source, from), "/")
		r.add(aModel, strings.TrimSuffix("pvc://"+claim+"/models/"+cache+"/"+rest, "/"), "metadata.annotations["+internal+"localmodel-pvc-name]")
	}
}

// cachedAdapters reads the same for adapters, from the annotation that says it for all.
func (r *reader) cachedAdapters(note any) {
	const where = "metadata.annotations[" + internal + "localmodel-lora]"
	text, ok := note.(string)
	if !ok || text == "" || r.err != nil {
		return
	}
	// As KServe reads it, members in any case (package localmodelcache, LoRACacheEntry).
	var adapters map[string]struct{ Cache, PVCName string }
	if err := json.Unmarshal([]byte(text), &adapters); err != nil {
		r.err = fmt.Errorf("%w: %s: %w", errObject, where, err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(adapters)) {
		if a := adapters[name]; a.PVCName != "" {
			r.add(aModel, "pvc://"+a.PVCName+"/models/"+a.Cache, where)
		}
	}
}

// storage reads a place that a key of the secret storage-config leads to. Parameters
// override what the secret says, the bucket and the address among it
// (pkg/credentials, CreateStorageSpecSecretEnvs).
func (r *reader) storage(v any, where string) {
	s := r.mapping(v, where)
	if s == nil {
		return
	}
	key, _ := s["key"].(string)
	path, _ := s["path"].(string)
	text := "storage:" + key + "/" + path
	values := url.Values{}
	for name, v := range r.mapping(s["parameters"], where+".parameters") {
		values.Set(name, fmt.Sprint(v))
	}
	if len(values) > 0 {
		text += "?" + values.Encode()
	}
	r.add(aModel, text, where)
}

// component reads a predictor, transformer or explainer: a pod with the model it
// serves beside it, under model or under the name of a framework.
func (r *reader) component(c map[string]any, path string) {
	r.pod(c, path)
	r.pod(r.part(c, "workerSpec"), path+".workerSpec")
	for i, own := range r.items(c["containers"], path+".containers") { // pkg/apis/serving/v1beta1, predictor_custom.go
		for j, e := range r.items(own["env"], path+".containers.env") {
			if e["name"] == "STORAGE_URI" {
				r.add(aModel, e["value"], fmt.Sprintf("%s.containers[%d].env[%d].value", path, i, j))
			}
		}
	}
	for _, name := range sortedNames(c) {
		m, ok := c[name].(map[string]any)
		if !ok || name == "workerSpec" || name == "logger" { // where a logger stores is written to
			continue
		}
		where := path + "." + name
		r.add(anImage, m["image"], where+".image")
		r.add(aModel, m["storageUri"], where+".storageUri")
		for i, s := range r.items(m["storageUris"], where+".storageUris") {
			r.add(aModel, s["uri"], fmt.Sprintf("%s.storageUris[%d].uri", where, i))
		}
		r.storage(m["storage"], where+".storage")
	}
	for i, s := range r.items(c["storageUris"], path+".storageUris") {
		r.add(aModel, s["uri"], fmt.Sprintf("%s.storageUris[%d].uri", path, i))
	}
}
