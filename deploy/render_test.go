package deploy_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/deploy"
)

var release = deploy.Release{Name: "assize", Namespace: "governance"}

func values(t testing.TB, text string) map[string]any {
	t.Helper()
	v, err := deploy.ParseValues("values", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const trial = "{replicas: 1, store: {kind: sqlite}}"

func render(t *testing.T, texts ...string) string {
	t.Helper()
	var vs []map[string]any
	for _, text := range texts {
		vs = append(vs, values(t, text))
	}
	manifests, err := deploy.Render(release, vs...)
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, m := range manifests {
		all.WriteString("# " + m.Template + "\n")
		all.Write(m.Text)
	}
	return all.String()
}

// TestRender: the same values give the same bytes, and later ones win. That Helm
// writes them too is held by testdata/chart.
func TestRender(t *testing.T) {
	one := render(t, trial)
	if diff := cmp.Diff(one, render(t, trial)); diff != "" {
		t.Errorf("two renderings differ:\n%s", diff)
	}
	for _, want := range []string{"# assize/templates/webhook.yaml", "kind: Deployment", `namespace: "governance"`, "store: sqlite:/var/lib/assize/ledger/assize.db"} {
		if !strings.Contains(one, want) {
			t.Errorf("no %q in the manifests", want)
		}
	}
	over := render(t, trial, "{log: {level: debug}, webhook: {enabled: false}}", "{log: {level: warn}}")
	if !strings.Contains(over, "log-level: warn\n") || !strings.Contains(over, "log-format: json") || strings.Contains(over, "kind: ValidatingWebhookConfiguration") {
		t.Error("later values do not win, or take away what they do not name")
	}
}

// TestFollowing: who may not list pods is told of deletions, which nothing can hold up;
// who may is not.
func TestFollowing(t *testing.T) {
	lists, told := "resources: [pods]\n    verbs: [list, watch]", "name: gone.assize.dev\n    failurePolicy: Ignore\n"
	for _, c := range []struct {
		values      string
		lists, told bool
	}{
		{"{}", true, false},
		{"{running: {list: false}, admission: {callers: {anyone: false, token_file: /etc/assize-files/token}}}", false, true},
		{"{running: {list: false}, networkPolicy: {from: [{ipBlock: {cidr: 10.0.0.0/28}}]}}", false, true},
		{"{running: {enabled: false}}", false, false},
		{"{running: {enabled: false, list: false}}", false, false},
	} {
		all := render(t, trial, c.values)
		if strings.Contains(all, lists) != c.lists || strings.Contains(all, told) != c.told || strings.Contains(all, "operations: [DELETE]") != c.told {
			t.Errorf("%s: lists %v, told of deletions %v", c.values, strings.Contains(all, lists), strings.Contains(all, told))
		}
	}
}

// TestServiceMonitorCredentials: Prometheus shows the token of a secret that is named,
// and nothing where none is.
func TestServiceMonitorCredentials(t *testing.T) {
	const shows = "      authorization:\n        type: Bearer\n        credentials:\n          name: callers\n          key: token\n"
	if all := render(t, trial, "{serviceMonitor: {enabled: true, credentials: {existingSecret: callers}}}"); !strings.Contains(all, shows) {
		t.Error("the monitor shows no token")
	}
	for values, holder := range map[string]string{
		"{}":                                   "        serverName: assize.governance.svc\n        ca:\n          secret:\n            name: assize-tls\n            key: ca.crt",
		"{certificates: {kind: cert-manager}}": "            name: assize-tls\n            key: ca.crt",
		"{certificates: {kind: existing, existingSecret: own}}": "            name: own\n            key: ca.crt",
	} {
		if all := render(t, trial, "{serviceMonitor: {enabled: true, credentials: {existingSecret: callers}}}", values); !strings.Contains(all, holder) || strings.Contains(all, "insecureSkipVerify") {
			t.Errorf("%s: the token is shown to whoever answers", values)
		}
	}
	if all := render(t, trial, "{serviceMonitor: {enabled: true}}"); !strings.Contains(all, "kind: ServiceMonitor") || strings.Contains(all, "authorization:") {
		t.Error("the monitor shows something where no secret is named")
	}
}

// TestRefusedValues: every fault is named with its place.
func TestRefusedValues(t *testing.T) {
	for _, c := range []struct{ name, values, says string }{
		{"defaults", "{}", "store.postgres.existingSecret: name the secret"},
		{"two writers", "{store: {kind: sqlite}}", "replicas: 2, but SQLite has one writer; set replicas: 1"},
		{"unknown", "{replicas: 1, store: {kind: sqlite, sqllite: {}}}", "store: additional properties 'sqllite' not allowed"},
		{"several", "{replicas: 0, log: {level: loud}}", "log.level"},
		{"taken away", "{replicas: 1, store: {kind: sqlite}, log: null}", "log"},
		{"nobody tells", "{replicas: 1, store: {kind: sqlite}, webhook: {enabled: false}, running: {list: false}}", "running.list: false, and without webhook.enabled nothing tells what runs"},
		{"anybody tells", "{replicas: 1, store: {kind: sqlite}, running: {list: false}}", "whoever may ask may also say that a pod went"},
		{"everybody on every network tells", "{replicas: 1, store: {kind: sqlite}, running: {list: false}, networkPolicy: {enabled: false, from: [{podSelector: {}}]}}", "networkPolicy.from"},
		{"no key", "{replicas: 1, store: {kind: sqlite}, serviceMonitor: {credentials: {key: a/b}}}", "serviceMonitor.credentials.key"},
		{"scope", "{replicas: 1, store: {kind: sqlite}, admission: {scopes: [{name: a, mode: block}]}}", "admission.scopes.0.mode"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := deploy.Render(release, values(t, c.values))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v, want %q in it", err, c.says)
			}
		})
	}
	for _, text := range []string{"a: 1\na: 2\n", "- a\n", "a: [", "\xff"} {
		if _, err := deploy.ParseValues("v.yaml", []byte(text)); !errors.Is(err, deploy.ErrValues) || !strings.Contains(err.Error(), "v.yaml") {
			t.Errorf("%q: %v, want ErrValues that names the file", text, err)
		}
	}
	if _, err := deploy.Render(deploy.Release{Name: "assize"}); !errors.Is(err, deploy.ErrValues) {
		t.Errorf("no namespace: %v", err)
	}
}

