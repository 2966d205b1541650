package admission_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	admissionv1 "k8s.io/api/admission/v1"

	"github.com/assize-dev/assize/api/admission"
)

// labels of namespaces, as an API server tells them.
type labels map[string]map[string]string

func (l labels) Labels(_ context.Context, namespace string) (map[string]string, error) {
	if have, ok := l[namespace]; ok {
		return have, nil
	}
	return nil, errors.New("the watch has not seen it")
}

// TestModes: what a verdict does is the mode of the first scope that speaks of
// namespace and image.
func TestModes(t *testing.T) {
	b := newBench(t, `
admission:
  kubernetes: {}
  no_match: let-through
  scopes:
    - name: mesh
      images: ["docker.io/istio/*"]
      mode: "off"
    - {name: trial, namespaces: {match_labels: {stage: trial}}, mode: warn, environment: production}
    - {name: watched, namespaces: {match_expressions: [{key: stage, operator: In, values: [watched, seen]}]}, mode: audit, environment: production}
    - {name: production, namespaces: {names: [scor*]}, mode: enforce, environment: production, images: ["registry.example/**"]}
`, func(p *admission.Parts) {
		p.Namespaces = labels{"a": {"stage": "trial"}, "b": {"stage": "watched"}, "scoring": nil, "other": nil}
	})
	b.allowed()
	in := func(namespace, image string) *admissionv1.AdmissionResponse {
		req := request(podKind, pod(image))
		req.Namespace = namespace
		return b.ask(req)
	}
	if r := in("scoring", image("poor")); r.Allowed {
		t.Error("enforce let it through")
	}
	if r := in("a", image("poor")); !r.Allowed || len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "would be refused in production") {
		t.Errorf("warn: %+v", r)
	}
	if r := in("b", image("poor")); !r.Allowed || len(r.Warnings) > 0 || !strings.Contains(r.AuditAnnotations["finding"], "EVL-01") {
		t.Errorf("audit: %+v", r)
	}
	const unjudged = "unjudged, let through by configuration"
	for where, r := range map[string]*admissionv1.AdmissionResponse{
		"off": in("scoring", "istio/proxyv2@"+ref("istio")), "no match, image": in("scoring", "quay.io/x/y@"+ref("y")), "no match, namespace": in("other", image("poor")),
	} {
		if !r.Allowed || message(r) != unjudged || !strings.Contains(r.AuditAnnotations["unjudged"], unjudged) || r.AuditAnnotations["verdict"] != "" {
			t.Errorf("%s: %+v", where, r)
		}
	}
	if r := in("unseen", image("scorer")); r.Allowed {
		t.Error("a namespace whose labels nobody knows was let through")
	}
}

// TestNoMatch: what no scope speaks of is refused unless the configuration says
// otherwise.
func TestNoMatch(t *testing.T) {
	config := func(line string) string {
		return "admission:\n  " + line + "\n  scopes:\n    - {name: p, mode: enforce, environment: production, images: [\"registry.example/**\"]}\n"
	}
	b := newBench(t, config("public_url: https://x.example"))
	stray := pod("quay.io/x/y@" + ref("y"))
	if r := b.create(stray); r.Allowed || !strings.Contains(message(r), "no_match is deny") {
		t.Errorf("default: %+v", r)
	}
	if r := b.ask(request(podKindOf("ml.example", "Trainer"), m{})); r.Allowed || !strings.Contains(message(r), "resources") {
		t.Errorf("a kind nothing is configured for: %+v", r)
	}
	b.serve(config("no_match: warn"))
	if r := b.create(stray); !r.Allowed || len(r.Warnings) != 1 {
		t.Errorf("warn: %+v", r)
	}
}

// TestControllers: the mode for what makes pods is the configuration's.
func TestControllers(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	job := request(podKindOf("batch", "Job"), nested("spec.template.spec.containers", containers(image("poor"))))
	for mode, want := range map[string]struct {
		allowed  bool
		warnings int
	}{"enforce": {false, 0}, "warn": {true, 2}, "audit": {true, 0}, "\"off\"": {true, 0}} {
		b.serve(usual + "      controllers: " + mode + "\n")
		if r := b.ask(job); r.Allowed != want.allowed || len(r.Warnings) != want.warnings {
			t.Errorf("%s: allowed %v, warnings %q", mode, r.Allowed, r.Warnings)
		}
	}
}

