package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// termOf turns the result of a statistic into the term its JSON would parse to,
// without writing the JSON.
func termOf(v any) (*ast.Term, error) {
	switch v := v.(type) {
	case string:
		return ast.StringTerm(v), nil
	case float64:
		return ast.FloatNumberTerm(v), nil
	}
	return termOfValue(reflect.ValueOf(v))
}

func termOfValue(v reflect.Value) (*ast.Term, error) {
	switch v.Kind() {
	case reflect.String:
		return ast.StringTerm(v.String()), nil
	case reflect.Bool:
		return ast.BooleanTerm(v.Bool()), nil
	case reflect.Int:
		return ast.IntNumberTerm(int(v.Int())), nil
	case reflect.Float64:
		return floatTerm(v.Float())
	case reflect.Interface:
		return termOfValue(v.Elem())
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return ast.NullTerm(), nil
		}
		terms := make([]*ast.Term, v.Len())
		for i := range terms {
			var err error
			if terms[i], err = termOfValue(v.Index(i)); err != nil {
				return nil, err
			}
		}
		return ast.ArrayTerm(terms...), nil
	case reflect.Struct:
		pairs := make([][2]*ast.Term, v.NumField())
		for i := range pairs {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			t, err := termOfValue(v.Field(i))
			if err != nil {
				return nil, err
			}
			pairs[i] = [2]*ast.Term{ast.StringTerm(name), t}
		}
		return ast.ObjectTerm(pairs...), nil
	case reflect.Map:
		pairs := make([][2]*ast.Term, 0, v.Len())
		for _, k := range v.MapKeys() {
			t, err := termOfValue(v.MapIndex(k))
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, [2]*ast.Term{ast.StringTerm(k.String()), t})
		}
		return ast.ObjectTerm(pairs...), nil
	}
	return nil, fmt.Errorf("a statistic gave a %s", v.Kind())
}

// floatTerm writes a number as JSON does.
func floatTerm(x float64) (*ast.Term, error) {
	b, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	return ast.NewTerm(ast.Number(b)), nil
}
