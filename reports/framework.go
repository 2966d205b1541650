package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/assize-dev/assize/policy"
)

// ErrFramework: a framework file cannot be read.
var ErrFramework = policy.ErrFramework

// readBooks reads all framework files and digests them, in the order of names.
func readBooks(fsys fs.FS) ([]policy.Framework, string, error) {
	if fsys == nil {
		return nil, "", nil
	}
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, "", err
	}
	if len(names) > MaxFrameworks {
		return nil, "", fmt.Errorf("%w: %d files, the bound is %d; join some", ErrFramework, len(names), MaxFrameworks)
	}
	sum := sha256.New()
	var out []policy.Framework
	for _, name := range names {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, "", err
		}
		raw, err := io.ReadAll(io.LimitReader(f, MaxFramework+1))
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, "", fmt.Errorf("read %s: %w", name, err)
		}
		if len(raw) > MaxFramework {
			return nil, "", fmt.Errorf("%w: %s: more than %d bytes; split it", ErrFramework, name, MaxFramework)
		}
		b, err := policy.ParseFramework(raw)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(sum, "%s\n%d\n", name, len(raw))
		sum.Write(raw)
		out = append(out, b)
	}
	return out, "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

// frameworks arranges the findings by the controls their rules serve.
func (b *builder) frameworks(context.Context) error {
	books, digest, err := readBooks(b.cfg.Frameworks)
	if err != nil {
		return err
	}
	b.report.Rules.Frameworks = digest
	controls := map[string]*Control{}
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		for _, id := range f.Controls {
			if controls[id] == nil {
				controls[id] = &Control{ID: id}
			}
			controls[id].take(f)
		}
	}
	byFramework := map[string]*Framework{}
	for id, c := range controls {
		c.settle(b.report)
		name, _, _ := strings.Cut(id, "/")
		if byFramework[name] == nil {
			byFramework[name] = &Framework{ID: name}
		}
		byFramework[name].Controls = append(byFramework[name].Controls, *c)
	}
	for _, book := range books {
		f := byFramework[book.ID]
		if f != nil {
			f.Title, f.Version = book.Title, book.Version
		}
		for n, text := range book.Controls {
			id := book.ID + "/" + text.ID
			if controls[id] == nil {
				b.report.Limits.Controls = append(b.report.Limits.Controls, id)
				continue
			}
			i := slices.IndexFunc(f.Controls, func(c Control) bool { return c.ID == id })
			f.Controls[i].Text, f.Controls[i].Provision, f.Controls[i].order = text.Text, text.Provision, n-len(book.Controls)
		}
	}
	for _, f := range byFramework {
		slices.SortFunc(f.Controls, func(x, y Control) int {
			if x.order != y.order {
				return x.order - y.order // as the framework's own file has them
			}
			return strings.Compare(x.ID, y.ID)
		})
		b.report.Frameworks = append(b.report.Frameworks, *f)
	}
	slices.SortFunc(b.report.Frameworks, func(x, y Framework) int { return strings.Compare(x.ID, y.ID) })
	return nil
}

func (c *Control) take(f *Finding) {
	c.Count.add(&f.Finding)
	c.Findings = append(c.Findings, f.ID)
	if !slices.Contains(c.Rules, f.Rule) {
		c.Rules = append(c.Rules, f.Rule)
	}
	for _, index := range f.Cites() {
		if !slices.Contains(c.Evidence, index) {
			c.Evidence = append(c.Evidence, index)
		}
	}
}

// settle takes the worst status of the control's findings.
func (c *Control) settle(r *Report) {
	slices.Sort(c.Rules)
	slices.Sort(c.Evidence)
	worst := policy.StatusNotApplicable
	for _, id := range c.Findings {
		if f := r.Finding(id); statusRank(f.Status) < statusRank(worst) {
			worst = f.Status
		}
	}
	c.Status = string(worst)
}
