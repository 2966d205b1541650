package watch

// Bounds of the package. Each is met by a test.
const (
	// MaxSystems bounds the systems a board keeps; further ones are counted and not
	// shown.
	MaxSystems = 100_000
	// MaxStandings bounds the questions kept of one system (environment, action and
	// subject), the newest.
	MaxStandings = 64
	// MaxChanges bounds the changes of verdict kept, the newest.
	MaxChanges = 256
	// MaxTerms bounds the waivers and approvals kept; further ones are counted and
	// not shown.
	MaxTerms = 100_000
	// MaxProfiles bounds the profiles kept of one system, the newest.
	MaxProfiles = 8
	// MaxListed bounds the systems of one page of the list.
	MaxListed = 200
	// chunk is how many leaves are read between two moments at which the board may
	// be looked at.
	chunk = 1024
)
