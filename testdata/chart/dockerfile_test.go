package chart_test

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// TestDockerfile: BuildKit takes every instruction, and the image runs one static
// binary as a user without rights on a base without a shell.
func TestDockerfile(t *testing.T) {
	f, err := os.Open("../../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	parsed, err := parser.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range parsed.Warnings {
		t.Errorf("line %v: %s", w.Location, w.Short)
	}
	warn := func(rule, description, url, msg string, location []parser.Range) { t.Errorf("%s: %s", rule, msg) }
	stages, args, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{Warn: warn}))
	if err != nil {
		t.Fatal(err)
	}
	bases := map[string]string{}
	for _, a := range args {
		for _, kv := range a.Args {
			bases["${"+kv.Key+"}"] = kv.ValueString()
		}
	}
	if len(stages) != 2 {
		t.Fatalf("%d stages, want a build and an image", len(stages))
	}
	for _, s := range stages {
		// A tag names a version, never what is newest today.
		if base := bases[s.BaseName]; !regexp.MustCompile(`\d+(\.\d+)?[a-z-]*:?[a-z]*$`).MatchString(base) || strings.HasSuffix(base, ":latest") {
			t.Errorf("stage %q is from %q, want an argument with a version", s.Name, base)
		}
	}
	if base := bases[stages[1].BaseName]; !strings.Contains(base, "distroless/static") || !strings.HasSuffix(base, ":nonroot") {
		t.Errorf("the image is from %s, want distroless for a user without rights", base)
	}
	if go126, _, _ := strings.Cut(goVersion(t), ".0\n"); !strings.Contains(bases[stages[0].BaseName], ":"+go126+"-") {
		t.Errorf("built by %s, go.mod wants %s", bases[stages[0].BaseName], go126)
	}
	var said []string
	for _, c := range stages[1].Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			said = append(said, "USER "+c.User)
		case *instructions.EntrypointCommand:
			said = append(said, "ENTRYPOINT "+strings.Join(c.CmdLine, " "))
			if c.PrependShell {
				t.Error("the entry point needs a shell, and there is none")
			}
		case *instructions.CmdCommand:
			said = append(said, "CMD "+strings.Join(c.CmdLine, " "))
		case *instructions.RunCommand:
			t.Error("the image runs a command, and there is no shell in it")
		}
	}
	if got, want := strings.Join(said, "; "), "USER 65532:65532; ENTRYPOINT /usr/local/bin/assize; CMD serve"; got != want {
		t.Errorf("the image says %s, want %s", got, want)
	}
}

func goVersion(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "\ngo ")
	if !ok {
		t.Fatal("go.mod says no version")
	}
	return after
}

// TestImageBinary: the command of the Dockerfile builds a program that needs no
// library, and it runs.
func TestImageBinary(t *testing.T) {
	text, err := os.ReadFile("../../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`CGO_ENABLED=0 GOOS=\$TARGETOS GOARCH=\$TARGETARCH go (build -trimpath -ldflags="-s -w") -o /out/assize (\./cmd/assize)`).FindSubmatch(text)
	if m == nil {
		t.Fatal("the Dockerfile builds by another command than this test")
	}
	out := filepath.Join(t.TempDir(), "assize")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-buildvcs=false", "-o", out, "./cmd/assize")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	libs, err := f.ImportedLibraries()
	if err != nil || len(libs) > 0 || slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Errorf("it needs %v, %v", libs, err)
	}
	var stdout bytes.Buffer
	run := exec.CommandContext(t.Context(), out, "version")
	run.Env, run.Stdout = []string{}, &stdout
	if err := run.Run(); err != nil || !strings.Contains(stdout.String(), "assize") {
		t.Errorf("%v\n%s", err, stdout.String())
	}
}
