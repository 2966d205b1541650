package chart_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"

	"github.com/assize-dev/assize/deploy"
)

const chartDir = "../../deploy/helm/assize"

// kube is the version of Kubernetes that is rendered for.
var kube = common.KubeVersion{Version: "v1.37.2", Major: "1", Minor: "37"}

// cases are the files of values beside the chart.
func cases(t *testing.T) map[string]map[string]any {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(chartDir, "ci", "*-values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		v, err := deploy.ParseValues(p, text)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(p), "-values.yaml")] = v
	}
	if len(out) < 6 {
		t.Fatalf("found %d files of values, the search is broken", len(out))
	}
	return out
}

// helm renders as `helm template` does.
func helm(t *testing.T, name, namespace string, values map[string]any) (map[string]string, error) {
	t.Helper()
	c, err := loader.LoadDir(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	capabilities := *common.DefaultCapabilities
	capabilities.KubeVersion = kube
	v, err := util.ToRenderValues(c, values, common.ReleaseOptions{Name: name, Namespace: namespace, Revision: 1, IsInstall: true}, &capabilities)
	if err != nil {
		return nil, err
	}
	out, err := new(engine.Engine).Render(c, v)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(out, func(name, text string) bool {
		return !strings.HasSuffix(name, ".yaml") || strings.TrimSpace(text) == ""
	})
	return out, nil
}

// TestSameAsHelm: the program and Helm write the same bytes from the same values. If
// this fails, raw manifests and chart have drifted apart.
func TestSameAsHelm(t *testing.T) {
	for name, values := range cases(t) {
		t.Run(name, func(t *testing.T) {
			for _, r := range []deploy.Release{{Name: "assize", Namespace: "assize"}, {Name: "credit", Namespace: "governance"}} {
				want, err := helm(t, r.Name, r.Namespace, values)
				if err != nil {
					t.Fatal(err)
				}
				manifests, err := deploy.Render(r, values)
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{}
				for _, m := range manifests {
					got[m.Template] = string(m.Text)
				}
				for name := range want { // the one word that differs: who manages the objects
					want[name] = strings.ReplaceAll(want[name], "managed-by: Helm\n", "managed-by: assize\n")
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("release %s (-Helm +ours):\n%s", r.Name, diff)
				}
			}
		})
	}
}

// TestNotes: what Helm prints after an installation names the service.
func TestNotes(t *testing.T) {
	c, err := loader.LoadDir(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range cases(t) {
		v, err := util.ToRenderValues(c, values, common.ReleaseOptions{Name: "assize", Namespace: "assize"}, common.DefaultCapabilities)
		if err != nil {
			t.Fatal(err)
		}
		out, err := new(engine.Engine).Render(c, v)
		if err != nil {
			t.Fatal(err)
		}
		if notes := out["assize/templates/NOTES.txt"]; !strings.Contains(notes, "kubectl -n assize port-forward") || strings.Contains(notes, "<no value>") {
			t.Errorf("%s: notes:\n%s", name, notes)
		}
	}
}

// TestLint: `helm lint --strict` has nothing to say.
func TestLint(t *testing.T) {
	for name, values := range cases(t) {
		result := lint.RunAll(chartDir, values, "assize", lint.WithKubeVersion(&kube))
		for _, m := range result.Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

// TestRefused: values that are wrong are refused by both, and the message names the
// value.
func TestRefused(t *testing.T) {
	good := cases(t)["production"]
	for _, c := range []struct {
		name   string
		base   map[string]any
		values string
		says   []string
	}{
		{"defaults alone", map[string]any{}, "", []string{"store.postgres.existingSecret"}},
		{"no keys", map[string]any{}, "store: {postgres: {existingSecret: db}}", []string{"keys.existingSecret", "assize ledger keys"}},
		{"two writers on SQLite", map[string]any{}, "store: {kind: sqlite}", []string{"replicas: 2", "SQLite has one writer"}},
		{"mark of one node", good, "mark: {accessMode: ReadWriteOnce}", []string{"mark.accessMode", "ReadWriteMany"}},
		{"typo", good, "replica: 3", []string{"replica"}},
		{"typo inside", good, "webhook: {failPolicy: Ignore}", []string{"webhook", "failPolicy"}},
		{"failure policy", good, "webhook: {failurePolicy: Open}", []string{"webhook", "failurePolicy", "Fail"}},
		{"timeout", good, "webhook: {timeoutSeconds: 31}", []string{"webhook", "timeoutSeconds", "30"}},
		{"kind of store", good, "store: {kind: mysql}", []string{"store", "kind", "sqlite"}},
		{"digest", good, "image: {digest: latest}", []string{"image", "digest"}},
		{"type", good, "replicas: many", []string{"replicas"}},
		{"no replicas", good, "replicas: 0", []string{"replicas"}},
		{"certificate without its secret", good, "certificates: {kind: existing}", []string{"certificates.existingSecret"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			over, err := deploy.ParseValues("values", []byte(c.values))
			if err != nil {
				t.Fatal(err)
			}
			_, ours := deploy.Render(deploy.Release{Name: "assize", Namespace: "assize"}, c.base, over)
			_, theirs := helm(t, "assize", "assize", util.CoalesceTables(over, c.base))
			for who, err := range map[string]error{"assize": ours, "helm": theirs} {
				if err == nil {
					t.Errorf("%s takes %s", who, c.values)
					continue
				}
				said := strings.ReplaceAll(err.Error(), "/", ".")
				for _, want := range c.says {
					if !strings.Contains(said, want) {
						t.Errorf("%s does not say %q: %v", who, want, err)
					}
				}
			}
		})
	}
}

// TestPackage: what `helm package` takes in is the chart and nothing beside it.
func TestPackage(t *testing.T) {
	c, err := loader.LoadDir(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range c.Raw {
		names = append(names, f.Name)
	}
	var want []string
	if err := fs.WalkDir(os.DirFS(chartDir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(path, "ci/") {
			want = append(want, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(names))); diff != "" {
		t.Errorf("files of the chart (-there +packed):\n%s", diff)
	}
	if slices.ContainsFunc(c.Raw, func(f *common.File) bool { return bytes.Contains(f.Data, []byte("\t")) }) {
		t.Error("a file of the chart holds tabs")
	}
}
