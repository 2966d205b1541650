package profile

// Bounds of what is read. Each is met by a test.
const (
	// MaxColumns is how many columns a table may have.
	MaxColumns = 4096
	// MaxRecord is the longest record, in bytes.
	MaxRecord = 1 << 20
	// MaxRows is how many records a table may have: a hash is kept of each, to find those that repeat.
	MaxRows = 1 << 24
	// MaxClasses is how many different classes, or groups of one attribute, are counted.
	MaxClasses = 1024
	// MaxCells is how many different numbers of the reference, of all columns
	// together, are kept to find its deciles.
	MaxCells = 1 << 22
)
