# METADATA
# title: Forms filled in
# description: Whether each of some members of an object says something.
package assize.lib.form

import data.assize.lib.text

# filled: the members are all there, none is an empty list, and none is a placeholder
# or holds one.
filled(stated, members) if text.unfilled(stated, members) == set()
