package cluster_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// plural names of what the chart makes.
var plurals = map[string]string{
	"v1/ConfigMap": "configmaps", "v1/Service": "services", "v1/ServiceAccount": "serviceaccounts", "v1/PersistentVolumeClaim": "persistentvolumeclaims",
	"apps/v1/Deployment": "deployments", "policy/v1/PodDisruptionBudget": "poddisruptionbudgets", "networking.k8s.io/v1/NetworkPolicy": "networkpolicies",
	"rbac.authorization.k8s.io/v1/Role": "roles", "rbac.authorization.k8s.io/v1/RoleBinding": "rolebindings",
	"rbac.authorization.k8s.io/v1/ClusterRole": "clusterroles", "rbac.authorization.k8s.io/v1/ClusterRoleBinding": "clusterrolebindings",
	"admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": "validatingwebhookconfigurations",
}

// others are kinds of other projects, which this cluster does not know.
var others = []string{"cert-manager.io/v1/Certificate", "cert-manager.io/v1/Issuer", "monitoring.coreos.com/v1/ServiceMonitor"}

// collection that an object is posted to, "" for the kind of another project.
func collection(t testing.TB, o m) string {
	t.Helper()
	version := o["apiVersion"].(string)
	kind := version + "/" + o["kind"].(string)
	plural, ok := plurals[kind]
	if !ok {
		for _, other := range others {
			if kind == other {
				return ""
			}
		}
		t.Fatalf("the chart makes a %s, which this test does not know", kind)
	}
	path := "/apis/" + version
	if version == "v1" {
		path = "/api/v1"
	}
	if ns, ok := o["metadata"].(m)["namespace"].(string); ok {
		path += "/namespaces/" + ns
	}
	return path + "/" + plural
}

// manifests that the program prints, object by object.
func manifests(t testing.TB, args ...string) []m {
	t.Helper()
	s := &service{dir: t.TempDir()}
	var out []m
	for _, doc := range strings.Split("\n"+s.run(t, append([]string{"admission", "manifests"}, args...)...), "\n---\n") {
		var o m
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatal(err)
		}
		if o != nil {
			out = append(out, o)
		}
	}
	return out
}

// TestManifests: the API server takes every object of every installation, to the last
// field: what it does not know it refuses.
func TestManifests(t *testing.T) {
	files, err := filepath.Glob("../../deploy/helm/assize/ci/*-values.yaml")
	if err != nil || len(files) < 6 {
		t.Fatal("values of the chart", files, err)
	}
	kube.namespace(t, "governance", nil)
	for _, file := range files {
		path, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range manifests(t, "--values", path, "--namespace", "governance") {
			to := collection(t, o)
			if to == "" {
				continue
			}
			if a := kube.ask(t, "POST", to+"?dryRun=All&fieldValidation=Strict", o); a.status != http.StatusCreated {
				t.Errorf("%s: %s: %d %s", filepath.Base(file), o["kind"], a.status, a.message())
			}
		}
	}
}

// asAccount is a kubeconfig of the chart's service account, with the rights the chart
// gives it and no others.
func asAccount(t testing.TB, namespace, name string) string {
	t.Helper()
	text, err := os.ReadFile(kube.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	as := strings.Replace(string(text), "token: admintoken", fmt.Sprintf("token: admintoken, as: %q", "system:serviceaccount:"+namespace+":"+name), 1)
	if err := os.WriteFile(file, []byte(as), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
