package policy

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// Cards and profiles are full of text, and rules ask of each whether it says
// something. In Rego that takes several microseconds for every text; here it is one
// pass over the value.

// plainText is the words of a text, in lower case and one blank apart, without what
// stands around and between them: runs of letters and numbers (categories L and N).
// What shows nothing joins what it stands in.
func plainText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		if r < utf8.RuneSelf { // most text, and the same without a look at tables
			c := byte(r)
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			} else if !('a' <= c && c <= 'z' || '0' <= c && c <= '9') {
				gap = true
				continue
			}
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteByte(c)
			continue
		}
		switch {
		case invisible(r):
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return b.String()
}

// invisible characters: the soft hyphen, zero-width space, joiners, word joiner and
// byte order mark.
func invisible(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return false
}

// slotPattern is a text that is a slot of a template and nothing else.
var slotPattern = regexp.MustCompile(`^\s*(\[[^\]]*\]|\{\{.*\}\}|<[^>]*>)\s*$`)

// begins are words a text that is still to be written begins with.
var begins = []string{"todo", "tbd", "fixme", "xxx", "lorem ipsum"}

// unwritten reports whether a text only fills its place. fillers are the words of
// texts that do, as plainText gives them.
func unwritten(s string, fillers ast.Set) bool {
	words := plainText(s)
	if words == "" || fillers.Contains(ast.StringTerm(words)) || strings.Contains(words, "more information needed") {
		return true
	}
	for _, b := range begins {
		if words == b || strings.HasPrefix(words, b+" ") {
			return true
		}
	}
	return strings.ContainsAny(s, "]}>") && slotPattern.MatchString(s)
}

// blanks collects the paths of members that say nothing: null, an empty object, and
// text that only fills its place.
type blanks struct {
	fillers ast.Set
	out     ast.Set
	path    []*ast.Term
	meter   *meter
	spent   int64
}

func (b *blanks) walk(t *ast.Term) bool {
	b.spent++
	blank := false
	switch v := t.Value.(type) {
	case ast.Null:
		blank = true
	case ast.String:
		b.spent += int64(len(v)) / stepBytes
		blank = unwritten(string(v), b.fillers)
	case ast.Object:
		blank = v.Len() == 0
		if v.Iter(func(k, e *ast.Term) error { return b.below(k, e) }) != nil {
			return false
		}
	case *ast.Array:
		for i := range v.Len() {
			if b.below(ast.IntNumberTerm(i), v.Elem(i)) != nil {
				return false
			}
		}
	case ast.Set:
		for _, e := range v.Slice() {
			if b.below(e, e) != nil {
				return false
			}
		}
	}
	if blank {
		b.out.Add(ast.ArrayTerm(b.path...))
	}
	if b.spent >= stepElements {
		if b.meter != nil && !b.meter.work(b.spent/stepElements) {
			return false
		}
		b.spent %= stepElements
	}
	return true
}

func (b *blanks) below(k, t *ast.Term) error {
	b.path = append(b.path[:len(b.path):len(b.path)], k)
	ok := b.walk(t)
	b.path = b.path[:len(b.path)-1]
	if !ok {
		return fmt.Errorf("cut off")
	}
	return nil
}

// blanksOf is the builtin assize.blanks.
func blanksOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	fillers, ok := args[1].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("fillers are no set but %s", ast.ValueName(args[1].Value))
	}
	b := blanks{fillers: fillers, out: ast.NewSet()}
	b.meter, _ = bctx.Cancel.(*meter)
	if !b.walk(args[0]) {
		return nil, topdown.Halt{Err: &topdown.Error{Code: topdown.CancelErr, Location: bctx.Location, Message: b.meter.reason()}}
	}
	return ast.NewTerm(b.out), nil
}

// meaningfulOf is the builtin assize.meaningful.
func meaningfulOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	fillers, ok := args[1].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("fillers are no set but %s", ast.ValueName(args[1].Value))
	}
	switch v := args[0].Value.(type) {
	case ast.Number, ast.Boolean:
		return ast.InternedTerm(true), nil
	case ast.String:
		if m, ok := bctx.Cancel.(*meter); ok && !m.work(int64(len(v))/stepBytes) {
			return nil, topdown.Halt{Err: &topdown.Error{Code: topdown.CancelErr, Location: bctx.Location, Message: m.reason()}}
		}
		return ast.InternedTerm(!unwritten(string(v), fillers)), nil
	case *ast.Array:
		if v.Len() == 0 {
			return ast.InternedTerm(false), nil
		}
	case ast.Object:
		if v.Len() == 0 {
			return ast.InternedTerm(false), nil
		}
	default:
		return ast.InternedTerm(false), nil
	}
	paths, err := blanksOf(bctx, args)
	if err != nil {
		return nil, err
	}
	return ast.InternedTerm(paths.Value.(ast.Set).Len() == 0), nil
}

func plainOf(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	s, ok := args[0].Value.(ast.String)
	if !ok {
		return nil, fmt.Errorf("%s is no text", clip(args[0].String()))
	}
	return ast.StringTerm(plainText(string(s))), nil
}

var (
	plainType      = types.NewFunction(types.Args(named("text", types.S)), named("words", types.S))
	meaningfulType = types.NewFunction(types.Args(named("value", types.A), named("fillers", types.SetOfStr)), named("says", types.B))
	blanksType     = types.NewFunction(types.Args(named("value", types.A), named("fillers", types.SetOfStr)), named("paths", types.NewSet(types.NewArray(nil, types.A))))
)
