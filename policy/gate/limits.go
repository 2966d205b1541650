package gate

import "time"

// Bounds of the package. Each is met by a test.
const (
	// MaxSystems bounds the systems judged for a question that names none.
	MaxSystems = 64
	// MaxRollbacks bounds the rollback targets judged beside a question.
	MaxRollbacks = 4
	// MaxFlipSteps bounds how often a question is judged again to find flips_at.
	MaxFlipSteps = 64
	// MaxRecordDelay is how long after it was judged a decision may be recorded.
	MaxRecordDelay = time.Hour
	// MaxBundle bounds a proof bundle, in bytes.
	MaxBundle = 256 << 20
	// MaxBundleItems bounds the entries a proof bundle may carry.
	MaxBundleItems = 65536
	// MaxCachedAnswers bounds the recorded answers held in memory.
	MaxCachedAnswers = 16384
	// MaxCachedAnswerBytes bounds what they take together, in bytes; one that is not
	// held is found in the ledger by its basis.
	MaxCachedAnswerBytes = 40 << 20
	// MaxHeldSets bounds the compiled rule sets held in memory; the book takes about
	// 30 MB. One that is not held is compiled anew.
	MaxHeldSets = 8
	// MaxCatchUp bounds the leaves looked at to tell whether a held answer is
	// still complete; beyond it the case is assembled anew.
	MaxCatchUp = 4096
	// MaxCachedFindingBytes bounds the findings held in memory, in bytes.
	MaxCachedFindingBytes = 16 << 20
	// MaxCachedDigests bounds the digests of parts of a basis held in memory.
	MaxCachedDigests = 4096
	// MaxCachedBytes bounds the statements that are held parsed and as rules see them,
	// in bytes; so they take about eight times that.
	MaxCachedBytes = 4 << 20
	// MaxImpact bounds the live questions asked at once about other rules.
	MaxImpact = 65536
)
