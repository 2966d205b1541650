// Package policy is the rule engine: it loads a set of Rego rules, judges
// evidence with them and says what it found, what it read and for how long the
// answer holds.
//
// # A rule
//
// One rule is one Rego v1 package in one file, with an OPA METADATA block that
// carries everything a person or a report needs (see [Rule] and METADATA in
// docs). It exports
//
//   - pass: a condition that must be true, and that does not depend on deny;
//   - deny, warn: sets of objects with at least "msg"; "path" and free members
//     are kept;
//   - not_applicable (optional): proven true from evidence; undefined means the
//     rule applies;
//   - applies_from (optional, of a dated rule): the later instant from which the
//     law binds what the evidence shows, as it does where it has several dates;
//   - not_assessable (optional): true, or a set of objects with "msg", when the
//     evidence is there but cannot be judged.
//
// Shared code lives in packages under assize.lib; it takes what it judges as
// function arguments and never reads input itself, so that the declared types
// of a rule bound everything the rule can see.
//
// # What a rule sees
//
// The document input is described by [Input]. Only evidence of the types the
// rule names in requires and reads is in it; every declared type is present as
// an array, empty when there is none. data.params.NAME are the effective
// parameters, only those the rule names statically. The only clock is the
// builtin assize.reached(instant).
//
// # Invariants
//
//   - A finding is a function of rule, input, parameters and the answers of the
//     clock. It cannot change between HoldsFrom and HoldsUntil: every date that
//     influenced it went through [Clock].
//   - Nothing undefined, absent, erased, broken or cut off becomes a pass.
//   - One rule's failure is that rule's finding and nobody else's.
//   - What a rule can call is a reviewed list (capabilities.go): nothing that
//     reads clock, network, host, randomness or host time zones, and nothing
//     that ignores cancellation. What can produce much from little runs
//     through bounded wrappers (bounded.go).
//
// A set may also hold policies of other tools, which a rule without code declares (see
// [ForeignUse]); their findings are marked.
//
// The gate (policy/gate) decides which rules and subjects are judged and what
// the findings mean together.
package policy
