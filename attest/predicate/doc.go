// Package predicate defines the predicate types of this project: for each a Go
// struct to write it with, a JSON Schema every statement of the type must fit, and
// what the service reads from it at ingest (Facts): the instant it claims, the
// systems it counts for, the lineage edges it asserts, what it says its subjects
// are, and what it cites.
//
// Callers are the evidence locker (Read), the rule engine, which compiles rules
// against the same schemas (Schema), and whoever writes statements (Marshal).
//
// Invariants:
//   - A schema refuses what is malformed; what is merely incomplete is for a rule
//     to judge. So members a rule asks for are optional here.
//   - A member that is absent claims nothing; there are no defaults.
//   - Numbers are JSON numbers, instants RFC 3339 in UTC ending in Z, digests
//     "alg:hex". Predicates hold instants, never ages.
//   - Read works on the tree of the one strict parse, and the statement that
//     passed it is the one rules see.
//
// Types of others (SLSA, CycloneDX, SPDX, in-toto's own) are read as far as rules
// need them: each version has a schema of the members that matter, open to any
// other, in schema/outside. Where such a statement names the data or the base model
// a thing was made from, by a digest that identifies, that is a lineage edge; what
// is named otherwise is left to rules. OpenSSF Model Signing is package oms's.
package predicate
