package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// readMLflow: the layout that MLflow's file store writes (meta.yaml, params/,
// metrics/, tags/, inputs/ below a run; datasets/ beside it), or an MLmodel file
// (mlflow.org/docs/latest/ml/model). Source: mlflow/store/tracking/file_store.py.
func readMLflow(s *source) error {
	dir := s.file
	switch {
	case !s.isDir(dir):
		return s.mlmodel(s.file)
	case !s.exists(path.Join(dir, "meta.yaml")) && s.exists(path.Join(dir, "MLmodel")):
		return s.mlmodel(path.Join(dir, "MLmodel"))
	}
	meta, err := s.yamlFile(path.Join(dir, "meta.yaml"))
	if err != nil {
		return err
	}
	params, err := s.values(path.Join(dir, "params"))
	if err != nil {
		return err
	}
	tags, err := s.values(path.Join(dir, "tags"))
	if err != nil {
		return err
	}
	metrics, err := s.entries(path.Join(dir, "metrics"))
	if err != nil {
		return err
	}
	inputs, err := s.mlflowInputs(dir)
	if err != nil {
		return err
	}
	names := map[string]any{}
	for _, m := range metrics {
		names[m] = ""
	}
	s.root = map[string]any{"meta": meta, "params": params, "tags": tags, "inputs": inputs, "metrics": names}
	s.lines = nil
	top := s.top()
	if fault := s.finished(top.get("meta")); fault != nil {
		return fault
	}
	run := &predicate.TrainingRun{Head: s.head()}
	s.runMeta(top, run)
	s.runInputs(top.get("inputs"), run)
	s.seed(top.get("params"), run)
	top.get("metrics").leave("what training logged is no evaluation; import or attest an eval-result")
	if ref := s.ref(); ref != "" {
		run.Outputs = []predicate.Output{{Name: s.o.Subject.Name, Digest: ref}}
	}
	return s.state(run)
}

// finished refuses a run that made nothing. Source: RunStatus in
// mlflow/protos/service.proto.
func (s *source) finished(meta value) error {
	if !meta.get("run_id").there() && !meta.get("run_uuid").there() {
		return s.in(path.Join(s.file, "meta.yaml")).fail("$.run_id", attest.ErrMalformed, "is missing; name the folder of one run, not of an experiment")
	}
	if stage := meta.get("lifecycle_stage"); stage.v == "deleted" {
		return s.in(path.Join(s.file, "meta.yaml")).fail("$.lifecycle_stage", attest.ErrMalformed, "the run is deleted; import one that is kept, or restore it")
	}
	status := meta.get("status")
	if text := fmt.Sprint(status.v); text == "3" || text == "FINISHED" {
		status.took("format")
		return nil
	}
	return s.in(path.Join(s.file, "meta.yaml")).fail("$.status", attest.ErrMalformed, "the run did not finish (status %v, want 3); import one that did", status.v)
}

func (s *source) runMeta(top value, run *predicate.TrainingRun) {
	meta, tags := top.get("meta"), top.get("tags")
	if run.RunID = meta.get("run_id").text("training-run run_id"); run.RunID == "" {
		run.RunID = meta.get("run_uuid").text("training-run run_id")
	}
	run.ExperimentID = meta.get("experiment_id").text("training-run experiment_id")
	run.StartedAt = millis(meta.get("start_time"), "training-run started_at")
	run.FinishedAt = millis(meta.get("end_time"), "training-run finished_at")
	code := predicate.Code{
		Repo:   tags.get("mlflow.source.git.repoURL").text("training-run code.repo"),
		Commit: tags.get("mlflow.source.git.commit").text("training-run code.commit"),
	}
	if code.Commit == "" {
		code.Commit = meta.get("source_version").text("training-run code.commit")
	}
	if code != (predicate.Code{}) {
		run.Code = &code
	}
	if params := top.get("params"); len(params.names()) > 0 {
		run.Hyperparameters = map[string]any{}
		for _, name := range params.names() {
			v := params.get(name)
			v.took("training-run hyperparameters")
			run.Hyperparameters[name] = v.v
		}
	}
}

// millis takes milliseconds since 1970.
func millis(v value, into string) time.Time {
	if !v.there() {
		return time.Time{}
	}
	n := v.count(into)
	if n == nil || *n > 1<<42 {
		return time.Time{}
	}
	return time.UnixMilli(*n).UTC()
}

// roles of inputs, by what people write into the tag mlflow.data.context.
var roles = map[string]string{
	"train": "training", "training": "training", "tuning": "tuning", "val": "validation", "valid": "validation",
	"validation": "validation", "eval": "test", "evaluation": "test", "test": "test", "testing": "test",
}

func (s *source) runInputs(inputs value, run *predicate.TrainingRun) {
	for _, v := range inputs.items() {
		in := predicate.Input{Name: v.get("name").text("training-run inputs.name"), URI: v.get("uri").text("training-run inputs.uri")}
		if role := v.get("context"); role.there() {
			t, _ := role.v.(string)
			if in.Role = roles[strings.ToLower(t)]; in.Role != "" {
				role.took("training-run inputs.role")
			} else {
				role.leave("names no role; without one the input counts as training data")
			}
		}
		v.get("digest").leave("a short hash of MLflow's own identifies nothing")
		run.Inputs = append(run.Inputs, in)
	}
	if len(run.Inputs) > 0 {
		s.note("inputs without a digest make no lineage: add digests by attesting the training run yourself")
	}
}