// TestConfigRefused: what cannot be worked with is told with its place.
func TestConfigRefused(t *testing.T) {
	for text, want := range map[string]string{
		"admission: {scope: []}": "field scope not found",
		"admission: {}":          "scopes: none",
		"admission: {timeout: 45s, scopes: [{name: a, mode: \"off\"}]}":                                                                     "timeout",
		"admission: {on_error: maybe, scopes: [{name: a, mode: \"off\"}]}":                                                                  "on_error",
		"admission: {no_match: allow, scopes: [{name: a, mode: \"off\"}]}":                                                                  "no_match",
		"admission: {scopes: [{name: a, mode: strict}]}":                                                                                    "scopes[0] (a).mode",
		"admission: {scopes: [{name: a, mode: enforce}]}":                                                                                   "environment",
		"admission: {scopes: [{mode: \"off\"}]}":                                                                                            "needs a name",
		"admission: {scopes: [{name: a, mode: warn, controllers: enforce, environment: e}]}":                                                "stricter",
		"admission: {scopes: [{name: a, mode: \"off\", namespaces: {match_labels: {a: b}}}]}":                                               "kubernetes",
		"admission: {registries: {keep: 1h}, scopes: [{name: a, mode: \"off\"}]}":                                                           "registries.keep",
		"admission: {registries: {timeout: -1s}, scopes: [{name: a, mode: \"off\"}]}":                                                       "registries.timeout",
		"admission: {tls: {key: k}, scopes: [{name: a, mode: \"off\"}]}":                                                                    "go together",
		"admission: {tls: {self_managed: {secret: s}}, scopes: [{name: a, mode: \"off\"}]}":                                                 "kubernetes",
		"admission: {public_url: ftp://x, scopes: [{name: a, mode: \"off\"}]}":                                                              "public_url",
		"admission: {public_url: \"https://x.example/" + strings.Repeat("a", admission.MaxText) + "\", scopes: [{name: a, mode: \"off\"}]}": "public_url",
		"admission: {scopes: [{name: a, mode: warn, environment: e, system: credit}]}":                                                      "system",
		"admission: {scopes: [{name: a, mode: warn, environment: e, action: run}]}":                                                         "action",
		"admission: {scopes: [{name: a, mode: warn, environment: e, claimed_system: always}]}":                                              "claimed_system",
	} {
		if _, err := admission.ParseConfig([]byte(text)); !errors.Is(err, admission.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if cfg, err := admission.ParseConfig([]byte("listen: 127.0.0.1:1\n")); cfg != nil || err != nil {
		t.Errorf("a file without the section: %v, %v", cfg, err)
	}
	many := "admission: {scopes: [" + strings.Repeat("{name: a, mode: \"off\"},", admission.MaxScopes+1) + "]}"
	if _, err := admission.ParseConfig([]byte(many)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("too many scopes: %v", err)
	}
	b := newBench(t, usual)
	for text, want := range map[string]string{
		"resources: [{group: g, kind: K}]":                    "JSONPath",
		"resources: [{group: g, kind: K, images: [\"{.a\"]}]": "JSONPath",
		"callers: {names: [x]}":                               "client_ca",
		"callers: {client_ca: /no/such/file}":                 "client_ca",
		"callers: {token_file: /no/such/file}":                "token_file",
	} {
		cfg := configured(t, usual+"  "+text+"\n")
		if _, err := admission.New(cfg, admission.Parts{Gate: b.gate, Locker: b.Locker}); !errors.Is(err, admission.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestDefaults: what a configuration leaves out is what an operator would expect.
func TestDefaults(t *testing.T) {
	cfg := configured(t, usual)
	got := []any{cfg.Timeout.String(), cfg.OnError, cfg.NoMatch, cfg.Registries.Keep.String(), cfg.Scopes[0].Action, string(cfg.Scopes[0].Controllers), cfg.Scopes[0].ClaimedSystem}
	if diff := cmp.Diff([]any{"5s", "closed", "deny", "30s", "deploy", "warn", "check"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestCallers: the listener answers who the configuration names, and on loopback
// everybody while it names nobody.
func TestCallers(t *testing.T) {
	b := newBench(t, usual)
	if r := b.create(pod()); !r.Allowed {
		t.Errorf("loopback: %+v", r)
	}
	token := t.TempDir() + "/token"
	write(t, token, "0123456789abcdef0123\n")
	b.serve(usual + "  callers: {token_file: " + token + "}\n")
	if status, _ := b.post(admission.PathValidate, []byte("{}")); status != http.StatusUnauthorized {
		t.Errorf("without the token: status %d", status)
	}
	for given, want := range map[string]int{"0123456789abcdef0123": http.StatusBadRequest, "0123456789abcdef0124": http.StatusUnauthorized} {
		req, err := http.NewRequest(http.MethodPost, b.http.URL+admission.PathValidate, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+given)
		resp, err := b.http.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("token %s: status %d", given, resp.StatusCode)
		}
	}
	for _, want := range []map[string]float64{{"caller": 2, "malformed": 1}, {"caller": 0, "malformed": 0}} {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(b.server)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		counted := map[string]float64{}
		for _, f := range families {
			if f.GetName() == "assize_admission_refused_requests_total" {
				for _, m := range f.GetMetric() {
					counted[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
				}
			}
		}
		if diff := cmp.Diff(want, counted); diff != "" {
			t.Error(diff)
		}
		b.serve(usual) // anew, and nobody was turned away
	}
}
