package postgres

import "time"

// Every bound of this package. Each has a test in limits_test.go that meets it.
const (
	// minVersion is the oldest server that is accepted, as server_version_num.
	minVersion = 150000
	// maxReaders is how many reads run at once; further ones wait.
	maxReaders = 8
	// connectTimeout is how long a connection may take to be made.
	connectTimeout = 5 * time.Second
	// lockTimeout is how long a transaction waits for other writers before it
	// gives up with ledger.ErrBusy.
	lockTimeout = 10 * time.Second
	// idleTimeout is how long the server keeps a transaction whose client is
	// silent: a replica that hangs holds the others up no longer.
	idleTimeout = 15 * time.Second
	// commitTimeout is how long a transaction may take once it began.
	commitTimeout = 30 * time.Second
	// settleTimeout is how long it is tried to find out what became of a commit
	// whose answer was lost.
	settleTimeout = 15 * time.Second
	// blockRows is how many rows of the key index one block holds: as many as
	// fit a page of 8192 bytes beside the headers of page and tuple.
	blockRows = 336
	// partBlocks is how many blocks one part holds.
	partBlocks = 64
	// tailRows is how many rows gather before they become a run.
	tailRows = 8192
	// tailMax is how many rows may gather before writers help to make runs.
	tailMax = 16 * tailRows
	// reindexRows is how many rows are sorted in memory at a time when the index
	// is made again.
	reindexRows = 1 << 20
	// fanout is how many runs of a level are merged into one of the next.
	fanout = 8
	// mergeBlocks is how many blocks a merge reads or writes at a time.
	mergeBlocks = 64
	// maxFilterBytes bounds the memory for filters and fences of the key index.
	// Parts beyond it are read again when they are needed.
	maxFilterBytes = 64 << 20
)
