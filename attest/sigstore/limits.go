package sigstore

import "time"

// Bounds of this package. Each is met by a test.
const (
	// Timeout ends the signing of one statement, and the fetching of one root.
	Timeout = 2 * time.Minute
	// MaxToken is the longest identity token, in bytes.
	MaxToken = 16 << 10
	// MaxConfig is the largest signing config, in bytes.
	MaxConfig = 64 << 10
)
