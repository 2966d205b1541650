package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/assize-dev/assize/policy"
)

// bound says the value, what it was held against and where that came from, as far
// as the message carries them.
func bound(m policy.Message) string {
	var parts []string
	for _, name := range []string{"value", "interval", "n", "bound", "basis"} {
		v, ok := m.Members[name]
		if !ok || v == nil {
			continue
		}
		word, text := name, valueText(v)
		if text == "" {
			continue
		}
		if name == "basis" {
			word = "from"
		}
		parts = append(parts, word+" "+text)
	}
	return strings.Join(parts, ", ")
}

func valueText(v any) string {
	switch v := v.(type) {
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, valueText(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for name, e := range v {
			parts = append(parts, name+" "+valueText(e))
		}
		slices.Sort(parts)
		return strings.Join(parts, ", ")
	}
	return shortIDs(shortNumber(fmt.Sprint(v)))
}

// shortNumber writes a number with no more than the twelve digits that arithmetic on
// evidence is good for; 0.62412698412799999997 is what multiplying in base ten left.
func shortNumber(text string) string {
	if len(text) <= 14 || strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789.-+eE", r) }) {
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f == math.Trunc(f) {
		return text
	}
	return strconv.FormatFloat(f, 'g', 12, 64)
}
