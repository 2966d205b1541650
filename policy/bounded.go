package policy

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Some builtins of OPA make much from little, or work long without asking
// whether they were cancelled. Rules may call them all the same: after the
// compiler is done, their calls are renamed to assize.bounded.NAME, which looks
// at the size of arguments and result, takes it from the allowance of the
// evaluation and otherwise calls the original. Tests compile through the same
// stage; there each call has an allowance of its own, and walk, which answers
// more than once, is called as it is.
//
// What is left: a value that contains itself many times over is small in memory,
// but comparing two such values takes time exponential in their depth and cannot
// be cut off inside one comparison. Written out in rules it does not load
// (expand.go); functions and comprehensions can still make one.
const boundedPrefix = "assize.bounded."

// A guard returns what a call may cost before it is made.
type guard func(args []*ast.Term) (int64, error)

// bounds is each wrapped builtin with its guard; nil has only its result
// charged.
var bounds = map[string]guard{
	// one call makes more than its arguments hold
	"sprintf": sprintfCost, "internal.template_string": templateCost, "concat": concatCost,
	"replace": replaceCost, "strings.replace_n": replaceNCost, "json.marshal": marshalCost,
	"numbers.range": rangeCost, "numbers.range_step": rangeCost,
	// one call works longer than its arguments are long
	"regex.match": regexCost, "re_match": regexCost, "regex.find_n": regexCost, "regex.find_all_string_submatch_n": regexCost, "regex.split": regexCost,
	// numbers grow: results must be finite as a float64
	"mul": nil, "div": nil, "product": nil, "to_number": nil, "units.parse": nil, "units.parse_bytes": nil,
	// results can be kept, many times over
	"or": nil, "and": nil, "minus": nil, "union": nil, "intersection": nil,
	"array.concat": nil, "array.flatten": nil, "array.reverse": nil, "array.slice": nil,
	"object.union": nil, "object.union_n": nil, "object.filter": nil, "object.remove": nil, "object.keys": nil,
	"json.filter": nil, "json.remove": nil, "sort": nil,
	"split": nil, "strings.split_n": nil, "indexof_n": nil, "lower": nil, "upper": nil, "strings.reverse": nil, "substring": nil,
	"trim": nil, "trim_left": nil, "trim_prefix": nil, "trim_right": nil, "trim_space": nil, "trim_suffix": nil,
	"base64.decode": nil, "base64.encode": nil, "base64url.decode": nil, "base64url.encode": nil, "base64url.encode_no_pad": nil,
	"hex.decode": nil, "hex.encode": nil, "urlquery.decode": nil, "urlquery.encode": nil,
	// many outputs per call, each charged as a step
	"walk": nil,
	// cheap, but as long as its arguments: charged as steps (argumentSteps)
	"sum": nil, "max": nil, "min": nil, "count": nil, "contains": nil, "strings.count": nil, "indexof": nil,
	"startswith": nil, "endswith": nil, "strings.any_prefix_match": nil, "strings.any_suffix_match": nil,
	"internal.member_2": nil, "internal.member_3": nil, "object.subset": nil, "crypto.sha256": nil,
	"base64.is_valid": nil, "format_int": nil,
}

// boundedFunction wraps a builtin of OPA.
func boundedFunction(name string, before guard) topdown.BuiltinFunc {
	original := topdown.GetBuiltin(name)
	return func(bctx topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		m, ok := bctx.Cancel.(*meter)
		if !ok { // the test runner
			m = &meter{limits: DefaultLimits()}
		}
		c := m.call()
		c.name, c.charged, c.counted, c.location, c.iter = name, before != nil, ok, bctx.Location, iter
		if ok && !m.work(argumentSteps(args)) {
			return c.ended()
		}
		if before != nil {
			cost, err := before(args)
			if err != nil {
				return c.refuse(err.Error())
			}
			if !m.spend(cost) {
				return c.over()
			}
		}
		err := original(bctx, args, c.out)
		m.done(c)
		return err
	}
}

// call is one call of a wrapped builtin in progress. A meter keeps those that have
// ended for the next, so that a call makes nothing of its own.
type call struct {
	meter    *meter
	name     string
	charged  bool // its guard took the size of the result
	counted  bool // in an evaluation with a meter of its own
	location *ast.Location
	iter     func(*ast.Term) error
	out      func(*ast.Term) error // take, as the builtin calls it
}

func (c *call) refuse(why string) error {
	return topdown.Halt{Err: &topdown.Error{Code: topdown.BuiltinErr, Location: c.location, Message: c.name + ": " + why}}
}

