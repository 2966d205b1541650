package client

import (
	"time"

	"github.com/assize-dev/assize/policy/gate"
)

// Bounds of the client. Each is met by a test.
const (
	// MaxAnswer is the largest answer in bytes that is read, MaxBundle the largest
	// proof bundle.
	MaxAnswer = 64 << 20
	MaxBundle = gate.MaxBundle
	// Retries is how often a request is sent again when the service is busy, and
	// MaxRetryWait the longest it waits before that.
	Retries      = 3
	MaxRetryWait = 5 * time.Second
	// MaxRemembered is the largest file of a Memory in bytes.
	MaxRemembered = 256 << 10
	// A tree that is not there is asked for so often, after so long: another replica
	// may have shown it a moment ago.
	lagRetries = 10
	lagWait    = 200 * time.Millisecond
)
