package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/deploy"
	"github.com/assize-dev/assize/policy"
)

// block is a fenced block of a page. What stands behind the language on its first
// line says what to do with it:
//
//	sh             run; exit=N: it is one command that exits with N
//	sh service     one command that stays up; later blocks talk to it
//	sh cluster     commands of helm, kubectl and docker, which are read and not run:
//	               files and charts they name are there
//	text           output of the block before, or of the service: these lines, in
//	               this order. A line "..." stands for any lines, "…" for any text
//	               within a line
//	yaml trust, yaml parameters, yaml fixtures, yaml config, yaml ci, yaml values
//	rego, json, go; rego foreign: declares a policy of another tool, which lies beside it
//	file=PATH      the reader writes the block to that file; so does the test
type block struct {
	line  int
	lang  string
	words []string
	exit  int
	file  string
	text  string
}

func (b block) is(word string) bool { return slices.Contains(b.words, word) }

var repository = filepath.Join("..", "..")

// pages of the documentation, by path below the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(repository, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range append(paths, filepath.Join(repository, "README.md")) {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(repository, p)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(name)] = string(text)
	}
	return out
}

// page reads one.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pagePattern finds the pages of a service that prose tells people to open.
var pagePattern = regexp.MustCompile(`http://` + regexp.QuoteMeta(defaultListen) + `[^\s` + "`" + `>)]*`)

// blocks are those of a page, and the pages its prose sends people to.
func blocks(text string) ([]block, error) {
	var out []block
	var open *block
	for i, line := range strings.Split(text, "\n") {
		info, fence := strings.CutPrefix(strings.TrimLeft(line, " "), "```")
		switch {
		case open == nil && fence:
			words := strings.Fields(info)
			if len(words) == 0 {
				return nil, fmt.Errorf("line %d: a block without a language", i+1)
			}
			open = &block{line: i + 1, lang: words[0]}
			for _, w := range words[1:] {
				if n, ok := strings.CutPrefix(w, "exit="); ok {
					if _, err := fmt.Sscan(n, &open.exit); err != nil {
						return nil, fmt.Errorf("line %d: %s: %w", i+1, w, err)
					}
				} else if f, ok := strings.CutPrefix(w, "file="); ok {
					open.file = f
				} else {
					open.words = append(open.words, w)
				}
			}
		case open != nil && strings.TrimSpace(line) == "```":
			out, open = append(out, *open), nil
		case open != nil:
			open.text += line + "\n"
		default:
			for _, url := range pagePattern.FindAllString(line, -1) {
				out = append(out, block{line: i + 1, lang: "page", text: url})
			}
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block does not end", open.line)
	}
	return out, nil
}

// TestDocs runs every snippet of README.md and docs/. If this fails, what we tell
// people to type does not do what we say.
func TestDocs(t *testing.T) {
	for name, text := range pages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bs, err := blocks(text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			r := newReader(t)
			for _, b := range bs {
				if err := r.follow(b); err != nil {
					t.Fatalf("%s:%d: %v\n%s", name, b.line, err, b.text)
				}
			}
		})
	}
}

// follow does with a block what a reader would.
func (r *reader) follow(b block) error {
	var err error
	switch b.lang {
	case "sh":
		if b.is("cluster") {
			return r.cluster(b)
		}
		if len(b.words) > 1 || len(b.words) == 1 && !b.is("service") || b.file != "" {
			return fmt.Errorf("a sh block takes exit=N or service, not %v", b.words)
		}
		if b.is("service") {
			return r.serve(b)
		}
		return r.run(b)
	case "text":
		return r.printed(b)
	case "page":
		return r.visit(b.text)
	case "yaml":
		err = checkYAML(b)
	case "json":
		_, err = attest.ParseJSON([]byte(b.text))
	case "rego":
		err = checkRego(b)
	case "go":
		return r.goProgram(b)
	default:
		return fmt.Errorf("nobody checks a block in the language %q", b.lang)
	}
	if err != nil || b.file == "" {
		return err
	}
	return r.write(b)
}

func checkRego(b block) error {
	file := b.file
	if file == "" {
		file = "rule.rego"
	}
	if strings.HasSuffix(file, "_test.rego") || b.is("foreign") {
		_, err := policy.Format(file, []byte(b.text)) // parsed here, run by `assize policy test` or `check`
		return err
	}
	_, err := policy.LoadSet(fstest.MapFS{file: {Data: []byte(b.text)}})
	return err
}

func checkYAML(b block) error {
	switch {
	case b.is("trust"):
		_, err := attest.ParseTrust([]byte(b.text))
		return err
	case b.is("parameters"):
		p, err := policy.ParseParameters([]byte(b.text))
		if err != nil {
			return err
		}
		rules, err := builtinRules()
		if err != nil {
			return err
		}
		return p.Check(rules)
	case b.is("fixtures"):
		var v any
		return yaml.Unmarshal([]byte(b.text), &v) // judged by `assize policy test`
	case b.is("config"):
		f, err := os.CreateTemp("", "assize-config-")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		if _, err := f.WriteString(b.text); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		if _, err := readConfig(f.Name(), known(rootCommand())); err != nil {
			return err
		}
		_, err = admission.ParseConfig([]byte(b.text))
		return err
	case b.is("ci"):
		return checkPipeline(b.text)
	case b.is("values"):
		_, err := deploy.ParseValues("values", []byte(b.text)) // held against the chart by `assize admission manifests`
		return err
	}
	return fmt.Errorf("a yaml block says what it is: trust, parameters, fixtures, config, ci or values")
}

