package admission

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	webhooks  = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
	providers = schema.GroupVersionResource{Group: "externaldata.gatekeeper.sh", Version: "v1beta1", Resource: "providers"}
)

// managed is a certificate that replicas share through a Secret. Whoever finds it
// missing or near its end makes the next one; the API server lets one of them win.
//
// A change of authority has three steps, so that at every instant what is served is
// trusted by whoever calls: the new authority is published beside the old one
// (tls.next), then, publishTime later, served, and the old one is kept until the
// next renewal.
type managed struct {
	cfg     SelfManaged
	cluster *Cluster
	logger  *slog.Logger
	now     func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
}

// Times of renewal.
const (
	// publishTime is how long a new authority is published before it is served:
	// API servers take in a changed configuration within seconds.
	publishTime = 30 * time.Second
	// tendEvery is how often the Secret is looked at.
	tendEvery = 10 * time.Second
)

// Members of the Secret.
const (
	certMember  = "tls.crt"
	keyMember   = "tls.key"
	caMember    = "ca.crt"      // the authorities published, newest first
	nextCert    = "next.crt"    // published and not served yet
	nextKey     = "next.key"    //
	servedFrom  = "served-from" // instant from which next is served
	maxTries    = 5
	fieldPerson = "assize"
)

// manage reads or makes the certificate, publishes its authority, and tends both
// until ctx ends.
func manage(ctx context.Context, cfg SelfManaged, c *Cluster, logger *slog.Logger, now func() time.Time) (*managed, error) {
	m := &managed{cfg: cfg, cluster: c, logger: logger, now: now}
	if err := m.tend(ctx); err != nil {
		return nil, err
	}
	go func() {
		t := time.NewTicker(tendEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if err := m.tend(ctx); err != nil && ctx.Err() == nil {
					logger.Warn("certificate", "secret", cfg.Namespace+"/"+cfg.Secret, "err", err)
				}
			}
		}
	}()
	return m, nil
}

// Get is a tls.Config's GetCertificate.
func (m *managed) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current, nil
}

// tend brings Secret, published authorities and what is served up to date.
func (m *managed) tend(ctx context.Context) error {
	for try := 0; ; try++ {
		data, err := m.step(ctx)
		if (apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)) && try < maxTries {
			continue // another replica was first
		}
		if err != nil {
			return fmt.Errorf("%w: secret %s/%s: %w", ErrCertificate, m.cfg.Namespace, m.cfg.Secret, err)
		}
		// Published before it is served.
		if err := m.publish(ctx, data[caMember]); err != nil {
			return err
		}
		cert, err := tls.X509KeyPair(data[certMember], data[keyMember])
		if err != nil {
			return fmt.Errorf("%w: secret %s/%s: %w", ErrCertificate, m.cfg.Namespace, m.cfg.Secret, err)
		}
		m.mu.Lock()
		if m.current == nil || !bytes.Equal(m.current.Certificate[0], cert.Certificate[0]) {
			m.logger.Info("certificate", "secret", m.cfg.Namespace+"/"+m.cfg.Secret, "not_after", expiry(&cert))
		}
		m.current = &cert
		m.mu.Unlock()
		return nil
	}
}

