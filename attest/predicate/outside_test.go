package predicate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// outsideExamples are statements as the tools of others write them, by predicate type.
var outsideExamples = map[string]string{
	"https://slsa.dev/provenance/v1": `{"buildDefinition": {"buildType": "https://bank.example/train/v1", "externalParameters": {}, "resolvedDependencies": [
		{"uri": "git+https://github.com/bank/scorer", "digest": {"gitCommit": "4d329c75e7ec1725f7c9ce917a8799d408d06be3"}},
		{"name": "train.csv", "digest": {"sha256": "` + hexOf("train") + `"}, "annotations": {"role": "training"}},
		{"name": "test.csv", "digest": {"sha256": "` + hexOf("test") + `"}, "annotations": {"assize.dev/role": "test"}},
		{"name": "weak.csv", "digest": {"md5": "00"}, "annotations": {"role": "training"}},
		{"uri": "pkg:huggingface/distilbert-base-uncased@043235d6", "digest": {"sha256": "` + hexOf("base") + `"}}]},
		"runDetails": {"builder": {"id": "https://bank.example/builder"}, "metadata": {"startedOn": "2025-05-01T10:00:00Z", "finishedOn": "2025-05-01T11:00:00+00:00"}, "byproducts": null}}`,
	"https://slsa.dev/provenance/v0.2": `{"builder": {"id": "https://bank.example/builder"}, "buildType": "x", "invocation": {"configSource": {"uri": "git+x", "digest": {"sha1": "aa"}}, "parameters": null, "environment": {"a": 1}},
		"metadata": {"buildFinishedOn": "2025-05-01T11:00:00Z", "completeness": {"parameters": true}, "reproducible": false},
		"materials": [{"uri": "https://huggingface.co/datasets/bank/credit", "digest": {"sha256": "` + hexOf("train") + `"}}, {"uri": "git+https://x", "digest": {"sha1": "bb"}}]}`,
	"https://slsa.dev/provenance/v0.1":                          `{"builder": {"id": "x"}, "recipe": {"type": "y", "definedInMaterial": 0}, "materials": []}`,
	"https://slsa.dev/verification_summary/v1":                  `{"verifier": {"id": "x"}, "timeVerified": "2025-05-01T11:00:00Z", "resourceUri": "x", "policy": {"uri": "p"}, "verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_3"]}`,
	"https://slsa.dev/verification_summary/v0.2":                `{"verifier": {"id": "x"}, "time_verified": "2025-05-01T11:00:00Z", "policy": {"uri": "p"}, "verification_result": "FAILED", "policy_level": "SLSA_LEVEL_0"}`,
	"https://in-toto.io/attestation/svr/v0.2":                   `{"verifier": {"id": "x", "policies": [{"uri": "p", "digest": {"sha256": "aa"}}]}, "timeCreated": "2025-05-01T11:00:00Z", "properties": ["BANK_CHECKED"]}`,
	"https://in-toto.io/attestation/svr/v0.1":                   `{"verifier": {"id": "x"}, "timeCreated": "2025-05-01T11:00:00Z", "properties": []}`,
	"https://in-toto.io/attestation/scai/v0.3":                  `{"attributes": [{"attribute": "VALID_ENCLAVE", "target": {"name": "e", "digest": {"sha256": "aa"}}, "conditions": {"x": 1}, "evidence": {"uri": "u"}}], "producer": {"uri": "p"}}`,
	"https://in-toto.io/attestation/scai/attribute-report/v0.2": `{"attributes": []}`,
	"https://in-toto.io/attestation/test-result/v0.1":           `{"result": "WARNED", "configuration": [{"name": "ci.yml"}], "url": "https://x", "passedTests": ["a"], "warnedTests": ["b"], "failedTests": []}`,
	"https://in-toto.io/attestation/vulns/v0.2": `{"scanner": {"uri": "pkg:github/aquasecurity/trivy", "version": "0.19.2", "db": {"lastUpdate": "2025-05-01T09:00:00Z"},
		"result": [{"id": "CVE-123", "severity": [{"method": "nvd", "score": "medium"}, {"method": "cvss_score", "score": "5.2"}]}]}, "metadata": {"scanStartedOn": "2025-05-01T10:00:00Z", "scanFinishedOn": "2025-05-01T11:00:00Z"}}`,
	"https://in-toto.io/attestation/vulns/v0.1":     `{"invocation": {"uri": "x"}, "scanner": {"uri": "x", "result": [{"vulnerability": {"id": "GHSA-1", "severity": []}}]}, "metadata": {"scanFinishedOn": "2025-05-01T11:00:00Z"}}`,
	"https://in-toto.io/attestation/release/v0.1":   `{"purl": "pkg:pypi/scorer@1.0", "packageId": "1"}`,
	"https://in-toto.io/attestation/reference/v0.1": `{"attester": {"id": "x"}, "references": [{"downloadLocation": "https://x/dpia.pdf", "mediaType": "application/pdf", "digest": {"sha256": "aa"}}]}`,
	"https://in-toto.io/attestation/link/v0.3": `{"name": "train", "command": ["python", "train.py"], "materials": [
		{"name": "train.py", "digest": {"sha256": "` + hexOf("code") + `"}}, {"name": "train.csv", "digest": {"sha256": "` + hexOf("train") + `"}, "annotations": {"role": "training"}}], "byproducts": {}}`,
	"https://in-toto.io/Link/v1": `{"name": "train", "materials": {"train.py": {"sha256": "aa"}}}`,
	"https://cyclonedx.org/bom":  mlBOM("1.7"), "https://cyclonedx.org/bom/v1.4": `{"bomFormat": "CycloneDX", "specVersion": "1.4", "components": [{"type": "library", "name": "numpy"}], "metadata": {"tools": [{"name": "syft"}]}}`,
	"https://cyclonedx.org/bom/v1.5": mlBOM("1.5"), "https://cyclonedx.org/bom/v1.6": mlBOM("1.6"), "https://cyclonedx.org/bom/v1.7": mlBOM("1.7"),
	"https://spdx.dev/Document": spdx2("SPDX-2.3"), "https://spdx.dev/Document/v2.2": spdx2("SPDX-2.2"), "https://spdx.dev/Document/v2.3": spdx2("SPDX-2.3"),
	"https://spdx.dev/Document/v3": `{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
		{"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2025-05-01T11:00:00Z", "createdBy": ["https://x/anna"]},
		{"type": "ai_AIPackage", "spdxId": "https://x/model", "creationInfo": "_:c", "name": "scorer", "ai_metric": [{"type": "DictionaryEntry", "key": "auc", "value": "0.91"}], "ai_safetyRiskAssessment": "high"},
		{"type": "dataset_DatasetPackage", "spdxId": "https://x/data", "name": "train", "dataset_datasetSize": 1000, "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "` + hexOf("train") + `"}]},
		{"type": "dataset_DatasetPackage", "spdxId": "https://x/test", "name": "test", "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "` + hexOf("test") + `"}]},
		{"type": "ai_AIPackage", "spdxId": "https://x/base", "name": "base", "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "` + hexOf("base") + `"}]},
		{"type": "Relationship", "spdxId": "https://x/r1", "from": "https://x/base", "to": ["https://x/data", "https://x/gone"], "relationshipType": "trainedOn"},
		{"type": "Relationship", "spdxId": "https://x/r2", "from": "https://x/base", "to": ["https://x/test"], "relationshipType": "testedOn"}]}`,
}

