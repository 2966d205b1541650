// Package hashivault lets kms.Open reach keys of HashiCorp Vault and OpenBao (transit engine), hashivault://. Import it
// for that effect; it has no other.
package hashivault

// The provider registers itself with the sigstore library when it is imported.
import _ "github.com/sigstore/sigstore/pkg/signature/kms/hashivault"