// seed takes the one whole number among the usual names of it.
func (s *source) seed(params value, run *predicate.TrainingRun) {
	for _, name := range []string{"seed", "random_seed", "random_state"} {
		text, ok := params.get(name).v.(string)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 53)
		if err != nil || run.Seed != nil && *run.Seed != n {
			s.note("parameter %s: no one whole number, so the run states no seed", name)
			run.Seed = nil
			return
		}
		run.Seed = &n
		params.get(name).took("training-run hyperparameters, seed")
	}
}

func (s *source) mlmodel(name string) error {
	tree, err := s.yamlFile(name)
	if err != nil {
		return err
	}
	s.file, s.root = name, tree
	top, run := s.top(), &predicate.TrainingRun{Head: s.head()}
	flavors := top.get("flavors")
	if len(flavors.names()) == 0 {
		return s.fail("$.flavors", attest.ErrMalformed, "is missing; want the MLmodel file of a logged model")
	}
	run.RunID = top.get("run_id").text("training-run run_id")
	var frameworks []string
	for _, f := range flavors.names() {
		for _, m := range flavors.get(f).names() {
			if framework, ok := strings.CutSuffix(m, "_version"); ok && f != "python_function" {
				if t := flavors.get(f).get(m).text("training-run env.framework"); t != "" {
					frameworks = append(frameworks, framework+" "+t)
				}
			}
		}
	}
	if len(frameworks) > 0 {
		run.Env = &predicate.Env{Framework: strings.Join(frameworks, ", ")}
	}
	out := predicate.Output{Name: top.get("artifact_path").text("training-run outputs.name"), Digest: s.ref()}
	run.Outputs = []predicate.Output{out}
	return s.state(run)
}

// mlflowInputs lists the datasets a run read: inputs/ID/meta.yaml points to
// datasets/ID/meta.yaml of the experiment.
func (s *source) mlflowInputs(dir string) ([]any, error) {
	ids, err := s.entries(path.Join(dir, "inputs"))
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, id := range ids {
		if path.Base(id) != "meta.yaml" {
			continue
		}
		meta, err := s.yamlFile(path.Join(dir, "inputs", id))
		if err != nil {
			return nil, err
		}
		in := map[string]any{}
		link := value{s, "$", meta}
		for _, tag := range link.get("tags").names() {
			if tag == "mlflow.data.context" {
				in["context"] = link.get("tags").get(tag).v
			}
		}
		if source, _ := link.get("source_id").v.(string); source != "" && fs.ValidPath(source) && !strings.Contains(source, "/") {
			data, err := s.yamlFile(path.Join(path.Dir(dir), "datasets", source, "meta.yaml"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			d := value{s, "$", data}
			for to, from := range map[string]string{"name": "name", "digest": "digest", "uri": "source"} {
				if v := d.get(from).v; v != nil {
					in[to] = v
				}
			}
			if in["name"] == nil {
				in["name"] = source
			}
		}
		list = append(list, in)
	}
	return list, nil
}

func (s *source) exists(name string) bool {
	_, err := fs.Stat(s.fsys, name)
	return err == nil
}

func (s *source) yamlFile(name string) (any, error) {
	text, err := s.read(name, MaxFile)
	if err != nil {
		return nil, err
	}
	sub := s.in(name)
	tree, err := sub.yaml(text, 0)
	if err != nil {
		return nil, err
	}
	if _, ok := tree.(map[string]any); !ok {
		return nil, sub.fail("$", attest.ErrMalformed, "want a mapping of names to values")
	}
	s.lines = sub.lines
	return tree, nil
}

// entries are the files below a folder, which may be absent.
func (s *source) entries(dir string) ([]string, error) {
	var out []string
	err := fs.WalkDir(s.fsys, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == dir && errors.Is(err, fs.ErrNotExist) {
				return fs.SkipAll
			}
			return err
		}
		if d.Type().IsRegular() {
			out = append(out, strings.TrimPrefix(p, dir+"/"))
		}
		if len(out) > MaxEntries {
			return s.in(dir).fail("", attest.ErrTooLarge, "more than %d files; a run logs fewer", MaxEntries)
		}
		return nil
	})
	return out, err
}

// values reads a folder with one file per value.
func (s *source) values(dir string) (map[string]any, error) {
	names, err := s.entries(dir)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, name := range names {
		b, err := s.read(path.Join(dir, name), MaxValue)
		if err != nil {
			return nil, err
		}
		if !utf8.Valid(b) {
			return nil, s.in(path.Join(dir, name)).fail("", attest.ErrMalformed, "not UTF-8; log it as text")
		}
		out[name] = strings.TrimRight(string(b), "\n")
	}
	return out, nil
}
