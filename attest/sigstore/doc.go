// Package sigstore signs with the services of a Sigstore instance, and fetches the
// trusted root of one: all of Sigstore that needs a network. Verifying needs none
// and is package attest's.
//
// Sign makes a Sigstore bundle v0.3 around a statement: with a certificate that
// Fulcio issues to an identity token (keyless), or with a key of the caller's;
// witnessed by a transparency log (Rekor v2, or v1) and by timestamp authorities
// (RFC 3161). Token finds the identity token that GitHub Actions or GitLab give a
// job. Fetch follows a TUF repository (https://theupdateframework.github.io) to the
// trusted root.
//
// Invariants: nothing is signed that this project would refuse to read; nothing is
// handed out that does not verify under the trusted root, when one is given; every
// call ends after Timeout; tokens are never part of an error.
package sigstore
