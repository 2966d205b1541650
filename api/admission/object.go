package admission

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/client-go/util/jsonpath"

	"github.com/assize-dev/assize/attest"
)

// errObject: the object under review cannot be read.
var errObject = errors.New("malformed object")

// kind of a reference.
type refKind string

const (
	anImage refKind = "image"
	aModel  refKind = "model"
)

// reference is something an object would run.
type reference struct {
	kind refKind
	text string // as written
	at   string // where in the object
}

// claims of an object about itself. They prove nothing.
type claims struct {
	system string
	model  attest.Ref
	fault  string // a claim that says nothing
}

// object is what matters of the object under review.
type object struct {
	references     []reference
	again          []reference // further places of a tag, each of which is pulled by itself
	claims         claims
	controller     bool // it makes pods that are asked about themselves
	leaving        bool // it is being deleted
	pullSecrets    []string
	serviceAccount string
	known          bool // its kind is one that runs something
}

// podSpecs tells where each kind keeps its pod, "" for the object's own.
var podSpecs = map[string]string{
	"/Pod":                   "",
	"/PodTemplate":           "template",
	"/ReplicationController": "spec.template",
	"apps/Deployment":        "spec.template",
	"apps/StatefulSet":       "spec.template",
	"apps/DaemonSet":         "spec.template",
	"apps/ReplicaSet":        "spec.template",
	"batch/Job":              "spec.template",
	"batch/CronJob":          "spec.jobTemplate.spec.template",
}

// readObject finds what an object of a kind would run.
func readObject(parsed any, group, kind string, resources []resource) (object, error) {
	if parsed == nil {
		return object{}, nil
	}
	tree, ok := parsed.(map[string]any)
	if !ok {
		return object{}, fmt.Errorf("%w: want a JSON object", errObject)
	}
	r := reader{}
	o := &r.object
	o.leaving = at(tree, "metadata.deletionTimestamp") != nil
	meta := tree
	where, isPod := podSpecs[group+"/"+kind]
	switch {
	case isPod:
		o.known, o.controller = true, where != ""
		pod, path := tree, "spec"
		if where != "" {
			pod, path = r.part(tree, where), where+".spec"
			meta = pod
		}
		r.pod(r.part(pod, "spec"), path)
		r.fetched(pod, path)
	case group == kserve:
		r.kserve(tree, kind)
		if strings.HasPrefix(kind, "LLMInferenceService") {
			// What its pods say, and all that KServe says when it asks whether it may make
			// them (pkg/controller/v1alpha2/llmisvc, reconcileBaseRefs).
			meta = map[string]any{"metadata": r.part(tree, "spec")}
		}
	}
	for _, res := range resources {
		if res.Group != group || res.Kind != kind {
			continue
		}
		o.known, o.controller = true, o.controller || res.Controller
		if err := r.custom(tree, res); err != nil {
			return object{}, err
		}
	}
	if r.err != nil {
		return object{}, r.err
	}
	r.claims(tree, meta)
	return *o, nil
}

// reader collects references.
type reader struct {
	object object
	err    error
}

// add takes a reference in, once.
func (r *reader) add(kind refKind, v any, where string) {
	text, ok := v.(string)
	switch {
	case v == nil || r.err != nil:
		return
	case !ok:
		r.err = fmt.Errorf("%w: %s: want a string", errObject, where)
		return
	case text == "":
		return // a template may leave it to whoever fills it in
	case len(text) > MaxReference:
		r.err = fmt.Errorf("%w: %s: %d bytes, at most %d", errObject, where, len(text), MaxReference)
		return
	case slices.ContainsFunc(r.object.references, func(x reference) bool { return x.kind == kind && x.text == text }):
		if !movable(kind, text) {
			return
		}
		if len(r.object.again) < MaxReferences {
			r.object.again = append(r.object.again, reference{kind, text, where})
			return
		}
		fallthrough
	case len(r.object.references) == MaxReferences:
		r.err = fmt.Errorf("%w: it names more than %d images and locations; split it", errObject, MaxReferences)
		return
	}
	r.object.references = append(r.object.references, reference{kind, text, where})
}

// movable: what it stands for may be another thing at the next pull.
func movable(kind refKind, text string) bool { return kind == anImage && !strings.Contains(text, "@") }

// part walks a path of members. What is no object there, nobody can read.
func (r *reader) part(m map[string]any, path string) map[string]any {
	for name := range strings.SplitSeq(path, ".") {
		m = r.mapping(m[name], path)
	}
	return m
}

// items of a list of objects.
func (r *reader) items(v any, where string) []map[string]any {
	list, ok := v.([]any)
	if v != nil && !ok && r.err == nil {
		r.err = fmt.Errorf("%w: %s: want a list", errObject, where)
	}
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i] = r.mapping(list[i], where)
	}
	return out
}

func (r *reader) mapping(v any, where string) map[string]any {
	m, ok := v.(map[string]any)
	if v != nil && !ok && r.err == nil {
		r.err = fmt.Errorf("%w: %s: want a JSON object", errObject, where)
	}
	return m
}

