package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// A result counts under the plan it names, if the plan was there first. Which result
// answers which plan, and what of the plan, is asked by every rule about tests.

func answerBuiltins() []builtin {
	row := record(map[string]types.Type{"plan": types.A, "of": types.N, "result": types.A, "at": types.A, "amiss": types.SetOfStr})
	return []builtin{
		{
			name: "assize.answers", about: "results with the plans whose id their predicates name in plan: {answers, others}; an answer is {plan, of, result, at, amiss} with both places and what is amiss: order (the plan does not lie before the result, by index and by proven) or else run (executed_at lies before the plan was proven), and data (another dataset or split); others are the results that name none of the plans, by their places",
			decl: types.NewFunction(types.Args(named("plans", types.NewArray(nil, types.A)), named("results", types.A)),
				record(map[string]types.Type{"answers": types.NewArray(nil, row), "others": types.NewObject(nil, types.NewDynamicProperty(types.A, types.A))})),
			call: answersOf,
		},
		{
			name: "assize.demands", about: "what answered plans ask of the whole: their metrics without an attribute and of none of some categories, each with the records of the answers of its category that are as planned (assize.as_planned): [{plan, of, metric, at, records}], a record {answer, record, at}; a metric without category is of performance",
			decl: types.NewFunction(types.Args(named("answers", types.NewArray(nil, types.A)), named("without", types.SetOfStr)),
				types.NewArray(nil, record(map[string]types.Type{"plan": types.A, "of": types.A, "metric": types.A, "at": types.A, "records": types.NewArray(nil, types.A)}))),
			call: demandsOf,
		},
	}
}

var (
	keyAnswers, keyAnswer     = ast.StringTerm("answers"), ast.StringTerm("answer")
	keyPlan, keyResult        = ast.StringTerm("plan"), ast.StringTerm("result")
	keyAmiss, keyExecutedAt   = ast.StringTerm("amiss"), ast.StringTerm("executed_at")
	keyCategory, keyAttribute = ast.StringTerm("category"), ast.StringTerm("attribute")
	keyRecords, keyMetric     = ast.StringTerm("records"), ast.StringTerm("metric")
	amissOrder, amissRun      = ast.StringTerm("order"), ast.StringTerm("run")
	amissData                 = ast.StringTerm("data")
	wordPerformance, wordNo   = ast.StringTerm("performance"), ast.BooleanTerm(false)
)

// answersOf is the builtin assize.answers.
func answersOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	plans, ok := args[0].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("plans are %s, not an array", ast.ValueName(args[0].Value))
	}
	var answers []*ast.Term
	others := ast.NewObject()
	err := eachElement(bctx, args[1], func(place, element *ast.Term) error {
		result, ok := element.Value.(ast.Object)
		if !ok {
			return nil
		}
		if err := work(bctx, plans.Len()/stepElements); err != nil {
			return err
		}
		named, before := memberOf(result, keyPredicate).Get(keyPlan), len(answers)
		for i := range plans.Len() {
			plan, ok := plans.Elem(i).Value.(ast.Object)
			if !ok || named == nil {
				continue
			}
			if id := plan.Get(keyID); id == nil || !id.Equal(named) {
				continue
			}
			amiss, err := amissOf(plan, result)
			if err != nil {
				return err
			}
			answers = append(answers, ast.ObjectTerm(
				[2]*ast.Term{keyPlan, plans.Elem(i)}, [2]*ast.Term{keyOf, ast.InternedTerm(i)},
				[2]*ast.Term{keyResult, element}, [2]*ast.Term{keyAt, place}, [2]*ast.Term{keyAmiss, amiss},
			))
		}
		if len(answers) == before {
			others.Insert(place, element)
		}
		return nil
	})
	return ast.ObjectTerm([2]*ast.Term{keyAnswers, ast.ArrayTerm(answers...)}, [2]*ast.Term{keyOthers, ast.NewTerm(others)}), err
}

