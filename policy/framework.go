package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// ErrFramework: a framework file cannot be read.
var ErrFramework = errors.New("malformed framework file")

// Framework is a law, standard or guidance whose requirements rules name, in our
// own words. Rules and requirements relate many to many; a requirement no rule
// serves stays listed.
type Framework struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Version  string    `json:"version"`
	Source   string    `json:"source"`
	Controls []Control `json:"controls"`
}

// Control is one requirement of a framework. A rule names it as FRAMEWORK/ID.
type Control struct {
	ID        string   `json:"id"`
	Text      string   `json:"text"`
	Provision string   `json:"provision"`
	Crosswalk []string `json:"crosswalk,omitempty"` // controls of other frameworks that say the same, or stand in its place
}

// ParseFramework reads one framework document: v, id, title, version, source and
// controls with id, text, provision and, optionally, crosswalk. Every fault wraps
// ErrFramework.
func ParseFramework(text []byte) (Framework, error) {
	f, err := parseFramework(text)
	if err != nil {
		return Framework{}, fmt.Errorf("%w: %w", ErrFramework, err)
	}
	return f, nil
}

func parseFramework(text []byte) (Framework, error) {
	if len(text) > maxFramework {
		return Framework{}, fmt.Errorf("%d bytes are more than %d; split it", len(text), maxFramework)
	}
	tree, err := readDocument(text)
	if err != nil {
		return Framework{}, err
	}
	var fault error
	root := member{"$", tree, true, &fault}.object("v", "id", "title", "version", "source", "controls")
	root["v"].required().integer(1, 1)
	f := Framework{ID: root["id"].required().text(), Title: root["title"].required().text(), Version: root["version"].required().text(), Source: root["source"].required().text()}
	if !plainName.MatchString(f.ID) {
		root["id"].refuse("%q is no name of a framework; want letters, digits and hyphens, without a slash", clip(f.ID))
	}
	seen := map[string]bool{}
	for _, m := range root["controls"].required().elements() {
		o := m.object("id", "text", "provision", "crosswalk")
		c := Control{ID: o["id"].required().text(), Text: o["text"].required().text(), Provision: o["provision"].required().text()}
		if c.ID == "" || c.Text == "" || c.Provision == "" || strings.Contains(c.ID, "/") {
			m.refuse("want an id without a slash, a text and a provision")
		}
		if seen[c.ID] {
			o["id"].refuse("control %q is there twice", clip(c.ID))
		}
		seen[c.ID] = true
		if o["crosswalk"].there {
			c.Crosswalk = o["crosswalk"].texts("control FRAMEWORK/ID", func(s string) bool {
				framework, id, ok := strings.Cut(s, "/")
				return ok && framework != "" && id != ""
			})
		}
		f.Controls = append(f.Controls, c)
	}
	if len(f.Controls) == 0 {
		root["controls"].refuse("no control")
	}
	return f, fault
}

// ReadFrameworks reads every *.yaml of a directory, in the order of names.
func ReadFrameworks(fsys fs.FS) ([]Framework, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Framework
	for _, name := range names {
		f, err := readFramework(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if f.ID+".yaml" != name {
			return nil, fmt.Errorf("%s: %w: it calls itself %q; want %s.yaml", name, ErrFramework, f.ID, f.ID)
		}
		out = append(out, f)
	}
	return out, nil
}

func readFramework(fsys fs.FS, name string) (f Framework, err error) {
	file, err := fsys.Open(name)
	if err != nil {
		return Framework{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err := io.ReadAll(io.LimitReader(file, maxFramework+1))
	if err != nil {
		return Framework{}, fmt.Errorf("read: %w", err)
	}
	return ParseFramework(text)
}

// Mapping is a framework against the rules of a set, both ways.
type Mapping struct {
	Framework Framework `json:"framework"`
	// Rules are the rules that serve each control, in the order of the framework's
	// controls; none is a requirement without a rule.
	Rules [][]*Rule `json:"-"`
	// Without are the rules that serve no control of the framework.
	Without []*Rule `json:"-"`
	// Unknown are controls of this framework that rules name and it does not have.
	Unknown []string `json:"-"`
}

// Map holds a framework against rules.
func (f Framework) Map(rules []*Rule) Mapping {
	m := Mapping{Framework: f, Rules: make([][]*Rule, len(f.Controls))}
	for _, r := range rules {
		serves := false
		for _, name := range r.Controls {
			id, ok := strings.CutPrefix(name, f.ID+"/")
			if !ok {
				continue
			}
			serves = true
			if i := slices.IndexFunc(f.Controls, func(c Control) bool { return c.ID == id }); i >= 0 {
				m.Rules[i] = append(m.Rules[i], r)
			} else if !slices.Contains(m.Unknown, name) {
				m.Unknown = append(m.Unknown, name)
			}
		}
		if !serves {
			m.Without = append(m.Without, r)
		}
	}
	slices.Sort(m.Unknown)
	return m
}