func mlBOM(version string) string {
	return `{"bomFormat": "CycloneDX", "specVersion": "` + version + `", "version": 1, "metadata": {"timestamp": "2025-05-01T11:00:00Z",
		"component": {"type": "machine-learning-model", "name": "scorer", "bom-ref": "m", "modelCard": {
			"modelParameters": {"datasets": [{"ref": "d"}, {"type": "dataset", "name": "inline"}]},
			"quantitativeAnalysis": {"performanceMetrics": [{"type": "auc", "value": "0.91"}]}},
		"pedigree": {"ancestors": [{"type": "machine-learning-model", "name": "base", "hashes": [{"alg": "SHA-256", "content": "` + hexOf("base") + `"}]}]}}},
		"components": [{"type": "data", "name": "train", "bom-ref": "d", "hashes": [{"alg": "MD5", "content": "b6a0f7e6d1f1a0f7e6d1f1a0f7e6d1f1"}, {"alg": "SHA-256", "content": "` + hexOf("train") + `"}]},
			{"type": "library", "name": "numpy", "bom-ref": "n", "hashes": [{"alg": "SHA-256", "content": "` + hexOf("numpy") + `"}]}]}`
}

func spdx2(version string) string {
	return `{"spdxVersion": "` + version + `", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "x", "documentNamespace": "https://x", "creationInfo": {"created": "2025-05-01T11:00:00Z", "creators": ["Tool: syft"]},
		"packages": [{"SPDXID": "SPDXRef-1", "name": "numpy", "downloadLocation": "NOASSERTION", "checksums": [{"algorithm": "SHA1", "checksumValue": "aa"}]}], "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-1", "relationshipType": "DESCRIBES"}]}`
}

