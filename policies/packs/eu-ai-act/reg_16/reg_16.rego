# METADATA
# title: There is a plan for monitoring after the market
# description: >-
#   A high-risk system has one monitoring plan in force for the environment, which
#   says what is watched and within which bounds, by which methods, how often and not
#   more seldom than the parameters allow, who watches and what is done when a bound is crossed. Art 72 binds providers of
#   high-risk systems: Annex III from 2 December 2027, Annex I from 2 August 2028.
# custom:
#   id: REG-16
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, monitoring-plan]
#   controls: ["eu-ai-act/art-72", "eu-ai-act/annex-iv-9", "nist-ai-rmf/MANAGE-4.1"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Write the named parts of the monitoring plan and sign it again.
package assize.eu_ai_act.reg_16

import data.assize.lib.act
import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

plans := [plan | some plan in input.evidence["monitoring-plan"]; plan.predicate.environment == input.environment]

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

parts := {"methods": "by which methods", "owner": "who watches", "actions": "what is done when a bound is crossed"}

bound if act.bound(profiles, input.system)

pass if {
	bound
	[plan] = plans # and no second one, which might bound less
	text.meaningful(plan.predicate.methods)
	text.meaningful(plan.predicate.owner)
	text.meaningful(plan.predicate.actions)
	plan.predicate.cadence_s > 0
	plan.predicate.cadence_s <= data.params.monitoring_cadence_limit_s
	count(plan.predicate.metrics) > 0
	every metric in plan.predicate.metrics {
		bounded(metric)
	}
}

unmet if not pass

# bounded: there is a value at which something is to be done.
bounded(metric) if {
	is_number(metric.threshold)
	metric.comparator in {"<", "<=", ">", ">="}
}

bounded(metric) if is_number(metric.max_drop)

deny contains finding if {
	unmet
	bound
	plans == []
	finding := {
		"msg": sprintf("none of %d monitoring plans is for %s", [count(input.evidence["monitoring-plan"]), input.environment]),
		"path": "monitoring-plan",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 72(3)",
	}
}

deny contains finding if {
	unmet
	bound
	some plan in plans
	some part, words in parts
	value := object.get(plan.predicate, part, "")
	not text.meaningful(value)
	finding := {
		"msg": sprintf("%s does not say %s (%s)", [show.said(plan), words, part]),
		"path": sprintf("monitoring-plan.%s", [part]),
		"value": value,
		"basis": "AI Act Art 72(2)",
	}
}

deny contains finding if {
	unmet
	bound
	some plan in plans
	not object.get(plan.predicate, "cadence_s", 0) > 0
	finding := {
		"msg": sprintf("%s does not say how often (cadence_s)", [show.said(plan)]),
		"path": "monitoring-plan.cadence_s",
		"value": object.get(plan.predicate, "cadence_s", null),
		"basis": "AI Act Art 72(2)",
	}
}

deny contains finding if {
	unmet
	bound
	some plan in plans
	plan.predicate.cadence_s > data.params.monitoring_cadence_limit_s
	finding := {
		"msg": sprintf("%s has the system looked at every %s days; the longest that may lie between two looks is %s days", [show.said(plan), show.num(plan.predicate.cadence_s / 86400), show.num(data.params.monitoring_cadence_limit_s / 86400)]),
		"path": "monitoring-plan.cadence_s",
		"value": plan.predicate.cadence_s,
		"bound": data.params.monitoring_cadence_limit_s,
		"basis": "parameter monitoring_cadence_limit_s",
	}
}

deny contains finding if {
	unmet
	bound
	some plan in plans
	count(object.get(plan.predicate, "metrics", [])) == 0
	finding := {
		"msg": sprintf("%s watches no figure", [show.said(plan)]),
		"path": "monitoring-plan.metrics",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 72(2)",
	}
}

deny contains finding if {
	unmet
	bound
	some plan in plans
	some i, metric in plan.predicate.metrics
	not bounded(metric)
	finding := {
		"msg": sprintf("%s watches %s without a bound: neither threshold with its comparator nor max_drop is stated", [show.said(plan), metric.name]),
		"path": sprintf("monitoring-plan.metrics[%d].threshold", [i]),
		"value": object.get(metric, "threshold", null),
		"basis": "AI Act Art 72(2)",
	}
}

not_assessable contains {"msg": words} if {
	unmet
	some words in scope.unclear(profiles, input.system)
}

not_assessable contains finding if {
	unmet
	deny == set()
	count(plans) > 1
	finding := {"msg": sprintf("%d monitoring plans are in force for %s: %s; the newer must name the older in supersedes", [count(plans), input.environment, concat("; ", [show.said(plan) | some plan in plans])])}
}
