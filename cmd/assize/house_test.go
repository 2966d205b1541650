package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/assize-dev/assize/"

// floors lists the house from the top down: a package may import what stands
// below it, never above or beside, except where allowed says so.
var floors = [][]string{
	{"cmd/assize"},
	{"api"},
	{"reports"},
	{"policy/watch"},
	{"policy/gate"},
	{"policy", "ledger/evidence"},
	{"attest", "ledger"},
}

// rooms: one vendor, one room. The value lists the folders that may import it.
var rooms = map[string][]string{
	"github.com/open-policy-agent/opa":       {"policy"},
	"github.com/labstack/echo":               {"api"},
	"github.com/jackc/pgx":                   {"ledger/postgres"},
	"modernc.org/sqlite":                     {"ledger/sqlite"},
	"github.com/sigstore":                    {"attest"},
	"github.com/google/go-containerregistry": {"attest/oci"},
	"github.com/go-jose":                     {"attest", "api"},
	"github.com/secure-systems-lab":          {"attest"},
	"k8s.io":                                 {"api/admission"},
	"github.com/transparency-dev":            {"ledger"},
	"golang.org/x/mod":                       {"ledger", "attest"},
	"github.com/spf13/cobra":                 {"cmd/assize"},
	"github.com/prometheus/client_golang":    {"api"},
	"github.com/santhosh-tekuri/jsonschema":  {"attest/predicate", "api", "reports", "deploy"},
}

// floor finds the floor of a package; sub-packages stand with the longest prefix.
func floor(pkg string) (level int, on string) {
	level = -1
	for i, names := range floors {
		for _, name := range names {
			if (pkg == name || strings.HasPrefix(pkg, name+"/")) && len(name) > len(on) {
				level, on = i, name
			}
		}
	}
	return level, on
}

// TestImportsPointDown holds the import law: whoever reads the folders sees the
// architecture, and no package can grow a dependency on what uses it.
func TestImportsPointDown(t *testing.T) {
	root := filepath.Join("..", "..")
	tops := []string{"cmd", "attest", "ledger", "policy", "policies", "reports", "api", "deploy", "testdata"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(append(tops, "docs"), e.Name()) {
			t.Errorf("top-level folder %s is not of the house", e.Name())
		}
	}
	files := 0
	for _, top := range tops {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			if strings.HasPrefix(rel, "testdata/foreign/") || strings.HasPrefix(rel, "testdata/interop/") || strings.HasPrefix(rel, "testdata/chart/") || strings.HasPrefix(rel, "testdata/cluster/") {
				return nil // a module of its own, for other people's checkers
			}
			files++
			return checkFile(t, path, filepath.ToSlash(filepath.Dir(rel)), strings.HasSuffix(path, "_test.go"))
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if files < 50 {
		t.Errorf("looked at %d files only; the walk is broken", files)
	}
}

func checkFile(t *testing.T, path, pkg string, test bool) error {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	mine, room := floor(pkg)
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if theirs, ok := strings.CutPrefix(name, module); ok {
			checkOwn(t, path, pkg, room, mine, theirs, test)
			continue
		}
		for vendor, allowed := range rooms {
			if test || name != vendor && !strings.HasPrefix(name, vendor+"/") {
				continue
			}
			if !slices.ContainsFunc(allowed, func(a string) bool { return pkg == a || strings.HasPrefix(pkg, a+"/") }) {
				t.Errorf("%s imports %s, which belongs to %v", path, name, allowed)
			}
		}
	}
	return nil
}

func checkOwn(t *testing.T, path, pkg, room string, mine int, theirs string, test bool) {
	store := theirs == "ledger/sqlite" || theirs == "ledger/postgres"
	support := forTests(theirs)
	if test || forTests(pkg) {
		return // tests may stand on anything
	}
	if store && pkg != "cmd/assize" {
		t.Errorf("%s imports %s: only cmd names a concrete store", path, theirs)
	}
	if support && pkg != "cmd/assize" {
		t.Errorf("%s imports %s, which is for tests", path, theirs)
	}
	if theirs == "policies" {
		if pkg != "cmd/assize" {
			t.Errorf("%s imports policies: the rule book is data that cmd hands over", path)
		}
		return
	}
	below, on := floor(theirs)
	if below < 0 || on == room {
		return
	}
	allowed := mine >= 0 && below > mine || room == "policy" && on == "attest"
	if !allowed {
		t.Errorf("%s: %s imports %s, which does not stand below it", path, pkg, theirs)
	}
}

// forTests tells packages that only tests stand on: attesttest, ledgertest, ...
func forTests(pkg string) bool {
	base := pkg[strings.LastIndexByte(pkg, '/')+1:]
	return base != "attest" && strings.HasSuffix(base, "test") || strings.HasPrefix(pkg, "testdata/")
}
