package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// Keys of what a request carries beside itself.
const (
	requestKey = "request_id"
	slugKey    = "problem"
)

func requestID(c echo.Context) string {
	id, _ := c.Get(requestKey).(string)
	return id
}

// observe gives the request its id and its time, and tells log and metrics what
// became of it.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var b [8]byte
		if _, err := io.ReadFull(s.cfg.Rand, b[:]); err != nil {
			return fmt.Errorf("read request id: %w", err)
		}
		id := hex.EncodeToString(b[:])
		c.Set(requestKey, id)
		c.Response().Header().Set("X-Request-Id", id)
		r := c.Request()
		ctx, cancel := context.WithTimeout(r.Context(), RequestTime)
		defer cancel()
		c.SetRequest(r.WithContext(ctx))
		start := s.cfg.Clock()
		if err := next(c); err != nil {
			c.Error(err)
		}
		took := s.cfg.Clock().Sub(start)
		slug, _ := c.Get(slugKey).(string)
		s.metrics.request(r.Method, c.Path(), c.Response().Status, took)
		s.cfg.Logger.InfoContext(ctx, "request", "request_id", id, "method", r.Method, "route", c.Path(), "status", c.Response().Status,
			"problem", slug, "bytes", c.Response().Size, "took", took.Round(time.Microsecond))
		return nil
	}
}

// recover turns a panic into an error that the log sees whole.
func (s *Server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
			}
		}()
		return next(c)
	}
}

// guard refuses requests that come by a foreign name or from a foreign page, and
// sets the headers that hold for every answer.
func (s *Server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, h := c.Request(), c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-cache")
		// Probes come by address; what they learn is no secret.
		if p := c.Path(); p != "/healthz" && p != "/readyz" && !s.serves(r.Host) {
			return fmt.Errorf("%w: %q; call the service by one of the names it is configured for", errHost, clip(r.Host))
		}
		if err := s.origin.Check(r); err != nil {
			return fmt.Errorf("%w: %w", errOrigin, err)
		}
		if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
			return fmt.Errorf("%w: Content-Encoding %q; send the bytes as they are", errEncoding, clip(e))
		}
		for _, v := range c.ParamValues() {
			if len(v) > MaxQuery {
				return fmt.Errorf("%w: a path element has %d bytes, the bound is %d", errParameter, len(v), MaxQuery)
			}
		}
		for name, values := range r.URL.Query() {
			if len(values) > 1 || len(name) > MaxQuery || len(values[0]) > MaxQuery {
				return fmt.Errorf("%w: query parameter %q: once, with at most %d bytes", errParameter, clip(name), MaxQuery)
			}
		}
		return next(c)
	}
}

// serves tells whether the Host header names this service.
func (s *Server) serves(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if len(s.cfg.Hosts) > 0 {
		return slices.Contains(s.cfg.Hosts, host) || slices.Contains(s.cfg.Hosts, "*")
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// bodies is how many bytes of request bodies may still be held.
type bodies struct {
	mu   sync.Mutex
	free int64
}

func (b *bodies) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free < n {
		return false
	}
	b.free -= n
	return true
}

func (b *bodies) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
}

// body reads a request body of at most limit bytes. The function it returns
// gives the room back and is called when the body is no longer held.
func (s *Server) body(c echo.Context, limit int64) ([]byte, func(), error) {
	r := c.Request()
	size := r.ContentLength
	if size < 0 {
		size = limit // not told: reckon with the most
	}
	if size > limit {
		return nil, nil, fmt.Errorf("%w: %d bytes, the bound for %s is %d", errBody, size, c.Path(), limit)
	}
	if !s.bodies.take(size) {
		return nil, nil, fmt.Errorf("%w: request bodies of %d bytes are held already; send it again", errBusy, MaxBodies)
	}
	give := func() { s.bodies.give(size) }
	b, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, limit))
	if err != nil {
		give()
		var over *http.MaxBytesError
		if errors.As(err, &over) {
			return nil, nil, fmt.Errorf("%w: more than %d bytes, the bound for %s", errBody, limit, c.Path())
		}
		return nil, nil, fmt.Errorf("%w: read body: %w", errParameter, err)
	}
	if len(b) == 0 {
		give()
		return nil, nil, fmt.Errorf("%w: the body is empty", errParameter)
	}
	return b, give, nil
}

// turn waits until one more judgement may run.
func (s *Server) turn(ctx context.Context) (func(), error) {
	return take(ctx, s.judging, fmt.Sprintf("%d questions are being judged", MaxJudging))
}

// take waits at most JudgingTime for one of the places of a room.
func take(ctx context.Context, room chan struct{}, full string) (func(), error) {
	wait := time.NewTimer(JudgingTime)
	defer wait.Stop()
	select {
	case room <- struct{}{}:
		return func() { <-room }, nil
	case <-wait.C:
		return nil, fmt.Errorf("%w: %s; ask again", errBusy, full)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
