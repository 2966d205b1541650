# METADATA
# title: How findings write numbers and names
package assize.lib.show

# num writes a number with at most three decimals.
num(x) := assize.decimals(x)

# interval writes the two ends of an interval.
interval(low, high) := sprintf("[%s, %s]", [num(low), num(high)])

# id writes the beginning of an attestation id or ref, enough to find it by.
id(x) := substring(x, 0, 12) if not contains(x, ":")

id(x) := concat(":", [parts[0], substring(parts[1], 0, 12)]) if {
	parts := split(x, ":")
	count(parts) == 2
}

# thing names a node: its name when it has one, and the beginning of its ref.
thing(node) := sprintf("%s %s (%s)", [node.kind, node.name, id(node.ref)]) if node.name != ""

thing(node) := sprintf("%s %s", [node.kind, id(node.ref)]) if node.name == ""

# said names an attestation by who said it and where it stands.
said(item) := sprintf("%s %s of %s at index %d", [item.type, id(item.id), list(item.principals), item.index])

# day writes an instant as its date.
day(instant) := substring(instant, 0, 10)

# list writes a set or array of strings in order.
list(xs) := concat(", ", sort(xs))

# percent writes a share with at most three decimals.
percent(x) := sprintf("%s %%", [num(x * 100)])
