package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// EngineVersion names what besides rules and input can change a finding; it is
// part of the basis of a decision. Raise it with every change of OPA, of the
// builtins or of the order of statuses.
const EngineVersion = "assize-policy/3 opa/1.22.2"

// allowedBuiltins is the reviewed list of what a rule may call. A name is here
// only if its result is a function of its arguments, on every host, and if its
// work is bounded by the size of its arguments or it runs through a bounded
// wrapper (bounded.go). A test holds that every builtin OPA has is either here
// or in excludedBuiltins, so a new OPA release cannot add one unseen.
var allowedBuiltins = []string{
	// comparison, unification, membership
	"eq", "equal", "neq", "lt", "lte", "gt", "gte", "assign", "internal.member_2", "internal.member_3",
	// arithmetic
	"plus", "minus", "mul", "div", "rem", "abs", "ceil", "floor", "round",
	"bits.and", "bits.or", "bits.xor", "bits.negate", "bits.rsh",
	"numbers.range", "numbers.range_step", "to_number", "format_int",
	// aggregates
	"count", "sum", "product", "min", "max", "sort",
	// sets, arrays, objects
	"and", "or", "intersection", "union",
	"array.concat", "array.flatten", "array.reverse", "array.slice",
	"object.filter", "object.get", "object.keys", "object.remove", "object.subset", "object.union", "object.union_n",
	"json.filter", "json.remove", "json.marshal", "walk",
	// strings
	"concat", "contains", "endswith", "startswith", "indexof", "indexof_n", "lower", "upper",
	"replace", "strings.replace_n", "split", "strings.split_n", "sprintf", "internal.template_string",
	"strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.reverse", "substring",
	"trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix",
	// patterns: RE2, linear in pattern and text
	"regex.match", "regex.is_valid", "regex.find_n", "regex.find_all_string_submatch_n", "regex.split",
	// types
	"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name",
	// encodings and digests of text
	"base64.decode", "base64.encode", "base64.is_valid", "base64url.decode", "base64url.encode", "base64url.encode_no_pad",
	"hex.decode", "hex.encode", "urlquery.decode", "urlquery.encode", "crypto.sha256",
	"semver.compare", "semver.is_valid", "uri.is_valid", "uri.parse", "units.parse", "units.parse_bytes",
	"net.cidr_contains", "net.cidr_intersects", "net.cidr_is_valid",
	// numbers from text in UTC; no zone, no clock. Compare instants with
	// assize.reached or assize.before: nanoseconds end in the year 2262.
	"time.parse_rfc3339_ns", "time.parse_duration_ns",
	// constants put in by the compiler
	"rego.metadata.chain", "rego.metadata.rule",
	// for tests; the compiler erases print from rules
	"print", "internal.print", "internal.test_case",
}

// olderBuiltins may be called by policies of other tools besides, in Rego v0: deprecated,
// and still what many of Gatekeeper's are written with. Each is a function of its arguments, and linear in
// them or bounded as regex.match is.
var olderBuiltins = []string{"all", "any", "re_match"}

// Reasons a builtin is kept from rules.
const (
	whyClock      = "reads the wall clock"
	whyNetwork    = "reaches the network"
	whyHost       = "reads the host"
	whyRandom     = "is random"
	whyZone       = "depends on the host's zone or its time zone data"
	whyCancel     = "does not stop when cancelled"
	whyMemory     = "makes much from little without a bound"
	whyWork       = "can work longer than linear in its arguments without asking whether it was cancelled"
	whyParse      = "is a second, laxer parse of JSON, YAML or a policy; rules see what was parsed once, strictly"
	whyKeys       = "verifies or signs; only package attest does, under the trust file"
	whyFlagged    = "is flagged nondeterministic by OPA"
	whyWeak       = "is a weak digest"
	whyDeprecated = "is deprecated; strict mode refuses it"
	whyNoUse      = "has no use on evidence and is not reviewed"
)

