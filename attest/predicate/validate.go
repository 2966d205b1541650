package predicate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The check is written out here rather than left to a general validator: it works
// on the tree of the strict parse at a fraction of the time, names one fault and
// always the same one, and never expands a number beyond a float64.

// check holds v against n and returns the first fault in member order.
func (n *node) check(v any) *Fault {
	switch n.kind {
	case "object":
		m, ok := v.(map[string]any)
		if !ok {
			return n.wrongType(v)
		}
		return n.checkObject(m)
	case "array":
		l, ok := v.([]any)
		if !ok {
			return n.wrongType(v)
		}
		return n.checkArray(l)
	case "string":
		s, ok := v.(string)
		if !ok {
			return n.wrongType(v)
		}
		return n.checkString(s)
	case "number", "integer":
		num, ok := v.(json.Number)
		if !ok {
			return n.wrongType(v)
		}
		return n.checkNumber(string(num))
	case "boolean":
		if _, ok := v.(bool); !ok {
			return n.wrongType(v)
		}
	}
	return nil
}

func (n *node) checkObject(m map[string]any) *Fault {
	if n.maxItems >= 0 && len(m) > n.maxItems {
		return fault("has %d members, want at most %d", len(m), n.maxItems)
	}
	known := 0
	for i := range n.members {
		mem := &n.members[i]
		v, ok := m[mem.name]
		if !ok {
			if mem.required {
				return fault("is missing").under("." + mem.name)
			}
			continue
		}
		known++
		// Encoders of others write null for a member that is not there.
		if v == nil && n.outside && !mem.required {
			continue
		}
		if f := mem.node.check(v); f != nil {
			return f.under("." + mem.name)
		}
	}
	if known == len(m) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if slices.ContainsFunc(n.members, func(mem member) bool { return mem.name == name }) {
			continue
		}
		if n.extra == nil {
			return fault("is not a member of this type; remove it or use one of: %s", n.names()).under(step(name))
		}
		if f := n.extra.check(m[name]); f != nil {
			return f.under(step(name))
		}
	}
	return nil
}

func (n *node) checkArray(l []any) *Fault {
	if len(l) < n.minItems {
		return fault("has %d elements, want at least %d", len(l), n.minItems)
	}
	if n.maxItems >= 0 && len(l) > n.maxItems {
		return fault("has %d elements, want at most %d; split the statement", len(l), n.maxItems)
	}
	for i, v := range l {
		if f := n.items.check(v); f != nil {
			return f.under("[" + strconv.Itoa(i) + "]")
		}
	}
	if n.unique && len(l) > 1 {
		seen := make(map[string]bool, len(l))
		for i, v := range l {
			// Only lists of strings are declared unique.
			s, _ := v.(string)
			if seen[s] {
				return fault("repeats %s; name it once", quote(s)).under("[" + strconv.Itoa(i) + "]")
			}
			seen[s] = true
		}
	}
	return nil
}

func (n *node) checkString(s string) *Fault {
	if n.enum != nil {
		if !slices.Contains(n.enum, s) {
			return fault("is %s, want one of: %s", quote(s), strings.Join(n.enum, ", "))
		}
		return nil
	}
	if n.minLen > 0 && utf8.RuneCountInString(s) < n.minLen {
		return fault("has fewer than %d characters", n.minLen)
	}
	if n.maxLen >= 0 && len(s) > n.maxLen && utf8.RuneCountInString(s) > n.maxLen {
		return fault("has more than %d characters", n.maxLen)
	}
	if n.dateTime && n.outside {
		if _, err := parseAnyTime(s); err != nil {
			return fault("is %s, want an RFC 3339 instant such as 2025-02-01T00:00:00Z", quote(s))
		}
		return nil
	}
	if n.dateTime {
		if _, err := parseTime(s); err != nil {
			return fault("is %s, want an RFC 3339 instant in UTC such as 2025-02-01T00:00:00Z", quote(s))
		}
		return nil
	}
	if n.pattern != nil && !n.pattern.MatchString(s) {
		return fault("is %s, want %s", quote(s), patternText(n.pattern.String()))
	}
	return nil
}

