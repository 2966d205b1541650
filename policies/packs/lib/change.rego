# METADATA
# title: Changes of a model
# description: Which statements say how a model came from the one before.
package assize.lib.change

# into are the places of the changes that led to a model.
into(changes, subject) := {i |
	refs := subject.refs
	some i
	changes[i].predicate.to in refs
}

# first: the model is the first of its system; nothing was there before it to be
# worse than.
first(changes, subject) if {
	places := into(changes, subject)
	places != set()
	every i in places {
		changes[i].predicate.kind == "initial"
		not changes[i].predicate.from
	}
}

# measured: an evaluation of the model holds the figure a change states as new.
measured(entry, results, tolerance) if {
	some r, m
	results[r].predicate.metrics[m].name == entry.metric
	record := results[r].predicate.metrics[m]
	object.get(record, "slice", {}) == object.get(entry, "slice", {})
	abs(record.value - entry.new) <= tolerance
}

# named writes a figure with its slice.
named(entry) := entry.metric if object.get(entry, "slice", {}) == {}

named(entry) := sprintf("%s (%s)", [entry.metric, concat(", ", sort([sprintf("%s %s", [attribute, value]) | some attribute, value in entry.slice]))]) if {
	object.get(entry, "slice", {}) != {}
}
