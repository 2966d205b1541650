package admission

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/policy/gate"
)

// Paths of the service. The validating webhook may carry a query, such as the
// timeout that the API server adds.
const (
	PathValidate = "/admission/v1/validate"
	PathProvider = "/admission/v1/provider"
)

// Annotations, or labels where annotations say nothing, by which an object claims
// what it belongs to.
const (
	ClaimSystem = "assize.dev/system" // system:NAME; as a label, NAME alone
	ClaimModel  = "assize.dev/model"  // sha256:HEX, the OMS root of the model
)

// Mode says what a verdict other than allow does.
type Mode string

const (
	Enforce Mode = "enforce" // refused
	Warn    Mode = "warn"    // let through with a warning
	Audit   Mode = "audit"   // let through; told in the audit annotations alone
	Off     Mode = "off"     // not judged: let through by configuration
)

// Config is the section "admission" of the configuration file of the service.
type Config struct {
	// PublicURL is where people reach the pages; messages link to decisions below
	// it. Empty: the path alone.
	PublicURL string `yaml:"public_url,omitempty"`
	// Timeout is how long the API server waits for an answer, 1s to 30s, where its
	// request does not say. Default 5s. The answer leaves after 80 % of it.
	Timeout time.Duration `yaml:"timeout,omitempty"`
	// OnError is what an enforcing scope does when nothing could be judged, in time
	// or at all: closed (refuse; default) or open (let through with a warning).
	OnError string `yaml:"on_error,omitempty"`
	// NoMatch is what becomes of a reference no scope speaks of: let-through, warn
	// or deny (default).
	NoMatch string `yaml:"no_match,omitempty"`
	// Callers may ask when the listener is reachable from other machines.
	Callers Callers `yaml:"callers,omitempty"`
	TLS     TLS     `yaml:"tls,omitempty"`
	// Kubernetes is how the API server is reached; nil: it is never called.
	Kubernetes *Kubernetes `yaml:"kubernetes,omitempty"`
	Registries Registries  `yaml:"registries,omitempty"`
	// Scopes are looked through in order; the first that speaks of the namespace
	// and the reference counts.
	Scopes []Scope `yaml:"scopes"`
	// Resources are custom ones that run images or models.
	Resources []Resource `yaml:"resources,omitempty"`
	// Running has what runs judged again when evidence, rules or time change; nil:
	// it is not looked at.
	Running *Running `yaml:"running,omitempty"`
}

// Running says which running pods are judged again, and where it is told. It needs
// Kubernetes.
type Running struct {
	// Namespaces and Objects select what the webhook is asked about, as the selectors
	// of its configuration do; Objects by labels of pods.
	Namespaces Selector     `yaml:"namespaces,omitempty"`
	Objects    []Expression `yaml:"objects,omitempty"`
	// Reports writes openreports.io reports beside the workloads, Events tells of
	// changes.
	Reports bool `yaml:"reports,omitempty"`
	Events  bool `yaml:"events,omitempty"`
	// Every is how often everything is judged anew even if nothing seems to have
	// changed. Default 10m, at least 10s.
	Every time.Duration `yaml:"every,omitempty"`
}

// Callers are who may ask, besides those on loopback. One of them has to be said
// for a listener that other machines can reach.
type Callers struct {
	// ClientCA is a PEM file; callers show a certificate it signed, for one of
	// Names when that is not empty.
	ClientCA string   `yaml:"client_ca,omitempty"`
	Names    []string `yaml:"names,omitempty"` // common or DNS names
	// TokenFile holds a bearer token.
	TokenFile string `yaml:"token_file,omitempty"`
	// Anyone who reaches the listener: for API servers that cannot be told to
	// authenticate, behind a network policy.
	Anyone bool `yaml:"anyone,omitempty"`
}

// TLS is the certificate of the listener: two files, or managed by the service.
type TLS struct {
	Certificate string       `yaml:"certificate,omitempty"` // PEM file, leaf first; read again when it changes
	Key         string       `yaml:"key,omitempty"`
	SelfManaged *SelfManaged `yaml:"self_managed,omitempty"`
}

// SelfManaged certificates are kept in a Secret that replicas share, renewed when a
// third of their time is left, and their authority is written into the
// configurations that call this service.
type SelfManaged struct {
	Namespace string   `yaml:"namespace"`
	Secret    string   `yaml:"secret"`
	DNSNames  []string `yaml:"dns_names"` // SERVICE.NAMESPACE.svc
	// Webhooks are ValidatingWebhookConfigurations, Providers Gatekeeper's.
	Webhooks  []string      `yaml:"webhooks,omitempty"`
	Providers []string      `yaml:"providers,omitempty"`
	Lifetime  time.Duration `yaml:"lifetime,omitempty"` // default 2160h
}

