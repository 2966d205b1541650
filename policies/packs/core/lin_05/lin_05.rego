# METADATA
# title: Training ran on a trusted builder
# description: >-
#   Every build provenance of the model names one builder that the parameters
#   trust at the SLSA build level they ask for or above, and was signed under the
#   role of a builder.
# custom:
#   id: LIN-05
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [slsa-provenance]
#   controls: ["slsa/build-l2", "nist-ai-rmf/MEASURE-2.7"]
#   basis: default
#   remediation: >-
#     Move the training to a builder that the parameters list and submit the
#     provenance it signs; or have the builder assessed and added to
#     trusted_builders with its level.
package assize.core.lin_05

import data.assize.lib.show

pass if {
	input.evidence["slsa-provenance"] != []
	every provenance in input.evidence["slsa-provenance"] {
		provenance.assurance == "signed"
		"builder" in provenance.roles
		level(provenance) >= data.params.builder_level_min
	}
}

# named are the builders of a provenance: version 1 names it in runDetails, version
# 0.2 at the top. Whoever names two says nothing that can be judged.
named(provenance) := {id |
	some id in [
		object.get(provenance.predicate, ["runDetails", "builder", "id"], ""),
		object.get(provenance.predicate, ["builder", "id"], ""),
	]
	id != ""
}

# level is what the parameters hold the builder good for; 0 for a stranger.
level(provenance) := max({0} | {given |
	some entry in data.params.trusted_builders
	regex.match(`^L[0-9] \S+$`, entry)
	matches(substring(entry, 3, -1), builder)
	given := to_number(substring(entry, 1, 1))
}) if {
	some builder in named(provenance)
	count(named(provenance)) == 1
}

matches(pattern, id) if pattern == id

# One star, at the end, stands for the release of a builder.
matches(pattern, id) if {
	endswith(pattern, "*")
	startswith(id, trim_suffix(pattern, "*"))
}

deny contains finding if {
	some i, provenance in input.evidence["slsa-provenance"]
	given := level(provenance)
	given < data.params.builder_level_min
	some builder in named(provenance)
	finding := {
		"msg": sprintf("%s was made by builder %s, which the parameters %s; at least build level %d is asked for", [show.said(provenance), builder, trusted_at(given), data.params.builder_level_min]),
		"path": sprintf("slsa-provenance[%d].builder.id", [i]),
		"value": builder,
		"bound": data.params.trusted_builders,
		"basis": "parameters trusted_builders and builder_level_min",
	}
}

trusted_at(0) := "do not list"

trusted_at(given) := sprintf("trust at build level %d", [given]) if given > 0

deny contains finding if {
	some i, provenance in input.evidence["slsa-provenance"]
	not "builder" in provenance.roles
	finding := {
		"msg": sprintf("%s is signed under the roles %s; a provenance counts from a builder, not from who trained the model", [show.said(provenance), show.list(provenance.roles)]),
		"path": sprintf("slsa-provenance[%d].roles", [i]),
		"value": provenance.roles,
		"bound": "builder",
		"basis": "SLSA build level 2: the builder signs the provenance",
	}
}

deny contains finding if {
	some i, provenance in input.evidence["slsa-provenance"]
	provenance.assurance != "signed"
	finding := {
		"msg": sprintf("%s was imported: no signature of a builder was verified", [show.said(provenance)]),
		"path": sprintf("slsa-provenance[%d].assurance", [i]),
		"value": provenance.assurance,
		"bound": "signed",
		"basis": "SLSA build level 2: the builder signs the provenance",
	}
}

not_assessable contains reason if {
	some provenance in input.evidence["slsa-provenance"]
	count(named(provenance)) != 1
	deny == set()
	reason := {"msg": sprintf("%s names %d builders; one is needed (runDetails.builder.id, in version 0.2 builder.id)", [show.said(provenance), count(named(provenance))])}
}
