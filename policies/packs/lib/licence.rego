# METADATA
# title: Licences
# description: Whether an SPDX licence expression stays within a list of licences.
package assize.lib.licence

# allowed: of the alternatives of the expression one asks for listed licences only.
# Ids are compared without regard to case (SPDX 2.3 annex D); an id with an
# exception is an id of its own. Expressions with parentheses are not read.
allowed(expression, ids) if assize.licensed(expression, ids)
