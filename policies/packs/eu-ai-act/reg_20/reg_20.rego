# METADATA
# title: Copyright policy and public training summary are there
# description: >-
#   The provider of a general-purpose model has a policy to comply with copyright, and
#   a summary of the content used for training that names this model and is public at
#   a stated address; both have an owner and an end that has not come. Open licences
#   free of neither. Models that every profile puts on the market before 2 August 2025
#   are bound from 2 August 2027.
# custom:
#   id: REG-20
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, org-evidence]
#   controls: ["eu-ai-act/art-53-1-c", "eu-ai-act/art-53-1-d"]
#   basis: law
#   applies_from: "2025-08-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Adopt the copyright policy, publish the summary by the template of the AI Office, and attest both with document, owner and valid_until.
package assize.eu_ai_act.reg_20

import data.assize.lib.organisation
import data.assize.lib.scope
import data.assize.lib.show

profiles := input.evidence["system-profile"]

items := input.evidence["org-evidence"]

policies := organisation.of_topic(items, "copyright_policy")

# summaries are those of this model.
summaries := {i |
	some i in organisation.of_topic(items, "training_summary")
	some ref in input.subject.refs
	ref in items[i].predicate.models
}

not_applicable if scope.outside(profiles, scope.general)

not_applicable if scope.beyond_union(profiles)

# Art 111(3): models on the market before 2 August 2025.
applies_from := "2027-08-02" if scope.placed_before(profiles, "2025-08-02")

good_policy := {i | some i in policies; organisation.held(items[i])}

good_summary := {i |
	some i in summaries
	organisation.held(items[i])
	published(items[i])
}

published(item) if {
	item.predicate.public == true
	regex.match(`^https?://[^\s/]+`, item.predicate.document.uri)
}

pass if {
	scope.inside(profiles, scope.general)
	good_policy != set()
	good_summary != set()
}

deny contains finding if {
	scope.inside(profiles, scope.general)
	good_policy == set()
	some finding in (organisation.absent(items, "copyright_policy", "a copyright policy", "AI Act Art 53(1)(c)") | organisation.flawed(items, policies, "AI Act Art 53(1)(c)"))
}

deny contains finding if {
	scope.inside(profiles, scope.general)
	summaries == set()
	finding := {
		"msg": sprintf("no summary of the content used for training (topic training_summary) names %s in models", [show.thing(input.subject)]),
		"path": "org-evidence",
		"value": count(organisation.of_topic(items, "training_summary")),
		"bound": 1,
		"basis": "AI Act Art 53(1)(d)",
	}
}

deny contains finding if {
	scope.inside(profiles, scope.general)
	good_summary == set()
	some finding in organisation.flawed(items, summaries, "AI Act Art 53(1)(d)")
}

deny contains finding if {
	scope.inside(profiles, scope.general)
	good_summary == set()
	some i in summaries
	not published(items[i])
	finding := {
		"msg": sprintf("%s: the summary of the content used for training is not public at a stated address (public, document.uri)", [show.said(items[i])]),
		"path": sprintf("org-evidence[%d].public", [i]),
		"value": object.get(items[i].predicate, "public", null),
		"bound": true,
		"basis": "AI Act Art 53(1)(d)",
	}
}

not_assessable contains {"msg": words} if {
	not scope.inside(profiles, scope.general)
	some words in scope.unclassed(profiles)
}
