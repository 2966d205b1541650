package policy

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing/fstest"
	"unicode/utf8"

	"github.com/assize-dev/assize/attest"
)

// Set is a checked, compiled set of rules. It is immutable and safe for
// concurrent use.
type Set struct {
	sources map[string]string // path -> source of rule and library files
	archive []byte
	digest  string
	rules   []*Rule // by id
	byID    map[string]*Rule
	limits  Limits
}

// LoadSet reads every .rego file of fsys except tests (*_test.rego), checks
// and compiles them. The error lists every fault with file and line, wraps
// ErrRuleSet, or ErrNoRules when there is no rule at all.
//
// checked are digests of sets that were checked before, such as the one that comes with
// the program was when the program was tested; what only checks them is left out, which
// is half of the time.
func LoadSet(fsys fs.FS, checked ...string) (*Set, error) { return loadSet(fsys, toJudge, checked) }

func loadSet(fsys fs.FS, as form, checked []string) (*Set, error) {
	sources, err := readSources(fsys, func(name string) bool { return !strings.HasSuffix(name, "_test.rego") })
	if err != nil {
		return nil, err
	}
	manifest, err := readManifest(fsys)
	if err != nil {
		return nil, err
	}
	s, err := newSet(sources, as, checked)
	if err != nil {
		return nil, err
	}
	if err := faultError(manifest.holds(s.packages(), false)); err != nil {
		return nil, err
	}
	return s, nil
}

// packages are the packages of the files of a set.
func (s *Set) packages() map[string]string {
	out := map[string]string{}
	for _, c := range s.compiled() {
		for file, m := range c.compiler.Modules {
			out[file] = packageName(m)
		}
	}
	return out
}

// compiled are the groups the set was compiled in.
func (s *Set) compiled() []*compiled {
	var out []*compiled
	for _, r := range s.rules {
		if !slices.Contains(out, r.set) {
			out = append(out, r.set)
		}
	}
	return out
}

// LoadArchive is LoadSet from the bytes of Archive.
func LoadArchive(archive []byte, checked ...string) (*Set, error) {
	if len(archive) > 2*maxSetSource {
		return nil, fmt.Errorf("%w: archive of %d bytes is larger than %d", ErrRuleSet, len(archive), 2*maxSetSource)
	}
	v, err := attest.ParseJSON(archive)
	if err != nil {
		return nil, fmt.Errorf("%w: archive: %w", ErrRuleSet, err)
	}
	members, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: archive is no JSON object of path to source", ErrRuleSet)
	}
	fsys := make(fstest.MapFS, len(members))
	for name, source := range members {
		text, ok := source.(string)
		if !ok || !fs.ValidPath(name) || name == "." || !strings.HasSuffix(name, ".rego") || strings.HasSuffix(name, "_test.rego") {
			return nil, fmt.Errorf("%w: archive member %q is no rule file", ErrRuleSet, clip(name))
		}
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := LoadSet(fsys, checked...)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(s.archive, archive) {
		return nil, fmt.Errorf("%w: archive is not canonical JSON; its digest would name other bytes", ErrRuleSet)
	}
	return s, nil
}

func newSet(sources map[string]string, as form, checked []string) (*Set, error) {
	archive, err := attest.CanonicalJSON(sources)
	if err != nil {
		return nil, fmt.Errorf("%w: archive: %w", ErrRuleSet, err)
	}
	sum := sha256.Sum256(archive)
	s := &Set{sources: sources, archive: archive, digest: "sha256:" + hex.EncodeToString(sum[:]), limits: DefaultLimits()}
	if slices.Contains(checked, s.digest) {
		as = asChecked
	}
	if s.rules, err = compileRules(sources, as); err != nil {
		return nil, err
	}
	s.byID = make(map[string]*Rule, len(s.rules))
	for _, r := range s.rules {
		s.byID[r.ID] = r
	}
	return s, nil
}

// Bounded returns the set with other limits per evaluation; zero members keep
// their default.
func (s *Set) Bounded(l Limits) *Set {
	c := *s
	c.limits = l.orDefault()
	return &c
}

// Digest is "sha256:" of Archive.
func (s *Set) Digest() string { return s.digest }

// Archive is canonical JSON {path: source} of the rule and library files.
func (s *Set) Archive() []byte { return bytes.Clone(s.archive) }

// Sources returns path and source of every rule and library file.
func (s *Set) Sources() map[string]string { return maps.Clone(s.sources) }

// Rules returns the rules, sorted by id.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// Rule returns the rule of the id.
func (s *Set) Rule(id string) (*Rule, bool) {
	r, ok := s.byID[id]
	return r, ok
}

// Packs returns the names of the packs, sorted.
func (s *Set) Packs() []string {
	var packs []string
	for _, r := range s.rules {
		packs = append(packs, r.Pack)
	}
	slices.Sort(packs)
	return slices.Compact(packs)
}

// readSources reads the .rego files a filter keeps.
func readSources(fsys fs.FS, keep func(name string) bool) (map[string]string, error) {
	sources := map[string]string{}
	total := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := path.Base(name); name != "." && strings.HasPrefix(base, ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, regoSuffix) || !keep(name) {
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		total += len(b)
		switch {
		case len(b) > maxRuleSource:
			return fmt.Errorf("%w: %s: %d bytes are more than %d for one file; split it", ErrRuleSet, name, len(b), maxRuleSource)
		case total > maxSetSource:
			return fmt.Errorf("%w: %s: the files together are more than %d bytes; split the set", ErrRuleSet, name, maxSetSource)
		case len(sources) == maxSetFiles:
			return fmt.Errorf("%w: %s: more than %d files; split the set", ErrRuleSet, name, maxSetFiles)
		case !utf8.Valid(b):
			return fmt.Errorf("%w: %s: not UTF-8", ErrRuleSet, name)
		}
		sources[name] = string(b)
		return nil
	})
	if err != nil {
		if errors.Is(err, ErrRuleSet) {
			return nil, err
		}
		return nil, fmt.Errorf("read rule set: %w", err)
	}
	return sources, nil
}

func sortRules(rules []*Rule) {
	slices.SortFunc(rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
}
