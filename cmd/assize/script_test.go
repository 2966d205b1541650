package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assize-dev/assize/ledger/ledgertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"assize": main})
}

// Each story is one thing somebody does, with the real program.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			addr, err := freeAddress()
			e.Setenv("ADDR", addr)
			e.Setenv("NO_COLOR", "1")
			e.Setenv("ASSIZE_STATE", filepath.Join(e.WorkDir, ".state"))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exitsWith, "answers": answers, "flip": flip, "append": appendFile, "substitute": substitute, "witness": witness,
		},
	})
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// exits CODE ARGS... runs the program and wants exactly this exit code.
func exitsWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("assize", args[1:]...)
	got := 0
	if e, ok := err.(interface{ ExitCode() int }); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("assize %v exits %d, want %d", args[1:], got, want)
	}
}

// answers URL waits until a service answers there.
func answers(ts *testscript.TestScript, _ bool, args []string) {
	for range 1600 { // a busy machine may take long to start it
		resp, err := http.Get(args[0])
		if err == nil {
			ts.Check(resp.Body.Close())
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	ts.Fatalf("%s does not answer", args[0])
}

// flip FILE FRACTION flips one bit at that part of a file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	part, err := strconv.ParseFloat(args[1], 64)
	ts.Check(err)
	b[int(part*float64(len(b)-1))] ^= 1
	ts.Check(os.WriteFile(path, b, 0o600))
}

// append FILE... adds the last standard output to a file.
func appendFile(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = fmt.Fprint(f, ts.ReadFile("stdout"))
	ts.Check(err)
	ts.Check(f.Close())
}

// substitute FILE OLD NEW replaces a text that is there in a file.
func substitute(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}

// witness POLICY LOGKEY runs a witness for the log of a key until the story ends,
// and writes the policy that wants it.
func witness(ts *testscript.TestScript, _ bool, args []string) {
	w, stop, err := ledgertest.StartWitness("witness.example/story", strings.TrimSpace(ts.ReadFile(args[1])))
	ts.Check(err)
	ts.Defer(stop)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ledgertest.PolicyText(1, w)), 0o600))
}
