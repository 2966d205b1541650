# METADATA
# title: Base models are identified and licensed
# description: >-
#   Each model the training started from is named by digest and under a licence
#   that the parameters allow.
# custom:
#   id: LIN-02
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [training-run]
#   controls: ["eu-ai-act/art-25", "eu-ai-act/art-53-1-b", "nist-ai-rmf/MAP-4.1", "nist-ai-rmf/MANAGE-3.2"]
#   basis: guidance
#   remediation: >-
#     Record digest and licence of the base model, obtain a licence that allows
#     the use, or start from another model.
package assize.core.lin_02

import data.assize.lib.show

# Trained from scratch is a statement: an empty list. Silence is not.
not_applicable if {
	input.evidence["training-run"] != []
	every run in input.evidence["training-run"] {
		count(run.predicate.base_models) == 0
	}
}

pass if {
	bases != set()
	every base in bases {
		regex.match(`^[a-z0-9]+:[0-9a-f]{64,}$`, base.model.digest)
		allowed(base.model.license)
	}
	count([run | some run in input.evidence["training-run"]; is_array(run.predicate.base_models)]) == count(input.evidence["training-run"])
}

bases contains base if {
	some i, run in input.evidence["training-run"]
	some j, model in run.predicate.base_models
	base := {"model": model, "by": show.said(run), "path": sprintf("training-run[%d].base_models[%d]", [i, j])}
}

# SPDX licence ids are compared without regard to case (SPDX 2.3 annex D).
allowed(license) if lower(license) in {lower(id) | some id in data.params.base_model_licences}

deny contains finding if {
	some base in bases
	not base.model.digest
	finding := {
		"msg": sprintf("%s started from %q without naming its digest", [base.by, object.get(base.model, "name", "a model")]),
		"path": concat("", [base.path, ".digest"]),
		"basis": "NIST AI RMF MAP 4.1",
	}
}

deny contains finding if {
	some base in bases
	not base.model.license
	finding := {
		"msg": sprintf("%s started from %q without naming its licence", [base.by, object.get(base.model, "name", "a model")]),
		"path": concat("", [base.path, ".license"]),
		"basis": "NIST AI RMF MAP 4.1",
	}
}

deny contains finding if {
	some base in bases
	not allowed(base.model.license)
	finding := {
		"msg": sprintf("%s started from %q under %s, which is not among the licences allowed for base models", [base.by, object.get(base.model, "name", "a model"), base.model.license]),
		"path": concat("", [base.path, ".license"]),
		"value": base.model.license,
		"bound": data.params.base_model_licences,
		"basis": "parameter base_model_licences",
	}
}

not_assessable contains reason if {
	some run in input.evidence["training-run"]
	not run.predicate.base_models
	deny == set()
	reason := {"msg": sprintf("%s does not say whether it started from another model; state base_models, empty if there is none", [show.said(run)])}
}
