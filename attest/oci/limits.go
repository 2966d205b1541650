package oci

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// Bounds of what this package reads. Each is met by a test.
const (
	// MaxReference is the longest reference, in bytes.
	MaxReference = 1024
	// MaxManifest is the largest manifest, index or page of referrers, in bytes:
	// what registries take (OCI distribution specification 1.1, pushing manifests).
	MaxManifest = 4 << 20
	// MaxBlob is the largest layer, in bytes.
	MaxBlob = attest.MaxEnvelope
	// MaxTotal is how much all layers of one call may hold together, in bytes.
	MaxTotal = 256 << 20
	// MaxLayers is how many layers an artefact may have.
	MaxLayers = 256
	// MaxFound is how many attached things one call looks at.
	MaxFound = 1024
	// MaxManifests is how many manifests of an index are looked at.
	MaxManifests = 64
	// MaxPages is how many pages a list of referrers may have.
	MaxPages = 32
	// MaxRedirects is how often a registry may send a request elsewhere.
	MaxRedirects = 5
	// MaxHeldTags is how many tags a Resolver holds.
	MaxHeldTags = 4096
	// MaxLogins is the largest pull secret, in bytes.
	MaxLogins = 1 << 20
	// MaxTime is how long one call may take when the Client does not say.
	MaxTime = 2 * time.Minute
)
