package policy

// TermOf is termOf, for the test that holds it against JSON.
var TermOf = termOf

// Bounds for the tests that meet them.
const (
	MaxRuleSource       = maxRuleSource
	MaxSetFiles         = maxSetFiles
	MaxUnpacked         = maxUnpacked
	MaxArchiveName      = maxArchiveName
	MaxBundleSignature  = maxBundleSignature
	MaxExplainedCases   = maxExplainedCases
	MaxSilences         = maxSilences
	MaxSetSource        = maxSetSource
	MaxParametersSource = maxParametersSource
	MaxFramework        = maxFramework
	MaxMessages         = maxMessages
	MaxMessageBytes     = maxMessageBytes
	MaxLevelBytes       = maxLevelBytes
	MaxNumberLength     = maxNumberLength
)
