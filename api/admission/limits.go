package admission

import "time"

// Bounds of the package. Each is met by a test.
const (
	// MaxReview is the largest admission review in bytes: object and old object of
	// what etcd takes (1.5 MiB) with room for managed fields.
	MaxReview = 8 << 20
	// MaxProvider is the largest request of Gatekeeper in bytes.
	MaxProvider = 1 << 20
	// MaxKeys is how many keys one request of Gatekeeper may hold.
	MaxKeys = 256
	// MaxReferences is how many images and locations one object may name.
	MaxReferences = 512
	// MaxReference is the longest image reference or location in bytes.
	MaxReference = 1024
	// MaxScopes is how many scopes, and how many custom resources, a configuration
	// may have.
	MaxScopes = 256
	// MaxText is the longest URL of a configuration in bytes.
	MaxText = 512
	// MaxWarning is the longest warning in bytes; longer ones may be cut by the API
	// server (Kubernetes, dynamic admission control, response).
	MaxWarning = 120
	// MaxWarnings is how many warnings one answer has.
	MaxWarnings = 16
	// MaxMessage is the longest message of a refusal in bytes.
	MaxMessage = 1024
	// MaxJudging is how many reviews are judged at once; others wait for their turn.
	MaxJudging = 64

	// MinTimeout and MaxTimeout are what the API server waits for a webhook.
	MinTimeout = time.Second
	MaxTimeout = 30 * time.Second
	// MaxEnding is how long a deleted pod may take to end and count as gone meanwhile; one
	// that may take longer goes when its node says that it ended.
	MaxEnding = 10 * time.Minute
	// MaxKeep is the longest a resolved tag may be held.
	MaxKeep = 10 * time.Minute
)
