// Package oci finds evidence that was attached to a container image or another
// artefact, and moves artefacts such as rule sets to and from registries and OCI
// image layout directories.
//
// Callers are `assize submit --image` (Attestations) and whoever distributes rule
// sets (Pull, Push). It is the only package that knows go-containerregistry.
//
// Where evidence is looked for, all of it, each place once:
//
//   - the tag cosign writes, sha256-HEX.att: a manifest whose layers are DSSE
//     envelopes, with certificates and log entries in layer annotations
//     (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md)
//   - referrers of OCI distribution 1.1, through the API and the tag sha256-HEX
//     that stands in for it, Sigstore bundles among them
//   - for an image index the same of every manifest it lists
//
// Invariants:
//   - Nothing is dropped in silence: what is attached and is no evidence comes back
//     as a Found with the reason, a registry that cannot answer is an error.
//   - Every manifest and blob is held against the digest it was asked by, and its
//     size, count and the time taken are bounded (limits.go).
//   - Plain HTTP is spoken with the loopback interface only, redirects included.
//   - Nothing is verified here: bytes go to attest.Parse, trust decides.
package oci
