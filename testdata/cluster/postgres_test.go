package cluster_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// postgres is a private server on a socket, ended with the test, and the URL of its
// database.
func postgres(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatal("PostgreSQL is not installed (Debian package postgresql)")
	}
	programs := found[len(found)-1]
	dir, err := os.MkdirTemp("", "assize-pg-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cred := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 { // it does not run as root
		who, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		cred.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	init := exec.Command(filepath.Join(programs, "initdb"), "-N", "-A", "trust", "-U", "assize", "-E", "UTF8", "--locale=C", "-D", data)
	init.SysProcAttr, init.Dir = cred, dir
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	cmd := exec.Command(filepath.Join(programs, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=")
	cmd.SysProcAttr, cmd.Dir = cred, dir
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, gone: make(chan struct{}), log: log.Name()}
	go func() { _ = cmd.Wait(); close(p.gone) }()
	t.Cleanup(p.end)
	if err := p.until("Postgres", func() bool {
		return exec.Command(filepath.Join(programs, "pg_isready"), "-h", dir, "-U", "assize").Run() == nil
	}); err != nil {
		t.Fatal(err)
	}
	return "postgres:///postgres?host=" + dir + "&user=assize"
}
