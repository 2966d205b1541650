package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// errReadOnly is returned to a writer of a store that was opened read-only.
var errReadOnly = errors.New("store was opened read-only")

// writer returns the connection that writes, a new one if the last one broke.
// The caller holds s.mu.
func (s *Store) writer(ctx context.Context) (*pgx.Conn, error) {
	switch {
	case s.closed:
		return nil, ledger.ErrClosed
	case s.readOnly:
		return nil, errReadOnly
	case s.conn != nil && !s.conn.IsClosed():
		return s.conn, nil
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.conn = conn
	return conn, nil
}

// drop ends a connection whose state is not known. What ran on it ends too.
func (s *Store) drop() {
	if s.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.conn.Close(ctx)
	s.conn = nil
}

// Append runs fn in a transaction that locks the head first.
func (s *Store) Append(ctx context.Context, fn func(ledger.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	// A statement that is interrupted would make the outcome unclear.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	t, err := s.begin(ctx)
	if err != nil {
		return classify("begin", err)
	}
	if err := fn(t); err != nil {
		t.rollback()
		return classify("write", err)
	}
	s.warned = false
	err = t.commit()
	if err == nil && s.warned {
		err = errors.New("the server warned that the commit may not be on its standby")
	} else if err != nil && refused(err) {
		t.rollback()
		return classify("commit", err)
	}
	if err != nil {
		s.drop()
		if err2 := s.settle(context.WithoutCancel(ctx)); err2 != nil {
			err = fmt.Errorf("%w; then: %w", err, err2)
		}
		return fmt.Errorf("commit: %w: %w", err, ledger.ErrAmbiguous)
	}
	if s.followed = t.head.Size; t.batch != nil {
		s.followed = t.batch.Head.Size
		t.snap.tail.add([]commit{t.own}, s.followed)
		s.keeper.wake(t.snap.tail.size())
	}
	return nil
}

// refused says of an error of the last round trip that nothing was committed: the
// server took it back itself, and told so over a connection that stays.
func refused(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.SeverityUnlocalized == "ERROR"
}

// settle waits until a commit whose answer was lost is over one way or the other,
// and until whatever it left is as durable as what is acknowledged: it takes the
// lock that the commit held, and commits itself.
func (s *Store) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for {
		err := s.settleOnce(ctx)
		if err == nil {
			return nil
		}
		s.drop()
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *Store) settleOnce(ctx context.Context) error {
	conn, err := s.writer(ctx)
	if err != nil {
		return err
	}
	s.warned = false
	if _, err := conn.Exec(ctx, "UPDATE head SET size = size WHERE id = 1"); err != nil {
		return err
	}
	if s.warned {
		return errors.New("the standby was not waited for")
	}
	return nil
}

// tx is one transaction on the writer's connection.
type tx struct {
	ctx    context.Context
	s      *Store
	conn   *pgx.Conn
	head   ledger.Head
	now    time.Time
	others []commit // of other processes, since this one's last transaction
	snap   *snapshot

	batch *ledger.Batch
	own   commit
}

// begin locks the head and reads, with the lock held, what others did.
func (s *Store) begin(ctx context.Context) (*tx, error) {
	conn, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	t := &tx{ctx: ctx, s: s, conn: conn}
	from := min(s.index.current().tail.end(), s.followed)
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue("SELECT size, root, time FROM head WHERE id = 1 FOR UPDATE")
	b.Queue(stateQuery, int64(from))
	err = func() error {
		res := conn.SendBatch(ctx, b)
		defer res.Close()
		if _, err := res.Exec(); err != nil {
			return err
		}
		if t.head, err = scanHead(res.QueryRow()); err != nil {
			return err
		}
		rows, err := res.Query()
		if err != nil {
			return err
		}
		st, err := scanState(rows, from)
		if err != nil {
			return err
		}
		if err := res.Close(); err != nil {
			return err
		}
		t.now = time.UnixMicro(st.clock).UTC()
		t.others = st.commits
		if t.snap, err = s.index.follow(ctx, conn, st); err != nil {
			return fmt.Errorf("load key index: %w", err)
		}
		return nil
	}()
	if err != nil {
		t.rollback()
		return nil, err
	}
	return t, nil
}

// rollback ends the transaction; a connection that cannot is given up, which
// ends it as well.
func (t *tx) rollback() {
	if _, err := t.conn.Exec(t.ctx, "ROLLBACK"); err != nil {
		t.s.drop()
	}
}

func (t *tx) Head() ledger.Head { return t.head }

// Now is the time of the database: replicas agree on it.
func (t *tx) Now() time.Time { return t.now }

// Since gives the leaf hashes that other processes appended from an index on,
// one slice of 32-byte hashes for each of their commits.
func (t *tx) Since(size uint64) (commits [][]byte, ok bool) {
	for _, c := range t.others {
		if c.seq < size {
			continue
		}
		if c.seq != size || len(c.hashes) == 0 {
			return nil, false
		}
		commits = append(commits, c.hashes)
		size += uint64(len(c.hashes) / 32)
	}
	return commits, size == t.head.Size
}

// Find looks below the identity's key, then compares the whole identity.
func (t *tx) Find(id [32]byte) (uint64, bool, error) {
	indices, err := t.s.index.search(t.ctx, t.conn, t.snap, ledger.IdentityKey(id))
	if err != nil {
		return 0, false, fmt.Errorf("find identity: %w", err)
	}
	for _, i := range indices {
		var stored []byte
		if err := t.conn.QueryRow(t.ctx, "SELECT identity FROM entry WHERE idx = $1", int64(i)).Scan(&stored); err != nil {
			return 0, false, fmt.Errorf("find identity at index %d: %w", i, err)
		}
		if string(stored) == string(id[:]) {
			return i, true, nil
		}
	}
	return 0, false, nil
}

func (t *tx) Newest(key ledger.Key) (uint64, bool, error) {
	indices, err := t.s.index.search(t.ctx, t.conn, t.snap, key)
	if err != nil || len(indices) == 0 {
		return 0, false, err
	}
	return indices[len(indices)-1], true, nil
}

// Write keeps the batch for the round trip that commits it.
func (t *tx) Write(b *ledger.Batch) error {
	if want := t.head.Size + uint64(len(b.Entries)); b.Head.Size != want || want > math.MaxInt64 || t.batch != nil {
		return fmt.Errorf("write batch: head of size %d, %d entries follow %d: %w", b.Head.Size, len(b.Entries), t.head.Size, ledger.ErrInvalid)
	}
	t.batch = b
	return nil
}

// Erase notes the tombstone and removes salt and payload. The bytes stay in the
// database's files until vacuum and new rows have passed over them.
func (t *tx) Erase(index, tombstone uint64) error {
	if index >= t.head.Size {
		return ledger.ErrNotFound
	}
	var gone bool
	if err := t.conn.QueryRow(t.ctx, "SELECT EXISTS (SELECT 1 FROM erased WHERE idx = $1)", int64(index)).Scan(&gone); err != nil {
		return err
	}
	if gone {
		return ledger.ErrErased
	}
	if _, err := t.conn.Exec(t.ctx, "SELECT erase_payload($1, $2)", int64(index), int64(tombstone)); err != nil {
		return fmt.Errorf("erase %d: %w", index, err)
	}
	return nil
}

const (
	setHead = `WITH moved AS (UPDATE head SET size = $1, root = $2, time = $3 WHERE id = 1 AND size = $4 RETURNING 1)
		SELECT 1 / count(*) FROM moved` // fails, and COMMIT with it, if the head is not where it was
	setCheckpoint = `INSERT INTO checkpoint AS c (id, size, note) VALUES (1, $1, $2)
		ON CONFLICT (id) DO UPDATE SET size = $1, note = $2
		WHERE c.size < $1 OR c.size = $1 AND length(c.note) < length($2) OR c.size > (SELECT nullif(size, 0) FROM head)`
)

// commit sends everything that was written and COMMIT in one round trip. The
// server stops at the first statement that fails, and then does not commit.
func (t *tx) commit() error {
	b := &pgx.Batch{}
	if t.batch != nil {
		t.queue(b)
	}
	b.Queue("COMMIT")
	res := t.conn.SendBatch(t.ctx, b)
	defer res.Close()
	for range b.Len() - 1 {
		if _, err := res.Exec(); err != nil {
			return err
		}
	}
	tag, err := res.Exec()
	if err == nil && tag.String() != "COMMIT" {
		err = &pgconn.PgError{SeverityUnlocalized: "ERROR", Severity: "ERROR", Message: "the transaction was rolled back"}
	}
	return errors.Join(err, res.Close())
}

func (t *tx) queue(b *pgx.Batch) {
	w := t.batch
	n := len(w.Entries)
	idx, leaves, identities := make([]int64, n), make([][]byte, n), make([][]byte, n)
	var with, erased, tombstones []int64
	var salts, payloads [][]byte
	t.own.seq = t.head.Size
	for i := range w.Entries {
		e := &w.Entries[i]
		index := t.head.Size + uint64(i)
		idx[i], leaves[i] = int64(index), e.Leaf
		if e.Identity != ([32]byte{}) {
			identities[i] = e.Identity[:]
		}
		if e.ErasedBy != 0 {
			erased, tombstones = append(erased, idx[i]), append(tombstones, int64(e.ErasedBy))
		} else {
			data := e.Payload
			if data == nil {
				data = []byte{}
			}
			with, salts, payloads = append(with, idx[i]), append(salts, e.Salt[:]), append(payloads, data)
		}
		h := ledger.HashLeaf(e.Leaf)
		t.own.hashes = append(t.own.hashes, h[:]...)
		t.own.rows = appendRows(t.own.rows, e.Keys, e.Identity, index)
	}
	if n > 0 {
		b.Queue("INSERT INTO entry (idx, leaf, identity) SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])", idx, leaves, identities)
		b.Queue("INSERT INTO key_tail (seq, rows, hashes) VALUES ($1, $2, $3)", idx[0], notNil(t.own.rows), t.own.hashes)
	}
	if len(with) > 0 {
		b.Queue("INSERT INTO payload (idx, salt, data) SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])", with, salts, payloads)
	}
	if len(erased) > 0 {
		b.Queue("INSERT INTO erased (idx, tombstone) SELECT * FROM unnest($1::bigint[], $2::bigint[])", erased, tombstones)
	}
	for _, tile := range w.Tiles {
		b.Queue("INSERT INTO tile (level, idx, root, hashes) VALUES ($1, $2, $3, $4)", tile.Level, int64(tile.Index), tile.Root[:], tile.Hashes)
	}
	b.Queue(setHead, int64(w.Head.Size), w.Head.Root[:], w.Head.Time.UnixMicro(), int64(t.head.Size))
	if w.Checkpoint != nil {
		b.Queue(setCheckpoint, int64(w.CheckpointSize), w.Checkpoint)
	}
}

func appendRows(rows []byte, keys []ledger.Key, identity [32]byte, index uint64) []byte {
	for _, k := range keys {
		r := keyrow.Make(k, index)
		rows = append(rows, r[:]...)
	}
	if identity != ([32]byte{}) {
		r := keyrow.Make(ledger.IdentityKey(identity), index)
		rows = append(rows, r[:]...)
	}
	return rows
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Publish keeps the newest checkpoint. It is not waited for: it can be signed
// again.
func (s *Store) Publish(ctx context.Context, size uint64, checkpoint []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	conn, err := s.writer(ctx)
	if err != nil {
		return fmt.Errorf("publish checkpoint: %w", err)
	}
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue("SET LOCAL synchronous_commit = off")
	b.Queue(setCheckpoint, int64(size), checkpoint)
	b.Queue("COMMIT")
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		s.drop()
		return classify("publish checkpoint", err)
	}
	return nil
}
