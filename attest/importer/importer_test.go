package importer_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/importer"
	"github.com/assize-dev/assize/attest/predicate"
)

var options = importer.Options{
	Subject:  predicate.Subject("thing", attest.RefOf("thing")),
	Systems:  []string{"system:credit"},
	StatedAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
}

// files is a folder given as name, text, name, text.
func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

// imported reads one import, and the predicates by type without their head.
func imported(t *testing.T, format string, fsys fstest.MapFS, name string, o importer.Options) (importer.Result, map[string]map[string]any) {
	t.Helper()
	r, err := importer.Import(format, fsys, name, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, predicates(t, r)
}

func predicates(t *testing.T, r importer.Result) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for _, st := range r.Statements {
		var doc struct {
			Predicate map[string]any `json:"predicate"`
		}
		if err := json.Unmarshal(st.Payload, &doc); err != nil {
			t.Fatal(err)
		}
		delete(doc.Predicate, "stated_at")
		delete(doc.Predicate, "systems")
		out[st.Type] = doc.Predicate
	}
	return out
}

// same compares a predicate with JSON.
func same(t *testing.T, got map[string]any, want string) {
	t.Helper()
	var w map[string]any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// left finds why a place was left out.
func left(r importer.Result, place string) string {
	at := slices.IndexFunc(r.Left, func(l importer.Left) bool { return l.Place == place })
	if at < 0 {
		return ""
	}
	return r.Left[at].Why
}

const modelCard = `---
license: mit
pipeline_tag: text-classification
datasets: [beans]
co2: 12
model-index:
- name: scorer
  results:
  - task: {type: text-classification}
    dataset: {type: beans, name: Beans, split: test}
    metrics:
    - {type: accuracy, value: 0.9}
    - {type: f1, value: "0.8"}
---
# Scorer
## Uses
### Direct Use
Scoring applications.

It is not intended for employment decisions.
### Out-of-Scope Use
[More Information Needed]
## Bias, Risks, and Limitations
Small groups are measured badly.
- **Developed by:** Bank
`

// If this fails, a Hugging Face card says more, or less, than it does.
func TestModelCard(t *testing.T) {
	r, got := imported(t, "hf-model-card", files("README.md", modelCard), "README.md", options)
	same(t, got["model-card"], `{"name": "scorer", "license": "MIT", "type": "text-classification", "developer": "Bank",
		"intended_use": [{"id": "direct-use-1", "text": "Scoring applications."}],
		"out_of_scope": [{"id": "direct-use-2", "text": "It is not intended for employment decisions."}],
		"training_data": [{"name": "beans"}],
		"limitations": ["Small groups are measured badly.\n- **Developed by:** Bank"]}`)
	same(t, got["eval-result"], `{"category": "performance", "metrics": [{"name": "accuracy", "value": 0.9, "split": "test",
		"slice": {"dataset": "Beans", "dataset_type": "beans", "task": "text-classification"}}]}`)
	for place, why := range map[string]string{
		"section Out-of-Scope Use": "placeholder",
		"$.co2":                    "no place",
		"$.model-index[0].results[0].metrics[1].value": "no number",
	} {
		if got := left(r, place); !strings.Contains(got, why) {
			t.Errorf("%s: left because %q, want %q", place, got, why)
		}
	}
}

// If this fails, a Hugging Face dataset card says more, or less, than it does.
func TestDatasetCard(t *testing.T) {
	_, got := imported(t, "hf-dataset-card", files("README.md", `---
pretty_name: Applications
license: [cc-by-4.0]
source_datasets: [original, extended|squad]
dataset_info:
  dataset_size: 1000
  splits:
  - {name: train, num_examples: 700, num_bytes: 1}
---
## Dataset Description
Applications for credit.
## Bias, Risks, and Limitations
<!-- say them -->
[More Information Needed]
## Discussion of Biases
More men than women.
`), "README.md", options)
	same(t, got["dataset-card"], `{"digest": "`+string(attest.RefOf("thing"))+`", "name": "Applications", "license": "CC-BY-4.0",
		"derived_from": [{"name": "squad"}], "size_bytes": 1000, "splits": [{"name": "train", "n": 700}],
		"description": "Applications for credit.", "known_biases": [{"description": "More men than women."}]}`)
}

const croissant = `{"@context": {"rai": "http://mlcommons.org/croissant/RAI/"}, "@type": "sc:Dataset",
	"conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/rai/1.0"],
	"name": "credit", "license": "https://choosealicense.com/licenses/cc-by-4.0/", "creator": [{"@type": "Person", "name": "A"}, {"name": "B"}],
	"rai:dataCollection": "By hand.", "rai:dataCollectionTimeframe": ["2020-01-01", "2020-12-31"], "rai:annotationsPerItem": "3",
	"rai:dataBiases": ["few women"], "rai:dataUseCases": "Training", "recordSet": []}`

// If this fails, Croissant with its RAI vocabulary says more, or less, than it does.
func TestCroissant(t *testing.T) {
	// The specification spells its vocabulary in two ways, and has two versions.
	for _, spelling := range []string{"croissant/rai/1.0", "croissant/RAI/1.0"} {
		for _, version := range []string{"croissant/1.0", "croissant/1.1"} {
			text := strings.ReplaceAll(strings.ReplaceAll(croissant, "croissant/rai/1.0", spelling), "croissant/1.1", version)
			r, got := imported(t, "croissant", files("c.json", text), "c.json", options)
			if got["dataset-card"]["known_biases"] == nil || left(r, "$.conformsTo[1]") != "" {
				t.Errorf("%s, %s: %v, left %v", version, spelling, got, r.Left)
			}
		}
	}
	r, got := imported(t, "croissant", files("c.json", croissant), "c.json", options)
	same(t, got["dataset-card"], `{"digest": "`+string(attest.RefOf("thing"))+`", "name": "credit", "license": "CC-BY-4.0", "issuer": "A; B",
		"origin": [{"method": "By hand.", "collected_from": "2020-01-01T00:00:00Z", "collected_to": "2020-12-31T00:00:00Z"}],
		"known_biases": [{"description": "few women"}]}`)
	for place, why := range map[string]string{`$["rai:annotationsPerItem"]`: "no number", `$["rai:dataUseCases"]`: "permission", "$.recordSet": "no place"} {
		if got := left(r, place); !strings.Contains(got, why) {
			t.Errorf("%s: left because %q, want %q", place, got, why)
		}
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "digest of the subject") {
		t.Errorf("notes %q", r.Notes)
	}
}

func run(extra ...string) fstest.MapFS {
	return files(append([]string{
		"1/r/meta.yaml", "run_id: r\nexperiment_id: '1'\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000001000\nsource_version: ''\n",
		"1/r/params/lr", "0.1", "1/r/params/seed", "7", "1/r/metrics/auc", "1700000000000 0.8 0\n",
		"1/r/tags/mlflow.source.git.commit", "abc123\n",
		"1/r/inputs/i/meta.yaml", "source_id: d\ntags:\n  mlflow.data.context: training\n",
		"1/datasets/d/meta.yaml", "name: applications\ndigest: 12ab34cd\nsource: s3://bucket/a.csv\n",
	}, extra...)...)
}

// If this fails, an MLflow run says more, or less, than it does.
func TestMLflow(t *testing.T) {
	r, got := imported(t, "mlflow", run(), "1/r", options)
	same(t, got["training-run"], `{"run_id": "r", "experiment_id": "1", "started_at": "2023-11-14T22:13:20Z", "finished_at": "2023-11-14T22:13:21Z",
		"code": {"commit": "abc123"}, "hyperparameters": {"lr": "0.1", "seed": "7"}, "seed": 7,
		"inputs": [{"name": "applications", "role": "training", "uri": "s3://bucket/a.csv"}],
		"outputs": [{"name": "thing", "digest": "`+string(attest.RefOf("thing"))+`"}]}`)
	if why := left(r, "$.metrics"); !strings.Contains(why, "no evaluation") {
		t.Errorf("metrics left because %q", why)
	}
	_, got = imported(t, "mlflow", files("model/MLmodel", "artifact_path: model\nrun_id: r\nflavors:\n  python_function:\n    python_version: '3.11'\n  sklearn:\n    sklearn_version: 1.5.0\n"), "model", options)
	same(t, got["training-run"], `{"run_id": "r", "env": {"framework": "sklearn 1.5.0"}, "outputs": [{"name": "model", "digest": "`+string(attest.RefOf("thing"))+`"}]}`)
}

const lock = `schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - {path: train.csv, md5: 5d41402abc4b2a76b9719d911017c592, size: 5}
    - {path: other.csv, md5: 5d41402abc4b2a76b9719d911017c592}
    - {path: train.py, md5: 00}
    params:
      params.yaml: {lr: 0.1}
    outs:
    - {path: model, md5: ab.dir}
`

// If this fails, a file is named by a digest nobody computed from its bytes.
func TestDVC(t *testing.T) {
	r, got := imported(t, "dvc-lock", files("dvc.lock", lock, "train.csv", "hello", "other.csv", "changed"), "dvc.lock", options)
	same(t, got["training-run"], `{"hyperparameters": {"lr": 0.1}, "outputs": [{"name": "model"}], "inputs": [
		{"name": "train.csv", "digest": "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}, {"name": "other.csv"}]}`)
	if why := left(r, "$.stages.train.deps[1].md5"); !strings.Contains(why, "other bytes") {
		t.Errorf("changed file left because %q", why)
	}
}

// If this fails, figures by group land in the wrong place.
func TestFairlearn(t *testing.T) {
	want := `{"protected_attributes": ["sex"], "intersectional": false, "groups": [
		{"attributes": {"sex": "female"}, "n": 99, "selection_rate": 0.8}, {"attributes": {"sex": "male"}, "n": 201, "selection_rate": 0.9}],
		"metrics": [{"name": "demographic_parity_difference", "attribute": "sex", "value": 0.1}]}`
	for _, groups := range []string{
		`[{"sex": "female", "count": 99.0, "selection_rate": 0.8, "accuracy": 1}, {"sex": "male", "count": 201, "selection_rate": 0.9}]`,
		`{"count": {"female": 99, "male": 201}, "selection_rate": {"female": 0.8, "male": 0.9}}`,
	} {
		_, got := imported(t, "fairlearn", files("f.json", `{"sensitive_features": ["sex"], "by_group": `+groups+`, "difference": {"selection_rate": 0.1, "accuracy": 0}}`), "f.json", options)
		same(t, got["fairness-assessment"], want)
	}
}

// If this fails, a benchmark says more, or less, than it does.
func TestLMEval(t *testing.T) {
	r, got := imported(t, "lm-eval", files("r.json", `{"results": {"hellaswag": {"alias": "hellaswag", "acc,none": 0.5, "acc_stderr,none": 0.01, "em,strict": "N/A"}},
		"n-samples": {"hellaswag": {"original": 100, "effective": 50}}, "config": {"random_seed": 3}, "git_hash": "abc", "date": 1700000000.5}`), "r.json",
		importer.Options{Subject: options.Subject, Systems: options.Systems, StatedAt: options.StatedAt, Category: "safety"})
	same(t, got["eval-result"], `{"category": "safety", "harness": {"name": "lm-evaluation-harness", "version": "abc"}, "seed": 3,
		"executed_at": "2023-11-14T22:13:20.5Z", "metrics": [{"name": "acc", "value": 0.5, "n": 50, "slice": {"task": "hellaswag"}}]}`)
	if why := left(r, `$.results.hellaswag["em,strict"]`); !strings.Contains(why, "no number") {
		t.Errorf("text left because %q", why)
	}
}

const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="data" tests="4" failures="1" errors="1">
<testcase name="a" classname="t"/><testcase classname="t" name="b"><failure message="no">trace</failure></testcase>
<testcase name="c"><error/></testcase><testcase name="d"><skipped/></testcase></testsuite></testsuites>`

// If this fails, a failed test passes.
func TestJUnit(t *testing.T) {
	r, got := imported(t, "junit", files("r.xml", report), "r.xml", options)
	same(t, got["test-result"], `{"result": "FAILED", "configuration": [], "passedTests": ["t.a"], "failedTests": ["t.b", "c"]}`)
	if left(r, "testcase 1 skipped") == "" {
		t.Errorf("left %+v", r.Left)
	}
}

// If this fails, what these tools write today, or wrote before, is misread. Shapes
// as found in the wild, with values of our own.
func TestShapesInTheWild(t *testing.T) {
	_, got := imported(t, "dvc-lock", files("dvc.lock", `schema: '2.0'
stages:
  train@1:
    cmd:
    - python src/train.py
    - "python b.py --flag: yes"
    frozen: true
    deps:
    - {path: data/train.csv, hash: md5, md5: 5d41402abc4b2a76b9719d911017c592, size: 5}
    - {path: configs/paths.yaml, hash: md5, md5: 8f28bb84db3bdc7a4e9ff462057c7078, size: 149}
    - {path: 's3://bucket/reference.fa', etag: '0x8DB1', size: 1024}
    params:
      params.yaml:
        model: {C: 5, max_iter: 500}
        prepare.seed: 20170428
    outs:
    - {path: models/raw, hash: md5, md5: 79a62e2ffa10ebce2562583f42158d68.dir, size: 219, nfiles: 2}
`), "dvc.lock", options)
	same(t, got["training-run"], `{"inputs": [{"name": "data/train.csv"}, {"name": "s3://bucket/reference.fa"}], "outputs": [{"name": "models/raw"}],
		"hyperparameters": {"model": {"C": 5, "max_iter": 500}, "prepare.seed": 20170428}}`)
	// Before 0.4 lm-eval wrote no filters and no configs.
	_, got = imported(t, "lm-eval", files("r.json", `{"results": {"hellaswag": {"acc": 0.5, "acc_stderr": 0.01, "acc_norm": 0.6}}, "versions": {"hellaswag": 0}, "config": {"model": "hf-causal", "limit": null}}`), "r.json", options)
	same(t, got["eval-result"], `{"category": "performance", "harness": {"name": "lm-evaluation-harness"}, "metrics": [{"name": "acc", "value": 0.5, "slice": {"task": "hellaswag"}}, {"name": "acc_norm", "value": 0.6, "slice": {"task": "hellaswag"}}]}`)
	r, got := imported(t, "lm-eval", files("r.json", `{"results": {"gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.3, "exact_match_stderr,strict-match": "N/A", "sample_len": 20}, "mmlu": {"alias": "mmlu", "acc,none": " "}},
		"groups": {}, "configs": {"gsm8k": {}}, "n-samples": {"gsm8k": {"original": 1319, "effective": 20}}, "lm_eval_version": "0.4.9", "config": {"random_seed": 1234}}`), "r.json", options)
	same(t, got["eval-result"], `{"category": "performance", "harness": {"name": "lm-evaluation-harness", "version": "0.4.9"}, "seed": 1234, "metrics": [{"name": "exact_match", "value": 0.3, "n": 20, "slice": {"task": "gsm8k", "filter": "strict-match"}}]}`)
	if left(r, "$.results.gsm8k.sample_len") == "" || !strings.Contains(left(r, `$.results.mmlu["acc,none"]`), "no number") {
		t.Errorf("left: %+v", r.Left)
	}
	// MLflow 3 names the model by a URI and an id.
	_, got = imported(t, "mlflow", files("m/MLmodel", `artifact_path: mlflow-artifacts:/1/models/m-1/artifacts
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.11.9
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.6.1
is_signature_from_type_hint: false
mlflow_version: 3.1.0
model_id: m-1
model_size_bytes: 1024
model_uuid: m-1
prompts: null
run_id: r
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}]'
  outputs: null
  params: null
