package cluster_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// bin is where TestMain built the programs, kube the cluster it started.
var (
	bin  string
	kube *cluster
)

const kubernetes = "v1.37.2"

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	// A place that lasts: a program that is up to date is not linked again.
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	bin = filepath.Join(dir, "assize-cluster")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return 1, err
	}
	for _, b := range []struct{ name, dir, pkg, flags string }{
		{"kube-apiserver", ".", "k8s.io/kubernetes/cmd/kube-apiserver", "-s -w -X k8s.io/component-base/version.gitVersion=" + kubernetes},
		{"assize", filepath.Join("..", ".."), "./cmd/assize", ""},
	} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(bin, b.name), "-ldflags", b.flags, b.pkg)
		cmd.Dir = b.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return 1, fmt.Errorf("build %s: %w\n%s", b.name, err, out)
		}
	}
	work, err := os.MkdirTemp("", "assize-cluster-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(work)
	kube = &cluster{dir: work}
	defer kube.stop()
	if err := kube.start(); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// process is one this test started, and ends by its id.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{}
	log  string
}

func start(log, name string, args ...string) (*process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = f, f
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "HOME="+filepath.Dir(log))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves nothing behind
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, gone: make(chan struct{}), log: log}
	go func() { _ = cmd.Wait(); close(p.gone) }()
	return p, nil
}

// end asks the process to end, then makes it.
func (p *process) end() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(20 * time.Second):
		p.kill()
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
}

// until waits for something, and says what the process wrote if it does not come.
func (p *process) until(what string, ok func() bool) error {
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return nil
		}
		select {
		case <-p.gone:
			end = time.Time{}
		default:
		}
	}
	text, _ := os.ReadFile(p.log)
	return fmt.Errorf("%s: it did not come\n%s", what, tail(text))
}

func tail(b []byte) []byte {
	if len(b) > 4000 {
		return b[len(b)-4000:]
	}
	return b
}

// port nobody listens on.
func port() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// cluster is an API server with its etcd. There is no kubelet: admission happens
// before one would be asked.
type cluster struct {
	dir, url   string
	etcd, api  *process
	client     *http.Client
	kubeconfig string
}

func (c *cluster) start() error {
	var ports [3]int
	for i := range ports {
		var err error
		if ports[i], err = port(); err != nil {
			return err
		}
	}
	client, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	var err error
	if c.etcd, err = start(filepath.Join(c.dir, "etcd.log"), "etcd", "--data-dir", filepath.Join(c.dir, "etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer); err != nil {
		return fmt.Errorf("etcd (Debian package etcd-server): %w", err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"sa.key":     pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		"sa.pub":     pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
		"tokens.csv": []byte(`admintoken,admin,1,"system:masters"` + "\n"),
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), text, 0o600); err != nil {
			return err
		}
	}
	c.url = fmt.Sprintf("https://127.0.0.1:%d", ports[2])
	c.client = &http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	if c.api, err = start(filepath.Join(c.dir, "api.log"), filepath.Join(bin, "kube-apiserver"), "--etcd-servers="+client, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", ports[2]),
		"--cert-dir="+filepath.Join(c.dir, "certs"), "--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+filepath.Join(c.dir, "sa.pub"),
		"--service-account-signing-key-file="+filepath.Join(c.dir, "sa.key"), "--token-auth-file="+filepath.Join(c.dir, "tokens.csv"), "--authorization-mode=RBAC",
		"--disable-admission-plugins=ServiceAccount", "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none", "--allow-privileged"); err != nil {
		return err
	}
	c.kubeconfig = filepath.Join(c.dir, "kubeconfig")
	config := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: %q, insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {token: admintoken}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n", c.url)
	if err := os.WriteFile(c.kubeconfig, []byte(config), 0o600); err != nil {
		return err
	}
	return c.api.until("an API server that is ready", func() bool {
		a, err := c.do(context.Background(), "GET", "/readyz", nil)
		return err == nil && a.status == http.StatusOK
	})
}

func (c *cluster) stop() {
	c.api.end()
	c.etcd.end()
}

