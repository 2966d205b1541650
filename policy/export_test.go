package policy

// Bounds for the tests that meet them.
const (
	MaxRuleSource       = maxRuleSource
	MaxSetFiles         = maxSetFiles
	MaxUnpacked         = maxUnpacked
	MaxArchiveName      = maxArchiveName
	MaxExplainedCases   = maxExplainedCases
	MaxSetSource        = maxSetSource
	MaxParametersSource = maxParametersSource
	MaxFramework        = maxFramework
	MaxMessages         = maxMessages
	MaxMessageBytes     = maxMessageBytes
	MaxLevelBytes       = maxLevelBytes
	MaxNumberLength     = maxNumberLength
)