// pod reads containers of every kind and image volumes.
func (r *reader) pod(spec map[string]any, path string) {
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for i, c := range r.items(spec[list], path+"."+list) {
			r.add(anImage, c["image"], fmt.Sprintf("%s.%s[%d].image", path, list, i))
		}
	}
	for i, v := range r.items(spec["volumes"], path+".volumes") {
		r.add(anImage, r.part(v, "image")["reference"], fmt.Sprintf("%s.volumes[%d].image.reference", path, i))
	}
	for _, s := range sequence(spec["imagePullSecrets"]) {
		if name, ok := mapping(s)["name"].(string); ok && len(r.object.pullSecrets) < maxPullSecrets {
			r.object.pullSecrets = append(r.object.pullSecrets, name)
		}
	}
	if name, ok := spec["serviceAccountName"].(string); ok {
		r.object.serviceAccount = name
	}
}

// maxPullSecrets of one pod are tried.
const maxPullSecrets = 8

// resource is a Resource with its paths compiled.
type resource struct {
	Resource
	images, models []*jsonpath.JSONPath
}

func compile(resources []Resource) ([]resource, error) {
	var out []resource
	for i, res := range resources {
		c := resource{Resource: res}
		if res.Kind == "" || len(res.Images)+len(res.Models) == 0 {
			return nil, fmt.Errorf("%w: resources[%d]: want a kind, and images or models with JSONPaths", ErrConfig, i)
		}
		for _, set := range []struct {
			texts []string
			to    *[]*jsonpath.JSONPath
		}{{res.Images, &c.images}, {res.Models, &c.models}} {
			for _, text := range set.texts {
				if !strings.HasPrefix(text, "{") {
					text = "{" + text + "}"
				}
				p := jsonpath.New(res.Kind).AllowMissingKeys(true)
				if err := p.Parse(text); err != nil {
					return nil, fmt.Errorf("%w: resources[%d]: JSONPath %q: %w", ErrConfig, i, clip(text), err)
				}
				*set.to = append(*set.to, p)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// custom reads the configured places of a custom resource. A place that is not
// there names nothing.
func (r *reader) custom(tree map[string]any, res resource) error {
	for _, set := range []struct {
		kind  refKind
		paths []*jsonpath.JSONPath
		texts []string
	}{{anImage, res.images, res.Images}, {aModel, res.models, res.Models}} {
		for i, p := range set.paths {
			results, err := p.FindResults(tree)
			if err != nil {
				return fmt.Errorf("%w: %s: %w", errObject, set.texts[i], err)
			}
			for _, group := range results {
				for _, v := range group {
					if v.IsValid() && v.CanInterface() {
						r.add(set.kind, v.Interface(), set.texts[i])
					}
				}
			}
		}
	}
	return nil
}

// claims reads annotations, then labels, of the pod and then of the object itself.
func (r *reader) claims(tree, pod map[string]any) {
	claim := func(name string) string {
		for _, o := range []map[string]any{pod, tree} {
			for _, place := range []string{"metadata.annotations", "metadata.labels"} {
				if v, ok := mapping(at(o, place))[name].(string); ok && v != "" {
					return v
				}
			}
		}
		return ""
	}
	c := &r.object.claims
	if s := claim(ClaimSystem); s != "" {
		if c.system = s; !strings.HasPrefix(s, "system:") {
			c.system = "system:" + s
		}
		if len(c.system) > MaxText || strings.ContainsAny(c.system, " \t\r\n") {
			c.system, c.fault = "", fmt.Sprintf("%s: %q is no system; want system:NAME of at most %d bytes without white space", ClaimSystem, clip(s), MaxText)
		}
	}
	if m := claim(ClaimModel); m != "" {
		ref, err := attest.ParseRef(m)
		if err != nil {
			c.fault = fmt.Sprintf("%s: %v", ClaimModel, err)
		}
		c.model = ref
	}
}

// added are the references an update brings: what an object ran before was asked
// about when it came, unless it now claims something else about it, or names a tag
// where it did not.
func (o object) added(old object) []reference {
	if o.claims != old.claims && !o.leaving {
		return o.references
	}
	places := slices.Concat(old.references, old.again)
	elsewhere := func(r reference) bool { return !slices.Contains(places, r) }
	return slices.DeleteFunc(slices.Clone(o.references), func(r reference) bool {
		if !slices.ContainsFunc(old.references, func(x reference) bool { return x.kind == r.kind && x.text == r.text }) {
			return false
		}
		return !movable(r.kind, r.text) || !elsewhere(r) && !slices.ContainsFunc(o.again, func(x reference) bool { return x.text == r.text && elsewhere(x) })
	})
}

// at walks a path of members.
func at(m map[string]any, path string) any {
	var v any = m
	for name := range strings.SplitSeq(path, ".") {
		v = mapping(v)[name]
	}
	return v
}

func mapping(v any) map[string]any { m, _ := v.(map[string]any); return m }

func sequence(v any) []any { s, _ := v.([]any); return s }

func sortedNames(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
