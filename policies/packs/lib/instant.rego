# METADATA
# title: Instants
# description: Dates that evidence states, and how long what it says stays recent.
package assize.lib.instant

# earliest and latest are written in one way, whatever way the instants came in; of
# none there is neither.
earliest(instants) := assize.earliest(instants)

latest(instants) := assize.latest(instants)

# done: what a statement says was done by an instant was done by now, and when the
# statement came into the ledger. A day still to come then is a promise and no deed.
done(item, at) if {
	assize.reached(at)
	not assize.before(item.proven, at)
}

# said_at is when a statement counts as made: what it claims, unless the ledger
# proves it is older.
said_at(item) := earliest({item.claimed, item.proven})