// Kubernetes is how the API server is reached.
type Kubernetes struct {
	// Kubeconfig is a file; empty: the service account of the pod.
	Kubeconfig string `yaml:"kubeconfig,omitempty"`
	// PullSecrets lets tags be resolved with the pull secrets that the pod names.
	PullSecrets bool `yaml:"pull_secrets,omitempty"`
}

// Registries is how tags become digests.
type Registries struct {
	// Mirrors of a registry are asked first, in order: docker.io: [mirror:5000].
	Mirrors map[string][]string `yaml:"mirrors,omitempty"`
	// Keep is how long the digest of a tag is taken as known. Default 30s, at most
	// 10m; 0s asks every time.
	Keep *time.Duration `yaml:"keep,omitempty"`
	// Timeout bounds one resolution. Default 2s.
	Timeout time.Duration `yaml:"timeout,omitempty"`
	// Anonymous leaves credentials stored on this machine alone.
	Anonymous bool `yaml:"anonymous,omitempty"`
}

// Scope says how references in some namespaces are judged.
type Scope struct {
	Name       string   `yaml:"name"`
	Namespaces Selector `yaml:"namespaces,omitempty"`
	// Images are patterns of references and locations: * is anything within one
	// element of a path, ** anything. Empty: every one.
	Images []string `yaml:"images,omitempty"`
	Mode   Mode     `yaml:"mode"`
	// Controllers is the mode for what makes pods rather than being one. Default
	// warn, since the pods are asked about themselves; never stricter than Mode.
	Controllers Mode   `yaml:"controllers,omitempty"`
	Environment string `yaml:"environment,omitempty"` // of the question; every mode but off needs it
	Action      string `yaml:"action,omitempty"`      // default deploy
	// System the namespace belongs to. Empty: every system the evidence names is
	// judged, and the worst verdict counts.
	System string `yaml:"system,omitempty"`
	// ClaimedSystem says what the claim of an object does where System is empty:
	// check (it has to be borne out; default), or choose (it has to be borne out,
	// and only that system is judged).
	ClaimedSystem string `yaml:"claimed_system,omitempty"`
}

// Selector of namespaces. Empty: every namespace. Labels need Kubernetes.
type Selector struct {
	Names            []string          `yaml:"names,omitempty"` // patterns, as of images
	MatchLabels      map[string]string `yaml:"match_labels,omitempty"`
	MatchExpressions []Expression      `yaml:"match_expressions,omitempty"`
}

// Expression over a label, as in Kubernetes.
type Expression struct {
	Key      string   `yaml:"key"`
	Operator string   `yaml:"operator"` // In, NotIn, Exists, DoesNotExist
	Values   []string `yaml:"values,omitempty"`
}

// Resource says where a custom resource names what it runs.
type Resource struct {
	Group string `yaml:"group"`
	Kind  string `yaml:"kind"`
	// Images and Models are JSONPaths to references and locations, such as
	// {.spec.containers[*].image}.
	Images []string `yaml:"images,omitempty"`
	Models []string `yaml:"models,omitempty"`
	// Controller marks what makes pods that are asked about themselves.
	Controller bool `yaml:"controller,omitempty"`
}

// ErrConfig: the configuration cannot be worked with.
var ErrConfig = errors.New("admission configuration")

