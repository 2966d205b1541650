package assize.eu_ai_act.reg_09_test

import data.assize.eu_ai_act.reg_09 as rule
import data.assize.fixture

params := {"security_attacks": ["adversarial", "poison"], "vulnerability_critical_score": 9, "vulnerability_scan_max_days": 30}

plan := fixture.item("eval-plan", 4, {
	"dataset": fixture.dataset, "split": "test",
	"metrics": [
		{"name": "adversarial_accuracy", "category": "security", "comparator": ">=", "threshold": 0.6},
		{"name": "error_rate", "category": "security", "comparator": "<=", "threshold": 0.4, "rationale": "after poisoning one record in a hundred"},
	],
})

result(metrics) := fixture.item("eval-result", 7, {"category": "security", "plan": plan.id, "dataset": fixture.dataset, "split": "test", "metrics": metrics})

robust := {"name": "adversarial_accuracy", "value": 0.7, "n": 300, "ci_low": 0.63, "ci_high": 0.76, "ci_level": 0.95}

poisoned := {"name": "error_rate", "value": 0.3, "n": 300}

scan(index, results) := fixture.item("vulns", index, {
	"scanner": {"uri": "pkg:generic/scanner", "result": results},
	"metadata": {"scanFinishedOn": "2025-05-20T00:00:00Z"},
})

asked := fixture.question("deploy", {
	"eval-plan": [plan],
	"eval-result": [result([robust, poisoned])],
	"vulns": [object.union(scan(145, []), {"proven": "2025-05-25T00:00:00.000000Z", "claimed": "2025-05-25T00:00:00.000000Z"})],
})

passing := {"attacked and scanned": {"input": asked, "params": params}}

scanned(results) := fixture.restated(asked, "vulns", object.union(
	asked.evidence.vulns[0].predicate,
	{"scanner": {"uri": "pkg:generic/scanner", "result": results}},
))

measured(metrics) := fixture.with_items(asked, "eval-result", [result(metrics)])

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_09) == "pass" with input as asked with assize.reached as fixture.clock with data.params as params
	every found in [
		{"id": "CVE-1", "severity": [{"method": "CVSSv3", "score": "8.9"}]},
		{"id": "CVE-1", "severity": {"method": "distro", "score": "High"}},
	] {
		fixture.status(data.assize.eu_ai_act.reg_09) == "pass" with input as scanned([found]) with assize.reached as fixture.clock with data.params as params
	}
}

test_fail_critical if {
	every found in [
		{"id": "CVE-1", "severity": [{"method": "CVSSv3", "score": "9.8"}]},
		{"id": "CVE-1", "severity": [{"method": "nvd", "score": "3.0"}, {"method": "ghsa", "score": "critical"}]},
		{"id": "CVE-1", "severity": {"score": "10"}},
	] {
		fixture.status(data.assize.eu_ai_act.reg_09) == "fail" with input as scanned([found]) with assize.reached as fixture.clock with data.params as params
	}
	fixture.says(rule.deny, "CVE-9 has a critical rating") with input as scanned([{"id": "CVE-9", "severity": [{"score": "9.1"}]}]) with assize.reached as fixture.clock with data.params as params
}

# The newest scan of a scanner stands for it; another scanner's finding stays.
test_scanners if {
	bad := [{"id": "CVE-1", "severity": [{"score": "9.8"}]}]
	mended := fixture.with_items(asked, "vulns", [asked.evidence.vulns[0], scan(140, bad)])
	fixture.status(data.assize.eu_ai_act.reg_09) == "pass" with input as mended with assize.reached as fixture.clock with data.params as params
	other := object.union(scan(140, bad), {"predicate": {"scanner": {"uri": "pkg:generic/other"}}})
	fixture.status(data.assize.eu_ai_act.reg_09) == "fail" with input as fixture.with_items(asked, "vulns", [asked.evidence.vulns[0], other]) with assize.reached as fixture.clock with data.params as params
}

test_fail_stale_scan if {
	late := object.union(asked, {"now": "2025-06-19T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_09) == "fail" with input as late with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "a scan holds for 30 days") with input as late with assize.reached as fixture.clock with data.params as params
}

test_fail_attack_succeeds if {
	weak := measured([object.union(robust, {"value": 0.5, "ci_low": 0.4}), poisoned])
	fixture.status(data.assize.eu_ai_act.reg_09) == "fail" with input as weak with assize.reached as fixture.clock with data.params as params
	some finding in rule.deny with input as weak with assize.reached as fixture.clock with data.params as params
	finding.value == 0.5
	finding.bound == 0.6
}

test_fail_not_planned_or_not_measured if {
	alone := fixture.told(asked, "eval-plan", {"metrics": [plan.predicate.metrics[0]]})
	fixture.status(data.assize.eu_ai_act.reg_09) == "fail" with input as alone with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "is about poison") with input as alone with assize.reached as fixture.clock with data.params as params
	fixture.status(data.assize.eu_ai_act.reg_09) == "fail" with input as measured([robust]) with assize.reached as fixture.clock with data.params as params
}

test_fail_plan_after_the_result if {
	afterwards := fixture.marked(asked, "eval-plan", {"index": 9})
	fixture.status(data.assize.eu_ai_act.reg_09) == "fail" with input as afterwards with assize.reached as fixture.clock with data.params as params
}

test_unassessable if {
	every metrics in [
		[object.union(robust, {"value": 0.61, "ci_low": 0.55, "ci_high": 0.66}), poisoned],
		[object.remove(robust, ["ci_level"]), poisoned],
	] {
		fixture.status(data.assize.eu_ai_act.reg_09) == "unassessable" with input as measured(metrics) with assize.reached as fixture.clock with data.params as params
	}
	vector := scanned([{"id": "CVE-1", "severity": [{"score": "CVSS:3.1/AV:N/AC:L"}]}])
	fixture.status(data.assize.eu_ai_act.reg_09) == "unassessable" with input as vector with assize.reached as fixture.clock with data.params as params
	unnamed := fixture.restated(asked, "vulns", {"scanner": {"result": []}, "metadata": {"scanFinishedOn": "2025-05-20T00:00:00Z"}})
	fixture.status(data.assize.eu_ai_act.reg_09) == "unassessable" with input as unnamed with assize.reached as fixture.clock with data.params as params
	tighter := fixture.item("eval-plan", 3, {"dataset": fixture.dataset, "split": "test", "metrics": [object.union(plan.predicate.metrics[0], {"category": "security", "threshold": 0.9})]})
	two := fixture.with_items(measured([robust, poisoned]), "eval-plan", [plan, tighter])
	both := fixture.with_items(two, "eval-result", [result([robust, poisoned]), object.union(result([object.union(robust, {"value": 0.95, "ci_low": 0.92, "ci_high": 0.98})]), {"predicate": {"plan": tighter.id}})])
	fixture.status(data.assize.eu_ai_act.reg_09) == "unassessable" with input as both with assize.reached as fixture.clock with data.params as params
}
