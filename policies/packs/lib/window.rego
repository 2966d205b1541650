# METADATA
# title: Monitoring windows
# description: Which monitoring reports speak of the last cadence of the plan.
package assize.lib.window

import data.assize.lib.show

# sound: there are reports, each of the environment and of a window that begins
# before it ends.
sound(reports, environment) if {
	reports != []
	assize.windows_amiss(reports, environment) == set()
}

# unsettled are the reasons why plans do not say how monitoring is judged: several
# in force, of which one would win unseen, or a cadence nobody would notice silence
# at.
unsettled(plans, limit_s) := set() if {
	count(plans) == 1
	plans[0].predicate.cadence_s <= limit_s
} else := {msg |
	some plan in array.slice(plans, 1, count(plans))
	msg := sprintf("%s is in force besides %s; the newer must name the older in supersedes", [show.said(plan), show.said(plans[0])])
} | {msg |
	some plan in plans
	plan.predicate.cadence_s > limit_s
	msg := sprintf("%s sets a cadence of %v s, slower than the %v s the parameters let a plan set", [show.said(plan), plan.predicate.cadence_s, limit_s])
}
