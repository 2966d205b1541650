package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/client"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/kms"
	"github.com/assize-dev/assize/attest/oms"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/attest/sigstore"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/reports"
)

// Exit codes. "It does not hold" and "it did not work" never look alike.
const (
	exitOK       = gate.ExitAllow
	exitBroken   = gate.ExitError         // wrong call, missing file, no connection: nothing was found out
	exitRefused  = gate.ExitDeny          // denied, refused, does not verify
	exitUnproven = gate.ExitIndeterminate // indeterminate, not anchored, not supported
)

// exits maps sentinels to exit codes, first match wins. Everything else is
// exitBroken.
var exits = []struct {
	err  error
	code int
}{
	{errUsage, exitBroken},
	{gate.ErrQuestion, exitBroken},
	{evidence.ErrNotSeeded, exitBroken},
	{ledger.ErrReadOnly, exitBroken},
	{ledger.ErrNotFound, exitBroken},
	{context.Canceled, exitBroken},

	{sigstore.ErrConfig, exitBroken},
	{sigstore.ErrToken, exitBroken},
	{sigstore.ErrService, exitBroken},
	{kms.ErrURI, exitBroken},
	{kms.ErrNoProvider, exitBroken},
	{kms.ErrService, exitBroken},

	{attest.ErrUnsupported, exitUnproven},
	{oms.ErrUnsupported, exitUnproven},

	{attest.ErrMalformed, exitRefused},
	{attest.ErrTooLarge, exitRefused},
	{attest.ErrSignature, exitRefused},
	{attest.ErrUnknownSigner, exitRefused},
	{attest.ErrExpiredSigner, exitRefused},
	{attest.ErrCompromised, exitRefused},
	{attest.ErrRole, exitRefused},
	{attest.ErrScope, exitRefused},
	{attest.ErrSeparation, exitRefused},
	{attest.ErrTrust, exitRefused},
	{oms.ErrManifest, exitRefused},
	{oms.ErrMismatch, exitRefused},
	{predicate.ErrSchema, exitRefused},
	{predicate.ErrInconsistent, exitRefused},
	{predicate.ErrTooLarge, exitRefused},
	{evidence.ErrClaimedLater, exitRefused},
	{evidence.ErrErased, exitRefused},
	{evidence.ErrNotErasable, exitRefused},
	{evidence.ErrNotEraser, exitRefused},
	{evidence.ErrNotAdmin, exitRefused},
	{evidence.ErrStale, exitRefused},
	{api.ErrReceipt, exitRefused},
	{gate.ErrBundle, exitRefused},
	{gate.ErrNoDecision, exitRefused},
	{gate.ErrSeal, exitRefused},
	{reports.ErrRecord, exitRefused},
	{ledger.ErrProof, exitRefused},
	{client.ErrSplitView, exitRefused},
	{ledger.ErrWitness, exitRefused},
	{ledger.ErrCorrupt, exitRefused},
	{ledger.ErrErased, exitRefused},
	{ledger.ErrInvalid, exitRefused},
	{ledger.ErrTooLarge, exitRefused},
	{policy.ErrRuleSet, exitRefused},
	{policy.ErrUnsigned, exitRefused},
	{policy.ErrNoRules, exitRefused},
	{policy.ErrParameters, exitRefused},
}

// exitError carries an exit code that no sentinel tells. Err may be nil: all
// there was to say has been said on stdout.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// exit ends a verb that has said its result.
func exit(code int) error {
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

// broken marks an error as nothing found out, whatever it wraps: a gate that
// could not answer must not look like one that denied.
func broken(err error) error {
	if err == nil || errors.As(err, new(*exitError)) {
		return err
	}
	return &exitError{exitBroken, err}
}

// problemExits says the same of what a service answered, by the last part of the
// problem's type.
var problemExits = map[string]int{
	"unsupported": exitUnproven,

	"not-erasable": exitRefused, "not-eraser": exitRefused,
	"erased": exitRefused, "stale": exitRefused, "not-admin": exitRefused, "claimed-later": exitRefused, "invalid-parameters": exitRefused,
	"invalid-trust": exitRefused, "too-large": exitRefused, "signature": exitRefused, "separation-of-duties": exitRefused,
	"unknown-signer": exitRefused, "expired-signer": exitRefused, "compromised-signer": exitRefused, "role": exitRefused,
	"scope": exitRefused, "schema": exitRefused, "inconsistent": exitRefused, "malformed-evidence": exitRefused,
}

// exitCode of an error.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if e := (*exitError)(nil); errors.As(err, &e) {
		return e.code
	}
	if p := (*api.Problem)(nil); errors.As(err, &p) {
		if code, ok := problemExits[strings.TrimPrefix(p.Type, api.ProblemBase)]; ok {
			return code
		}
		return exitBroken
	}
	for _, x := range exits {
		if errors.Is(err, x.err) {
			return x.code
		}
	}
	return exitBroken
}

// report writes the error for the person and returns the exit code.
func report(stderr io.Writer, err error) int {
	if e := (*exitError)(nil); err != nil && !(errors.As(err, &e) && e.err == nil) {
		fmt.Fprintf(stderr, "assize: %s\n", message(err))
	}
	return exitCode(err)
}

// message is an error as a person reads it: without the transport it came by.
func message(err error) string {
	text := err.Error()
	var p *api.Problem
	if errors.As(err, &p) {
		return strings.Replace(text, p.Error(), p.Detail, 1)
	}
	var u *url.Error
	var dial *net.OpError
	if errors.As(err, &u) && errors.As(err, &dial) && dial.Op == "dial" {
		at := u.URL
		if parsed, err := url.Parse(u.URL); err == nil {
			at = parsed.Scheme + "://" + parsed.Host
		}
		if !errors.Is(err, client.ErrNoAnswer) { // a registry, a mirror, an authority
			return fmt.Sprintf("nothing answers at %s (%v); is the address right, and reachable from here?", at, dial.Err)
		}
		return fmt.Sprintf("no service answers at %s (%v); `assize serve` starts one, --server names another, --store works on a ledger without one", at, dial.Err)
	}
	return text
}
