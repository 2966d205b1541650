package assize.data.dq_01_test

import data.assize.data.dq_01 as rule
import data.assize.fixture

card := {
	"id": "german-credit",
	"version": "1.0.0",
	"digest": fixture.dataset,
	"size_bytes": 132882,
	"record_count": 1000,
	"modality": "tabular",
	"splits": [{"name": "train"}],
	"origin": [{"source": "a bank in southern Germany"}],
	"issuer": "steward",
	"license": "CC-BY-4.0",
	"allowed_purposes": ["credit scoring research"],
	"prohibited_purposes": [],
	"confidentiality": "public",
	"pii": "pseudonymous",
	"special_categories": [],
	"synthetic_share": 0,
	"known_biases": [{"description": "foreign workers are few"}],
	"limitations": ["data of 1973 to 1975"],
	"maintenance": {"owner": "steward", "retention_until": "2030-01-01T00:00:00Z"},
}

asked := fixture.about_dataset(fixture.question("train", {"dataset-card": [fixture.item("dataset-card", 2, card)]}))

passing := {"complete": {"input": asked, "params": {}}}

test_pass if {
	fixture.status(data.assize.data.dq_01) == "pass" with input as asked
}

test_pass_no_personal_data if {
	fixture.status(data.assize.data.dq_01) == "pass" with input as fixture.told(asked, "dataset-card", {"pii": "none"})
}

test_fail_each_field_left_out if {
	count([field |
		some field in object.keys(card)
		silent := fixture.untold(asked, "dataset-card", [field])
		fixture.status(data.assize.data.dq_01) == "fail" with input as silent
	]) == count(card)
}

test_fail_placeholders if {
	fillers := ["TBD", "[More Information Needed]", "n/a", "  ", "<license>", "{{ license }}", "todo: ask legal", "Unknown"]
	count([filler |
		some filler in fillers
		fixture.status(data.assize.data.dq_01) == "fail" with input as fixture.told(asked, "dataset-card", {"license": filler})
	]) == count(fillers)
}

test_fail_placeholder_in_a_list if {
	filler := fixture.told(asked, "dataset-card", {"limitations": ["data of 1973 to 1975", "TBD"]})
	fixture.status(data.assize.data.dq_01) == "fail" with input as filler
	fixture.says(rule.deny, "limitations") with input as filler
}

test_fail_no_records if {
	fixture.status(data.assize.data.dq_01) == "fail" with input as fixture.told(asked, "dataset-card", {"record_count": 0})
}

# No card: the engine says missing; the rule itself does not pass.
test_nothing_does_not_pass if {
	not rule.pass with input as fixture.with_items(asked, "dataset-card", [])
}

test_unassessable_negative_share if {
	fixture.status(data.assize.data.dq_01) == "unassessable" with input as fixture.told(asked, "dataset-card", {"synthetic_share": -1})
}

test_fail_entry_of_a_list if {
	filler := fixture.told(asked, "dataset-card", {"prohibited_purposes": ["insurance", "TBD"]})
	fixture.status(data.assize.data.dq_01) == "fail" with input as filler
	fixture.says(rule.deny, "entry 1 of prohibited_purposes is a placeholder") with input as filler
}

test_fail_kept_for_ever if {
	silent := fixture.told(fixture.untold(asked, "dataset-card", ["maintenance"]), "dataset-card", {"maintenance": {"owner": "steward"}})
	fixture.status(data.assize.data.dq_01) == "fail" with input as silent
	fixture.says(rule.deny, "until when the dataset is kept") with input as silent
}
