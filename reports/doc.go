// Package reports builds what an officer and an auditor read. A model
// is built from (ledger size, rule set, instant) and nothing else, so that the
// same three give the same bytes on any machine; the packages below it write the
// model in one format each.
//
// A report judges nothing by itself. Every question it answers goes to the one
// judge, gate.Case.Judge, with the ledger's content below a size and at an instant
// of its own: an inquiry, recorded nowhere. What it adds is arrangement: verdicts,
// counts with failed, missing and waived apart, findings by control, the evidence
// behind each, what was not assessed, and what changed since an earlier instant
// and why.
//
// Kinds lists the reports; BuildKind builds one. Build is the audit of one system
// or subject. Every model lays itself out as a Document, which HTML and PDF share.
// Record has the service sign a report into the ledger, Verify checks that offline,
// SignOff adds a person's signature.
package reports
