// Package policies is the rule book: the Rego packs with their tests, the
// default parameters, the calendar of legal dates and the frameworks whose
// controls the rules name. It is data and holds no logic; package policy judges
// with it.
//
// A rule lives in packs/<pack>/<id>/<id>.rego with its <id>_test.rego beside it
// and, where the engine decides (missing, waived, not yet applicable), fixtures
// in YAML. Shared functions live in packs/lib. Every number a rule compares with
// is in parameters.yaml; every date of law is in the metadata of its rule and,
// with its source, in calendar.yaml.
package policies

import "embed"

// FS holds the whole book, tests included. The file checked names the rules that the
// tests of this package have checked, by their digest.
//
//go:embed packs frameworks calendar.yaml parameters.yaml checked
var FS embed.FS
