package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const config = `
admission:
  public_url: https://assize.bank.example
  scopes:
    - name: production
      mode: enforce
      environment: production
  registries: {anonymous: true, timeout: 20s}
  resources:
    - {group: ml.example, kind: Scorer, images: ["{.spec.workers[*].image}"], models: ["{.spec.model.uri}"]}
`

// TestStories is what a cluster lives through, on one ledger.
func TestStories(t *testing.T) {
	s := serve(t, config)
	s.model(t, "good", goodCard, "")
	s.model(t, "poor", `{"limitations": []}`, "")
	kube.namespace(t, "stories", m{"story": "stories"})
	kube.webhook(t, "stories", s.hook, s.ca, "Fail", 5)
	kube.settled(t, "stories", image("unknown"), denied)
	pods := "/api/v1/namespaces/stories/pods"

	t.Run("allowed", func(t *testing.T) {
		if a := kube.ask(t, "POST", pods, pod("good", image("good-image"))); a.status != http.StatusCreated {
			t.Errorf("%d %s", a.status, a.message())
		}
	})
	t.Run("denied", func(t *testing.T) {
		a := kube.ask(t, "POST", pods, pod("poor", image("good-image"), image("poor-image")))
		if a.status != http.StatusForbidden {
			t.Fatalf("%d %s", a.status, a.text)
		}
		for _, want := range []string{"denied the request", "poor-image", "spec.containers[1].image", "TRA-04", "https://assize.bank.example/decisions/"} {
			if !strings.Contains(a.message(), want) {
				t.Errorf("the message does not say %q: %s", want, a.message())
			}
		}
	})
	t.Run("ephemeral container", func(t *testing.T) {
		add := func(image string) answer {
			return kube.ask(t, "PATCH", pods+"/good/ephemeralcontainers", m{"spec": m{"ephemeralContainers": []m{{"name": "debug" + image[len(image)-4:], "image": image}}}})
		}
		if a := add(image("unknown")); !denied(a) || !strings.Contains(a.message(), "ephemeralContainers[0]") {
			t.Errorf("an unknown debugger: %d %s", a.status, a.message())
		}
		if a := add(image("good-image")); a.status != http.StatusOK {
			t.Errorf("a known one: %d %s", a.status, a.message())
		}
	})
	t.Run("controllers", func(t *testing.T) {
		template := m{"metadata": m{"labels": m{"a": "b"}}, "spec": m{"restartPolicy": "Never", "containers": pod("x", image("poor-image"))["spec"].(m)["containers"]}}
		job := m{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": m{"name": "poor"}, "spec": m{"schedule": "0 0 * * *", "jobTemplate": m{"spec": m{"template": template}}}}
		if a := kube.ask(t, "POST", "/apis/batch/v1/namespaces/stories/cronjobs", job); a.status != http.StatusCreated || len(a.warnings) == 0 || !strings.Contains(a.warnings[0], "would be refused") {
			t.Errorf("cron job: %d %q %s", a.status, a.warnings, a.message())
		}
		template["spec"].(m)["restartPolicy"] = "Always"
		deployment := m{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": m{"name": "poor"}, "spec": m{"selector": m{"matchLabels": m{"a": "b"}}, "template": template}}
		if a := kube.ask(t, "POST", "/apis/apps/v1/namespaces/stories/deployments", deployment); a.status != http.StatusCreated || len(a.warnings) == 0 {
			t.Errorf("deployment: %d %q %s", a.status, a.warnings, a.message())
		}
	})
	t.Run("inference service", func(t *testing.T) {
		schemas := os.Getenv("ASSIZE_SCHEMAS")
		if schemas == "" {
			t.Fatal("ASSIZE_SCHEMAS names the folder with KServe's definitions")
		}
		text, err := os.ReadFile(filepath.Join(schemas, "kserve_inferenceservices.minimal.crd.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		kube.must(t, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", string(text))
		path := "/apis/serving.kserve.io/v1beta1/namespaces/stories/inferenceservices"
		kube.served(t, path)
		service := func(name, uri string, notes ...string) answer {
			return kube.ask(t, "POST", path, annotated(m{"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": m{"name": name},
				"spec": m{"predictor": m{"model": m{"modelFormat": m{"name": "sklearn"}, "storageUri": uri}}}}, notes...))
		}
		if a := service("good", "oci://"+image("good-image")); a.status != http.StatusCreated {
			t.Errorf("a good model: %d %s", a.status, a.message())
		}
		if a := service("poor", "oci://"+image("poor-image")); !denied(a) || !strings.Contains(a.message(), "TRA-04") {
			t.Errorf("a poor model: %d %s", a.status, a.message())
		}
		if a := service("bucket", "s3://models/good"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.message(), "assize.dev/model") {
			t.Errorf("a bucket: %d %s", a.status, a.message())
		}
		if a := service("forged", "s3://models/evil", "assize.dev/model", digest("good")); !denied(a) || !strings.Contains(a.message(), "no trusted evidence") {
			t.Errorf("a forged claim: %d %s", a.status, a.message())
		}
	})
	t.Run("custom resource", func(t *testing.T) {
		kube.must(t, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", m{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": m{"name": "scorers.ml.example"},
			"spec": m{"group": "ml.example", "scope": "Namespaced", "names": m{"kind": "Scorer", "plural": "scorers", "singular": "scorer", "listKind": "ScorerList"},
				"versions": []m{{"name": "v1", "served": true, "storage": true, "schema": m{"openAPIV3Schema": m{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}})
		path := "/apis/ml.example/v1/namespaces/stories/scorers"
		kube.served(t, path)
		scorer := func(name string) answer {
			return kube.ask(t, "POST", path, m{"apiVersion": "ml.example/v1", "kind": "Scorer", "metadata": m{"name": name}, "spec": m{"workers": []m{{"image": image(name + "-image")}}}})
		}
		if a := scorer("good"); a.status != http.StatusCreated {
			t.Errorf("%d %s", a.status, a.message())
		}
		if a := scorer("poor"); !denied(a) {
			t.Errorf("%d %s", a.status, a.message())
		}
	})
	t.Run("forged annotation", func(t *testing.T) {
		if a := kube.ask(t, "POST", pods, annotated(pod("forged", image("poor-image")), "assize.dev/model", digest("good"), "assize.dev/verdict", "allow")); !denied(a) {
			t.Errorf("%d %s", a.status, a.text)
		}
		if a := kube.ask(t, "POST", pods, annotated(pod("claims", image("good-image")), "assize.dev/model", digest("poor"))); !denied(a) || !strings.Contains(a.message(), "claims model") {
			t.Errorf("%d %s", a.status, a.message())
		}
	})
	t.Run("dry run", func(t *testing.T) {
		s.model(t, "fresh", goodCard, "")
		before := s.size(t)
		if a := kube.ask(t, "POST", pods+"?dryRun=All", pod("fresh", image("fresh-image"))); a.status != http.StatusCreated {
			t.Errorf("%d %s", a.status, a.message())
		}
		if after := s.size(t); after != before {
			t.Errorf("the ledger grew from %s to %s", before, after)
		}
		if a := kube.ask(t, "POST", pods, pod("fresh", image("fresh-image"))); a.status != http.StatusCreated || s.size(t) == before {
			t.Errorf("the real one: %d, and size is still %s", a.status, before)
		}
	})
	t.Run("slow registry", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // it accepts, and never says a word
		start := time.Now()
		a := kube.ask(t, "POST", pods, pod("slow", l.Addr().String()+"/bank/slow:1"))
		if took := time.Since(start); took > 5*time.Second || a.status != http.StatusServiceUnavailable || !strings.Contains(a.message(), "fails closed") {
			t.Errorf("after %s: %d %s", took, a.status, a.message())
		}
	})
	t.Run("waiver", func(t *testing.T) {
		s.run(t, "gate", "--server", s.url, "--subject", digest("good-image"), "--action", "deploy", "--environment", "production", "--output", "json=good.json")
		index := s.decision(t, "poor-image")
		s.run(t, "waive", index, "--server", s.url, "--rule", "TRA-04", "--reason", "the card is being written", "--expires", time.Now().AddDate(0, 0, 7).Format("2006-01-02"), "--key", "dev.pem", "--key", "risk.pem")
		a := kube.ask(t, "POST", pods, pod("waived", image("poor-image")))
		if a.status != http.StatusCreated || len(a.warnings) == 0 || !strings.Contains(a.warnings[0], "TRA-04 is waived until") {
			t.Errorf("%d %q %s", a.status, a.warnings, a.message())
		}
	})
	t.Run("revocation", func(t *testing.T) {
		s.run(t, "revoke", "subject", digest("good-data"), "--server", s.url, "--reason", "consent_withdrawn", "--key", "revoker.pem")
		if a := kube.ask(t, "POST", pods, pod("late", image("good-image"))); !denied(a) || !strings.Contains(a.message(), "LIN-03") {
			t.Errorf("the next one: %d %s", a.status, a.message())
		}
		if a := kube.ask(t, "GET", pods+"/good", nil); a.status != http.StatusOK {
			t.Errorf("the running one: %d %s", a.status, a.message())
		}
		if a := kube.ask(t, "PATCH", pods+"/good", m{"metadata": m{"labels": m{"still": "here"}}}); a.status != http.StatusOK {
			t.Errorf("a label on the running one: %d %s", a.status, a.message())
		}
	})
	t.Run("service down", func(t *testing.T) {
		s.end()
		if a := kube.ask(t, "POST", pods, pod("down", image("fresh-image"))); a.status != http.StatusInternalServerError || !strings.Contains(a.message(), "failed calling webhook") {
			t.Errorf("fail-closed: %d %s", a.status, a.message())
		}
		kube.namespace(t, "open", m{"story": "open"})
		kube.webhook(t, "open", s.hook, s.ca, "Ignore", 2)
		if a := kube.ask(t, "POST", "/api/v1/namespaces/open/pods", pod("down", image("unknown"))); a.status != http.StatusCreated {
			t.Errorf("fail-open: %d %s", a.status, a.message())
		}
	})
}

// decision is the ledger index of the one that denied an image.
func (s *service) decision(t *testing.T, name string) string {
	t.Helper()
	resp, err := http.Get(s.url + "/api/v1/decisions?subject=" + digest(name))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var list struct{ Decisions []struct{ Index uint64 } }
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil || len(list.Decisions) == 0 {
		t.Fatalf("no decision about %s: %v", name, err)
	}
	return fmt.Sprint(list.Decisions[0].Index)
}

// served waits for a resource that was just defined.
func (c *cluster) served(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if c.ask(t, "GET", path, nil).status == http.StatusOK {
			return
		}
	}
	t.Fatalf("%s is not served", path)
}

// load asks for pods without pause and counts what is not answered as it should be.
type load struct {
	asked, failed atomic.Int64
	why           atomic.Value
	stop          context.CancelFunc
	done          chan struct{}
}

func (c *cluster) load(t *testing.T, namespace, image string) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for ctx.Err() == nil {
			a, err := c.do(ctx, "POST", "/api/v1/namespaces/"+namespace+"/pods?dryRun=All", pod("load", image))
			if ctx.Err() != nil {
				return
			}
			l.asked.Add(1)
			if err != nil || a.status != http.StatusCreated {
				l.failed.Add(1)
				l.why.Store(fmt.Sprint(err, a.message()))
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return l
}

func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop()
	<-l.done
	if l.failed.Load() > 0 || l.asked.Load() < 20 {
		t.Errorf("%d of %d requests failed: %v", l.failed.Load(), l.asked.Load(), l.why.Load())
	}
	t.Logf("%d requests", l.asked.Load())
}

// TestCertificateRotated: the certificate is replaced on disk while pods are asked
// about, and no request fails.
func TestCertificateRotated(t *testing.T) {
	s := serve(t, config)
	s.model(t, "good", goodCard, "")
	cert, key := certificate(t, "assize next", time.Hour)
	kube.namespace(t, "rotated", m{"story": "rotated"})
	kube.webhook(t, "rotated", s.hook, append(append([]byte{}, s.ca...), cert...), "Fail", 5)
	kube.settled(t, "rotated", image("unknown"), denied)
	l := kube.load(t, "rotated", image("good-image"))
	time.Sleep(500 * time.Millisecond)
	s.write(t, "tls.crt", string(cert)) // for an instant the pair does not go together
	time.Sleep(200 * time.Millisecond)
	s.write(t, "tls.key", string(key))
	if err := s.until("the new certificate", func() bool { return s.serves(t) == "assize next" }); err != nil {
		t.Error(err)
	}
	time.Sleep(500 * time.Millisecond)
	l.end(t)
}
