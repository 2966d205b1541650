package main

import (
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/constant"
	"go/doc"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

var updateDocs = flag.Bool("update-docs", false, "write docs/limits.md and the table of types anew")

// rows of the tables of a page whose first cell matches, cell by cell, with the
// backquotes off.
func rows(text, first string) [][]string {
	match := regexp.MustCompile("^`" + first + "`$")
	var out [][]string
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "|") || !match.MatchString(strings.TrimSpace(cells[0])) {
			continue
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "`", "")
		}
		out = append(out, cells)
	}
	return out
}

// column is one column of rows.
func column(rows [][]string, i int) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r[i])
	}
	return out
}

// same compares what a page lists with what the program has, in any order.
func same(t *testing.T, what string, documented, real []string) {
	t.Helper()
	documented, real = slices.Sorted(slices.Values(documented)), slices.Sorted(slices.Values(real))
	if diff := cmp.Diff(real, documented); diff != "" {
		t.Errorf("%s (-program +page):\n%s", what, diff)
	}
}

// TestDocsVerbs: README lists the verbs there are.
func TestDocsVerbs(t *testing.T) {
	var real []string
	for _, cmd := range rootCommand().Commands() {
		if !slices.Contains([]string{"help", "completion"}, cmd.Name()) {
			real = append(real, "assize "+cmd.Name())
		}
	}
	same(t, "README.md, verbs", column(rows(page(t, "README.md"), "assize [a-z]+"), 0), real)
}

