package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/assize-dev/assize/ledger"
)

// defaultSchema is where a ledger is kept unless the URL says otherwise.
const defaultSchema = "assize"

// ErrNoSchema says that the schema holds no ledger.
var ErrNoSchema = errors.New("the schema holds no ledger")

// Config says how to open a database.
type Config struct {
	// URL is postgres://user:password@host:port/database?parameters, as libpq
	// takes it; the password may come from PGPASSWORD or a password file. The
	// parameter search_path names the schema (default assize).
	URL string
	// ReadOnly reads only, which a standby allows too. The schema must exist.
	ReadOnly bool
	// Create makes the schema when it is not there; otherwise that is
	// ErrNoSchema.
	Create bool
	// Logger gets what happens beside the writer; nil discards.
	Logger *slog.Logger
}

// Store is a ledger.Store in a PostgreSQL database. Any number of processes may
// have it open for writing.
type Store struct {
	schema string
	logger *slog.Logger
	config *pgx.ConnConfig // of writers
	read   *pgxpool.Pool

	mu       sync.Mutex // one transaction at a time; guards what follows
	readOnly bool
	closed   bool
	conn     *pgx.Conn // nil until it is needed, and after it broke
	warned   bool      // the server warned of the commit in flight
	followed uint64    // size after the last transaction of this process

	index  *index
	keeper keeper
}

var _ ledger.Store = (*Store)(nil)

// Open opens a database, creating or migrating the schema unless it is
// read-only. Errors never hold the password.
func Open(ctx context.Context, c Config) (_ *Store, err error) {
	s := &Store{logger: c.Logger, readOnly: c.ReadOnly, index: newIndex()}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.keeper.init()
	defer func() {
		if err != nil {
			err = fmt.Errorf("open %s: %w", Redact(c.URL), err)
			_ = s.Close()
		}
	}()
	pool, err := s.configure(c.URL)
	if err != nil {
		return nil, err
	}
	if !c.ReadOnly {
		conn, err := s.connect(ctx)
		if err != nil {
			return nil, err
		}
		s.conn = conn
		if v, err := version(ctx, conn); err != nil {
			return nil, err
		} else if v == 0 && !c.Create {
			return nil, ErrNoSchema
		}
		if err := migrate(ctx, conn, s.schema); err != nil {
			return nil, err
		}
		if err := s.durable(ctx, conn); err != nil {
			return nil, err
		}
	}
	if s.read, err = pgxpool.NewWithConfig(ctx, pool); err != nil {
		return nil, err
	}
	v, err := version(ctx, s.read)
	if err != nil {
		return nil, err
	}
	if v == 0 {
		return nil, ErrNoSchema
	}
	if v < len(migrations) {
		return nil, fmt.Errorf("schema %s has version %d of %d: open it once for writing: %w", s.schema, v, len(migrations), ledger.ErrInvalid)
	}
	if !c.ReadOnly {
		s.keeper.start(s)
	}
	return s, nil
}

// configure reads the URL into the configuration of writers and readers.
func (s *Store) configure(u string) (*pgxpool.Config, error) {
	pool, err := pgxpool.ParseConfig(u)
	if err != nil {
		// The parser's message may quote what it was given.
		return nil, fmt.Errorf("want postgres://user@host:port/database: %w", ledger.ErrInvalid)
	}
	pool.MaxConns = maxReaders
	cc := pool.ConnConfig
	cc.ConnectTimeout = connectTimeout
	if s.schema = cc.RuntimeParams["search_path"]; s.schema == "" {
		s.schema = defaultSchema
	}
	if strings.ContainsAny(s.schema, `,"`) {
		return nil, fmt.Errorf("search_path %q: want the name of one schema: %w", s.schema, ledger.ErrInvalid)
	}
	cc.RuntimeParams["search_path"] = pgx.Identifier{s.schema}.Sanitize()
	// All statements are short; compiling them takes longer than they do.
	cc.RuntimeParams["jit"] = "off"
	if cc.RuntimeParams["application_name"] == "" {
		cc.RuntimeParams["application_name"] = "assize"
	}
	s.config = cc.Copy()
	for name, bound := range map[string]time.Duration{"lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": idleTimeout} {
		if s.config.RuntimeParams[name] == "" { // the URL may say otherwise
			s.config.RuntimeParams[name] = fmt.Sprint(bound.Milliseconds())
		}
	}
	s.config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		// Such as a standby that was not waited for. The writer's connection is
		// used under s.mu.
		s.warned = s.warned || n.SeverityUnlocalized == "WARNING"
	}
	cc.RuntimeParams["default_transaction_read_only"] = "on"
	if p, err := url.Parse(u); err == nil && p.Query().Get("target_session_attrs") == "read-write" {
		// Readers go to the server that takes writes, too, and write nothing there.
		cc.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
	}
	return pool, nil
}

