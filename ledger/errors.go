package ledger

import "errors"

// Errors a caller branches on.
var (
	// ErrReadOnly: the log takes no entries now; the error is a
	// *ReadOnlyError that says why.
	ErrReadOnly = errors.New("ledger is read-only")
	// ErrConflict: an entry that carries one of the guard keys was appended
	// since the index the caller had seen.
	ErrConflict = errors.New("guard key was appended meanwhile")
	// ErrNotFound: no such index, tile or checkpoint.
	ErrNotFound = errors.New("not found")
	// ErrTooLarge: an input is over one of the bounds in limits.go.
	ErrTooLarge = errors.New("too large")
	// ErrInvalid: an entry, leaf, path, proof or checkpoint breaks its format.
	ErrInvalid = errors.New("invalid")
	// ErrErased: the payload of the entry was erased, or the same evidence is
	// sent again after it was.
	ErrErased = errors.New("payload was erased")
	// ErrBusy: more entries wait than the queue holds; send again later.
	ErrBusy = errors.New("append queue is full")
	// ErrUnavailable: the store does not answer, and nothing was written; send
	// again later.
	ErrUnavailable = errors.New("store is not available")
	// ErrClock: the clock of this process is not that of the store.
	ErrClock = errors.New("clock is off")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("ledger is closed")
	// ErrCorrupt: what the store returned does not fit the tree.
	ErrCorrupt = errors.New("ledger is corrupt")
	// ErrProof: a signature or a proof does not hold.
	ErrProof = errors.New("proof does not hold")

	// ErrWitness: a checkpoint lacks cosignatures that the witness policy wants,
	// or nobody is there to give them.
	ErrWitness = errors.New("not cosigned by the quorum of witnesses")
	// ErrAmbiguous is returned by Store.Append when it cannot tell whether the
	// transaction is durable. Log.Append returns it only when reading the
	// store could not settle it either: the entry may or may not be in the log,
	// and sending it again is safe when it carries an Identity.
	ErrAmbiguous = errors.New("outcome of the commit is unknown")
	// ErrFull is returned by a Store that has no room left. The log becomes
	// read-only until there is room.
	ErrFull = errors.New("store is full")
)

// ReadOnlyError says why a log takes no entries. It matches ErrReadOnly.
type ReadOnlyError struct {
	Reason string
	cause  error
}

func (e *ReadOnlyError) Error() string { return "ledger is read-only: " + e.Reason }

// Is makes errors.Is(err, ErrReadOnly) true.
func (e *ReadOnlyError) Is(target error) bool { return target == ErrReadOnly }

func (e *ReadOnlyError) Unwrap() error { return e.cause }
