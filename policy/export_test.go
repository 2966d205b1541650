package policy

import "fmt"

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

// Compiled is what a set came to: its files as the compiler left them, and what is known
// of each rule.
func Compiled(s *Set) map[string]string {
	out := map[string]string{}
	for i, c := range s.compiled() {
		for file, m := range c.compiler.Modules {
			for n, rule := range m.Rules {
				out[fmt.Sprint(file, " ", i, " ", n)] = rule.String()
			}
		}
	}
	for _, r := range s.rules {
		out[r.ID] = fmt.Sprint(r.Params, r.sections, r.asksAction, r.asksClock, r.exports, r.applies.body, r.applies.cells, r.judge.body, r.judge.cells)
	}
	return out
}
