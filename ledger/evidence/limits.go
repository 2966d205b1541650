package evidence

import "time"

// Bounds of the package. Each is met by a test.
const (
	// MaxNodes bounds the lineage one question may walk: the subject and all it
	// was made from.
	MaxNodes = 1024
	// MaxPerKey bounds the entries one lookup of a dossier may return.
	MaxPerKey = 4096
	// MaxDocument bounds trust and parameters documents, in bytes.
	MaxDocument = 4 << 20
	// MaxErased bounds the entries one erasure names: each is a key of its
	// tombstone.
	MaxErased = 256
	// MaxReason bounds the reason of an erasure, in bytes.
	MaxReason = 1024
	// MaxIndexed bounds the leaves a pass over the whole ledger holds in memory,
	// about 1 KB each.
	MaxIndexed = 5_000_000
	// MaxCachedBytes bounds the payloads of which verified items are held in memory, in
	// bytes; parsed they take about eight times that.
	MaxCachedBytes = 6 << 20
	// DefaultSkew is how far a claimed time may lie after the log's clock.
	DefaultSkew = 5 * time.Minute
)
