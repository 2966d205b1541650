package main

import (
	"context"
	"math"
	"os"
	"runtime/debug"
	"testing"
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
	t.Setenv("GOGC", "100")
	if collectSeldom(); debug.SetGCPercent(100) != 100 {
		t.Error("GOGC is set, and the target was changed")
	}
	os.Unsetenv("GOGC")
	if collectSeldom(); debug.SetGCPercent(100) != gcPercent {
		t.Error("the target was not set")
	}
}
