package policy

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assize-dev/assize/attest/predicate"
)

// evidenceType reports whether a short name is a type rules may declare. Types
// without a home are no evidence: revocations act on other evidence and reach
// rules as the state of items and nodes, decisions are the service's own.
func evidenceType(short string) bool {
	t, ok := predicate.Lookup(short)
	return ok && t.Home != ""
}

// addSchema gives the rule's package a JSON Schema of input made from what it
// declares, so that an unknown path, or a type it did not declare, does not
// compile. Of a format of others the schema joins what its versions have, as far as
// rules need them; a type without any compiles with every path below its predicate.
func addSchema(schemas *ast.SchemaSet, r *Rule, m *ast.Module) error {
	// Rules that declare the same types share one schema, compiled once.
	name := ast.SchemaRootRef.Append(ast.StringTerm(strings.Join(r.types, ",")))
	if schemas.Get(name) == nil {
		schema, err := inputSchema(r.types)
		if err != nil {
			return err
		}
		schemas.Put(name, schema)
	}
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			a.Schemas = []*ast.SchemaAnnotation{{Path: ast.InputRootRef, Schema: name}}
		}
	}
	return nil
}

// InputSchema returns the JSON Schema of the input a rule of the set sees.
func (r *Rule) InputSchema() ([]byte, error) {
	schema, err := inputSchema(r.types)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(schema, "", "  ")
}

func inputSchema(types typeSet) (map[string]any, error) {
	str := map[string]any{"type": "string"}
	boolean := map[string]any{"type": "boolean"}
	integer := map[string]any{"type": "integer"}
	strs := array(str)
	definitions := map[string]any{}
	define := func(name string, schema map[string]any) map[string]any {
		definitions[name] = schema
		return map[string]any{"$ref": "#/definitions/" + name}
	}
	evidence, withheld, items := map[string]any{}, map[string]any{}, map[string]any{}
	for _, t := range types {
		body, err := predicateSchema(t)
		if err != nil {
			return nil, err
		}
		common := func() map[string]any {
			return map[string]any{
				"id": str, "type": str, "predicate_type": str, "subjects": strs, "principals": strs, "roles": strs,
				"claimed": str, "proven": str, "index": integer, "leaf": str, "assurance": str, "state": str,
			}
		}
		there, held := common(), common()
		there["predicate"], held["reason"] = body, str
		items[t] = define("type-"+t, array(object(there)))
		evidence[t], withheld[t] = items[t], array(object(held))
	}
	revoked := array(object(map[string]any{"id": str, "reason": str, "principals": strs, "index": integer, "effective_at": str}))
	node := map[string]any{
		"ref": str, "refs": strs, "name": str, "kind": str, "known": boolean, "conflict": boolean,
		"relation": str, "role": str, "path": strs, "revoked": revoked,
	}
	root := map[string]any{
		"action": str, "environment": str, "system": object(map[string]any{"uri": str, "ref": str}),
	}
	// An object schema without properties would allow every path, so what has
	// no declared type is left out.
	if len(types) > 0 {
		all := define("evidence", object(evidence))
		node["evidence"], root["evidence"], root["withheld"] = all, all, object(withheld)
	}
	one := define("node", object(node))
	related := map[string]any{"subjects": array(one)}
	for t, place := range relatedTypes {
		if types.has(t) {
			related[place] = items[t]
		}
	}
	if types.has("deployment") {
		related["rollbacks"] = rollbacksSchema(revoked)
	}
	root["subject"], root["related"] = one, object(related)
	root["parents"], root["ancestors"] = array(one), array(one)
	schema := object(root)
	schema["definitions"] = definitions
	return schema, nil
}

// relatedTypes is where evidence in force for the question stands in
// input.related; a rule sees it when it declares the type.
var relatedTypes = map[string]string{"deployment": "deployments", "incident": "incidents", "waiver": "waivers"}

func object(properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

func array(items any) map[string]any { return map[string]any{"type": "array", "items": items} }

// predicateSchema is the schema of a predicate cut down to what the type
// checker of OPA reads: type, properties and items.
func predicateSchema(short string) (any, error) {
	b := predicate.Schema(short)
	if b == nil {
		return map[string]any{}, nil
	}
	var full map[string]any
	if err := json.Unmarshal(b, &full); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", short, err)
	}
	return shape(full), nil
}

func shape(schema map[string]any) map[string]any {
	out := map[string]any{}
	if t, ok := schema["type"]; ok {
		out["type"] = t
	}
	if properties, ok := schema["properties"].(map[string]any); ok {
		props := map[string]any{}
		for name, p := range properties {
			if sub, ok := p.(map[string]any); ok {
				props[name] = shape(sub)
			}
		}
		out["properties"] = props
	}
	if sub, ok := schema["items"].(map[string]any); ok {
		out["items"] = shape(sub)
	}
	return out
}
