package predicate

import (
	"strings"

	"github.com/assize-dev/assize/attest"
)

// Annotations that say what a dependency was used for. Formats of others have a
// place for what went into a thing, and none for its role; without a role a
// dependency is code, a tool or an image, and no lineage.
var roleAnnotations = []string{"assize.dev/role", "role"}

// dependencyEdges adds the edges of dependencies that are declared to be data or
// models:
//
//   - by an annotation "role" (or "assize.dev/role"): training, tuning, validation,
//     reference or dataset for data a model was made from, test or evaluation for
//     data it was measured on, base-model for the model it started from, source for
//     what a dataset was derived from
//   - by a package URL of a type that only models have: pkg:huggingface and
//     pkg:mlflow (package-url/purl-spec, PURL-TYPES)
//   - by a URI that only datasets have: https://huggingface.co/datasets/...
func (f *Facts) dependencyEdges(st *attest.Statement, dependencies []object) {
	children := uniqueRefs(st)
	for _, d := range dependencies {
		role := roleOf(d)
		parent := digestRef(d.object("digest"))
		switch role {
		case "training", "tuning", "validation", "reference":
			f.edge(children, parent, TrainedOn, role, kindDataset)
		case "dataset":
			f.edge(children, parent, TrainedOn, "training", kindDataset)
		case "test", "evaluation":
			f.edge(children, parent, EvaluatedOn, "test", kindDataset)
		case "base-model":
			f.edge(children, parent, FineTunedFrom, "", kindModel)
		case "source":
			f.edge(children, parent, DerivedFrom, "", kindDataset)
		}
	}
}

func roleOf(d object) string {
	annotations := d.object("annotations")
	for _, name := range roleAnnotations {
		if role := annotations.text(name); role != "" {
			return role
		}
	}
	switch uri := d.text("uri"); {
	case strings.HasPrefix(uri, "pkg:huggingface/"), strings.HasPrefix(uri, "pkg:mlflow/"):
		return "base-model"
	case strings.HasPrefix(uri, "https://huggingface.co/datasets/"):
		return "dataset"
	}
	return ""
}
