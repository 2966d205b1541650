package deploy

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"sigs.k8s.io/yaml"
)

//go:embed helm/assize/Chart.yaml helm/assize/values.yaml helm/assize/values.schema.json all:helm/assize/templates
var files embed.FS

const chartDir = "helm/assize"

// ErrValues: the values are not what the chart takes.
var ErrValues = errors.New("values")

// Release names an installation.
type Release struct {
	Name, Namespace string
}

// Manifest is what one template wrote.
type Manifest struct {
	Template string // assize/templates/deployment.yaml, as Helm calls it
	Text     []byte
}

// Render gives the objects of an installation with values over the chart's own; later
// ones win, maps are merged, null takes a default away. The manifests come in the order
// of their names. A template that writes nothing but blanks is left out.
func Render(r Release, values ...map[string]any) ([]Manifest, error) {
	if r.Name == "" || r.Namespace == "" {
		return nil, fmt.Errorf("%w: a release needs a name and a namespace", ErrValues)
	}
	merged, err := readValues("values.yaml", mustRead("values.yaml"))
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		merged = merge(merged, v)
	}
	if err := check(merged); err != nil {
		return nil, err
	}
	var chart map[string]any
	if err := yaml.Unmarshal(mustRead("Chart.yaml"), &chart); err != nil {
		return nil, err
	}
	return execute(map[string]any{
		"Values":  merged,
		"Release": map[string]any{"Name": r.Name, "Namespace": r.Namespace, "Service": "assize"},
		"Chart":   map[string]any{"Name": chart["name"], "Version": chart["version"], "AppVersion": chart["appVersion"]},
	})
}

// ParseValues reads a file of values.
func ParseValues(name string, text []byte) (map[string]any, error) {
	if len(text) > MaxValues {
		return nil, fmt.Errorf("%w: %s: more than %d bytes, which is the bound", ErrValues, name, MaxValues)
	}
	return readValues(name, text)
}

func readValues(name string, text []byte) (map[string]any, error) {
	var v map[string]any
	number := func(d *json.Decoder) *json.Decoder { d.UseNumber(); return d }
	if err := yaml.UnmarshalStrict(text, &v, number); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrValues, name, err)
	}
	if deeper(v, MaxDepth) {
		return nil, fmt.Errorf("%w: %s: nested deeper than %d", ErrValues, name, MaxDepth)
	}
	for k := range v {
		v[k] = numbers(v[k])
	}
	return v, nil
}

// numbers are int64 where they are whole, for a zero must be false to a template.
func numbers(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k := range t {
			t[k] = numbers(t[k])
		}
	case []any:
		for i := range t {
			t[i] = numbers(t[i])
		}
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n
		}
		if f, err := t.Float64(); err == nil {
			return f
		}
	}
	return v
}

func deeper(v any, than int) bool {
	if than < 0 {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			if deeper(e, than-1) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return deeper(e, than-1) })
	}
	return false
}

// merge lays values over others without changing either.
func merge(under, over map[string]any) map[string]any {
	out := make(map[string]any, len(under))
	for k, v := range under {
		out[k] = v
	}
	for k, v := range over {
		a, aok := out[k].(map[string]any)
		b, bok := v.(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case aok && bok:
			out[k] = merge(a, b)
		default:
			out[k] = v
		}
	}
	return out
}

// check holds values against the schema of the chart and names every fault.
func check(values map[string]any) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(mustRead("values.schema.json")))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("values.schema.json", doc); err != nil {
		return err
	}
	schema, err := c.Compile("values.schema.json")
	if err != nil {
		return err
	}
	var fault *jsonschema.ValidationError
	if err := schema.Validate(any(values)); !errors.As(err, &fault) {
		return err
	}
	var faults []error
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) == 0 {
			at := strings.Join(e.InstanceLocation, ".")
			faults = append(faults, fmt.Errorf("%w: %s: %s", ErrValues, cmp.Or(at, "(top)"), e.ErrorKind.LocalizedString(message.NewPrinter(language.English))))
		}
	}
	walk(fault)
	return errors.Join(faults...)
}

// execute runs the templates.
func execute(top map[string]any) ([]Manifest, error) {
	names, err := fs.Glob(files, chartDir+"/templates/*")
	if err != nil {
		return nil, err
	}
	set := template.New("assize").Option("missingkey=error")
	fns := functions()
	fns["include"] = func(name string, data any) (string, error) {
		var b strings.Builder
		err := set.ExecuteTemplate(&b, name, data)
		return b.String(), err
	}
	set.Funcs(fns)
	var out []Manifest
	for _, file := range names {
		name := "assize/" + strings.TrimPrefix(file, chartDir+"/")
		text, err := files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if _, err := set.New(name).Parse(string(text)); err != nil {
			return nil, err
		}
		if path.Ext(file) == ".yaml" {
			out = append(out, Manifest{Template: name})
		}
	}
	for i := range out {
		top["Template"] = map[string]any{"Name": out[i].Template, "BasePath": "assize/templates"}
		b := &bounded{left: MaxRendered}
		if err := set.ExecuteTemplate(b, out[i].Template, top); err != nil {
			if errors.Is(err, errFail) { // the template's own words, without its place
				_, why, _ := strings.Cut(err.Error(), errFail.Error()+": ")
				return nil, fmt.Errorf("%w: %s", ErrValues, why)
			}
			return nil, fmt.Errorf("render: %w", err)
		}
		out[i].Text = b.Bytes()
	}
	return slices.DeleteFunc(out, func(m Manifest) bool { return len(bytes.TrimSpace(m.Text)) == 0 }), nil
}

// bounded holds what a template writes.
type bounded struct {
	bytes.Buffer
	left int
}

var _ io.Writer = (*bounded)(nil)

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("more than %d bytes, which is the bound", MaxRendered)
	}
	return b.Buffer.Write(p)
}

// mustRead reads a file that was compiled in.
func mustRead(name string) []byte {
	b, err := files.ReadFile(chartDir + "/" + name)
	if err != nil {
		panic(err) // the build lost a file
	}
	return b
}

// Defaults is the file of the chart's own values, with what each does.
func Defaults() []byte { return mustRead("values.yaml") }
