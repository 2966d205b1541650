package deploy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"
)

// errFail: a template refused the values.
var errFail = errors.New("values refused")

// functions are those of Helm that the chart uses, with Helm's meaning. include
// belongs to a set of templates and is added by render.
func functions() template.FuncMap {
	return template.FuncMap{
		"default": func(or, v any) any {
			if truth, ok := template.IsTrue(v); ok && truth {
				return v
			}
			return or
		},
		"fail":       func(why string) (string, error) { return "", fmt.Errorf("%w: %s", errFail, why) },
		"nindent":    func(n int, s string) string { return "\n" + indent(n, s) },
		"quote":      func(v any) string { return strconv.Quote(fmt.Sprint(v)) },
		"sha256sum":  func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) },
		"toYaml":     toYAML,
		"toJson":     toJSON,
		"int":        integer,
		"contains":   func(part, s string) bool { return strings.Contains(s, part) },
		"trimSuffix": func(suffix, s string) string { return strings.TrimSuffix(s, suffix) },
		"trunc": func(n int, s string) string {
			if len(s) > n {
				return s[:n]
			}
			return s
		},
	}
}

func indent(n int, s string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(s, "\n", "\n"+pad)
}

func toYAML(v any) (string, error) {
	b, err := yaml.Marshal(v)
	return strings.TrimSuffix(string(b), "\n"), err
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// integer is a number of the values, which are read as JSON.
func integer(v any) (int, error) {
	switch v := v.(type) {
	case int:
		return v, nil
	case int64:
		return int(v), nil
	case float64:
		return int(v), nil
	}
	return 0, fmt.Errorf("%v: want a number", v)
}
