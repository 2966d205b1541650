package format_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/format"
)

// Every kind has the three forms people need, and every form a kind names is there.
func TestEveryKindHasItsForms(t *testing.T) {
	for _, k := range reports.Kinds() {
		names := format.Of(k)
		for _, name := range append([]string{"html", "pdf", "json"}, k.Formats...) {
			f, err := format.Find(k, name)
			if err != nil || f.Name != name || f.Media == "" || f.Extension == "" || !slices.Contains(names, name) {
				t.Errorf("%s as %s: %+v, %v", k.Name, name, f, err)
			}
		}
		if _, err := format.Find(k, "docx"); !errors.Is(err, format.ErrFormat) {
			t.Errorf("%s as docx: %v", k.Name, err)
		}
	}
	if _, err := format.Find(reports.Kinds()[1], "sarif"); !errors.Is(err, format.ErrFormat) {
		t.Errorf("a form of another kind: %v", err)
	}
}
