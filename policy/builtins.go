package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// builtin is a function the engine adds to Rego. Its errors always halt the
// evaluation, also where errors of OPA's builtins would be undefined: an
// argument that cannot be judged is never "not true".
type builtin struct {
	name  string
	about string
	decl  *types.Function
	// clocked marks what depends on judgement time; OPA must then neither
	// evaluate it ahead nor keep its result between evaluations.
	clocked bool
	// call gives a term, or nil where the result is undefined.
	call func(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error)
}

// clockName is the only clock of a rule.
const clockName = "assize.reached"

// runKey is the context key of the evaluation in progress.
type runKey struct{}

// run is the state of one evaluation that builtins reach through the context.
type run struct{ clock *Clock }

func runFrom(ctx context.Context) (*run, error) {
	if ctx != nil {
		if r, ok := ctx.Value(runKey{}).(*run); ok && r.clock != nil {
			return r, nil
		}
	}
	return nil, errors.New("there is no clock: evaluate rules through the engine")
}

func named(name string, t types.Type) types.Type { return types.Named(name, t) }

// clockBuiltins are the functions of time.
func clockBuiltins() []builtin {
	instant := func(name string) types.Type {
		return types.Named(name, types.S).Description("RFC 3339 date-time, or date YYYY-MM-DD for its midnight UTC")
	}
	shift := func(name, about string, unit time.Duration) builtin {
		return builtin{
			name: name, about: about,
			decl: types.NewFunction(types.Args(instant("instant"), named("n", types.N)), named("later", types.S)),
			call: func(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
				n, err := integerArg(args[1], maxShift)
				if err != nil {
					return nil, err
				}
				return shifted(args[0], n, unit)
			},
		}
	}
	extreme := func(name, about string, closer func(a, b time.Time) bool) builtin {
		return builtin{
			name: name, about: about,
			decl: types.NewFunction(types.Args(named("instants", types.NewAny(types.NewArray(nil, types.A), types.NewSet(types.A)))), named("instant", types.S)),
			call: func(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
				return extremeOf(bctx, args[0], closer)
			},
		}
	}
	return []builtin{
		{
			name: clockName, about: "true once judgement time is at or past the instant; the only clock of a rule",
			decl:    types.NewFunction(types.Args(instant("instant")), named("reached", types.B)),
			clocked: true,
			call: func(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
				r, err := runFrom(bctx.Context)
				if err != nil {
					return nil, err
				}
				t, err := instantArg(args[0])
				if err != nil {
					return nil, err
				}
				return ast.BooleanTerm(r.clock.ReachedTime(t)), nil
			},
		},
		{
			name: "assize.before", about: "true when the first instant lies before the second",
			decl: types.NewFunction(types.Args(instant("a"), instant("b")), named("before", types.B)),
			call: func(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
				a, err := instantArg(args[0])
				if err != nil {
					return nil, err
				}
				b, err := instantArg(args[1])
				if err != nil {
					return nil, err
				}
				return ast.BooleanTerm(a.Before(b)), nil
			},
		},
		{
			name: "assize.seconds_between", about: "seconds from the first instant to the second, negative when it lies before",
			decl: types.NewFunction(types.Args(instant("a"), instant("b")), named("seconds", types.N)),
			call: func(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
				return secondsBetween(args[0], args[1])
			},
		},
		extreme("assize.earliest", "the first of some instants, in UTC; undefined of none", time.Time.Before),
		extreme("assize.latest", "the last of some instants, in UTC; undefined of none", time.Time.After),
		shift("assize.plus_seconds", "the instant n seconds later, n a whole number", time.Second),
		shift("assize.plus_days", "the instant n times 24 hours later, n a whole number", 24*time.Hour),
	}
}

// maxShift is the farthest an instant is moved, in whatever unit.
const maxShift = 1e11

// shifted is the instant so many units later.
func shifted(instant *ast.Term, n int64, unit time.Duration) (*ast.Term, error) {
	t, err := instantArg(instant)
	if err != nil {
		return nil, err
	}
	// By whole seconds, so that no duration overflows.
	s := FormatInstant(time.Unix(t.Unix()+n*int64(unit/time.Second), int64(t.Nanosecond())))
	if _, err := ParseInstant(s); err != nil {
		return nil, err
	}
	return ast.StringTerm(s), nil
}

