# METADATA
# title: Review is not rubber-stamping
# description: >-
#   Of enough reviewed outputs some were overridden, or it is said why none was. A
#   rate that no count of the reviewed outputs gives is a finding of its own.
# custom:
#   id: OVR-06
#   severity: low
#   kinds: [deployment]
#   actions: [continue]
#   requires: [human-oversight]
#   reads: [system-profile]
#   controls: ["eu-ai-act/art-14-4-b"]
#   basis: default
#   remediation: >-
#     Have a second person review a sample of the decisions of the reviewers and see
#     whether errors were let through; state the result as override_explained.
package assize.ethics.ovr_06

import data.assize.lib.show
import data.assize.lib.text

# Where decisions are taken without a person there is nobody to override.
not_applicable if {
	count(input.evidence["system-profile"]) > 0
	every profile in input.evidence["system-profile"] {
		profile.predicate.automated_only == true
	}
}

# counting are the statements with figures; the newest tells of the present.
counting contains i if {
	some i, statement in input.evidence["human-oversight"]
	some member in ["override_rate", "override_n"]
	is_number(object.get(statement.predicate, member, null))
}

newest := input.evidence["human-oversight"][min(counting)]

said := newest.predicate

# overridden is how many the rate stands for, when a count gives it.
overridden := k if {
	k := round(said.override_rate * said.override_n)
	abs((k / said.override_n) - said.override_rate) <= data.params.override_rate_rounding
}

enough if said.override_n >= data.params.override_min_n

pass if {
	enough
	overridden > 0
}

pass if explained

explained if {
	enough
	overridden == 0
	text.meaningful(said.override_explained)
}

deny contains finding if {
	enough
	overridden == 0
	not explained
	finding := {
		"msg": sprintf("of %d reviewed outputs none was overridden, and %s does not say why", [said.override_n, show.said(newest)]),
		"path": sprintf("human-oversight[%d].override_rate", [min(counting)]),
		"value": said.override_rate,
		"n": said.override_n,
		"basis": "parameter override_min_n; AI Act Art 14(4)(b)",
	}
}

deny contains finding if {
	enough
	is_number(said.override_rate)
	not overridden
	finding := {
		"msg": sprintf("%s states that %v of %d outputs were overridden, which no count of %d gives", [show.said(newest), said.override_rate, said.override_n, said.override_n]),
		"path": sprintf("human-oversight[%d].override_rate", [min(counting)]),
		"value": said.override_rate,
		"n": said.override_n,
		"basis": "parameter override_rate_rounding",
	}
}

warn contains finding if {
	explained
	finding := {
		"msg": sprintf("of %d reviewed outputs none was overridden; the reason given: %s (%s)", [said.override_n, said.override_explained, show.said(newest)]),
		"path": sprintf("human-oversight[%d].override_explained", [min(counting)]),
		"value": said.override_rate,
		"n": said.override_n,
		"basis": "parameter override_min_n",
	}
}

not_assessable contains reason if {
	count(counting) == 0
	reason := {"msg": sprintf("no statement of human oversight of %s says how many outputs were reviewed and overridden (override_n, override_rate)", [input.system.uri])}
}

not_assessable contains reason if {
	count(counting) > 0
	not enough
	reason := {"msg": sprintf("%s rests on %v reviewed outputs; %d are needed to tell", [show.said(newest), object.get(said, "override_n", "an unknown number of"), data.params.override_min_n])}
}

not_assessable contains reason if {
	enough
	not is_number(object.get(said, "override_rate", null))
	reason := {"msg": sprintf("%s does not say how many of the reviewed outputs were overridden", [show.said(newest)])}
}
