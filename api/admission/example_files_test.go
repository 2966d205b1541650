package admission_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	optypes "github.com/open-policy-agent/opa/v1/types"
	"gopkg.in/yaml.v3"
)

// documents of an example in deploy.
func documents(t *testing.T, path ...string) []m {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "deploy"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	var out []m
	for dec := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc m
		if dec.Decode(&doc) != nil {
			return out
		}
		out = append(out, doc)
	}
}

func pathOf(t *testing.T, address any) string {
	t.Helper()
	u, err := url.Parse(address.(string))
	if err != nil || u.Scheme != "https" {
		t.Fatalf("%v: %v", address, err)
	}
	return u.Path
}

// TestKyvernoExample: what the policy sends is a review, and what it looks at is in
// the answer.
func TestKyvernoExample(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	rule := documents(t, "kyverno", "assize.yaml")[0]["spec"].(m)["rules"].([]any)[0].(m)
	call := rule["context"].([]any)[0].(m)["apiCall"].(m)
	for name, want := range map[string]bool{"scorer": true, "poor": false} {
		body := m{}
		for _, d := range call["data"].([]any) {
			key, value := d.(m)["key"].(string), d.(m)["value"]
			if value == "{{ request }}" {
				value = request(podKind, pod(image(name)))
			}
			body[key] = value
		}
		status, text := b.post(pathOf(t, call["service"].(m)["url"]), encode(t, body))
		var answer struct {
			Response struct {
				Allowed bool
				Status  struct{ Message string }
			}
		}
		if err := json.Unmarshal(text, &answer); err != nil || status != 200 || answer.Response.Allowed != want || !want && answer.Response.Status.Message == "" {
			t.Errorf("%s: %d %v %s", name, status, err, text)
		}
	}
	validate := encode(t, rule["validate"])
	for _, path := range []string{"answer.response.allowed", "answer.response.status.message"} {
		if !bytes.Contains(validate, []byte(path)) {
			t.Errorf("the policy does not look at %s", path)
		}
	}
}

// TestGatekeeperExample runs the template's Rego with external_data as Gatekeeper has
// it, against the endpoint.
func TestGatekeeperExample(t *testing.T) {
	b := newBench(t, usual)
	b.allowed()
	docs := documents(t, "gatekeeper", "assize.yaml")
	path := pathOf(t, docs[0]["spec"].(m)["url"])
	template := docs[1]["spec"].(m)["targets"].([]any)[0].(m)["rego"].(string)
	external := rego.Function1(&rego.Function{Name: "external_data", Decl: optypes.NewFunction(optypes.Args(optypes.A), optypes.A)},
		func(_ rego.BuiltinContext, arg *ast.Term) (*ast.Term, error) {
			var asked struct {
				Provider string
				Keys     []string
			}
			if err := ast.As(arg.Value, &asked); err != nil || asked.Provider != docs[0]["metadata"].(m)["name"] {
				t.Errorf("%v, %+v", err, asked)
			}
			_, text := b.post(path, encode(t, m{"apiVersion": "externaldata.gatekeeper.sh/v1beta1", "kind": "ProviderRequest", "request": m{"keys": asked.Keys}}))
			var got struct {
				Response struct {
					Items []struct {
						Key, Error string
						Value      any
					}
					SystemError string
				}
			}
			if err := json.Unmarshal(text, &got); err != nil {
				return nil, err
			}
			responses, errors := []any{}, []any{}
			for _, it := range got.Response.Items {
				if it.Error != "" {
					errors = append(errors, []any{it.Key, it.Error})
				} else {
					responses = append(responses, []any{it.Key, it.Value})
				}
			}
			v, err := ast.InterfaceToValue(m{"responses": responses, "errors": errors, "status_code": 200, "system_error": got.Response.SystemError})
			return ast.NewTerm(v), err
		})
	violations := func(object m) string {
		t.Helper()
		rs, err := rego.New(external, rego.Query("data.assizeallowed.violation"), rego.Module("t.rego", template), rego.SetRegoVersion(ast.RegoV0),
			rego.Input(m{"review": m{"namespace": "scoring", "object": object}})).Eval(t.Context())
		if err != nil || len(rs) != 1 {
			t.Fatalf("%v, %v", err, rs)
		}
		found := rs[0].Expressions[0].Value.([]any)
		if len(found) == 0 {
			return ""
		}
		return string(encode(t, found))
	}
	if v := violations(pod(image("scorer"))); v != "" {
		t.Errorf("a good image: %s", v)
	}
	if v := violations(pod(image("scorer"), image("poor"))); !strings.Contains(v, "EVL-01") || strings.Contains(v, "scorer@") {
		t.Errorf("a poor image: %s", v)
	}
	if v := violations(pod("127.0.0.1:1/nobody/there:1")); !strings.Contains(v, "not judged") {
		t.Errorf("a registry that does not answer: %s", v)
	}
}
