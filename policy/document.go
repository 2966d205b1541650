package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/attest"
)

// ParseDocument reads JSON or YAML strictly, numbers as json.Number: the input or data
// of a foreign policy.
func ParseDocument(text []byte) (any, error) {
	v, err := readDocument(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return v, nil
}

// readDocument reads JSON or YAML into the tree attest.ParseJSON gives. Of YAML
// it takes what JSON can say: one document, string names given once, no
// anchors, aliases, merges or tags, numbers as JSON writes them.
func readDocument(text []byte) (any, error) {
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) > 0 && first[0] == '{' {
		return attest.ParseJSON(text)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, errors.New("the document is empty")
	} else if err != nil {
		return nil, fmt.Errorf("not YAML: %s", attest.YAMLFault(err, 0))
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document")
	}
	return yamlTree(doc.Content[0], "$", 0)
}

func yamlTree(n *yaml.Node, path string, depth int) (any, error) {
	refuse := func(format string, args ...any) (any, error) {
		return nil, fmt.Errorf("%s (line %d): %s", path, n.Line, fmt.Sprintf(format, args...))
	}
	if depth > attest.MaxDepth {
		return refuse("nested deeper than %d", attest.MaxDepth)
	}
	if n.Anchor != "" || n.Kind == yaml.AliasNode {
		return refuse("anchors and aliases are not read; write the value out")
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
				return refuse("the member name %q is no string; quote it", clip(key.Value))
			}
			if _, ok := out[key.Value]; ok {
				return refuse("member %q is given twice", clip(key.Value))
			}
			v, err := yamlTree(n.Content[i+1], path+"."+key.Value, depth+1)
			if err != nil {
				return nil, err
			}
			out[key.Value] = v
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := yamlTree(c, fmt.Sprintf("%s[%d]", path, i), depth+1)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
	switch n.ShortTag() {
	case "!!str":
		return n.Value, nil
	case "!!bool":
		if n.Value != "true" && n.Value != "false" {
			return refuse("write %q as true or false, or quote it", n.Value)
		}
		return n.Value == "true", nil
	case "!!null":
		return nil, nil
	case "!!int", "!!float":
		if !json.Valid([]byte(n.Value)) {
			return refuse("%q is no number as JSON writes it", clip(n.Value))
		}
		if f, err := strconv.ParseFloat(n.Value, 64); err != nil || math.IsInf(f, 0) {
			return refuse("%q is a number no float64 holds", clip(n.Value))
		}
		return json.Number(n.Value), nil
	case "!!timestamp":
		return refuse("quote the date %q", clip(n.Value))
	}
	return refuse("the tag %s is not read", clip(n.Tag))
}

// member is a value of a document with its path. Reading through it keeps the
// first fault, so that a reader is a list of what it expects.
type member struct {
	path  string
	value any
	there bool
	fault *error
}

func (m member) refuse(format string, args ...any) {
	if *m.fault == nil {
		*m.fault = fmt.Errorf("%s: %s", m.path, fmt.Sprintf(format, args...))
	}
}

// object gives the named members of an object and refuses any other.
func (m member) object(names ...string) map[string]member {
	out := make(map[string]member, len(names))
	obj, ok := m.value.(map[string]any)
	if m.there && !ok {
		m.refuse("not an object but %s", kindOf(m.value))
	}
	for name := range obj {
		if !slices.Contains(names, name) {
			m.refuse("unknown member %q; it may have %s", clip(name), strings.Join(names, ", "))
		}
	}
	for _, name := range names {
		v, there := obj[name]
		out[name] = member{m.path + "." + name, v, there, m.fault}
	}
	return out
}

// entries gives the members of an object with free names, sorted.
func (m member) entries() (names []string, values []member) {
	obj, ok := m.value.(map[string]any)
	if m.there && !ok {
		m.refuse("not an object but %s", kindOf(m.value))
	}
	for name := range obj {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values = append(values, member{m.path + "." + name, obj[name], true, m.fault})
	}
	return names, values
}

func (m member) elements() []member {
	list, ok := m.value.([]any)
	if m.there && !ok {
		m.refuse("not a list but %s", kindOf(m.value))
	}
	out := make([]member, len(list))
	for i, v := range list {
		out[i] = member{fmt.Sprintf("%s[%d]", m.path, i), v, true, m.fault}
	}
	return out
}

func (m member) required() member {
	if !m.there {
		m.refuse("missing")
	}
	return m
}

func (m member) text() string {
	s, ok := m.value.(string)
	if m.there && !ok {
		m.refuse("not a string but %s", kindOf(m.value))
	}
	return s
}

// texts is a list of different strings, each accepted by ok, which names what
// it accepts.
func (m member) texts(accepts string, ok func(string) bool) []string {
	var out []string
	for _, e := range m.elements() {
		s := e.text()
		if !ok(s) {
			e.refuse("%q is no %s", clip(s), accepts)
		}
		if slices.Contains(out, s) {
			e.refuse("%q is listed twice", clip(s))
		}
		out = append(out, s)
	}
	return out
}

func (m member) boolean() bool {
	b, ok := m.value.(bool)
	if m.there && !ok {
		m.refuse("not a boolean but %s", kindOf(m.value))
	}
	return b
}

func (m member) number() json.Number {
	n, ok := m.value.(json.Number)
	if m.there && !ok {
		m.refuse("not a number but %s", kindOf(m.value))
	}
	return n
}

// integer is a whole number from low to high; zero when absent.
func (m member) integer(low, high int64) int64 {
	if !m.there {
		return 0
	}
	n, err := strconv.ParseInt(m.number().String(), 10, 64)
	if err != nil || n < low || n > high {
		m.refuse("%v is no whole number from %d to %d", m.value, low, high)
	}
	return n
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	}
	return "an object"
}
