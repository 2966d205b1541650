package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/attest"
)

// yaml parses text, which begins after so many lines of the file, into a tree of
// the same kinds of values as JSON. Anchors, aliases, tags of its own and names
// given twice are refused: they make a file mean something else than it shows.
func (s *source) yaml(text []byte, after int) (any, error) {
	s.lines = map[string]int{}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return map[string]any{}, nil
		}
		return nil, s.fail("", attest.ErrMalformed, "not YAML: %s; correct it", attest.YAMLFault(err, after))
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, s.fail("", attest.ErrMalformed, "more than one YAML document; keep one")
	}
	p := &yamlReader{s: s, after: after}
	return p.tree(doc.Content[0], "$", 0)
}

type yamlReader struct {
	s     *source
	after int
	nodes int
}

func (p *yamlReader) fail(n *yaml.Node, path string, kind error, format string, args ...any) error {
	p.s.lines[path] = n.Line + p.after
	return p.s.fail(path, kind, format, args...)
}

func (p *yamlReader) tree(n *yaml.Node, path string, depth int) (any, error) {
	if p.nodes++; p.nodes > MaxNodes {
		return nil, p.fail(n, path, attest.ErrTooLarge, "more than %d values; shorten the file", MaxNodes)
	}
	switch {
	case depth > MaxDepth:
		return nil, p.fail(n, path, attest.ErrTooLarge, "nested deeper than %d", MaxDepth)
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return nil, p.fail(n, path, attest.ErrMalformed, "anchors and aliases are refused; write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		return nil, p.fail(n, path, attest.ErrMalformed, "tag %.40q is refused; leave it out", n.Tag)
	}
	p.s.lines[path] = n.Line + p.after
	switch n.Kind {
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i]
			if name.Kind != yaml.ScalarNode {
				return nil, p.fail(name, path, attest.ErrMalformed, "a member name must be plain text")
			}
			under := path + step(name.Value)
			if _, twice := out[name.Value]; twice {
				return nil, p.fail(name, under, attest.ErrMalformed, "given twice; keep one")
			}
			v, err := p.tree(n.Content[i+1], under, depth+1)
			if err != nil {
				return nil, err
			}
			out[name.Value] = v
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := p.tree(c, fmt.Sprintf("%s[%d]", path, i), depth+1)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
	return scalar(n), nil
}

// numberPattern: numbers as JSON writes them, which YAML reads alike.
var numberPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$`)

// scalar keeps whatever is not plainly a number, a boolean or null as text.
func scalar(n *yaml.Node) any {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return n.Value
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		if b, err := strconv.ParseBool(strings.ToLower(n.Value)); err == nil {
			return b
		}
	case "!!int", "!!float":
		if numberPattern.MatchString(n.Value) && len(n.Value) <= attest.MaxNumber {
			return json.Number(n.Value)
		}
	}
	return n.Value
}
