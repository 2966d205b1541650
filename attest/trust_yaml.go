package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// yamlNode is a node with the path it was found at.
type yamlNode struct {
	n    *yaml.Node
	path string
}

// yamlDocument reads exactly one document. JSON goes through ParseJSON, so that
// it means what JSON means; its nodes have no line numbers.
func yamlDocument(text []byte) (yamlNode, error) {
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' {
		v, err := ParseJSON(trimmed)
		if err != nil {
			return yamlNode{}, err
		}
		return yamlNode{nodeOf(v), "$"}, nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return yamlNode{}, fmt.Errorf("%w: the file is empty; the least trust is v: 1", ErrMalformed)
		}
		return yamlNode{}, fmt.Errorf("%w: not YAML: %s", ErrMalformed, YAMLFault(err, 0))
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return yamlNode{}, fmt.Errorf("%w: more than one YAML document", ErrMalformed)
	}
	root := yamlNode{doc.Content[0], "$"}
	return root, root.plain(0)
}

// plain refuses what makes a file mean something else than it shows: anchors,
// aliases, tags of its own.
func (y yamlNode) plain(depth int) error {
	switch {
	case depth > MaxDepth:
		return y.fail("nested deeper than %d", MaxDepth)
	case y.n.Kind == yaml.AliasNode || y.n.Anchor != "":
		return y.fail("anchors and aliases are refused, write the value out")
	case y.n.Style&yaml.TaggedStyle != 0:
		return y.fail("tag %.40q is refused", y.n.Tag)
	}
	for _, c := range y.n.Content {
		if err := (yamlNode{c, y.path}).plain(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func nodeOf(v any) *yaml.Node {
	scalar := func(tag, value string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
	}
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			n.Content = append(n.Content, scalar("!!str", name), nodeOf(v[name]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, e := range v {
			n.Content = append(n.Content, nodeOf(e))
		}
		return n
	case string:
		return scalar("!!str", v)
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return scalar("!!float", string(v))
		}
		return scalar("!!int", string(v))
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	}
	return scalar("!!null", "null")
}

func (y yamlNode) where() string {
	if y.n.Line > 0 {
		return fmt.Sprintf("line %d, at %s", y.n.Line, y.path)
	}
	return "at " + y.path
}

func (y yamlNode) fail(format string, args ...any) error {
	return fmt.Errorf("%s: %w: %s", y.where(), ErrMalformed, fmt.Sprintf(format, args...))
}

func (y yamlNode) wrap(err error) error { return fmt.Errorf("%s: %w", y.where(), err) }

// mapping takes the node as a mapping of the known members; none known: any.
func (y yamlNode) mapping(known ...string) (map[string]yamlNode, error) {
	if y.n.Kind != yaml.MappingNode {
		return nil, y.fail("want a mapping")
	}
	m := make(map[string]yamlNode, len(y.n.Content)/2)
	for i := 0; i+1 < len(y.n.Content); i += 2 {
		key := yamlNode{y.n.Content[i], y.path}
		if key.n.Kind != yaml.ScalarNode || key.n.ShortTag() != "!!str" {
			return nil, key.fail("member names are text")
		}
		name := key.n.Value
		if len(known) > 0 && !slices.Contains(known, name) {
			return nil, key.fail("unknown member %.80q, want one of %s", name, strings.Join(known, ", "))
		}
		if _, dup := m[name]; dup {
			return nil, key.fail("member %.80q is there twice", name)
		}
		value := yamlNode{y.n.Content[i+1], y.path + member(name)}
		if value.n.Line == 0 {
			value.n.Line = key.n.Line
		}
		m[name] = value
	}
	return m, nil
}

func (y yamlNode) sequence(limit int) ([]yamlNode, error) {
	if y.n.Kind != yaml.SequenceNode {
		return nil, y.fail("want a list")
	}
	if len(y.n.Content) > limit {
		return nil, fmt.Errorf("%s: %w: %d entries, at most %d", y.where(), ErrTooLarge, len(y.n.Content), limit)
	}
	out := make([]yamlNode, len(y.n.Content))
	for i, n := range y.n.Content {
		out[i] = yamlNode{n, fmt.Sprintf("%s[%d]", y.path, i)}
	}
	return out, nil
}

func (y yamlNode) text() (string, error) {
	if y.n.Kind != yaml.ScalarNode || y.n.ShortTag() != "!!str" {
		return "", y.fail("want text; put it in quotes if it is")
	}
	return y.n.Value, nil
}

// identifier is a short non-empty text without control characters.
func (y yamlNode) identifier() (string, error) {
	s, err := y.text()
	if err != nil {
		return "", err
	}
	if s == "" || len(s) > MaxText || s != strings.TrimSpace(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", y.fail("want 1 to %d characters, without control characters or white space around them", MaxText)
	}
	return s, nil
}

func (y yamlNode) instant() (time.Time, error) {
	if y.n.Kind == yaml.ScalarNode && (y.n.ShortTag() == "!!timestamp" || y.n.ShortTag() == "!!str") && strings.HasSuffix(y.n.Value, "Z") {
		if t, err := time.Parse(time.RFC3339Nano, y.n.Value); err == nil && !t.IsZero() {
			return t.UTC(), nil
		}
	}
	return time.Time{}, y.fail("%.40q, want an instant in UTC such as 2025-01-31T12:00:00Z", y.n.Value)
}

func (y yamlNode) pattern() (string, error) {
	s, err := y.identifier()
	if err != nil {
		return "", err
	}
	if _, err := anchored(s); err != nil {
		return "", y.wrap(err)
	}
	return s, nil
}

// YAMLFault is an error of the YAML reader in words, with the line of the file when
// the text it read begins after so many. The reader counts lines from 0 where
// something it expects is not there, else from 1.
func YAMLFault(err error, after int) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n != 1 {
		return text
	}
	_, what, _ := strings.Cut(text, ": ")
	if strings.HasPrefix(what, "did not find expected") {
		line++
	}
	return fmt.Sprintf("line %d: %s", after+line, what)
}
