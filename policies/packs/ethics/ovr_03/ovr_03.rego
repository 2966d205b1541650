# METADATA
# title: The system can be stopped
# description: >-
#   A statement of human oversight describes how the system is stopped, and that was
#   tested no longer ago than the bound. No test is younger than the statement.
# custom:
#   id: OVR-03
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, human-oversight]
#   controls: ["eu-ai-act/art-14-4-e", "nist-ai-rmf/MANAGE-2.4"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Build a way to stop the system safely, test it in this environment, and state description and day of the test.
package assize.ethics.ovr_03

import data.assize.lib.act
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

# tested: no later than it was told; a test still to come then was none.
tested(statement) := instant.earliest({statement.predicate.stop_mechanism.tested_at, statement.claimed, statement.proven}) if {
	instant.done(statement, statement.predicate.stop_mechanism.tested_at)
}

expires(statement) := assize.plus_days(tested(statement), data.params.stop_test_max_days)

described(statement) if text.meaningful(statement.predicate.stop_mechanism.description)

pass if {
	act.bound(profiles, input.system)
	stoppable
}

stoppable if {
	some statement in input.evidence["human-oversight"]
	described(statement)
	not assize.reached(expires(statement))
}

# speaking are the statements that name a way to stop.
speaking contains i if {
	some i, statement in input.evidence["human-oversight"]
	described(statement)
}

newest := input.evidence["human-oversight"][min(speaking)]

deny contains finding if {
	count(speaking) == 0
	count(input.evidence["human-oversight"]) > 0
	finding := {
		"msg": sprintf("no statement of human oversight describes how %s is stopped", [input.system.uri]),
		"path": "human-oversight.stop_mechanism.description",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 14(4)(e)",
	}
}

deny contains finding if {
	not stoppable
	assize.reached(expires(newest))
	finding := {
		"msg": sprintf("stopping the system was last tested on %s; a test holds for %d days (%s)", [show.day(tested(newest)), data.params.stop_test_max_days, show.said(newest)]),
		"path": sprintf("human-oversight[%d].stop_mechanism.tested_at", [min(speaking)]),
		"value": tested(newest),
		"bound": expires(newest),
		"basis": "parameter stop_test_max_days",
	}
}

deny contains finding if {
	not stoppable
	at := newest.predicate.stop_mechanism.tested_at
	not instant.done(newest, at)
	finding := {
		"msg": sprintf("%s was signed on %s and tells of a test of stopping the system on %s: what is still to be done is announced, not tested", [show.said(newest), show.day(newest.proven), show.day(at)]),
		"path": sprintf("human-oversight[%d].stop_mechanism.tested_at", [min(speaking)]),
		"value": at,
		"bound": newest.proven,
		"basis": "AI Act Art 14(4)(e)",
	}
}

deny contains finding if {
	not stoppable
	not newest.predicate.stop_mechanism.tested_at
	finding := {
		"msg": sprintf("%s does not say when stopping the system was tested", [show.said(newest)]),
		"path": sprintf("human-oversight[%d].stop_mechanism.tested_at", [min(speaking)]),
		"basis": "AI Act Art 14(4)(e)",
	}
}

not_assessable contains {"msg": msg} if {
	count(deny) == 0
	some msg in act.unplaced(profiles, input.system)
}
