package assize.ethics.ovr_04_test

import data.assize.ethics.ovr_04 as rule
import data.assize.fixture

overseer(id) := {"person": {"id": id}, "competence_ref": "course 12", "competent_until": "2029-01-01T00:00:00Z", "authority": true}

oversight(index, predicate) := object.union(fixture.item("system-profile", index, predicate), {"type": "human-oversight"})

# The point and not its class, which the rule does not need.
profile := fixture.item("system-profile", 1, {"annex_iii_point": "1(a)"})

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [profile],
		"human-oversight": [oversight(5, {"two_person": true, "overseers": [overseer("officer-1"), overseer("officer-2")]})],
	}),
	{"now": "2028-02-01T00:00:00Z"},
)

passing := {"two": {"input": asked, "params": {}}}

of(stated) := fixture.with_items(asked, "system-profile", [fixture.item("system-profile", 1, object.union(stated, {"system_id": "system:credit-scoring", "tier_reason": "rates creditworthiness"}))])

told(patch) := fixture.told(asked, "human-oversight", patch)

test_pass_while_training_lasts if {
	fixture.status(data.assize.ethics.ovr_04) == "pass" with input as asked with assize.reached as fixture.clock
	over := object.union(asked, {"now": "2029-01-01T00:00:00Z"})
	fixture.status(data.assize.ethics.ovr_04) == "fail" with input as over with assize.reached as fixture.clock
}

test_fail_one_verifies if {
	fixture.status(data.assize.ethics.ovr_04) == "fail" with input as told({"two_person": false}) with assize.reached as fixture.clock
	fixture.says(rule.deny, "one person alone verifies") with input as told({"two_person": false}) with assize.reached as fixture.clock
	silent := fixture.untold(asked, "human-oversight", ["two_person"])
	fixture.status(data.assize.ethics.ovr_04) == "fail" with input as silent with assize.reached as fixture.clock
	fixture.says(rule.deny, "says that two persons verify") with input as silent with assize.reached as fixture.clock
}

test_fail_older_statement_denies_it if {
	two := fixture.with_items(asked, "human-oversight", array.concat(asked.evidence["human-oversight"], [oversight(4, {"two_person": false})]))
	fixture.status(data.assize.ethics.ovr_04) == "fail" with input as two with assize.reached as fixture.clock
}

# The same person twice is one.
test_fail_not_two_persons if {
	every overseers in [[overseer("officer-1")], [overseer("officer-1"), overseer("officer-1")], [overseer("officer-1"), object.union(overseer("officer-2"), {"authority": false})]] {
		fixture.status(data.assize.ethics.ovr_04) == "fail" with input as told({"overseers": overseers}) with assize.reached as fixture.clock
		fixture.says(rule.deny, "1 overseers are named with authority, proof of training and training in force (officer-1); two are needed") with input as told({"overseers": overseers}) with assize.reached as fixture.clock
	}
}

test_not_applicable_other_uses if {
	every stated in [
		{"risk_tier": "high_annex_iii", "annex_iii_point": "5(b)"}, {"risk_tier": "minimal"},
		{"risk_tier": "high_annex_i"},
		{"risk_tier": "art6_3_exempt", "art6_3": {"condition": "a", "reasoning": "narrow procedural task"}, "profiling_natural_persons": false, "annex_iii_point": "4(a)"},
	] {
		fixture.status(data.assize.ethics.ovr_04) == "not_applicable" with input as of(stated) with assize.reached as fixture.clock
	}
}

# A point written otherwise, a lighter class over it, or no compliance role.
test_applies_unless_ruled_out if {
	every stated in [
		{"risk_tier": "high_annex_iii", "annex_iii_point": "1"}, {"risk_tier": "high_annex_iii", "annex_iii_point": "1 (a)"},
		{"risk_tier": "minimal", "annex_iii_point": "1(a)"}, {"risk_tier": "high_annex_iii"},
	] {
		not rule.not_applicable with input as of(stated) with assize.reached as fixture.clock
	}
	not rule.not_applicable with input as fixture.marked(of({"risk_tier": "minimal"}), "system-profile", {"roles": ["developer"]}) with assize.reached as fixture.clock
}

test_unassessable_point_not_stated if {
	vague := of({"risk_tier": "high_annex_iii"})
	fixture.status(data.assize.ethics.ovr_04) == "unassessable" with input as vague with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "names its point of Annex III") with input as vague with assize.reached as fixture.clock
}
