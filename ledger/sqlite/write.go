package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/assize-dev/assize/ledger"
)

// errReadOnly is returned to a writer of a store that was opened read-only.
var errReadOnly = errors.New("store was opened read-only")

// writer is the one connection that writes, with its statements.
type writer struct {
	conn *sql.Conn

	begin, commit, rollback            *sql.Stmt
	getHead, setHead, setCheckpoint    *sql.Stmt
	putEntry, putPayload, putTile      *sql.Stmt
	identity, hasErased, erase, unload *sql.Stmt

	setGen, putTail, dropTail               *sql.Stmt
	putRun, setRun, dropRun                 *sql.Stmt
	putPart, dropParts, putBlock, dropBlock *sql.Stmt

	merges merges
}

func newWriter(ctx context.Context, conn *sql.Conn) (*writer, error) {
	w := &writer{conn: conn}
	for query, stmt := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &w.begin,
		"COMMIT":          &w.commit,
		"ROLLBACK":        &w.rollback,
		"SELECT size, root, time FROM head WHERE id = 1": &w.getHead,
		"INSERT INTO head (id, size, root, time) VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET size = ?1, root = ?2, time = ?3 WHERE size = ?4":                                                               &w.setHead,
		"INSERT INTO checkpoint (id, size, note) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET size = ?1, note = ?2 WHERE size < ?1 OR size = ?1 AND length(note) < length(?2) OR size > (SELECT size FROM head)": &w.setCheckpoint,
		"INSERT INTO entry (idx, leaf, identity) VALUES (?, ?, ?)": &w.putEntry,
		"INSERT INTO payload (idx, salt, data) VALUES (?, ?, ?)":   &w.putPayload,
		"INSERT INTO tile (id, root, hashes) VALUES (?, ?, ?)":     &w.putTile,
		"SELECT identity FROM entry WHERE idx = ?":                 &w.identity,
		"SELECT 1 FROM erased WHERE idx = ?":                       &w.hasErased,
		"INSERT INTO erased (idx, tombstone) VALUES (?, ?)":        &w.erase,
		"DELETE FROM payload WHERE idx = ?":                        &w.unload,

		"UPDATE key_state SET gen = ? WHERE id = 1":                                     &w.setGen,
		"INSERT INTO key_tail (seq, rows) VALUES (?, ?)":                                &w.putTail,
		"DELETE FROM key_tail":                                                          &w.dropTail,
		"INSERT INTO key_run (run, level, state, inputs) VALUES (?, ?, ?, ?)":           &w.putRun,
		"UPDATE key_run SET state = ? WHERE run = ?":                                    &w.setRun,
		"DELETE FROM key_run WHERE run = ?":                                             &w.dropRun,
		"INSERT INTO key_part (id, block, fences, last, filter) VALUES (?, ?, ?, ?, ?)": &w.putPart,
		"DELETE FROM key_part WHERE id >= ? AND id < ?":                                 &w.dropParts,
		"INSERT INTO key_block (id, rows) VALUES (?, ?)":                                &w.putBlock,
		"DELETE FROM key_block WHERE id >= ? AND id < ?":                                &w.dropBlock,
	} {
		var err error
		if *stmt, err = conn.PrepareContext(ctx, query); err != nil {
			return nil, fmt.Errorf("prepare %q: %w", query, err)
		}
	}
	return w, nil
}

func (w *writer) close() error { return w.conn.Close() }

