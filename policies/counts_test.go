package policies_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// How many rules there are, how grave they are, which judge what and when: a change
// of it changes what gates ask and belongs in the change log.
func TestCounts(t *testing.T) {
	severities := map[string]int{}
	var table strings.Builder
	for _, r := range loadSet(t).Rules() {
		severities[r.Severity]++
		fmt.Fprintf(&table, "%s %s | %s | %s\n", r.ID, r.Severity, strings.Join(r.Kinds, " "), strings.Join(r.Actions, " "))
	}
	if d := cmp.Diff(map[string]int{"critical": 17, "high": 71, "medium": 22, "low": 3}, severities); d != "" {
		t.Errorf("rules by severity (-want +got):\n%s", d)
	}
	golden(t, "testdata/book.golden", table.String())
}
