package running

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/ledger"
)

// What is known by admissions alone is kept beside the log, under the uid of each pod,
// with the instant from which on they were taken down.
const (
	memoKind  = "running"
	memoPod   = "pod/"
	memoSince = "since"
)

// memo is a pod as it is kept.
type memo struct {
	APIVersion string            `json:"api_version"` // of the owner, as are the next four
	Kind       string            `json:"kind"`
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	UID        types.UID         `json:"uid"`
	Labels     map[string]string `json:"labels,omitempty"`
	Reading    admission.Reading `json:"reading"`
}

func (p pod) memo() (ledger.Memo, error) {
	text, err := json.Marshal(memo{p.owner.apiVersion, p.owner.kind, p.owner.namespace, p.owner.name, p.owner.uid, p.labels, p.reading})
	return ledger.Memo{Key: memoPod + string(p.uid), Value: text, Time: p.at}, err
}

func podOfMemo(m ledger.Memo) (pod, error) {
	var k memo
	if err := json.Unmarshal(m.Value, &k); err != nil {
		return pod{}, err
	}
	p := pod{uid: types.UID(strings.TrimPrefix(m.Key, memoPod)), owner: owner{k.APIVersion, k.Kind, k.Namespace, k.Name, k.UID}, labels: k.Labels, at: m.Time}
	return p.read(k.Reading, nil), nil
}

// remembered is how far the memos were read.
type remembered struct {
	rev    uint64
	read   time.Time // when that was; zero: never
	since  time.Time // from when on admissions were taken down; zero: not known
	tidied time.Time // when bounds were looked at
	gone   int       // how many went
	from   time.Time // since when that is counted
	failed time.Time // when trouble was logged last
	told   source    // that the log tells of
}

// attend takes in what the webhook let in and what is to go, until ctx ends.
func (f *Follower) attend(ctx context.Context) {
	tick := time.NewTicker(f.cfg.Tick)
	defer tick.Stop()
	for begun := f.cfg.Clock(); ctx.Err() == nil; {
		if f.source() != unsure || f.cfg.Clock().Sub(begun) >= UnsureTime {
			f.Attend(ctx)
		}
		select {
		case <-ctx.Done():
		case <-f.cfg.Door.wake:
		case <-tick.C:
		}
	}
	// What was let in last is not forgotten.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), WritingTime)
	defer cancel()
	f.Attend(last)
}

// Attend takes in what the door has taken down. Where pods are listed it stands until
// the list shows otherwise, and is kept nowhere; else it is kept, and what this and
// other replicas kept is read.
func (f *Follower) Attend(ctx context.Context) {
	if f.cfg.Door == nil {
		return
	}
	f.attending.Lock()
	defer f.attending.Unlock()
	ctx, cancel := context.WithTimeout(ctx, BlindTime)
	defer cancel()
	now := f.cfg.Clock()
	waiting, lost := f.cfg.Door.take()
	if lost > 0 {
		f.cut("waiting", lost)
	}
	if f.source() == listed {
		f.provisional(ctx, now, waiting)
		return
	}
	err := f.recall(ctx, now, nil)
	if err == nil {
		err = f.remember(ctx, now, waiting)
	}
	if err != nil {
		f.cfg.Door.giveBack(waiting)
		if now.Sub(f.memory.failed) >= time.Minute && !errors.Is(ctx.Err(), context.Canceled) {
			f.memory.failed = now
			f.cfg.Logger.Warn("what is let in is not kept yet; it is tried again", "pods", len(waiting), "err", err)
		}
		return
	}
	f.since.Store(f.memory.since.Unix())
	if f.source() == admissions && f.memory.told != admissions {
		f.memory.told = admissions
		f.cfg.Logger.Warn("what runs is known by admissions alone: pods that were let in before, or past this service, are not known",
			"since", f.memory.since.UTC().Format(time.RFC3339), "pods", f.unlistedPods())
	}
	if now.Sub(f.memory.tidied) >= f.cfg.Every || f.overfull() {
		f.memory.tidied = now
		if err := f.tidy(ctx, now); err != nil {
			f.cfg.Logger.Warn("bound what is known of pods", "err", err)
		}
	}
}

// provisional knowledge goes unless a list bears it out.
func (f *Follower) provisional(ctx context.Context, now time.Time, waiting []news) {
	for _, n := range waiting {
		if was, known := f.known(n.pod.uid); !n.gone && (!known || !was.at.IsZero()) {
			f.put(n.pod)
		}
	}
	f.mu.Lock()
	for uid, u := range f.unlisted {
		if now.Sub(u.at) >= GraceTime {
			f.drop(uid)
		}
	}
	f.mu.Unlock()
	if f.memory.told == listed && now.Sub(f.memory.tidied) < f.cfg.Every {
		return
	}
	// What was kept, and what a replica that may not list goes on keeping for a while, will not be brought up to date any more.
	if err := f.cfg.Memos.Forget(ctx, memoKind, now, true); err != nil {
		f.cfg.Logger.Warn("forget what was known by admissions", "err", err)
		return
	}
	f.memory = remembered{told: listed, tidied: now}
	f.since.Store(0)
}

