package importer_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/importer"
	"github.com/assize-dev/assize/attest/predicate"
)

// reads checks what holds for any input: it is refused by name, or every
// statement made of it is one that would be accepted.
func reads(t *testing.T, format string, text []byte) {
	r, err := importer.Import(format, files("file", string(text)), "file", windowed())
	if err != nil {
		for _, sentinel := range []error{attest.ErrMalformed, attest.ErrTooLarge, predicate.ErrSchema, predicate.ErrInconsistent, predicate.ErrTooLarge, fs.ErrNotExist} {
			if errors.Is(err, sentinel) {
				return
			}
		}
		t.Fatalf("unnamed error: %v", err)
	}
	for _, s := range r.Statements {
		st, err := attest.ParseStatement(s.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := predicate.Read(st); err != nil || attest.ShortName(st.PredicateType) != s.Type {
			t.Fatalf("%s: %v", s.Type, err)
		}
	}
}

func fuzz(f *testing.F, format string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { reads(t, format, text) })
}

func FuzzModelCard(f *testing.F) {
	fuzz(f, "hf-model-card", modelCard, "# A\n## Limitations\nSome.", "---\na: 1\n---\n")
}

func FuzzDatasetCard(f *testing.F) {
	fuzz(f, "hf-dataset-card", "---\npretty_name: A\ndataset_info:\n  splits:\n  - {name: a, num_examples: 1}\n---\n", "## Biases\nSome.")
}

func FuzzCroissant(f *testing.F) { fuzz(f, "croissant", croissant) }

func FuzzMLmodel(f *testing.F) {
	fuzz(f, "mlflow", "artifact_path: model\nflavors:\n  sklearn:\n    sklearn_version: 1.5.0\n")
}

func FuzzDVC(f *testing.F) { fuzz(f, "dvc-lock", lock) }

func FuzzFairlearn(f *testing.F) {
	fuzz(f, "fairlearn", `{"sensitive_features": ["sex"], "by_group": [{"sex": "f", "count": 1}], "ratio": {"selection_rate": 0.5}}`,
		`{"sensitive_features": "sex", "by_group": {"count": {"f": 1}}}`)
}

func FuzzLMEval(f *testing.F) {
	fuzz(f, "lm-eval", `{"results": {"t": {"acc,none": 0.5}}, "n-samples": {"t": {"effective": 5}}, "date": 1.5}`)
}

func FuzzJUnit(f *testing.F) { fuzz(f, "junit", report) }

func FuzzEvidently(f *testing.F) {
	fuzz(f, "evidently", evidentlyLegacy, evidentlyReport, evidentlyProfile)
}
