// Package foreign runs other people's checkers over ledgers written here:
// fsck and client of Tessera, the tiles and proofs of Go's checksum database, the
// formats of transparency-dev, and a witness of torchwood. It is a
// module of its own, so that what they bring along stays out of the service.
package foreign
