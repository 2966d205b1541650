package assize.lib.text_test

import data.assize.lib.text

test_placeholders if {
	every s in [
		"", "   ", "TBD", "tbd: ask", "TODO", "n/a", "N/A.", "none", "unknown", "[More Information Needed]",
		"More information needed here", "<your text>", "{{ license }}", "[Name]", "...", "**TBD**", "lorem ipsum dolor",
		"…", "—", "\u200b", "T\u200bBD", "T.B.D.", "N / A", "to-be-determined", "Not yet known.", "[More  Information\nNeeded]", "_____",
		"not applicable", "Pending…",
	] {
		not text.meaningful(s)
	}
}

test_answers if {
	every s in [
		"text", "NA", "none of the records is synthetic", "tabular", "0", "[1] Hofmann (1994)", "todorov-2024",
		"unknown to the applicants", "MIT", "日本", "pending applications of 2024", "O'Neill",
	] {
		text.meaningful(s)
	}
}

test_meaningful if {
	every x in [0, false, "MIT", ["a"], {"a": {"b": "c"}}, [{"a": []}]] {
		text.meaningful(x)
	}
	every x in [[], {}, ["TBD"], ["a", ""], {"a": {"b": "n/a"}}, [{}], [null], {"a": null}] {
		not text.meaningful(x)
	}
}