func hexOf(name string) string { return strings.TrimPrefix(string(attest.RefOf(name)), "sha256:") }

func outsideStatement(t testing.TB, uri, predicate string) *attest.Statement {
	t.Helper()
	b := fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": "scorer", "digest": {"sha256": %q}}], "predicateType": %q, "predicate": %s}`, hexOf("model"), uri, predicate)
	st, err := attest.ParseStatement([]byte(b))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// If this fails, evidence that other tools sign is not taken as they write it, or
// what a thing was made from is lost, or made up.
func TestOutsideForms(t *testing.T) {
	at := time.Date(2025, 5, 1, 11, 0, 0, 0, time.UTC)
	model, train, test, base := attest.RefOf("model"), attest.RefOf("train"), attest.RefOf("test"), attest.RefOf("base")
	edge := func(child, parent attest.Ref, relation, role, kind string) predicate.Edge {
		return predicate.Edge{Child: child, Parent: parent, Relation: relation, Role: role, ParentKind: kind}
	}
	bill := []predicate.Edge{edge(model, train, predicate.TrainedOn, "dataset", "dataset"), edge(model, base, predicate.FineTunedFrom, "", "model")}
	edges := map[string][]predicate.Edge{
		"https://slsa.dev/provenance/v1": {
			edge(model, train, predicate.TrainedOn, "training", "dataset"), edge(model, test, predicate.EvaluatedOn, "test", "dataset"), edge(model, base, predicate.FineTunedFrom, "", "model")},
		"https://slsa.dev/provenance/v0.2":         {edge(model, train, predicate.TrainedOn, "training", "dataset")},
		"https://in-toto.io/attestation/link/v0.3": {edge(model, train, predicate.TrainedOn, "training", "dataset")},
		"https://cyclonedx.org/bom":                bill, "https://cyclonedx.org/bom/v1.5": bill, "https://cyclonedx.org/bom/v1.6": bill, "https://cyclonedx.org/bom/v1.7": bill,
		"https://spdx.dev/Document/v3": {edge(base, train, predicate.TrainedOn, "training", "dataset"), edge(base, test, predicate.EvaluatedOn, "test", "dataset")},
	}
	for uri := range predicate.OutsideSchemas() {
		text, ok := outsideExamples[uri]
		if !ok {
			t.Errorf("no example of %s", uri)
			continue
		}
		f, err := predicate.Read(outsideStatement(t, uri, text))
		if err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		if diff := cmp.Diff(edges[uri], f.Edges); diff != "" {
			t.Errorf("%s, edges (-want +got):\n%s", uri, diff)
		}
		if said := strings.Contains(text, "11:00:00"); said != f.StatedAt.Equal(at) || !said != f.StatedAt.IsZero() {
			t.Errorf("%s: claims %s", uri, f.StatedAt)
		}
		if f.Type.Own || f.Type.Home != predicate.HomeArtefact || f.Systems != nil {
			t.Errorf("%s: %+v", uri, f)
		}
	}
	for uri := range outsideExamples {
		if _, ok := predicate.OutsideSchemas()[uri]; !ok || attest.ShortName(uri) == "" {
			t.Errorf("%s is not known", uri)
		}
	}
}

// If this fails, a malformed statement is taken, or refused without saying where.
func TestOutsideFaults(t *testing.T) {
	for _, tc := range []struct{ uri, predicate, path string }{
		{"https://slsa.dev/provenance/v1", `{"buildDefinition": {"buildType": 1}, "runDetails": {"builder": {"id": "x"}}}`, "$.predicate.buildDefinition.buildType"},
		{"https://slsa.dev/provenance/v1", `{"buildDefinition": {"buildType": "x"}, "runDetails": {"builder": {}}}`, "$.predicate.runDetails.builder.id"},
		{"https://slsa.dev/provenance/v1", `{"buildDefinition": {"buildType": "x", "resolvedDependencies": [{"digest": {"sha256": 1}}]}, "runDetails": {"builder": {"id": "x"}}}`, "$.predicate.buildDefinition.resolvedDependencies[0].digest.sha256"},
		{"https://slsa.dev/provenance/v1", `{"buildDefinition": {"buildType": "x"}, "runDetails": {"builder": {"id": "x"}, "metadata": {"startedOn": "2025-05-01T11:00:00Z", "finishedOn": "2025-05-01T10:00:00Z"}}}`, "$.predicate.runDetails.metadata.finishedOn"},
		{"https://slsa.dev/provenance/v0.2", `{"builder": {"id": "x"}}`, "$.predicate.buildType"},
		{"https://slsa.dev/verification_summary/v1", `{"verifier": {"id": "x"}, "verificationResult": "MAYBE"}`, "$.predicate.verificationResult"},
		{"https://in-toto.io/attestation/svr/v0.2", `{"verifier": {"id": "x"}, "timeCreated": "yesterday", "properties": []}`, "$.predicate.timeCreated"},
		{"https://in-toto.io/attestation/scai/v0.3", `{"attributes": [{}]}`, "$.predicate.attributes[0].attribute"},
		{"https://in-toto.io/attestation/test-result/v0.1", `{"result": "PASSED", "failedTests": ["a"]}`, "$.predicate.result"},
		{"https://in-toto.io/attestation/test-result/v0.1", `{"result": "WARNED", "passedTests": ["a"], "warnedTests": ["a"]}`, "$.predicate.warnedTests[0]"},
		{"https://in-toto.io/attestation/vulns/v0.2", `{"scanner": {"uri": "x", "result": [{"severity": []}]}, "metadata": {"scanFinishedOn": "2025-05-01T11:00:00Z"}}`, "$.predicate.scanner.result[0].id"},
		{"https://in-toto.io/attestation/vulns/v0.2", `{"scanner": {"uri": "x", "result": null}, "metadata": {"scanFinishedOn": "2025-05-01T11:00:00Z"}}`, "$.predicate.scanner.result"},
		{"https://in-toto.io/attestation/vulns/v0.1", `{"scanner": {"uri": "x", "result": []}, "metadata": {"scanStartedOn": "2025-05-01T12:00:00Z", "scanFinishedOn": "2025-05-01T11:00:00Z"}}`, "$.predicate.metadata.scanFinishedOn"},
		{"https://in-toto.io/attestation/release/v0.1", `{"purl": "scorer"}`, "$.predicate.purl"},
		{"https://in-toto.io/attestation/reference/v0.1", `{"attester": {"id": "x"}, "references": {}}`, "$.predicate.references"},
		{"https://in-toto.io/attestation/link/v0.3", `{"name": "x", "command": "make"}`, "$.predicate.command"},
		{"https://cyclonedx.org/bom", `{"bomFormat": "CycloneDX", "specVersion": "1.3"}`, "$.predicate.specVersion"},
		{"https://cyclonedx.org/bom/v1.5", `{"bomFormat": "CycloneDX", "specVersion": "1.6"}`, "$.predicate.specVersion"},
		{"https://cyclonedx.org/bom", `{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "data"}]}`, "$.predicate.components[0].name"},
		{"https://cyclonedx.org/bom", `{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "machine-learning-model", "name": "x", "modelCard": {"quantitativeAnalysis": {"performanceMetrics": [{"value": 0.9}]}}}]}`, "$.predicate.components[0].modelCard.quantitativeAnalysis.performanceMetrics[0].value"},
		{"https://spdx.dev/Document/v2.3", `{"spdxVersion": "SPDX-2.2"}`, "$.predicate.spdxVersion"},
		{"https://spdx.dev/Document/v3", `{"@context": "x", "@graph": [{"name": "x"}]}`, "$.predicate.@graph[0].type"},
	} {
		_, err := predicate.Read(outsideStatement(t, tc.uri, tc.predicate))
		var fault *predicate.Fault
		if !errors.As(err, &fault) || fault.Path != tc.path {
			t.Errorf("%s %s:\n%v\nwant the fault at %s", tc.uri, tc.predicate, err, tc.path)
		}
	}
	// Without a predicate there is nothing to read.
	for uri := range outsideExamples {
		st := outsideStatement(t, uri, "{}")
		st.Predicate = nil
		if _, err := predicate.Read(st); !errors.Is(err, predicate.ErrSchema) {
			t.Errorf("%s without predicate: %v", uri, err)
		}
	}
}

// If this fails, what a container carries or a dataset came from is not followed.
func TestOutsideEdgesOfContainersAndModels(t *testing.T) {
	container := `{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"type": "container", "name": "image"}}, "components": [
		{"type": "machine-learning-model", "name": "scorer", "hashes": [{"alg": "SHA-256", "content": "` + strings.ToUpper(hexOf("packed")) + `"}], "modelCard": {"modelParameters": {"datasets": [{"ref": "d"}, {"ref": "none"}]}}},
		{"type": "data", "name": "x", "bom-ref": "d", "hashes": [{"alg": "SHA-512", "content": "` + strings.Repeat("0a", 64) + `"}]}]}`
	f, err := predicate.Read(outsideStatement(t, "https://cyclonedx.org/bom", container))
	if err != nil {
		t.Fatal(err)
	}
	image, packed, data := attest.RefOf("model"), attest.RefOf("packed"), attest.Ref("sha512:"+strings.Repeat("0a", 64))
	want := []predicate.Edge{
		{Child: image, Parent: packed, Relation: predicate.PackagedAs, ParentKind: "model"},
		{Child: packed, Parent: data, Relation: predicate.TrainedOn, Role: "dataset", ParentKind: "dataset"},
	}
	if diff := cmp.Diff(want, f.Edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[attest.Ref]string{image: "image", packed: "model", data: "dataset"}, f.Kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	// The only model of a bill without a main component is the subject; of two it
	// cannot be told which.
	alone := `{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
		{"type": "machine-learning-model", "name": "scorer", "modelCard": {"modelParameters": {"datasets": [{"ref": "d"}]}}}%s,
		{"type": "data", "name": "x", "bom-ref": "d", "hashes": [{"alg": "SHA-256", "content": "` + hexOf("train") + `"}]}]}`
	for others, n := range map[string]int{"": 1, `, {"type": "machine-learning-model", "name": "other"}`: 0} {
		if f, err = predicate.Read(outsideStatement(t, "https://cyclonedx.org/bom", fmt.Sprintf(alone, others))); err != nil || len(f.Edges) != n {
			t.Errorf("with others %q: %d edges, %v; want %d", others, len(f.Edges), err, n)
		}
	}
}

// If this fails, more edges than a leaf has keys for are asserted.
func TestOutsideMaxEdges(t *testing.T) {
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"digest": {"sha256": %q}, "annotations": {"role": "training"}}`, hexOf(fmt.Sprint(i))))
		}
		return `{"buildDefinition": {"buildType": "x", "resolvedDependencies": [` + strings.Join(list, ",") + `]}, "runDetails": {"builder": {"id": "x"}}}`
	}
	if _, err := predicate.Read(outsideStatement(t, "https://slsa.dev/provenance/v1", many(predicate.MaxEdges))); err != nil {
		t.Error(err)
	}
	if _, err := predicate.Read(outsideStatement(t, "https://slsa.dev/provenance/v1", many(predicate.MaxEdges+1))); !errors.Is(err, predicate.ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
}

func outsideValidators(t testing.TB) map[string]*jsonschema.Schema {
	out := map[string]*jsonschema.Schema{}
	for uri, b := range predicate.OutsideSchemas() {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("file:///"+uri, doc); err != nil {
			t.Fatal(err)
		}
		if out[uri], err = c.Compile("file:///" + uri); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// If this fails, the schemas mean something else to a general validator, but for
// null, which stands for absent in what others write.
func TestForeignValidatorAgreesOnOutsideForms(t *testing.T) {
	for uri, v := range outsideValidators(t) {
		text := strings.ReplaceAll(strings.ReplaceAll(outsideExamples[uri], `, "byproducts": null`, ""), `"parameters": null, `, "")
		if err := v.Validate(map[string]any(outsideStatement(t, uri, text).Predicate)); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// If this fails, a rule cannot read what one version of a format has.
func TestUnionOfVersions(t *testing.T) {
	var s struct {
		Required   []string
		Properties map[string]json.RawMessage
	}
	if err := json.Unmarshal(predicate.Schema("slsa-provenance"), &s); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"buildDefinition", "runDetails", "builder", "materials", "recipe"} {
		if s.Properties[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	if len(s.Required) > 0 {
		t.Errorf("%v are required of every version", s.Required)
	}
}

// realdata names a folder of published cases.
func realdata(t *testing.T, variable, what string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set: %s", variable, what)
		}
		t.Skipf("%s is not set: %s", variable, what)
	}
	return dir
}

// If this fails, what GitHub's builders, npm and the CycloneDX standard publish is
// refused. The bills are held against the standard's own schema as well, and so are
// ours.
func TestPublishedCases(t *testing.T) {
	dir := realdata(t, "ASSIZE_REALDATA", "no published provenance to read")
	schemas := realdata(t, "ASSIZE_SCHEMAS", "no schema of CycloneDX")
	bills, err := filepath.Glob(filepath.Join(dir, "cyclonedx", "*.json"))
	if err != nil || len(bills) < 4 {
		t.Fatalf("%d bills, %v", len(bills), err)
	}
	standard := func(version string) *jsonschema.Schema {
		c := jsonschema.NewCompiler()
		for uri, file := range map[string]string{
			"http://cyclonedx.org/schema/bom-" + version + ".schema.json": "cyclonedx-bom-" + version,
			"http://cyclonedx.org/schema/spdx.schema.json":                "cyclonedx-spdx-licences",
			"http://cyclonedx.org/schema/jsf-0.82.schema.json":            "jsf-0.82",
		} {
			b, err := os.ReadFile(filepath.Join(schemas, file+".schema.json"))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.AddResource(uri, doc); err != nil {
				t.Fatal(err)
			}
		}
		// What 1.7 adds for algorithms has no part in these.
		if err := c.AddResource("http://cyclonedx.org/schema/cryptography-defs.schema.json", map[string]any{
			"definitions": map[string]any{"algorithmFamiliesEnum": map[string]any{}, "ellipticCurvesEnum": map[string]any{}}}); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile("http://cyclonedx.org/schema/bom-" + version + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	texts := map[string]string{"our 1.5": mlBOM("1.5"), "our 1.6": mlBOM("1.6"), "our 1.7": mlBOM("1.7")}
	for _, path := range bills {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(b)
	}
	byVersion := map[string]*jsonschema.Schema{}
	for name, text := range texts {
		st := outsideStatement(t, "https://cyclonedx.org/bom", text)
		if _, err := predicate.Read(st); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		version, _ := st.Predicate["specVersion"].(string)
		if byVersion[version] == nil {
			byVersion[version] = standard(version)
		}
		if err := byVersion[version].Validate(map[string]any(st.Predicate)); err != nil {
			t.Errorf("%s is not of the standard: %v", name, err)
		}
	}

	files, err := filepath.Glob(filepath.Join(dir, "slsa", "*"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	read := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, payload := range payloads(t, b) {
			st, err := attest.ParseStatement(payload)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			f, err := predicate.Read(st)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if f.Type.Short == "slsa-provenance" {
				read++
			}
			if len(f.Edges) > 0 {
				t.Errorf("%s: edges out of code: %+v", path, f.Edges)
			}
		}
	}
	if read != 4 {
		t.Errorf("read %d provenances, want 4", read)
	}
}

// payloads finds the payloads of all DSSE envelopes in a file.
func payloads(t *testing.T, b []byte) [][]byte {
	t.Helper()
	var doc any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if payload, ok := v["payload"].(string); ok {
				var p []byte
				if err := json.Unmarshal([]byte(`"`+payload+`"`), &p); err != nil {
					t.Fatal(err)
				}
				out = append(out, p)
			}
			for _, sub := range v {
				walk(sub)
			}
		case []any:
			for _, sub := range v {
				walk(sub)
			}
		}
	}
	walk(doc)
	return out
}

// FuzzReadOutside: nothing of a format of others breaks the reader, what it takes
// fits the schema, and no edge lacks an end.
func FuzzReadOutside(f *testing.F) {
	uris := make([]string, 0, len(outsideExamples))
	for uri := range outsideExamples {
		uris = append(uris, uri)
	}
	slices.Sort(uris)
	for i, uri := range uris {
		f.Add(uint8(i), []byte(outsideExamples[uri]))
	}
	foreign := outsideValidators(f)
	f.Fuzz(func(t *testing.T, n uint8, b []byte) {
		uri := uris[int(n)%len(uris)]
		st, err := attest.ParseStatement([]byte(fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": %q}}], "predicateType": %q, "predicate": %s}`, hexOf("model"), uri, b)))
		if err != nil {
			return
		}
		facts, err := predicate.Read(st)
		if err != nil {
			var fault *predicate.Fault
			if !errors.As(err, &fault) || fault.Type == "" || fault.Path == "" {
				t.Fatalf("an error that names no place: %v", err)
			}
			return
		}
		for _, e := range facts.Edges {
			for _, ref := range []attest.Ref{e.Child, e.Parent} {
				if _, err := attest.ParseRef(string(ref)); err != nil {
					t.Fatalf("edge %+v: %v", e, err)
				}
			}
		}
		if bytes.Contains(b, []byte("null")) {
			return
		}
		if err := foreign[uri].Validate(map[string]any(st.Predicate)); err != nil {
			t.Fatalf("accepted what is refused elsewhere: %v", err)
		}
	})
}
