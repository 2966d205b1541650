// Package gcp lets kms.Open reach keys of Google Cloud KMS, gcpkms://. Import it
// for that effect; it has no other.
package gcp

// The provider registers itself with the sigstore library when it is imported.
import _ "github.com/sigstore/sigstore/pkg/signature/kms/gcp"