// secondsBetween are the seconds from one instant to another.
func secondsBetween(from, to *ast.Term) (*ast.Term, error) {
	a, err := instantArg(from)
	if err != nil {
		return nil, err
	}
	b, err := instantArg(to)
	if err != nil {
		return nil, err
	}
	// Not Sub, which saturates after 292 years.
	sec := b.Unix() - a.Unix()
	nsec := int64(b.Nanosecond() - a.Nanosecond())
	if nsec == 0 {
		return ast.NumberTerm(json.Number(fmt.Sprint(sec))), nil
	}
	return ast.FloatNumberTerm(float64(sec) + float64(nsec)/1e9), nil
}

// extremeOf is the instant of a collection that lies closer to one end than any other.
func extremeOf(bctx topdown.BuiltinContext, list *ast.Term, closer func(a, b time.Time) bool) (*ast.Term, error) {
	var instants []*ast.Term
	switch v := list.Value.(type) {
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { instants = append(instants, t) })
	case ast.Set:
		instants = v.Slice()
	default:
		return nil, fmt.Errorf("%w: %s", ErrInstant, ast.ValueName(list.Value))
	}
	if err := work(bctx, len(instants)/stepElements); err != nil {
		return nil, err
	}
	var found time.Time // never an instant itself: ParseInstant refuses the first there is
	for _, t := range instants {
		at, err := instantArg(t)
		if err != nil {
			return nil, err
		}
		if found.IsZero() || closer(at, found) {
			found = at
		}
	}
	if found.IsZero() {
		return nil, nil
	}
	return ast.StringTerm(FormatInstant(found)), nil
}

func instantArg(t *ast.Term) (time.Time, error) {
	s, ok := t.Value.(ast.String)
	if !ok {
		return time.Time{}, fmt.Errorf("%w: %s", ErrInstant, ast.ValueName(t.Value))
	}
	return ParseInstant(string(s))
}

func integerArg(t *ast.Term, most int64) (int64, error) {
	if n, ok := t.Value.(ast.Number); ok {
		if i, ok := n.Int64(); ok && i >= -most && i <= most {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%s is no whole number within +-%d", clip(t.String()), most)
}

// textBuiltins tell text that says something from text that fills a field, and write
// what findings call things by.
func textBuiltins() []builtin {
	return []builtin{
		{name: "assize.plain", about: "the words of a text in lower case, one blank apart", decl: plainType, call: plainOf},
		{name: "assize.meaningful", about: "true for a value that says something: text that is none of the fillers, a number, a boolean, a list or object that is not empty and has no member that says nothing", decl: meaningfulType, call: meaningfulOf},
		{name: "assize.blanks", about: "paths of the members, at any depth, that say nothing", decl: blanksType, call: blanksOf},
		{name: "assize.short", about: "the beginning of an id or ref, enough to find it by: 12 characters, with the algorithm before the colon; undefined with more than one colon", decl: shortType, call: shortOf},
		{name: "assize.listed", about: "texts in order, a comma between them", decl: listedType, call: listedOf},
		{name: "assize.members", about: "the members of an object in order, each with its value, a comma between them", decl: membersType, call: membersOf},
		{name: "assize.said", about: "names an attestation by who said it and where it stands; undefined where it lacks type, id, principals or index", decl: saidType, call: saidOf},
	}
}

// engineBuiltins is everything the engine adds to Rego, by name.
func engineBuiltins() []builtin {
	return slices.Concat(clockBuiltins(), statementBuiltins(), textBuiltins(), figureBuiltins(), groupBuiltins(), licenceBuiltins(), rowBuiltins(), recordBuiltins(), recordsBuiltins(), answerBuiltins(), windowBuiltins(), driftBuiltins(), statisticBuiltins(), monitoredBuiltins(), gatheredBuiltins(), statedBuiltins())
}

// function wraps a builtin in the shape topdown calls.
func (b builtin) function() topdown.BuiltinFunc {
	return func(bctx topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		out, err := b.call(bctx, args)
		if halt := (topdown.Halt{}); errors.As(err, &halt) {
			return halt
		}
		if err != nil {
			return topdown.Halt{Err: &topdown.Error{Code: topdown.BuiltinErr, Location: bctx.Location, Message: b.name + ": " + err.Error()}}
		}
		if out == nil { // undefined
			return nil
		}
		return iter(out)
	}
}

func (b builtin) declaration() *ast.Builtin {
	return &ast.Builtin{Name: b.name, Description: b.about, Decl: b.decl, Nondeterministic: b.clocked}
}
