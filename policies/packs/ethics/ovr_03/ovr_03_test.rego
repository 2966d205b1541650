package assize.ethics.ovr_03_test

import data.assize.ethics.ovr_03 as rule
import data.assize.fixture

params := {"stop_test_max_days": 180}

profile := fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "rates creditworthiness", "risk_tier": "high_annex_iii"})

oversight(index, predicate) := object.union(fixture.item("system-profile", index, predicate), {"type": "human-oversight"})

by(mechanism) := object.union(fixture.question("continue", {"human-oversight": [oversight(1100, {"stop_mechanism": mechanism})], "system-profile": [profile]}), {"now": "2028-02-01T00:00:00Z"})

asked := by({"description": "feature flag in the gateway", "tested_at": "2028-01-01T00:00:00Z"})

passing := {"tested": {"input": asked, "params": params}}

test_pass_until_the_bound if {
	fixture.status(data.assize.ethics.ovr_03) == "pass" with input as asked with data.params as params with assize.reached as fixture.clock
	over := object.union(asked, {"now": "2028-06-29T00:00:00Z"})
	fixture.status(data.assize.ethics.ovr_03) == "fail" with input as over with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "last tested on 2028-01-01; a test holds for 180 days") with input as over with data.params as params with assize.reached as fixture.clock
}

# A test yet to come.
test_fail_tested_after_the_statement if {
	ahead := object.union(by({"description": "feature flag", "tested_at": "2031-01-01T00:00:00Z"}), {"now": "2028-07-05T00:00:00Z"})
	fixture.status(data.assize.ethics.ovr_03) == "fail" with input as ahead with data.params as params with assize.reached as fixture.clock
	come := by({"description": "feature flag", "tested_at": "2028-01-20T00:00:00Z"})
	fixture.status(data.assize.ethics.ovr_03) == "fail" with input as come with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "tells of a test of stopping the system on 2028-01-20: what is still to be done") with input as come with data.params as params with assize.reached as fixture.clock
}

test_fail_not_described if {
	every mechanism in [{}, {"description": "todo", "tested_at": "2028-01-01T00:00:00Z"}] {
		fixture.status(data.assize.ethics.ovr_03) == "fail" with input as by(mechanism) with data.params as params with assize.reached as fixture.clock
		fixture.says(rule.deny, "describes how system:credit-scoring is stopped") with input as by(mechanism) with data.params as params with assize.reached as fixture.clock
	}
}

test_fail_not_tested if {
	untested := by({"description": "feature flag"})
	fixture.status(data.assize.ethics.ovr_03) == "fail" with input as untested with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "does not say when") with input as untested with data.params as params with assize.reached as fixture.clock
}

test_class if {
	rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
	own := fixture.marked(asked, "system-profile", {"roles": ["developer"]})
	fixture.status(data.assize.ethics.ovr_03) == "unassessable" with input as own with data.params as params with assize.reached as fixture.clock
}

test_not_applicable_lighter_class if {
	light := fixture.with_items(by({}), "system-profile", [object.union(profile, {"predicate": object.union(profile.predicate, {"risk_tier": "gpai"})})])
	fixture.status(data.assize.ethics.ovr_03) == "not_applicable" with input as light with data.params as params with assize.reached as fixture.clock
}

test_nothing_does_not_pass if {
	none := fixture.with_items(asked, "human-oversight", [])
	fixture.status(data.assize.ethics.ovr_03) == "unassessable" with input as none with data.params as params with assize.reached as fixture.clock
}
