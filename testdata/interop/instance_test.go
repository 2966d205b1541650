package interop_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	"github.com/sigstore/rekor-tiles/v2/pkg/note"
	"github.com/sigstore/timestamp-authority/v2/pkg/server"
	"github.com/spf13/viper"
)

// bin is where TestMain built the programs.
var bin string

// programs are the other side, each by its package.
var programs = map[string]string{
	"cosign": "github.com/sigstore/cosign/v3/cmd/cosign",
	"fulcio": "github.com/sigstore/fulcio",
	"rekor":  "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix",
}

func TestMain(m *testing.M) {
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func build(m *testing.M) (int, error) {
	// A place that lasts: a program that is up to date is not linked again.
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "assize-interop")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 1, err
	}
	bin = dir
	for name, pkg := range programs {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), pkg).CombinedOutput(); err != nil {
			return 1, fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "assize"), "./cmd/assize")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build assize: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// run calls a program and returns what it says; want is its exit code, -1 for any
// but zero.
func run(t *testing.T, dir string, want int, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, name), args...)
	cmd.Dir = dir
	// A home of its own: what a person keeps of Sigstore must not decide a test.
	cmd.Env = append(os.Environ(), "HOME="+dir, "COSIGN_PASSWORD=", "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	code := 0
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	if code != want && !(want == -1 && code != 0) {
		t.Fatalf("%s %s: exit %d, want %d\n%s", name, strings.Join(args, " "), code, want, out)
	}
	return string(out)
}

// instance is a Sigstore instance on loopback.
type instance struct {
	dir                                   string
	issuer, fulcio, rekor, tsa            string
	trustedRoot, signingConfig, tokenFile string
	token                                 func(workflow string) string
}

// authority is the address of a timestamp authority. Its program binds a fixed port
// for metrics, so its server runs in this process; its state is the package's, so
// there is one.
var authority = sync.OnceValue(func() string {
	viper.Set("timestamp-signer", "memory")
	viper.Set("timestamp-signer-hash", "sha256")
	viper.Set("default-policy-oid", "1.3.6.1.4.1.57264.2")
	viper.Set("accepted-policy-oids", []string{"1.3.6.1.4.1.57264.2"})
	viper.Set("max-request-body-size", 1<<20)
	viper.Set("disable-ntp-monitoring", true)
	return httptest.NewServer(server.NewRestAPIServer("localhost", 0, []string{"http"}, false, 10*time.Second, 10*time.Second).GetHandler()).URL
})

// rekorHost is the log's name in its checkpoints. The trusted root's URL names it;
// the address the log is reached at is another thing.
const rekorHost = "log.interop.test"

// start runs the services until the test ends.
func start(t *testing.T) *instance {
	t.Helper()
	in := &instance{dir: t.TempDir()}
	in.issue(t)
	ctKey := newKey(t)
	ctLog := httptest.NewServer(transparency{t, ctKey})
	t.Cleanup(ctLog.Close)

	fulcioPort, rekorPort := port(t), port(t)
	in.fulcio, in.rekor, in.tsa = "http://127.0.0.1:"+fulcioPort, "http://127.0.0.1:"+rekorPort, authority()
	in.write(t, "fulcio.yaml", fmt.Sprintf("oidc-issuers:\n  %s:\n    issuer-url: %s\n    client-id: sigstore\n    type: github-workflow\n", in.issuer, in.issuer))
	in.serve(t, in.fulcio+"/healthz", "fulcio", "serve", "--ca=ephemeralca", "--host=127.0.0.1", "--port="+fulcioPort, "--grpc-host=127.0.0.1", "--grpc-port="+port(t),
		"--metrics-port="+port(t), "--legacy-unix-domain-socket="+filepath.Join(in.dir, "fulcio.sock"), "--ct-log-url="+ctLog.URL, "--config-path="+in.path("fulcio.yaml"))
	rekorKey := newKey(t)
	in.writePEM(t, "rekor.pem", rekorKey)
	in.serve(t, in.rekor+"/healthz", "rekor", "serve", "--http-port="+rekorPort, "--grpc-port="+port(t), "--http-metrics-port="+port(t), "--hostname="+rekorHost,
		"--storage-dir="+filepath.Join(in.dir, "log"), "--signer-filepath="+in.path("rekor.pem"), "--checkpoint-interval=1s", "--batch-max-age=50ms")
	in.root(t, rekorKey.Public(), ctKey.Public())
	in.config(t)
	return in
}

