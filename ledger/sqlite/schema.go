package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/assize-dev/assize/ledger"
)

// migrations bring a file from version i to i+1. They only go forward, and a
// released one never changes.
var migrations = []string{`
CREATE TABLE head (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	size INTEGER NOT NULL,
	root BLOB NOT NULL,
	time INTEGER NOT NULL -- microseconds since 1970
);
CREATE TABLE checkpoint (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	size INTEGER NOT NULL,
	note BLOB NOT NULL
);
CREATE TABLE entry (
	idx      INTEGER PRIMARY KEY,
	leaf     BLOB NOT NULL,
	identity BLOB
);
CREATE TABLE payload (
	idx  INTEGER PRIMARY KEY,
	salt BLOB NOT NULL,
	data BLOB NOT NULL
);
CREATE TABLE erased (
	idx       INTEGER PRIMARY KEY,
	tombstone INTEGER NOT NULL
);
CREATE TABLE tile (
	id     INTEGER PRIMARY KEY, -- level << 56 | index
	root   BLOB NOT NULL,
	hashes BLOB NOT NULL
);
CREATE TABLE key_state (
	id  INTEGER PRIMARY KEY CHECK (id = 1),
	gen INTEGER NOT NULL -- changes with the set of runs
);
INSERT INTO key_state (id, gen) VALUES (1, 1);
CREATE TABLE key_tail ( -- rows of recent commits, as they came
	seq  INTEGER PRIMARY KEY, -- first entry of the commit
	rows BLOB NOT NULL
);
CREATE TABLE key_run (
	run    INTEGER PRIMARY KEY,
	level  INTEGER NOT NULL,
	state  INTEGER NOT NULL, -- 0 live, 1 being merged, 2 dead
	inputs TEXT NOT NULL     -- runs that are merged into this one
);
CREATE TABLE key_part ( -- a stretch of a run, with what is needed to search it
	id     INTEGER PRIMARY KEY, -- run << 32 | number
	block  INTEGER NOT NULL,    -- id of its first block
	fences BLOB NOT NULL,       -- first row of each block
	last   BLOB NOT NULL,       -- its last row
	filter BLOB NOT NULL
);
CREATE TABLE key_block (
	id   INTEGER PRIMARY KEY, -- run << 32 | number
	rows BLOB NOT NULL        -- sorted
);

CREATE TRIGGER head_shrinks BEFORE UPDATE ON head WHEN new.size < old.size
	BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER head_deleted BEFORE DELETE ON head
	BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
-- REPLACE removes rows without asking the triggers on DELETE.
CREATE TRIGGER entry_inserted BEFORE INSERT ON entry WHEN new.idx <= (SELECT max(idx) FROM entry)
	BEGIN SELECT RAISE(ABORT, 'a ledger entry never changes'); END;
CREATE TRIGGER payload_inserted BEFORE INSERT ON payload WHEN EXISTS (SELECT 1 FROM payload WHERE idx = new.idx)
	BEGIN SELECT RAISE(ABORT, 'a payload never changes'); END;
CREATE TRIGGER tile_inserted BEFORE INSERT ON tile WHEN EXISTS (SELECT 1 FROM tile WHERE id = new.id)
	BEGIN SELECT RAISE(ABORT, 'a tile never changes'); END;
CREATE TRIGGER erased_inserted BEFORE INSERT ON erased WHEN EXISTS (SELECT 1 FROM erased WHERE idx = new.idx)
	BEGIN SELECT RAISE(ABORT, 'an erasure never changes'); END;
CREATE TRIGGER entry_updated BEFORE UPDATE ON entry
	BEGIN SELECT RAISE(ABORT, 'a ledger entry never changes'); END;
CREATE TRIGGER entry_deleted BEFORE DELETE ON entry
	BEGIN SELECT RAISE(ABORT, 'a ledger entry never changes'); END;
CREATE TRIGGER tile_updated BEFORE UPDATE ON tile
	BEGIN SELECT RAISE(ABORT, 'a tile never changes'); END;
CREATE TRIGGER tile_deleted BEFORE DELETE ON tile
	BEGIN SELECT RAISE(ABORT, 'a tile never changes'); END;
CREATE TRIGGER payload_updated BEFORE UPDATE ON payload
	BEGIN SELECT RAISE(ABORT, 'a payload never changes'); END;
CREATE TRIGGER payload_deleted BEFORE DELETE ON payload
	WHEN NOT EXISTS (SELECT 1 FROM erased WHERE idx = old.idx)
	BEGIN SELECT RAISE(ABORT, 'a payload is removed by erasure only'); END;
CREATE TRIGGER erased_updated BEFORE UPDATE ON erased
	BEGIN SELECT RAISE(ABORT, 'an erasure never changes'); END;
CREATE TRIGGER erased_deleted BEFORE DELETE ON erased
	BEGIN SELECT RAISE(ABORT, 'an erasure never changes'); END;
`, `
CREATE TABLE memo ( -- beside the log: what a service remembers
	kind  TEXT NOT NULL,
	name  TEXT NOT NULL,
	rev   INTEGER NOT NULL, -- of the transaction that wrote it
	time  INTEGER NOT NULL, -- microseconds since 1970
	value BLOB,             -- NULL: removed
	PRIMARY KEY (kind, name)
);
CREATE INDEX memo_rev ON memo (kind, rev);
CREATE TABLE memo_state (
	id  INTEGER PRIMARY KEY CHECK (id = 1),
	rev INTEGER NOT NULL -- the last that was given
);
INSERT INTO memo_state (id, rev) VALUES (1, 0);
`}

func version(ctx context.Context, db querier) (int, error) {
	var v int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, err
	}
	if v > len(migrations) {
		return 0, fmt.Errorf("the file has schema version %d, this program knows %d: use a newer program: %w", v, len(migrations), ledger.ErrInvalid)
	}
	return v, nil
}

// migrate brings the file to the newest version, one transaction a step.
func migrate(ctx context.Context, conn *sql.Conn) error {
	v, err := version(ctx, conn)
	if err != nil {
		return err
	}
	for ; v < len(migrations); v++ {
		step := fmt.Sprintf("BEGIN IMMEDIATE;\n%s\nPRAGMA user_version = %d;\nCOMMIT;", migrations[v], v+1)
		if _, err := conn.ExecContext(ctx, step); err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
			return fmt.Errorf("migrate to schema version %d: %w", v+1, err)
		}
	}
	return nil
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
