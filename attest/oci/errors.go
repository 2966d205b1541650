package oci

import "errors"

// Sentinels a caller branches on. Every error of this package wraps one, or the
// error of the network or file system beneath it.
var (
	// ErrReference: the text names no image or layout.
	ErrReference = errors.New("invalid image reference")
	// ErrNotFound: there is no such image, tag, layer or layout.
	ErrNotFound = errors.New("not found")
	// ErrTooLarge: a bound of this package was exceeded.
	ErrTooLarge = errors.New("too large")
	// ErrMalformed: what the registry gave is no manifest, or not what was asked for.
	ErrMalformed = errors.New("malformed")
	// ErrNotEvidence: attached to the image, but nothing that makes a signed
	// statement. It is told, not taken.
	ErrNotEvidence = errors.New("no evidence")
	// ErrInsecure: plain HTTP outside the loopback interface.
	ErrInsecure = errors.New("plain HTTP is for the loopback interface only")
	// ErrDenied: the registry asks for credentials that were not there or not enough.
	ErrDenied = errors.New("access denied")
)