func (c *call) over() error {
	return c.refuse(fmt.Sprintf("more than %d bytes made in one evaluation", c.meter.limits.Bytes))
}

func (c *call) ended() error {
	return topdown.Halt{Err: &topdown.Error{Code: topdown.CancelErr, Location: c.location, Message: c.meter.reason()}}
}

// take charges a result and goes on with it.
func (c *call) take(out *ast.Term) error {
	var elements int
	switch v := out.Value.(type) {
	case ast.Number:
		if !finiteNumber(v) {
			return c.refuse("the result is a number no float64 holds")
		}
	case ast.String:
		if len(v) > smallResult && !c.charged && !c.meter.spend(int64(len(v))) {
			return c.over()
		}
	case *ast.Array:
		if c.counted && c.name == "walk" && c.meter.Cancelled() {
			return c.ended()
		}
		elements = v.Len()
	case ast.Set:
		elements = v.Len()
	case ast.Object:
		elements = v.Len()
	}
	if !c.meter.spend(elementSize * int64(elements)) {
		return c.over()
	}
	return c.iter(out)
}

// argumentSteps is what one call costs in steps on top of its own: one for every
// stepElements elements and every stepBytes bytes of its arguments, so that a
// call that is cheap on little ends by counting, not by the wall clock, on much.
func argumentSteps(args []*ast.Term) int64 {
	var elements, size int64
	for _, t := range args {
		switch v := t.Value.(type) {
		case ast.String:
			size += int64(len(v))
		case *ast.Array:
			elements += int64(v.Len())
		case ast.Set:
			elements += int64(v.Len())
		case ast.Object:
			elements += int64(v.Len())
		}
	}
	return elements/stepElements + size/stepBytes
}

// boundCalls is a stage of the compiler that renames the calls of those wrapped
// builtins that keep wants.
func boundCalls(c *ast.Compiler, keep func(name string) bool) *ast.Error {
	renamed := make(map[string]*ast.Term, len(bounds))
	for name := range bounds {
		if keep(name) {
			// One variable, not a reference of three parts: evaluation looks
			// builtins up by their name, and would write out a longer one at
			// every call. No rule can write it, since it holds dots.
			renamed[name] = ast.NewTerm(ast.Ref{ast.VarTerm(boundedName(name))})
		}
	}
	rename := func(terms []*ast.Term) {
		if len(terms) == 0 {
			return
		}
		ref, ok := terms[0].Value.(ast.Ref)
		if !ok || ref[0].Equal(ast.DefaultRootDocument) {
			return
		}
		if to, ok := renamed[ref.String()]; ok {
			t := *terms[0]
			t.Value = to.Value
			terms[0] = &t
		}
	}
	for _, m := range c.Modules {
		ast.NewGenericVisitor(func(x any) bool {
			switch x := x.(type) {
			case *ast.Expr:
				if terms, ok := x.Terms.([]*ast.Term); ok {
					rename(terms)
				}
			case ast.Call:
				rename(x)
			}
			return false
		}).Walk(m)
	}
	return nil
}

func boundedName(name string) string { return boundedPrefix + name }

