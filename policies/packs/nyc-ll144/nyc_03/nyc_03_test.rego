package assize.nyc_ll144.nyc_03_test

import data.assize.fixture
import data.assize.nyc_ll144.nyc_03 as rule

params := {"nyc_publication_days": 184}

asked := fixture.question("deploy", {
	"system-profile": [fixture.item("system-profile", 1, {"jurisdictions": ["US-NY"], "aedt": true})],
	"bias-audit": [fixture.item("bias-audit", 10, {
		"summary_url": "https://jobs.example/bias-audit", "published_at": "2025-01-10T00:00:00Z",
		"aedt_distribution_date": "2025-02-01T00:00:00Z",
	})],
})

passing := {"published": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.nyc_ll144.nyc_03) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

audited(patch) := fixture.told(asked, "bias-audit", patch)

test_pass if judged(asked) == "pass"

test_fail_each_member if {
	denied(audited({"summary_url": "on request"}), "no public address")
	denied(fixture.untold(asked, "bias-audit", ["summary_url"]), "no public address")
	denied(fixture.untold(asked, "bias-audit", ["published_at"]), "published_at does not say")
	denied(audited({"published_at": "2025-07-01T00:00:00Z"}), "was to be published on 2025-07-01")
	denied(fixture.untold(asked, "bias-audit", ["aedt_distribution_date"]), "aedt_distribution_date does not say")
	denied(audited({"published_at": "2025-02-02T00:00:00Z"}), "after the tool was first used on 2025-02-01")
}

# To announce a publication is not to publish: the day came, and nobody said since that
# it was done.
test_fail_promise if {
	denied(audited({"published_at": "2025-01-11T00:00:00Z"}), "was to be published on 2025-01-11, after this was signed on 2025-01-10")
}

test_kept_public if {
	judged(audited({"published_until": "2026-01-01T00:00:00Z"})) == "pass"
	denied(audited({"published_until": "2025-12-01T00:00:00Z"}), "until 2025-05-31 at the latest")
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"aedt": false})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["EU"]})) == "not_applicable"
}

test_unassessable if judged(fixture.untold(asked, "system-profile", ["aedt"])) == "unassessable"
