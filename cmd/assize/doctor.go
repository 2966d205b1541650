package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/policy"
)

func (a *app) doctor() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", GroupID: "service", Args: cobra.NoArgs,
		Short: "Say what is wrong with an installation, and what to do",
		Long: `Look at store, keys, fork guard, trust, parameters and rules of an installation and say
what is wrong with it. It changes nothing and runs beside a service; the whole tree is
` + "`assize ledger check`" + `'s work. Exit code 2 when something is wrong.`,
	}
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg := a.instanceConfig(cmd)
		cfg.ReadOnly = true
		in, err := openInstance(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		d := &diagnosis{Checks: []check{}}
		d.ledger(cmd.Context(), in)
		d.database(cmd.Context(), in)
		d.keys(cmd.Context(), in)
		d.inForce(cmd.Context(), in)
		if err := a.emit(cmd, d, func(w io.Writer) error { d.text(w, a.style); return nil }); err != nil {
			return err
		}
		if slices.ContainsFunc(d.Checks, func(c check) bool { return c.Outcome == "wrong" }) {
			return exit(exitRefused)
		}
		return nil
	}
	return cmd
}

// diagnosis is a list of checks in the order they were made.
type diagnosis struct {
	Checks []check `json:"checks"`
}

type check struct {
	What    string `json:"what"`
	Outcome string `json:"outcome"` // ok, note, wrong
	Say     string `json:"say"`
}

func (d *diagnosis) ok(what, format string, args ...any) { d.add("ok", what, format, args) }

func (d *diagnosis) note(what, format string, args ...any) { d.add("note", what, format, args) }

func (d *diagnosis) wrong(what, format string, args ...any) { d.add("wrong", what, format, args) }

func (d *diagnosis) add(outcome, what, format string, args []any) {
	d.Checks = append(d.Checks, check{what, outcome, fmt.Sprintf(format, args...)})
}

func (d *diagnosis) text(w io.Writer, s style) {
	t := &decisionText{w: w, style: s}
	for _, c := range d.Checks {
		word := s.green("ok   ")
		switch c.Outcome {
		case "note":
			word = s.yellow("note ")
		case "wrong":
			word = s.red("WRONG")
		}
		t.wrap(fmt.Sprintf("%s  %-11s ", word, c.What), 19, c.Say)
	}
}

func (d *diagnosis) ledger(ctx context.Context, in *instance) {
	committed, err := in.log.Committed(ctx)
	if err != nil {
		d.wrong("store", "%v", err)
		return
	}
	size, _, _, err := in.log.Head(ctx)
	switch {
	case err != nil:
		d.wrong("store", "%s: %v", in.path, err)
	case size < committed.Size:
		d.note("store", "%s: %d entries are committed, %d signed; the rest is signed when the ledger is next opened for writing", in.path, committed.Size, size)
	default:
		d.ok("store", "%s: %s of %s", in.path, count(size, "entry", "entries"), in.log.Origin())
	}
}

// database looks at a Postgres server: whether it keeps what it acknowledges, and
// has the right time.
func (d *diagnosis) database(ctx context.Context, in *instance) {
	s, ok := in.store.(*postgres.Store)
	if !ok {
		return
	}
	c, err := s.Condition(ctx)
	if err != nil {
		d.wrong("database", "%v", err)
		return
	}
	before := len(d.Checks)
	for _, set := range []struct{ name, is, why string }{
		{"fsync", c.Fsync, "a power cut loses acknowledged entries"},
		{"full_page_writes", c.FullPageWrites, "a power cut may damage the database"},
	} {
		if set.is != "on" {
			d.wrong("database", "%s is %s: %s; set it on", set.name, set.is, set.why)
		}
	}
	if off := c.Clock.Sub(in.now()).Abs(); off > ledger.MaxClockOff {
		d.wrong("database", "its clock says %s, the one here %s; set both by the same time server", c.Clock.Format(time.RFC3339), in.now().UTC().Format(time.RFC3339))
	}
	if len(d.Checks) == before {
		d.ok("database", "PostgreSQL %s", c.Version)
	}
	switch {
	case c.Standby:
		d.note("database", "this is a standby: it can be read, and nothing is taken in")
	case c.Synchronous == 0:
		d.note("database", "no synchronous standby: entries acknowledged last are lost with the primary's disk")
	}
}

