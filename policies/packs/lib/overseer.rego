# METADATA
# title: Overseers
# description: Persons who may oversee a system, know how, and are allowed to stop it.
package assize.lib.overseer

import data.assize.lib.text

# able are the ids of the persons with authority and training in force, over all
# statements.
able(statements) := {person.person.id |
	some statement in statements
	some person in statement.predicate.overseers
	count(lacking(person)) == 0
}

# lacking is what a person wants to be able to oversee.
lacking(person) := ((({"a name" |
	not text.meaningful(object.get(person, ["person", "id"], ""))
} | {"proof of training" |
	not text.meaningful(object.get(person, "competence_ref", ""))
}) | {"authority to override and stop" |
	object.get(person, "authority", null) != true
}) | {"an end of the training" |
	not person.competent_until
}) | {"training in force" |
	assize.reached(person.competent_until)
}
