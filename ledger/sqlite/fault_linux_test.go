package sqlite_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/sqlite"
)

// SQLite calls the operating system through a table that can be changed
// (sqlite.org/c3ref/vfs.html, xSetSystemCall). A wrapper around pwrite is in it
// for the tests of this file, so that what fails is SQLite's own write and what
// is left on the disk is real.

type pwriteFunc = func(tls *libc.TLS, fd int32, buf uintptr, n sqlite3.Tsize_t, off sqlite3.Toff_t) sqlite3.Tssize_t

// fault says how the next writes fail.
type fault struct {
	after atomic.Int64  // writes that succeed before
	errno syscall.Errno // of those that fail then
	short bool          // the first of them writes a half
	count int64         // how many fail
}

var (
	faults  atomic.Pointer[fault]
	failed  atomic.Int64
	install sync.Once
	wrapped pwriteFunc // SQLite holds its address
)

func wrapPwrite(t *testing.T) {
	install.Do(func() {
		tls := libc.NewTLS()
		defer tls.Close()
		name, err := libc.CString("pwrite")
		if err != nil {
			t.Fatal(err)
		}
		at := sqlite3.Xsqlite3_vfs_find(tls, 0)
		vfs := *(**sqlite3.Tsqlite3_vfs)(unsafe.Pointer(&at))
		get := *(*func(*libc.TLS, uintptr, uintptr) uintptr)(unsafe.Pointer(&struct{ f uintptr }{vfs.FxGetSystemCall}))
		set := *(*func(*libc.TLS, uintptr, uintptr, uintptr) int32)(unsafe.Pointer(&struct{ f uintptr }{vfs.FxSetSystemCall}))
		before := get(tls, at, name)
		pwrite := *(*pwriteFunc)(unsafe.Pointer(&struct{ f uintptr }{before}))
		wrapped = func(tls *libc.TLS, fd int32, buf uintptr, n sqlite3.Tsize_t, off sqlite3.Toff_t) sqlite3.Tssize_t {
			f := faults.Load()
			if f == nil {
				return pwrite(tls, fd, buf, n, off)
			}
			left := f.after.Add(-1)
			if left >= 0 || left < -f.count {
				return pwrite(tls, fd, buf, n, off)
			}
			failed.Add(1)
			if f.short && left == -1 && n > 1 {
				return pwrite(tls, fd, buf, n/2, off)
			}
			e := libc.X__errno_location(tls)
			**(**int32)(unsafe.Pointer(&e)) = int32(f.errno)
			return -1
		}
		if rc := set(tls, at, name, *(*uintptr)(unsafe.Pointer(&wrapped))); rc != sqlite3.SQLITE_OK {
			t.Fatalf("SQLite takes no other pwrite: %d", rc)
		}
	})
}

// TestWriteFaults has SQLite's writes fail at random: not at all, or by halves,
// for an input/output error or for want of room. Nothing acknowledged is lost, and
// the log goes on once writes succeed.
func TestWriteFaults(t *testing.T) {
	wrapPwrite(t)
	defer faults.Store(nil)
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.OpenConfig(t, dir, ledger.Config{Store: s, Patience: time.Second})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var mu sync.Mutex
	var acks []ledgertest.Ack
	var wg sync.WaitGroup
	wg.Go(func() {
		err := ledgertest.Load(ctx, l, 12, func(a ledgertest.Ack) {
			mu.Lock()
			defer mu.Unlock()
			acks = append(acks, a)
		})
		if err != nil {
			t.Error(err)
		}
	})
	for i := range 60 {
		f := &fault{errno: syscall.EIO, short: i%2 == 0, count: 1 + rand.Int64N(40)}
		if i%3 == 0 {
			f.errno = syscall.ENOSPC
		}
		f.after.Store(rand.Int64N(60))
		faults.Store(f)
		time.Sleep(25 * time.Millisecond)
	}
	faults.Store(nil)
	mu.Lock()
	before := len(acks)
	mu.Unlock()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		mu.Lock()
		n := len(acks)
		mu.Unlock()
		if n > before+20 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("writes succeed, and nothing is acknowledged: %s", l.ReadOnlyReason())
		}
	}
	stop()
	wg.Wait()
	if failed.Load() < 30 {
		t.Errorf("%d writes failed", failed.Load())
	}
	_ = l.Close()
	_ = s.Close()
	s = open(t, sqlite.Config{Path: path})
	l = ledgertest.Open(t, s, dir)
	if why := l.ReadOnlyReason(); why != "" {
		t.Fatalf("opened again: %s", why)
	}
	ledgertest.Inspect(t, s, l, acks, true)
	t.Logf("%d writes failed, %d acknowledgements", failed.Load(), len(acks))
}
