package api

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// Bounds of the service. Each is met by a test.
const (
	// MaxEvidence is the largest body of a submission in bytes: an envelope
	// around a statement of 16 MiB. The ledger keeps envelopes of up to 16 MiB.
	MaxEvidence = attest.MaxEnvelope
	// MaxErasure is the largest body of an erasure in bytes.
	MaxErasure = 1 << 20
	// MaxActivation is the largest body of an activation in bytes.
	MaxActivation = 8 << 20
	// MaxQuestion is the largest question to the gate in bytes, parameters to judge by
	// among them.
	MaxQuestion = 256 << 10
	// MaxBodies is how many bytes of request bodies are held at once; beyond it a
	// request is asked to come again.
	MaxBodies = 256 << 20
	// MaxHeader is the largest request header in bytes.
	MaxHeader = 32 << 10
	// MaxJudging is how many questions are judged, and proof bundles assembled, at
	// once; others wait for their turn.
	MaxJudging = 16
	// MaxReporting is how many reports are built at once; others wait for their turn.
	MaxReporting = 2
	// MaxQuery is the longest value of a query parameter or path element in bytes.
	MaxQuery = 1024

	// PageSize and MaxPageSize are how many entries a page of a list has, and may
	// be asked to have.
	PageSize    = 50
	MaxPageSize = 200
	// MaxScan is how many leaves one page of an unfiltered list looks at. A page
	// may be empty and still have a next one.
	MaxScan = 16384
	// MaxShownLeaves is how many leaves of one attestation are shown.
	MaxShownLeaves = 64
	// MaxShownDecisions is how many decisions a subject shows; the list of
	// decisions has the others.
	MaxShownDecisions = 10

	// MaxShownVersions is how many activations of parameters the history of a rule looks
	// back on, MaxShownOpen how many decisions a rule shows in which it did not pass.
	MaxShownVersions = 32
	MaxShownOpen     = 50
	// MaxColumns is how many systems the matrix of a framework has side by side.
	MaxColumns = 8

	// MaxShownEvents and MaxShownChanges are how much of what is to come, and of what
	// changed, the overview shows.
	MaxShownEvents  = 20
	MaxShownChanges = 12
	// MaxPastBoards is how many boards of the past are kept in memory; a further one
	// takes the place of the one unused for longest.
	MaxPastBoards = 4
	// MaxChecked is how many entries a ledger may have to be checked at a person's
	// request, CheckTime how long that may take; assize ledger check has no such bound.
	MaxChecked = 200_000
	CheckTime  = 30 * time.Second
	// BoardTime bounds how long a page waits for its board to be read; it shows what
	// was read by then and says so. FollowEvery is how long the board of now rests
	// between two looks at the ledger.
	BoardTime   = 2 * time.Second
	FollowEvery = 2 * time.Second

	// DecisionBurst is how many new decisions one caller may have recorded at
	// once, DecisionEvery how long it takes until one more may follow.
	DecisionBurst = 300
	DecisionEvery = time.Second
	// MaxCallers is how many callers are told apart; when there are more, the
	// further ones share one allowance.
	MaxCallers = 16384

	// RequestTime bounds one request from its first byte to its answer.
	RequestTime = 60 * time.Second
	// JudgingTime bounds how long a question waits for its turn.
	JudgingTime = 5 * time.Second
	// HeaderTime, WriteTime and IdleTime bound a connection.
	HeaderTime = 10 * time.Second
	WriteTime  = 120 * time.Second
	IdleTime   = 120 * time.Second
)
