# METADATA
# title: Experiments were compared
# description: >-
#   Every training run names at least one other run it was compared with, the
#   metric and the difference, and says why it was chosen.
# custom:
#   id: REP-03
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [training-run]
#   controls: ["eu-ai-act/annex-iv-2b", "nist-ai-rmf/MEASURE-2.1"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Log a baseline run, compare the chosen run with it on a metric of the
#     evaluation plan, and record the difference and the reason for the choice in
#     the training run.
package assize.core.rep_03

import data.assize.lib.show
import data.assize.lib.text

pass if {
	input.evidence["training-run"] != []
	unfounded == []
}

# unfounded are the runs whose choice is not founded on a comparison.
unfounded := [i | some i, run in input.evidence["training-run"]; not founded(run)]

founded(run) if {
	count(run.predicate.compared_with) > 0
	faults(run) == set()
	text.meaningful(run.predicate.selected_because)
}

# faults are comparisons that compare nothing.
faults(run) := {{"comparison": i, "why": why} |
	some i, comparison in run.predicate.compared_with
	some why in unsaid(run, comparison)
}

unsaid(run, comparison) := {why |
	some why, given in {
		"which run it was compared with": object.get(comparison, "run", ""),
		"on which metric": object.get(comparison, "metric", ""),
		"by how much they differ": object.get(comparison, "delta", ""),
	}
	not text.meaningful(given)
} | {"another run than itself" |
	comparison.run == run.predicate.run_id
}

deny contains finding if {
	some i in unfounded
	run := input.evidence["training-run"][i]
	count(object.get(run.predicate, "compared_with", [])) == 0
	finding := {
		"msg": sprintf("%s is compared with no other run", [show.said(run)]),
		"path": sprintf("training-run[%d].compared_with", [i]),
		"value": 0,
		"bound": 1,
		"basis": "AI Act Annex IV 2(b)",
	}
}

deny contains finding if {
	some i in unfounded
	run := input.evidence["training-run"][i]
	some fault in faults(run)
	finding := {
		"msg": sprintf("comparison %d of %s does not say %s", [fault.comparison, show.said(run), fault.why]),
		"path": sprintf("training-run[%d].compared_with[%d]", [i, fault.comparison]),
		"value": run.predicate.compared_with[fault.comparison],
		"basis": "AI Act Annex IV 2(b)",
	}
}

deny contains finding if {
	some i in unfounded
	run := input.evidence["training-run"][i]
	not text.meaningful(object.get(run.predicate, "selected_because", ""))
	finding := {
		"msg": sprintf("%s does not say why it was chosen", [show.said(run)]),
		"path": sprintf("training-run[%d].selected_because", [i]),
		"value": object.get(run.predicate, "selected_because", null),
		"basis": "AI Act Annex IV 2(b)",
	}
}
