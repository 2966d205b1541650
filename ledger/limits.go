package ledger

import "time"

// Every bound of this package. Each has a test in limits_test.go that meets it.
const (
	// MaxLeaf is the largest leaf in bytes. The entry bundles of tlog-tiles
	// could carry 65535.
	MaxLeaf = 32 << 10
	// MaxPayload is the largest payload in bytes.
	MaxPayload = 16 << 20
	// MaxKeys is how many index keys one entry may carry.
	MaxKeys = 512
	// MaxLabels is how many labels one entry may carry.
	MaxLabels = 16
	// MaxLabel is the length of one label, of a media type and of a kind in
	// bytes.
	MaxLabel = 512
	// MaxGuard is how many guard keys one entry may carry.
	MaxGuard = 16
	// MaxQueue is how many entries may wait for the commit in flight before
	// Append answers ErrBusy.
	MaxQueue = 4096
	// MaxQueueBytes is how many payload bytes may wait for the commit in
	// flight before Append answers ErrBusy. It holds four of the largest
	// payloads.
	MaxQueueBytes = 64 << 20
	// MaxBatch is how many entries one transaction holds.
	MaxBatch = 512
	// MaxBatchBytes is how many payload bytes one transaction holds, unless a
	// single payload is larger.
	MaxBatchBytes = 8 << 20
	// MaxCheckpoint is the largest signed checkpoint in bytes that is read.
	MaxCheckpoint = 64 << 10
	// MaxLogKeys is how many verifier keys of one log are tried for a signature.
	MaxLogKeys = 16
	// MaxMemo is the largest value kept beside the log in bytes.
	MaxMemo = 1 << 20
	// MaxPolicy is the largest witness policy in bytes that is read.
	MaxPolicy = 64 << 10
	// MaxWitnesses is how many witnesses a policy may name.
	MaxWitnesses = 64
	// MaxCosignature is the longest answer of a witness in bytes that is read.
	MaxCosignature = 16 << 10
	// WitnessTime is how long one witness may take to answer, and the longest
	// pause before all are asked again.
	WitnessTime = 10 * time.Second
	// WitnessWait is how long an append waits for the quorum of witnesses, unless
	// Witnessing.Wait says otherwise.
	WitnessWait = 30 * time.Second
	// witnessPause is the pause before witnesses are asked again for the first
	// time.
	witnessPause = 250 * time.Millisecond
	// MirrorTime is how long one file of a mirror may take to arrive.
	MirrorTime = time.Minute
	// mirrorRetries is how often a file is asked for again of a mirror that is
	// busy, and mirrorReaders how many payloads are read at a time.
	mirrorRetries = 8
	mirrorReaders = 8
	// MaxProof is the largest tlog-proof file in bytes that is read.
	MaxProof = 128 << 10
	// MaxTilePath is the longest tile path in bytes that is parsed.
	MaxTilePath = 128
	// MaxAhead is how far the time of the newest entry may lie in the future
	// before the log takes no entries: they would all be given that time.
	MaxAhead = time.Hour
	// MaxClockOff is how far the clock of a process may be from that of the
	// store before Log.Ready says so.
	MaxClockOff = 5 * time.Second
	// MaxFindings is how many findings one Check collects before it stops
	// looking further.
	MaxFindings = 100
)
