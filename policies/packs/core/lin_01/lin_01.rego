# METADATA
# title: Lineage reaches the data
# description: >-
#   Everything the model was made from is named by digest and known to the
#   ledger, so that what is wrong with the data can be followed to the model.
# custom:
#   id: LIN-01
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [[training-run, slsa-provenance]]
#   controls: ["eu-ai-act/annex-iv-2d", "iso-42001/A.7.5", "nist-ai-rmf/MEASURE-2.8"]
#   basis: standard
#   remediation: >-
#     Record the digest of every input in the training run, and attest each
#     input (a dataset card, or a model card for a base model).
package assize.core.lin_01

import data.assize.lib.show

pass if {
	input.subject.conflict == false
	sources != []
	every i in sources {
		input.parents[i].known == true
	}
	array.concat(input.evidence["training-run"], input.evidence["slsa-provenance"]) != []
	untraced == []
	[record | some record in input.evidence["slsa-provenance"]; not pinned(record)] == []
}

# sources are what the model was made from; evaluation data did not go in.
sources := [i | some i; input.parents[i].relation != "evaluated-on"]

# named are all parents, those included that only measured the model.
named := {ref | ref := input.parents[_].refs[_]}

# untraced are the runs that do not name each input by the digest of a parent.
untraced := [i | some i, run in input.evidence["training-run"]; not traced(run)]

traced(run) if {
	inputs := run.predicate.inputs
	count(inputs) > 0
	refs := named
	every used in inputs {
		used.digest in refs
	}
}

# A provenance names its materials by digest; which of them are data is told by
# the lineage.
pinned(provenance) if {
	count(provenance.predicate.buildDefinition.resolvedDependencies) > 0
	every dependency in provenance.predicate.buildDefinition.resolvedDependencies {
		strong(dependency)
	}
}

# strong: a digest that names one thing and no other. A git commit names what the
# repository gives for it.
strong(dependency) if {
	some algorithm in ["sha256", "sha384", "sha512", "gitCommit"]
	dependency.digest[algorithm] != ""
}

deny contains finding if {
	some i, record in input.evidence["slsa-provenance"]
	some j, dependency in record.predicate.buildDefinition.resolvedDependencies
	not strong(dependency)
	finding := {
		"msg": sprintf("%s names dependency %q by no sha256, sha384, sha512 or gitCommit digest", [show.said(record), object.get(dependency, "uri", object.get(dependency, "name", sprintf("%d", [j])))]),
		"path": sprintf("slsa-provenance[%d].buildDefinition.resolvedDependencies[%d].digest", [i, j]),
		"value": object.get(dependency, "digest", {}),
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	some i in untraced
	run := input.evidence["training-run"][i]
	some j, used in run.predicate.inputs
	not used.digest
	finding := {
		"msg": sprintf("%s read input %q without naming its digest", [show.said(run), object.get(used, "name", sprintf("%d", [j]))]),
		"path": sprintf("training-run[%d].inputs[%d].digest", [i, j]),
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	some i in untraced
	run := input.evidence["training-run"][i]
	count(run.predicate.inputs) == 0
	finding := {
		"msg": sprintf("%s names no input", [show.said(run)]),
		"path": sprintf("training-run[%d].inputs", [i]),
		"value": 0,
		"bound": 1,
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	some i
	input.parents[i].known == false
	i in sources
	source := input.parents[i]
	finding := {
		"msg": sprintf("nothing in the ledger speaks of %s, from which the model was made (%s)", [show.thing(source), source.relation]),
		"path": sprintf("parents[%s].known", [source.ref]),
		"value": false,
		"bound": true,
		"basis": "AI Act Annex IV 2(d)",
	}
}

not_assessable contains reason if {
	input.subject.conflict == true
	reason := {"msg": "two training runs disagree about what the model was made from; the newer must name the older in supersedes"}
}
