package attest

import "time"

// Bounds of everything this package reads. Each is met by a test.
const (
	// MaxPayload is the largest signed statement, in bytes.
	MaxPayload = 16 << 20
	// MaxEnvelope is the largest envelope: a payload of MaxPayload in base64
	// with room for signatures and certificates.
	MaxEnvelope = MaxPayload/3*4 + (1 << 20)
	// MaxDepth is how deep JSON arrays and objects may nest.
	MaxDepth = 64
	// MaxValues is how many JSON values one document may hold. It bounds the
	// memory of the parsed tree, which is many times that of its text.
	MaxValues = 1 << 20
	// MaxNumber is the longest JSON number, in bytes.
	MaxNumber = 64
	// MaxExponent bounds the exponent of a JSON number either way: what lies
	// beyond is no float64, and arbitrary precision readers would fill memory.
	MaxExponent = 400
	// MaxSubjects is how many subjects one statement may have.
	MaxSubjects = 512
	// MaxSignatures is how many signatures one envelope may carry.
	MaxSignatures = 16
	// MaxCertificates is how many certificates may accompany a signature.
	MaxCertificates = 8
	// MaxSignature is the longest signature, in bytes after decoding: that of an
	// RSA key of MaxRSA bits.
	MaxSignature = MaxRSA / 8
	// MinRSA and MaxRSA are the lengths an RSA key may have, in bits (NIST SP
	// 800-57 part 1, table 2: 112 bits of strength and more; no format in use
	// names longer ones).
	MinRSA, MaxRSA = 2048, 4096
	// MaxCertificate is the longest certificate, in bytes of DER.
	MaxCertificate = 16 << 10
	// MaxHeader is the longest protected JWS header, in bytes after decoding.
	MaxHeader = 4 << 10
	// MaxSystems is how many systems one statement may name.
	MaxSystems = 64
	// MaxLogEntries is how many transparency log entries a bundle may carry.
	MaxLogEntries = 8
	// MaxLogBody is the longest body of a log entry, in bytes after decoding.
	MaxLogBody = 256 << 10
	// MaxLogID is the longest key id of a log and the longest tree hash, in bytes.
	MaxLogID = 64
	// MaxProof is how many hashes an inclusion proof may hold: those of a tree of
	// 2^64 entries.
	MaxProof = 64
	// MaxCheckpoint is the longest signed checkpoint, in bytes.
	MaxCheckpoint = 16 << 10
	// MaxTimestamps is how many RFC 3161 timestamps a bundle may carry.
	MaxTimestamps = 8
	// MaxTimestamp is the longest RFC 3161 timestamp, in bytes of DER.
	MaxTimestamp = 64 << 10
	// MaxSkew is how far the clock of a timestamp authority or log may be ahead of
	// the clock of whoever verifies.
	MaxSkew = 5 * time.Minute
	// MaxTrustedRoot is the largest trusted root, in bytes.
	MaxTrustedRoot = 256 << 10
	// MaxRoots is how many trusted roots a trust file may list.
	MaxRoots = 16
	// MaxAuthorities is how many authorities and logs a trusted root may list.
	MaxAuthorities = 64
	// MaxChains is how many verified certificates of a root are remembered.
	MaxChains = 1024
	// MaxTrust is the largest trust file, in bytes.
	MaxTrust = 1 << 20
	// MaxSigners is how many signers a trust file may list.
	MaxSigners = 1024
	// MaxText is the longest identifier, URI or pattern in a trust file.
	MaxText = 1024
)