// TestDocsEndpoints: the table of endpoints is what the service answers, and the
// table of metrics what it counts.
func TestDocsEndpoints(t *testing.T) {
	ctx := context.Background()
	in, err := openInstance(ctx, instanceConfig{Store: "sqlite:" + filepath.Join(t.TempDir(), "a.db"), Origin: "assize.dev/test/docs", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	h, err := in.handler(nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var real []string
	for _, r := range h.Routes() {
		if path := regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(r.Path, "{$1}"); !forPages(r.Path) {
			real = append(real, r.Method+" "+path)
		}
	}
	same(t, "docs/integrators.md, endpoints", column(rows(page(t, "docs/integrators.md"), "(GET|POST) /.*"), 0), real)

	// A counter is there once something was counted.
	get := func(method, path, body string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, method, "http://localhost"+path, strings.NewReader(body))
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	get("POST", "/api/v1/attestations", "{}")
	get("POST", "/api/v1/gate", fmt.Sprintf(`{"subject": %q, "system": "system:x", "action": "deploy", "environment": "production"}`, attest.RefOf("x")))
	var counted []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (assize_\S+)`).FindAllStringSubmatch(get("GET", "/metrics", ""), -1) {
		counted = append(counted, m[1])
	}
	same(t, "docs/operators.md, metrics", column(rows(page(t, "docs/operators.md"), "assize_[a-z_]+"), 0), counted)
}

// forPages tells routes that only serve pages for people.
func forPages(path string) bool {
	return !strings.HasPrefix(path, "/api/") && regexp.MustCompile(`^/(|assets|search|service|systems|waivers|ledger|decisions|subjects|attestations|rules|reports|frameworks)(/|$)`).MatchString(path)
}

// TestDocsLists: roles, statuses, exit codes, rule metadata and functions are
// those of the program.
func TestDocsLists(t *testing.T) {
	same(t, "docs/trust.md, roles", column(rows(page(t, "docs/trust.md"), "("+strings.Join(attest.Roles(), "|")+")"), 0), attest.Roles())

	codes := []string{}
	for line := range strings.Lines(page(t, "docs/integrators.md")) {
		if m := regexp.MustCompile(`^\| (\d) \|`).FindStringSubmatch(line); m != nil {
			codes = append(codes, m[1])
		}
	}
	var real []string
	for _, c := range []int{gate.ExitAllow, gate.ExitError, gate.ExitDeny, gate.ExitIndeterminate, gate.ExitWarn} {
		real = append(real, fmt.Sprint(c))
	}
	same(t, "docs/integrators.md, exit codes", codes, real)

	contract := page(t, "docs/rule-contract.md")
	metadata := between(t, contract, "## Metadata", "## Exports")
	same(t, "docs/rule-contract.md, metadata", column(rows(metadata, "[a-z_]+"), 0),
		found(t, "policy/metadata.go", "type customMetadata struct", "}", `yaml:"([a-z_]+)"`))
	var functions []string
	for _, file := range []string{"policy/answers.go", "policy/builtins.go", "policy/drifts.go", "policy/figures.go", "policy/gathered.go", "policy/groups.go", "policy/licence.go", "policy/monitored.go", "policy/record.go", "policy/records.go", "policy/rows.go", "policy/stated.go", "policy/statements.go", "policy/statistics.go", "policy/windows.go"} {
		functions = append(functions, found(t, file, "package", "", `(?:name: |clockName = |\b[a-z]+\()"(assize\.[a-z0-9_]+)"`)...)
	}
	same(t, "docs/rule-contract.md, functions", column(rows(contract, `assize\.[a-z0-9_]+`), 0), functions)

	statuses := found(t, "policy/finding.go", "StatusWaived ", ")", `Status = "([a-z_]+)"`)
	concepts := page(t, "docs/concepts.md")
	for _, s := range statuses {
		if !strings.Contains(concepts, "| "+s+" |") {
			t.Errorf("docs/concepts.md does not explain the status %s", s)
		}
	}
	if len(statuses) != 7 {
		t.Errorf("found %d statuses in policy/finding.go; the search is broken", len(statuses))
	}
}

// found are the matches of a pattern in a stretch of a source file: names that
// packages keep to themselves.
func found(t *testing.T, file, from, to, pattern string) []string {
	t.Helper()
	text := page(t, file)
	if to != "" {
		text = between(t, text, from, "\n"+to)
	}
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, after, ok := strings.Cut(text, from)
	stretch, _, found := strings.Cut(after, to)
	if !ok || !found {
		t.Fatalf("no text between %q and %q", from, to)
	}
	return stretch
}

// TestDocsFigures: figures in the text are those of the program.
func TestDocsFigures(t *testing.T) {
	rules, err := builtinRules()
	if err != nil {
		t.Fatal(err)
	}
	document, err := builtinParameters()
	if err != nil {
		t.Fatal(err)
	}
	built, err := policy.ParseParameters(document)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, action := range policy.Actions {
		selected, err := built.Select(rules, "production", action)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range selected {
			asked[r.ID] = true
		}
	}
	one := policy.DefaultLimits()
	for _, f := range []struct{ page, says string }{
		{"README.md", fmt.Sprintf("The rule book has %d rules", len(rules.Rules()))},
		{"docs/integrators.md", fmt.Sprintf("ask for %d of the %d rules", len(asked), len(rules.Rules()))},
		{"docs/operators.md", fmt.Sprintf("| statement in an envelope | %d MiB |", attest.MaxPayload>>20)},
		{"docs/operators.md", fmt.Sprintf("| envelope the ledger keeps | %d MiB |", ledger.MaxPayload>>20)},
		{"docs/operators.md", fmt.Sprintf("| new decisions of one caller at once | %d |", api.DecisionBurst)},
		{"docs/operators.md", fmt.Sprintf("| and then one more every | %s |", api.DecisionEvery)},
		{"docs/operators.md", fmt.Sprintf("| questions judged at once | %d |", api.MaxJudging)},
		{"docs/operators.md", fmt.Sprintf("| others wait their turn for | %s |", api.JudgingTime)},
		{"docs/operators.md", fmt.Sprintf("| things of lineage one question walks | %d |", evidence.MaxNodes)},
		{"docs/operators.md", fmt.Sprintf("| time, and allocation, of one rule | %s, %d MiB |", one.Time, one.Bytes>>20)},
		{"docs/evidence.md", fmt.Sprintf("up to %d signatures", attest.MaxSignatures)},
	} {
		if !strings.Contains(page(t, f.page), f.says) {
			t.Errorf("%s does not say %q", f.page, f.says)
		}
	}
	if evidence.DefaultSkew != 5*time.Minute {
		t.Errorf("docs/evidence.md says that claimed times may lie five minutes ahead; it is %s", evidence.DefaultSkew)
	}
}

// TestDocsTypes: the table of evidence types is that of the program, with the
// roles of the trust that a new ledger starts with.
func TestDocsTypes(t *testing.T) {
	trust, err := attest.ParseTrust(seedTrust)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, typ := range predicate.Types() {
		roles := trust.Permitted(typ.URI)
		if typ.Short == "gate-decision" {
			continue // the service's own word, never evidence
		}
		home := string(typ.Home)
		if home == "" {
			home = "none: it acts on others"
		}
		if typ.Result {
			home += ", *result*"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", typ.Short, home, subjectsOf(typ), strings.Join(roles, ", "))
	}
	const file, head, end = "docs/evidence.md", "| type | home | subject | said by |\n|---|---|---|---|\n", "\nOutside formats"
	text := page(t, file)
	got := between(t, text, head, end)
	if *updateDocs && got != table.String() {
		write(t, file, strings.Replace(text, head+got, head+table.String(), 1))
	} else if diff := cmp.Diff(table.String(), got); diff != "" {
		t.Errorf("%s (-program +page), go test ./cmd/assize -run TestDocs -update-docs writes it:\n%s", file, diff)
	}
}

func subjectsOf(t predicate.Type) string {
	switch {
	case t.SubjectKind != "":
		return t.SubjectKind
	case t.Short == "revocation":
		return "its target"
	case t.Short == "waiver":
		return "what the findings are about"
	case t.Own:
		return "system"
	}
	return "any"
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(repository, filepath.FromSlash(file)), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// limited are the packages with bounds, in the order of the page.
var limited = []string{"attest", "attest/oms", "attest/oci", "attest/sigstore", "attest/kms", "attest/predicate", "attest/importer", "attest/profile", "ledger", "ledger/sqlite", "ledger/postgres", "ledger/evidence", "policy", "policy/stat", "policy/gate", "policy/watch", "reports", "api", "api/admission", "api/admission/running", "api/client", "api/ui", "deploy", "cmd/assize"}

// TestDocsLimits: docs/limits.md holds every bound in every limits.go.
func TestDocsLimits(t *testing.T) {
	const head = `# Limits

Every input has a bound. All bounds of a package stand in one file, ` + "`limits.go`" + `, and a test meets each. This page is written from those files.
`
	text := head
	loader := &bounds{packages: map[string]*types.Package{}}
	for _, dir := range limited {
		file, pkg, err := loader.load(dir)
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("\n## %s\n\n| bound | value | |\n|---|---|---|\n", dir)
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.CONST {
				continue
			}
			comment := ""
			for _, spec := range gen.Specs {
				v := spec.(*ast.ValueSpec)
				about := "as above"
				if v.Doc != nil {
					comment = v.Doc.Text()
					about = sentence(v.Names[0].Name, comment)
				}
				for _, name := range v.Names {
					text += fmt.Sprintf("| `%s` | %s | %s |\n", name.Name, valueOf(pkg.Scope().Lookup(name.Name), strings.Contains(comment, "byte")), about)
				}
			}
		}
	}
	const file = "docs/limits.md"
	if *updateDocs {
		write(t, file, text)
	}
	if diff := cmp.Diff(text, page(t, file)); diff != "" {
		t.Errorf("%s (-limits.go +page), go test ./cmd/assize -run TestDocs -update-docs writes it:\n%s", file, diff)
	}
	all, err := filepath.Glob(filepath.Join(repository, "*", "limits.go"))
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob(filepath.Join(repository, "*", "*", "limits.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(all, deeper...) {
		rel, err := filepath.Rel(repository, filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(limited, filepath.ToSlash(rel)) {
			t.Errorf("%s is missing in the list of this test", path)
		}
	}
}

// sentence is the first one of a comment, without the name it begins with.
func sentence(name, comment string) string {
	s := new(doc.Package).Synopsis(strings.Join(strings.Fields(comment), " "))
	s = strings.TrimPrefix(strings.TrimPrefix(s, name+" is "), name+" ")
	return strings.ReplaceAll(s, "|", "\\|")
}

// bounds type-checks limits.go files by themselves; of the packages they import
// they need no more than the limits of those.
type bounds struct {
	packages map[string]*types.Package
}

var _ types.Importer = (*bounds)(nil)

func (b *bounds) load(dir string) (*ast.File, *types.Package, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, filepath.Join(repository, filepath.FromSlash(dir), "limits.go"), nil, parser.ParseComments)
	if err != nil {
		return nil, nil, err
	}
	pkg, err := (&types.Config{Importer: b}).Check(module+dir, set, []*ast.File{file}, nil)
	return file, pkg, err
}

// Import is for the type checker.
func (b *bounds) Import(path string) (*types.Package, error) {
	if p, ok := b.packages[path]; ok {
		return p, nil
	}
	var p *types.Package
	var err error
	if dir, own := strings.CutPrefix(path, module); own {
		_, p, err = b.load(dir)
	} else {
		p, err = importer.ForCompiler(token.NewFileSet(), "source", nil).Import(path)
	}
	b.packages[path] = p
	return p, err
}

// valueOf writes a bound as people do: bytes in powers of two, times with units.
func valueOf(o types.Object, bytes bool) string {
	v := o.(*types.Const).Val()
	if o.Type().String() == "time.Duration" {
		n, _ := constant.Int64Val(v)
		text := time.Duration(n).String()
		for _, nothing := range []string{"m0s", "h0m"} {
			if strings.HasSuffix(text, nothing) {
				text = text[:len(text)-2]
			}
		}
		return text
	}
	if n, exact := constant.Int64Val(constant.ToInt(v)); exact && v.Kind() == constant.Int {
		switch {
		case bytes && n >= 1<<20 && n%(1<<20) == 0:
			return fmt.Sprintf("%d MiB", n>>20)
		case bytes && n >= 1<<10 && n%(1<<10) == 0:
			return fmt.Sprintf("%d KiB", n>>10)
		}
		return fmt.Sprint(n)
	}
	f, _ := constant.Float64Val(v)
	return fmt.Sprint(f)
}