func (d *diagnosis) keys(ctx context.Context, in *instance) {
	k := &keyring{dir: in.cfg.Keys}
	for _, name := range []string{fileLogKey, fileDecisionKey, fileIdentityKey, fileAdminKey} {
		info, err := os.Stat(k.path(name))
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == fileAdminKey:
			d.note("keys", "%s is kept elsewhere; activations need --key", k.path(name))
		case err != nil:
			d.wrong("keys", "%v; without it nothing can be written", err)
		case info.Mode().Perm()&0o077 != 0:
			d.wrong("keys", "%s can be read by others (mode %04o); chmod 600 it, and replace the key if it was", k.path(name), info.Mode().Perm())
		}
	}
	loaded, err := loadKeys(in.cfg.Keys)
	if err != nil {
		if !errors.Is(err, errNoKeys) {
			d.wrong("keys", "%v", err)
		}
		return
	}
	d.ok("keys", "%s holds the keys of %s", in.cfg.Keys, loaded.log.Name())
	if origin := in.log.Origin(); origin != "" && loaded.log.Name() != origin {
		d.wrong("keys", "the log key is for %s, the store holds %s; name the right directory with --keys", loaded.log.Name(), origin)
		return
	}
	d.mark(ctx, in, loaded)
	d.trusted(ctx, in, loaded)
}

// mark compares the fork guard with the store.
func (d *diagnosis) mark(ctx context.Context, in *instance, k *keyring) {
	m, ok, err := ledger.NewFileGuard(in.cfg.Mark).Load(ctx, k.log.Name())
	head, headErr := in.log.Committed(ctx)
	switch {
	case err != nil:
		d.wrong("fork guard", "%v", err)
	case headErr != nil:
		d.wrong("fork guard", "%v", headErr)
	case !ok:
		d.wrong("fork guard", "%s is not there: the ledger opens read-only; restore the file", in.cfg.Mark)
	case m.Size > head.Size:
		d.wrong("fork guard", "%d entries were signed, the store holds %d: it is an old copy; restore the newest one", m.Size, head.Size)
	default:
		root, err := in.log.RootAt(ctx, m.Size)
		if err != nil || root != m.Root {
			d.wrong("fork guard", "the first %d entries are not those that were signed (%v); restore the right store", m.Size, err)
			return
		}
		d.ok("fork guard", "the store extends the %s that were signed", count(m.Size, "entry", "entries"))
	}
}

// trusted tells whether the trust in force names the keys in the directory, which
// is what verifiers go by.
func (d *diagnosis) trusted(ctx context.Context, in *instance, k *keyring) {
	t, err := in.Locker.ActiveTrust(ctx)
	if err != nil {
		return // said by inForce
	}
	if !slices.Contains(t.Service.LogKeys, k.log.VerifierKey()) {
		d.wrong("trust", "the trust in force does not name the log key %s; proof bundles will not verify; activate a trust that does", k.log.VerifierKey())
	}
	for _, key := range []struct {
		what   string
		signer crypto.Signer
		holds  func(pem string) bool
	}{
		{"decision key", k.decision, func(pem string) bool { return slices.Contains(t.Service.DecisionKeys, pem) }},
		{"administrator's key", k.admin, func(pem string) bool {
			return slices.ContainsFunc(t.Signers, func(s attest.TrustSigner) bool { return s.Key == pem && slices.Contains(s.Roles, "admin") })
		}},
	} {
		if key.signer == nil {
			continue
		}
		pem, err := attest.MarshalPublicKey(key.signer.Public())
		if err != nil || !key.holds(string(pem)) {
			d.wrong("trust", "the trust in force does not name the %s in %s", key.what, k.dir)
		}
	}
}

func (d *diagnosis) inForce(ctx context.Context, in *instance) {
	if t, err := in.Locker.ActiveTrust(ctx); err != nil {
		d.wrong("trust", "%v; `assize serve` seeds an empty ledger", err)
	} else {
		d.ok("trust", "sha256:%s, %s", t.Digest(), count(len(t.Signers), "signer", "signers"))
		for _, n := range trustNotes(t) {
			d.note("trust", "%s", n)
		}
	}
	head, err := in.log.Committed(ctx)
	if err != nil {
		d.wrong("parameters", "%v", err)
		return
	}
	active, err := evidence.Latest(ctx, in.log, evidence.KindParameters, head.Size)
	if err != nil {
		d.wrong("parameters", "%v", err)
		return
	}
	p, err := policy.ParseParameters(active.Document)
	if err != nil {
		d.wrong("parameters", "index %d: %v", active.Index, err)
		return
	}
	d.ok("parameters", "%s, gates for %s", active.Digest, list(p.Environments(), "nothing"))
	set, err := builtinRules()
	switch {
	case err != nil:
		d.wrong("rules", "%v", err)
	case set.Digest() != p.Set:
		d.note("rules", "%s judges; this program carries %s, which activating parameters that name no set would put in force", p.Set, set.Digest())
	default:
		d.ok("rules", "%s, built in", p.Set)
	}
}
