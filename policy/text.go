package policy

import (
	"fmt"
	"regexp"
	"slices"
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

// shortLength is how many characters findings write of a digest.
const shortLength = 12

// firstOf is the first n characters of a text.
func firstOf(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// shortOf is the builtin assize.short.
func shortOf(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	ref, ok := args[0].Value.(ast.String)
	if !ok {
		return nil, fmt.Errorf("%s is no text", clip(args[0].String()))
	}
	algorithm, rest, found := strings.Cut(string(ref), ":")
	switch {
	case !found:
		return ast.StringTerm(firstOf(algorithm, shortLength)), nil
	case strings.Contains(rest, ":"):
		return nil, nil
	}
	return ast.StringTerm(algorithm + ":" + firstOf(rest, shortLength)), nil
}

// listedOf is the builtin assize.listed.
func listedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	var texts []string
	add := func(t *ast.Term) error {
		s, ok := t.Value.(ast.String)
		if !ok {
			return fmt.Errorf("%s is no text", clip(t.String()))
		}
		texts = append(texts, string(s))
		return nil
	}
	var err error
	switch v := args[0].Value.(type) {
	case *ast.Array:
		err = v.Iter(add)
	case ast.Set:
		err = v.Iter(add)
	default:
		err = fmt.Errorf("%s is no list of texts", clip(args[0].String()))
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(texts)
	out := strings.Join(texts, ", ")
	if m, ok := bctx.Cancel.(*meter); ok && !(m.work(int64(len(texts))/stepElements) && m.spend(int64(len(out)))) {
		return nil, topdown.Halt{Err: &topdown.Error{Code: topdown.CancelErr, Location: bctx.Location, Message: m.reason()}}
	}
	return ast.StringTerm(out), nil
}

var (
	saidFormat   = ast.StringTerm("%s %s of %s at index %d")
	memberFormat = ast.StringTerm("%s %s")
	sprintf      = topdown.GetBuiltin(ast.Sprintf.Name)
)

// membersOf is the builtin assize.members.
func membersOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	written := ast.NewSet()
	write := func(name, value *ast.Term) error {
		return sprintf(bctx, []*ast.Term{memberFormat, ast.ArrayTerm(name, value)}, func(t *ast.Term) error {
			written.Add(t)
			return nil
		})
	}
	var err error
	switch v := args[0].Value.(type) {
	case ast.Object:
		err = v.Iter(write)
	case *ast.Array:
		for i := 0; i < v.Len() && err == nil; i++ {
			err = write(ast.IntNumberTerm(i), v.Elem(i))
		}
	}
	if err != nil {
		return nil, err
	}
	return listedOf(bctx, []*ast.Term{ast.NewTerm(written)})
}

// saidOf is the builtin assize.said.
func saidOf(bctx topdown.BuiltinContext, args []*ast.Term) (out *ast.Term, err error) {
	item, ok := args[0].Value.(ast.Object)
	if !ok {
		return nil, nil
	}
	kind, id, principals, index := item.Get(keyType), item.Get(keyID), item.Get(keyPrincipals), item.Get(keyIndex)
	if kind == nil || id == nil || principals == nil || index == nil {
		return nil, nil
	}
	if id, err = shortOf(bctx, []*ast.Term{id}); id == nil || err != nil {
		return nil, err
	}
	if principals, err = listedOf(bctx, []*ast.Term{principals}); err != nil {
		return nil, err
	}
	err = sprintf(bctx, []*ast.Term{saidFormat, ast.ArrayTerm(kind, id, principals, index)}, func(t *ast.Term) error {
		out = t
		return nil
	})
	return out, err
}

var (
	plainType      = types.NewFunction(types.Args(named("text", types.S)), named("words", types.S))
	meaningfulType = types.NewFunction(types.Args(named("value", types.A), named("fillers", types.SetOfStr)), named("says", types.B))
	shortType      = types.NewFunction(types.Args(named("ref", types.S)), named("text", types.S))
	listedType     = types.NewFunction(types.Args(named("texts", types.NewAny(types.NewArray(nil, types.A), types.NewSet(types.A)))), named("text", types.S))
	membersType    = types.NewFunction(types.Args(named("object", types.A)), named("text", types.S))
	saidType       = types.NewFunction(types.Args(named("item", types.A)), named("text", types.S))
	blanksType     = types.NewFunction(types.Args(named("value", types.A), named("fillers", types.SetOfStr)), named("paths", types.NewSet(types.NewArray(nil, types.A))))
)
