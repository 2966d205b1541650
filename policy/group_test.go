package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/policy"
)

// A large set is compiled in groups: each rule judges as it does alone, library and
// all, and what is wrong is told once, wherever it stands.
func TestLargeSets(t *testing.T) {
	const n = 41
	fsys := fstest.MapFS{"lib.rego": {Data: []byte("package assize.lib.big\n\nsays(card) := card.predicate.version\n")}}
	name := func(i int) string { return fmt.Sprintf("r%02d.rego", i) }
	for i := range n {
		text := rule(fmt.Sprintf("BIG-%02d", i), "requires: [model-card]", fmt.Sprintf("pass if data.assize.lib.big.says(input.evidence[\"model-card\"][0]) == \"%d\"", i))
		fsys[name(i)] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := policy.LoadSet(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for _, version := range []int{i, i + 1} {
			want := policy.StatusPass
			if version != i {
				want = policy.StatusUnassessable
			}
			f := evaluate(t, s, fmt.Sprintf("BIG-%02d", i), input(item(t, 1, "model-card", map[string]any{"version": fmt.Sprint(version)})), "2026-01-01T00:00:00Z")
			if f.Status != want {
				t.Errorf("%s of version %d: %s, want %s", f.Rule, version, f.Status, want)
			}
		}
	}
	if again, err := policy.LoadArchive(s.Archive()); err != nil || again.Digest() != s.Digest() {
		t.Errorf("from its archive: %v", err)
	}
	broken := func(changes map[string]string) []policy.Fault {
		with := fstest.MapFS{}
		for file, f := range fsys {
			with[file] = f
		}
		for file, text := range changes {
			with[file] = &fstest.MapFile{Data: []byte(text)}
		}
		_, err := policy.LoadSet(with)
		var list *policy.SetError
		if !errors.As(err, &list) {
			t.Fatalf("loaded: %v", err)
		}
		return list.Faults
	}
	wrong := func(i int, what string) string {
		return strings.Replace(string(fsys[name(i)].Data), "data.assize.lib.big.says", what, 1)
	}
	if got := broken(map[string]string{name(0): wrong(0, "data.assize.lib.big.nothing"), name(1): wrong(1, "data.assize.lib.big.nothing")}); len(got) != 2 || got[0].File != name(0) || got[1].File != name(1) {
		t.Errorf("one in each group: %v", got)
	}
	if got := broken(map[string]string{"lib.rego": "package assize.lib.big\n\nsays(card) := x if card\n"}); len(got) != 1 || got[0].File != "lib.rego" {
		t.Errorf("one in the library: %v", got)
	}
	if got := broken(map[string]string{name(3): wrong(3, "data.assize.test.big_04.pass")}); len(got) == 0 || got[0].File != name(3) {
		t.Errorf("another rule of another group: %v", got)
	}
}