func TestLimits(t *testing.T) {
	if _, err := deploy.ParseValues("v", []byte("a: "+strings.Repeat("x", deploy.MaxValues))); !errors.Is(err, deploy.ErrValues) || !strings.Contains(err.Error(), "bound") {
		t.Errorf("MaxValues: %v", err)
	}
	if _, err := deploy.ParseValues("v", []byte("a: "+strings.Repeat("[", deploy.MaxDepth+1)+strings.Repeat("]", deploy.MaxDepth+1))); !errors.Is(err, deploy.ErrValues) || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("MaxDepth: %v", err)
	}
	many := map[string]any{}
	for _, c := range "abcde" {
		many["example.com/"+string(c)] = strings.Repeat("x", 1<<20)
	}
	if _, err := deploy.Render(release, values(t, trial), map[string]any{"podAnnotations": many}); err == nil || !strings.Contains(err.Error(), "bound") {
		t.Errorf("MaxRendered: %v", err)
	}
}

// FuzzValues: whatever somebody writes is refused or rendered, and never changes what
// is kept out of the webhook's reach.
func FuzzValues(f *testing.F) {
	paths, err := filepath.Glob("helm/assize/ci/*.yaml")
	if err != nil || len(paths) == 0 {
		f.Fatal(err, "no seeds")
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := deploy.ParseValues("v", text)
		if err != nil {
			return
		}
		manifests, err := deploy.Render(release, v)
		if err != nil {
			return
		}
		for _, m := range manifests {
			if m.Template == "assize/templates/webhook.yaml" && !bytes.Contains(m.Text, []byte("- kube-system\n            - \"governance\"\n")) {
				t.Errorf("%s\nlets the webhook judge what it must not:\n%s", text, m.Text)
			}
		}
	})
}