// excludedBuiltins says of each builtin of OPA that rules may not call, why.
var excludedBuiltins = map[string]string{
	"http.send": whyNetwork, "net.lookup_ip_addr": whyNetwork,
	"opa.runtime": whyHost, "time.now_ns": whyClock, "rand.intn": whyRandom, "uuid.rfc4122": whyRandom,
	"io.jwt.decode_verify": whyClock, "io.jwt.encode_sign": whyKeys, "io.jwt.encode_sign_raw": whyKeys,
	"json.match_schema": whyFlagged, "json.verify_schema": whyFlagged,
	"crypto.x509.parse_and_verify_certificates": whyClock, "crypto.x509.parse_and_verify_certificates_with_options": whyClock,
	"time.add_date": whyZone, "time.clock": whyZone, "time.date": whyZone, "time.diff": whyZone,
	"time.format": whyZone, "time.parse_ns": whyZone, "time.weekday": whyZone,
	"strings.render_template": whyCancel, "regex.replace": whyCancel, "graph.reachable": whyCancel,
	"graph.reachable_paths": whyCancel, "regex.globs_match": whyCancel, "regex.template_match": whyNoUse,
	"glob.match": whyWork, "glob.quote_meta": whyNoUse,
	"bits.lsh": whyMemory, "net.cidr_expand": whyMemory, "json.patch": whyMemory,
	"json.unmarshal": whyParse, "json.is_valid": whyParse, "json.marshal_with_options": whyNoUse,
	"yaml.unmarshal": whyParse, "yaml.is_valid": whyParse, "yaml.marshal": whyNoUse, "rego.parse_module": whyParse,
	"graphql.is_valid": whyParse, "graphql.parse": whyParse, "graphql.parse_and_verify": whyParse,
	"graphql.parse_query": whyParse, "graphql.parse_schema": whyParse, "graphql.schema_is_valid": whyParse,
	"crypto.hmac.equal": whyKeys, "crypto.hmac.md5": whyKeys, "crypto.hmac.sha1": whyKeys,
	"crypto.hmac.sha256": whyKeys, "crypto.hmac.sha512": whyKeys, "crypto.md5": whyWeak, "crypto.sha1": whyWeak,
	"crypto.parse_private_keys": whyKeys, "crypto.x509.parse_certificate_request": whyKeys,
	"crypto.x509.parse_certificates": whyKeys, "crypto.x509.parse_keypair": whyKeys, "crypto.x509.parse_rsa_private_key": whyKeys,
	"io.jwt.decode": whyKeys, "io.jwt.verify_eddsa": whyKeys,
	"io.jwt.verify_es256": whyKeys, "io.jwt.verify_es384": whyKeys, "io.jwt.verify_es512": whyKeys,
	"io.jwt.verify_hs256": whyKeys, "io.jwt.verify_hs384": whyKeys, "io.jwt.verify_hs512": whyKeys,
	"io.jwt.verify_ps256": whyKeys, "io.jwt.verify_ps384": whyKeys, "io.jwt.verify_ps512": whyKeys,
	"io.jwt.verify_rs256": whyKeys, "io.jwt.verify_rs384": whyKeys, "io.jwt.verify_rs512": whyKeys,
	"providers.aws.sign_req":    whyKeys,
	"net.cidr_contains_matches": whyNoUse, "net.cidr_merge": whyNoUse, "uuid.parse": whyNoUse,
	"urlquery.decode_object": whyNoUse, "urlquery.encode_object": whyNoUse, "trace": whyNoUse,
	"all": whyDeprecated, "any": whyDeprecated, "cast_array": whyDeprecated, "cast_boolean": whyDeprecated,
	"cast_null": whyDeprecated, "cast_object": whyDeprecated, "cast_set": whyDeprecated, "cast_string": whyDeprecated,
	"net.cidr_overlap": whyDeprecated, "re_match": whyDeprecated, "set_diff": whyDeprecated,
}

// AllowedBuiltins returns the builtins of OPA a rule may call, sorted; those of
// the engine itself (assize.*) come on top.
func AllowedBuiltins() []string {
	return slices.Sorted(slices.Values(allowedBuiltins))
}

// ExcludedBuiltins returns the builtins of OPA a rule may not call, each with
// the reason.
func ExcludedBuiltins() map[string]string {
	out := make(map[string]string, len(excludedBuiltins))
	for name, why := range excludedBuiltins {
		out[name] = why
	}
	return out
}

// capabilities is the view of OPA that rules are compiled against.
func capabilities() *ast.Capabilities {
	caps := ast.CapabilitiesForThisVersion()
	caps.Builtins = slices.DeleteFunc(caps.Builtins, func(b *ast.Builtin) bool {
		return !slices.Contains(allowedBuiltins, b.Name)
	})
	caps.AllowNet = []string{} // not nil, which would allow every host
	return caps
}
