package assize.lib.claims_test

import data.assize.lib.claims

test_name if {
	claims.name({"attributes": {"sex": "female", "age": "under_25"}}) == "age under_25, sex female"
	claims.name({"counts": {"n": 4}}) == ""
}
