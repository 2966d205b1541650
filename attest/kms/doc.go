// Package kms opens signing keys that a key management service holds, by URI, as
// crypto.Signer: for evidence (attest.SignDSSE, attest.SignBundle), for the log and
// for decisions alike. The private key never leaves the service.
//
// URIs and providers are those of github.com/sigstore/sigstore/pkg/signature/kms,
// so that a key named for cosign is named the same here. Which services a program
// can reach is decided by its imports: the packages below this one each take in
// one provider (aws, azure, gcp, hashivault), and their clients are large. Any
// other scheme is answered by a plugin program sigstore-kms-SCHEME on PATH.
//
// Invariants: the public key is read once, when the key is opened; a signature is
// handed out only after it verified under that key, so a key that was rotated or
// replaced in the service fails at the signature, not at some verifier's; every
// call to a service ends after Timeout.
package kms
