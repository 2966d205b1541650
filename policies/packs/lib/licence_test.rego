package assize.lib.licence_test

import data.assize.lib.licence

ids := ["MIT", "CC-BY-4.0", "GPL-2.0-only WITH Classpath-exception-2.0"]

test_allowed if {
	every expression in [
		"MIT", "mit", " CC-BY-4.0 ", "MIT AND CC-BY-4.0", "Proprietary OR MIT", "GPL-2.0-only AND X OR MIT",
		"GPL-2.0-only WITH Classpath-exception-2.0",
	] {
		licence.allowed(expression, ids)
	}
}

test_refused if {
	every expression in [
		"", "Proprietary", "MIT AND Proprietary", "MITx", "MIT,CC-BY-4.0", "GPL-2.0-only", "(MIT)", "MIT WITH Classpath-exception-2.0",
		"NOASSERTION", "MIT or CC-BY-4.0",
	] {
		not licence.allowed(expression, ids)
	}
	not licence.allowed("MIT", [])
}
