package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"github.com/assize-dev/assize/api"
)

// described is the API description as a client reads it, with its schemas closed:
// an answer with a member that is not described is a fault here, though a client
// lets it pass.
type described struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex
}

const descriptionURL = "https://assize.test/openapi.json"

func readDescription(tb testing.TB, raw []byte) *described {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		tb.Fatal(err)
	}
	d := &described{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler()}
	closeObjects(d.doc)
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(descriptionURL, d.doc); err != nil {
		tb.Fatal(err)
	}
	return d
}

func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, e := range v {
			closeObjects(e)
		}
	case []any:
		for _, e := range v {
			closeObjects(e)
		}
	}
}

// at follows a path of member names, and references on the way.
func (d *described) at(tb testing.TB, v any, names ...string) (any, bool) {
	tb.Helper()
	for {
		m, ok := v.(map[string]any)
		if !ok {
			return v, len(names) == 0
		}
		if ref, ok := m["$ref"].(string); ok && len(names) > 0 {
			var err error
			if v, err = d.resolve(ref); err != nil {
				tb.Fatal(err)
			}
			continue
		}
		if len(names) == 0 {
			return v, true
		}
		if v, ok = m[names[0]]; !ok {
			return nil, false
		}
		names = names[1:]
	}
}

func (d *described) resolve(ref string) (any, error) {
	var v any = d.doc
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		m, ok := v.(map[string]any)
		if !ok || m[name] == nil {
			return nil, fmt.Errorf("%s leads nowhere at %q", ref, name)
		}
		v = m[name]
	}
	return v, nil
}

func (d *described) validate(pointer string, v any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.compiler.Compile(descriptionURL + "#" + pointer)
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// descriptionOf reads the description once; every test shares it.
func descriptionOf(tb testing.TB) *described {
	tb.Helper()
	readOnce.Do(func() {
		raw, err := os.ReadFile("openapi.yaml")
		if err != nil {
			tb.Fatal(err)
		}
		if raw, err = yaml.YAMLToJSON(raw); err != nil {
			tb.Fatal(err)
		}
		theDescription = readDescription(tb, raw)
	})
	return theDescription
}

var (
	readOnce       sync.Once
	theDescription *described
)

// checkDescribed holds an answer to the description: status and media type are
// foreseen, and JSON fits its schema.
func checkDescribed(tb testing.TB, a answer) {
	tb.Helper()
	d := descriptionOf(tb)
	method, target, _ := strings.Cut(a.route, " ")
	path, _, _ := strings.Cut(target, "?")
	route, ok := d.route(path)
	if !ok || a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed {
		return
	}
	op := "/paths/" + escape(route) + "/" + strings.ToLower(method) + "/responses/"
	responses, ok := d.at(tb, d.doc, "paths", route, strings.ToLower(method), "responses")
	if !ok {
		tb.Errorf("%s: not described", a.route)
		return
	}
	key := strconv.Itoa(a.status)
	if _, ok := responses.(map[string]any)[key]; !ok {
		key = "default"
		if a.status < 400 {
			tb.Errorf("%s: status %d is not described", a.route, a.status)
			return
		}
	}
	if len(a.body) == 0 {
		return
	}
	media, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		tb.Errorf("%s: content type: %v", a.route, err)
		return
	}
	if _, ok := d.at(tb, responses, key, "content", media, "schema"); !ok {
		tb.Errorf("%s: %s with status %d is not described", a.route, media, a.status)
		return
	}
	if media != "application/json" && media != api.MediaProblem || strings.HasSuffix(route, "/openapi.json") {
		return
	}
	pointer := op + key + "/content/" + escape(media) + "/schema"
	if key == "default" {
		pointer = "/components/schemas/Problem"
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err != nil {
		tb.Errorf("%s: %v", a.route, err)
		return
	}
	if err := d.validate(pointer, v); err != nil {
		tb.Errorf("%s: the answer is not as described: %v\n%s", a.route, err, a.body)
	}
}

// route finds the described path that a request path is one of.
func (d *described) route(path string) (string, bool) {
	parts := strings.Split(path, "/")
	paths := d.doc["paths"].(map[string]any)
	if _, ok := paths[path]; ok {
		return path, true
	}
next:
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		want := strings.Split(p, "/")
		if below, ok := strings.CutSuffix(p, "/{path}"); ok && strings.HasPrefix(path, below+"/") {
			return p, true
		}
		if len(want) != len(parts) {
			continue
		}
		for i, w := range want {
			if w != parts[i] && !strings.HasPrefix(w, "{") {
				continue next
			}
		}
		return p, true
	}
	return "", false
}

