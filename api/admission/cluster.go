package admission

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/assize-dev/assize/attest/oci"
)

// ErrCluster: the API server did not say what was asked of it.
var ErrCluster = errors.New("API server")

var (
	namespaces      = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	secrets         = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	serviceAccounts = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
)

// Cluster is the API server as this service reads it. Labels of namespaces come
// from a watch, so that no request waits for them.
type Cluster struct {
	client dynamic.Interface
	rest   *rest.Config
	watch  cache.SharedIndexInformer // of namespaces; nil when no scope needs labels

	mu      sync.Mutex
	secrets map[string]heldSecret
}

// heldSecret is a pull secret, or that there is none, for secretTime.
type heldSecret struct {
	raw   []byte
	until time.Time
}

const (
	secretTime     = time.Minute
	maxHeldSecrets = 1024
)

// Reach connects to the API server that the configuration names. Where scopes
// select by labels it watches namespaces until ctx ends, and returns once it has
// seen them all.
func Reach(ctx context.Context, cfg Config, logger *slog.Logger) (*Cluster, error) {
	var rc *rest.Config
	var err error
	if path := cfg.Kubernetes.Kubeconfig; path != "" {
		rc, err = clientcmd.BuildConfigFromFlags("", path)
	} else {
		rc, err = rest.InClusterConfig()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: kubernetes: %w; name a file with kubeconfig, or run in a pod with a service account", ErrConfig, err)
	}
	rc.UserAgent = "assize"
	client, err := dynamic.NewForConfig(rc)
	if err != nil {
		return nil, fmt.Errorf("%w: kubernetes: %w", ErrConfig, err)
	}
	c := &Cluster{client: client, rest: rc, secrets: map[string]heldSecret{}}
	if !cfg.labelled() {
		return c, nil
	}
	c.watch = dynamicinformer.NewDynamicSharedInformerFactory(client, 0).ForResource(namespaces).Informer()
	if err := c.watch.SetTransform(labelsAlone); err != nil {
		return nil, err
	}
	if err := c.watch.SetWatchErrorHandler(func(_ *cache.Reflector, err error) {
		logger.Warn("watch namespaces", "err", err)
	}); err != nil {
		return nil, err
	}
	go c.watch.Run(ctx.Done())
	patience, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	if !cache.WaitForCacheSync(patience.Done(), c.watch.HasSynced) {
		return nil, fmt.Errorf("%w: namespaces were not listed within %s; the service account needs list and watch of them", ErrCluster, reachTime)
	}
	return c, nil
}

// Client is a client of its own, that makes at most so many requests a second and
// keeps nobody else waiting.
func (c *Cluster) Client(perSecond int) (dynamic.Interface, error) {
	rc := rest.CopyConfig(c.rest)
	rc.QPS, rc.Burst = float32(perSecond), 2*perSecond
	return dynamic.NewForConfig(rc)
}

// reachTime bounds the first contact with the API server.
const reachTime = 20 * time.Second

// labelsAlone keeps of a namespace what is asked for.
func labelsAlone(v any) (any, error) {
	u, ok := v.(*unstructured.Unstructured)
	if !ok {
		return v, nil
	}
	out := &unstructured.Unstructured{}
	out.SetGroupVersionKind(u.GroupVersionKind())
	out.SetName(u.GetName())
	out.SetResourceVersion(u.GetResourceVersion())
	out.SetLabels(u.GetLabels())
	return out, nil
}

// Labels of a namespace, from the watch; one so new that the watch has not seen it
// is asked for.
func (c *Cluster) Labels(ctx context.Context, namespace string) (map[string]string, error) {
	if namespace == "" {
		return nil, nil // the object belongs to none
	}
	if c.watch == nil {
		return nil, fmt.Errorf("%w: namespaces are not watched", ErrCluster)
	}
	v, ok, err := c.watch.GetStore().GetByKey(namespace)
	if err != nil {
		return nil, err
	}
	if !ok {
		u, err := c.client.Resource(namespaces).Get(ctx, namespace, metav1.GetOptions{})
		if err != nil {
			return nil, fmt.Errorf("%w: namespace %s: %w", ErrCluster, namespace, err)
		}
		return u.GetLabels(), nil
	}
	return v.(*unstructured.Unstructured).GetLabels(), nil
}

// logins reads the pull secrets of a pod and of its service account.
func (s *Server) logins(ctx context.Context, namespace string, o object) (oci.Logins, error) {
	c := s.parts.Cluster
	if c == nil || s.cfg.Kubernetes == nil || !s.cfg.Kubernetes.PullSecrets || namespace == "" {
		return oci.Logins{}, nil
	}
	names := o.pullSecrets
	if len(names) == 0 {
		account := o.serviceAccount
		if account == "" {
			account = "default"
		}
		u, err := c.client.Resource(serviceAccounts).Namespace(namespace).Get(ctx, account, metav1.GetOptions{})
		if err == nil {
			for _, v := range sequence(u.Object["imagePullSecrets"]) {
				if name, ok := mapping(v)["name"].(string); ok && len(names) < maxPullSecrets {
					names = append(names, name)
				}
			}
		}
	}
	var documents [][]byte
	for _, name := range names {
		if raw := c.pullSecret(ctx, namespace, name); raw != nil {
			documents = append(documents, raw)
		}
	}
	return oci.ParseLogins(documents...)
}

// pullSecret reads one, nil when it cannot be had: the registry then says no.
func (c *Cluster) pullSecret(ctx context.Context, namespace, name string) []byte {
	key := namespace + "/" + name
	c.mu.Lock()
	held, ok := c.secrets[key]
	c.mu.Unlock()
	if ok && time.Now().Before(held.until) {
		return held.raw
	}
	u, err := c.client.Resource(secrets).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil
	}
	raw := secretData(u, ".dockerconfigjson")
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.secrets) >= maxHeldSecrets {
		clear(c.secrets)
	}
	c.secrets[key] = heldSecret{raw, time.Now().Add(secretTime)}
	return raw
}

// Certificate is how the listener gets its certificate: from files, or managed.
func Certificate(ctx context.Context, cfg Config, c *Cluster, logger *slog.Logger) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if cfg.TLS.SelfManaged != nil {
		m, err := manage(ctx, *cfg.TLS.SelfManaged, c, logger, time.Now)
		if err != nil {
			return nil, err
		}
		return m.Get, nil
	}
	f, err := NewFiles(cfg.TLS.Certificate, cfg.TLS.Key, logger)
	if err != nil {
		return nil, err
	}
	return f.Get, nil
}
