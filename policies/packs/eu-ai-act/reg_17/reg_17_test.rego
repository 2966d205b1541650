package assize.eu_ai_act.reg_17_test

import data.assize.eu_ai_act.reg_17 as rule
import data.assize.fixture

params := {"incident_report_days": 15, "incident_report_days_death": 10, "incident_report_days_widespread": 2}

incident := {
	"id": "INC-7", "category": "fundamental_rights", "widespread": false, "status": "open",
	"aware_at": "2028-01-10T00:00:00Z", "reports": [{"authority": "market surveillance", "sent_at": "2028-01-25T00:00:00Z"}],
}

# Index 1106 is 2028-01-11.
happened(patch) := object.union(fixture.item("incident", 1106, object.union(incident, patch)), {"proven": "2028-01-31T00:00:00.000000Z"})

asked := object.union(
	fixture.question("continue", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "credit of natural persons", "risk_tier": "high_annex_iii"})],
		"incident": [happened({})],
	}),
	{"now": "2028-02-01T00:00:00Z"},
)

with_incident(patch) := fixture.with_items(asked, "incident", [happened(patch)])

ago := {"claimed": "2028-01-10T00:00:00.000000Z", "proven": "2028-01-31T00:00:00.000000Z"}

bare := fixture.with_items(asked, "incident", [object.union(
	object.union(object.remove(happened({}), ["predicate"]), ago),
	{"predicate": object.remove(happened({}).predicate, ["status", "id"])},
)])

passing := {"reported": {"input": bare, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_17) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

warned(doc, words) if {
	judged(doc) == "pass"
	fixture.says(rule.warn, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_pass_on_the_last_day if judged(asked) == "pass"

# 15 days, 10 if a person died, 2 if widespread or critical infrastructure.
test_days_to_report if {
	every patch, most in {
		{"category": "fundamental_rights"}: 15, {"category": "property_or_environment"}: 15,
		{"category": "death_or_health", "death": false}: 15, {"category": "death_or_health", "death": true}: 10,
		{"category": "death_or_health"}: 10, {"category": "critical_infrastructure"}: 2, {"widespread": true}: 2,
		{"category": "death_or_health", "death": true, "widespread": true}: 2,
	} {
		day := assize.plus_days("2028-01-10T00:00:00Z", most)
		judged(with_incident(object.union(patch, {"reports": [{"authority": "msa", "sent_at": day}]}))) == "pass"
		late := assize.plus_seconds(day, 1)
		denied(with_incident(object.union(patch, {"reports": [{"authority": "msa", "sent_at": late}]})), sprintf("%d days after it was known on 2028-01-10", [most]))
	}
}

# What the incident does not say counts for the shorter time.
test_silence_counts_for_the_shorter_time if {
	silent := fixture.untold(asked, "incident", ["widespread"])
	denied(silent, "2 days after it was known")
}

test_fail_unreported if {
	denied(with_incident({"reports": []}), "due within 15 days, on 2028-01-25")
	denied(fixture.untold(asked, "incident", ["reports"]), "has not been reported")
	denied(with_incident({"reports": [{"authority": "TBD", "sent_at": "2028-01-11T00:00:00Z"}]}), "has not been reported")
	denied(with_incident({"reports": [{"authority": "msa"}]}), "has not been reported")
	denied(with_incident({"reports": [{"authority": "msa", "sent_at": "2028-03-01T00:00:00Z"}]}), "has not been reported")
	denied(with_incident({"reports": [], "status": "closed"}), "has not been reported")
}

test_warn_not_yet_due if warned(object.union(with_incident({"reports": []}), {"now": "2028-01-20T00:00:00Z"}), "must be reported until 2028-01-25")

test_late_report if {
	late := {"reports": [{"authority": "msa", "sent_at": "2028-01-26T00:00:00Z"}]}
	denied(with_incident(late), "was reported on 2028-01-26, after 2028-01-25")
	warned(with_incident(object.union(late, {"status": "closed"})), "was reported on 2028-01-26, after 2028-01-25")
}

# A later word cannot move the day the incident was known past when it was told.
test_known_when_it_was_told if {
	moved := fixture.marked(with_incident({"aware_at": "2028-01-30T00:00:00Z", "reports": []}), "incident", {})
	denied(moved, "known since 2028-01-11")
}

# What killed or spread is not internal.
test_internal_in_name_only if {
	every patch in [{"death": true}, {"widespread": true}] {
		denied(with_incident(object.union({"category": "internal", "reports": []}, patch)), "has not been reported")
	}
}

test_fail_not_stated if {
	denied(fixture.untold(asked, "incident", ["category"]), "does not state category")
	denied(fixture.untold(asked, "incident", ["aware_at"]), "does not state aware_at")
}

test_not_applicable if {
	judged(fixture.with_items(asked, "incident", [])) == "not_applicable"
	judged(with_incident({"category": "internal"})) == "not_applicable"
	judged(with_incident({"aware_at": "2027-12-01T23:59:59Z", "reports": []})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"
}

# Products of Annex I are bound from 2 August 2028.
test_date_of_annex_i if {
	product := fixture.told(with_incident({"reports": []}), "system-profile", {"risk_tier": "high_annex_i"})
	rule.applies_from == "2028-08-02" with input as product
	judged(object.union(product, {"now": "2028-09-01T00:00:00Z"})) == "not_applicable"
	young := fixture.with_items(product, "incident", [object.union(happened({"aware_at": "2028-08-02T00:00:00Z", "reports": []}), {"claimed": "2028-08-02T12:00:00Z", "proven": "2028-08-02T12:00:00Z"})])
	judged(object.union(young, {"now": "2028-09-01T00:00:00Z"})) == "fail"
}

test_unassessable_class if judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"

# An incident that can no longer be believed is not none.
test_unassessable_lost_incident if {
	lost := object.union(fixture.with_items(asked, "incident", []), {"withheld": {"incident": [{"index": 1106, "state": "untrusted"}]}})
	judged(lost) == "unassessable"
	fixture.says(rule.not_assessable, "no longer counts") with input as lost with assize.reached as fixture.clock with data.params as params
	misplaced := object.union(fixture.with_items(asked, "incident", []), {"withheld": {"incident": [{"index": 1106, "state": "misplaced"}]}})
	judged(misplaced) == "not_applicable"
}

# A report said to go out after the statement came into the ledger was promised, one
# that went out before anything happened was about something else, and nobody was
# aware of what happened later.
test_reports_of_other_times if {
	denied(fixture.marked(asked, "incident", {"proven": "2028-01-20T00:00:00.000000Z"}), "has not been reported")
	denied(with_incident({"occurred_at": "2028-01-09T00:00:00Z", "reports": [{"authority": "msa", "sent_at": "2028-01-08T00:00:00Z"}]}), "has not been reported")
	denied(with_incident({"occurred_at": "2028-01-09T00:00:00Z", "aware_at": "2027-11-30T00:00:00Z", "reports": []}), "has not been reported")
	judged(with_incident({"occurred_at": "2028-01-09T00:00:00Z"})) == "pass"
}
