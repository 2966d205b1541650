package assize.eu_ai_act.reg_20_test

import data.assize.eu_ai_act.reg_20 as rule
import data.assize.fixture

policy := fixture.item("org-evidence", 4, {
	"topic": "copyright_policy", "document": {"digest": fixture.other}, "owner": "legal", "valid_until": "2026-12-31T00:00:00Z",
})

summary := fixture.item("org-evidence", 5, {
	"topic": "training_summary", "document": {"uri": "https://model.example/summary"}, "owner": "legal", "public": true,
	"models": [fixture.model], "valid_until": "2026-12-31T00:00:00Z",
})

asked := object.union(
	fixture.question("release", {
		"system-profile": [fixture.item("system-profile", 1, {"risk_tier": "gpai"})],
		"org-evidence": [summary, policy],
	}),
	{"now": "2025-10-01T00:00:00Z"},
)

passing := {"published": {"input": asked, "params": {}}}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_20) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

summarised(patch) := fixture.told(asked, "org-evidence", patch)

test_pass if judged(asked) == "pass"

test_fail_policy if {
	denied(fixture.with_items(asked, "org-evidence", [summary]), "a copyright policy (topic copyright_policy), which AI Act Art 53(1)(c)")
	denied(object.union(asked, {"now": "2026-12-31T00:00:00Z"}), "(copyright_policy): it ended on 2026-12-31")
}

test_fail_summary if {
	denied(fixture.with_items(asked, "org-evidence", [policy]), "names model scorer")
	denied(summarised({"models": [fixture.other]}), "names model scorer")
	denied(fixture.untold(asked, "org-evidence", ["models"]), "names model scorer")
	denied(summarised({"public": false}), "not public")
	denied(summarised({"document": {"uri": "internal drive"}}), "not public")
	denied(summarised({"owner": "TBD"}), "(training_summary): nobody is named")
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"

test_unassessable_class if judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"

# Models on the market before 2 August 2025 have until 2 August 2027.
test_date_of_older_models if {
	rule.applies_from == "2027-08-02" with input as fixture.told(asked, "system-profile", {"eu_market_date": "2025-08-01T00:00:00Z"})
	not rule.applies_from with input as fixture.told(asked, "system-profile", {"eu_market_date": "2025-08-02T00:00:00Z"})
}

test_not_applicable_abroad if judged(fixture.told(asked, "system-profile", {"jurisdictions": ["US"]})) == "not_applicable"
