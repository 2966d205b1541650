package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
)

// change is one document made from a passing one by giving one place another value.
type change struct {
	field string   // the place without positions: monitoring-report/feature_drift/*/stat
	path  []string // the place
	doc   map[string]any
	value any
}

const otherRef = "sha256:9999999999999999999999999999999999999999999999999999999999999999"

var (
	otherInstants = []any{"1999-12-31T00:00:00Z", "2199-12-31T00:00:00Z"}
	schemas       = func() map[string]map[string]any {
		out := map[string]map[string]any{}
		for _, typ := range predicate.Types() {
			short := typ.Short
			var schema map[string]any
			if json.Unmarshal(predicate.Schema(short), &schema) == nil {
				out[short] = schema
			}
		}
		return out
	}()
	// members of an item and of a node which the service states, with other values.
	itemMembers = map[string][]any{
		"principals": {[]any{}, []any{"somebody-else"}}, "roles": {[]any{}, []any{"guest"}}, "assurance": {"imported"}, "subjects": {[]any{otherRef}, []any{}},
		"claimed": append([]any{""}, otherInstants...), "proven": otherInstants, "index": {json.Number("0"), json.Number("100000")},
	}
	nodeMembers = map[string][]any{
		"known": {false, true}, "conflict": {true}, "kind": {"unknown", "dataset", "image"}, "relation": {"other"}, "role": {"other"}, "ref": {otherRef},
		"refs": {[]any{otherRef}}, "revoked": {[]any{map[string]any{"id": "r", "reason": "withdrawn", "principals": []any{"somebody-else"}}}},
	}
)

// members of a rollback target as the gate judged it, with other values.
var rollbackMembers = map[string][]any{
	"known": {false}, "ref": {otherRef}, "revoked": nodeMembers["revoked"], "verdict": {"deny", "indeterminate"}, "reasons": {[]any{"no gate"}},
}

// changes lists the documents that differ from the passing one in one place: every
// member of every predicate, those its schema knows and the case leaves out too, what
// the service says of items and artefacts, and the question.
func (c *passingCase) changes() []change {
	var out []change
	put := func(field string, path []string, values ...any) {
		for _, v := range values {
			out = append(out, change{field: field, path: path, doc: with(c.Input, path, v).(map[string]any), value: v})
		}
	}
	var inside func(v any, schema map[string]any, field string, path []string)
	inside = func(v any, schema map[string]any, field string, path []string) {
		put(field, path, otherValues(v, schema)...)
		switch v := v.(type) {
		case map[string]any:
			properties, _ := schema["properties"].(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(v)) {
				sub, _ := properties[name].(map[string]any)
				inside(v[name], sub, field+"/"+name, append(slices.Clone(path), name))
			}
			for _, name := range slices.Sorted(maps.Keys(properties)) {
				if _, there := v[name]; !there {
					sub, _ := properties[name].(map[string]any)
					put(field+"/"+name, append(slices.Clone(path), name), samples(sub, 2)...)
				}
			}
		case []any:
			sub, _ := schema["items"].(map[string]any)
			for i, e := range v {
				inside(e, sub, field+"/*", append(slices.Clone(path), fmt.Sprint(i)))
			}
		}
	}
	members := func(known map[string][]any, field string, path []string, there map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(known)) {
			put(field+"@"+name, append(slices.Clone(path), name), known[name]...)
		}
		if people := c.everybody(); there["principals"] != nil {
			put(field+"@principals", append(slices.Clone(path), "principals"), people)
		}
	}
	for _, p := range itemsOf(c.Input) {
		item := p.item
		short := text(item["type"])
		members(itemMembers, short, p.path, item)
		inside(item["predicate"], schemas[short], short, append(slices.Clone(p.path), "predicate"))
	}
	for _, p := range nodesOf(c.Input) {
		members(nodeMembers, p.place, p.path, p.item)
	}
	related, _ := c.Input["related"].(map[string]any)
	for _, p := range listed(related["rollbacks"], "related", "rollbacks") {
		members(rollbackMembers, p.place, p.path, p.item)
	}
	put("@environment", []string{"environment"}, "elsewhere")
	put("@system", []string{"system", "uri"}, "system:elsewhere")
	return out
}

// everybody are the principals of all items.
func (c *passingCase) everybody() []any {
	var out []any
	for _, p := range itemsOf(c.Input) {
		list, _ := p.item["principals"].([]any)
		out = append(out, list...)
	}
	return out
}

// placed is an item or a node with its path in the document.
type placed struct {
	place string
	path  []string
	item  map[string]any
}

func listed(v any, path ...string) []placed {
	var out []placed
	list, _ := v.([]any)
	for i, e := range list {
		out = append(out, placed{path[len(path)-1], append(slices.Clone(path), fmt.Sprint(i)), e.(map[string]any)})
	}
	return out
}