// recall reads what was kept since it was read last; all of it when that is longer ago
// than word of what went is surely kept. What this replica has just kept is mine.
func (f *Follower) recall(ctx context.Context, now time.Time, mine map[types.UID]pod) error {
	m := &f.memory
	all := m.read.IsZero() || now.Sub(m.read) >= GraceTime/2
	if all {
		m.rev = 0
	}
	if now.Sub(m.from) >= GoneTime {
		m.gone, m.from = 0, now
	}
	there := map[types.UID]bool{}
	rev, err := f.cfg.Memos.Kept(ctx, memoKind, m.rev, func(k ledger.Memo) error {
		if k.Key == memoSince {
			m.since = k.Time
			return nil
		}
		uid := types.UID(strings.TrimPrefix(k.Key, memoPod))
		if len(k.Value) == 0 {
			m.gone++
			f.gone(uid)
			return nil
		}
		p, err := podOfMemo(k)
		if err != nil {
			f.cut("unreadable", 1)
			return nil
		}
		there[uid] = true
		newer, known := mine[uid]
		if !known {
			newer, known = f.known(uid)
		}
		if known && p.at.Before(newer.at) { // kept last, and not what came last
			p = newer.with(p)
			f.cfg.Door.add(news{pod: p, at: p.at})
		}
		f.put(p)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	if all && !m.read.IsZero() {
		f.mu.Lock()
		for uid, w := range f.pods {
			if !there[uid] && !w.pods[uid].at.IsZero() {
				f.drop(uid)
			}
		}
		f.mu.Unlock()
	}
	m.rev, m.read = rev, now
	return nil
}

// remember what the door took down.
func (f *Follower) remember(ctx context.Context, now time.Time, waiting []news) error {
	var memos []ledger.Memo
	if f.memory.since.IsZero() {
		memos = append(memos, ledger.Memo{Key: memoSince, Value: []byte("{}"), Time: now})
	}
	latest := map[types.UID]pod{}
	for _, n := range waiting {
		if n.gone {
			delete(latest, n.pod.uid)
			memos = append(memos, ledger.Memo{Key: memoPod + string(n.pod.uid), Time: n.at})
			continue
		}
		p := n.pod
		was, known := latest[p.uid]
		if !known {
			was, known = f.known(p.uid)
		}
		switch {
		case known && p.at.Before(was.at):
			p = was.with(p)
		case known:
			p = p.since(was)
		}
		latest[p.uid] = p
		k, err := p.memo()
		if err == nil {
			err = k.Check()
		}
		if err != nil {
			f.cut("unreadable", 1)
			continue
		}
		memos = append(memos, k)
	}
	for part := range slices.Chunk(memos, MaxTogether) {
		if err := f.cfg.Memos.Keep(ctx, memoKind, part); err != nil {
			return fmt.Errorf("keep what was let in: %w", err)
		}
	}
	if len(memos) == 0 {
		return nil
	}
	return f.recall(ctx, now, latest)
}

// tidy lets go of what is older than MaxAge, and of what is more than MaxPods or
// MaxKnownBytes: the oldest of the namespace that has the most, so that none can drive
// out another's.
func (f *Follower) tidy(ctx context.Context, now time.Time) error {
	type known struct {
		uid  types.UID
		at   time.Time
		size int
	}
	spaces, bytes, n, sum := map[string][]known{}, map[string]int{}, 0, 0
	var memos []ledger.Memo
	let := func(uid types.UID) { memos = append(memos, ledger.Memo{Key: memoPod + string(uid), Time: now}) }
	f.mu.Lock()
	for uid, u := range f.unlisted {
		if now.Sub(u.at) >= MaxAge {
			let(uid)
			continue
		}
		spaces[u.namespace] = append(spaces[u.namespace], known{uid, u.at, u.size})
		bytes[u.namespace] += u.size
		n, sum = n+1, sum+u.size
	}
	f.mu.Unlock()
	if len(memos) > 0 {
		f.cut("age", len(memos))
	}
	if n > MaxPods || sum > MaxKnownBytes {
		for _, in := range spaces {
			slices.SortFunc(in, func(a, b known) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.uid, b.uid)) })
		}
		before := len(memos)
		for n > MaxPods || sum > MaxKnownBytes {
			most, has := "", func(name string) int { return len(spaces[name]) }
			if n <= MaxPods {
				has = func(name string) int { return bytes[name] }
			}
			for name := range spaces {
				if has(name) > has(most) || has(name) == has(most) && name < most {
					most = name
				}
			}
			goes := spaces[most][0]
			let(goes.uid)
			spaces[most] = spaces[most][1:]
			bytes[most] -= goes.size
			n, sum = n-1, sum-goes.size
		}
		f.cut("number", len(memos)-before)
	}
	for part := range slices.Chunk(memos, MaxTogether) {
		if err := f.cfg.Memos.Keep(ctx, memoKind, part); err != nil {
			return err
		}
	}
	keep := GoneTime
	if f.memory.gone > MaxGone {
		keep, f.memory.gone = GraceTime, 0
	}
	return f.cfg.Memos.Forget(ctx, memoKind, now.Add(-keep), false)
}

// overfull: more is known than may be.
func (f *Follower) overfull() bool {
	if f.memory.gone > MaxGone {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.unlisted) > MaxPods || f.bytes > MaxKnownBytes
}

// cut tells of pods that are not known any more, or never were.
func (f *Follower) cut(why string, pods int) {
	f.cuts.WithLabelValues(why).Add(float64(pods))
	f.cfg.Logger.Warn("pods that may run are not known", "why", why, "pods", pods)
}

func (f *Follower) unlistedPods() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.unlisted)
}
