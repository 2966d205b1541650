package evidence

import (
	"context"
	"fmt"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
)

// View looks at the ledger as people do, items of every system shown, at its head
// or as it was at a size: by the trust and the revocations of then. What was erased
// since is gone from every view.
type View struct {
	l    *Locker
	size *uint64 // nil: the head
}

// Now is the view of the head.
func (l *Locker) Now() View { return View{l: l} }

// At is the view of the first size entries.
func (l *Locker) At(size uint64) View { return View{l, &size} }

// Find returns the leaves of one attestation id, as Locker.Find does.
func (v View) Find(ctx context.Context, id string) ([]*Item, error) {
	g, err := v.gatherer(ctx)
	if err != nil {
		return nil, err
	}
	items, err := g.everywhere(ctx, keyID(id))
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("attestation %s: %w", id, ledger.ErrNotFound)
	}
	return items, nil
}

// About lists all statements about a reference, oldest first.
func (v View) About(ctx context.Context, ref attest.Ref) ([]*Item, error) {
	g, err := v.gatherer(ctx)
	if err != nil {
		return nil, err
	}
	items, err := g.everywhere(ctx, keySubject(ref))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(items, func(it *Item) bool { return it.Statement != nil && !it.About(ref) }), nil
}

// gatherer reads what the view sees.
func (v View) gatherer(ctx context.Context) (*gatherer, error) {
	size, err := v.l.size(ctx)
	if err != nil {
		return nil, err
	}
	past := v.size != nil && *v.size < size
	if past {
		size = *v.size
	}
	r := NewReading(v.l.cfg.Log, size)
	if past {
		r = r.Past()
	}
	trust, _, err := v.l.TrustAt(ctx, v.l.cfg.Log, size)
	if err != nil {
		return nil, err
	}
	return &gatherer{r: r, cache: &v.l.cache, trust: trust, anySystem: true}, nil
}
