# METADATA
# title: How findings write numbers and names
package assize.lib.show

# num writes a number with at most three decimals.
num(x) := assize.decimals(x)

# interval writes the two ends of an interval.
interval(low, high) := sprintf("[%s, %s]", [assize.decimals(low), assize.decimals(high)])

# id writes the beginning of an attestation id or ref, enough to find it by.
id(x) := assize.short(x)

# thing names a node: its name when it has one, and the beginning of its ref.
thing(node) := sprintf("%s %s (%s)", [node.kind, node.name, id(node.ref)]) if node.name != ""

thing(node) := sprintf("%s %s", [node.kind, id(node.ref)]) if node.name == ""

# said names an attestation by who said it and where it stands.
said(item) := assize.said(item)

# day writes an instant as its date.
day(instant) := substring(instant, 0, 10)

# list writes a set or array of strings in order.
list(xs) := assize.listed(xs)

# members lists the members of an object with their values, such as the attributes of
# a group.
members(object) := assize.members(object)

# percent writes a share with at most three decimals.
percent(x) := sprintf("%s %%", [assize.decimals(x * 100)])