func TestDescriptionAndRoutesAgree(t *testing.T) {
	b := newBench(t)
	d := descriptionOf(t)
	routes := map[string]bool{}
	for _, r := range b.server.Routes() {
		path := r.Path
		path = strings.TrimSuffix(path, "*")
		if path != r.Path { // a path below, which has slashes of its own
			path += ":path"
		}
		parts := strings.Split(path, "/")
		for i, p := range parts {
			if name, ok := strings.CutPrefix(p, ":"); ok {
				parts[i] = "{" + name + "}"
			}
		}
		routes[strings.ToLower(r.Method)+" "+strings.Join(parts, "/")] = true
	}
	ids := map[string]string{}
	for path, item := range d.doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			if method == "parameters" { // those of every operation on the path
				continue
			}
			key := method + " " + path
			if !routes[key] {
				t.Errorf("%s is described and not served", key)
			}
			delete(routes, key)
			id, _ := op.(map[string]any)["operationId"].(string)
			if before, ok := ids[id]; ok || id == "" {
				t.Errorf("%s: operationId %q, also of %s", key, id, before)
			}
			ids[id] = key
			checkParameters(t, d, path, key, op)
		}
	}
	for r := range routes {
		t.Errorf("%s is served and not described", r)
	}
}

// checkParameters holds that the parameters of a path are those its braces name.
func checkParameters(t *testing.T, d *described, path, key string, op any) {
	t.Helper()
	list, _ := op.(map[string]any)["parameters"].([]any)
	for _, p := range list {
		in, _ := d.at(t, p, "in")
		name, _ := d.at(t, p, "name")
		if in == "path" {
			if !strings.Contains(path, "{"+name.(string)+"}") {
				t.Errorf("%s: path parameter %s is not in the path", key, name)
			}
			path = strings.Replace(path, "{"+name.(string)+"}", "", 1)
		}
	}
	if strings.Contains(path, "{") {
		t.Errorf("%s: a path element is not described", key)
	}
}

func TestDescriptionExamplesFitTheirSchemas(t *testing.T) {
	d := descriptionOf(t)
	seen := 0
	var walk func(pointer string, v any)
	walk = func(pointer string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				if _, err := d.resolve(ref); err != nil {
					t.Errorf("%s: %v", pointer, err)
				}
			}
			if examples, ok := v["examples"].(map[string]any); ok && v["schema"] != nil {
				for name, e := range examples {
					seen++
					if err := d.validate(pointer+"/schema", e.(map[string]any)["value"]); err != nil {
						t.Errorf("%s: example %s: %v", pointer, name, err)
					}
				}
			}
			if examples, ok := v["examples"].([]any); ok {
				for _, e := range examples {
					seen++
					if err := d.validate(pointer, e); err != nil {
						t.Errorf("%s: example %v: %v", pointer, e, err)
					}
				}
			}
			for name, e := range v {
				walk(pointer+"/"+escape(name), e)
			}
		case []any:
			for i, e := range v {
				walk(pointer+"/"+strconv.Itoa(i), e)
			}
		}
	}
	walk("", d.doc)
	if seen == 0 {
		t.Error("no example was looked at")
	}
	for name := range d.doc["components"].(map[string]any)["schemas"].(map[string]any) {
		if err := d.validate("/components/schemas/"+name, json.Number("0.5")); err == nil {
			t.Errorf("schema %s takes anything", name)
		}
	}
}

func TestDescriptionIsServed(t *testing.T) {
	b := newBench(t)
	a := b.get("/openapi.json")
	var doc struct {
		OpenAPI string
		Info    struct{ Version string }
	}
	if err := json.Unmarshal(a.body, &doc); err != nil || doc.OpenAPI != "3.1.1" || doc.Info.Version != "test" {
		t.Errorf("%+v, %v", doc, err)
	}
	if again := b.get("/openapi.json", "If-None-Match", a.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("status %d for what the client has", again.status)
	}
}

// YAML takes the part of an unquoted text after a comma for a member without a
// value.
func TestDescriptionHasNoEmptyMembers(t *testing.T) {
	var walk func(pointer string, v any)
	walk = func(pointer string, v any) {
		switch v := v.(type) {
		case nil:
			t.Errorf("%s is empty; quote the text it is part of", pointer)
		case map[string]any:
			for name, e := range v {
				walk(pointer+"/"+escape(name), e)
			}
		case []any:
			for i, e := range v {
				walk(pointer+"/"+strconv.Itoa(i), e)
			}
		}
	}
	walk("", descriptionOf(t).doc)
}