func (n *node) checkNumber(s string) *Fault {
	if n.kind == "integer" {
		i, err := strconv.ParseInt(s, 10, 64)
		if err != nil || i > MaxInteger || i < -MaxInteger {
			return fault("is %s, want an integer between -(2^53-1) and 2^53-1, written without point or exponent", s)
		}
	}
	if n.min == nil && n.max == nil {
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil:
		return fault("is %s, want a number a float64 can hold", s)
	case n.min != nil && f < *n.min:
		return fault("is %s, want at least %v", s, *n.min)
	case n.max != nil && f > *n.max:
		return fault("is %s, want at most %v", s, *n.max)
	}
	return nil
}

func (n *node) wrongType(v any) *Fault {
	got := "a value of an unknown kind"
	switch v.(type) {
	case nil:
		return fault("is null, want %s; leave the member out to claim nothing", article(n.kind))
	case map[string]any:
		got = "an object"
	case []any:
		got = "an array"
	case string:
		got = "a string"
		if n.kind == "number" || n.kind == "integer" {
			return fault("is a string, want %s; write it without quotes", article(n.kind))
		}
	case json.Number:
		got = "a number"
	case bool:
		got = "a boolean"
	}
	return fault("is %s, want %s", got, article(n.kind))
}

func (n *node) names() string {
	names := make([]string, len(n.members))
	for i, m := range n.members {
		names[i] = m.name
	}
	return strings.Join(names, ", ")
}

func fault(format string, args ...any) *Fault {
	return &Fault{Msg: fmt.Sprintf(format, args...), Kind: ErrSchema}
}

// under prepends one step to the path while the check unwinds.
func (f *Fault) under(step string) *Fault {
	f.Path = step + f.Path
	return f
}

// step renders a member name in a path; long names are cut, the path is for people.
func step(name string) string {
	if len(name) > 64 {
		name = strings.ToValidUTF8(name[:64], "") + "..."
	}
	for _, r := range name {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return "[" + strconv.Quote(name) + "]"
		}
	}
	return "." + name
}

func quote(s string) string {
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "") + "..."
	}
	return strconv.Quote(s)
}

func article(kind string) string {
	switch kind {
	case "object", "array", "integer":
		return "an " + kind
	}
	return "a " + kind
}

func patternText(p string) string {
	switch p {
	case patternID:
		return "the id of an attestation: 64 lower-case hex digits"
	case patternRef:
		return "a digest such as sha256:1f3a..., in lower case"
	case patternSystem:
		return "the URI of a system, such as system:credit-scoring"
	}
	return "a match of " + p
}

// The patterns the schemas use.
const (
	patternID     = `^[0-9a-f]{64}$`
	patternRef    = `^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$`
	patternSystem = `^system:[^\s]+$`
)

// parseTime reads an instant strictly: RFC 3339, upper case, UTC, ending in Z, at
// most nanoseconds. time.Parse alone also takes one-digit hours and a comma.
func parseTime(s string) (time.Time, error) {
	const form = "0000-00-00T00:00:00"
	fraction := strings.TrimSuffix(s, "Z")
	if len(fraction) == len(s) || len(fraction) < len(form) {
		return time.Time{}, errTime
	}
	for i := range form {
		if c := s[i]; form[i] == '0' && (c < '0' || c > '9') || form[i] != '0' && c != form[i] {
			return time.Time{}, errTime
		}
	}
	fraction = fraction[len(form):]
	if n := len(fraction); n == 1 || n > 10 || n > 0 && fraction[0] != '.' {
		return time.Time{}, errTime
	}
	return time.Parse(time.RFC3339, s)
}

var errTime = errors.New("not an RFC 3339 instant in UTC")

func decodeClosed(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("data after the document")
	}
	return nil
}
