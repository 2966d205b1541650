package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout is how long a server may take to answer, recovery included.
const startTimeout = 60 * time.Second

// Server is one private server. It listens on a socket in its directory only.
type Server struct {
	Dir  string // data and socket are below it
	data string
	bin  string
	cred *syscall.Credential // nil: the user who tests
	args []string
	cmd  *exec.Cmd
	gone chan struct{} // closed when the process ended
	logs *os.File
}

// external names a server that tests use instead of a private one, where a
// private one is not what is tested.
const external = "ASSIZE_TEST_POSTGRES"

var schemas atomic.Int64 // numbers schemas of this process

// URL returns a schema of its own on a server for this test: the one that
// ASSIZE_TEST_POSTGRES names, or a private one that ends with the test.
func URL(tb testing.TB) string {
	tb.Helper()
	if u := os.Getenv(external); u != "" {
		return withSchema(tb, u)
	}
	return New(tb).URL()
}

// Schema returns a URL that differs from another in its schema, which is new.
func Schema(tb testing.TB, u string) string { return withSchema(tb, u) }

func withSchema(tb testing.TB, u string) string {
	tb.Helper()
	p, err := url.Parse(u)
	if err != nil {
		tb.Fatal("malformed URL of a Postgres server")
	}
	schema := fmt.Sprintf("t%d_%d", os.Getpid(), schemas.Add(1))
	tb.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), u)
		if err != nil {
			return // the server is gone, and the schema with it
		}
		defer conn.Close(context.Background())
		_, _ = conn.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
	})
	q := p.Query()
	q.Set("search_path", schema)
	p.RawQuery = q.Encode()
	return p.String()
}

// New makes and starts a private server, and ends it with the test. Settings are
// name=value, as in postgresql.conf.
func New(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s, err := Make(tb, settings...)
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Make makes a private server that is not started yet.
func Make(tb testing.TB, settings ...string) (*Server, error) {
	tb.Helper()
	return MakeIn(tb, "", settings...)
}

// MakeIn is Make with the data below a directory.
func MakeIn(tb testing.TB, data string, settings ...string) (*Server, error) {
	tb.Helper()
	s, err := prepare(tb, settings)
	if err != nil {
		return nil, err
	}
	if data != "" {
		s.data = filepath.Join(data, "data")
		if s.cred != nil {
			if err := os.Chown(data, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
				return nil, err
			}
		}
	}
	args := []string{"-N", "-A", "trust", "-U", "assize", "-E", "UTF8", "--locale=C", "-D", s.data}
	if data != "" {
		args = append(args, "--wal-segsize=4") // there may be little room
	}
	out, err := s.command("initdb", args...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, nil
}

// Standby makes a server that streams from another and is not started yet; name
// is what the other knows it by, as in synchronous_standby_names.
func (s *Server) Standby(tb testing.TB, name string, settings ...string) (*Server, error) {
	tb.Helper()
	b, err := prepare(tb, append(settings, "primary_conninfo=host="+s.Dir+" user=assize application_name="+name))
	if err != nil {
		return nil, err
	}
	out, err := b.command("pg_basebackup", "-N", "-c", "fast", "-R", "-h", s.Dir, "-U", "assize", "-D", b.data).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	return b, nil
}

func prepare(tb testing.TB, settings []string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// Not below the test's own directory: its name is too long for a socket, and
	// another user must reach it.
	dir, err := os.MkdirTemp("", "assize-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, data: filepath.Join(dir, "data"), bin: bin}
	tb.Cleanup(func() {
		s.Kill()
		if tb.Failed() {
			if b, err := os.ReadFile(filepath.Join(dir, "log")); err == nil {
				tb.Logf("end of the server's log:\n%s", b[max(0, len(b)-4000):])
			}
		}
		_ = os.RemoveAll(dir)
	})
	if os.Geteuid() == 0 {
		// The server refuses to run as root.
		if s.cred, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return nil, err
		}
	}
	for _, set := range append([]string{"listen_addresses=", "unix_socket_directories=" + dir, "shared_buffers=64MB", "max_connections=60"}, settings...) {
		s.args = append(s.args, "-c", set)
	}
	return s, nil
}

// unprivileged is a user who is not root: the one that Debian's package made, or
// nobody.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("run Postgres: there is no user postgres or nobody to run it as, and it refuses root")
}

// binaries is the directory of the newest version that is installed.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(dirs) == 0 {
		return "", fmt.Errorf("run Postgres: initdb is not on PATH nor below /usr/lib/postgresql; install postgresql, or name a server in %s", external)
	}
	slices.Sort(dirs)
	return filepath.Dir(dirs[len(dirs)-1]), nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.Dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGUSER=assize")
	// A signal to the tests is not one to the server: it is ended with its test.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setpgid: true}
	return cmd
}