// ParseConfig reads the section "admission" of a configuration file, nil when it
// has none. Members it does not know are refused.
func ParseConfig(text []byte) (*Config, error) {
	var doc struct {
		Admission *Config        `yaml:"admission"`
		Others    map[string]any `yaml:",inline"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if doc.Admission == nil {
		return nil, nil
	}
	c := doc.Admission
	c.defaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return c, nil
}

func (c *Config) defaults() {
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.OnError == "" {
		c.OnError = "closed"
	}
	if c.NoMatch == "" {
		c.NoMatch = "deny"
	}
	if c.Registries.Keep == nil {
		keep := 30 * time.Second
		c.Registries.Keep = &keep
	}
	if c.Registries.Timeout == 0 {
		c.Registries.Timeout = 2 * time.Second
	}
	if s := c.TLS.SelfManaged; s != nil && s.Lifetime == 0 {
		s.Lifetime = 90 * 24 * time.Hour
	}
	if r := c.Running; r != nil && r.Every == 0 {
		r.Every = 10 * time.Minute
	}
	for i := range c.Scopes {
		s := &c.Scopes[i]
		if s.Action == "" {
			s.Action = "deploy"
		}
		if s.ClaimedSystem == "" {
			s.ClaimedSystem = "check"
		}
		if s.Controllers == "" {
			s.Controllers = s.Mode.atMost(Warn)
		}
	}
}

// strictness orders modes.
var strictness = []Mode{Off, Audit, Warn, Enforce}

// atMost is the more lenient of two modes.
func (m Mode) atMost(other Mode) Mode {
	if slices.Index(strictness, other) < slices.Index(strictness, m) {
		return other
	}
	return m
}

func (c *Config) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	oneOf := func(at, v string, allowed ...string) {
		if !slices.Contains(allowed, v) {
			fault("%s: %q; want one of %s", at, v, strings.Join(allowed, ", "))
		}
	}
	if c.Timeout < MinTimeout || c.Timeout > MaxTimeout {
		fault("timeout: %s; Kubernetes waits %s to %s for a webhook", c.Timeout, MinTimeout, MaxTimeout)
	}
	oneOf("on_error", c.OnError, "open", "closed")
	oneOf("no_match", c.NoMatch, "let-through", "warn", "deny")
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(c.PublicURL) > MaxText) {
		fault("public_url: %q; want https://HOST[/PATH] of at most %d bytes", clip(c.PublicURL), MaxText)
	}
	if k := *c.Registries.Keep; k < 0 || k > MaxKeep {
		fault("registries.keep: %s; at most %s, since a tag can be moved", k, MaxKeep)
	}
	if c.Registries.Timeout < 0 {
		fault("registries.timeout: %s; want more than none", c.Registries.Timeout)
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		fault("tls: certificate and key go together")
	}
	if s := c.TLS.SelfManaged; s != nil {
		switch {
		case c.TLS.Certificate != "":
			fault("tls: certificate and self_managed exclude each other")
		case c.Kubernetes == nil:
			fault("tls.self_managed: the certificate is kept in a Secret; say under kubernetes how the API server is reached")
		case s.Namespace == "" || s.Secret == "" || len(s.DNSNames) == 0:
			fault("tls.self_managed: namespace, secret and dns_names are required")
		case s.Lifetime < time.Hour:
			fault("tls.self_managed.lifetime: %s; at least 1h", s.Lifetime)
		}
	}
	if r := c.Running; r != nil {
		if c.Kubernetes == nil {
			fault("running: pods are read from the API server; say under kubernetes how it is reached")
		}
		if r.Every < 10*time.Second {
			fault("running.every: %s; at least 10s", r.Every)
		}
		for _, e := range append(slices.Clone(r.Objects), r.Namespaces.MatchExpressions...) {
			if bad := e.fault(); bad != "" {
				fault("running: %s", bad)
			}
		}
	}
	if c.Kubernetes == nil && c.labelled() {
		fault("scopes: labels of namespaces are read from the API server; say under kubernetes how it is reached, or select by names")
	}
	if len(c.Scopes) == 0 {
		fault("scopes: none; nothing would ever be judged")
	}
	if len(c.Scopes) > MaxScopes || len(c.Resources) > MaxScopes {
		fault("scopes and resources: at most %d each", MaxScopes)
	}
	for i := range c.Scopes {
		s := &c.Scopes[i]
		at := fmt.Sprintf("scopes[%d] (%s)", i, s.Name)
		if s.Name == "" {
			fault("%s: it needs a name for messages to call it by", at)
		}
		oneOf(at+".mode", string(s.Mode), "enforce", "warn", "audit", "off")
		oneOf(at+".controllers", string(s.Controllers), "enforce", "warn", "audit", "off")
		oneOf(at+".claimed_system", s.ClaimedSystem, "check", "choose")
		oneOf(at+".action", s.Action, gate.Actions...)
		if s.Controllers.atMost(s.Mode) != s.Controllers {
			fault("%s.controllers: %s is stricter than mode %s", at, s.Controllers, s.Mode)
		}
		if s.Mode == Off {
			continue
		}
		q := gate.Question{Subject: someRef, System: s.System, Action: "deploy", Environment: s.Environment}
		if err := q.Check(); err != nil {
			fault("%s: %w", at, err)
		}
	}
	return errors.Join(faults...)
}

// labelled tells whether any scope selects namespaces by label.
func (c *Config) labelled() bool {
	if c.Running != nil && c.Running.Namespaces.labelled() {
		return true
	}
	return slices.ContainsFunc(c.Scopes, func(s Scope) bool {
		return len(s.Namespaces.MatchLabels)+len(s.Namespaces.MatchExpressions) > 0
	})
}

// Guarded tells whether the configuration says who may ask from other machines.
func (c *Callers) Guarded() bool { return c.ClientCA != "" || c.TokenFile != "" || c.Anyone }

// someRef stands in where only the rest of a question is checked.
const someRef = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// clip shortens what somebody else wrote for quoting it.
func clip(s string) string {
	if len(s) > 128 {
		return s[:128] + "..."
	}
	return s
}
