package assize.lib.form_test

import data.assize.lib.form

members := {"name", "n", "origin"}

full := {"name": "cards", "n": 0, "origin": [{"source": "a bank"}], "note": "TODO"}

test_filled if form.filled(full, members)

test_not_filled if {
	every patch in [{"name": ""}, {"name": "TBD"}, {"name": null}, {"name": {}}, {"origin": []}, {"origin": [{"source": "n/a"}]}] {
		not form.filled(object.union(full, patch), members)
	}
	every member in members {
		not form.filled(object.remove(full, [member]), members)
	}
}
