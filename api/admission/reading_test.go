package admission_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/assize-dev/assize/api/admission"
)

// told is what became of pods, in order.
type told []string

func (p *told) Admitted(pod map[string]any, r admission.Reading) {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	uid, _ := pod["metadata"].(m)["uid"].(string)
	*p = append(*p, "admitted "+uid+" "+string(text))
}

func (p *told) Deleted(uid string) { *p = append(*p, "deleted "+uid) }

// identified is a pod with a uid, as the API server has given it one by then.
func identified(o m, uid string) m {
	o["metadata"].(m)["uid"] = uid
	return o
}

// TestPodsAreTold: what was let in is told of with what it was judged by, digests of
// tags with it; what was refused, or was only tried, is not.
func TestPodsAreTold(t *testing.T) {
	r := newImages(t)
	tag, digest := r.push(t, "scorer")
	var pods told
	b := newBench(t, `
admission:
  scopes: [{name: production, mode: enforce, environment: production, images: ["registry.example/**", "127.0.0.1*/**"]}]
  no_match: warn
  registries: {anonymous: true, timeout: 10s}
  resources: [{group: "", kind: Pod, images: ["{.metadata.annotations.beside}"]}]
`, func(p *admission.Parts) { p.Pods = &pods })
	b.allowed()
	b.carries(digest, "model")
	if !b.create(identified(noted(pod(image("scorer"), tag), "beside", "elsewhere.example/a:1"), "1")).Allowed {
		t.Fatal("it was not let in")
	}
	dry := request(podKind, identified(pod(image("scorer")), "2"))
	dry.DryRun = new(true)
	b.ask(dry)
	b.create(identified(pod(image("poor")), "3"))
	b.ask(request(podKindOf("apps", "Deployment"), m{"metadata": m{"uid": "4"}, "spec": m{"template": m{"spec": pod(image("scorer"))["spec"]}}}))
	gone := request(podKind, nil)
	gone.Operation, gone.Object, gone.OldObject = admissionv1.Delete, runtime.RawExtension{}, runtime.RawExtension{Raw: encode(t, identified(pod(image("scorer")), "1"))}
	b.ask(gone)
	gone.DryRun = new(true)
	b.ask(gone)
	want := told{`admitted 1 {"references":[["image","` + image("scorer") + `","spec.containers[0].image"],["image","` + tag + "@" + string(digest) +
		`","spec.containers[1].image"],["image","elsewhere.example/a:1","{.metadata.annotations.beside}"]]}`, "deleted 1"}
	if diff := cmp.Diff(want, pods); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReading: what is kept of an object stands as the object does, and a tag goes on
// standing for what it stood for.
func TestReading(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	for _, o := range []m{pod(image("scorer")), pod(image("poor")), noted(pod(image("scorer")), admission.ClaimModel, ref("other")), noted(pod(image("scorer")), admission.ClaimSystem, "a b"), pod()} {
		r, err := b.server.Read(o)
		if err != nil {
			t.Fatal(err)
		}
		var again admission.Reading
		if err := json.Unmarshal(encode(t, r), &again); err != nil {
			t.Fatal(err)
		}
		one, other := b.server.Stand(t.Context(), "scoring", r), b.server.Stand(t.Context(), "scoring", again)
		if one.Outcome != other.Outcome || one.Message != other.Message || b.create(o).Allowed == one.Refused {
			t.Errorf("%v stands as %q, its reading as %q", o, one.Message, other.Message)
		}
	}
	reading := func(refs ...string) (r admission.Reading) {
		text := `{"references": [["image", "` + strings.Join(refs, `", "a"], ["image", "`) + `", "b"]]}`
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	got := encode(t, reading("x:1", "x:1@sha256:00", "y:1", "z:2").Since(reading("x:1@sha256:00", "z:1@sha256:11")))
	if want := `{"references":[["image","x:1@sha256:00","a"],["image","y:1","a"],["image","z:2","b"]]}`; string(got) != want {
		t.Errorf("since: %s", got)
	}
	var r admission.Reading
	if err := json.Unmarshal([]byte(`{"references": [1]}`), &r); err == nil {
		t.Error("what is no reading was read")
	}
}
