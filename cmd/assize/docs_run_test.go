package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

// patience is how long one block may take.
const patience = time.Minute

// reader follows one page in a directory of its own.
type reader struct {
	dir, repo string
	env       []string
	output    string // of the last block that ran
	service   *service
	database  func() string // a Postgres server of this page's own
}

// exampleDatabase is what pages call a database.
const exampleDatabase = "postgres://assize@db.example/assize"

func newReader(t *testing.T) *reader {
	t.Helper()
	repo, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{dir: t.TempDir(), repo: repo, database: sync.OnceValue(func() string { return postgrestest.Schema(t, postgrestest.URL(t)) })}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "ASSIZE_") {
			r.env = append(r.env, kv)
		}
	}
	// A block must never reach a service that happens to run on this machine.
	r.env = append(r.env, "ASSIZE_STATE="+t.TempDir(), "ASSIZE_LISTEN=127.0.0.1:0", "ASSIZE_SERVER=http://127.0.0.1:1")
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// written is what a reader would type, as it is run here: the program is this one
// (TestMain puts it on the path), a service stands on a port of its own, and make only says
// what it would do, since this test is part of what it does.
func (r *reader) written(text string) string {
	text = strings.ReplaceAll(text, "go run ./cmd/assize", "assize")
	text = regexp.MustCompile(`(?m)^make\b`).ReplaceAllString(text, "make -n -C "+r.repo)
	if strings.Contains(text, exampleDatabase) {
		text = strings.ReplaceAll(text, exampleDatabase, r.database())
	}
	if r.service != nil {
		text = strings.ReplaceAll(text, "http://"+defaultListen, r.service.url)
	}
	return text
}

func (r *reader) shell(ctx context.Context, text string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-euc", text)
	cmd.Dir, cmd.Env = r.dir, r.env
	if r.service != nil {
		cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], "ASSIZE_SERVER="+r.service.url)
	}
	cmd.WaitDelay = time.Second
	return cmd
}

// run runs a block to its end.
func (r *reader) run(b block) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if commands := strings.Count(strings.ReplaceAll(strings.TrimSpace(b.text), "\\\n", " "), "\n") + 1; b.exit != 0 && commands > 1 {
		return fmt.Errorf("a block with exit=%d holds one command, this one %d", b.exit, commands)
	}
	cmd := r.shell(ctx, r.written(b.text))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return err
	}
	r.output = stdout.String()
	if code != b.exit {
		return fmt.Errorf("exit %d, want %d\n%s%s", code, b.exit, r.output, stderr.String())
	}
	return nil
}

// service is a command that stays up.
type service struct {
	cmd    *exec.Cmd
	url    string
	stderr bytes.Buffer
	mu     sync.Mutex
	stdout strings.Builder
}

func (s *service) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stdout.String()
}

var urlPattern = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// serve starts a command that stays up and waits until it says where.
func (r *reader) serve(b block) error {
	if err := r.stop(); err != nil {
		return err
	}
	s := &service{}
	s.cmd = r.shell(context.Background(), "exec "+strings.TrimSpace(r.written(b.text)))
	s.cmd.Stderr = &s.stderr
	pipe, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	urls := make(chan string, 1)
	go func() {
		defer close(urls)
		lines := bufio.NewScanner(pipe)
		for found := false; lines.Scan(); {
			s.mu.Lock()
			fmt.Fprintln(&s.stdout, lines.Text())
			s.mu.Unlock()
			if url := urlPattern.FindString(lines.Text()); url != "" && !found {
				urls <- url
				found = true
			}
		}
	}()
	r.service = s
	select {
	case url, ok := <-urls:
		if !ok {
			r.service = nil
			return fmt.Errorf("it ended: %v\n%s%s", s.cmd.Wait(), s.printed(), s.stderr.String())
		}
		s.url, r.output = url, s.printed()
		return nil
	case <-time.After(patience):
		return fmt.Errorf("it did not say where it serves\n%s", s.printed())
	}
}

// stop ends the service as Ctrl-C would.
func (r *reader) stop() error {
	s := r.service
	if s == nil {
		return nil
	}
	r.service = nil
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop service: %w", err)
	}
	timer := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("the service ended with %w\n%s", err, s.stderr.String())
	}
	return nil
}

// printed holds a text block against the output of the block before it, or of the
// service.
func (r *reader) printed(b block) error {
	err := holdsLines(b, r.output)
	if err != nil && r.service != nil && holdsLines(b, r.service.printed()) == nil {
		return nil
	}
	return err
}

func holdsLines(b block, output string) error {
	lines := strings.Split(output, "\n")
	skip := true // whether lines may be left out before the next one
	for want := range strings.Lines(b.text) {
		want = strings.TrimRight(want, " \n")
		if want == "..." {
			skip = true
			continue
		}
		at := -1
		for i, got := range lines {
			if likeLine(want, strings.TrimRight(got, " ")) {
				at = i
				break
			}
			if !skip {
				break
			}
		}
		if at < 0 {
			return fmt.Errorf("not printed here: %q\nof\n%s", want, output)
		}
		lines, skip = lines[at+1:], false
	}
	return nil
}

func likeLine(want, got string) bool {
	parts := strings.Split(want, "…")
	if len(parts) == 1 {
		return want == got
	}
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
}

// write does what the reader is told to: keep the block as a file.
func (r *reader) write(b block) error {
	path := filepath.Join(r.dir, filepath.FromSlash(b.file))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(b.text), 0o644)
}

// visit opens a page as a browser does.
func (r *reader) visit(url string) error {
	if r.service == nil {
		return errors.New("no service runs at this place of the page")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.written(url), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/html")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if media := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(media, "text/html") {
		return fmt.Errorf("%s: %s, %s; want a page", url, resp.Status, media)
	}
	return nil
}

// goProgram compiles and runs a Go program against the service of the page.
func (r *reader) goProgram(b block) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	source := filepath.Join(r.dir, "main.go.txt")
	if err := os.WriteFile(source, []byte(r.written(b.text)), 0o644); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(r.repo, "docs", "example", "main.go"): source}})
	if err != nil {
		return err
	}
	list := filepath.Join(r.dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		return err
	}
	cmd := r.shell(ctx, `exec go run -overlay "$0" ./docs/example`)
	cmd.Args, cmd.Dir = append(cmd.Args, list), r.repo
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, stderr.String())
	}
	r.output = string(out)
	return nil
}