// checkPipeline reads a pipeline of GitHub Actions or GitLab and holds every
// assize command line in it against the program: verb, flags, arguments.
func checkPipeline(text string) error {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	var scripts []string
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			scripts = append(scripts, n.Value)
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&doc)
	checked := 0
	for _, s := range scripts {
		for line := range strings.Lines(strings.ReplaceAll(s, "\\\n", " ")) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "assize ") {
				continue
			}
			if err := checkCommand(line); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
			checked++
		}
	}
	if checked == 0 {
		return fmt.Errorf("no assize command in it")
	}
	return nil
}

// rootCommand is the program's command tree.
func rootCommand() *cobra.Command {
	return (&app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: time.Now, sources: map[string]source{}}).root()
}

// words of a command line: blanks separate, quotes hold together.
var wordPattern = regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s"'])+`)

func checkCommand(line string) error {
	args := wordPattern.FindAllString(line, -1)
	for i := range args {
		args[i] = strings.NewReplacer(`"`, "", `'`, "").Replace(args[i])
	}
	if at := slices.IndexFunc(args, func(a string) bool { return slices.Contains([]string{"|", "||", "&&", ";", ">"}, a) }); at >= 0 {
		args = args[:at]
	}
	cmd, rest, err := rootCommand().Find(args[1:])
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if args := cmd.Flags().Args(); !cmd.HasParent() || cmd.Args == nil && len(args) > 0 {
		return fmt.Errorf("%s has no verb %v", cmd.CommandPath(), args)
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// linkPattern finds the targets of links.
var linkPattern = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestDocsLinks: a link within the repository leads somewhere.
func TestDocsLinks(t *testing.T) {
	all := pages(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, m := range linkPattern.FindAllStringSubmatch(all[name], -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			to := name
			if target != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
				if _, err := os.Stat(filepath.Join(repository, to)); err != nil {
					t.Errorf("%s: link to %s: %v", name, m[1], err)
					continue
				}
			}
			if anchor != "" && !slices.Contains(anchors(all[to]), anchor) {
				t.Errorf("%s: link to %s: no such heading, there are %v", name, m[1], anchors(all[to]))
			}
		}
	}
}

// anchors of the headings of a page, as the usual renderers make them.
func anchors(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			title = regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			out = append(out, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return out
}

// TestDocsAreHeld: the checks above notice what they are there for.
func TestDocsAreHeld(t *testing.T) {
	for name, text := range map[string]string{
		"no language":        "```\nassize version\n```\n",
		"unknown language":   "```ruby\nputs 1\n```\n",
		"open block":         "```sh\nassize version\n",
		"exit code":          "```sh exit=2\nassize version\n```\n",
		"two commands":       "```sh exit=2\ntrue\nassize trust check nowhere\n```\n",
		"no such flag":       "```sh\nassize version --nowhere\n```\n",
		"other output":       "```sh\nassize version\n```\n```text\nnobody prints this\n```\n",
		"trust typo":         "```yaml trust\nv: 1\nsigner: []\n```\n",
		"unknown rule":       "```yaml parameters\nv: 1\nthresholds: {}\ngates: [{environment: e, systems: [\"*\"], actions: [train], rules: [NO-01], blocks: []}]\n```\n",
		"unknown yaml":       "```yaml\nv: 1\n```\n",
		"no such scope":      "```yaml config\nadmission: {scope: []}\n```\n",
		"no such setting":    "```yaml config\nlisten-to: 1\n```\n",
		"pipeline, flag":     "```yaml ci\nscript: [assize submit x --nowhere]\n```\n",
		"pipeline, verb":     "```yaml ci\nscript: [assize ship x]\n```\n",
		"pipeline, subverb":  "```yaml ci\nscript: [assize verify nothing x]\n```\n",
		"pipeline, argument": "```yaml ci\nscript: [assize submit]\n```\n",
		"pipeline, none":     "```yaml ci\nscript: [make]\n```\n",
		"json":               "```json\n{\"a\": 1, \"a\": 2}\n```\n",
		"cluster, values":    "```sh cluster\nhelm install a deploy/helm/assize --values nowhere.yaml\n```\n",
		"cluster, chart":     "```sh cluster\nhelm install a deploy/helm/nowhere\n```\n",
		"cluster, other":     "```sh cluster\nassize version\n```\n",
		"values":             "```yaml values\na: 1\na: 2\n```\n",
		"values, schema":     "```yaml values file=v.yaml\nreplica: 1\n```\n```sh cluster\nhelm install a deploy/helm/assize --values v.yaml\n```\n",
		"rego":               "```rego\npackage x\n```\n",
		"page, no service":   "Open http://127.0.0.1:8710/decisions.\n",
		"missing page":       "```sh service\nassize serve\n```\nOpen http://127.0.0.1:8710/nowhere now.\n",
		"go":                 "```go\npackage main\n\nfunc main() { nowhere() }\n```\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bs, err := blocks(text)
			r := newReader(t)
			for i := 0; i < len(bs) && err == nil; i++ {
				err = r.follow(bs[i])
			}
			if err == nil {
				t.Errorf("passes:\n%s", text)
			}
		})
	}
}
