package policy

import "time"

// All bounds of the package. Each has a test that meets it.
const (
	// maxSetFiles bounds the rule files of one set.
	maxSetFiles = 4096
	// maxRuleSource bounds one rule file in bytes.
	maxRuleSource = 256 << 10
	// maxSetSource bounds all rule files of one set together in bytes; the
	// archive of a set is one payload of the ledger.
	maxSetSource = 8 << 20
	// MaxArchive is the largest archive of a set as it travels, in bytes.
	MaxArchive = 2 * maxSetSource
	// maxUnpacked bounds what an archive unpacks to, in bytes.
	maxUnpacked = 4 * maxSetSource
	// maxBundleSignature bounds the file in which OPA signs a bundle, in bytes.
	maxBundleSignature = 2 << 20
	// maxArchiveName bounds the path of a member of an archive in bytes.
	maxArchiveName = 512
	// maxParametersSource bounds a parameters document in bytes.
	maxParametersSource = 1 << 20
	// maxFramework bounds one framework document in bytes.
	maxFramework = 1 << 20
	// maxMessages bounds the messages of one level kept of one finding; what
	// is cut is counted in a last message, never silently dropped.
	maxMessages = 500
	// maxMessageBytes bounds one message, maxLevelBytes all messages of one
	// level together; the latter are cut and counted as above.
	maxMessageBytes = 256 << 10
	maxLevelBytes   = 2 << 20
	// maxPathSteps bounds the definitions gone through, each with the shapes it is
	// called with, to check the members one rule looks for.
	maxPathSteps = 20_000
	// maxExplainedCases bounds the values listed of one expression that failed many
	// times.
	maxExplainedCases = 8
	// maxSilences bounds the members listed that a passing case passes without.
	maxSilences = 20
	// maxCompileErrors bounds how many faults of a set are told at once.
	maxCompileErrors = 25
	// maxNumberLength bounds how long a number is written, in evidence, in
	// rules and in what they compute.
	maxNumberLength = 400
	// maxWritten bounds what one builtin call writes out, in bytes, whatever
	// is left of the allowance.
	maxWritten = 4 << 20
	// maxRange bounds the numbers one call of numbers.range makes.
	maxRange = 100_000
	// maxRegexWork bounds pattern length times text length of one match.
	maxRegexWork = 64 << 20
	// maxExpansion bounds the parts one value of a rule file stands for once the
	// references in it are written out, maxExpansionSet those of all values of a
	// set: the type checker of OPA goes through all of them.
	maxExpansion    = 20_000
	maxExpansionSet = 20_000_000
	// stepElements and stepBytes are how many elements and bytes of the arguments
	// of one builtin call count as a step.
	stepElements = 16
	stepBytes    = 1024
	// elementSize is what an element of a collection is taken to cost in
	// bytes, smallResult the length of a string nobody counts.
	elementSize = 64
	smallResult = 256
	// MaxCalendar bounds the calendar of legal dates, in bytes.
	MaxCalendar = 1 << 20
)

// Limits bounds one evaluation of one rule. What a limit ends is unassessable
// and marked CutOff.
type Limits struct {
	// Time is the wall-clock bound, the last resort: another machine might have
	// finished the evaluation it ends.
	Time time.Duration
	// Steps bounds the expressions evaluated. It is a property of rule and
	// input, not of the machine, so a rule that loops ends alike everywhere.
	Steps int64
	// Bytes bounds what the builtins of one evaluation may produce together
	// (strings in bytes, elements of collections at elementSize).
	Bytes int64
}

// DefaultLimits are the bounds a set is loaded with. A rule over ordinary
// evidence takes some hundred steps and well under a millisecond.
func DefaultLimits() Limits {
	return Limits{Time: 5 * time.Second, Steps: 500_000, Bytes: 32 << 20}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.Time <= 0 {
		l.Time = d.Time
	}
	if l.Steps <= 0 {
		l.Steps = d.Steps
	}
	if l.Bytes <= 0 {
		l.Bytes = d.Bytes
	}
	return l
}
