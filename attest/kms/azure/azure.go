// Package azure lets kms.Open reach keys of Azure Key Vault, azurekms://. Import it
// for that effect; it has no other.
package azure

// The provider registers itself with the sigstore library when it is imported.
import _ "github.com/sigstore/sigstore/pkg/signature/kms/azure"
