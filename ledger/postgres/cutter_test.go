package postgres_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// cutter stands between clients and a server, and cuts a connection when COMMIT
// goes over it.
type cutter struct {
	l      net.Listener
	socket string
	armed  atomic.Bool
	cuts   atomic.Int64
}

func newCutter(t *testing.T, socket string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &cutter{l: l, socket: socket}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return c
}

// arm has the next COMMIT cut.
func (c *cutter) arm() { c.armed.Store(true) }

// url is one of the server behind the cutter.
func (c *cutter) url(u string) string {
	p, _ := url.Parse(u)
	q := p.Query()
	q.Del("host")
	p.Host, p.RawQuery = c.l.Addr().String(), q.Encode()
	return p.String() + "&sslmode=disable"
}

func (c *cutter) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", c.socket)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	// The driver names a prepared statement by the hash of its text.
	sum := sha256.Sum256([]byte("COMMIT"))
	commit := []byte(hex.EncodeToString(sum[:24]))
	b := make([]byte, 1<<20)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		cut := bytes.Contains(b[:n], commit) && c.armed.CompareAndSwap(true, false)
		if cut && rand.IntN(3) == 0 {
			c.cuts.Add(1)
			return // COMMIT never arrives
		}
		if cut {
			_ = client.Close() // no answer arrives
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
		if cut {
			c.cuts.Add(1)
			time.Sleep(rand.N(5 * time.Millisecond))
			return
		}
	}
}
