package evidence

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// Surveyed is a system with its models and, of each type asked for, the newest
// statement that counts.
type Surveyed struct {
	System  string
	Profile *Item
	Models  []SurveyedModel
	// Newest is about the system itself, by short name of the type.
	Newest map[string]*Item
}

// SurveyedModel is a model of a system.
type SurveyedModel struct {
	Member
	Newest map[string]*Item // about the model, by short name of the type
}

// Survey goes through every system that a profile which counts describes, on every
// processor, and lists what part makes of each in the order of their URIs: a system
// is let go of as soon as its part is made, so that memory holds parts and not
// statements. about are short names of types whose newest statement about each model,
// and of the others about each system, is wanted. done is told how far it is; it may
// be nil. Erased and revoked statements, and those of strangers, never count here
// either.
func Survey[T any](ctx context.Context, x *Index, trust *attest.Trust, about []string, part func(context.Context, Surveyed) (T, error), done func(systems, all uint64)) ([]T, error) {
	profiles, err := profiled(ctx, x, trust)
	if err != nil {
		return nil, err
	}
	uris := slices.Sorted(maps.Keys(profiles))
	out := make([]*T, len(uris))
	finished := 0
	var mu sync.Mutex
	err = each(ctx, len(uris), func(ctx context.Context, n int) error {
		s, err := surveyOne(ctx, x, trust, uris[n], profiles[uris[n]], about)
		if err == nil && s.Profile != nil {
			out[n] = new(T)
			*out[n], err = part(ctx, s)
		}
		if err != nil {
			return fmt.Errorf("survey %s: %w", uris[n], err)
		}
		mu.Lock()
		defer mu.Unlock()
		if finished++; done != nil {
			done(uint64(finished), uint64(len(uris)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	parts := make([]T, 0, len(out))
	for _, p := range out {
		if p != nil {
			parts = append(parts, *p)
		}
	}
	return parts, nil
}

// each calls fn for 0 to n-1 on every processor; the first error ends it.
func each(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return fn(ctx, i)
		})
	}
	return g.Wait()
}

// profiled groups the readable profiles by the systems they are about. Whether one
// counts is for surveyOne to say.
func profiled(ctx context.Context, x *Index, trust *attest.Trust) (map[string][]*Item, error) {
	found := x.OfType(attest.TypeURI("system-profile"))
	items := make([]*Item, len(found))
	err := each(ctx, len(found), func(ctx context.Context, i int) (err error) {
		items[i], err = load(ctx, NewReading(x, x.Size()), nil, trust, found[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	out := map[string][]*Item{}
	for _, it := range items {
		for _, s := range it.Facts.Systems {
			if it.State == OK && it.About(attest.RefOf(s)) {
				out[s] = append(out[s], it)
			}
		}
	}
	return out, nil
}

func surveyOne(ctx context.Context, x *Index, trust *attest.Trust, system string, profiles []*Item, about []string) (Surveyed, error) {
	g := &gatherer{r: NewReading(x, x.Size()), trust: trust, q: Query{System: system}, loaded: map[uint64]*Item{}}
	for _, p := range profiles {
		g.loaded[p.Index] = p
	}
	out := Surveyed{System: system, Newest: map[string]*Item{}}
	var err error
	if out.Profile, err = g.newest(ctx, x, attest.RefOf(system), "system-profile"); err != nil || out.Profile == nil {
		return out, err
	}
	models, err := g.modelsOf(ctx, x, system)
	if err != nil {
		return out, err
	}
	for _, m := range models {
		out.Models = append(out.Models, SurveyedModel{Member: m, Newest: map[string]*Item{}})
	}
	for _, short := range about {
		t, ok := predicate.Lookup(short)
		if ok && (t.Home == predicate.HomeSystem || short == "monitoring-plan" || short == "incident") {
			it, err := g.newest(ctx, x, attest.RefOf(system), short)
			if err != nil {
				return out, err
			}
			if it != nil {
				out.Newest[short] = it
			}
			continue
		}
		for i := range out.Models {
			it, err := g.newest(ctx, x, out.Models[i].Ref, short)
			if err != nil {
				return out, err
			}
			if it != nil {
				out.Models[i].Newest[short] = it
			}
		}
	}
	return out, nil
}

// newest is the newest statement of a type about a thing that counts for the
// system; nil when none does.
func (g *gatherer) newest(ctx context.Context, x *Index, ref attest.Ref, short string) (*Item, error) {
	for _, i := range x.under(keySubject(ref), attest.TypeURI(short)) {
		it, err := g.at(ctx, i)
		if err != nil {
			return nil, err
		}
		if it.State == OK && it.About(ref) && g.counts(it) {
			return it, nil
		}
	}
	return nil, nil
}

// at is the piece of evidence that the leaf at an index is a signature of,
// revocations applied.
func (g *gatherer) at(ctx context.Context, index uint64) (*Item, error) {
	leaf, ok := g.loaded[index]
	if !ok {
		var err error
		if leaf, err = load(ctx, g.r, g.cache, g.trust, index); err != nil {
			return nil, err
		}
		g.loaded[index] = leaf
	}
	if leaf.ID == "" {
		return leaf, nil
	}
	return g.piece(ctx, leaf)
}

// modelsOf lists the models that model cards and training runs put into a system.
func (g *gatherer) modelsOf(ctx context.Context, x *Index, system string) ([]Member, error) {
	byRef := map[attest.Ref]*Member{}
	for _, short := range []string{"model-card", "training-run"} {
		for _, i := range x.under(keySystem(system), attest.TypeURI(short)) {
			it, err := g.at(ctx, i)
			if err != nil {
				return nil, err
			}
			if it.State != OK || !g.counts(it) {
				continue
			}
			for ref, kind := range it.Facts.Kinds {
				if kind != "model" || !it.About(ref) {
					continue
				}
				m := byRef[ref]
				if m == nil {
					m = &Member{Ref: ref, Kind: kind}
					byRef[ref] = m
				}
				m.Name = cmp.Or(m.Name, nameIn(it, ref))
			}
		}
	}
	if len(byRef) > MaxNodes {
		return nil, fmt.Errorf("%w: %d models of %s, the bound is %d", ErrDossierTooLarge, len(byRef), system, MaxNodes)
	}
	out := make([]Member, 0, len(byRef))
	for _, m := range byRef {
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Member) int { return strings.Compare(string(a.Ref), string(b.Ref)) })
	return out, nil
}

// Statements lists the statements of a type that count for any system, in ledger
// order: one for each piece of evidence, without what a successor replaced. Lost are
// those that were told and can no longer be read or believed.
func Statements(ctx context.Context, x *Index, trust *attest.Trust, short string) (told, lost []*Item, err error) {
	g := &gatherer{r: NewReading(x, x.Size()), trust: trust, anySystem: true, loaded: map[uint64]*Item{}}
	for _, i := range x.OfType(attest.TypeURI(short)) {
		it, err := g.at(ctx, i)
		switch {
		case err != nil:
			return nil, nil, err
		case it.Index != i: // a further signature
		case it.State == OK:
			told = append(told, it)
		case it.State == Erased || it.State == Untrusted:
			lost = append(lost, it)
		}
	}
	return unsuperseded(told), lost, nil
}
