package policy_test

import "testing"

// If this fails, a rule that misspells a path of a format of others compiles, and
// finds nothing for ever; or one that reads what some version has does not.
func TestOutsideFormatsAreTypeChecked(t *testing.T) {
	for typ, paths := range map[string][2]string{
		"slsa-provenance": {"buildDefinition.resolvedDependencies[_].digest.sha256", "buildDefinition.resolvedDependency[_].digest.sha256"},
		"vsa":             {"verificationResult", "verificationresult"},
		"svr":             {"properties[_]", "property[_]"},
		"scai":            {"attributes[_].evidence.digest.sha256", "attributes[_].proof"},
		"test-result":     {"failedTests[_]", "failed[_]"},
		"vulns":           {"scanner.result[_].severity[_].score", "scanner.results[_]"},
		"release":         {"purl", "url"},
		"reference":       {"references[_].mediaType", "references[_].mediatype"},
		"link":            {"name", "step"},
		"cyclonedx":       {"metadata.component.modelCard.quantitativeAnalysis.performanceMetrics[_].value", "metadata.component.modelcard"},
		"spdx":            {`["@graph"][_].ai_safetyRiskAssessment`, `["@graph"][_].ai_safetyRisk`},
	} {
		read := func(path string) string {
			if path[0] != '[' {
				path = "." + path
			}
			return rule("TST-01", "requires: ["+typ+"]", `pass if input.evidence["`+typ+`"][_].predicate`+path+` == "x"`)
		}
		if _, err := tryLoad(read(paths[0])); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
		refused(t, "undefined ref", read(paths[1]))
	}
	// What only an older version has.
	for _, path := range []string{"materials[_].uri", "buildType", "metadata.buildFinishedOn"} {
		if _, err := tryLoad(rule("TST-01", "requires: [slsa-provenance]", `pass if input.evidence["slsa-provenance"][_].predicate.`+path+` == "x"`)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
