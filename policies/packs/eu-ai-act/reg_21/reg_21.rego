# METADATA
# title: Systemic risk of a general-purpose model is noticed
# description: >-
#   The compute of training, with that of the models it was made from, does not pass
#   the trigger of Art 51(2); or the model is classified as of systemic risk, a notice
#   to the AI Office names it and was sent within two weeks of the end of training, and
#   there is the evidence of Art 55 that a record can show: an evaluation of safety and
#   one of security, a register of risks, and security of the organisation. A notice
#   not yet due and one sent late are warned of. Other models are not concerned as long
#   as no run states compute beyond the trigger, and generative ones as long as each
#   states its compute. Models that every profile puts on the
#   market before 2 August 2025 are bound from 2 August 2027.
# custom:
#   id: REG-21
#   severity: critical
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, training-run]
#   reads: [eval-result, risk-assessment, org-evidence]
#   controls: ["eu-ai-act/art-51-2", "eu-ai-act/art-52", "eu-ai-act/art-55", "eu-ai-act/annex-xi-s2"]
#   basis: law
#   applies_from: "2025-08-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Notify the AI Office, classify the model as gpai_systemic, and attest the notice and the named evidence of Art 55.
package assize.eu_ai_act.reg_21

import data.assize.lib.instant
import data.assize.lib.organisation
import data.assize.lib.scope
import data.assize.lib.show

profiles := input.evidence["system-profile"]

runs := input.evidence["training-run"]

items := input.evidence["org-evidence"]

trigger := data.params.systemic_compute_flop

# compute of the model is that of its largest run, and of each model it was made from.
own := max({run.predicate.compute_flop | some run in runs})

upstream[node.ref] contains run.predicate.compute_flop if {
	some node in input.ancestors
	node.kind == "model"
	some run in node.evidence["training-run"]
}

total := own + sum([max(each) | some each in upstream])

# history are the runs of the model and of those it was made from.
history := array.concat(runs, [run |
	some node in input.ancestors
	node.kind == "model"
	some run in node.evidence["training-run"]
])

# unknown are the models it was made from, at any remove, whose compute is not on
# record.
unknown contains object.get(base, "name", show.id(object.get(base, "digest", "without digest"))) if {
	some run in history
	some base in run.predicate.base_models
	not known(base)
}

known(base) if {
	some node in input.ancestors
	base.digest in node.refs
	upstream[node.ref]
	count([run | some run in node.evidence["training-run"]; not run.predicate.compute_flop]) == 0
}

general if scope.inside(profiles, scope.general)

past_trigger if total > trigger

systemic if scope.inside(profiles, {"gpai_systemic"})

concerned if past_trigger

concerned if systemic

not_applicable if {
	scope.outside(profiles, scope.general)
	runs != []
	not past_trigger
	not keeps_silent
}

not_applicable if scope.beyond_union(profiles)

# keeps_silent: it generates, and a run keeps its compute to itself.
keeps_silent if {
	scope.says(profiles, "generative")
	some run in runs
	not run.predicate.compute_flop
}

# Art 111(3): models on the market before 2 August 2025.
applies_from := "2027-08-02" if scope.placed_before(profiles, "2025-08-02")

pass if {
	general
	not concerned
	total <= trigger
	runs != []
	count(history) > 0
	every run in history {
		is_array(run.predicate.base_models)
	}
	unknown == set()
}

pass if {
	systemic
	noticed
	count(evidenced) == count(wanted)
}

# Art 55(1) as far as evidence can show it.
wanted := {
	"safety": "an evaluation of safety (eval-result of category safety, with figures), Art 55(1)(a)",
	"security": "an evaluation under attack (eval-result of category security, with figures), Art 55(1)(a)",
	"risks": "a register of systemic risks (risk-assessment with risks), Art 55(1)(b)",
	"protection": "security of model and infrastructure (org-evidence of topic security), Art 55(1)(d)",
}

evidenced contains category if {
	some category in ["safety", "security"]
	some result in input.evidence["eval-result"]
	result.predicate.category == category
	count(result.predicate.metrics) > 0
}

evidenced contains "risks" if {
	some register in input.evidence["risk-assessment"]
	count(register.predicate.risks) > 0
}

evidenced contains "protection" if {
	some i in organisation.of_topic(items, "security")
	organisation.held(items[i])
}