func (in *instance) path(name string) string { return filepath.Join(in.dir, name) }

func (in *instance) write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(in.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return in.path(name)
}

func (in *instance) writePEM(t *testing.T, name string, key crypto.Signer) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	in.write(t, name, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

// serve starts a service and waits until it answers.
func (in *instance) serve(t *testing.T, health, name string, args ...string) {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command(filepath.Join(bin, name), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = in.dir, &log, &log
	cmd.Env = append(os.Environ(), "HOME="+in.dir, "SSL_CERT_FILE="+in.path("issuer.pem"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		if t.Failed() {
			t.Logf("%s said:\n%s", name, log.String())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(health); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-done:
			done <- err
			t.Fatalf("%s ended: %v\n%s", name, err, log.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer at %s", name, health)
		}
	}
}

// port is a free one; the services cannot be told to choose.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, p, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue starts an OIDC issuer that speaks for GitHub's workflows.
func (in *instance) issue(t *testing.T) {
	t.Helper()
	key := newKey(t)
	mux := http.NewServeMux()
	srv := httptest.NewTLSServer(mux)
	t.Cleanup(srv.Close)
	in.issuer = srv.URL
	answer := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
	}
	mux.HandleFunc("/.well-known/openid-configuration", answer(map[string]any{"issuer": in.issuer, "jwks_uri": in.issuer + "/keys",
		"authorization_endpoint": in.issuer + "/auth", "token_endpoint": in.issuer + "/token", "id_token_signing_alg_values_supported": []string{"ES256"}}))
	mux.HandleFunc("/keys", answer(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}}))
	in.write(t, "issuer.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	in.token = func(workflow string) string {
		now := time.Now()
		token, err := jwt.Signed(signer).Claims(map[string]any{
			"iss": in.issuer, "aud": "sigstore", "sub": "repo:bank/models:ref:refs/heads/main", "iat": now.Unix(), "nbf": now.Unix() - 5, "exp": now.Unix() + 300,
			"job_workflow_ref": workflow, "job_workflow_sha": "c0ffee", "workflow_ref": workflow, "workflow_sha": "c0ffee", "workflow": "train",
			"sha": "c0ffee", "event_name": "push", "repository": "bank/models", "repository_id": "1", "repository_owner": "bank", "repository_owner_id": "2",
			"repository_visibility": "private", "ref": "refs/heads/main", "runner_environment": "github-hosted", "run_id": "3", "run_attempt": "1",
		}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

// workflow is the job that signs, and identity what Fulcio certifies it as.
const (
	workflow = "bank/models/.github/workflows/train.yml@refs/heads/main"
	identity = "https://github.com/" + workflow
)

// tokenOf writes an identity token to a file.
func (in *instance) tokenOf(t *testing.T, workflow string) string {
	t.Helper()
	return in.write(t, fmt.Sprintf("token-%x", sha256.Sum256([]byte(workflow)))[:20], in.token(workflow))
}

// transparency is a certificate transparency log as far as Fulcio sees one: it
// promises to list what it is sent (RFC 6962, section 4.2).
type transparency struct {
	t   *testing.T
	key crypto.Signer
}

func (l transparency) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in ct.AddChainRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.HasSuffix(r.URL.Path, "/ct/v1/add-pre-chain") {
		http.Error(w, "want add-pre-chain", http.StatusBadRequest)
		return
	}
	answer, err := l.promise(in.Chain)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (l transparency) promise(chain [][]byte) (*ct.AddChainResponse, error) {
	raw := make([]ct.ASN1Cert, len(chain))
	for i, der := range chain {
		raw[i].Data = der
	}
	now := uint64(time.Now().UnixMilli())
	leaf, err := ct.MerkleTreeLeafFromRawChain(raw, ct.PrecertLogEntryType, now)
	if err != nil {
		return nil, err
	}
	id, err := keyHash(l.key.Public())
	if err != nil {
		return nil, err
	}
	input, err := ct.SerializeSCTSignatureInput(ct.SignedCertificateTimestamp{SCTVersion: ct.V1, LogID: ct.LogID{KeyID: id}, Timestamp: now}, ct.LogEntry{Leaf: *leaf})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(input)
	sig, err := l.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	signed, err := tls.Marshal(ct.DigitallySigned(tls.DigitallySigned{Algorithm: tls.SignatureAndHashAlgorithm{Hash: tls.SHA256, Signature: tls.ECDSA}, Signature: sig}))
	if err != nil {
		return nil, err
	}
	return &ct.AddChainResponse{SCTVersion: ct.V1, ID: id[:], Timestamp: now, Signature: signed}, nil
}

func keyHash(pub crypto.PublicKey) ([32]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	return sha256.Sum256(der), err
}

// root writes the instance's trusted root from what the services say of themselves.
func (in *instance) root(t *testing.T, rekor, ctLog crypto.PublicKey) {
	t.Helper()
	since := map[string]any{"start": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}
	var bundle struct {
		Chains []struct {
			Certificates []string `json:"certificates"`
		} `json:"chains"`
	}
	if err := json.Unmarshal(get(t, in.fulcio+"/api/v2/trustBundle"), &bundle); err != nil || len(bundle.Chains) != 1 {
		t.Fatalf("trust bundle: %v", err)
	}
	authority := func(uri, pems string) map[string]any {
		var certs []any
		for block, rest := pem.Decode([]byte(pems)); block != nil; block, rest = pem.Decode(rest) {
			certs = append(certs, map[string]any{"rawBytes": base64.StdEncoding.EncodeToString(block.Bytes)})
		}
		return map[string]any{"uri": uri, "certChain": map[string]any{"certificates": certs}, "validFor": since}
	}
	log := func(url string, pub crypto.PublicKey, id []byte) map[string]any {
		der, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		details := "PKIX_ECDSA_P256_SHA_256"
		if _, ok := pub.(ed25519.PublicKey); ok {
			details = "PKIX_ED25519"
		}
		return map[string]any{"baseUrl": url, "hashAlgorithm": "SHA2_256", "logId": map[string]any{"keyId": base64.StdEncoding.EncodeToString(id)},
			"publicKey": map[string]any{"rawBytes": base64.StdEncoding.EncodeToString(der), "keyDetails": details, "validFor": since}}
	}
	_, rekorID, err := note.KeyHash(rekorHost, rekor)
	if err != nil {
		t.Fatal(err)
	}
	ctID, err := keyHash(ctLog)
	if err != nil {
		t.Fatal(err)
	}
	in.trustedRoot = in.writeJSON(t, "trusted_root.json", map[string]any{
		"mediaType":              "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"certificateAuthorities": []any{authority(in.fulcio, strings.Join(bundle.Chains[0].Certificates, "\n"))},
		"timestampAuthorities":   []any{authority(in.tsa, string(get(t, in.tsa+"/api/v1/timestamp/certchain")))},
		"tlogs":                  []any{log("https://"+rekorHost, rekor, rekorID)},
		"ctlogs":                 []any{log("https://ct.interop.test", ctLog, ctID[:])},
	})
}

func (in *instance) config(t *testing.T) {
	t.Helper()
	service := func(url string, version int) []any {
		return []any{map[string]any{"url": url, "majorApiVersion": version, "operator": "interop.test", "validFor": map[string]any{"start": "2025-01-01T00:00:00Z"}}}
	}
	in.signingConfig = in.writeJSON(t, "signing_config.json", map[string]any{
		"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json", "caUrls": service(in.fulcio, 1),
		"rekorTlogUrls": service(in.rekor, 2), "rekorTlogConfig": map[string]any{"selector": "ANY"},
		"tsaUrls": service(in.tsa+"/api/v1/timestamp", 1), "tsaConfig": map[string]any{"selector": "ANY"},
	})
}

func (in *instance) writeJSON(t *testing.T, name string, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return in.write(t, name, string(text))
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", url, resp.Status, err, body)
	}
	return body
}
