# METADATA
# title: What a statement speaks of
# description: >-
#   A statement may name several subjects and speak of one of them; only those
#   that speak of the thing judged are evidence about it. assize.concerning tells
#   them from the others.
package assize.lib.about

import data.assize.lib.show

# elsewhere is the reason why nothing is told from a statement about something else.
elsewhere(item, member, node) := {"msg": sprintf("%s speaks of %s, not of %s", [show.said(item), show.id(item.predicate[member]), show.id(node.ref)])}

# examined is the same of a report about a dataset.
examined(report, node) := {"msg": sprintf("%s examined %s, not %s", [show.said(report), show.id(report.predicate.dataset), show.id(node.ref)])}

# impersonal: there are cards of the dataset, and each says that it holds no
# personal data. Most settle it by their first word.
impersonal(cards, node) if {
	cards[0].predicate.pii == "none"
	count(cards) > 0
	every card in cards {
		card.predicate.pii == "none"
	}
	assize.concerning(cards, "digest", node).others == []
}
