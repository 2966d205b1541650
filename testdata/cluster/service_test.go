package cluster_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// digest of a thing that is only spoken of.
func digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func image(name string) string { return "registry.example/bank/" + name + "@" + digest(name) }

// service is `assize serve` with the people and the rules of the stories.
type service struct {
	*process
	dir, config, url, hook string
	args                   []string
	ca                     []byte
	port                   int
}

// people of the stories, each with a role.
var people = map[string]string{"dev": "developer", "builder": "builder", "steward": "data-steward", "ops": "operator", "risk": "risk", "board": "approver", "revoker": "revoker"}

const parameters = `v: 1
thresholds: {}
gates:
  - environment: production
    systems: ["system:credit"]
    actions: [deploy]
    rules: [LIN-03, TRA-04]
    blocks: [critical, high]
    warns: [medium, low]
waivers: {high: 90}
`

// certificate signed by itself, for loopback.
func certificate(t testing.TB, cn string, lasts time.Duration) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn}, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(lasts),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

// serve makes a ledger with its people, and starts a service on it.
func serve(t testing.TB, config string, args ...string) *service {
	t.Helper()
	s := &service{dir: t.TempDir(), config: config}
	s.run(t, "ledger", "init", "--store", "sqlite:assize.db", "--origin", "bank.example/log")
	s.found(t, "--store", "sqlite:assize.db")
	s.args = append([]string{"--store", "sqlite:assize.db"}, args...)
	s.start(t)
	return s
}

// found makes keys, trust and parameters.
func (s *service) found(t testing.TB, store ...string) {
	t.Helper()
	trust := s.run(t, append([]string{"trust", "show"}, store...)...)
	for name, role := range people {
		s.run(t, "keygen", "--out", name)
		trust += s.run(t, "trust", "entry", "--key", name+".pub.pem", "--principal", name+"@bank.example", "--role", role, "--about", "system:credit")
	}
	s.write(t, "trust.yaml", trust)
	s.run(t, append([]string{"activate", "trust.yaml"}, store...)...)
	s.write(t, "parameters.yaml", parameters)
	s.run(t, append([]string{"activate", "parameters.yaml"}, store...)...)
}

func (s *service) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run a verb that has to end well.
func (s *service) run(t testing.TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "assize"), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "HOME="+s.dir, "NO_COLOR=1", "ASSIZE_STATE="+filepath.Join(s.dir, ".state"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("assize %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// start the service with a certificate of its own, and wait until it answers.
func (s *service) start(t testing.TB) {
	t.Helper()
	if s.ca == nil {
		cert, key := certificate(t, "assize", time.Hour)
		s.ca = cert
		s.write(t, "tls.crt", string(cert))
		s.write(t, "tls.key", string(key))
	}
	s.write(t, "assize.yaml", s.config)
	var ports [2]int
	for i := range ports {
		var err error
		if ports[i], err = port(); err != nil {
			t.Fatal(err)
		}
	}
	if s.port == 0 {
		s.port = ports[1]
	}
	s.url = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	s.hook = fmt.Sprintf("https://127.0.0.1:%d/admission/v1/validate", s.port)
	args := append([]string{"serve", "--config", "assize.yaml", "--log-level", "warn", "--listen", fmt.Sprintf("127.0.0.1:%d", ports[0]), "--tls-listen", fmt.Sprintf("127.0.0.1:%d", s.port)}, s.args...)
	if !strings.Contains(s.config, "self_managed") {
		args = append(args, "--tls-cert", "tls.crt", "--tls-key", "tls.key")
	}
	var err error
	if s.process, err = start(filepath.Join(s.dir, "serve.log"), "/usr/bin/env", append([]string{"--chdir=" + s.dir, filepath.Join(bin, "assize")}, args...)...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	if err := s.until("a service that answers", func() bool {
		resp, err := client.Get(strings.TrimSuffix(s.hook, "/admission/v1/validate") + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}); err != nil {
		t.Fatal(err)
	}
}

const goodCard = `{"limitations": ["Trained on applicants of one region only."], "out_of_scope": [{"id": "hr", "text": "Decisions about employment."}]}`

// model makes evidence of a model, the dataset it was made from, an image that
// carries it, and a location where that is said.
func (s *service) model(t testing.TB, name, card, location string) {
	t.Helper()
	s.write(t, "data.json", `{"id": "d", "version": "1"}`)
	s.write(t, "run.json", fmt.Sprintf(`{"inputs": [{"digest": %q, "role": "training"}]}`, digest(name+"-data")))
	s.write(t, "card.json", card)
	s.write(t, "deployment.json", fmt.Sprintf(`{"environment": "production", "state": "requested", "model": %q, "image": %q}`, digest(name), digest(name+"-image")))
	s.write(t, "provenance.json", `{"buildDefinition": {"buildType": "https://bank.example/build", "externalParameters": {}}, "runDetails": {"builder": {"id": "https://bank.example/builder"}}}`)
	attest := func(typ, key, predicate string, subjects ...string) string {
		out := typ + ".dsse.json"
		args := []string{"attest", typ, "--predicate", predicate, "--key", key + ".pem", "--out", out}
		if typ != "slsa-provenance" {
			args = append(args, "--system", "system:credit")
		}
		for _, subject := range subjects {
			args = append(args, "--subject", subject)
		}
		s.run(t, args...)
		return out
	}
	s.run(t, "submit", "--server", s.url,
		attest("dataset-card", "steward", "data.json", digest(name+"-data")),
		attest("training-run", "builder", "run.json", digest(name)),
		attest("model-card", "dev", "card.json", digest(name)),
		attest("deployment", "ops", "deployment.json", digest(name), digest(name+"-image")),
		attest("slsa-provenance", "builder", "provenance.json", digest(name+"-image")))
}

// size of the ledger.
func (s *service) size(t testing.TB) string {
	t.Helper()
	resp, err := http.Get(s.url + "/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	buf := make([]byte, 4096)
	n, _ := resp.Body.Read(buf)
	b.Write(buf[:n])
	lines := strings.SplitN(b.String(), "\n", 3)
	if len(lines) < 3 {
		t.Fatalf("no checkpoint: %s", b.String())
	}
	return lines[1]
}
