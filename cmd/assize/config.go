package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
)

// source is where a flag's value came from; the greater wins.
type source int

const (
	fromDefault source = iota
	fromFile
	fromEnv
	fromFlag
)

// configure fills flags that were not given from the environment, then from the
// file that --config or ASSIZE_CONFIG names.
func (a *app) configure(cmd *cobra.Command, lookup func(string) (string, bool)) error {
	path, named := "", "--config"
	if f := cmd.Flags().Lookup("config"); f != nil && f.Changed {
		path = f.Value.String()
	} else if v, ok := lookup("ASSIZE_CONFIG"); ok {
		path, named = v, "ASSIZE_CONFIG"
	}
	file := map[string][]string{}
	if a.configFile = path; path != "" {
		var err error
		if file, err = readConfig(path, known(cmd.Root())); err != nil {
			return usage("%s: %w", named, err)
		}
	}
	var faults []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Name == "config" || f.Name == "help":
			return
		case f.Changed:
			a.sources[f.Name] = fromFlag
			return
		}
		env := envName(f.Name)
		if v, ok := lookup(env); ok {
			if err := f.Value.Set(v); err != nil {
				faults = append(faults, fmt.Errorf("environment: %s=%q: %w", env, v, err))
			}
			a.sources[f.Name] = fromEnv
			return
		}
		for _, v := range file[f.Name] {
			if err := f.Value.Set(v); err != nil {
				faults = append(faults, fmt.Errorf("%s: %s: %q: %w", path, f.Name, v, err))
			}
			a.sources[f.Name] = fromFile
		}
	})
	if err := errors.Join(faults...); err != nil {
		return usage("%w", err)
	}
	return nil
}

// envName of a flag.
func envName(flag string) string {
	return "ASSIZE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// given reports whether somebody set the flag, and how strongly.
func (a *app) given(flag string) source { return a.sources[flag] }

// known lists the flags of all verbs: a file may serve several of them.
func known(root *cobra.Command) []string {
	var out []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) { out = append(out, f.Name) })
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(root)
	slices.Sort(out)
	return slices.Compact(out)
}

// sections of a configuration file are no flags; the verb they are for reads them.
var sections = []string{"admission"}

// readConfig reads flag values: a mapping of flag names to a scalar, or to a list
// for flags that repeat.
func readConfig(path string, known []string) (map[string][]string, error) {
	text, err := readBounded(path, maxConfig)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := map[string][]string{}
	if doc.Kind == 0 {
		return out, nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: line %d: want a mapping of flag names to values", path, top.Line)
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		name, value := top.Content[i], top.Content[i+1]
		if slices.Contains(sections, name.Value) {
			continue
		}
		if !slices.Contains(known, name.Value) || name.Value == "config" || name.Value == "help" {
			return nil, fmt.Errorf("%s: line %d: no verb has a flag %q; see `assize help VERB`", path, name.Line, name.Value)
		}
		if _, twice := out[name.Value]; twice {
			return nil, fmt.Errorf("%s: line %d: %s is set twice", path, name.Line, name.Value)
		}
		items := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			items = value.Content
		}
		out[name.Value] = []string{}
		for _, item := range items {
			if item.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("%s: line %d: %s: want a value or a list of values", path, item.Line, name.Value)
			}
			out[name.Value] = append(out[name.Value], item.Value)
		}
	}
	return out, nil
}

// readBounded reads a file, or a stream such as a pipe, of at most so many bytes.
func readBounded(path string, bound int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a directory, want a file", path)
	}
	return readAll(path, f, bound)
}

func readAll(name string, r io.Reader, bound int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, bound+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(b)) > bound {
		return nil, fmt.Errorf("%s: more than %d bytes, which is the bound", name, bound)
	}
	return b, nil
}

// read reads a file named on the command line; "-" is standard input.
func (a *app) read(path string, bound int64) ([]byte, error) {
	if path == "-" {
		return readAll("standard input", a.stdin, bound)
	}
	return readBounded(path, bound)
}
