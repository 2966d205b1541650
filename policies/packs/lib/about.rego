# METADATA
# title: What a statement speaks of
# description: >-
#   A statement may name several subjects and speak of one of them; only those
#   that speak of the thing judged are evidence about it.
package assize.lib.about

import data.assize.lib.show

concerns(item, member, node) if object.get(item.predicate, member, node.ref) in node.refs

# those that speak of the node, newest first.
those(items, member, node) := [item | some item in items; concerns(item, member, node)]

# others are the reasons why nothing is told from statements about something else.
others(items, member, node) := {{"msg": sprintf("%s speaks of %s, not of %s", [show.said(item), show.id(item.predicate[member]), show.id(node.ref)])} |
	some item in items
	not concerns(item, member, node)
}

# impersonal: there are cards of the dataset, and each says that it holds no
# personal data.
impersonal(cards, node) if {
	count(cards) > 0
	every card in cards {
		concerns(card, "digest", node)
		card.predicate.pii == "none"
	}
}
