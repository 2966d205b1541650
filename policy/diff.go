package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SetDiff is what differs between two rule sets, and between their parameters where
// both have some.
type SetDiff struct {
	From    string       `json:"from"` // digests
	To      string       `json:"to"`
	Added   []*Rule      `json:"added"`
	Removed []*Rule      `json:"removed"`
	Changed []RuleChange `json:"changed"`
	// Parameters are differences in thresholds, gates and waiver caps.
	Parameters []FieldChange `json:"parameters"`
}

// RuleChange is a rule that both sets have and that is not the same in them.
type RuleChange struct {
	ID     string        `json:"id"`
	Fields []FieldChange `json:"fields"`
}

// FieldChange is one difference; empty is absent.
type FieldChange struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// Same reports whether nothing differs.
func (d SetDiff) Same() bool {
	return len(d.Added)+len(d.Removed)+len(d.Changed)+len(d.Parameters) == 0
}

// Diff compares two sets, and their parameters unless one is nil.
func Diff(from, to *Set, fromParams, toParams *Parameters) (SetDiff, error) {
	d := SetDiff{From: from.Digest(), To: to.Digest(), Added: []*Rule{}, Removed: []*Rule{}, Changed: []RuleChange{}, Parameters: []FieldChange{}}
	for _, r := range to.rules {
		old, ok := from.byID[r.ID]
		if !ok {
			d.Added = append(d.Added, r)
			continue
		}
		fields, err := fieldChanges(old, r)
		if err != nil {
			return SetDiff{}, err
		}
		fields = slices.DeleteFunc(fields, func(f FieldChange) bool { return f.Field == "file" })
		a, _ := from.code(old)
		b, rows := to.code(r)
		if a != b {
			fields = append(fields, FieldChange{Field: "code", From: count(a), To: otherFrom(a, b, rows)})
		}
		if len(fields) > 0 {
			d.Changed = append(d.Changed, RuleChange{r.ID, fields})
		}
	}
	for _, r := range from.rules {
		if _, ok := to.byID[r.ID]; !ok {
			d.Removed = append(d.Removed, r)
		}
	}
	for _, lib := range changedLibraries(from, to) {
		d.Changed = append(d.Changed, RuleChange{lib, []FieldChange{{Field: "library", From: count(from.sources[lib]), To: otherFrom(from.sources[lib], to.sources[lib], nil)}}})
	}
	if fromParams == nil || toParams == nil {
		return d, nil
	}
	var err error
	d.Parameters, err = parameterChanges(fromParams, toParams)
	return d, err
}

// code is the source of a rule without its comments, so that a reworded comment is
// no change of what is judged, and the rows of its lines in the file; metadata is
// compared member by member.
func (s *Set) code(r *Rule) (text string, rows []int) {
	var lines []string
	row := 0
	for line := range strings.Lines(s.sources[r.File]) {
		row++
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "#") {
			lines, rows = append(lines, text), append(rows, row)
		}
	}
	return strings.Join(lines, "\n"), rows
}

func count(source string) string {
	if source == "" {
		return ""
	}
	return fmt.Sprintf("%d lines", strings.Count(strings.TrimSuffix(source, "\n"), "\n")+1)
}

// otherFrom is count with the row of the first line that differs.
func otherFrom(was, is string, rows []int) string {
	if was == "" || is == "" {
		return count(is)
	}
	row := firstDifference(is, was)
	if len(rows) > 0 {
		row = rows[min(row, len(rows))-1]
	}
	return fmt.Sprintf("%s, other from line %d on", count(is), row)
}

// changedLibraries are the files without a rule that are not the same in both.
func changedLibraries(from, to *Set) []string {
	rule := map[string]bool{}
	for _, r := range slices.Concat(from.rules, to.rules) {
		rule[r.File] = true
	}
	var out []string
	for _, s := range []*Set{from, to} {
		for file := range s.sources {
			if !rule[file] && from.sources[file] != to.sources[file] && !slices.Contains(out, file) {
				out = append(out, file)
			}
		}
	}
	slices.Sort(out)
	return out
}

// fieldChanges compares two values by the members of their JSON.
func fieldChanges(from, to any) ([]FieldChange, error) {
	a, err := members(from)
	if err != nil {
		return nil, err
	}
	b, err := members(to)
	if err != nil {
		return nil, err
	}
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []FieldChange
	for _, name := range names {
		if a[name] != b[name] {
			out = append(out, FieldChange{name, a[name], b[name]})
		}
	}
	return out, nil
}

// members are the members of a value as text: strings bare, all else as JSON.
func members(v any) (map[string]string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(all))
	for name, value := range all {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		if text == "null" {
			text = "[]"
		}
		out[name] = text
	}
	return out, nil
}

func parameterChanges(from, to *Parameters) ([]FieldChange, error) {
	out := []FieldChange{}
	compare := func(prefix string, a, b any, inA, inB bool) error {
		switch {
		case !inA:
			out = append(out, FieldChange{Field: prefix, To: asText(b)})
			return nil
		case !inB:
			out = append(out, FieldChange{Field: prefix, From: asText(a)})
			return nil
		}
		fields, err := fieldChanges(a, b)
		for _, f := range fields {
			f.Field = prefix + "." + f.Field
			out = append(out, f)
		}
		return err
	}
	names := maps.Clone(from.Thresholds)
	maps.Copy(names, to.Thresholds)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, inA := from.Thresholds[name]
		b, inB := to.Thresholds[name]
		if err := compare("thresholds."+name, a, b, inA, inB); err != nil {
			return nil, err
		}
	}
	environments := slices.Concat(from.Environments(), to.Environments())
	slices.Sort(environments)
	for _, e := range slices.Compact(environments) {
		a, b := from.Gate(e), to.Gate(e)
		if err := compare("gates."+e, a, b, a != nil, b != nil); err != nil {
			return nil, err
		}
	}
	for _, severity := range Severities[1:] {
		if a, b := from.WaiverDays(severity), to.WaiverDays(severity); cmp.Compare(a, b) != 0 {
			out = append(out, FieldChange{"waivers." + severity, fmt.Sprint(a), fmt.Sprint(b)})
		}
	}
	return out, nil
}

func asText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
