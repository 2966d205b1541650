package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/assize-dev/assize/ledger"
)

// ErrLocked says that another process writes the file.
var ErrLocked = errors.New("another process writes this ledger")

// Config says how to open a file.
type Config struct {
	Path string
	// ReadOnly opens beside a writer, or without one. The file must exist.
	ReadOnly bool
	// MaxBytes bounds the file, 0 for no bound but the disk's. A file that is
	// full takes no entries; those in it stay readable.
	MaxBytes int64
	// Logger gets what happens beside the writer; nil discards.
	Logger *slog.Logger
}

// Store is a ledger.Store in a SQLite file.
type Store struct {
	path                  string
	logger                *slog.Logger
	read                  *sql.DB
	head, leaves, entries *sql.Stmt // over read: the head, and entries without and with payloads
	lock                  *sql.DB   // holds the writer's lock; nil if read-only
	write                 *sql.DB   // nil if read-only

	mu sync.Mutex // one writer; guards what follows
	w  *writer

	index *index
	wal   walKeeper
}

var _ ledger.Store = (*Store)(nil)

// Open opens a file, creating or migrating it unless it is read-only. ErrLocked
// if another process has it open for writing.
func Open(ctx context.Context, c Config) (_ *Store, err error) {
	s := &Store{path: c.Path, logger: c.Logger, index: newIndex()}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open %s: %w", c.Path, err)
			_ = s.Close()
		}
	}()
	if c.ReadOnly {
		if _, err := os.Stat(c.Path); err != nil {
			return nil, err
		}
	} else if err := s.openWriter(ctx, c); err != nil {
		return nil, err
	}
	s.read, err = open(c.Path, busyTimeout, "_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(maxReaders)
	s.read.SetMaxIdleConns(maxReaders)
	v, err := version(ctx, s.read)
	if err != nil {
		return nil, err
	}
	if v < len(migrations) {
		return nil, fmt.Errorf("the file has schema version %d of %d: open it once for writing: %w", v, len(migrations), ledger.ErrInvalid)
	}
	for _, q := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&s.head, "SELECT size, root, time FROM head WHERE id = 1"},
		{&s.leaves, "SELECT idx, leaf, identity FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"},
		{&s.entries, `SELECT e.idx, e.leaf, e.identity, p.idx, p.salt, p.data, (SELECT tombstone FROM erased WHERE idx = e.idx)
			FROM entry e LEFT JOIN payload p ON p.idx = e.idx
			WHERE e.idx >= ? AND e.idx < ? ORDER BY e.idx`},
	} {
		if *q.stmt, err = s.read.PrepareContext(ctx, q.text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Store) openWriter(ctx context.Context, c Config) (err error) {
	// One file has one lock, by whatever link it is opened.
	path := c.Path
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if s.lock, err = takeLock(ctx, path+"-lock"); err != nil {
		return err
	}
	if s.write, err = open(c.Path, busyTimeout, fmt.Sprintf("_pragma=page_size(%d)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=wal_autocheckpoint(0)", pageSize)); err != nil {
		return err
	}
	// One for the writer, one for checkpoints of the write-ahead log.
	s.write.SetMaxOpenConns(2)
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	if err := migrate(ctx, conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	if c.MaxBytes > 0 {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", max(c.MaxBytes/pageSize, 1))); err != nil {
			return errors.Join(err, conn.Close())
		}
	}
	if s.w, err = newWriter(ctx, conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	// A writer that was cut off may have left erased bytes in the write-ahead log.
	if done, err := truncateWAL(ctx, conn); err != nil || !done {
		s.wal.scrub = true // then the first commit cuts it
	}
	if err := s.index.load(ctx, conn); errors.Is(err, ledger.ErrCorrupt) {
		// It can be made again, for which the file has to be open.
		s.logger.ErrorContext(ctx, "key index is damaged: nothing is appended until it is made again", "err", err)
	} else if err != nil {
		return fmt.Errorf("load key index: %w", err)
	}
	return nil
}

// Close closes the file. It waits for a transaction in flight.
func (s *Store) Close() error {
	s.wal.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.w != nil {
		// The file is whole without its write-ahead log, for whoever copies it.
		if _, err := truncateWAL(context.Background(), s.w.conn); err != nil {
			errs = append(errs, err)
		}
		errs = append(errs, s.w.close())
		s.w = nil
	}
	for _, stmt := range []*sql.Stmt{s.head, s.leaves, s.entries} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	for _, db := range []*sql.DB{s.read, s.write, s.lock} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// open opens a pool over a file; the path may hold any character.
func open(path string, wait time.Duration, query string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: abs, RawQuery: fmt.Sprintf("_pragma=busy_timeout(%d)&%s", wait.Milliseconds(), query)}
	return sql.Open("sqlite", u.String())
}

// takeLock holds an exclusive transaction on an empty database beside the
// ledger for as long as the process lives: locks of SQLite work wherever the
// ledger itself does, and end with the process.
func takeLock(ctx context.Context, path string) (*sql.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	db, err := open(path, 0, "_pragma=journal_mode(memory)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		_ = db.Close()
		if code(err) == sqlite3.SQLITE_BUSY {
			return nil, fmt.Errorf("%w: it holds %s; stop it, or open read-only", ErrLocked, path)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return db, nil
}

// code returns the primary result code of a SQLite error, or 0.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}
