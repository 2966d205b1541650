package evidence

import (
	"context"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// Carries reports whether evidence that counts for the system says that the image
// carries the model. No system: for any the image belongs to. It answers claims that
// come without proof, such as a label; the judgement itself gathers its own dossier.
func (l *Locker) Carries(ctx context.Context, image, model attest.Ref, system string) (bool, error) {
	return l.bornOut(ctx, image, system, func(g *gatherer) (bool, error) {
		n := &Node{Ref: image}
		if err := g.fill(ctx, n); err != nil {
			return false, err
		}
		return slices.ContainsFunc(n.Parents, func(p Link) bool { return p.Relation == predicate.PackagedAs && p.Parent == model }), nil
	})
}

// LiesAt reports whether evidence that counts for the system names the model by a
// location: a subject with its digest and that URI.
func (l *Locker) LiesAt(ctx context.Context, model attest.Ref, location, system string) (bool, error) {
	return l.bornOut(ctx, model, system, func(g *gatherer) (bool, error) {
		found, err := g.find(ctx, keySubject(model))
		if err != nil {
			return false, err
		}
		return slices.ContainsFunc(unsuperseded(g.mine(found)), func(it *Item) bool {
			return it.State == OK && slices.ContainsFunc(it.Statement.Subjects, func(s attest.Subject) bool {
				return s.URI == location && slices.Contains(s.Refs(), model)
			})
		}), nil
	})
}

// bornOut asks about a subject for a system, or for each it belongs to.
func (l *Locker) bornOut(ctx context.Context, subject attest.Ref, system string, ask func(*gatherer) (bool, error)) (bool, error) {
	g, err := l.Now().gatherer(ctx)
	if err != nil {
		return false, err
	}
	systems := []string{system}
	if system == "" {
		if systems, err = l.Systems(ctx, g.r, g.trust, subject); err != nil {
			return false, err
		}
	}
	for _, s := range systems {
		yes, err := ask(&gatherer{r: g.r, cache: g.cache, trust: g.trust, q: Query{System: s}})
		if err != nil || yes {
			return yes, err
		}
	}
	return false, nil
}