// amissOf says why a result does not count under the plan it names. Entries of one batch
// may share a proven time, never an index.
func amissOf(plan, result ast.Object) (*ast.Term, error) {
	var amiss []*ast.Term
	planned, measured := memberOf(plan, keyPredicate), memberOf(result, keyPredicate)
	first, then, proven := plan.Get(keyIndex), result.Get(keyIndex), plan.Get(keyProven)
	late := first == nil || then == nil || ast.Compare(first.Value, then.Value) >= 0
	for _, one := range []struct{ made, word *ast.Term }{{result.Get(keyProven), amissOrder}, {measured.Get(keyExecutedAt), amissRun}} {
		if !late {
			earlier, err := liesBefore(one.made, proven)
			if err != nil {
				return nil, err
			}
			if earlier {
				late, amiss = true, append(amiss, one.word)
			}
		}
	}
	if late && amiss == nil {
		amiss = append(amiss, amissOrder)
	}
	wanted, own := planned.Get(keyDataset), measured.Get(keyDataset)
	if wanted == nil || own == nil || !wanted.Equal(own) || !memberOr(planned, keySplit).Equal(memberOr(measured, keySplit)) {
		amiss = append(amiss, amissData)
	}
	return ast.SetTerm(amiss...), nil
}

// liesBefore: nothing lies before an instant that is not stated.
func liesBefore(a, b *ast.Term) (bool, error) {
	if a == nil || b == nil {
		return false, nil
	}
	at, err := instantArg(a)
	if err != nil {
		return false, err
	}
	other, err := instantArg(b)
	return at.Before(other), err
}

// demandsOf is the builtin assize.demands.
func demandsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	without, ok := args[1].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("what is left out is %s, not a set", ast.ValueName(args[1].Value))
	}
	type answered struct {
		plan, of *ast.Term
		answers  []*ast.Term
	}
	var plans []*answered
	known := ast.NewObject() // where the plan of a place is
	err := eachElement(bctx, args[0], func(_, element *ast.Term) error {
		answer, ok := element.Value.(ast.Object)
		if !ok {
			return nil
		}
		plan, of := answer.Get(keyPlan), answer.Get(keyOf)
		if plan == nil || of == nil {
			return nil
		}
		at := known.Get(of)
		if at == nil {
			at = ast.InternedTerm(len(plans))
			known.Insert(of, at)
			plans = append(plans, &answered{plan: plan, of: of})
		}
		i, _ := at.Value.(ast.Number).Int()
		plans[i].answers = append(plans[i].answers, element)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []*ast.Term
	for _, p := range plans {
		metrics := below(p.plan, pathMetrics)
		if metrics == nil {
			continue
		}
		err := eachElement(bctx, metrics, func(place, metric *ast.Term) error {
			planned, ok := metric.Value.(ast.Object)
			if !ok {
				return fmt.Errorf("a metric of a plan is %s, not an object", ast.ValueName(metric.Value))
			}
			category := orElse(planned.Get(keyCategory), wordPerformance)
			if a := planned.Get(keyAttribute); a != nil && !a.Equal(wordNo) || without.Contains(category) {
				return nil
			}
			records, err := answering(bctx, p.answers, p.plan, metric, category)
			if err != nil {
				return err
			}
			out = append(out, ast.ObjectTerm(
				[2]*ast.Term{keyPlan, p.plan}, [2]*ast.Term{keyOf, p.of}, [2]*ast.Term{keyMetric, metric},
				[2]*ast.Term{keyAt, place}, [2]*ast.Term{keyRecords, records},
			))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return ast.ArrayTerm(out...), nil
}

var pathMetrics = ast.NewArray(keyPredicate, keyMetrics)

// answering are the records of answers to a plan that answer one of its metrics.
func answering(bctx topdown.BuiltinContext, answers []*ast.Term, plan, planned, category *ast.Term) (*ast.Term, error) {
	var out []*ast.Term
	for _, a := range answers {
		result := a.Value.(ast.Object).Get(keyResult)
		if result == nil {
			continue
		}
		stated, ok := result.Value.(ast.Object)
		if !ok {
			continue
		}
		predicate := memberOf(stated, keyPredicate)
		metrics, of := predicate.Get(keyMetrics), predicate.Get(keyCategory)
		if metrics == nil || of == nil || !of.Equal(category) {
			continue
		}
		found, err := asPlannedOf(bctx, []*ast.Term{metrics, planned, below(plan, pathPredicate), stated.Get(keyPredicate)})
		if err != nil {
			return nil, err
		}
		found.Value.(*ast.Array).Foreach(func(t *ast.Term) {
			one := t.Value.(ast.Object)
			out = append(out, ast.ObjectTerm([2]*ast.Term{keyAnswer, a}, [2]*ast.Term{keyRecord, one.Get(keyRecord)}, [2]*ast.Term{keyAt, one.Get(keyAt)}))
		})
	}
	return ast.ArrayTerm(out...), nil
}

var pathPredicate = ast.NewArray(keyPredicate)
