package running

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/assize-dev/assize/api/admission"
)

// tend judges one workload and tells what became of it. With again its report is read
// even if it should say the same.
func (f *Follower) tend(ctx context.Context, w *workload, again bool) {
	standings, err := f.judge(ctx, w)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		w.outcome = "error"
	} else {
		st := worst(standings)
		w.outcome, w.gone = st.Outcome, len(standings) == 0
		if err = f.tell(ctx, w, st, standings, again); err == nil && st.Outcome == "error" {
			err = errUndecided
		}
	}
	if err == nil {
		w.wait = 0
	} else {
		// A registry or an API server that fails is asked less and less.
		w.wait = min(max(2*w.wait, retryLeast), retryMost)
		w.retry = f.cfg.Clock().Add(w.wait)
		if now := f.cfg.Clock(); !errors.Is(err, errUndecided) && now.Sub(f.told) >= time.Minute {
			f.told = now
			f.cfg.Logger.Warn("tell what runs", "kind", w.owner.kind, "namespace", w.owner.namespace, "name", w.owner.name, "err", err)
		}
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.gone && len(w.pods) == 0 && !w.dirty {
		delete(f.workloads, w.owner.key())
	}
}

// errUndecided: something could not be judged, which may be otherwise in a moment.
var errUndecided = errors.New("not judged")

// What failed is tried again after retryLeast, and then later and later.
const (
	retryLeast = 5 * time.Second
	retryMost  = 5 * time.Minute
)

// judge what the pods of a workload run, each different one once.
func (f *Follower) judge(ctx context.Context, w *workload) ([]admission.Standing, error) {
	f.mu.Lock()
	w.dirty = false
	pods := slices.Collect(maps.Values(w.pods))
	w.owner = w.agreed()
	f.mu.Unlock()
	w.until, w.retry = time.Time{}, time.Time{}
	shapes := map[shape]pod{}
	for _, p := range pods {
		follows, err := f.cfg.Judge.Follows(ctx, w.owner.namespace, p.labels)
		switch {
		case apierrors.IsNotFound(err): // the namespace went, and its pods with it
			if f.cfg.Door != nil {
				f.cfg.Door.Deleted(string(p.uid))
			}
		case err != nil:
			return nil, fmt.Errorf("is it asked about: %w", err)
		case follows:
			shapes[p.shape] = p
		}
	}
	var out []admission.Standing
	for n, id := range slices.SortedFunc(maps.Keys(shapes), func(a, b shape) int { return bytes.Compare(a[:], b[:]) }) {
		if n == MaxShapes {
			return append(out, failed(fmt.Errorf("its pods differ in %d ways, and only %d are judged", len(shapes), MaxShapes))), nil
		}
		st := failed(errors.New(shapes[id].fault))
		if shapes[id].fault == "" {
			limited, cancel := context.WithTimeout(ctx, JudgingTime)
			st = f.cfg.Judge.Stand(limited, w.owner.namespace, shapes[id].reading)
			cancel()
		}
		out = append(out, st)
		if !st.Until.IsZero() && (w.until.IsZero() || st.Until.Before(w.until)) {
			w.until = st.Until
		}
	}
	return out, nil
}