// URL of its database, with the default schema.
func (s *Server) URL() string {
	return "postgres://assize@/postgres?" + url.Values{"host": {s.Dir}}.Encode()
}

// Socket is the path of the socket that it listens on.
func (s *Server) Socket() string { return filepath.Join(s.Dir, ".s.PGSQL.5432") }

// Start starts the server and waits until it answers.
func (s *Server) Start() error {
	deadline := time.Now().Add(startTimeout)
	for {
		if err := s.spawn(); err != nil {
			return fmt.Errorf("start postgres: %w", err)
		}
		err := s.answers(deadline)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		// What a killed server left in shared memory may take a moment to go.
	}
}

func (s *Server) spawn() error {
	var err error
	if s.logs, err = os.OpenFile(filepath.Join(s.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	s.cmd = s.command("postgres", append([]string{"-D", s.data}, s.args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.logs, s.logs
	if err := s.cmd.Start(); err != nil {
		return errors.Join(err, s.logs.Close())
	}
	s.gone = make(chan struct{})
	go func(cmd *exec.Cmd, gone chan struct{}, logs *os.File) {
		_ = cmd.Wait()
		_ = logs.Close()
		close(gone)
	}(s.cmd, s.gone, s.logs)
	return nil
}

func (s *Server) answers(deadline time.Time) error {
	for {
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		conn, err := pgx.Connect(ctx, s.URL())
		cancel()
		if err == nil {
			return conn.Close(context.Background())
		}
		select {
		case <-s.gone:
			b, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
			lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
			return fmt.Errorf("start postgres: it ended: %s", bytes.Join(lines[max(0, len(lines)-3):], []byte(" / ")))
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("start postgres: it does not answer: %w", err)
		}
	}
}

// Kill ends the server at once, as a power cut would but for what is in the
// operating system's memory, and waits until it is gone.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Stop ends the server in order, and its connections with it.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

func (s *Server) end(sig syscall.Signal) {
	if s.cmd == nil {
		return
	}
	defer func() { s.cmd = nil }()
	_ = s.cmd.Process.Signal(sig)
	<-s.gone
	if sig == syscall.SIGKILL {
		s.orphans()
	}
}

// orphans waits for the children of a killed server, which notice by themselves.
func (s *Server) orphans() {
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		b, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
		if err != nil {
			return
		}
		pid, _, _ := strings.Cut(string(b), "\n")
		if group, err := strconv.Atoi(pid); err != nil || syscall.Kill(-group, 0) != nil {
			return
		}
	}
}

// Running is false once the server ended, by itself too.
func (s *Server) Running() bool {
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// Promote makes a standby a primary and waits until it takes writes.
func (s *Server) Promote() error {
	out, err := s.command("pg_ctl", "promote", "-w", "-D", s.data).CombinedOutput()
	if err != nil {
		return fmt.Errorf("promote: %w\n%s", err, out)
	}
	return nil
}

// Set changes settings, name=value, of a running server.
func (s *Server) Set(settings ...string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, set := range settings {
		name, value, _ := strings.Cut(set, "=")
		if _, err := conn.Exec(ctx, "ALTER SYSTEM SET "+pgx.Identifier{name}.Sanitize()+" = '"+value+"'"); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	_, err = conn.Exec(ctx, "SELECT pg_reload_conf()")
	return err
}

// CaughtUp waits until the standbys have everything.
func (s *Server) CaughtUp() error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var behind, all int
		if err := conn.QueryRow(ctx, "SELECT count(*) FILTER (WHERE replay_lsn IS DISTINCT FROM pg_current_wal_lsn()), count(*) FROM pg_stat_replication").Scan(&behind, &all); err != nil {
			return err
		}
		if all > 0 && behind == 0 {
			return nil
		}
	}
	return errors.New("the standby does not catch up")
}

// Backup makes a server of a copy of this one's files, as an operator makes one
// with pg_basebackup, that is not started yet.
func (s *Server) Backup(tb testing.TB) (*Server, error) {
	tb.Helper()
	b, err := prepare(tb, nil)
	if err != nil {
		return nil, err
	}
	out, err := b.command("pg_basebackup", "-N", "-c", "fast", "-h", s.Dir, "-U", "assize", "-D", b.data).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	return b, nil
}
