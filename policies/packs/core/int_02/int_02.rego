# METADATA
# title: Signature covers every file
# description: >-
#   The signed manifest lists the model's files, follows no symbolic link out of
#   the folder and leaves out only paths that the parameters allow to be left
#   out. Files nobody listed are found by comparing folder and signature.
# custom:
#   id: INT-02
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [model-signature]
#   controls: ["oms/1.0", "nist-ai-rmf/MEASURE-2.7"]
#   basis: standard
#   remediation: >-
#     Remove symbolic links, stop ignoring model files and sign the folder again
#     with a tool that records what it ignores.
package assize.core.int_02

import data.assize.lib.manifest
import data.assize.lib.show

pass if {
	some item in input.evidence["model-signature"]
	complete(item)
}

complete(item) if {
	manifest.listed(item.predicate.resources)
	item.predicate.serialization.allow_symlinks == false
	is_array(item.predicate.serialization.ignore_paths)
	unallowed(item) == set()
}

# unallowed are those ignored paths that are neither among those the parameters allow
# nor below one of them.
unallowed(item) := {path |
	some path in item.predicate.serialization.ignore_paths
	not path in data.params.signature_ignored_paths
	not below_allowed(path)
}

below_allowed(path) if {
	some allowed in data.params.signature_ignored_paths
	startswith(path, concat("", [allowed, "/"]))
	not ".." in split(path, "/")
}

deny contains finding if {
	some i
	input.evidence["model-signature"][i].predicate.serialization.allow_symlinks == true
	not pass
	item := input.evidence["model-signature"][i]
	finding := {
		"msg": sprintf("%s follows symbolic links, so what it covers can change outside the folder", [show.said(item)]),
		"path": sprintf("model-signature[%d].serialization.allow_symlinks", [i]),
		"value": true,
		"bound": false,
		"basis": "OpenSSF Model Signing 1.0",
	}
}

deny contains finding if {
	not pass
	some i, item in input.evidence["model-signature"]
	some j, path in item.predicate.serialization.ignore_paths
	path in unallowed(item)
	finding := {
		"msg": sprintf("%s leaves out %q; only %s may be left out", [show.said(item), path, show.list(data.params.signature_ignored_paths)]),
		"path": sprintf("model-signature[%d].serialization.ignore_paths[%d]", [i, j]),
		"value": path,
		"bound": data.params.signature_ignored_paths,
		"basis": "parameter signature_ignored_paths",
	}
}

deny contains finding if {
	not pass
	some i, item in input.evidence["model-signature"]
	count(item.predicate.resources) == 0
	finding := {
		"msg": sprintf("%s lists no file", [show.said(item)]),
		"path": sprintf("model-signature[%d].resources", [i]),
		"value": 0,
		"bound": 1,
		"basis": "OpenSSF Model Signing 1.0",
	}
}

# The formats before 1.0, and tools that do not record what they ignored, leave
# it open whether files were left out.
not_assessable contains reason if {
	not pass
	deny == set()
	some item in input.evidence["model-signature"]
	not says_coverage(item)
	reason := {"msg": sprintf("%s does not record symbolic links and ignored paths; sign again with a tool that does", [show.said(item)])}
}

says_coverage(item) if {
	is_boolean(item.predicate.serialization.allow_symlinks)
	is_array(item.predicate.serialization.ignore_paths)
}
