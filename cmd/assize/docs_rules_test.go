package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policy"
)

// TestDocsRefusedBuiltins: the table of refused builtins is that of the program.
func TestDocsRefusedBuiltins(t *testing.T) {
	const file, head = "docs/writing-rules.md", "| reason | builtins |\n|---|---|\n"
	byReason := map[string][]string{}
	for name, why := range policy.ExcludedBuiltins() {
		byReason[why] = append(byReason[why], "`"+name+"`")
	}
	var table strings.Builder
	for _, why := range slices.Sorted(maps.Keys(byReason)) {
		names := byReason[why]
		slices.Sort(names)
		fmt.Fprintf(&table, "| %s | %s |\n", why, strings.Join(names, ", "))
	}
	before, got, ok := strings.Cut(page(t, file), head)
	if !ok {
		t.Fatalf("%s has no table of refused builtins", file)
	}
	if *updateDocs && got != table.String() {
		write(t, file, before+head+table.String())
	} else if diff := cmp.Diff(table.String(), got); diff != "" {
		t.Errorf("%s (-program +page), go test ./cmd/assize -run TestDocs -update-docs writes it:\n%s", file, diff)
	}
}
