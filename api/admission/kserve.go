package admission

import "fmt"

const kserve = "serving.kserve.io"

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
	case "LLMInferenceServiceConfig":
		o.controller = true
		r.llm(r.part(tree, "spec"))
	case "ServingRuntime", "ClusterServingRuntime":
		o.controller = true
		r.pod(r.part(tree, "spec"), "spec")
		r.pod(r.part(tree, "spec.workerSpec"), "spec.workerSpec")
	case "LocalModelCache", "LocalModelNamespaceCache":
		o.controller = true
		r.add(aModel, r.part(tree, "spec")["sourceModelUri"], "spec.sourceModelUri")
	case "ClusterStorageContainer":
		o.controller = true
		r.add(anImage, r.part(tree, "spec.container")["image"], "spec.container.image")
	default:
		o.known = false
	}
}

// llm reads the model with its adapters, and the pods of workers, of those for prompts
// alone, and of what chooses among them.
func (r *reader) llm(spec map[string]any) {
	r.adapted(r.part(spec, "model"), "spec.model")
	for _, path := range []string{"template", "worker", "prefill.template", "prefill.worker", "router.scheduler.template", "router.scheduler.tokenizer.template"} {
		r.pod(r.part(spec, path), "spec."+path)
	}
}

// adapted reads a model and the adapters laid over it, which are models as well.
func (r *reader) adapted(model map[string]any, path string) {
	r.add(aModel, model["uri"], path+".uri")
	for i, a := range r.items(r.mapping(model["lora"], path+".lora")["adapters"], path+".lora.adapters") {
		r.adapted(a, fmt.Sprintf("%s.lora.adapters[%d]", path, i))
	}
}

// fetched reads the model that KServe has an init container fetch: the annotation
// it leaves for that, and the container's own arguments.
func (r *reader) fetched(pod map[string]any, path string) {
	notes := r.part(pod, "metadata.annotations")
	r.add(aModel, notes["internal.serving.kserve.io/storage-initializer-sourceuri"], "metadata.annotations[internal.serving.kserve.io/storage-initializer-sourceuri]")
	for i, c := range r.items(r.part(pod, "spec")["initContainers"], path+".initContainers") {
		if args := sequence(c["args"]); c["name"] == "storage-initializer" {
			for j := 0; j < len(args); j += 2 { // pairs of source and destination
				r.add(aModel, args[j], fmt.Sprintf("%s.initContainers[%d].args[%d]", path, i, j))
			}
		}
	}
}

// component reads a predictor, transformer or explainer: a pod with the model it
// serves beside it, under model or under the name of a framework.
func (r *reader) component(c map[string]any, path string) {
	r.pod(c, path)
	r.pod(r.part(c, "workerSpec"), path+".workerSpec")
	for _, name := range sortedNames(c) {
		m, ok := c[name].(map[string]any)
		if !ok || name == "workerSpec" {
			continue
		}
		where := path + "." + name
		r.add(anImage, m["image"], where+".image")
		r.add(aModel, m["storageUri"], where+".storageUri")
		for i, s := range r.items(m["storageUris"], where+".storageUris") {
			r.add(aModel, s["uri"], fmt.Sprintf("%s.storageUris[%d].uri", where, i))
		}
		if s := r.mapping(m["storage"], where+".storage"); s != nil {
			key, _ := s["key"].(string)
			p, _ := s["path"].(string)
			r.add(aModel, "storage:"+key+"/"+p, where+".storage")
		}
	}
	for i, s := range r.items(c["storageUris"], path+".storageUris") {
		r.add(aModel, s["uri"], fmt.Sprintf("%s.storageUris[%d].uri", path, i))
	}
}
