package running

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// owner is what a report is about: what controls a pod, or the pod.
type owner struct {
	apiVersion, kind, namespace, name string
	uid                               types.UID
}

// shape is a digest of all a judgement looks at in a pod.
type shape [sha256.Size]byte

// pod is what is kept of one.
type pod struct {
	owner  owner
	labels map[string]string
	shape  shape
	raw    []byte // as it is judged
}

// lists of containers in a pod's spec, and where their status is.
var lists = [][2]string{{"initContainers", "initContainerStatuses"}, {"containers", "containerStatuses"}, {"ephemeralContainers", "ephemeralContainerStatuses"}}

// trimmed leaves of a pod what podOf reads, before it goes into memory.
func trimmed(v any) (any, error) {
	u, ok := v.(*unstructured.Unstructured)
	if !ok {
		return v, nil
	}
	out := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": picked(u.Object["metadata"],
		"name", "namespace", "uid", "resourceVersion", "labels", "annotations", "ownerReferences", "deletionTimestamp")}
	if notes, ok := out["metadata"].(map[string]any)["annotations"].(map[string]any); ok {
		delete(notes, "kubectl.kubernetes.io/last-applied-configuration") // as long as the pod itself
	}
	spec := picked(u.Object["spec"], "volumes", "imagePullSecrets", "serviceAccountName")
	volumes, _ := spec["volumes"].([]any)
	for i, v := range volumes {
		volumes[i] = picked(v, "name", "image")
	}
	status := picked(u.Object["status"], "phase")
	for _, l := range lists {
		for _, set := range []struct {
			from any
			to   map[string]any
			list string
			keep []string
		}{{u.Object["spec"], spec, l[0], []string{"name", "image", "args"}}, {u.Object["status"], status, l[1], []string{"name", "imageID"}}} {
			from, _ := set.from.(map[string]any)
			items, _ := from[set.list].([]any)
			kept := make([]any, len(items))
			for i, c := range items {
				kept[i] = picked(c, set.keep...)
			}
			if len(kept) > 0 {
				set.to[set.list] = kept
			}
		}
	}
	out["spec"], out["status"] = spec, status
	return &unstructured.Unstructured{Object: out}, nil
}

// picked members of a map.
func picked(v any, names ...string) map[string]any {
	m, _ := v.(map[string]any)
	out := map[string]any{}
	for _, n := range names {
		if v, ok := m[n]; ok {
			out[n] = v
		}
	}
	return out
}

// podOf reads a pod, false when it does not run any more.
func podOf(u *unstructured.Unstructured) (pod, bool) {
	phase, _, _ := unstructured.NestedString(u.Object, "status", "phase")
	if u.GetDeletionTimestamp() != nil || phase == "Succeeded" || phase == "Failed" {
		return pod{}, false
	}
	p := pod{owner: owner{"v1", "Pod", u.GetNamespace(), u.GetName(), u.GetUID()}, labels: u.GetLabels()}
	for _, r := range u.GetOwnerReferences() {
		if r.Controller != nil && *r.Controller && r.Kind != "Node" { // a static pod stands for itself
			p.owner = owner{r.APIVersion, r.Kind, u.GetNamespace(), r.Name, r.UID}
		}
	}
	spec, _ := u.Object["spec"].(map[string]any)
	for _, l := range lists {
		ran := map[string]string{}
		statuses, _, _ := unstructured.NestedSlice(u.Object, "status", l[1])
		for _, s := range statuses {
			m := picked(s, "name", "imageID")
			name, _ := m["name"].(string)
			ran[name], _ = m["imageID"].(string)
		}
		containers, _ := spec[l[0]].([]any)
		for i, c := range containers {
			c := picked(c, "name", "image", "args")
			name, _ := c["name"].(string)
			if image, ok := c["image"].(string); ok {
				c["image"] = started(image, ran[name])
			}
			containers[i] = c
		}
	}
	// Of what is written on a pod only claims are judged; most of the rest is another
	// for each pod of a workload.
	meta := map[string]any{}
	for _, member := range []string{"labels", "annotations"} {
		all, _, _ := unstructured.NestedStringMap(u.Object, "metadata", member)
		kept := map[string]any{}
		for k, v := range all {
			if strings.HasPrefix(k, "assize.dev/") || strings.HasPrefix(k, "internal.serving.kserve.io/") {
				kept[k] = v
			}
		}
		meta[member] = kept
	}
	var err error
	if p.raw, err = json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}); err != nil {
		return pod{}, false // what came as JSON goes as JSON
	}
	p.shape = sha256.Sum256(p.raw)
	return p, true
}

var ranDigest = regexp.MustCompile(`@(sha256:[0-9a-f]{64})$`)

// started is an image with the digest that its tag stood for when the container was
// started. An image that says its digest is left as it is, and so is one of which the
// runtime tells no digest of a registry.
func started(image, imageID string) string {
	m := ranDigest.FindStringSubmatch(imageID)
	if m == nil || strings.Contains(image, "@") {
		return image
	}
	return image + "@" + m[1]
}
