# METADATA
# title: Deployments of a question
# description: What is running or asked for, and which models it is about.
package assize.lib.deployment

# places are the positions of the statements to judge: at each endpoint what runs
# there and what was last asked for. A later word about an endpoint replaces an
# earlier one; a retired deployment neither needs an approval nor stands for one.
places(items, environment) := {i |
	some i
	items[i].predicate.state == "running"
	items[i].predicate.environment == environment
	not replaced(items[i], [later | some later in array.slice(items, 0, i); later.predicate.state in {"running", "retired"}])
} | {i |
	some i
	items[i].predicate.state == "requested"
	items[i].predicate.environment == environment
	not replaced(items[i], array.slice(items, 0, i))
}

replaced(item, newer) if {
	some later in newer
	place(later) == place(item)
}

place(item) := [
	item.predicate.environment,
	object.get(item.predicate, "cluster", ""),
	object.get(item.predicate, "endpoint", ""),
]

# models are the refs of the models a question about a model, or about an image
# that packages models, is about.
models(subject, parents) := {ref | some ref in subject.refs} | {ref |
	some relation in {"packaged-as", "deployed-as"}
	some i
	parents[i].relation == relation
	some ref in parents[i].refs
}
