# METADATA
# title: Training run can be repeated
# description: >-
#   The run is recorded with commit, clean working tree, environment, seed and
#   settings.
# custom:
#   id: REP-01
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [training-run]
#   controls: ["eu-ai-act/annex-iv-2b", "eu-ai-act/annex-iv-2g", "nist-ai-rmf/MEASURE-2.1"]
#   basis: guidance
#   remediation: Train again from a committed state, with environment digest, seed and settings recorded.
package assize.core.rep_01

import data.assize.lib.show
import data.assize.lib.text

pass if {
	input.evidence["training-run"] != []
	every run in input.evidence["training-run"] {
		repeatable(run)
	}
}

repeatable(run) if {
	regex.match(`^([0-9a-f]{40}|[0-9a-f]{64})$`, run.predicate.code.commit)
	run.predicate.code.dirty == false
	pinned(run)
	is_number(run.predicate.seed)
	text.meaningful(run.predicate.hyperparameters)
}

pinned(run) if count(run.predicate.env.image) > 0

pinned(run) if count(run.predicate.env.lockfile) > 0

deny contains finding if {
	some i
	input.evidence["training-run"][i].predicate.code.dirty == true
	run := input.evidence["training-run"][i]
	finding := {
		"msg": sprintf("%s ran with uncommitted changes", [show.said(run)]),
		"path": sprintf("training-run[%d].code.dirty", [i]),
		"value": true,
		"bound": false,
		"basis": "AI Act Annex IV 2(b)",
	}
}

deny contains finding if {
	some i, run in input.evidence["training-run"]
	some gap in gaps(run.predicate)
	finding := {
		"msg": sprintf("%s does not record %s", [show.said(run), gap.what]),
		"path": sprintf("training-run[%d].%s", [i, gap.path]),
		"basis": "AI Act Annex IV 2(b) and 2(g)",
	}
}

gaps(stated) := {{"path": path, "what": what} |
	some {"path": path, "what": what, "there": false} in [
		{"path": "code.commit", "what": "the full commit it ran from", "there": regex.match(`^([0-9a-f]{40}|[0-9a-f]{64})$`, object.get(stated, ["code", "commit"], ""))},
		{"path": "code.dirty", "what": "whether there were uncommitted changes", "there": is_boolean(object.get(stated, ["code", "dirty"], null))},
		{"path": "env", "what": "the digest of its image or lock file", "there": object.get(stated, ["env", "image"], object.get(stated, ["env", "lockfile"], "")) != ""},
		{"path": "seed", "what": "its seed", "there": is_number(object.get(stated, "seed", null))},
		{"path": "hyperparameters", "what": "its settings", "there": count(object.get(stated, "hyperparameters", {})) > 0},
	]
}
