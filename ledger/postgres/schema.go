package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
)

// migrations bring a schema from version i to i+1. They only go forward, and a
// released one never changes. Each runs in a transaction, and a program of the
// version before has to go on working after it.
var migrations = []string{`
CREATE TABLE head (
	id   int PRIMARY KEY CHECK (id = 1),
	size bigint NOT NULL,
	root bytea NOT NULL,
	time bigint NOT NULL -- microseconds since 1970
) WITH (fillfactor = 10);
INSERT INTO head (id, size, root, time) VALUES (1, 0, '', 0);
CREATE TABLE checkpoint (
	id   int PRIMARY KEY CHECK (id = 1),
	size bigint NOT NULL,
	note bytea NOT NULL
) WITH (fillfactor = 10);
CREATE TABLE entry (
	idx      bigint PRIMARY KEY,
	leaf     bytea NOT NULL,
	identity bytea
);
CREATE TABLE payload (
	idx  bigint PRIMARY KEY,
	salt bytea NOT NULL,
	data bytea NOT NULL
);
-- Evidence is signed and encoded: trying to compress it costs more than it saves.
ALTER TABLE payload ALTER data SET STORAGE EXTERNAL;
CREATE TABLE erased (
	idx       bigint PRIMARY KEY,
	tombstone bigint NOT NULL
);
CREATE TABLE tile (
	level  smallint NOT NULL,
	idx    bigint NOT NULL,
	root   bytea NOT NULL,
	hashes bytea NOT NULL,
	PRIMARY KEY (level, idx)
);
ALTER TABLE tile ALTER hashes SET STORAGE EXTERNAL;
CREATE TABLE key_state (
	id  int PRIMARY KEY CHECK (id = 1),
	gen bigint NOT NULL, -- changes with the set of runs
	run bigint NOT NULL  -- the last id that was given to a run
) WITH (fillfactor = 10);
INSERT INTO key_state (id, gen, run) VALUES (1, 1, 0);
CREATE TABLE key_tail ( -- rows of recent commits, as they came
	seq    bigint PRIMARY KEY, -- first entry of the commit
	rows   bytea NOT NULL,
	hashes bytea NOT NULL      -- of its leaves, for other replicas to follow
);
ALTER TABLE key_tail ALTER rows SET STORAGE EXTERNAL, ALTER hashes SET STORAGE EXTERNAL;
CREATE TABLE key_run (
	run    bigint PRIMARY KEY,
	level  int NOT NULL,
	blocks bigint NOT NULL
);
CREATE TABLE key_part ( -- a stretch of a run, with what is needed to search it
	run    bigint NOT NULL,
	part   bigint NOT NULL,
	block  bigint NOT NULL, -- its first block
	low    bytea NOT NULL,  -- its first row
	last   bytea NOT NULL,  -- its last row
	fences bytea NOT NULL,  -- first row of each block
	filter bytea NOT NULL,
	PRIMARY KEY (run, part)
);
ALTER TABLE key_part ALTER filter SET STORAGE EXTERNAL, ALTER fences SET STORAGE EXTERNAL;
CREATE TABLE key_block (
	run   bigint NOT NULL,
	block bigint NOT NULL,
	rows  bytea NOT NULL, -- sorted
	PRIMARY KEY (run, block)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE key_block ALTER rows SET STORAGE PLAIN;

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION erase_payload(victim bigint, by bigint) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
	INSERT INTO erased (idx, tombstone) VALUES (victim, by);
	DELETE FROM payload WHERE idx = victim;
$$;
CREATE FUNCTION payload_leaves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM erased WHERE idx = old.idx) THEN
		RAISE EXCEPTION 'a payload is removed by erase_payload only' USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	RETURN old;
END $$;
CREATE TRIGGER head_shrinks BEFORE UPDATE ON head FOR EACH ROW WHEN (new.size < old.size OR new.id <> old.id)
	EXECUTE FUNCTION refuse('the ledger only grows');
CREATE TRIGGER head_deleted BEFORE DELETE OR TRUNCATE ON head EXECUTE FUNCTION refuse('the ledger only grows');
CREATE TRIGGER entry_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON entry EXECUTE FUNCTION refuse('a ledger entry never changes');
CREATE TRIGGER tile_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON tile EXECUTE FUNCTION refuse('a tile never changes');
CREATE TRIGGER erased_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON erased EXECUTE FUNCTION refuse('an erasure never changes');
CREATE TRIGGER payload_changed BEFORE UPDATE OR TRUNCATE ON payload EXECUTE FUNCTION refuse('a payload never changes');
CREATE TRIGGER payload_deleted BEFORE DELETE ON payload FOR EACH ROW EXECUTE FUNCTION payload_leaves();
`, `
CREATE TABLE memo ( -- beside the log: what a service remembers
	kind  text NOT NULL,
	name  text NOT NULL,
	rev   bigint NOT NULL, -- of the transaction that wrote it
	time  bigint NOT NULL, -- microseconds since 1970
	value bytea,           -- NULL: removed
	PRIMARY KEY (kind, name)
);
CREATE INDEX memo_rev ON memo (kind, rev);
CREATE TABLE memo_state (
	id  int PRIMARY KEY CHECK (id = 1),
	rev bigint NOT NULL -- the last that was given
) WITH (fillfactor = 10);
INSERT INTO memo_state (id, rev) VALUES (1, 0);
`}

// version reads the schema's version, 0 if there is none.
func version(ctx context.Context, q querier) (int, error) {
	var there bool
	err := q.QueryRow(ctx, "SELECT to_regclass('schema_version') IS NOT NULL").Scan(&there)
	if err != nil || !there {
		return 0, err
	}
	var v int
	if err := q.QueryRow(ctx, "SELECT version FROM schema_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	if v > len(migrations) {
		return 0, fmt.Errorf("the schema has version %d, this program knows %d: use a newer program: %w", v, len(migrations), ledger.ErrInvalid)
	}
	return v, nil
}

// migrate brings the schema to the newest version, one transaction a step. Of
// several processes that start at once one does it, the others wait.
func migrate(ctx context.Context, conn *pgx.Conn, schema string) error {
	step := func(tx pgx.Tx) error {
		// The lock ends with the transaction. Its number is this program's name.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('assize.migrate:' || $1, 0))", schema); err != nil {
			return err
		}
		v, err := version(ctx, tx)
		if err != nil || v == len(migrations) {
			return err
		}
		if v == 0 {
			var there bool
			if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", schema).Scan(&there); err != nil {
				return err
			}
			if !there { // a role that may not create schemas can be given one
				if _, err := tx.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize()); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, "CREATE TABLE schema_version (version int NOT NULL); INSERT INTO schema_version VALUES (0)", pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
		}
		for ; v < len(migrations); v++ {
			if _, err := tx.Exec(ctx, migrations[v], pgx.QueryExecModeSimpleProtocol); err != nil {
				return fmt.Errorf("to version %d: %w", v+1, err)
			}
		}
		_, err = tx.Exec(ctx, "UPDATE schema_version SET version = $1", v)
		return err
	}
	if v, err := version(ctx, conn); err != nil || v == len(migrations) {
		return err
	}
	if err := pgx.BeginFunc(ctx, conn, step); err != nil {
		return fmt.Errorf("migrate schema %s: %w", schema, err)
	}
	return nil
}

// querier is a connection, a pool or a transaction.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}
