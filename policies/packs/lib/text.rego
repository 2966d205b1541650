# METADATA
# title: Placeholders
# description: Tells text that says something from text that only fills a field.
package assize.lib.text

# plain is the words of a text without what stands around and between them, so
# that T.B.D., N / A and to-be-determined are what they are. What shows nothing
# (zero-width characters, soft hyphens) is no letter, but joins what it stands in.
plain(s) := assize.plain(s)

# meaningful holds for a value that says something: text that is no placeholder,
# any number or boolean, and a non-empty list or object none of whose members is
# a placeholder.
#
# A placeholder is among the fillers, has no letter or digit, begins as a text that is
# still to be written, is a template slot ([Your text], {{ field }}, <name>) or holds
# the template text of Hugging Face cards: the engine looks at all of it in one pass.
# Cards are made from templates; a field nobody filled in still holds what the
# template put there. Values that are a proper answer somewhere ("text" as a
# modality, "NA" as Namibia) are not among the fillers.
meaningful(x) if assize.meaningful(x, fillers)

# unfilled are the members of an object that are absent or say nothing.
unfilled(object, members) := assize.unfilled(object, members, fillers)

# unsaid are the elements of a list or object that say nothing at a path.
unsaid(list, path) := assize.unsaid(list, path, fillers)

fillers := {
	"none", "null", "nil", "tba", "tbc", "tbd",
	"to be added", "to be announced", "to be confirmed", "to be decided", "to be defined", "to be determined",
	"to be done", "to be filled in", "to do", "todo", "fixme", "xxx", "wip", "empty", "placeholder", "unknown",
	"unspecified", "undefined", "not specified", "not provided", "not available", "insert text here",
	"your text here", "lorem ipsum", "n a", "not applicable", "not known", "not stated", "not defined", "not disclosed",
	"not yet known", "not yet determined", "not yet defined", "to follow", "coming soon", "pending", "fill in",
	"please fill in", "fill me in", "same as above", "see above", "t b a", "t b c", "t b d", "sample text", "enter text here",
}
