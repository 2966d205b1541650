package cluster_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRunningIsReported: the dataset of a model that runs is revoked. The next pod is
// denied, the running one goes on and is reported, beside it and as an event, by a
// service that has the rights of the chart and no others.
func TestRunningIsReported(t *testing.T) {
	reports := kube.reports(t, "running")
	kube.rights(t, "follows", "production")
	s := serve(t, fmt.Sprintf(`
admission:
  public_url: https://assize.bank.example
  kubernetes: {kubeconfig: %q}
  registries: {anonymous: true}
  running: {reports: true, events: true, namespaces: {match_labels: {story: running}}}
  scopes:
    - {name: production, mode: enforce, environment: production}
`, asAccount(t, "follows", "assize")))
	s.model(t, "serving", goodCard, "")
	kube.namespace(t, "running", m{"story": "running"})
	kube.namespace(t, "beside", nil)
	kube.webhook(t, "running", s.hook, s.ca, "Fail", 5)
	kube.settled(t, "running", image("unknown"), denied)
	pods := "/api/v1/namespaces/running/pods"
	made := kube.must(t, "POST", pods, pod("scorer", image("serving-image")))
	kube.must(t, "POST", "/api/v1/namespaces/beside/pods", pod("scorer", image("unknown")))
	uid := made.body["metadata"].(m)["uid"].(string)
	report := func() answer { return kube.ask(t, "GET", reports+"/assize-"+uid, nil) }
	result := func() string { return report().result() }
	eventually(t, "the running pod passes", func() bool { return strings.HasPrefix(result(), "pass ") })
	s.withdraw(t, "serving-data")
	if a := kube.ask(t, "POST", pods, pod("next", image("serving-image"))); !denied(a) || !strings.Contains(a.message(), "LIN-03") {
		t.Errorf("the next pod: %d %s", a.status, a.message())
	}
	eventually(t, "the running pod is reported", func() bool { return strings.HasPrefix(result(), "fail ") && strings.Contains(result(), "LIN-03") })
	if a := kube.ask(t, "GET", pods+"/scorer", nil); a.status != http.StatusOK {
		t.Errorf("the running pod is gone: %d", a.status)
	}
	meta := report().body["metadata"].(m)
	if owners := list(meta["ownerReferences"]); len(owners) != 1 || owners[0]["uid"] != uid || owners[0]["kind"] != "Pod" {
		t.Errorf("owners %v", meta["ownerReferences"])
	}
	eventually(t, "an event tells", func() bool {
		for _, e := range list(kube.ask(t, "GET", "/api/v1/namespaces/running/events", nil).body["items"]) {
			if e["reason"] == "AssizeRefused" && e["involvedObject"].(m)["uid"] == uid && strings.Contains(e["message"].(string), "LIN-03") {
				return true
			}
		}
		return false
	})
	if n := len(list(kube.ask(t, "GET", "/apis/openreports.io/v1alpha1/namespaces/beside/reports", nil).body["items"])); n != 0 {
		t.Errorf("%d reports where the webhook is not asked", n)
	}
	kube.must(t, "DELETE", pods+"/scorer?gracePeriodSeconds=0", nil)
	eventually(t, "the report goes with the pod", func() bool { return report().status == http.StatusNotFound })
}

// reports of a namespace, of a resource this cluster knows.
func (c *cluster) reports(t *testing.T, namespace string) (path string) {
	t.Helper()
	schemas := os.Getenv("ASSIZE_SCHEMAS")
	if schemas == "" {
		t.Fatal("ASSIZE_SCHEMAS names the folder with the definition of reports")
	}
	text, err := os.ReadFile(filepath.Join(schemas, "openreports.io_reports.crd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c.must(t, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", string(text))
	path = "/apis/openreports.io/v1alpha1/namespaces/" + namespace + "/reports"
	c.served(t, path)
	return path
}

// rights of the chart's service account with some values, and what else the chart makes.
func (c *cluster) rights(t *testing.T, namespace, values string) []m {
	t.Helper()
	file, err := filepath.Abs("../../deploy/helm/assize/ci/" + values + "-values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.namespace(t, namespace, nil)
	all := manifests(t, "--values", file, "--namespace", namespace)
	for _, o := range all {
		if kind := o["kind"].(string); strings.Contains(kind, "Role") {
			c.must(t, "POST", collection(t, o), o)
		}
	}
	return all
}

// result of a report: how what it is about would be answered.
func (a answer) result() string {
	for _, r := range list(a.body["results"]) {
		if r["policy"] == "admission" {
			return fmt.Sprint(r["result"], " ", r["message"])
		}
	}
	return ""
}

// withdraw a thing that models are made from.
func (s *service) withdraw(t *testing.T, name string) {
	t.Helper()
	s.write(t, "revocation.json", fmt.Sprintf(`{"target": {"kind": "subject", "id": %q}, "reason": "consent_withdrawn"}`, digest(name)))
	s.run(t, "attest", "revocation", "--subject", digest(name), "--system", "system:credit", "--predicate", "revocation.json", "--key", "revoker.pem", "--out", "revocation.dsse.json")
	s.run(t, "submit", "--server", s.url, "revocation.dsse.json")
}

func list(v any) []m {
	var out []m
	items, _ := v.([]any)
	for _, i := range items {
		out = append(out, i.(m))
	}
	return out
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within 40s: %s", what)
}