// step reads the Secret and takes the one step that is due.
func (m *managed) step(ctx context.Context) (map[string][]byte, error) {
	client := m.cluster.client.Resource(secrets).Namespace(m.cfg.Namespace)
	u, err := client.Get(ctx, m.cfg.Secret, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		made, err := m.make()
		if err != nil {
			return nil, err
		}
		data := map[string][]byte{certMember: made.cert, keyMember: made.key, caMember: made.cert}
		_, err = client.Create(ctx, m.secret(data, nil), metav1.CreateOptions{FieldManager: fieldPerson})
		return data, err
	}
	if err != nil {
		return nil, err
	}
	data := map[string][]byte{}
	for _, name := range []string{certMember, keyMember, caMember, nextCert, nextKey, servedFrom} {
		if v := secretData(u, name); v != nil {
			data[name] = v
		}
	}
	cert, err := tls.X509KeyPair(data[certMember], data[keyMember])
	usable := err == nil && m.now().Before(expiry(&cert))
	switch {
	case !usable: // nothing can be served by it, so nothing is lost by going on at once
		made, err := m.make()
		if err != nil {
			return nil, err
		}
		data = map[string][]byte{certMember: made.cert, keyMember: made.key, caMember: append(made.cert, data[caMember]...)}
	case data[nextCert] != nil:
		from, err := time.Parse(time.RFC3339, string(data[servedFrom]))
		if err == nil && m.now().Before(from) {
			return data, nil
		}
		data[certMember], data[keyMember] = data[nextCert], data[nextKey]
		delete(data, nextCert)
		delete(data, nextKey)
		delete(data, servedFrom)
	case expiry(&cert).Sub(m.now()) < m.cfg.Lifetime/3:
		made, err := m.make()
		if err != nil {
			return nil, err
		}
		data[nextCert], data[nextKey] = made.cert, made.key
		data[caMember] = append(bytes.Clone(made.cert), data[certMember]...)
		data[servedFrom] = []byte(m.now().Add(publishTime).UTC().Format(time.RFC3339))
	default:
		return data, nil
	}
	_, err = client.Update(ctx, m.secret(data, u), metav1.UpdateOptions{FieldManager: fieldPerson})
	return data, err
}

// secret of a content; was is the one it replaces.
func (m *managed) secret(data map[string][]byte, was *unstructured.Unstructured) *unstructured.Unstructured {
	encoded := map[string]any{}
	for name, v := range data {
		encoded[name] = base64.StdEncoding.EncodeToString(v)
	}
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": map[string]any{"name": m.cfg.Secret, "namespace": m.cfg.Namespace},
	}}
	if was != nil {
		u = was.DeepCopy()
	}
	u.Object["data"] = encoded
	return u
}

// publish writes the authorities into every configuration that calls this service.
func (m *managed) publish(ctx context.Context, ca []byte) error {
	bundle := base64.StdEncoding.EncodeToString(ca)
	var faults []error
	for _, name := range m.cfg.Webhooks {
		faults = append(faults, m.update(ctx, webhooks, name, func(u *unstructured.Unstructured) bool {
			changed := false
			hooks := sequence(u.Object["webhooks"])
			for _, h := range hooks {
				if cc := mapping(mapping(h)["clientConfig"]); cc != nil && cc["caBundle"] != bundle {
					cc["caBundle"], changed = bundle, true
				}
			}
			return changed
		}))
	}
	for _, name := range m.cfg.Providers {
		faults = append(faults, m.update(ctx, providers, name, func(u *unstructured.Unstructured) bool {
			spec := mapping(u.Object["spec"])
			if spec == nil || spec["caBundle"] == bundle {
				return false
			}
			spec["caBundle"] = bundle
			return true
		}))
	}
	return errors.Join(faults...)
}

func (m *managed) update(ctx context.Context, kind schema.GroupVersionResource, name string, change func(*unstructured.Unstructured) bool) error {
	client := m.cluster.client.Resource(kind)
	for try := 0; ; try++ {
		u, err := client.Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			m.logger.Warn("certificate", "not_there", kind.Resource+"/"+name) // it comes with the next look
			return nil
		}
		if err == nil && !change(u) {
			return nil
		}
		if err == nil {
			_, err = client.Update(ctx, u, metav1.UpdateOptions{FieldManager: fieldPerson})
		}
		if apierrors.IsConflict(err) && try < maxTries {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: publish the authority in %s/%s: %w", ErrCertificate, kind.Resource, name, err)
		}
		return nil
	}
}

type pair struct{ cert, key []byte }

// make a certificate that is its own authority: one key, one use, and nothing else
// to keep.
func (m *managed) make() (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return pair{}, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "assize admission " + serial.Text(16)[:8]},
		NotBefore: m.now().Add(-5 * time.Minute), NotAfter: m.now().Add(m.cfg.Lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	for _, name := range m.cfg.DNSNames {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return pair{}, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	return pair{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})}, nil
}

// secretData is a member of a Secret, nil when it is not there.
func secretData(u *unstructured.Unstructured, name string) []byte {
	text, ok := mapping(u.Object["data"])[name].(string)
	if !ok {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}
