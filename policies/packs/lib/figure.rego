# METADATA
# title: Figures written as text
# description: >-
#   CycloneDX and SPDX write the figures of a model as text. Each is read as JSON
#   writes a number, or it is unassessable with a reason; nothing is guessed of a
#   percentage, a thousands separator or a word.
package assize.lib.figure

# read gives {"value": number} or {"unassessable": why}.
read(text) := {"value": to_number(text)} if strict(text)

read(text) := {"unassessable": reason(text)} if not strict(text)

# strict: at most 32 characters, and an exponent a float64 has.
strict(text) if {
	is_string(text)
	count(text) <= 32
	regex.match(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$`, text)
}

reason(text) := "no value is stated" if text in {null, ""}

reason(text) := sprintf("%q is a percentage; state the share as a number", [text]) if {
	is_string(text)
	endswith(text, "%")
}

reason(text) := sprintf("%q is no number as JSON writes one", [substring(text, 0, 80)]) if {
	is_string(text)
	text != ""
	not endswith(text, "%")
}

reason(text) := sprintf("a figure of this format is a text, this is of type %s", [type_name(text)]) if {
	not is_string(text)
	text != null
}

# performance reads the performance metrics of a CycloneDX model card: name, slice
# ("" for the whole), and value or unassessable. The interval is there when both
# its ends are numbers.
performance(card) := [entry |
	some stated in object.get(object.get(card, "quantitativeAnalysis", {}), "performanceMetrics", [])
	entry := object.union_n([
		{"name": object.get(stated, "type", ""), "slice": object.get(stated, "slice", "")},
		read(object.get(stated, "value", null)),
		interval(object.get(stated, "confidenceInterval", {})),
	])
]

interval(stated) := {"interval": {"low": low.value, "high": high.value}} if {
	low := read(object.get(stated, "lowerBound", null))
	high := read(object.get(stated, "upperBound", null))
	low.value <= high.value
} else := {}

# entries reads a dictionary of SPDX 3, such as ai_metric.
entries(dictionary) := [object.union({"name": object.get(stated, "key", "")}, read(object.get(stated, "value", null))) |
	some stated in dictionary
]
