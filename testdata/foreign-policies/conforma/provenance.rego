# METADATA
# title: Provenance
# description: Images come from builders we know.
package policy.release.provenance

import data.lib

# METADATA
# title: Builder is known
# description: The builder is on the list.
# custom:
#   short_name: builder_known
#   failure_msg: Builder %q is not on the list
#   solution: Build with a builder on the list.
#   collections: [minimal, release]
deny contains result if {
	some att in input.attestations
	builder := att.statement.predicate.builder.id
	not builder in lib.rules_of("allowed_builders")
	result := lib.result(rego.metadata.chain(), [builder])
}

# METADATA
# title: Sources are pinned
# custom:
#   short_name: pinned
#   failure_msg: Source %q is not pinned by digest
#   effective_on: 2027-01-01T00:00:00Z
#   collections: [release]
deny contains result if {
	some att in input.attestations
	some material in att.statement.predicate.materials
	not material.digest
	result := lib.result(rego.metadata.chain(), [material.uri])
}

# METADATA
# title: Builds are described
# custom:
#   short_name: described
#   failure_msg: Nothing describes the build of %q
#   severity: warning
#   collections: [extra]
deny contains result if {
	some att in input.attestations
	not att.statement.predicate.buildType
	result := lib.result(rego.metadata.chain(), [att.statement.predicate.builder.id])
}

# METADATA
# title: Tags are not latest
# custom:
#   short_name: tagged
#   failure_msg: The image is tagged %q
#   collections: [extra]
warn contains result if {
	endswith(input.image.ref, ":latest")
	result := lib.result(rego.metadata.chain(), ["latest"])
}
