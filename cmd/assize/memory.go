package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// gcPercent is the garbage collection target of the program: most of what it makes
	// is garbage at once, be it the pieces of a rule that is compiled or a payload that
	// was hashed, so collecting less often saves a fifth of the time of a command for
	// some tens of megabytes.
	gcPercent = 300
	// startPercent puts the first collection off until 128 MiB are in use, which most
	// commands never reach: the runtime reckons from 4 MiB (runtime, GOGC).
	startPercent = 3200
	// serveMemory is what a service takes at most while what lives in it leaves room
	// to work, in bytes.
	serveMemory = 192 << 20
)

// collectSeldom sets the target, from the first collection on. GOGC in the environment
// says otherwise.
func collectSeldom() {
	if _, ok := os.LookupEnv("GOGC"); ok {
		return
	}
	debug.SetGCPercent(startPercent)
	collected := new([16]byte)
	runtime.AddCleanup(collected, func(percent int) { debug.SetGCPercent(percent) }, gcPercent)
}

// paceGC keeps a service within serveMemory, or within 1.6 times what lives in it where
// that is more, until ctx ends. GOGC or GOMEMLIMIT in the environment say otherwise.
func paceGC(ctx context.Context) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, ok := os.LookupEnv(name); ok {
			return
		}
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // after the last collection
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		metrics.Read(live)
		debug.SetMemoryLimit(max(serveMemory, int64(live[0].Value.Uint64()/5*8)))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
