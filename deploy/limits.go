package deploy

// Bounds of what is rendered.
const (
	// MaxValues bounds a file of values, in bytes.
	MaxValues = 1 << 20
	// MaxDepth is how deep values may nest.
	MaxDepth = 32
	// MaxRendered bounds what one template writes, in bytes.
	MaxRendered = 4 << 20
)
