package predicate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

const system = "system:credit-scoring"

func ref(s string) attest.Ref { return attest.RefOf(s) }

func id(s string) string { return strings.TrimPrefix(string(attest.RefOf(s)), "sha256:") }

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func head() predicate.Head {
	return predicate.Head{StatedAt: at("2025-01-01T00:00:00Z"), Systems: []string{system}}
}

// statement writes p about the subjects and reads it back.
func statement(t *testing.T, p predicate.Predicate, subjects ...attest.Subject) *attest.Statement {
	t.Helper()
	b, err := predicate.Marshal(subjects, p)
	if err != nil {
		t.Fatal(err)
	}
	st, err := attest.ParseStatement(b)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func read(t *testing.T, st *attest.Statement) predicate.Facts {
	t.Helper()
	f, err := predicate.Read(st)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What a model was made from and measured on, and what runs it, is what rules walk.
func TestEdges(t *testing.T) {
	data, test, model, base, image, old := ref("data"), ref("test"), ref("model"), ref("base"), ref("image"), ref("old")
	m := predicate.Subject("model", model)
	for name, c := range map[string]struct {
		p        predicate.Predicate
		subjects []attest.Subject
		edges    []predicate.Edge
		kinds    map[attest.Ref]string
	}{
		"a training run": {
			&predicate.TrainingRun{Head: head(), Inputs: []predicate.Input{
				{Name: "data", Digest: data}, {Digest: test, Role: "test"}, {Digest: data, Role: "tuning"}, {Name: "no digest"}, {Digest: data},
			}, BaseModels: []predicate.BaseModel{{Digest: base}, {Name: "no digest"}}},
			[]attest.Subject{m},
			[]predicate.Edge{
				{model, data, predicate.TrainedOn, "training", "dataset"}, {model, test, predicate.EvaluatedOn, "test", "dataset"},
				{model, data, predicate.TrainedOn, "tuning", "dataset"}, {model, base, predicate.FineTunedFrom, "", "model"},
			},
			map[attest.Ref]string{model: "model", data: "dataset", test: "dataset", base: "model"},
		},
		"a dataset made from another": {
			&predicate.DatasetCard{Head: head(), Digest: data, PreviousVersion: old, DerivedFrom: []predicate.Source{{Digest: test}}},
			[]attest.Subject{predicate.Subject("data", data)},
			[]predicate.Edge{{data, test, predicate.DerivedFrom, "", "dataset"}},
			map[attest.Ref]string{data: "dataset", test: "dataset"},
		},
		"an evaluation": {
			&predicate.EvalResult{Head: head(), Category: "performance", Dataset: data, Split: "test", Plan: id("plan"),
				Metrics: []predicate.Metric{{Name: "auc", Value: 0.7}, {Name: "auc", Value: 0.7, Dataset: test}}},
			[]attest.Subject{m},
			[]predicate.Edge{{model, data, predicate.EvaluatedOn, "test", "dataset"}, {model, test, predicate.EvaluatedOn, "", "dataset"}},
			map[attest.Ref]string{model: "model", data: "dataset", test: "dataset"},
		},
		"an assessment of the data itself": {
			&predicate.FairnessAssessment{Head: head(), Dataset: data},
			[]attest.Subject{predicate.Subject("data", data)},
			nil,
			map[attest.Ref]string{data: "dataset"},
		},
		"a deployment": {
			&predicate.Deployment{Head: head(), Environment: "production", State: "running", Model: model, Image: image, RollbackTarget: old},
			[]attest.Subject{m, predicate.Subject("image", image)},
			[]predicate.Edge{
				{image, model, predicate.PackagedAs, "", "model"},
				{ref(system), model, predicate.DeployedAs, "production", "model"}, {ref(system), image, predicate.DeployedAs, "production", "image"},
			},
			map[attest.Ref]string{model: "model", image: "image", old: "model"},
		},
		"a recalibration": {
			&predicate.ModelChange{Head: head(), From: old, To: model, Kind: "recalibrate"},
			[]attest.Subject{m},
			[]predicate.Edge{{model, old, predicate.DerivedFrom, "", "model"}},
			map[attest.Ref]string{model: "model", old: "model"},
		},
		"a retraining is told by its training run": {
			&predicate.ModelChange{Head: head(), From: old, To: model, Kind: "retrain"},
			[]attest.Subject{m}, nil, map[attest.Ref]string{model: "model", old: "model"},
		},
		"a model card describes": {
			&predicate.ModelCard{Head: head(), TrainingData: []predicate.DataRef{{Digest: data}}},
			[]attest.Subject{m}, nil, map[attest.Ref]string{model: "model"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, statement(t, c.p, c.subjects...))
			if diff := cmp.Diff(c.edges, f.Edges); diff != "" {
				t.Errorf("edges, want (-) got (+):\n%s", diff)
			}
			if diff := cmp.Diff(c.kinds, f.Kinds); diff != "" {
				t.Errorf("kinds, want (-) got (+):\n%s", diff)
			}
		})
	}
}

// Every digest of a subject is an identity of its own and has the edges.
func TestEdgesOfEveryDigest(t *testing.T) {
	m := attest.Subject{Name: "model", Digest: map[string]string{
		"sha256": strings.Repeat("a", 64), "sha512": strings.Repeat("b", 128), "sha1": strings.Repeat("c", 40)}}
	f := read(t, statement(t, &predicate.TrainingRun{Head: head(), Inputs: []predicate.Input{{Digest: ref("data")}}}, m))
	if len(f.Edges) != 2 || len(f.Kinds) != 3 {
		t.Errorf("edges %v, kinds %v", f.Edges, f.Kinds)
	}
}

func TestFacts(t *testing.T) {
	data := ref("data")
	f := read(t, example(t, "revocation"))
	if f.Target == nil || f.Target.Kind != "subject" || f.Target.ID == "" || f.Undo || f.Type.Home != "" || f.Reason != "consent_withdrawn" || f.EffectiveAt.IsZero() {
		t.Errorf("revocation: %+v", f)
	}
	f = read(t, statement(t, &predicate.Revocation{Head: head(), Undo: new(true), Target: predicate.Target{Kind: "attestation", ID: id("x")}}, predicate.Subject("x", data)))
	if !f.Undo || f.Target.ID != id("x") {
		t.Errorf("undo: %+v", f)
	}

	st := example(t, "waiver")
	var want predicate.Waiver
	b, err := attest.CanonicalJSON(st.Predicate)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	f = read(t, st)
	if diff := cmp.Diff(&want, f.Waiver); diff != "" {
		t.Errorf("waiver, want (-) got (+):\n%s", diff)
	}
	if f.Environment != "production" || !f.StatedAt.Equal(want.StatedAt) {
		t.Errorf("waiver: %+v", f)
	}

	if b := f.Binding; b == nil || b.LogOrigin != want.LogOrigin || !cmp.Equal(b.Actions, want.Actions) {
		t.Errorf("waiver is bound to %+v", b)
	}
	if f = read(t, example(t, "approval")); f.Binding == nil || len(f.Binding.Actions) != 1 || f.Binding.LogOrigin == "" {
		t.Errorf("approval: %+v", f)
	}
	for state, open := range map[string]bool{"requested": false, "running": true, "retired": false} {
		st := example(t, "deployment")
		st.Predicate["state"] = state
		if f = read(t, st); f.State == nil || f.State.Open != open || f.State.Of != st.Predicate["model"] {
			t.Errorf("%s: %+v", state, f.State)
		}
	}
	for status, open := range map[string]bool{"open": true, "contained": true, "closed": false} {
		st := example(t, "incident")
		st.Predicate["status"] = status
		if f = read(t, st); f.State == nil || f.State.Open != open || f.State.Of != "I-1" {
			t.Errorf("%s: %+v", status, f.State)
		}
	}

	f = read(t, example(t, "monitoring-report"))
	if len(f.Plan) != 64 || f.Environment != "production" || f.Type.Home != predicate.HomeDeployment {
		t.Errorf("monitoring-report: %+v", f)
	}
	if f = read(t, example(t, "dataset-card")); len(f.Supersedes) != 1 {
		t.Errorf("dataset-card: %+v", f)
	}
}

// Statements of types not known here are kept without being read; of a model
// signature it is known that what it signs is a model.
func TestOtherTypes(t *testing.T) {
	st := &attest.Statement{Type: attest.StatementV1, PredicateType: "https://example.com/anything/v1", Subjects: []attest.Subject{predicate.Subject("m", ref("m"))}}
	if f := read(t, st); !cmp.Equal(f, predicate.Facts{}) {
		t.Errorf("unknown type: %+v", f)
	}
	for uri, kinds := range map[string]map[attest.Ref]string{
		"https://model_signing/signature/v1.0": {ref("m"): "model"},
		// Its subjects are the files of the model, not the model.
		"https://model_signing/Digests/v0.1": nil,
	} {
		st.PredicateType = uri
		f := read(t, st)
		if f.Type.Short == "" || f.Type.Own || f.Type.Home != predicate.HomeArtefact || !cmp.Equal(f.Kinds, kinds) || f.Systems != nil {
			t.Errorf("%s: %+v", uri, f)
		}
	}
	st.PredicateType = attest.OwnNamespace + "gate-decision/v0.1"
	if f := read(t, st); f.Type.Short != "gate-decision" || !f.Type.Own || f.Type.Home != "" {
		t.Errorf("gate-decision: %+v", f)
	}
}

func TestTypes(t *testing.T) {
	seen := make(map[string]bool)
	for _, ty := range predicate.Types() {
		if seen[ty.Short] || seen[ty.URI] {
			t.Errorf("%s is listed twice", ty.Short)
		}
		seen[ty.Short], seen[ty.URI] = true, true
		if got, ok := predicate.Lookup(ty.Short); !ok || got != ty || ty.URI == "" {
			t.Errorf("%s: looked up %+v", ty.Short, got)
		}
		if ty.Short != "gate-decision" && attest.ShortName(ty.URI) != ty.Short {
			t.Errorf("%s: attest calls %s %q", ty.Short, ty.URI, attest.ShortName(ty.URI))
		}
		if ty.Own != strings.HasPrefix(ty.URI, attest.OwnNamespace) {
			t.Errorf("%s: own is %v for %s", ty.Short, ty.Own, ty.URI)
		}
		if has := predicate.Schema(ty.Short) != nil; has != (ty.Short != "gate-decision" && ty.Short != "model-signature") {
			t.Errorf("%s: has a schema: %v", ty.Short, has)
		}
	}
	if _, ok := predicate.Lookup("no such type"); ok || predicate.Schema("../type.go") != nil {
		t.Error("a type out of nowhere")
	}
	results := 0
	for _, ty := range predicate.Types() {
		if ty.Result {
			results++
		}
	}
	if results != 7 {
		t.Errorf("%d result types, want 7", results)
	}
}

func TestMaxEdges(t *testing.T) {
	run := func(n int) error {
		p := &predicate.TrainingRun{Head: head()}
		for i := range 128 {
			p.Inputs = append(p.Inputs, predicate.Input{Digest: ref(fmt.Sprint("data", i))})
		}
		var subjects []attest.Subject
		for i := range n {
			subjects = append(subjects, predicate.Subject("model", ref(fmt.Sprint("model", i))))
		}
		_, err := predicate.Marshal(subjects, p)
		return err
	}
	if err := run(predicate.MaxEdges / 128); err != nil {
		t.Error(err)
	}
	if err := run(predicate.MaxEdges/128 + 1); !errors.Is(err, predicate.ErrTooLarge) || !strings.Contains(err.Error(), "split") {
		t.Errorf("beyond MaxEdges: %v", err)
	}
}

func TestWrapUnknownType(t *testing.T) {
	if _, err := predicate.Wrap("modle-card", nil, nil); !errors.Is(err, predicate.ErrUnknownType) || !strings.Contains(err.Error(), "model-card") {
		t.Error(err)
	}
	if _, err := predicate.Wrap("reference", []attest.Subject{predicate.Subject("x", ref("x"))}, map[string]any{"attester": map[string]any{"id": "x"}, "references": []any{}}); err != nil {
		t.Error(err)
	}
}