utc_time_created: '2025-01-01 10:00:00.000000'
`), "m/MLmodel", options)
	same(t, got["training-run"], `{"run_id": "r", "env": {"framework": "sklearn 1.6.1"}, "outputs": [{"name": "mlflow-artifacts:/1/models/m-1/artifacts", "digest": "`+string(attest.RefOf("thing"))+`"}]}`)
	// A run that was thrown away is evidence of nothing.
	fsys := run()
	fsys["1/r/meta.yaml"].Data = append(fsys["1/r/meta.yaml"].Data, "\nlifecycle_stage: deleted\n"...)
	if _, err := importer.Import("mlflow", fsys, "1/r", options); err == nil || !strings.Contains(err.Error(), "deleted") {
		t.Errorf("a deleted run: %v", err)
	}
}

// If this fails, a broken source is taken, or refused without saying where.
func TestRefused(t *testing.T) {
	for _, x := range []struct{ format, text, says string }{
		{"hf-model-card", "---\nb: 1\na: [1\nc: 2\n---\n", "not YAML: line 3: did not find"},
		{"hf-model-card", "---\nb: 1\na: @x\n---\n", "not YAML: line 3: found"},
		{"hf-model-card", "---\na: 1\n", "does not end"},
		{"hf-model-card", "---\nlicense: mit\nlicense: gpl\n---\n", "line 3: at $.license"},
		{"hf-model-card", "---\na: &x 1\nb: *x\n---\n", "anchors"},
		{"hf-model-card", "---\n- a\n---\n", "must be a mapping"},
		{"hf-model-card", "---\n{{card_data}}\n---\n", "file: line 2"},
		{"hf-model-card", "# A\n\nText.\n", "nothing in it can be stated"},
		{"hf-model-card", "# A\xff", "not UTF-8"},
		{"hf-dataset-card", "---\nlicense: '[More Information Needed]'\n---\n", "nothing in it can be stated"},
		{"croissant", `{"@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/2.0"}`, "$.conformsTo"},
		{"croissant", `{"@type": "sc:Book"}`, "$.@type"},
		{"croissant", `{"@graph": []}`, "compact"},
		{"croissant", strings.Replace(croissant, "http://mlcommons.org/croissant/RAI/", "http://evil.example/", 1), "RAI vocabulary"},
		{"croissant", `{"a": 1, "a": 2}`, "duplicate"},
		{"croissant", `[]`, "JSON object"},
		{"mlflow", "artifact_path: x\n", "$.flavors"},
		{"dvc-lock", "schema: '3.0'\n", "$.schema"},
		{"dvc-lock", "schema: '2.0'\nstages:\n  a: {}\n  b: {}\n", "a, b"},
		{"fairlearn", `{"by_group": []}`, "$.sensitive_features"},
		{"fairlearn", `{"sensitive_features": ["sex"]}`, "$.by_group"},
		{"fairlearn", `{"sensitive_features": ["sex"], "by_group": [{"sex": "f", "selection_rate": 1.5}]}`, "[0, 1]"},
		{"fairlearn", `{"sensitive_features": ["sex"], "by_group": [{"sex": "f"}, {"sex": "f"}]}`, "twice"},
		{"fairlearn", `{"sensitive_features": ["sex"], "by_group": [{"age": "f"}]}`, "every group"},
		{"fairlearn", `{"sensitive_features": ["sex"], "by_group": [{"sex": "f", "count": 1.5}]}`, "whole number"},
		{"lm-eval", `{"results": {}}`, "$.results"},
		{"lm-eval", `{"results": {"t": {"acc,none": "0.5"}}}`, "no metric"},
		{"lm-eval", `{"results": {"t": {"acc,none": NaN}}}`, "strict JSON"},
		{"junit", strings.Replace(report, `failures="1"`, `failures="2"`, 1), "counts 3 failures"},
		{"junit", strings.Replace(report, `tests="4"`, `tests="5"`, 1), "counts 5 tests"},
		{"junit", report[:200], "file: line"},
		{"junit", `<testsuite/>`, "no test ran"},
		{"junit", `<testsuite><testcase/></testsuite>`, "without a name"},
		{"junit", `<html/>`, "root element"},
		{"junit", `<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>`, "document type"},
		{"junit", ``, "0 root elements"},
	} {
		_, err := importer.Import(x.format, files("file", x.text), "file", options)
		if err == nil || !strings.Contains(err.Error(), x.says) || !strings.Contains(err.Error(), "file") {
			t.Errorf("%s %.60q: %v, want %q", x.format, x.text, err, x.says)
		} else if !errors.Is(err, attest.ErrMalformed) {
			t.Errorf("%s %.60q: unnamed error %v", x.format, x.text, err)
		}
	}
	if _, err := importer.Import("xlsx", files(), "file", options); !errors.Is(err, importer.ErrUnknownFormat) {
		t.Error(err)
	}
	if _, err := importer.Import("mlflow", run("1/r/meta.yaml", "run_id: r\nstatus: 4\n"), "1/r", options); err == nil || !strings.Contains(err.Error(), "did not finish") {
		t.Error(err)
	}
}