// answer of the API server.
type answer struct {
	status   int
	body     m
	text     string
	warnings []string
}

type m = map[string]any

func (c *cluster) do(ctx context.Context, method, path string, body any) (answer, error) {
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		r, kind = strings.NewReader(b), "application/yaml"
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		r = bytes.NewReader(raw)
	}
	if method == http.MethodPatch {
		kind = "application/strategic-merge-patch+json"
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, r)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer admintoken")
	req.Header.Set("Content-Type", kind)
	resp, err := c.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, text: string(text), warnings: resp.Header.Values("Warning")}
	_ = json.Unmarshal(text, &a.body) // /readyz answers in words
	return a, err
}

// ask is do for a test.
func (c *cluster) ask(t testing.TB, method, path string, body any) answer {
	t.Helper()
	a, err := c.do(t.Context(), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// must is ask for what the stories stand on.
func (c *cluster) must(t testing.TB, method, path string, body any) answer {
	t.Helper()
	a := c.ask(t, method, path, body)
	if a.status >= 300 && a.status != http.StatusConflict {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.text)
	}
	return a
}

// message of a refusal.
func (a answer) message() string { s, _ := a.body["message"].(string); return s }

// namespace with labels, for one story.
func (c *cluster) namespace(t testing.TB, name string, labels m) {
	t.Helper()
	c.must(t, "POST", "/api/v1/namespaces", m{"apiVersion": "v1", "kind": "Namespace", "metadata": m{"name": name, "labels": labels}})
}

// webhook has namespaces with the label story=NAME asked about at a URL.
func (c *cluster) webhook(t testing.TB, name, url string, ca []byte, failure string, timeout int) {
	t.Helper()
	rule := func(group, version, operations string, resources ...string) m {
		return m{"apiGroups": []string{group}, "apiVersions": []string{version}, "operations": strings.Split(operations, ","), "resources": resources}
	}
	c.must(t, "POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", m{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": m{"name": name},
		"webhooks": []m{{
			"name": "admission.assize.dev", "clientConfig": m{"url": url, "caBundle": ca}, "failurePolicy": failure, "timeoutSeconds": timeout,
			"sideEffects": "NoneOnDryRun", "admissionReviewVersions": []string{"v1"}, "matchPolicy": "Equivalent",
			"namespaceSelector": m{"matchLabels": m{"story": name}},
			"rules": []m{
				rule("", "v1", "CREATE,UPDATE", "pods", "pods/ephemeralcontainers"), rule("apps", "v1", "CREATE,UPDATE", "deployments", "statefulsets", "daemonsets", "replicasets"),
				rule("batch", "v1", "CREATE,UPDATE", "jobs", "cronjobs"), rule("serving.kserve.io", "*", "CREATE,UPDATE", "inferenceservices", "servingruntimes"),
				rule("ml.example", "*", "CREATE,UPDATE", "scorers"),
			},
		}},
	})
	t.Cleanup(func() {
		_, _ = c.do(context.Background(), "DELETE", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/"+name, nil)
	})
}

// settled waits until the API server asks the webhook: it takes in a new
// configuration within a second or so.
func (c *cluster) settled(t testing.TB, namespace, image string, want func(answer) bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if want(c.ask(t, "POST", "/api/v1/namespaces/"+namespace+"/pods?dryRun=All", pod("settle", image))) {
			return
		}
	}
	t.Fatal("the API server does not ask the webhook")
}

func pod(name string, images ...string) m {
	var cs []m
	for i, image := range images {
		cs = append(cs, m{"name": fmt.Sprint("c", i), "image": image})
	}
	return m{"apiVersion": "v1", "kind": "Pod", "metadata": m{"name": name}, "spec": m{"containers": cs}}
}

func annotated(o m, pairs ...string) m {
	notes := m{}
	for i := 0; i < len(pairs); i += 2 {
		notes[pairs[i]] = pairs[i+1]
	}
	o["metadata"].(m)["annotations"] = notes
	return o
}

func denied(a answer) bool { return a.status == http.StatusForbidden }
