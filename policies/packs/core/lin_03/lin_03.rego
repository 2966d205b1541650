# METADATA
# title: Nothing in the lineage is revoked
# description: >-
#   Neither the subject nor anything it was made from has been revoked, as a
#   dataset is when consent is withdrawn.
# custom:
#   id: LIN-03
#   severity: critical
#   kinds: [dataset, model, deployment]
#   actions: [train, release, deploy, continue]
#   controls: ["gdpr/art-17", "nist-ai-rmf/MANAGE-2.4"]
#   basis: guidance
#   remediation: >-
#     Retrain without what was revoked, or roll back to a model that was not made
#     from it. A revocation made in error is lifted by another principal.
package assize.core.lin_03

import data.assize.lib.show

# nodes are the subject and all it was made from.
nodes := array.concat([input.subject], input.ancestors)

pass if {
	traceable
	sources - ancestor_refs == set()
	revoked == []
	count(sound) == count(nodes)
}

# sound are the nodes that are known, whose making is undisputed and of which it is
# said whether they are revoked.
sound := assize.where(assize.where(assize.where(nodes, ["known"], "==", true), ["conflict"], "==", false), ["revoked"], ">=", [])

# revoked are the nodes of which a revocation is in force.
revoked := [i |
	some i, j
	in_force(nodes[i].revoked[j])
]

# A revocation without a date is in force from the day it stands in the ledger.
in_force(revocation) if not revocation.effective_at

in_force(revocation) if assize.reached(revocation.effective_at)

sources contains input.parents[i].ref if {
	some i
	input.parents[i].relation != "evaluated-on"
}

ancestor_refs := {ref | ref := input.ancestors[_].ref}

# That nothing upstream is revoked can be said of data, which is where lineage
# begins, and of a thing whose making is on record. Of a model of others that
# was only built upon, the lineage ends with its being known.
traceable if input.subject.kind == "dataset"

traceable if sources != set()

traceable if {
	input.subject.kind == "model"
	input.subject.relation in {"fine-tuned-from", "derived-from"}
}

# The path is written as what was made from what.
route(node) := concat(" <- ", [name_of(ref) | some ref in node.path]) if count(node.path) > 0

route(node) := show.thing(node) if count(node.path) == 0

name_of(ref) := show.thing(input.subject) if ref in input.subject.refs

name_of(ref) := show.thing(ancestor) if {
	not ref in input.subject.refs
	some ancestor in input.ancestors
	ancestor.ref == ref
}

name_of(ref) := show.id(ref) if {
	not ref in input.subject.refs
	not ref in ancestor_refs
}

deny contains finding if {
	some i, revocation in input.subject.revoked
	in_force(revocation)
	finding := {
		"msg": sprintf("%s was revoked by %s (%s) at index %d", [show.thing(input.subject), show.list(revocation.principals), revocation.reason, revocation.index]),
		"path": sprintf("subject.revoked[%d]", [i]),
		"value": revocation.reason,
		"basis": sprintf("revocation %s", [revocation.id]),
		"lineage": [input.subject.ref],
	}
}

deny contains finding if {
	some i, j
	revocation := input.ancestors[i].revoked[j]
	in_force(revocation)
	ancestor := input.ancestors[i]
	finding := {
		"msg": sprintf("%s was revoked by %s (%s) at index %d; path: %s", [show.thing(ancestor), show.list(revocation.principals), revocation.reason, revocation.index, route(ancestor)]),
		"path": sprintf("ancestors[%d].revoked[%d]", [i, j]),
		"value": revocation.reason,
		"basis": sprintf("revocation %s", [revocation.id]),
		"lineage": ancestor.path,
	}
}

warn contains finding if {
	some i
	revocation := nodes[i].revoked[_]
	not in_force(revocation)
	node := nodes[i]
	finding := {
		"msg": sprintf("%s is revoked from %s on, by %s (%s)", [show.thing(node), show.day(revocation.effective_at), show.list(revocation.principals), revocation.reason]),
		"path": sprintf("%s.revoked", [node.ref]),
		"value": revocation.effective_at,
		"basis": sprintf("revocation %s", [revocation.id]),
	}
}

not_assessable contains reason if {
	not traceable
	deny == set()
	reason := {"msg": sprintf("what %s was made from is not on record, so nobody can say that none of it was revoked", [show.thing(input.subject)])}
}

not_assessable contains reason if {
	some i
	nodes[i].known == false
	deny == set()
	reason := {"msg": sprintf("nothing in the ledger speaks of %s", [show.thing(nodes[i])])}
}

not_assessable contains reason if {
	some i
	nodes[i].conflict == true
	deny == set()
	reason := {"msg": sprintf("two training runs disagree about what %s was made from", [show.thing(nodes[i])])}
}