# sent are the instants at which a notice naming this model was sent.
sent contains item.predicate.done_at if {
	some i in organisation.of_topic(items, "systemic_risk_notice")
	item := items[i]
	organisation.named(item.predicate.document)
	some ref in input.subject.refs
	ref in item.predicate.models
	instant.done(item, item.predicate.done_at)
}

# The trigger is met at the latest when training ends.
met := instant.latest({met_by(run) | some run in runs})

met_by(run) := run.predicate.finished_at

met_by(run) := instant.said_at(run) if not run.predicate.finished_at

due := assize.plus_days(met, data.params.systemic_notice_days)

# Whom the Commission designated owes no notice of its own.
noticed if not past_trigger

noticed if sent != set()

noticed if not assize.reached(due)

deny contains finding if {
	past_trigger
	not systemic
	finding := {
		"msg": sprintf("training took %v FLOP altogether, past the %v of Art 51(2) AI Act, and no profile classifies the model as gpai_systemic", [total, trigger]),
		"path": "system-profile[0].risk_tier",
		"value": total,
		"bound": trigger,
		"basis": "parameter systemic_compute_flop (AI Act Art 51(2))",
	}
}

deny contains finding if {
	past_trigger
	sent == set()
	assize.reached(due)
	finding := {
		"msg": sprintf("training took %v FLOP altogether and ended on %s; the notice to the AI Office was due within %d days, on %s, and none that names %s is on record (org-evidence of topic systemic_risk_notice with document, models and done_at)", [total, show.day(met), data.params.systemic_notice_days, show.day(due), show.thing(input.subject)]),
		"path": "org-evidence",
		"value": 0,
		"bound": due,
		"basis": "parameter systemic_notice_days (AI Act Art 52(1))",
	}
}

deny contains finding if {
	concerned
	some kind, words in wanted
	not kind in evidenced
	finding := {
		"msg": sprintf("a model of systemic risk needs %s; none is on record for %s", [words, show.thing(input.subject)]),
		"path": "evidence",
		"bound": kind,
		"basis": "AI Act Art 55(1)",
	}
}

deny contains finding if {
	general
	some i, run in runs
	not run.predicate.compute_flop
	finding := {
		"msg": sprintf("%s does not state compute_flop, so nobody can tell whether the model passes the %v FLOP of Art 51(2) AI Act", [show.said(run), trigger]),
		"path": sprintf("training-run[%d].compute_flop", [i]),
		"bound": trigger,
		"basis": "AI Act Art 51(2)",
	}
}

warn contains finding if {
	past_trigger
	first := instant.earliest(sent)
	assize.before(due, first)
	finding := {
		"msg": sprintf("the notice to the AI Office was sent on %s, after %s, %d days after training ended", [show.day(first), show.day(due), data.params.systemic_notice_days]),
		"path": "org-evidence.done_at",
		"value": first,
		"bound": due,
		"basis": "parameter systemic_notice_days (AI Act Art 52(1))",
	}
}

warn contains finding if {
	past_trigger
	sent == set()
	not assize.reached(due)
	finding := {
		"msg": sprintf("the notice to the AI Office is due on %s", [show.day(due)]),
		"path": "org-evidence",
		"value": 0,
		"bound": due,
		"basis": "parameter systemic_notice_days (AI Act Art 52(1))",
	}
}

not_assessable contains {"msg": words} if {
	not general
	not past_trigger
	some words in scope.unclassed(profiles)
}

not_assessable contains finding if {
	not general
	not past_trigger
	keeps_silent
	finding := {"msg": sprintf("the model is generative and a run of it does not state compute_flop, so nobody can tell whether it passes the %v FLOP of Art 51(2) AI Act", [trigger])}
}

not_assessable contains finding if {
	deny == set()
	general
	not concerned
	some base in unknown
	finding := {"msg": sprintf("the compute of %s, which the model was made from, is not on record; it counts towards the %v FLOP of Art 51(2) AI Act", [base, trigger])}
}

not_assessable contains finding if {
	deny == set()
	general
	not concerned
	some run in history
	not is_array(object.get(run.predicate, "base_models", null))
	finding := {"msg": sprintf("%s does not state base_models, whose compute counts towards the %v FLOP of Art 51(2) AI Act", [show.said(run), trigger])}
}
