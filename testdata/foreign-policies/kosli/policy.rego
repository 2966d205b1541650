package policy

import rego.v1

default allow := false

allow if {
	input.trail.compliance_status.is_compliant
	count(artifacts) > 0
	count(violations) == 0
}

artifacts := input.trail.compliance_status.artifacts_statuses

violations contains msg if {
	some name, artifact in artifacts
	missing := data.params.attestations[_]
	not missing in {a.attestation_name | some a in artifact.attestations_statuses}
	msg := sprintf("artifact %q has no attestation %q", [name, missing])
}
