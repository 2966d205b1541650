# METADATA
# title: What was announced
# description: >-
#   Notices that were still to be shown when they were signed. That the day has come since
#   shows nobody anything; somebody has to say that it was done.
package assize.lib.announced

import data.assize.lib.instant
import data.assize.lib.show

# live: shown when it was signed, and since.
live(notice) if instant.done(notice, notice.predicate.live_at)

# faults are findings about the notices of the kinds whose day came after they were
# signed, as long as none is live.
faults(notices, kinds, basis) := {finding |
	of_kind := {i | some i, notice in notices; notice.predicate.kind in kinds}
	count({i | some i in of_kind; live(notices[i])}) == 0
	some i in of_kind
	at := notices[i].predicate.live_at
	assize.reached(at)
	finding := {
		"msg": sprintf("%s announced on %s a notice of kind %s for %s; nobody has signed since that it is shown", [
			show.said(notices[i]), show.day(notices[i].proven), notices[i].predicate.kind, show.day(at),
		]),
		"path": sprintf("transparency-notice[%d].live_at", [i]),
		"value": at,
		"bound": notices[i].proven,
		"basis": basis,
	}
}
