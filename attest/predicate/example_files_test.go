package predicate_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// structs has one of each struct that is a predicate.
func structs() map[string]predicate.Predicate {
	m := make(map[string]predicate.Predicate)
	for _, p := range []predicate.Predicate{
		&predicate.SystemProfile{}, &predicate.DatasetCard{}, &predicate.DataQuality{}, &predicate.DataRights{},
		&predicate.TrainingRun{}, &predicate.ModelCard{}, &predicate.EvalPlan{}, &predicate.EvalResult{},
		&predicate.FairnessAssessment{}, &predicate.BiasAudit{}, &predicate.Explainability{},
		&predicate.RiskAssessment{}, &predicate.ImpactAssessment{}, &predicate.HumanOversight{},
		&predicate.Validation{}, &predicate.Approval{}, &predicate.TransparencyNotice{}, &predicate.Conformity{},
		&predicate.Deployment{}, &predicate.MonitoringPlan{}, &predicate.MonitoringReport{}, &predicate.Incident{},
		&predicate.ModelChange{}, &predicate.OrgEvidence{}, &predicate.Waiver{}, &predicate.Revocation{},
	} {
		m[p.Short()] = p
	}
	return m
}

func exampleBytes(t testing.TB, short string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "predicates", short+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// example parses the example statement of a type.
func example(t testing.TB, short string) *attest.Statement {
	t.Helper()
	st, err := attest.ParseStatement(exampleBytes(t, short))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// schemaTypes are the own types that have a schema.
func schemaTypes() []string {
	var out []string
	for _, ty := range predicate.Types() {
		if ty.Own && predicate.Schema(ty.Short) != nil {
			out = append(out, ty.Short)
		}
	}
	return out
}

// Every type has an example that reads, and that the struct of the type holds
// without loss: what it writes is what was read.
func TestExamplesRoundTrip(t *testing.T) {
	for _, short := range schemaTypes() {
		t.Run(short, func(t *testing.T) {
			st := example(t, short)
			f, err := predicate.Read(st)
			if err != nil {
				t.Fatal(err)
			}
			if f.Type.Short != short || f.StatedAt.IsZero() || len(f.Systems) == 0 {
				t.Fatalf("facts %+v", f)
			}
			before, err := attest.CanonicalJSON(st.Predicate)
			if err != nil {
				t.Fatal(err)
			}
			p := structs()[short]
			if p == nil {
				t.Fatal("no struct")
			}
			if err := json.Unmarshal(before, p); err != nil {
				t.Fatal(err)
			}
			b, err := predicate.Marshal(st.Subjects, p)
			if err != nil {
				t.Fatal(err)
			}
			again, err := attest.ParseStatement(b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tree(t, dropEmpty(st.Predicate)), tree(t, dropEmpty(again.Predicate))); diff != "" {
				t.Errorf("example (-) and what the struct writes (+):\n%s", diff)
			}
		})
	}
}

// dropEmpty leaves out empty strings: a struct does not tell "" from absent.
func dropEmpty(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any)
		for k, e := range v {
			if s, ok := e.(string); !ok || s != "" {
				out[k] = dropEmpty(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = dropEmpty(e)
		}
		return out
	}
	return v
}

func tree(t *testing.T, v any) any {
	t.Helper()
	b, err := attest.CanonicalJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// The example of a type shows each of its members, so that readers and the tests
// built on it see the whole shape.
func TestExamplesAreComplete(t *testing.T) {
	for _, short := range schemaTypes() {
		t.Run(short, func(t *testing.T) {
			var schema struct{ Properties map[string]any }
			if err := json.Unmarshal(predicate.Schema(short), &schema); err != nil {
				t.Fatal(err)
			}
			for name := range schema.Properties {
				if _, ok := example(t, short).Predicate[name]; !ok && name != "supersedes" {
					t.Errorf("member %s is not shown", name)
				}
			}
		})
	}
}
