// Command assize is the one program of the project: the service, the gate, and
// everything a producer of evidence, an officer or an auditor does from a
// terminal. docs/ tells what the verbs are for; `assize help VERB` how to call
// them.
//
// Wiring lives here and nowhere else: which store, which keys, which clock. The
// packages below know none of that.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	collectSeldom()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(report(os.Stderr, err))
}
