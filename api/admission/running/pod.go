package running

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/assize-dev/assize/api/admission"
)

// owner is what a report is about: what controls a pod, or the pod.
type owner struct {
	apiVersion, kind, namespace, name string
	uid                               types.UID
}

// key of a workload. A uid alone would not do: a pod may name one of another namespace.
type key struct {
	namespace string
	uid       types.UID
}

func (o owner) key() key { return key{o.namespace, o.uid} }

// shape is a digest of all a judgement looks at in a pod.
type shape [sha256.Size]byte

// pod is what is kept of one.
type pod struct {
	uid     types.UID
	owner   owner
	labels  map[string]string
	reading admission.Reading
	fault   string // why it could not be read
	shape   shape
	size    int       // about what it takes in memory, in bytes
	at      time.Time // when it was let in or changed last; zero for one that the list shows
}

// podOf is what is kept of a pod whatever it runs, false when it does not run any more.
// One that is to go runs until it went, which may take as long as it says itself.
func podOf(u *unstructured.Unstructured) (pod, bool) {
	p := pod{uid: u.GetUID(), owner: owner{"v1", "Pod", u.GetNamespace(), u.GetName(), u.GetUID()}, labels: u.GetLabels()}
	for _, r := range u.GetOwnerReferences() {
		// A static pod stands for itself. So does one that names what nothing could be
		// told of: whoever makes a pod writes here what they like.
		if r.Controller != nil && *r.Controller && r.Kind != "Node" && tellable(r.Name, r.UID) {
			p.owner = owner{r.APIVersion, r.Kind, u.GetNamespace(), r.Name, r.UID}
		}
	}
	phase, _, _ := unstructured.NestedString(u.Object, "status", "phase")
	return p, phase != "Succeeded" && phase != "Failed"
}

// tellable: reports and events about an object so called have names the API server
// takes.
func tellable(name string, uid types.UID) bool {
	return len(uid) <= maxUID && len(validation.IsDNS1123Subdomain(string(uid))) == 0 && len(validation.IsDNS1123Subdomain(name)) == 0
}

// read is the pod with what was read of it.
func (p pod) read(r admission.Reading, err error) pod {
	p.reading, p.fault = r, ""
	if err != nil {
		p.fault = err.Error()
	}
	text, err := json.Marshal(r)
	if err != nil {
		p.fault = err.Error()
	}
	p.size = 512 + len(text) + len(p.fault)
	for k, v := range p.labels {
		p.size += 32 + len(k) + len(v)
	}
	p.shape = sha256.Sum256(append(text, p.fault...))
	return p
}

// with is the pod with what was known of it before and is told later: nobody can tell
// whether that runs still.
func (p pod) with(before pod) pod {
	if p.fault != "" {
		return p
	}
	return p.read(p.reading.Since(before.reading).With(before.reading.Since(p.reading)), nil)
}

// since is the pod with what was known before of the digests it runs.
func (p pod) since(before pod) pod {
	if p.fault != "" {
		return p
	}
	return p.read(p.reading.Since(before.reading), nil)
}

// statuses of the containers in each list of a pod's spec.
var statuses = map[string]string{"initContainers": "initContainerStatuses", "containers": "containerStatuses", "ephemeralContainers": "ephemeralContainerStatuses"}

// pin gives the images of a pod the digests that its containers were started with.
func pin(u *unstructured.Unstructured) {
	spec, _ := u.Object["spec"].(map[string]any)
	status, _ := u.Object["status"].(map[string]any)
	for list, of := range statuses {
		ran := map[string]string{}
		for _, s := range mappings(status[of]) {
			name, _ := s["name"].(string)
			ran[name], _ = s["imageID"].(string)
		}
		for _, c := range mappings(spec[list]) {
			name, _ := c["name"].(string)
			if image, ok := c["image"].(string); ok {
				c["image"] = started(image, ran[name])
			}
		}
	}
}

// mappings of a list.
func mappings(v any) []map[string]any {
	items, _ := v.([]any)
	var out []map[string]any
	for _, i := range items {
		if m, ok := i.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
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
