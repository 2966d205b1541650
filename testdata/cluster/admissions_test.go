package cluster_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRunningWithoutList: two services that may not list pods, with the webhook of the
// chart, know what one of them let in. It is reported when its dataset is revoked, known
// after both were restarted, and its report goes when the other is told of its deletion,
// which nothing holds up.
func TestRunningWithoutList(t *testing.T) {
	reports := kube.reports(t, "admissions")
	kube.namespace(t, "admissions", m{"assize.dev/admission": "enabled"})
	all := kube.rights(t, "unlisted", "admissions")
	first, second := replicas(t, fmt.Sprintf(`
admission:
  kubernetes: {kubeconfig: %q}
  registries: {anonymous: true}
  running: {reports: true, events: true, namespaces: {match_labels: {assize.dev/admission: enabled}}}
  scopes:
    - {name: production, mode: enforce, environment: production}
`, asAccount(t, "unlisted", "assize")))
	first.model(t, "kept", goodCard, "")
	for _, o := range all {
		if o["kind"] != "ValidatingWebhookConfiguration" {
			continue
		}
		hooks := list(o["webhooks"])
		if len(hooks) != 2 {
			t.Fatalf("the chart makes %d webhooks", len(hooks))
		}
		for i, s := range []*service{first, second} { // what comes is judged by one, what goes is told to the other
			hooks[i]["clientConfig"] = m{"url": s.hook, "caBundle": s.ca}
		}
		kube.must(t, "POST", collection(t, o), o)
		t.Cleanup(func() {
			_, _ = kube.do(context.Background(), "DELETE", collection(t, o)+"/"+o["metadata"].(m)["name"].(string), nil)
		})
	}
	kube.settled(t, "admissions", image("unknown"), denied)
	pods := "/api/v1/namespaces/admissions/pods"
	kube.must(t, "POST", pods+"?dryRun=All", pod("tried", image("kept-image")))
	made := kube.must(t, "POST", pods, pod("scorer", image("kept-image")))
	report := func() answer {
		return kube.ask(t, "GET", reports+"/assize-"+made.body["metadata"].(m)["uid"].(string), nil)
	}
	eventually(t, "the running pod passes", func() bool { return strings.HasPrefix(report().result(), "pass ") })
	first.withdraw(t, "kept-data")
	refused := func() bool {
		return strings.HasPrefix(report().result(), "fail ") && strings.Contains(report().result(), "LIN-03")
	}
	eventually(t, "the running pod is reported", refused)
	if n := len(list(kube.ask(t, "GET", reports, nil).body["items"])); n != 1 {
		t.Errorf("%d reports, of one pod", n)
	}
	for _, s := range []*service{first, second} {
		s.end()
	}
	other := pod("other", image("kept-image"))
	if a := kube.ask(t, "POST", pods, other); a.status < 500 {
		t.Errorf("nobody answers, and a pod comes: %d %s", a.status, a.message())
	}
	kube.must(t, "DELETE", reports+"/assize-"+made.body["metadata"].(m)["uid"].(string), nil)
	for _, s := range []*service{first, second} {
		s.start(t)
	}
	eventually(t, "it is known after a restart", refused)
	kube.must(t, "DELETE", pods+"/scorer?gracePeriodSeconds=0&dryRun=All", nil)
	if a := kube.ask(t, "DELETE", pods+"/scorer?gracePeriodSeconds=0", nil); a.status != http.StatusOK {
		t.Fatalf("its deletion: %d %s", a.status, a.message())
	}
	eventually(t, "the report goes with the pod", func() bool { return report().status == http.StatusNotFound })
	text, err := os.ReadFile(filepath.Join(first.dir, "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "pods may not be listed and watched") || !strings.Contains(string(text), "known by admissions alone") {
		t.Errorf("the log does not say how what runs is known:\n%s", tail(text))
	}
}
