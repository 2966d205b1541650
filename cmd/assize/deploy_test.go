package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/deploy"
)

// TestKeysNeedNoRoomToWrite: a secret that holds all keys is mounted where nobody can
// write, and the first start of a ledger must not try.
func TestKeysNeedNoRoomToWrite(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := makeKeys(keys, "assize.dev/test/keys", nil); err != nil {
		t.Fatal(err)
	}
	then := time.Unix(1, 0)
	if err := os.Chtimes(keys, then, then); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, err := openInstance(context.Background(), instanceConfig{Store: "sqlite:" + filepath.Join(dir, "a.db"), Keys: keys, Mark: filepath.Join(dir, "log.mark"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if info, err := os.Stat(keys); err != nil || !info.ModTime().Equal(then) {
		t.Errorf("the first start wrote into the directory of its keys: %v, %v", info.ModTime(), err)
	}
	if !in.fresh {
		t.Error("it was no first start")
	}
}

// TestPipelineTemplates runs what the templates in deploy/ci run, against a service: an
// answer of no ends the job with 2, an answer of yes with 0, and both leave a proof.
func TestPipelineTemplates(t *testing.T) {
	r := newReader(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(r.serve(block{text: "assize serve"}))
	must(r.run(block{text: `assize keygen --out builder
mkdir runner model && echo weights > model/weights.bin
assize trust show > trust.yaml
assize trust entry --key builder.pub.pem --principal runner@bank.example --role builder --about system:credit-scoring >> trust.yaml
assize activate trust.yaml`}))
	key, err := os.ReadFile(filepath.Join(r.dir, "builder.pem"))
	must(err)
	r.env = append(r.env, "ASSIZE_SYSTEM=system:credit-scoring", "ASSIZE_ENVIRONMENT=production",
		"RUNNER_TEMP="+filepath.Join(r.dir, "runner"), "GITHUB_STEP_SUMMARY="+filepath.Join(r.dir, "summary.md"))
	for _, c := range []struct {
		file, key, rules, proof string
		job                     func(t *testing.T, text []byte) (scripts []string, env map[string]string)
		exit                    int
	}{
		{"github-actions.yaml", string(key), "INT-01, TRA-04", "runner/release.decision.json", githubJob, 2},
		{"gitlab-ci.yaml", filepath.Join(r.dir, "builder.pem"), "INT-01", "release.decision.json", gitlabJob, 0}, // a variable of type File
	} {
		text, err := os.ReadFile(filepath.Join(repository, "deploy", "ci", c.file))
		must(err)
		must(checkPipeline(string(text)))
		scripts, env := c.job(t, text)
		for k, v := range env {
			r.env = append(r.env, k+"="+v)
		}
		r.env = append(r.env, "BUILDER_KEY="+c.key)
		must(r.run(block{text: `printf 'v: 1\nthresholds: {}\ngates: [{environment: production, systems: ["system:credit-scoring"], actions: [release], rules: [` + c.rules + `], blocks: [critical, high]}]\n' > parameters.yaml
assize activate parameters.yaml`}))
		for i, script := range scripts {
			code := 0
			if i == len(scripts)-1 {
				code = c.exit
			}
			if err := r.run(block{text: script, exit: code}); err != nil {
				t.Fatalf("%s: %v", c.file, err)
			}
		}
		if _, err := os.Stat(filepath.Join(r.dir, c.proof)); err != nil {
			t.Error(err)
		}
	}
}

// githubJob are the scripts of the steps, and the environment as far as it is no
// expression.
func githubJob(t *testing.T, text []byte) ([]string, map[string]string) {
	t.Helper()
	var doc struct {
		Jobs map[string]struct {
			Env   map[string]string
			Steps []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range doc.Jobs["gate"].Steps {
		if s.Run != "" {
			out = append(out, strings.ReplaceAll(s.Run, "\\\n", " "))
		}
	}
	if len(out) != 2 {
		t.Fatalf("%d scripts, want one that hands in and one that asks", len(out))
	}
	return out, plain(doc.Jobs["gate"].Env)
}

func gitlabJob(t *testing.T, text []byte) ([]string, map[string]string) {
	t.Helper()
	var doc map[string]struct {
		Script    []string
		Variables map[string]string
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	job := doc["assize-gate"]
	if len(job.Script) == 0 {
		t.Fatal("no script")
	}
	return job.Script, plain(job.Variables)
}

func plain(env map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range env {
		if !strings.Contains(v, "$") {
			out[k] = v
		}
	}
	return out
}

// TestChartConfiguration: what the chart tells the service is what the service takes,
// for every set of values the chart is tested with; and the webhook and what follows
// the running workloads are asked about the same namespaces.
func TestChartConfiguration(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(repository, "deploy", "helm", "assize", "ci", "*-values.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no files of values", err)
	}
	for _, p := range paths {
		t.Run(filepath.Base(p), func(t *testing.T) {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			values, err := deploy.ParseValues(p, text)
			if err != nil {
				t.Fatal(err)
			}
			checkConfiguration(t, manifests(t, values))
		})
	}
}

// manifests of an installation, by template; of several objects the first.
func manifests(t *testing.T, values map[string]any) map[string]yaml.Node {
	t.Helper()
	all, err := deploy.Render(deploy.Release{Name: "assize", Namespace: "assize"}, values)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]yaml.Node{}
	for _, m := range all {
		var doc yaml.Node
		if err := yaml.Unmarshal(m.Text, &doc); err != nil {
			t.Fatal(err)
		}
		out[strings.TrimPrefix(m.Template, "assize/templates/")] = doc
	}
	return out
}

func checkConfiguration(t *testing.T, docs map[string]yaml.Node) {
	t.Helper()
	var config struct{ Data map[string]string }
	node := docs["configmap.yaml"]
	if err := node.Decode(&config); err != nil {
		t.Fatal(err)
	}
	text := config.Data["assize.yaml"]
	file := filepath.Join(t.TempDir(), "assize.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	root := rootCommand()
	serve, _, err := root.Find([]string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	flags, err := readConfig(file, known(root))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for name, values := range flags {
		for _, v := range values {
			if f := serve.Flags().Lookup(name); f == nil || f.Value.Set(v) != nil {
				t.Errorf("serve takes no %s: %q", name, v)
			}
		}
	}
	cfg, err := admission.ParseConfig([]byte(text))
	if err != nil || cfg == nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !cfg.Callers.Guarded() {
		t.Error("nobody may ask")
	}
	var hook struct {
		Webhooks []struct {
			NamespaceSelector struct {
				MatchExpressions []admission.Expression `yaml:"matchExpressions"`
			} `yaml:"namespaceSelector"`
		}
	}
	node, there := docs["webhook.yaml"]
	if !there || cfg.Running == nil {
		return
	}
	if err := node.Decode(&hook); err != nil {
		t.Fatal(err)
	}
	for _, h := range hook.Webhooks { // what is let in, and what is deleted
		if diff := cmp.Diff(h.NamespaceSelector.MatchExpressions, cfg.Running.Namespaces.MatchExpressions); diff != "" {
			t.Errorf("namespaces (-webhook +running):\n%s", diff)
		}
	}
}
