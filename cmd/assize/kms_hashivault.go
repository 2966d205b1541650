//go:build kms_hashivault || kms

package main

// Taken in by build tag: the client of this service alone is larger than most of
// what it is used from. Without it a plugin program answers (see attest/kms).
import _ "github.com/assize-dev/assize/attest/kms/hashivault"
