package running

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

// source is where what runs is known from.
type source int

const (
	unsure     source = iota // the API server was not asked yet, or does not answer
	listed                   // pods are listed and watched
	admissions               // they may not be: from what the webhook lets in
)

func (f *Follower) source() source {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.from
}

// setSource tells whether it is another than before.
func (f *Follower) setSource(s source) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.from
	f.from = s
	f.nudge()
	return was != s
}

// follow lists and watches pods for as long as that is allowed, and asks again from time
// to time where it is not.
func (f *Follower) follow(ctx context.Context) {
	for ctx.Err() == nil {
		_, err := f.cfg.Client.Resource(podsGVR).List(ctx, metav1.ListOptions{Limit: 1})
		if err == nil {
			err = f.watch(ctx)
		}
		pause := retryLeast
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			continue
		case apierrors.IsForbidden(err):
			pause = AskTime
			if f.setSource(admissions) {
				f.doubt()
				f.cfg.Logger.Warn("pods may not be listed and watched: what runs is known by what the webhook lets in", "err", err)
			}
		default:
			f.cfg.Logger.Warn("list pods", "err", err)
		}
		for next := f.cfg.Clock().Add(pause); ctx.Err() == nil && f.cfg.Clock().Before(next); {
			select {
			case <-ctx.Done():
			case <-time.After(f.cfg.Tick):
			}
		}
	}
}

// watch pods until ctx ends or it is forbidden.
func (f *Follower) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	informer := dynamicinformer.NewFilteredDynamicInformer(f.cfg.Client, podsGVR, metav1.NamespaceAll, 0, cache.Indexers{}, func(o *metav1.ListOptions) {
		o.FieldSelector = "status.phase!=Succeeded,status.phase!=Failed"
	}).Informer()
	if err := informer.SetTransform(f.sighted); err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	if err := informer.SetWatchErrorHandler(func(_ *cache.Reflector, err error) {
		if apierrors.IsForbidden(err) {
			cancel(err)
			return
		}
		f.cfg.Logger.Warn("watch pods", "err", err)
	}); err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	told, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(v any) { f.saw(v) },
		UpdateFunc: func(_, v any) { f.saw(v) },
		DeleteFunc: func(v any) { f.lost(v) },
	})
	if err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	f.doubt()
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	running.Go(func() { informer.Run(ctx.Done()) })
	if cache.WaitForCacheSync(ctx.Done(), told.HasSynced) {
		f.setSource(listed)
		select {
		case <-ctx.Done():
		case <-f.room:
			return nil // they are listed again
		}
	}
	return context.Cause(ctx)
}

// sight of a pod, as the informer keeps it.
type sight struct {
	metav1.ObjectMeta
	pod  pod
	runs bool
}

// sighted reads a pod as soon as it comes, so that no more of it is kept.
func (f *Follower) sighted(v any) (any, error) {
	u, ok := v.(*unstructured.Unstructured)
	if !ok {
		return v, nil
	}
	s := &sight{ObjectMeta: metav1.ObjectMeta{Namespace: u.GetNamespace(), Name: u.GetName(), UID: u.GetUID(), ResourceVersion: u.GetResourceVersion()}}
	if s.pod, s.runs = podOf(u); s.runs {
		pin(u)
		s.pod = s.pod.read(f.cfg.Judge.Read(u.Object))
	}
	return s, nil
}

func (f *Follower) saw(v any) {
	s, ok := v.(*sight)
	switch {
	case !ok:
	case s.runs:
		f.put(s.pod)
		s.pod = pod{uid: s.pod.uid} // the informer keeps no more of it
	default:
		f.gone(s.pod.uid)
	}
}

func (f *Follower) lost(v any) {
	if last, ok := v.(cache.DeletedFinalStateUnknown); ok {
		v = last.Obj
	}
	if s, ok := v.(*sight); ok {
		f.gone(s.pod.uid)
	}
}

// doubt what is known: it goes unless a list shows it.
func (f *Follower) doubt() {
	now := f.cfg.Clock()
	f.mu.Lock()
	defer f.mu.Unlock()
	for uid, w := range f.pods {
		f.unlisted[uid] = unlisted{now, w.owner.namespace, w.pods[uid].size}
	}
	for uid := range f.left {
		f.unlisted[uid] = unlisted{at: now}
	}
}
