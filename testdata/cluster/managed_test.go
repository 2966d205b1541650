package cluster_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// serves is the name in the certificate that a new connection is shown.
func (s *service) serves(t *testing.T) string {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return ""
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// TestSelfManaged: the service keeps its certificate in a Secret, renews it when a
// third of its time is left, and writes the authority into the webhook first, so that
// no request fails.
func TestSelfManaged(t *testing.T) {
	kube.namespace(t, "assize", m{})
	cert, key := certificate(t, "near its end", 10*time.Minute) // of an hour
	kube.must(t, "POST", "/api/v1/namespaces/assize/secrets", m{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": m{"name": "assize-tls"},
		"data": m{"tls.crt": cert, "tls.key": key, "ca.crt": cert}})
	kube.namespace(t, "managed", m{"story": "managed", "stage": "live"})
	s := serve(t, `
admission:
  kubernetes: {kubeconfig: `+kube.kubeconfig+`}
  tls:
    self_managed: {namespace: assize, secret: assize-tls, dns_names: [127.0.0.1], webhooks: [managed], lifetime: 1h}
  scopes:
    - {name: live, namespaces: {match_labels: {stage: live}}, mode: enforce, environment: production}
`)
	s.model(t, "good", goodCard, "")
	kube.webhook(t, "managed", s.hook, nil, "Fail", 5) // it comes without an authority
	kube.settled(t, "managed", image("unknown"), denied)
	if name := s.serves(t); name != "near its end" {
		t.Errorf("served before it was published: %s", name)
	}
	l := kube.load(t, "managed", image("good-image"))
	if err := s.until("the renewed certificate", func() bool { return strings.HasPrefix(s.serves(t), "assize admission ") }); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Second)
	l.end(t)
	a := kube.must(t, "GET", "/api/v1/namespaces/assize/secrets/assize-tls", nil)
	hook := kube.must(t, "GET", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/managed", nil)
	ca, _ := a.body["data"].(m)["ca.crt"].(string)
	config := hook.body["webhooks"].([]any)[0].(m)["clientConfig"].(m)
	if plain, err := base64.StdEncoding.DecodeString(ca); err != nil || strings.Count(string(plain), "BEGIN CERTIFICATE") != 2 || config["caBundle"] != ca {
		t.Errorf("published: %v, in the secret: %s", config["caBundle"], ca)
	}
	if a := kube.ask(t, "POST", "/api/v1/namespaces/managed/pods", pod("good", image("good-image"))); a.status != 201 {
		t.Errorf("%d %s", a.status, a.message())
	}
}

// balancer is what a Service of the cluster is: connections go to who takes them.
type balancer struct {
	net.Listener
	mu       sync.Mutex
	next     int
	backends []string
}

func balance(t *testing.T, backends ...string) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{Listener: l, backends: backends}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go b.carry(conn)
		}
	}()
	return b
}

func (b *balancer) carry(conn net.Conn) {
	defer conn.Close()
	for range b.backends {
		b.mu.Lock()
		b.next++
		to := b.backends[b.next%len(b.backends)]
		b.mu.Unlock()
		out, err := net.Dial("tcp", to)
		if err != nil {
			continue
		}
		go func() { _, _ = io.Copy(out, conn); out.Close() }()
		_, _ = io.Copy(conn, out)
		out.Close()
		return
	}
}

// replicas are two services on one Postgres, with one certificate.
func replicas(t *testing.T, config string) (first, second *service) {
	t.Helper()
	store := postgres(t)
	first = &service{dir: t.TempDir(), config: config}
	mark := filepath.Join(first.dir, "log.mark")
	first.run(t, "ledger", "init", "--store", store, "--keys", "keys", "--mark", mark, "--origin", "bank.example/log")
	flags := []string{"--store", store, "--keys", filepath.Join(first.dir, "keys"), "--mark", mark}
	first.found(t, flags...)
	first.args = flags
	first.start(t)
	second = &service{dir: t.TempDir(), config: config, args: flags, ca: first.ca}
	for _, name := range []string{"tls.crt", "tls.key"} {
		text, err := os.ReadFile(filepath.Join(first.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		second.write(t, name, string(text))
	}
	second.start(t)
	return first, second
}

// TestReplicaKilled: two services on one Postgres; one is killed, and pods go on
// being asked about and let in by the other, which has seen what the first recorded.
func TestReplicaKilled(t *testing.T) {
	first, second := replicas(t, config)
	first.model(t, "good", goodCard, "")
	b := balance(t, fmt.Sprintf("127.0.0.1:%d", first.port), fmt.Sprintf("127.0.0.1:%d", second.port))
	kube.namespace(t, "replicas", m{"story": "replicas"})
	kube.webhook(t, "replicas", "https://"+b.Addr().String()+"/admission/v1/validate", first.ca, "Fail", 5)
	kube.settled(t, "replicas", image("unknown"), denied)
	create := func(i int) answer {
		a := kube.ask(t, "POST", "/api/v1/namespaces/replicas/pods", pod(fmt.Sprint("rollout-", i), image("good-image")))
		if a.status >= 500 { // a request that was under way when its replica died; who rolls out asks again
			a = kube.ask(t, "POST", "/api/v1/namespaces/replicas/pods", pod(fmt.Sprint("rollout-", i), image("good-image")))
		}
		return a
	}
	for i := range 60 {
		if i == 20 {
			first.kill()
		}
		if a := create(i); a.status != 201 {
			t.Fatalf("pod %d: %d %s", i, a.status, a.message())
		}
	}
	// What a replica acknowledges, the other sees at once.
	first.port = 0
	first.start(t)
	for i := range 5 {
		name := fmt.Sprint("late", i)
		first.model(t, name, goodCard, "")
		first.run(t, "revoke", "subject", digest(name), "--server", first.url, "--reason", "unfit", "--key", "revoker.pem")
		if a := kube.ask(t, "POST", "/api/v1/namespaces/replicas/pods", pod(name, image(name+"-image"))); !denied(a) || !strings.Contains(a.message(), "LIN-03") {
			t.Errorf("the other replica: %d %s", a.status, a.message())
		}
	}
}