// connect makes a connection that writes.
func (s *Store) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return nil, plain(err)
	}
	var v int
	var syncs string
	err = conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('synchronous_commit')").Scan(&v, &syncs)
	if err == nil && v < minVersion {
		err = fmt.Errorf("the server has version %d, want %d or later: %w", v/10000, minVersion/10000, ledger.ErrInvalid)
	}
	if err == nil && syncs != "on" && syncs != "remote_apply" {
		// An acknowledged entry is durable, whatever the database's default.
		_, err = conn.Exec(ctx, "SET synchronous_commit = on")
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	// The server notices that a waiting client is gone. Not every system can.
	_, _ = conn.Exec(ctx, "SET client_connection_check_interval = '2s'")
	return conn, nil
}

// durable refuses a server that was told to lose what it acknowledged.
func (s *Store) durable(ctx context.Context, conn *pgx.Conn) error {
	var fsync, pages string
	err := conn.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('full_page_writes')").Scan(&fsync, &pages)
	if err != nil {
		return err
	}
	if fsync != "on" || pages != "on" {
		s.logger.WarnContext(ctx, "the server does not keep what it acknowledges: set fsync and full_page_writes on", "fsync", fsync, "full_page_writes", pages)
	}
	return nil
}

// plain is an error of connecting without the parts of it that may quote the
// URL.
func plain(err error) error {
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) {
		return fmt.Errorf("connect: %w", ce.Unwrap())
	}
	return err
}

// Redact is a URL as it may be shown: without password and parameters.
func Redact(u string) string {
	p, err := url.Parse(u)
	if err != nil || p.Scheme == "" || p.Host == "" && p.Path == "" {
		return "postgres://…"
	}
	out := url.URL{Scheme: p.Scheme, Host: p.Host, Path: p.Path}
	if p.User != nil && p.User.Username() != "" {
		out.User = url.User(p.User.Username())
	}
	if q := p.Query(); q.Has("search_path") || q.Has("host") {
		keep := url.Values{}
		for _, k := range []string{"host", "port", "search_path"} {
			if q.Has(k) {
				keep.Set(k, q.Get(k))
			}
		}
		out.RawQuery = keep.Encode()
	}
	return out.String()
}

// Condition is what of a server bears on whether it keeps a ledger.
type Condition struct {
	Version               string
	Fsync, FullPageWrites string // on or off
	Standby               bool   // it follows another server
	Synchronous           int    // standbys a commit waits for now
	Clock                 time.Time
}

// Condition looks at the server.
func (s *Store) Condition(ctx context.Context) (c Condition, err error) {
	err = s.read.QueryRow(ctx, `SELECT current_setting('server_version'), current_setting('fsync'), current_setting('full_page_writes'), pg_is_in_recovery(),
		(SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')), clock_timestamp()`).
		Scan(&c.Version, &c.Fsync, &c.FullPageWrites, &c.Standby, &c.Synchronous, &c.Clock)
	return c, classify("look at the server", err)
}

// Clock returns the time of the database.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	var micros int64
	if err := s.read.QueryRow(ctx, "SELECT "+clockMicros).Scan(&micros); err != nil {
		return time.Time{}, classify("read the database's clock", err)
	}
	return time.UnixMicro(micros).UTC(), nil
}

const clockMicros = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

// Close closes all connections. It waits for a transaction in flight.
func (s *Store) Close() error {
	s.keeper.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var err error
	if s.conn != nil {
		err = s.conn.Close(context.Background())
		s.conn = nil
	}
	if s.read != nil {
		s.read.Close()
	}
	return err
}
