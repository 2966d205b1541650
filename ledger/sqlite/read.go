package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/assize-dev/assize/ledger"
)

// Head reads the committed head: one row, which is not waited for in another
// goroutine so that it could be interrupted.
func (s *Store) Head(ctx context.Context) (ledger.Head, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Head{}, err
	}
	return scanHead(s.head.QueryRowContext(context.WithoutCancel(ctx)))
}

// Checkpoint reads the newest published checkpoint.
func (s *Store) Checkpoint(ctx context.Context) ([]byte, error) {
	var note []byte
	err := s.read.QueryRowContext(ctx, "SELECT note FROM checkpoint WHERE id = 1").Scan(&note)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	return note, nil
}

// Tile reads a full tile, or puts a partial one together: of leaf hashes, or of
// the roots of the full tiles below it.
func (s *Store) Tile(ctx context.Context, level int, index uint64, width int) ([]byte, error) {
	if level < 0 || level > 7 || index > math.MaxInt64>>8 || width < 1 || width > ledger.TileWidth {
		return nil, fmt.Errorf("read tile %d of level %d: %w", index, level, ledger.ErrNotFound)
	}
	var b []byte
	err := s.read.QueryRowContext(ctx, "SELECT hashes FROM tile WHERE id = ?", tileID(level, index)).Scan(&b)
	if err == nil {
		if len(b) != ledger.TileWidth*32 {
			return nil, fmt.Errorf("read tile %d of level %d: %d bytes, want %d: %w", index, level, len(b), ledger.TileWidth*32, ledger.ErrCorrupt)
		}
		return b[:width*32], nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read tile %d of level %d: %w", index, level, err)
	}
	from := index * ledger.TileWidth
	b = make([]byte, 0, width*32)
	if level == 0 {
		err = s.Entries(ctx, from, from+uint64(width), false, func(e ledger.Stored) error {
			h := ledger.HashLeaf(e.Leaf)
			b = append(b, h[:]...)
			return nil
		})
	} else {
		err = s.roots(ctx, level-1, from, width, func(root []byte) { b = append(b, root...) })
	}
	if err != nil {
		return nil, fmt.Errorf("read tile %d of level %d: %w", index, level, err)
	}
	if len(b) != width*32 {
		return nil, fmt.Errorf("read tile %d of level %d: %d hashes, want %d: %w", index, level, len(b)/32, width, ledger.ErrNotFound)
	}
	return b, nil
}

func (s *Store) roots(ctx context.Context, level int, from uint64, n int, fn func([]byte)) error {
	rows, err := s.read.QueryContext(ctx, "SELECT root FROM tile WHERE id >= ? AND id < ? ORDER BY id", tileID(level, from), tileID(level, from+uint64(n)))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var root sql.RawBytes
		if err := rows.Scan(&root); err != nil {
			return err
		}
		fn(root)
	}
	return rows.Err()
}

// Entries reads entries in order.
func (s *Store) Entries(ctx context.Context, from, to uint64, payloads bool, fn func(ledger.Stored) error) error {
	if from >= to || from > math.MaxInt64 {
		return nil
	}
	to = min(to, math.MaxInt64)
	query := s.leaves
	if payloads {
		query = s.entries
	}
	rows, err := query.QueryContext(ctx, int64(from), int64(to))
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	defer rows.Close()
	var idx int64
	var leaf, identity, salt, data sql.RawBytes
	var payload, tombstone sql.NullInt64 // an empty blob is read as nil: the row tells
	dest := []any{&idx, &leaf, &identity, &payload, &salt, &data, &tombstone}
	if !payloads {
		dest = dest[:3]
	}
	next := from
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("read entry %d: %w", next, err)
		}
		e := ledger.Stored{Leaf: leaf}
		if e.Index = uint64(idx); e.Index != next {
			return fmt.Errorf("read entry %d: it is not there, entry %d follows: %w", next, idx, ledger.ErrCorrupt)
		}
		if copy(e.Identity[:], identity) != len(identity) || len(identity)%len(e.Identity) != 0 {
			return fmt.Errorf("read entry %d: identity of %d bytes, want %d: %w", next, len(identity), len(e.Identity), ledger.ErrCorrupt)
		}
		if payloads && tombstone.Valid {
			e.State, e.ErasedBy = ledger.Erased, uint64(tombstone.Int64)
		}
		if payloads && payload.Valid {
			if len(salt) != len(e.Salt) {
				return fmt.Errorf("read entry %d: salt of %d bytes, want %d: %w", next, len(salt), len(e.Salt), ledger.ErrCorrupt)
			}
			e.State, e.Payload, e.Salt = ledger.Present, data, [32]byte(salt)
		}
		if err := fn(e); err != nil {
			return err
		}
		next++
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	return s.checkEnd(ctx, next, to)
}

// checkEnd tells the end of the log from a hole at its end.
func (s *Store) checkEnd(ctx context.Context, next, to uint64) error {
	if next >= to {
		return nil
	}
	h, err := s.Head(ctx)
	if err != nil {
		return err
	}
	var last sql.NullInt64
	if err := s.read.QueryRowContext(ctx, "SELECT max(idx) FROM entry").Scan(&last); err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	if next < h.Size && (!last.Valid || uint64(last.Int64) < next) {
		return fmt.Errorf("read entry %d: it is not there, the head says %d entries: %w", next, h.Size, ledger.ErrCorrupt)
	}
	return nil
}
