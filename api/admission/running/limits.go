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
	// SettleTime is how long a workload that was let in has to be there before it is
	// told of.
	SettleTime = 5 * time.Second
	// GraceTime is how long a pod that was let in is taken to run where pods are listed
	// and the list does not show it.
	GraceTime = time.Minute
	// MaxAge is how long a pod is taken to run that is known by its admission alone,
	// since it was let in or changed: nobody may ever say that it went. What went so is
	// counted in assize_running_forgotten_total, as is what goes for MaxPods.
	MaxAge = 180 * 24 * time.Hour
	// MaxPods is how many pods are known by their admission alone; of more the oldest go
	// of the namespace that has the most.
	MaxPods = 50000
	// MaxKnownBytes is about how much memory what is known of pods may take: one that
	// names much counts for many. Where pods are listed, further ones are left out; else
	// the oldest go of the namespace that has the most.
	MaxKnownBytes = 64 << 20
	// GoneTime is how long it is kept that a pod went, for word of it that comes later,
	// and GraceTime when more than MaxGone went meanwhile.
	GoneTime = 24 * time.Hour
	MaxGone  = 100000
	// MaxWaiting is how much news of pods waits for the store; more is lost, and counted.
	// So is what takes more memory than MaxWaitingBytes.
	MaxWaiting      = 10000
	MaxWaitingBytes = 16 << 20
	// MaxTogether is how much news goes to the store at once.
	MaxTogether = 512
	// AskTime is how long it takes until the API server is asked again for what it
	// forbade.
	AskTime = time.Minute
	// UnsureTime is how long the API server may not answer before admissions are kept.
	UnsureTime = 10 * time.Second
	// RequestsPerSecond bounds what the API server is asked.
	RequestsPerSecond = 20
	// JudgingTime bounds one judgement, and WritingTime one request to the API server.
	JudgingTime = 30 * time.Second
	WritingTime = 10 * time.Second
	// BlindTime is how long the ledger may not answer before everything is judged
	// again, which then says so; nothing is waited for longer than that.
	BlindTime = 30 * time.Second
)
