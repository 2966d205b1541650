# METADATA
# title: Suppliers of models are bound
# description: >-
#   For every model of somebody else that the model was made from, evidence about a
#   supplier (org-evidence of topic supplier) that has not ended names the model by
#   its digest, the agreement, and who answers for it. A model made from none has no
#   supplier.
# custom:
#   id: ISO-03
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [training-run, org-evidence]
#   controls: ["iso-42001/A.10.2", "iso-42001/A.10.3", "nist-ai-rmf/GOVERN-6.1", "sr-26-2/third-party", "sr-11-7/V-vendor"]
#   basis: standard
#   legal_version: ISO/IEC 42001:2023
#   remediation: Agree with the supplier who does what, and attest the agreement with the digests of the models it is about.
package assize.iso_42001.iso_03

import data.assize.lib.organisation
import data.assize.lib.show

runs := input.evidence["training-run"]

not_applicable if {
	starts == []
	runs != []
	every run in runs {
		count(run.predicate.base_models) == 0
	}
}

# starts are models the lineage says it was made from, whatever its runs say.
starts := [parent | some parent in input.parents; parent.relation == "fine-tuned-from"]

bases contains {"run": i, "base": k, "model": base} if {
	some i, run in runs
	some k, base in run.predicate.base_models
}

agreements := organisation.of_topic(input.evidence["org-evidence"], "supplier")

covered(digest) if {
	some i in agreements
	item := input.evidence["org-evidence"][i]
	digest in item.predicate.models
	organisation.held(item)
}

pass if {
	bases != set()
	runs != []
	every run in runs {
		is_array(run.predicate.base_models)
	}
	every base in bases {
		covered(base.model.digest)
	}
	uncovered == set()
}

uncovered := {i |
	some i, start in starts
	count({ref | some ref in start.refs; covered(ref)}) == 0
}

deny contains finding if {
	some i in uncovered
	finding := {
		"msg": sprintf("no agreement with a supplier in force names %s, which the lineage says the model was made from", [show.thing(starts[i])]),
		"path": sprintf("parents[%d]", [i]),
		"value": starts[i].ref,
		"basis": "ISO/IEC 42001 A.10.3",
	}
}

deny contains finding if {
	some base in bases
	digest := object.get(base.model, "digest", "")
	not covered(digest)
	about := {i | some i in agreements; digest in input.evidence["org-evidence"][i].predicate.models}
	count(about) == 0
	finding := {
		"msg": sprintf("no agreement with a supplier names model %s (%s), which %s starts from", [object.get(base.model, "name", "without name"), identity(digest), show.said(runs[base.run])]),
		"path": sprintf("training-run[%d].base_models[%d]", [base.run, base.base]),
		"value": digest,
		"basis": "ISO/IEC 42001 A.10.3",
	}
}

identity("") := "without digest"

identity(digest) := show.id(digest) if digest != ""

deny contains finding if {
	some base in bases
	not covered(base.model.digest)
	some i in agreements
	item := input.evidence["org-evidence"][i]
	base.model.digest in item.predicate.models
	some fault in organisation.faults(item)
	finding := {
		"msg": sprintf("%s, the agreement about model %s: %s", [show.said(item), show.id(base.model.digest), fault.words]),
		"path": sprintf("org-evidence[%d].%s", [i, fault.member]),
		"value": object.get(item.predicate, fault.member, null),
		"basis": "ISO/IEC 42001 A.10.3",
	}
}

not_assessable contains finding if {
	deny == set()
	some run in runs
	not is_array(object.get(run.predicate, "base_models", null))
	finding := {"msg": sprintf("%s does not state base_models, so it is not known whose models it starts from", [show.said(run)])}
}
