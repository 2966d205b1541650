package attest

import (
	"errors"
	"fmt"
)

// Sentinels a caller branches on. Every error of this package wraps one; the
// message names the input, the place in it and what to do.
var (
	// ErrMalformed: the bytes are not a well-formed envelope, statement or key.
	ErrMalformed = errors.New("malformed")
	// ErrTooLarge: a bound of this package was exceeded.
	ErrTooLarge = errors.New("too large")
	// ErrUnsupported: well-formed, but of a kind this version does not verify.
	ErrUnsupported = errors.New("unsupported")
	// ErrNoStatement: a signature over a bare digest, see ParseMessage. It is also
	// ErrUnsupported.
	ErrNoStatement = fmt.Errorf("%w: no statement", ErrUnsupported)
	// ErrSignature: a signature or certificate does not verify.
	ErrSignature = errors.New("signature does not verify")
	// ErrUnknownSigner: no signer in the trust accounts for a signature.
	ErrUnknownSigner = errors.New("unknown signer")
	// ErrExpiredSigner: the instant lies outside the signer's validity window or
	// that of its certificate.
	ErrExpiredSigner = errors.New("signer not valid at that time")
	// ErrCompromised: the instant is at or after the signer's compromised_at.
	ErrCompromised = errors.New("signer compromised")
	// ErrRole: a signer holds no role that may make statements of this type.
	ErrRole = errors.New("role not permitted")
	// ErrScope: the statement names a system that a signer may not speak about.
	ErrScope = errors.New("out of scope")
	// ErrSeparation: a statement that needs two different principals lacks them.
	ErrSeparation = errors.New("separation of duties")
	// ErrTrust: the trust file is not acceptable.
	ErrTrust = errors.New("invalid trust")
)
