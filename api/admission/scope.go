package admission

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest/oci"
)

// Namespaces tells the labels of namespaces, of those it knows from memory.
type Namespaces interface {
	// Labels of a namespace. An error: nobody knows them now.
	Labels(ctx context.Context, namespace string) (map[string]string, error)
}

// scope is a Scope with its patterns compiled.
type scope struct {
	*Scope
	names, images []*regexp.Regexp
}

func scopes(configured []Scope) ([]scope, error) {
	var out []scope
	for i := range configured {
		s := scope{Scope: &configured[i]}
		for _, set := range []struct {
			from []string
			to   *[]*regexp.Regexp
		}{{s.Namespaces.Names, &s.names}, {s.Images, &s.images}} {
			for _, p := range set.from {
				re, err := pattern(p)
				if err != nil {
					return nil, fmt.Errorf("%w: scopes[%d] (%s): %w", ErrConfig, i, s.Name, err)
				}
				*set.to = append(*set.to, re)
			}
		}
		for _, e := range s.Namespaces.MatchExpressions {
			if bad := e.fault(); bad != "" {
				return nil, fmt.Errorf("%w: scopes[%d] (%s): match_expressions: %s", ErrConfig, i, s.Name, bad)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// pattern compiles one with * (within one element of a path) and ** (anything).
func pattern(p string) (*regexp.Regexp, error) {
	if p == "" || len(p) > MaxReference {
		return nil, fmt.Errorf("pattern %q: want 1 to %d bytes", clip(p), MaxReference)
	}
	var b strings.Builder
	b.WriteString("^")
	for i := 0; i < len(p); {
		switch {
		case strings.HasPrefix(p[i:], "**"):
			b.WriteString(".*")
			i += 2
		case p[i] == '*':
			b.WriteString("[^/]*")
			i++
		default:
			n := strings.IndexByte(p[i:], '*')
			if n < 0 {
				n = len(p) - i
			}
			b.WriteString(regexp.QuoteMeta(p[i : i+n]))
			i += n
		}
	}
	return regexp.Compile(b.String() + "$")
}

func (e Expression) fault() string {
	switch e.Operator {
	case "In", "NotIn":
		if len(e.Values) == 0 {
			return e.Operator + " takes values"
		}
	case "Exists", "DoesNotExist":
		if len(e.Values) > 0 {
			return e.Operator + " takes no values"
		}
	default:
		return fmt.Sprintf("operator %q; want In, NotIn, Exists or DoesNotExist", clip(e.Operator))
	}
	if e.Key == "" {
		return "it needs a key"
	}
	return ""
}

func (e Expression) holds(labels map[string]string) bool {
	v, there := labels[e.Key]
	switch e.Operator {
	case "In":
		return there && slices.Contains(e.Values, v)
	case "NotIn":
		return !there || !slices.Contains(e.Values, v)
	case "Exists":
		return there
	}
	return !there
}

func (s *Selector) labelled() bool { return len(s.MatchLabels)+len(s.MatchExpressions) > 0 }

// inNamespace tells whether a scope speaks of a namespace. labels is asked only
// where a scope selects by them.
func (s scope) inNamespace(namespace string, labels func() (map[string]string, error)) (bool, error) {
	if len(s.names) > 0 && !slices.ContainsFunc(s.names, func(re *regexp.Regexp) bool { return re.MatchString(namespace) }) {
		return false, nil
	}
	if !s.Namespaces.labelled() {
		return true, nil
	}
	have, err := labels()
	if err != nil {
		return false, err
	}
	for k, v := range s.Namespaces.MatchLabels {
		if got, ok := have[k]; !ok || got != v {
			return false, nil
		}
	}
	return !slices.ContainsFunc(s.Namespaces.MatchExpressions, func(e Expression) bool { return !e.holds(have) }), nil
}

// speaksOf tells whether a scope speaks of a reference, however it is written:
// nginx, docker.io/library/nginx:1.27 and both with a digest are one repository.
func (s scope) speaksOf(r reference) bool {
	if len(s.images) == 0 {
		return true
	}
	names := []string{r.text}
	text := r.text
	if image, ok := imageOf(r); ok {
		text = image
	}
	if full, err := oci.FullName(text); err == nil && (r.kind == anImage || text != r.text) {
		names = append(names, repositoryOf(full), full)
		if rest, ok := strings.CutPrefix(full, "index.docker.io/"); ok {
			names = append(names, repositoryOf("docker.io/"+rest), "docker.io/"+rest)
		}
	}
	return slices.ContainsFunc(s.images, func(re *regexp.Regexp) bool { return slices.ContainsFunc(names, re.MatchString) })
}

// repositoryOf is a full name without tag and digest.
func repositoryOf(full string) string {
	full, _, _ = strings.Cut(full, "@")
	if colon := strings.LastIndexByte(full, ':'); colon > strings.LastIndexByte(full, '/') {
		full = full[:colon]
	}
	return full
}

// imageOf is the image that a reference is or that a location names.
func imageOf(r reference) (string, bool) {
	if r.kind == anImage {
		return r.text, true
	}
	return strings.CutPrefix(r.text, "oci://")
}
