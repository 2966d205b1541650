package chart_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	admission "k8s.io/api/admissionregistration/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/assize-dev/assize/deploy"
)

// objects of an installation, decoded strictly: a field that Kubernetes does not know
// is an error.
func objects(t *testing.T, namespace string, values ...map[string]any) []runtime.Object {
	t.Helper()
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, certmanager.AddToScheme, monitoring.AddToScheme} {
		if err := add(known); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(known, serializer.EnableStrict).UniversalDeserializer()
	manifests, err := deploy.Render(deploy.Release{Name: "assize", Namespace: namespace}, values...)
	if err != nil {
		t.Fatal(err)
	}
	var out []runtime.Object
	for _, m := range manifests {
		docs := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(m.Text)))
		for {
			text := make([]byte, deploy.MaxRendered)
			n, err := docs.Read(text)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			o, _, err := decoder.Decode(text[:n], nil, nil)
			if err != nil {
				t.Fatalf("%s: %v\n%s", m.Template, err, text[:n])
			}
			out = append(out, o)
		}
	}
	return out
}

// one object of a kind, nil when there is none.
func one[T runtime.Object](t *testing.T, from []runtime.Object) (found T) {
	t.Helper()
	n := 0
	for _, o := range from {
		if o, ok := o.(T); ok {
			found, n = o, n+1
		}
	}
	if n > 1 {
		t.Fatalf("%d objects %T, want one", n, found)
	}
	return found
}

// TestObjects holds what is true of every installation: what a reviewer of the cluster
// looks for in other people's charts.
func TestObjects(t *testing.T) {
	for name, values := range cases(t) {
		t.Run(name, func(t *testing.T) {
			all := objects(t, "governance", values)
			d := one[*apps.Deployment](t, all)
			p := d.Spec.Template.Spec
			if s := p.SecurityContext; s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || *s.RunAsUser == 0 || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
				t.Errorf("pod security context: %+v", s)
			}
			c := p.Containers[0]
			if s := c.SecurityContext; s == nil || *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) || len(s.Capabilities.Add) > 0 {
				t.Errorf("container security context: %+v", s)
			}
			if p.HostNetwork || p.HostPID || p.HostIPC {
				t.Error("the pod shares something with its host")
			}
			for _, v := range p.Volumes {
				if v.HostPath != nil {
					t.Errorf("volume %s is a path of the host", v.Name)
				}
				if !slices.ContainsFunc(c.VolumeMounts, func(m core.VolumeMount) bool { return m.Name == v.Name }) {
					t.Errorf("volume %s is not mounted", v.Name)
				}
			}
			for _, m := range c.VolumeMounts {
				if !slices.ContainsFunc(p.Volumes, func(v core.Volume) bool { return v.Name == m.Name }) {
					t.Errorf("nothing to mount at %s", m.MountPath)
				}
			}
			if c.Resources.Requests.Cpu().Cmp(resource.MustParse("0")) == 0 || c.Resources.Limits.Memory().IsZero() {
				t.Error("no request of processors, or no limit of memory")
			}
			if a := p.Affinity; a == nil || a.PodAntiAffinity == nil {
				t.Error("replicas may land on one node")
			}
			selected := labels.SelectorFromSet(d.Spec.Selector.MatchLabels)
			if !selected.Matches(labels.Set(d.Spec.Template.Labels)) {
				t.Error("the deployment does not select its pods")
			}
			if s := one[*core.Service](t, all); !selected.Matches(labels.Set(s.Spec.Selector)) || !selected.Matches(labels.Set(s.Labels)) {
				t.Errorf("the service selects %v", s.Spec.Selector)
			}
			if b := budgetOf(t, all); (b != "") != (*d.Spec.Replicas > 1) {
				t.Errorf("%d replicas, disruption budget %q", *d.Spec.Replicas, b)
			}
			for _, o := range all {
				o := o.(meta.Object)
				if ns := o.GetNamespace(); ns != "governance" && ns != "" {
					t.Errorf("%s is in namespace %s", o.GetName(), ns)
				}
				if o.GetLabels()["app.kubernetes.io/instance"] != "assize" {
					t.Errorf("%T %s is not labelled", o, o.GetName())
				}
			}
			checkRights(t, all)
		})
	}
}

func budgetOf(t *testing.T, all []runtime.Object) string {
	t.Helper()
	for _, o := range all {
		if kind := fmt.Sprintf("%T", o); strings.Contains(kind, "PodDisruptionBudget") {
			return kind
		}
	}
	return ""
}

// checkRights: nothing by wildcard, nothing written cluster-wide but what is named, and
// secrets are read only where the values say so.
func checkRights(t *testing.T, all []runtime.Object) {
	t.Helper()
	pull := false
	for _, o := range all {
		if c, ok := o.(*core.ConfigMap); ok {
			pull = strings.Contains(c.Data["assize.yaml"], "pull_secrets: true")
		}
	}
	for _, r := range one[*rbac.ClusterRole](t, all).Rules {
		if slices.Contains(r.Verbs, "*") || slices.Contains(r.Resources, "*") || slices.Contains(r.APIGroups, "*") {
			t.Errorf("right by wildcard: %v", r)
		}
		writes := slices.ContainsFunc(r.Verbs, func(v string) bool { return !slices.Contains([]string{"get", "list", "watch"}, v) })
		own := slices.ContainsFunc(r.Resources, func(s string) bool { return s == "events" || s == "reports" })
		if writes && len(r.ResourceNames) == 0 && !own {
			t.Errorf("may write everywhere: %v", r)
		}
		if slices.Contains(r.Resources, "secrets") && !pull {
			t.Errorf("may read every secret: %v", r)
		}
	}
}

