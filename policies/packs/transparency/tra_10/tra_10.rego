# METADATA
# title: Explanations are true to the model
# description: >-
#   Every assessment of explainability in force measured how true its explanations
#   are to the model. A share of cases is judged by its 95 % interval, any other
#   figure by its value, which a warning says; both on enough cases.
# custom:
#   id: TRA-10
#   severity: low
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [explainability]
#   controls: ["nist-ai-rmf/MEASURE-2.9"]
#   basis: guidance
#   remediation: Measure how closely explanations follow the model and attest it (explainability with fidelity); where they do not, explain by another method or measure on more cases.
package assize.transparency.tra_10

import data.assize.lib.metric
import data.assize.lib.show

explanations := input.evidence.explainability

floor := data.params.explanation_fidelity_min

min_n := data.params.explanation_min_n

# Names of a share of the cases in which explanation and model agree.
shares := {"agreement", "agreement_rate", "fidelity", "label_agreement", "accuracy", "sign_agreement"}

counted(measured) if lower(measured.metric) in shares

possible(measured) if {
	is_string(measured.metric)
	measured.value >= 0
	measured.value <= 1
	measured.n >= min_n
}

between(measured) := metric.interval({"name": "accuracy", "value": measured.value, "n": measured.n}, 1)

verdict(measured) := assize.judge(measured.value, interval.low, interval.high, floor, ">=") if {
	possible(measured)
	counted(measured)
	interval := between(measured)
}

verdict(measured) := assize.judge(measured.value, measured.value, measured.value, floor, ">=") if {
	possible(measured)
	not counted(measured)
}

pass if {
	count(explanations) > 0
	every explanation in explanations {
		verdict(explanation.predicate.fidelity) == "pass"
	}
}

deny contains finding if {
	some i, explanation in explanations
	measured := explanation.predicate.fidelity
	verdict(measured) == "fail"
	finding := {
		"msg": sprintf("fidelity of the explanation (%s) is %s on %d cases, below %s, says %s", [measured.metric, show.num(measured.value), measured.n, show.num(floor), show.said(explanation)]),
		"path": sprintf("explainability[%d].fidelity.value", [i]),
		"value": measured.value,
		"bound": floor,
		"n": measured.n,
		"basis": "parameter explanation_fidelity_min",
	}
}

deny contains finding if {
	some i, explanation in explanations
	not explanation.predicate.fidelity
	finding := {
		"msg": sprintf("%s does not measure how true its explanations are to the model", [show.said(explanation)]),
		"path": sprintf("explainability[%d].fidelity", [i]),
		"bound": floor,
		"basis": "NIST AI RMF MEASURE 2.9",
	}
}

warn contains finding if {
	some i, explanation in explanations
	measured := explanation.predicate.fidelity
	not counted(measured)
	verdict(measured) == "pass"
	finding := {
		"msg": sprintf("fidelity %q is no share of cases and is judged by its value %s, without an interval (%s)", [measured.metric, show.num(measured.value), show.said(explanation)]),
		"path": sprintf("explainability[%d].fidelity.metric", [i]),
		"value": measured.metric,
		"basis": "parameter explanation_fidelity_min",
	}
}

not_assessable contains finding if {
	count(deny) == 0
	some i, explanation in explanations
	measured := explanation.predicate.fidelity
	possible(measured)
	verdict(measured) == "straddles"
	interval := between(measured)
	finding := {
		"msg": sprintf("fidelity of the explanation is %s, 95 %% interval %s, n = %d: neither kept nor broken against %s; measure more cases (%s)", [show.num(measured.value), show.interval(interval.low, interval.high), measured.n, show.num(floor), show.said(explanation)]),
		"path": sprintf("explainability[%d].fidelity", [i]),
		"value": measured.value,
		"bound": floor,
		"n": measured.n,
		"ci_low": interval.low,
		"ci_high": interval.high,
		"basis": "parameter explanation_fidelity_min",
	}
}

not_assessable contains finding if {
	count(deny) == 0
	some i, explanation in explanations
	measured := explanation.predicate.fidelity
	not possible(measured)
	finding := {
		"msg": sprintf("fidelity %v on %v cases is no figure from 0 to 1 on at least %d cases (%s)", [measured.value, object.get(measured, "n", "an unknown number of"), min_n, show.said(explanation)]),
		"path": sprintf("explainability[%d].fidelity", [i]),
		"value": measured.value,
		"bound": min_n,
		"basis": "parameter explanation_min_n",
	}
}
