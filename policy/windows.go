package policy

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// A year of monitoring is hundreds of reports, and every rule about it asks the same
// of each: when its window ended, whether it still speaks of the present. In Rego that
// is a dozen expressions for every report; here it is one pass over their windows.

// windowBuiltins read the windows of monitoring reports.
func windowBuiltins() []builtin {
	reports := named("reports", types.NewArray(nil, types.A))
	places := types.NewSet(types.N)
	return []builtin{
		{
			name: "assize.windows_newest", about: "when the newest window of monitoring reports ended, each no later than its report was claimed and proven; undefined of none",
			decl: types.NewFunction(types.Args(reports), named("instant", types.S)),
			call: windowsNewest,
		},
		{
			name: "assize.windows_recent", about: "the {newest} end of a window, as of assize.windows_newest, and the {places} of the reports whose windows overlap so many seconds before it; undefined of none",
			decl: types.NewFunction(types.Args(reports, named("seconds", types.N)), record(map[string]types.Type{"newest": types.S, "places": places})),
			call: windowsRecent,
		},
		{
			name: "assize.window_said", about: "names the window of a monitoring report and who said so; undefined where it lacks either",
			decl: types.NewFunction(types.Args(named("report", types.A)), types.S),
			call: windowSaid,
		},
		{
			name: "assize.windows_since", about: "places of the reports whose window ends after the instant",
			decl: types.NewFunction(types.Args(reports, named("instant", types.S)), named("places", places)),
			call: windowsSince,
		},
		{
			name: "assize.windows_amiss", about: "places of the reports of another environment, or whose window does not begin before it ends",
			decl: types.NewFunction(types.Args(reports, named("environment", types.A)), named("places", places)),
			call: windowsAmiss,
		},
		{
			name: "assize.windows_early", about: "places of the reports proven before their window ended",
			decl: types.NewFunction(types.Args(reports), named("places", places)),
			call: windowsEarly,
		},
		{
			name: "assize.windows_lengths", about: "seconds each window lasts, by the place of its report",
			decl: types.NewFunction(types.Args(reports), types.NewObject(nil, types.NewDynamicProperty(types.N, types.N))),
			call: windowsLengths,
		},
		{
			name: "assize.windows_open", about: "places of the reports whose window no later one follows within so many seconds, the last left out; of windows that end together the longest counts",
			decl: types.NewFunction(types.Args(reports, named("seconds", types.N)), named("places", places)),
			call: windowsOpen,
		},
	}
}

var (
	keyWindow, keyStart, keyEnd = ast.StringTerm("window"), ast.StringTerm("start"), ast.StringTerm("end")
	keyNewest, keyPlaces        = ast.StringTerm("newest"), ast.StringTerm("places")
	noMember                    = ast.NewObject()
)

// eachReport goes through monitoring reports with what they state and their windows,
// empty where they state none.
func eachReport(bctx topdown.BuiltinContext, t *ast.Term, fn func(at int, report, stated, window ast.Object) error) error {
	list, ok := t.Value.(*ast.Array)
	if !ok {
		return fmt.Errorf("reports are %s, not an array", ast.ValueName(t.Value))
	}
	if err := work(bctx, list.Len()/stepElements); err != nil {
		return err
	}
	for i := range list.Len() {
		report, ok := list.Elem(i).Value.(ast.Object)
		if !ok {
			report = noMember
		}
		stated := memberOf(report, keyPredicate)
		if err := fn(i, report, stated, memberOf(stated, keyWindow)); err != nil {
			return fmt.Errorf("report %d: %w", i, err)
		}
	}
	return nil
}

func memberOf(o ast.Object, key *ast.Term) ast.Object {
	if t := o.Get(key); t != nil {
		if member, ok := t.Value.(ast.Object); ok {
			return member
		}
	}
	return noMember
}

func placesOf(found []int) *ast.Term {
	terms := make([]*ast.Term, len(found))
	for i, at := range found {
		terms[i] = ast.InternedTerm(at)
	}
	return ast.SetTerm(terms...)
}

// windowsNewest is the builtin assize.windows_newest.
func windowsNewest(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	var newest time.Time
	err := eachReport(bctx, args[0], func(_ int, report, _, window ast.Object) error {
		bounds := []*ast.Term{window.Get(keyEnd), report.Get(keyClaimed), report.Get(keyProven)}
		if slices.Contains(bounds, nil) {
			return nil
		}
		var ended time.Time
		for _, t := range bounds {
			at, err := instantArg(t)
			if err != nil {
				return err
			}
			if ended.IsZero() || at.Before(ended) {
				ended = at
			}
		}
		if ended.After(newest) {
			newest = ended
		}
		return nil
	})
	if err != nil || newest.IsZero() {
		return nil, err
	}
	return ast.StringTerm(FormatInstant(newest)), nil
}