// TestNeverJudged: kube-system and the service's own namespace are out of the webhook's
// reach whatever the values say, and what opts in or out is.
func TestNeverJudged(t *testing.T) {
	named := func(name string, more ...string) labels.Set {
		s := labels.Set{"kubernetes.io/metadata.name": name}
		for _, v := range more {
			s["assize.dev/admission"] = v
		}
		return s
	}
	for _, c := range []struct {
		values    string
		judged    []labels.Set
		notJudged []labels.Set
	}{
		{"", []labels.Set{named("shop", "enabled")}, []labels.Set{named("shop"), named("shop", "disabled")}},
		{"webhook: {namespaces: opt-out}", []labels.Set{named("shop"), named("shop", "enabled")}, []labels.Set{named("shop", "disabled")}},
		{"webhook: {namespaces: opt-out, excludedNamespaces: []}", []labels.Set{named("kube-public")}, nil},
		{"webhook: {namespaces: opt-out, excludedNamespaces: [shop]}", nil, []labels.Set{named("shop")}},
	} {
		over, err := deploy.ParseValues("values", []byte(c.values))
		if err != nil {
			t.Fatal(err)
		}
		w := one[*admission.ValidatingWebhookConfiguration](t, objects(t, "governance", cases(t)["production"], over)).Webhooks[0]
		s, err := meta.LabelSelectorAsSelector(w.NamespaceSelector)
		if err != nil {
			t.Fatal(err)
		}
		for _, ns := range c.judged {
			if !s.Matches(ns) {
				t.Errorf("%q: %v is not judged", c.values, ns)
			}
		}
		for _, ns := range append(c.notJudged, named("kube-system", "enabled"), named("governance", "enabled")) {
			if s.Matches(ns) {
				t.Errorf("%q: %v is judged", c.values, ns)
			}
		}
		for _, r := range w.Rules {
			if slices.Contains(r.Operations, admission.Delete) || slices.Contains(r.Operations, admission.OperationAll) {
				t.Errorf("asked about deletions: %v", r)
			}
		}
	}
	objectsOf := func(values string) *meta.LabelSelector {
		over, err := deploy.ParseValues("values", []byte("webhook: {objects: "+values+"}"))
		if err != nil {
			t.Fatal(err)
		}
		return one[*admission.ValidatingWebhookConfiguration](t, objects(t, "governance", cases(t)["production"], over)).Webhooks[0].ObjectSelector
	}
	if s := objectsOf("all"); s != nil {
		t.Errorf("all objects are selected by %v", s)
	}
	for values, op := range map[string]meta.LabelSelectorOperator{"opt-in": meta.LabelSelectorOpIn, "opt-out": meta.LabelSelectorOpNotIn} {
		if s := objectsOf(values); len(s.MatchExpressions) != 1 || s.MatchExpressions[0].Operator != op {
			t.Errorf("%s selects objects by %v", values, s)
		}
	}
}

// TestConnected: the API server, the service, the certificate and the network policy
// mean the same port and name.
func TestConnected(t *testing.T) {
	all := objects(t, "governance", cases(t)["cert-manager"])
	w := one[*admission.ValidatingWebhookConfiguration](t, all)
	s, c := one[*core.Service](t, all), one[*certmanager.Certificate](t, all)
	d, n := one[*apps.Deployment](t, all), one[*network.NetworkPolicy](t, all)
	ref := w.Webhooks[0].ClientConfig.Service
	if ref.Name != s.Name || ref.Namespace != s.Namespace || *ref.Port != s.Spec.Ports[0].Port {
		t.Errorf("the webhook is at %v, the service is %s/%s", ref, s.Namespace, s.Name)
	}
	if want := s.Name + "." + s.Namespace + ".svc"; !slices.Contains(c.Spec.DNSNames, want) {
		t.Errorf("the certificate is for %v, not for %s", c.Spec.DNSNames, want)
	}
	if got, want := w.Annotations["cert-manager.io/inject-ca-from"], c.Namespace+"/"+c.Name; got != want {
		t.Errorf("authority from %s, want %s", got, want)
	}
	port := d.Spec.Template.Spec.Containers[0].Ports[0]
	if s.Spec.Ports[0].TargetPort.StrVal != port.Name || n.Spec.Ingress[0].Ports[0].Port.StrVal != port.Name {
		t.Errorf("port %s of the pod is not what service and network policy name", port.Name)
	}
	var config string
	for _, o := range all {
		if c, ok := o.(*core.ConfigMap); ok {
			config = c.Data["assize.yaml"]
		}
	}
	if m := regexp.MustCompile(`tls-listen: ":(\d+)"`).FindStringSubmatch(config); m == nil || m[1] != fmt.Sprint(port.ContainerPort) {
		t.Errorf("the service listens at %v, the pod shows %d", m, port.ContainerPort)
	}
}
