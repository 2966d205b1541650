package assize.ethics.ovr_02_test

import data.assize.ethics.ovr_02 as rule
import data.assize.fixture

clerk := {"person": {"id": "clerk-7"}, "competence_ref": "course 12", "competent_until": "2029-01-01T00:00:00Z", "authority": true}

profile := fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "rates creditworthiness", "risk_tier": "high_annex_iii"})

oversight(index, predicate) := object.union(fixture.item("system-profile", index, predicate), {"type": "human-oversight"})

by(overseers) := object.union(fixture.question("deploy", {"human-oversight": [oversight(5, {"overseers": overseers})], "system-profile": [profile]}), {"now": "2028-02-01T00:00:00Z"})

asked := by([clerk])

passing := {"able": {"input": asked, "params": {}}}

test_pass_while_training_lasts if {
	fixture.status(data.assize.ethics.ovr_02) == "pass" with input as asked with assize.reached as fixture.clock
	fixture.status(data.assize.ethics.ovr_02) == "pass" with input as by([{"person": {"id": "clerk-8"}}, clerk]) with assize.reached as fixture.clock
	over := object.union(asked, {"now": "2029-01-01T00:00:00Z"})
	fixture.status(data.assize.ethics.ovr_02) == "fail" with input as over with assize.reached as fixture.clock
	fixture.says(rule.deny, "clerk-7 cannot oversee the system: the person wants training in force") with input as over with assize.reached as fixture.clock
}

test_fail_each_want if {
	every partly, what in {
		object.union(clerk, {"authority": false}): "authority to override and stop",
		object.union(clerk, {"competence_ref": "n/a"}): "proof of training",
		object.remove(clerk, ["competence_ref"]): "proof of training",
		object.remove(clerk, ["competent_until"]): "an end of the training",
		object.union(clerk, {"person": {"id": "TBD"}}): "a name",
	} {
		fixture.status(data.assize.ethics.ovr_02) == "fail" with input as by([partly]) with assize.reached as fixture.clock
		fixture.says(rule.deny, what) with input as by([partly]) with assize.reached as fixture.clock
	}
}

test_fail_nobody if {
	fixture.status(data.assize.ethics.ovr_02) == "fail" with input as by([]) with assize.reached as fixture.clock
	fixture.says(rule.deny, "nobody is named") with input as by([]) with assize.reached as fixture.clock
}

test_class if {
	rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
	own := fixture.marked(asked, "system-profile", {"roles": ["developer"]})
	fixture.status(data.assize.ethics.ovr_02) == "unassessable" with input as own with assize.reached as fixture.clock
}

test_not_applicable_lighter_class if {
	light := fixture.with_items(by([]), "system-profile", [object.union(profile, {"predicate": object.union(profile.predicate, {"risk_tier": "transparency"})})])
	fixture.status(data.assize.ethics.ovr_02) == "not_applicable" with input as light with assize.reached as fixture.clock
}

test_nothing_does_not_pass if {
	none := fixture.with_items(asked, "human-oversight", [])
	fixture.status(data.assize.ethics.ovr_02) == "unassessable" with input as none with assize.reached as fixture.clock
}
