// Package interop holds this project to what other people's Sigstore tools make and
// take: a real cosign, and a real instance on loopback (Fulcio, Rekor v2, timestamp
// authority), all built from their Go modules. It is a module of its own so that
// none of them is a dependency of the program.
package interop
