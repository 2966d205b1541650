package ui

// Bounds of the pages. Each is met by a test.
const (
	// MaxDrawn is how many things a lineage may have to be drawn; a larger one is
	// listed only.
	MaxDrawn = 60
	// MaxListed is how many things of a lineage are listed.
	MaxListed = 400
	// MaxStatement is the largest statement in bytes that is printed whole.
	MaxStatement = 256 << 10
	// MaxTimeline is how much of what happened to a system is shown, the newest.
	MaxTimeline = 60
	// MaxTerms is how many waivers of one standing are shown, those that end first.
	MaxTerms = 200
	// MaxMonths is how many months of growth are drawn, the newest.
	MaxMonths = 36
	// MaxText is how much of a value inside a finding is shown, in bytes.
	MaxText = 400
)
