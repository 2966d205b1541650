package assize.lib.show_test

import data.assize.lib.show

test_thing if {
	show.thing({"kind": "model", "name": "scorer", "ref": "sha256:a1a1a1a1a1a1a1a1"}) == "model scorer (sha256:a1a1a1a1a1a1)"
	show.thing({"kind": "model", "name": "", "ref": "sha256:a1a1a1a1a1a1a1a1"}) == "model sha256:a1a1a1a1a1a1"
}

test_figures if {
	show.num(0.12349) == "0.123"
	show.percent(0.0505) == "5.05 %"
	show.interval(0.1, 0.2) == "[0.1, 0.2]"
}

test_names if {
	show.id("a1a1a1a1a1a1a1a1") == "a1a1a1a1a1a1"
	not show.id("a:b:c")
	show.list({"b", "a"}) == "a, b"
	show.said({"type": "model-card", "id": "a1a1a1a1a1a1a1a1", "principals": ["b", "a"], "index": 7}) == "model-card a1a1a1a1a1a1 of a, b at index 7"
	not show.said({"type": "model-card", "id": "a1a1a1a1a1a1a1a1", "index": 7})
}
