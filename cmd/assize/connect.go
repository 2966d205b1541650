package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api/client"
)

// addService gives a verb the flags that name a service, or in its place a ledger
// on this machine.
func addService(cmd *cobra.Command) {
	cmd.Flags().String("server", "", "URL of the service (default http://"+defaultListen+")")
	cmd.Flags().String("state", "", "directory that remembers the last checkpoint seen of each log (default $XDG_STATE_HOME/assize, or ~/.local/state/assize)")
	addStore(cmd)
}

// connection is a service a verb talks to: one elsewhere, or the same code over a
// ledger on this machine, called without a network between.
type connection struct {
	*client.Client
	in *instance // nil for a service elsewhere
}

func (c *connection) Close() error {
	if c.in == nil {
		return nil
	}
	return c.in.Close()
}

// need is what a verb does with a ledger.
type need int

const (
	toRead   need = iota
	toRecord      // a decision, if it can; else it is told that nothing is recorded
	toWrite       // of no use on a ledger it can only read
)

// connect opens what the flags of a verb name.
func (a *app) connect(cmd *cobra.Command, n need) (*connection, error) {
	server, store := a.given("server"), a.given("store")
	switch {
	case server != fromDefault && server == store:
		return nil, usage("--server and --store are both given; a verb talks to one of them")
	case store > server:
		return a.connectStore(cmd, n)
	}
	url := cmd.Flag("server").Value.String()
	if url == "" {
		url = "http://" + defaultListen
	}
	c, err := client.New(client.Config{Server: url, Memory: a.memory(cmd.Flag("state").Value.String())})
	if err != nil {
		return nil, usage("--server: %w", err)
	}
	if err := c.Observe(cmd.Context()); err != nil {
		return nil, err
	}
	return &connection{Client: c}, nil
}

// memory is what the user's clients remember of logs. Without a directory to keep
// it in they go on, and say that a split view would go unnoticed.
func (a *app) memory(dir string) *client.Memory {
	if dir == "" {
		base := os.Getenv("XDG_STATE_HOME")
		if home, err := os.UserHomeDir(); base == "" && err == nil {
			base = filepath.Join(home, ".local", "state")
		}
		if base != "" {
			dir = filepath.Join(base, "assize")
		}
	}
	err := fs.ErrNotExist
	if dir != "" {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		a.note("assize: nowhere to remember checkpoints (%v): whether the log shows everybody the same goes unchecked; name a directory with --state", err)
		return nil
	}
	return client.NewMemory(dir)
}

func (a *app) connectStore(cmd *cobra.Command, n need) (*connection, error) {
	cfg := a.instanceConfig(cmd)
	var in *instance
	var err error
	switch n {
	case toWrite:
		in, err = openInstance(cmd.Context(), cfg)
	case toRecord:
		in, err = openToRead(cmd.Context(), cfg, a.note)
	default:
		cfg.ReadOnly = true
		in, err = openInstance(cmd.Context(), cfg)
	}
	if err != nil {
		return nil, err
	}
	h, err := in.handler(nil, cfg.Logger)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	c, err := client.New(client.Config{Server: "http://localhost", HTTP: &http.Client{Transport: within{h}}})
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return &connection{c, in}, nil
}

// within answers requests by calling a handler.
type within struct{ handler http.Handler }

func (t within) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out, body := io.Pipe()
	w := &piped{header: http.Header{}, body: body, status: make(chan int, 1)}
	go func() {
		t.handler.ServeHTTP(w, in)
		w.WriteHeader(http.StatusOK)
		body.Close()
	}()
	status := <-w.status
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: out, ContentLength: -1, Request: r,
	}, nil
}

// piped is the answer of a handler on its way to who asked.
type piped struct {
	header, sent http.Header
	body         *io.PipeWriter
	status       chan int
	begun        bool
}

func (w *piped) Header() http.Header { return w.header }

func (w *piped) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun, w.sent = true, w.header.Clone()
	w.status <- status
}

func (w *piped) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// origin of the log a verb talks to, which waivers and activations are made for.
func (c *connection) origin(ctx context.Context) (string, error) {
	s, err := c.Service(ctx)
	if err != nil {
		return "", err
	}
	return s.Origin, nil
}
