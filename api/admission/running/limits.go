package running

import "time"

// Bounds of what is kept and told.
const (
	// MaxWorkloads is how many workloads are kept; further ones are counted in
	// assize_running_left_out, and their pods are not judged again.
	MaxWorkloads = 50000
	// MaxShapes is how many different pods of one workload are judged; more are told
	// as an error of it.
	MaxShapes = 16
	// MaxResults is how many results one report has; the last says how many more
	// there are.
	MaxResults = 100
	// MaxMessage is the longest message of a result or an event, in bytes.
	MaxMessage = 1024
	// EventBurst is how many events are made at once, EventEvery how long it takes
	// until one more may follow. What is over is counted and not made: the report has
	// it.
	EventBurst = 50
	EventEvery = 2 * time.Second
	// RequestsPerSecond bounds what the API server is asked.
	RequestsPerSecond = 20
	// JudgingTime bounds one judgement, and WritingTime one request to the API server.
	JudgingTime = 30 * time.Second
	WritingTime = 10 * time.Second
	// BlindTime is how long the ledger may not answer before everything is judged
	// again, which then says so.
	BlindTime = 30 * time.Second
)
