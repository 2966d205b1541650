package policy

import (
	"fmt"
	"slices"
	"strings"
)

// shaped is what is known of a value: the shapes it may have; none: anything.
type shaped []*outline

// outline is a JSON Schema cut down to what can be walked.
type outline struct {
	fields map[string]*outline // nil: no object, or one of any members
	elem   *outline            // of an array, set or object of any names; nil: none
	any    bool                // nothing is known
}

var anything = &outline{any: true}

// outlineOf reads a schema made by inputSchema.
func outlineOf(schema any, definitions map[string]any, held map[string]*outline) *outline {
	m, ok := schema.(map[string]any)
	if !ok {
		return anything
	}
	if ref, ok := m["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/definitions/")
		if o, ok := held[name]; ok {
			return o
		}
		o := &outline{}
		held[name] = o
		*o = *outlineOf(definitions[name], definitions, held)
		return o
	}
	if fields, ok := m["properties"].(map[string]any); ok {
		o := &outline{fields: make(map[string]*outline, len(fields))}
		for name, f := range fields {
			o.fields[name] = outlineOf(f, definitions, held)
		}
		return o
	}
	if items, ok := m["items"]; ok {
		return &outline{elem: outlineOf(items, definitions, held)}
	}
	switch m["type"] {
	case "string", "number", "integer", "boolean", "null":
		return &outline{}
	}
	return anything
}

// elements are what a value holds, whatever its keys.
func elements(of shaped) shaped {
	var out shaped
	for _, o := range of {
		switch {
		case o.elem != nil:
			out = append(out, o.elem)
		default:
			return nil
		}
	}
	return out
}

func identity(args []shaped) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString("|")
		for _, o := range a {
			fmt.Fprintf(&b, "%p,", o)
		}
	}
	return b.String()
}

// one folds shapes into one outline.
func one(s shaped) *outline {
	if len(s) == 1 {
		return s[0]
	}
	return anything
}

// join is what may be either; anything swallows.
func join(a, b shaped) shaped {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	out := slices.Clone(a)
	for _, o := range b {
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}
