package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/format"
)

// ProblemBase is the URI that problem types stand below.
const ProblemBase = "https://assize.dev/problems/"

// MediaProblem is the media type of a problem document (RFC 9457).
const MediaProblem = "application/problem+json"

// Problem is an error as it leaves the service (RFC 9457). Detail names the
// input, the place in it, the rule it broke and the remedy.
type Problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
	// RequestID finds the request in the service's log.
	RequestID string `json:"request_id"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%s (%d): %s", p.Title, p.Status, p.Detail) }

// Errors of this package's own.
var (
	errParameter = errors.New("malformed request")
	errNoSuch    = errors.New("no such thing here")
	errBody      = errors.New("body too large")
	errBusy      = errors.New("busy")
	errRate      = errors.New("too many new decisions")
	errHost      = errors.New("host not served here")
	errOrigin    = errors.New("cross-origin request refused")
	errAccept    = errors.New("not available in that form")
	errEncoding  = errors.New("encoded body refused")
	errWitness   = errors.New("no witness")
	errPanic     = errors.New("handler panicked")
)

// kind is a row of the table: an error of the program and what it is to a client.
type kind struct {
	is     error
	status int
	slug   string // of the type, below ProblemBase
	title  string
	retry  int // seconds after which to try again; 0: not by itself
}

// problems is the one table from sentinel to problem. The first row that matches
// counts, so what is more particular stands further up.
var problems = []kind{
	{errHost, http.StatusMisdirectedRequest, "host", "The service is not known by that host name", 0},
	{errOrigin, http.StatusForbidden, "cross-origin", "Request from a foreign web page refused", 0},
	{errAccept, http.StatusNotAcceptable, "not-acceptable", "Not available in that form", 0},
	{errEncoding, http.StatusUnsupportedMediaType, "content-encoding", "The body is compressed", 0},
	{errRate, http.StatusTooManyRequests, "rate-limit", "Too many new decisions", 1},
	{errBusy, http.StatusServiceUnavailable, "busy", "The service is busy", 1},
	{errBody, http.StatusRequestEntityTooLarge, "too-large", "Too large", 0},
	{errWitness, http.StatusBadRequest, "no-witness", "No witness is configured", 0},
	{errParameter, http.StatusBadRequest, "malformed-request", "Malformed request", 0},
	{errNoSuch, http.StatusNotFound, "not-found", "Not found", 0},
	{errPanic, http.StatusInternalServerError, "internal", "Internal error", 0},

	{ledger.ErrReadOnly, http.StatusServiceUnavailable, "read-only", "The ledger is read-only", 60},
	{ledger.ErrBusy, http.StatusServiceUnavailable, "busy", "The append queue is full", 1},
	{ledger.ErrUnavailable, http.StatusServiceUnavailable, "store-unavailable", "The store does not answer", 5},
	{ledger.ErrClock, http.StatusServiceUnavailable, "clock", "The clock is off", 60},
	{ledger.ErrFull, http.StatusServiceUnavailable, "read-only", "The store is full", 60},
	{ledger.ErrClosed, http.StatusServiceUnavailable, "closing", "The service is shutting down", 5},
	{ledger.ErrAmbiguous, http.StatusServiceUnavailable, "ambiguous", "The outcome of the commit is unknown; sending again is safe", 1},
	{ledger.ErrCorrupt, http.StatusInternalServerError, "corrupt", "The ledger does not check", 0},

	{evidence.ErrErased, http.StatusGone, "erased", "Erased", 0},
	{ledger.ErrErased, http.StatusGone, "erased", "Erased", 0},
	{evidence.ErrNotErasable, http.StatusConflict, "not-erasable", "Cannot be erased", 0},
	{evidence.ErrNotEraser, http.StatusForbidden, "not-eraser", "Not signed by somebody who may erase", 0},
	{ledger.ErrWitness, http.StatusServiceUnavailable, "not-witnessed", "Not cosigned by the quorum of witnesses yet", 5},
	{evidence.ErrStale, http.StatusConflict, "stale", "Something else was activated meanwhile", 0},
	{ledger.ErrConflict, http.StatusConflict, "stale", "Something else was activated meanwhile", 0},
	{evidence.ErrNotAdmin, http.StatusForbidden, "not-admin", "Not signed by an admin", 0},
	{evidence.ErrNotSeeded, http.StatusServiceUnavailable, "not-seeded", "The ledger holds no trust or parameters yet", 5},
	{evidence.ErrClaimedLater, http.StatusUnprocessableEntity, "claimed-later", "Claimed time lies in the future", 0},
	{evidence.ErrDossierTooLarge, http.StatusUnprocessableEntity, "dossier-too-large", "Too much evidence for one answer", 0},

	{reports.ErrRequest, http.StatusBadRequest, "malformed-report", "Such a report cannot be built", 0},
	{format.ErrFormat, http.StatusBadRequest, "malformed-report", "Such a report cannot be built", 0},
	{reports.ErrCutOff, http.StatusServiceUnavailable, "busy", "A judgement was cut off by time or memory", 5},

	{gate.ErrQuestion, http.StatusBadRequest, "malformed-question", "Malformed question", 0},
	{gate.ErrNoDecision, http.StatusNotFound, "not-found", "Not a decision", 0},
	{policy.ErrParameters, http.StatusUnprocessableEntity, "invalid-parameters", "Parameters are not acceptable", 0},
	{policy.ErrUnknownRule, http.StatusUnprocessableEntity, "invalid-parameters", "Parameters are not acceptable", 0},

	{attest.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large", "Too large", 0},
	{predicate.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large", "Too large", 0},
	{ledger.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large", "Too large", 0},
	{attest.ErrTrust, http.StatusUnprocessableEntity, "invalid-trust", "Trust is not acceptable", 0},
	{attest.ErrSignature, http.StatusUnprocessableEntity, "signature", "A signature does not verify", 0},
	{attest.ErrUnsupported, http.StatusUnprocessableEntity, "unsupported", "Of a kind this version does not verify", 0},
	{attest.ErrSeparation, http.StatusForbidden, "separation-of-duties", "Two different people have to sign this", 0},
	{attest.ErrUnknownSigner, http.StatusForbidden, "unknown-signer", "The signer is not trusted", 0},
	{attest.ErrExpiredSigner, http.StatusForbidden, "expired-signer", "The signer is not valid at this time", 0},
	{attest.ErrCompromised, http.StatusForbidden, "compromised-signer", "The signer's key is compromised", 0},
	{attest.ErrRole, http.StatusForbidden, "role", "The signer may not make such statements", 0},
	{attest.ErrScope, http.StatusForbidden, "scope", "The signer may not speak about this system", 0},
	{predicate.ErrSchema, http.StatusUnprocessableEntity, "schema", "The statement breaks its schema", 0},
	{predicate.ErrInconsistent, http.StatusUnprocessableEntity, "inconsistent", "The statement contradicts itself", 0},
	{attest.ErrMalformed, http.StatusBadRequest, "malformed-evidence", "Malformed evidence", 0},

	{ledger.ErrNotFound, http.StatusNotFound, "not-found", "Not found", 0},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "timeout", "The request took too long", 1},
	{context.Canceled, 499, "cancelled", "The client went away", 0},
}

// kindOf finds the row of an error.
func kindOf(err error) kind {
	for _, k := range problems {
		if errors.Is(err, k.is) {
			return k
		}
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		switch he.Code {
		case http.StatusNotFound:
			return kind{nil, he.Code, "not-found", "Not found", 0}
		case http.StatusMethodNotAllowed:
			return kind{nil, he.Code, "method", "Method not allowed", 0}
		}
	}
	return kind{nil, http.StatusInternalServerError, "internal", "Internal error", 0}
}

// problem writes an error. What this service did wrong is told to the log in
// full, and to the client only by its request id.
func (s *Server) problem(err error, c echo.Context) {
	k := kindOf(err)
	id := requestID(c)
	r := c.Request()
	if k.status >= http.StatusInternalServerError && k.retry == 0 {
		s.cfg.Logger.ErrorContext(r.Context(), "request", "request_id", id, "method", r.Method, "route", c.Path(), "problem", k.slug, "err", err)
	}
	c.Set(slugKey, k.slug)
	if c.Response().Committed {
		return
	}
	p := Problem{Type: ProblemBase + k.slug, Title: k.title, Status: k.status, Detail: err.Error(), Instance: r.URL.EscapedPath(), RequestID: id}
	var he *echo.HTTPError
	switch {
	case k.slug == "internal":
		p.Detail = "Something failed inside the service; its log tells what, under the request id."
	case errors.As(err, &he):
		p.Detail = fmt.Sprintf("%s %s is not served here; /openapi.json lists what is", r.Method, clip(p.Instance))
	}
	h := c.Response().Header()
	retry := k.retry
	var later *laterError
	if errors.As(err, &later) {
		retry = later.seconds
	}
	if retry > 0 {
		h.Set("Retry-After", strconv.Itoa(retry))
	}
	h.Set("Cache-Control", "no-store")
	if s.cfg.Pages != nil && forPeople(c) {
		err = s.render(c, p.Status, p)
	} else {
		err = writeProblem(c, p)
	}
	if err != nil {
		s.cfg.Logger.WarnContext(r.Context(), "write problem", "request_id", id, "err", err)
	}
}

func writeProblem(c echo.Context, p Problem) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return c.Blob(p.Status, MediaProblem, append(b, '\n'))
}

// laterError says when to come again.
type laterError struct {
	error
	seconds int
}

func (e *laterError) Unwrap() error { return e.error }

// clip shortens what a caller sent for quoting it in a message.
func clip(s string) string {
	if len(s) > 128 {
		return s[:128] + "..."
	}
	return s
}