// Append runs fn in a transaction that holds the write lock from its start.
func (s *Store) Append(ctx context.Context, fn func(ledger.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w == nil {
		return errReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A statement that is interrupted would make the outcome unclear.
	ctx = context.WithoutCancel(ctx)
	t := &tx{ctx: ctx, s: s, w: s.w}
	if err := t.begin(); err != nil {
		return classify("begin", err)
	}
	if err := t.catchUp(); err != nil {
		return errors.Join(classify("begin", err), t.rollback())
	}
	if err := fn(t); err != nil {
		return errors.Join(classify("write", err), t.rollback())
	}
	if err := t.commit(); err != nil {
		return err
	}
	if t.keys != nil {
		s.index.apply(t.keys)
	}
	s.wal.wrote(s, t.bytes, t.erased)
	return nil
}

// tx is one transaction on the writer's connection.
type tx struct {
	ctx  context.Context
	s    *Store
	w    *writer
	head ledger.Head
	keys *keyChange // what the commit does to the key index; nil if nothing

	bytes  int64 // written, about
	erased bool
}

func (t *tx) begin() error {
	if _, err := t.w.begin.ExecContext(t.ctx); err != nil {
		return err
	}
	h, err := scanHead(t.w.getHead.QueryRowContext(t.ctx))
	if err != nil {
		return errors.Join(err, t.rollback())
	}
	t.head = h
	return nil
}

// catchUp brings the key index in memory to the state under lock. Nothing is
// behind unless a commit that was given up took place after all, or somebody else
// wrote.
func (t *tx) catchUp() error {
	before := t.s.index.current()
	behind := before.tail.end() < t.head.Size
	if err := t.s.index.load(t.ctx, t.w.conn); err != nil {
		return fmt.Errorf("load key index: %w", err)
	}
	if behind || t.s.index.current().gen != before.gen {
		t.w.merges.forget()
	}
	return nil
}

// commit returns an error that wraps ErrAmbiguous only if SQLite reports an
// input or output error: the commit record may have reached the disk, and a
// recovery after a crash would then find it.
func (t *tx) commit() error {
	_, err := t.w.commit.ExecContext(t.ctx)
	if err == nil {
		return nil
	}
	_ = t.rollback() // there is none if the commit ended the transaction
	if code(err) == sqlite3.SQLITE_IOERR {
		return fmt.Errorf("commit: %v: %w", err, ledger.ErrAmbiguous)
	}
	return classify("commit", err)
}

func (t *tx) rollback() error {
	t.w.merges.forget() // they ran ahead of what is stored
	if _, err := t.w.rollback.ExecContext(t.ctx); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

func (t *tx) Head() ledger.Head { return t.head }

// Find looks below the identity's key, then compares the whole identity.
func (t *tx) Find(id [32]byte) (uint64, bool, error) {
	indices, err := t.s.index.lookup(t.ctx, t.w.conn, t.s.index.current(), ledger.IdentityKey(id))
	if err != nil {
		return 0, false, fmt.Errorf("find identity: %w", err)
	}
	for _, i := range indices {
		var stored []byte
		if err := t.w.identity.QueryRowContext(t.ctx, int64(i)).Scan(&stored); err != nil {
			return 0, false, fmt.Errorf("find identity at index %d: %w", i, err)
		}
		if string(stored) == string(id[:]) {
			return i, true, nil
		}
	}
	return 0, false, nil
}

func (t *tx) Newest(key ledger.Key) (uint64, bool, error) {
	indices, err := t.s.index.lookup(t.ctx, t.w.conn, t.s.index.current(), key)
	if err != nil || len(indices) == 0 {
		return 0, false, err
	}
	return indices[len(indices)-1], true, nil
}

func (t *tx) Write(b *ledger.Batch) error {
	if want := t.head.Size + uint64(len(b.Entries)); b.Head.Size != want || want > math.MaxInt64 {
		return fmt.Errorf("write batch: head of size %d, %d entries follow %d: %w", b.Head.Size, len(b.Entries), t.head.Size, ledger.ErrInvalid)
	}
	t.bytes += 4 * pageSize
	for i := range b.Entries {
		t.bytes += int64(len(b.Entries[i].Leaf) + len(b.Entries[i].Payload) + rowSize*len(b.Entries[i].Keys))
		if err := t.putEntry(int64(t.head.Size)+int64(i), &b.Entries[i]); err != nil {
			return err
		}
	}
	if err := t.putKeys(b); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	for _, tile := range b.Tiles {
		if _, err := t.w.putTile.ExecContext(t.ctx, tileID(tile.Level, tile.Index), tile.Root[:], tile.Hashes); err != nil {
			return fmt.Errorf("write tile %d of level %d: %w", tile.Index, tile.Level, err)
		}
	}
	res, err := t.w.setHead.ExecContext(t.ctx, int64(b.Head.Size), b.Head.Root[:], b.Head.Time.UnixMicro(), int64(t.head.Size))
	if err != nil {
		return fmt.Errorf("write head: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("write head: it is not at %d any more", t.head.Size), err)
	}
	if b.Checkpoint != nil {
		if _, err := t.w.setCheckpoint.ExecContext(t.ctx, int64(b.CheckpointSize), b.Checkpoint); err != nil {
			return fmt.Errorf("write checkpoint: %w", err)
		}
	}
	return nil
}

func (t *tx) putEntry(idx int64, e *ledger.NewEntry) error {
	var identity []byte
	if e.Identity != ([32]byte{}) {
		identity = e.Identity[:]
	}
	if _, err := t.w.putEntry.ExecContext(t.ctx, idx, e.Leaf, identity); err != nil {
		return fmt.Errorf("write entry %d: %w", idx, err)
	}
	if e.ErasedBy != 0 {
		if _, err := t.w.erase.ExecContext(t.ctx, idx, int64(e.ErasedBy)); err != nil {
			return fmt.Errorf("note erasure of %d: %w", idx, err)
		}
		return nil
	}
	data := e.Payload
	if data == nil {
		data = []byte{}
	}
	if _, err := t.w.putPayload.ExecContext(t.ctx, idx, e.Salt[:], data); err != nil {
		return fmt.Errorf("write payload %d: %w", idx, err)
	}
	return nil
}

// Erase notes the tombstone, then removes salt and payload, with their bytes
// overwritten in the file.
func (t *tx) Erase(index, tombstone uint64) error {
	var one int
	if index >= t.head.Size {
		return ledger.ErrNotFound
	}
	if err := t.w.hasErased.QueryRowContext(t.ctx, int64(index)).Scan(&one); err == nil {
		return ledger.ErrErased
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	t.erased = true
	if _, err := t.w.erase.ExecContext(t.ctx, int64(index), int64(tombstone)); err != nil {
		return fmt.Errorf("note erasure of %d: %w", index, err)
	}
	if _, err := t.w.conn.ExecContext(t.ctx, "PRAGMA secure_delete = ON"); err != nil {
		return fmt.Errorf("erase %d: %w", index, err)
	}
	_, err := t.w.unload.ExecContext(t.ctx, int64(index))
	_, err2 := t.w.conn.ExecContext(t.ctx, "PRAGMA secure_delete = OFF")
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("erase %d: %w", index, err)
	}
	return nil
}

// Publish keeps the newest checkpoint. It is not synced: it can be signed
// again.
func (s *Store) Publish(ctx context.Context, size uint64, checkpoint []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w == nil {
		return errReadOnly
	}
	ctx = context.WithoutCancel(ctx)
	if _, err := s.w.conn.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		return classify("publish checkpoint", err)
	}
	_, err := s.w.setCheckpoint.ExecContext(ctx, int64(size), checkpoint)
	_, err2 := s.w.conn.ExecContext(ctx, "PRAGMA synchronous = FULL")
	return classify("publish checkpoint", errors.Join(err, err2))
}

// classify says what a caller can act on.
func classify(verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case code(err) == sqlite3.SQLITE_FULL:
		return fmt.Errorf("%s: %v: %w", verb, err, ledger.ErrFull)
	case code(err) == sqlite3.SQLITE_CORRUPT, code(err) == sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s: %v: %w", verb, err, ledger.ErrCorrupt)
	}
	return fmt.Errorf("%s: %w", verb, err)
}

func tileID(level int, index uint64) int64 { return int64(level)<<56 | int64(index) }

func scanHead(row *sql.Row) (ledger.Head, error) {
	var size, micros int64
	var root []byte
	err := row.Scan(&size, &root, &micros)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.EmptyHead(), nil
	}
	if err != nil {
		return ledger.Head{}, fmt.Errorf("read head: %w", err)
	}
	if size < 0 || len(root) != 32 {
		return ledger.Head{}, fmt.Errorf("read head: size %d, root of %d bytes: %w", size, len(root), ledger.ErrCorrupt)
	}
	return ledger.Head{Size: uint64(size), Root: ledger.Hash(root), Time: time.UnixMicro(micros).UTC()}, nil
}