// windowsRecent is the builtin assize.windows_recent.
func windowsRecent(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	newest, err := windowsNewest(bctx, args[:1])
	if newest == nil || err != nil {
		return nil, err
	}
	seconds, err := integerArg(args[1], maxShift)
	if err != nil {
		return nil, err
	}
	from, err := shifted(newest, -seconds, time.Second)
	if err != nil {
		return nil, err
	}
	places, err := windowsSince(bctx, []*ast.Term{args[0], from})
	if err != nil {
		return nil, err
	}
	return ast.ObjectTerm([2]*ast.Term{keyNewest, newest}, [2]*ast.Term{keyPlaces, places}), nil
}

// windowSaid is the builtin assize.window_said.
func windowSaid(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	report, ok := args[0].Value.(ast.Object)
	if !ok {
		return nil, nil
	}
	window := memberOf(memberOf(report, keyPredicate), keyWindow)
	var days [2]string
	for i, key := range []*ast.Term{keyStart, keyEnd} {
		t := window.Get(key)
		if t == nil {
			return nil, nil
		}
		s, ok := t.Value.(ast.String)
		if !ok {
			return nil, fmt.Errorf("%s of a window is %s, not text", key, ast.ValueName(t.Value))
		}
		days[i] = string([]rune(s)[:min(len([]rune(s)), len(time.DateOnly))])
	}
	by, err := saidOf(bctx, args)
	if by == nil || err != nil {
		return nil, err
	}
	return ast.StringTerm(fmt.Sprintf("window %s to %s, %s", days[0], days[1], string(by.Value.(ast.String)))), nil
}

// windowsSince is the builtin assize.windows_since.
func windowsSince(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	from, err := instantArg(args[1])
	if err != nil {
		return nil, err
	}
	var found []int
	err = eachReport(bctx, args[0], func(at int, _, _, window ast.Object) error {
		t := window.Get(keyEnd)
		if t == nil {
			return nil
		}
		end, err := instantArg(t)
		if err == nil && from.Before(end) {
			found = append(found, at)
		}
		return err
	})
	return placesOf(found), err
}

// windowsAmiss is the builtin assize.windows_amiss.
func windowsAmiss(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	var found []int
	err := eachReport(bctx, args[0], func(at int, _, stated, window ast.Object) error {
		environment := stated.Get(keyEnvironment)
		if environment == nil || environment.Value.Compare(args[1].Value) != 0 {
			found = append(found, at)
			return nil
		}
		start, end, stands, err := boundsOf(window)
		if err == nil && !(stands && start.Before(end)) {
			found = append(found, at)
		}
		return err
	})
	return placesOf(found), err
}

// windowsEarly is the builtin assize.windows_early.
func windowsEarly(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	var found []int
	err := eachReport(bctx, args[0], func(at int, report, _, window ast.Object) error {
		proven, end := report.Get(keyProven), window.Get(keyEnd)
		if proven == nil || end == nil {
			return nil
		}
		made, err := instantArg(proven)
		if err != nil {
			return err
		}
		ended, err := instantArg(end)
		if err == nil && made.Before(ended) {
			found = append(found, at)
		}
		return err
	})
	return placesOf(found), err
}

// windowsLengths is the builtin assize.windows_lengths.
func windowsLengths(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	out := ast.NewObject()
	err := eachReport(bctx, args[0], func(at int, _, _, window ast.Object) error {
		start, end := window.Get(keyStart), window.Get(keyEnd)
		if start == nil || end == nil {
			return nil
		}
		seconds, err := secondsBetween(start, end)
		if err == nil {
			out.Insert(ast.InternedTerm(at), seconds)
		}
		return err
	})
	return ast.NewTerm(out), err
}

// boundsOf are the ends of a window; stands is whether it states both.
func boundsOf(window ast.Object) (start, end time.Time, stands bool, err error) {
	from, to := window.Get(keyStart), window.Get(keyEnd)
	if from == nil || to == nil {
		return start, end, false, nil
	}
	if start, err = instantArg(from); err != nil {
		return start, end, false, err
	}
	end, err = instantArg(to)
	return start, end, err == nil, err
}

// windowsOpen is the builtin assize.windows_open.
func windowsOpen(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	a := arguments{terms: args}
	seconds := a.number(1)
	if a.fault != nil {
		return nil, a.fault
	}
	within := time.Duration(math.MaxInt64)
	if ns := seconds * 1e9; math.Abs(ns) < math.MaxInt64 {
		within = time.Duration(ns)
	} else if ns < 0 {
		within = math.MinInt64
	}
	type span struct {
		start, end time.Time
		at         int
	}
	var spans []span
	err := eachReport(bctx, args[0], func(at int, _, _, window ast.Object) error {
		start, end, stands, err := boundsOf(window)
		if stands {
			spans = append(spans, span{start, end, at})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(a.end.Compare(b.end), a.start.Compare(b.start), cmp.Compare(a.at, b.at))
	})
	spans = slices.CompactFunc(spans, func(a, b span) bool { return a.end.Equal(b.end) })
	var found []int
	var earliest time.Time // start of those that end later
	for i := len(spans) - 1; i >= 0; i-- {
		s := spans[i]
		if i < len(spans)-1 && earliest.Sub(s.end) > within {
			found = append(found, s.at)
		}
		if i == len(spans)-1 || s.start.Before(earliest) {
			earliest = s.start
		}
	}
	return placesOf(found), nil
}