// finiteNumber reports whether a number is one evidence may hold: finite as a
// float64 and not written at absurd length. OPA computes with numbers of any
// size, and repeated squaring would fill memory.
func finiteNumber(n ast.Number) bool {
	if len(n) < 16 && !strings.ContainsAny(string(n), "eE") {
		return true
	}
	if len(n) > maxNumberLength {
		return false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return err == nil && !math.IsInf(f, 0)
}

// written estimates the bytes a term takes when written out, looking no further
// than most.
func written(t *ast.Term, most int64) int64 {
	if most <= 0 {
		return 1
	}
	switch v := t.Value.(type) {
	case ast.String:
		// every byte may be escaped
		return 2 + int64(len(v))
	case ast.Number:
		return int64(len(v))
	case *ast.Array:
		n := int64(2)
		for i := 0; i < v.Len() && n <= most; i++ {
			n += 2 + written(v.Elem(i), most-n)
		}
		return n
	case ast.Set:
		n := int64(5)
		for _, e := range v.Slice() {
			if n > most {
				break
			}
			n += 2 + written(e, most-n)
		}
		return n
	case ast.Object:
		n := int64(2)
		for _, k := range v.Keys() {
			if n > most {
				break
			}
			n += 4 + written(k, most-n)
			n += written(v.Get(k), most-n)
		}
		return n
	}
	return 8
}

func text(args []*ast.Term, i int) string {
	if i < len(args) {
		if s, ok := args[i].Value.(ast.String); ok {
			return string(s)
		}
	}
	return ""
}

// sprintfCost refuses widths and precisions over three digits or taken from an
// argument, and charges for every verb the longest argument, since %[1]v can
// repeat one.
func sprintfCost(args []*ast.Term) (int64, error) {
	format := text(args, 0)
	var verbs, digits, padding int64
	inVerb := false
	for _, r := range format {
		switch {
		case r == '%':
			inVerb = !inVerb
			digits = 0
			if inVerb {
				verbs++
			}
		case !inVerb:
		case r == '*':
			return 0, fmt.Errorf("a width or precision taken from an argument (*) is not allowed; write it out")
		case r >= '0' && r <= '9':
			if digits++; digits > 3 {
				return 0, fmt.Errorf("a width or precision of more than three digits is not allowed")
			}
		case r == '.':
			digits = 0
			padding += 1000
		case strings.ContainsRune("+-# []", r):
		default:
			if digits > 0 {
				padding += 1000
			}
			inVerb = false
		}
	}
	list, ok := args[1].Value.(*ast.Array)
	if !ok {
		return 0, nil
	}
	var longest int64
	for i := 0; i < list.Len(); i++ {
		longest = max(longest, written(list.Elem(i), maxWritten))
	}
	cost := int64(len(format)) + padding
	if longest > 0 && verbs > maxWritten/longest+1 {
		return 0, fmt.Errorf("the result could be longer than %d bytes", maxWritten)
	}
	if cost += verbs * longest; cost > maxWritten {
		return 0, fmt.Errorf("the result could be longer than %d bytes", maxWritten)
	}
	return cost, nil
}

func writtenCost(t *ast.Term) (int64, error) {
	n := written(t, maxWritten)
	if n > maxWritten {
		return 0, fmt.Errorf("the result could be longer than %d bytes", maxWritten)
	}
	return n, nil
}

func templateCost(args []*ast.Term) (int64, error) { return writtenCost(args[0]) }

func marshalCost(args []*ast.Term) (int64, error) { return writtenCost(args[0]) }

func concatCost(args []*ast.Term) (int64, error) {
	delimiter := int64(len(text(args, 0)))
	var n, elements int64
	add := func(t *ast.Term) {
		elements++
		if s, ok := t.Value.(ast.String); ok {
			n += int64(len(s))
		}
	}
	switch v := args[1].Value.(type) {
	case *ast.Array:
		v.Foreach(add)
	case ast.Set:
		v.Foreach(add)
	}
	if elements > 0 && delimiter > maxWritten/elements {
		return 0, fmt.Errorf("the result would be longer than %d bytes", maxWritten)
	}
	return n + delimiter*elements, nil
}

func replaceCost(args []*ast.Term) (int64, error) {
	s, old, by := text(args, 0), text(args, 1), text(args, 2)
	n := int64(strings.Count(s, old))
	if len(by) > 0 && n > maxWritten/int64(len(by)) {
		return 0, fmt.Errorf("the result would be longer than %d bytes", maxWritten)
	}
	return int64(len(s)) + n*int64(len(by)), nil
}

func replaceNCost(args []*ast.Term) (int64, error) {
	obj, ok := args[0].Value.(ast.Object)
	if !ok {
		return 0, nil
	}
	s := text(args, 1)
	var longest int64
	obj.Foreach(func(_, v *ast.Term) {
		if by, ok := v.Value.(ast.String); ok {
			longest = max(longest, int64(len(by)))
		}
	})
	if longest > 0 && int64(len(s))+1 > maxWritten/longest {
		return 0, fmt.Errorf("the result could be longer than %d bytes", maxWritten)
	}
	return int64(len(s)) + (int64(len(s))+1)*longest, nil
}

func rangeCost(args []*ast.Term) (int64, error) {
	var ends [3]float64
	ends[2] = 1
	for i, t := range args {
		if n, ok := t.Value.(ast.Number); ok && i < 3 {
			ends[i], _ = strconv.ParseFloat(string(n), 64) // an infinity is refused below
		}
	}
	if n := math.Abs(ends[1]-ends[0])/max(math.Abs(ends[2]), 1) + 1; !(n <= maxRange) {
		return 0, fmt.Errorf("a range of more than %d numbers", maxRange)
	}
	return 0, nil // the result is charged
}

func regexCost(args []*ast.Term) (int64, error) {
	pattern, s := int64(len(text(args, 0))), int64(len(text(args, 1)))
	if pattern > 0 && s > maxRegexWork/pattern {
		return 0, fmt.Errorf("a pattern of %d bytes over a text of %d bytes is too much work", pattern, s)
	}
	return 0, nil
}
