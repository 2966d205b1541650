// Package aws lets kms.Open reach keys of AWS KMS, awskms://. Import it
// for that effect; it has no other.
package aws

// The provider registers itself with the sigstore library when it is imported.
import _ "github.com/sigstore/sigstore/pkg/signature/kms/aws"
