package lib

import data.rule_data

rules_of(key) := object.get(rule_data, key, [])

result(chain, params) := {
	"code": code(chain),
	"msg": sprintf(annotations(chain).custom.failure_msg, params),
}

result_since(chain, params, instant) := object.union(result(chain, params), {"effective_on": instant})

annotations(chain) := [a.annotations | some a in chain; a.annotations.custom.short_name][0]

code(chain) := sprintf("%s.%s", [package_of(chain), annotations(chain).custom.short_name])

package_of(chain) := path[count(path) - 2] if {
	path := [p | some p in chain[0].path; is_string(p)]
}
