package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/assize-dev/assize/api"
)

// Config of a Client.
type Config struct {
	// Server is the URL of the service, such as http://127.0.0.1:8080.
	Server string
	HTTP   *http.Client // nil: one that waits two minutes for an answer
	Agent  string       // User-Agent; empty: assize

	// Memory has every checkpoint that the service shows held against the last one
	// seen. Nil: nothing is remembered.
	Memory *Memory
	// LogKey is the pinned verifier key of the log, or several of them, one a line.
	// Empty: the key that the service names the first time is remembered.
	LogKey string
}

// Client speaks to one service. It is safe for concurrent use.
type Client struct {
	base  string
	http  *http.Client
	agent string

	memory *Memory
	logKey string
}

// ErrServer: the URL names no service, or what answered there is none.
var ErrServer = errors.New("not an Assize service")

// ErrNoAnswer: the service could not be reached, or broke off.
var ErrNoAnswer = errors.New("no answer")

// New returns a client of a service. It does not call it.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.Server)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: %q: want a URL such as http://127.0.0.1:8080", ErrServer, cfg.Server)
	}
	c := &Client{base: strings.TrimRight(u.String(), "/"), http: cfg.HTTP, agent: cfg.Agent, memory: cfg.Memory, logKey: strings.TrimSpace(cfg.LogKey)}
	if c.http == nil {
		c.http = &http.Client{Timeout: 2 * time.Minute}
	}
	if c.agent == "" {
		c.agent = "assize"
	}
	return c, nil
}

// call is one request; body nil is a GET.
type call struct {
	path   string // below the base, with its query
	body   []byte
	accept string
	most   int64
}

// do sends a request and reads the answer, again a few times while the service is
// busy: all requests of this API may be sent twice.
func (c *Client) do(ctx context.Context, k call) ([]byte, error) {
	for try := 0; ; try++ {
		b, wait, err := c.once(ctx, k)
		var p *api.Problem
		if !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable || wait == 0 || wait > MaxRetryWait || try == Retries {
			return b, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		}
	}
}

func (c *Client) once(ctx context.Context, k call) ([]byte, time.Duration, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if k.body != nil {
		method, body = http.MethodPost, bytes.NewReader(k.body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+k.path, body)
	if err != nil {
		return nil, 0, fmt.Errorf("request %s: %w", k.path, err)
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", k.accept)
	if k.body != nil {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("%s %s: %w: %w", method, c.base+k.path, ErrNoAnswer, err)
	}
	defer func() { _ = resp.Body.Close() }()
	most := k.most
	if most == 0 {
		most = MaxAnswer
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, 0, fmt.Errorf("%s %s: read answer: %w", method, c.base+k.path, err)
	}
	if int64(len(b)) > most {
		return nil, 0, fmt.Errorf("%s %s: the answer has more than %d bytes: %w", method, c.base+k.path, most, ErrServer)
	}
	if resp.StatusCode < 300 {
		return b, 0, nil
	}
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	p := &api.Problem{}
	if err != nil || media != api.MediaProblem || json.Unmarshal(b, p) != nil {
		return nil, 0, fmt.Errorf("%s %s: %w: status %s without a problem document", method, c.base+k.path, ErrServer, resp.Status)
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // absent or a date: 0, do not retry
	return nil, time.Duration(seconds) * time.Second, p
}

// fetch decodes a JSON answer. Members it does not know are left: a newer service
// says more.
func fetch[T any](ctx context.Context, c *Client, k call) (T, error) {
	var v T
	k.accept = "application/json, application/problem+json"
	b, err := c.do(ctx, k)
	if err != nil {
		return v, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%s%s: %w: %w", c.base, k.path, ErrServer, err)
	}
	return v, nil
}
