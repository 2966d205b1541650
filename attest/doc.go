// Package attest parses and verifies signed attestations: bytes in, a Verified
// statement or a named refusal out. It is the only door evidence comes through,
// so everything behind it may rely on what it promises:
//
//   - There is one strict parse (ParseJSON). Subjects, schema checks, lineage
//     edges and rule input all come from the tree it returns.
//   - Verified has unexported fields and only Verify fills it; its zero value
//     reports Valid() == false.
//   - Flipping any bit of a payload, a signature or a certificate is refused. Any
//     other change to an envelope is refused or leaves the identical statement.
//   - Trust says who may speak, about which systems, in which roles and when.
//     An empty trust accepts nothing.
//
// Envelopes understood: DSSE v1 (https://github.com/secure-systems-lab/dsse),
// Sigstore bundles v0.1-v0.3 that hold a DSSE envelope, signed by a public key, an
// X.509 chain (the shape of OpenSSF Model Signing) or an identity that Fulcio
// certified, and JWS (RFC 7515) in its compact, flattened and general serialization.
// What a bundle brings to show when it was signed (log entries, RFC 3161 timestamps)
// is verified with sigstore-go, under the Sigstore trusted roots that the trust
// itself carries: nothing is fetched, so a judgement repeats offline for ever.
// Package attest/sigstore has what needs a network.
// Statements are in-toto v1 and
// v0.1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md).
//
// Whatever the envelope, the id of an attestation is the SHA-256 of the DSSE
// pre-authentication encoding of its media type and payload, so the same
// statement carries the same id however it was signed, and by whomever.
//
// The package has no state, reads no clock and opens no file or connection.
package attest
