package main

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestPaceGC: a service bounds its memory, unless the environment says how.
func TestPaceGC(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "off")
			if paceGC(ended); debug.SetMemoryLimit(-1) != math.MaxInt64 {
				t.Errorf("%s is set, and the memory was bounded", name)
			}
		})
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	if paceGC(ended); debug.SetMemoryLimit(-1) < serveMemory || debug.SetMemoryLimit(-1) == math.MaxInt64 {
		t.Errorf("the bound is %d", debug.SetMemoryLimit(-1))
	}
}

// TestCollectSeldom: the target is the program's, unless the environment has one.
func TestCollectSeldom(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	now := func() int {
		percent := debug.SetGCPercent(100)
		debug.SetGCPercent(percent)
		return percent
	}
	t.Setenv("GOGC", "100")
	if collectSeldom(); now() != 100 {
		t.Error("GOGC is set, and the target was changed")
	}
	os.Unsetenv("GOGC")
	if collectSeldom(); now() != startPercent {
		t.Error("the first collection was not put off")
	}
	for range 100 {
		if runtime.GC(); now() == gcPercent {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("after collections the target is %d", now())
}
