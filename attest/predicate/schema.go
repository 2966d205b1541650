package predicate

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sync"
)

//go:embed schema/*.json schema/outside/*.json
var schemaFiles embed.FS

// Schema is the JSON Schema of the predicate of a type, nil when it has none. It
// uses draft 2020-12 keywords that mean the same in OPA's schema checker: type,
// properties, required, additionalProperties, items, enum, bounds, format and
// pattern; no references and no conditions. That of an outside format is for rules:
// the members of all its versions, of which a statement must fit its own
// (see outside.go).
func Schema(short string) []byte {
	t := byShort[short]
	if t == nil {
		return nil
	}
	if !t.Own {
		return unions()[short]
	}
	b, err := schemaFiles.ReadFile("schema/" + short + ".json")
	if err != nil {
		return nil
	}
	return b
}

// compiled holds the schemas in the form they are checked with, compiled at first
// use. The files are part of the program, so a fault in one is a panic.
var compiled = sync.OnceValue(func() map[string]*node {
	m := make(map[string]*node)
	for _, t := range types {
		b := Schema(t.Short)
		if !t.Own || b == nil {
			continue
		}
		n, err := compile(b, false)
		if err != nil {
			panic(fmt.Sprintf("schema of %s: %v", t.Short, err))
		}
		m[t.Short] = n
	}
	return m
})

// node is one compiled schema.
type node struct {
	kind    string // object, array, string, number, integer, boolean or any
	members []member
	extra   *node // schema of members not listed; nil refuses them
	items   *node

	unique             bool
	minItems, maxItems int // of array elements or object members; maxItems -1: unbounded
	minLen, maxLen     int // in characters; maxLen -1: unbounded
	enum               []string
	dateTime           bool
	outside            bool // null is absent, and an instant may be of any zone
	pattern            *regexp.Regexp
	min, max           *float64
}

type member struct {
	name     string
	node     *node
	required bool
}

// keywords is the part of JSON Schema the files may use; anything else is refused,
// so that no keyword is silently without effect.
type keywords struct {
	Schema      string `json:"$schema"`
	ID          string `json:"$id"`
	Title       string `json:"title"`
	Description string `json:"description"`

	Type       string                     `json:"type"`
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Additional json.RawMessage            `json:"additionalProperties"`
	Items      json.RawMessage            `json:"items"`
	Unique     bool                       `json:"uniqueItems"`
	MinItems   int                        `json:"minItems"`
	MaxItems   *int                       `json:"maxItems"`
	MaxProps   *int                       `json:"maxProperties"`
	MinLength  int                        `json:"minLength"`
	MaxLength  *int                       `json:"maxLength"`
	Enum       []string                   `json:"enum"`
	Format     string                     `json:"format"`
	Pattern    string                     `json:"pattern"`
	Minimum    *float64                   `json:"minimum"`
	Maximum    *float64                   `json:"maximum"`
}

func compile(b []byte, outside bool) (*node, error) {
	var k keywords
	if err := decodeClosed(b, &k); err != nil {
		return nil, err
	}
	n := &node{
		kind: k.Type, unique: k.Unique, minItems: k.MinItems, maxItems: -1,
		minLen: k.MinLength, maxLen: -1, enum: k.Enum, min: k.Minimum, max: k.Maximum, outside: outside,
	}
	for _, bound := range []*int{k.MaxItems, k.MaxProps} {
		if bound != nil {
			n.maxItems = *bound
		}
	}
	if k.MaxLength != nil {
		n.maxLen = *k.MaxLength
	}
	switch k.Format {
	case "":
	case "date-time":
		n.dateTime = true
	default:
		return nil, fmt.Errorf("format %q is not checked here", k.Format)
	}
	if k.Pattern != "" {
		var err error
		if n.pattern, err = regexp.Compile(k.Pattern); err != nil {
			return nil, err
		}
	}
	switch k.Type {
	case "object":
		return n, n.object(&k)
	case "array":
		if k.Items == nil {
			return nil, fmt.Errorf("array without items")
		}
		var err error
		n.items, err = compile(k.Items, n.outside)
		return n, err
	case "string", "number", "integer", "boolean":
		return n, nil
	case "":
		if outside {
			n.kind = "any"
			return n, nil
		}
	}
	return nil, fmt.Errorf("type %q is not one of object, array, string, number, integer, boolean", k.Type)
}

func (n *node) object(k *keywords) error {
	switch string(k.Additional) {
	case "":
		n.extra = &node{kind: "any"}
	case "false":
	default:
		var err error
		if n.extra, err = compile(k.Additional, n.outside); err != nil {
			return fmt.Errorf("additionalProperties: %w", err)
		}
	}
	names := make([]string, 0, len(k.Properties))
	for name := range k.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		m, err := compile(k.Properties[name], n.outside)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		n.members = append(n.members, member{name, m, slices.Contains(k.Required, name)})
	}
	for _, name := range k.Required {
		if _, ok := k.Properties[name]; !ok {
			return fmt.Errorf("required member %q is not among the properties", name)
		}
	}
	return nil
}
