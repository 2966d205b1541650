package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// If this fails, the first start does not give a ledger what it needs, or a second
// start changes it.
func TestFirstStart(t *testing.T) {
	ctx := context.Background()
	at := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	cfg := instanceConfig{Store: "sqlite:" + filepath.Join(t.TempDir(), "a.db"), Origin: "assize.dev/test/1", Create: true, Clock: func() time.Time { return at }}
	in, err := openInstance(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	size, _, _, err := in.Log().Head(ctx)
	if err != nil || size != 3 || in.Log().Origin() != "assize.dev/test/1" {
		t.Fatalf("size %d, origin %s, %v", size, in.Log().Origin(), err)
	}
	a, err := in.Gate.Decide(ctx, gate.Question{Subject: attest.RefOf("x"), System: "system:x", Action: "deploy", Environment: "production"}, gate.Options{})
	if err != nil || a.Decision.Verdict != gate.Deny || len(a.Inquiry) == 0 {
		t.Fatalf("%+v %v", a, err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if in, err = openInstance(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if size, _, _, _ := in.Log().Head(ctx); size != 3 {
		t.Errorf("a second start left %d entries", size)
	}
}

// TestStartWithoutWitnesses: a service whose witnesses are away starts, says so, and
// has what it appended shown once they are back.
func TestStartWithoutWitnesses(t *testing.T) {
	ctx := context.Background()
	cfg := instanceConfig{Store: "sqlite:" + filepath.Join(t.TempDir(), "a.db"), Origin: "assize.dev/test/2", Create: true}
	in, err := openInstance(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := ledgertest.NewWitness(t, "w.example/1", in.VKey())
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	w.Down(true)
	if cfg.Rules, err = policy.LoadSet(fstest.MapFS{"x_01.rego": &fstest.MapFile{Data: []byte(`# METADATA
# title: Card names its version
# description: The model card names the version of the model.
# custom:
#   id: X-01
#   severity: low
#   kinds: [model]
#   actions: [release]
#   requires: [model-card]
#   controls: []
#   basis: convention
#   remediation: Name the version.
package assize.own.x_01

pass if input.evidence["model-card"][0].predicate.version != ""
`)}}); err != nil {
		t.Fatal(err)
	}
	cfg.Witnessing = &ledger.Witnessing{Policy: ledgertest.Policy(t, 1, w), Required: true, Wait: 50 * time.Millisecond}
	var said bytes.Buffer
	for _, logger := range []*slog.Logger{nil, slog.New(slog.NewTextHandler(&said, nil))} {
		cfg.Logger = logger
		if in, err = openInstance(ctx, cfg); err != nil {
			t.Fatal(err)
		}
		head, err := in.Log().Committed(ctx)
		if err != nil || head.Size != 4 {
			t.Errorf("%d entries committed, %v: want the rules of this program as the fourth", head.Size, err)
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(said.String(), "not cosigned") {
		t.Errorf("nobody was told: %s", said.String())
	}
}
