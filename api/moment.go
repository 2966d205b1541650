package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Moment is what an answer looks at: the ledger at a size, judged at an instant.
// Without as_of and known_at it is the head, now.
type Moment struct {
	Size uint64    // of the ledger that is looked at
	At   time.Time // the instant
	Past bool      // the ledger holds more
	// AsOf and KnownAt are what was asked for, empty when it was not.
	AsOf, KnownAt string
}

// Asked tells whether another moment than now was asked for.
func (m Moment) Asked() bool { return m.AsOf != "" || m.KnownAt != "" }

// view is the evidence of the moment.
func (m Moment) view(l *evidence.Locker) evidence.View {
	if m.Past {
		return l.At(m.Size)
	}
	return l.Now()
}

const momentKey = "moment"

// moment is what the request looks at, by as_of (an instant, RFC 3339, or a day) and
// known_at (a ledger size). as_of alone looks at what was logged by then, as a report
// does; known_at alone judges now by what the ledger held at that size.
func (s *Server) moment(c echo.Context) (Moment, error) {
	if m, ok := c.Get(momentKey).(Moment); ok {
		return m, nil
	}
	ctx := c.Request().Context()
	m := Moment{At: s.cfg.Clock(), AsOf: c.QueryParam("as_of"), KnownAt: c.QueryParam("known_at")}
	head, _, _, err := s.log.Head(ctx)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return Moment{}, err
	}
	m.Size = head
	if newest, err := s.log.Committed(ctx); err != nil {
		return Moment{}, err
	} else if newest.Time.After(m.At) {
		m.At = newest.Time // as the gate: never before the newest entry
	}
	if m.AsOf != "" {
		if m.At, err = parseInstant(m.AsOf); err != nil {
			return Moment{}, err
		}
	}
	switch {
	case m.KnownAt != "":
		n, err := strconv.ParseUint(m.KnownAt, 10, 63)
		if err != nil || n > head {
			return Moment{}, fmt.Errorf("%w: known_at=%q: a size of the ledger, from 0 to %d", errParameter, clip(m.KnownAt), head)
		}
		m.Size = n
	case m.AsOf != "" && head > 0:
		if m.Size, err = s.log.SizeAt(ctx, m.At); err != nil {
			return Moment{}, err
		}
	}
	m.Past = m.Size < head
	c.Set(momentKey, m)
	return m, nil
}

func parseInstant(v string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, v); err == nil && t.Year() >= 1 && t.Year() <= 9999 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: as_of=%q: an instant such as 2026-06-01T12:00:00Z, or a day such as 2026-06-01, which begins at midnight UTC", errParameter, clip(v))
}

// at is the context and the moment of a request.
func (s *Server) at(c echo.Context) (context.Context, Moment, error) {
	m, err := s.moment(c)
	return c.Request().Context(), m, err
}

// asked is the form and the moment that a page is asked for.
func (s *Server) asked(c echo.Context) (form string, _ context.Context, _ Moment, _ error) {
	form, err := negotiate(c, s.forms()...)
	if err != nil {
		return "", nil, Moment{}, err
	}
	ctx, at, err := s.at(c)
	return form, ctx, at, err
}

// entry tells whether the ledger of a moment holds an index.
func (m Moment) entry(index uint64) error {
	if index >= m.Size {
		return fmt.Errorf("%w: ledger index %d: the ledger of that moment ends before it, at %d; leave out as_of and known_at", errNoSuch, index, m.Size)
	}
	return nil
}

// query asks for the same moment on another page.
func (m Moment) query() string {
	q := url.Values{}
	if m.AsOf != "" {
		q.Set("as_of", m.AsOf)
	}
	if m.KnownAt != "" {
		q.Set("known_at", m.KnownAt)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}
