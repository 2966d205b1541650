package kms

import "time"

// Bounds of this package. Each is met by a test.
const (
	// MaxURI is the longest key URI, in bytes.
	MaxURI = 1024
	// Timeout ends one call to a service.
	Timeout = 30 * time.Second
)