// nodesOf are the artefacts of a document.
func nodesOf(doc map[string]any) []placed {
	related, _ := doc["related"].(map[string]any)
	out := slices.Concat(listed(doc["parents"], "parents"), listed(doc["ancestors"], "ancestors"), listed(related["subjects"], "related", "subjects"))
	if subject, ok := doc["subject"].(map[string]any); ok {
		out = append(out, placed{"subject", []string{"subject"}, subject})
	}
	return out
}

// itemsOf are the items of a document, those about its artefacts too.
func itemsOf(doc map[string]any) []placed {
	var out []placed
	typed := func(v any, path ...string) {
		m, _ := v.(map[string]any)
		for _, short := range slices.Sorted(maps.Keys(m)) {
			out = append(out, listed(m[short], append(slices.Clone(path), short)...)...)
		}
	}
	typed(doc["evidence"], "evidence")
	for _, n := range nodesOf(doc) {
		typed(n.item["evidence"], append(slices.Clone(n.path), "evidence")...)
	}
	related, _ := doc["related"].(map[string]any)
	for _, name := range []string{"deployments", "incidents", "waivers"} {
		out = append(out, listed(related[name], "related", name)...)
	}
	return out
}

// with is a copy of the document in which the path holds the value.
func with(v any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		if out == nil {
			out = map[string]any{}
		}
		out[path[0]] = with(v[path[0]], path[1:], value)
		return out
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(v) {
			panic("no such path")
		}
		out := slices.Clone(v)
		out[i] = with(v[i], path[1:], value)
		return out
	}
	return with(map[string]any{}, path, value)
}

// otherValues are values that could stand in the place of one.
func otherValues(v any, schema map[string]any) []any {
	var out []any
	switch v := v.(type) {
	case bool:
		out = append(out, !v)
	case json.Number:
		f, _ := v.Float64()
		for _, n := range []float64{0, -1, 1, f * 2, f / 2, f + 1, f - 1, f * 1000, 1e26} {
			if n != f {
				out = append(out, number(n))
			}
		}
	case string:
		if at, err := policy.ParseInstant(v); err == nil {
			out = append(out, otherInstants...)
			for _, days := range []int{-4000, -400, -40, -1, 1, 40, 400, 4000} {
				moved := at.AddDate(0, 0, days).Format(time.RFC3339)
				if len(v) == len(time.DateOnly) {
					moved = moved[:len(time.DateOnly)]
				}
				out = append(out, moved)
			}
		}
		out = append(out, "", "something else", "TODO", otherRef)
		enum, _ := schema["enum"].([]any)
		for _, e := range enum {
			if e != v {
				out = append(out, e)
			}
		}
	case []any:
		out = append(out, []any{})
		sub, _ := schema["items"].(map[string]any)
		for _, s := range samples(sub, 2) {
			out = append(out, append(slices.Clone(v), s))
		}
		if len(v) > 0 {
			out = append(out, append(slices.Clone(v), v[0]))
		}
	case map[string]any:
		out = append(out, map[string]any{})
	}
	return append(out, nil)
}

func number(f float64) json.Number { return json.Number(strconv.FormatFloat(f, 'f', -1, 64)) }

// samples are values a schema allows, or nearly.
func samples(schema map[string]any, depth int) []any {
	if enum, ok := schema["enum"].([]any); ok {
		return enum
	}
	kind, _ := schema["type"].(string)
	switch kind {
	case "boolean":
		return []any{true, false}
	case "integer", "number":
		return []any{json.Number("0"), json.Number("1"), json.Number("1000000"), json.Number("-1"), json.Number("0.5")}
	case "string":
		return append([]any{"something else", otherRef, ""}, otherInstants...)
	case "array":
		out := []any{[]any{}}
		if depth > 0 {
			sub, _ := schema["items"].(map[string]any)
			for _, s := range samples(sub, depth-1) {
				out = append(out, []any{s})
			}
		}
		return out
	case "object":
		out := []any{map[string]any{}}
		properties, _ := schema["properties"].(map[string]any)
		if depth == 0 || len(properties) == 0 {
			return out
		}
		for i := range 3 {
			full := map[string]any{}
			for name, p := range properties {
				sub, _ := p.(map[string]any)
				if list := samples(sub, depth-1); len(list) > 0 {
					full[name] = list[i%len(list)]
				}
			}
			out = append(out, full)
		}
		return out
	}
	return []any{"something else"}
}

// shuffled is a copy of the list in another order.
func shuffled(r *rand.Rand, v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := slices.Clone(list)
	r.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

// standsIn reports whether the path is of something the passing case itself holds.
func standsIn(c *passingCase, ch change) bool {
	return holds(c.Input, ch.path) && strings.Contains(strings.Join(ch.path, "/"), "/predicate/")
}
