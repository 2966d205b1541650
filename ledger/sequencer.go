package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// committed is a transaction on its way from the sequencer to the publisher.
type committed struct {
	head    Head
	grown   *growth // nil if nothing was added
	answers []answer
}

type answer struct {
	p *pending
	outcome
}

// sequence is the only goroutine that appends. It writes at once when it is
// idle; while a commit is in flight, or others hold the head, the next batch
// gathers in the queue. There is no timer: a batch is as large as what arrived
// until the head was locked.
func (l *Log) sequence() {
	defer close(l.commits)
	for range l.wake {
		for {
			todo, cp, ended := l.next()
			if ended {
				return
			}
			if todo {
				l.commit(context.Background())
				continue
			}
			if cp == nil {
				break
			}
			l.storeCheckpoint(context.Background(), cp)
		}
	}
}

// next says what there is to do: a transaction, a checkpoint to store, or
// nothing. ended says that the log is closed and nothing is left to do, in the
// publisher neither.
func (l *Log) next() (todo bool, cp *Checkpoint, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 || l.behind {
		return true, nil, false
	}
	cp, l.unstored = l.unstored, nil
	return false, cp, l.closed && cp == nil && l.inFlight == 0
}

// take removes the next batch from the queue, and the checkpoint that is stored
// with it.
func (l *Log) take() (batch []*pending, cp *Checkpoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, bytes := 0, 0
	for n < len(l.queue) && n < MaxBatch {
		size := len(l.queue[n].payload)
		if n > 0 && bytes+size > MaxBatchBytes {
			break
		}
		bytes += size
		n++
	}
	batch = append(batch, l.queue[:n]...)
	clear(l.queue[:n])
	if l.queue = l.queue[n:]; len(l.queue) == 0 {
		l.queue = nil
	}
	l.queuedBytes -= bytes
	cp, l.unstored = l.unstored, nil
	l.behind = false
	return batch, cp
}

// giveBack puts a checkpoint back that went with a batch that failed, to be stored by
// itself.
func (l *Log) giveBack(cp *Checkpoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unstored == nil {
		l.unstored = cp
	}
}

// commit writes a batch in one transaction and hands it to the publisher.
func (l *Log) commit(ctx context.Context) {
	var c *committed
	var batch []*pending
	var cp *Checkpoint
	taken := false
	err := l.store.Append(ctx, func(tx Tx) error {
		batch, cp = l.take()
		taken = true
		var err error
		c, err = l.plan(ctx, tx, batch, cp)
		return err
	})
	if !taken { // the transaction did not begin
		batch, cp = l.take()
	}
	if errors.Is(err, ErrAmbiguous) {
		err = l.resolve(ctx, c, err)
	}
	if err != nil {
		l.fail(batch, err)
		l.giveBack(cp)
		return
	}
	l.recovered()
	if c.grown != nil {
		l.edge = c.grown.edge
		l.newest.Store(l.edge)
		l.roots.add(c.head)
	}
	published := c.answers[:0]
	for _, a := range c.answers {
		if a.err != nil || a.p.wait == WaitSequenced {
			a.p.done <- a.outcome
			continue
		}
		published = append(published, a)
	}
	c.answers = published
	l.mu.Lock()
	l.inFlight++
	l.mu.Unlock()
	l.commits <- c
}

// plan runs inside the transaction: it decides each entry of the batch and
// writes what is new.
func (l *Log) plan(ctx context.Context, tx Tx, batch []*pending, cp *Checkpoint) (*committed, error) {
	head := tx.Head()
	if err := l.catchUp(ctx, tx); err != nil {
		return nil, err
	}
	now, err := l.now(tx)
	if err != nil {
		return nil, err
	}
	c := &committed{head: head}
	b := &Batch{}
	if cp != nil {
		b.Checkpoint, b.CheckpointSize = cp.Note, cp.Size
	}
	var leaves [][]byte
	seen := make(map[[32]byte]uint64) // identities of this batch
	keys := make(map[Key]struct{})    // keys of this batch
	guarded := false
	for _, p := range batch {
		guarded = guarded || len(p.guard) > 0
	}
	for _, p := range batch {
		if p.gone.Load() {
			continue
		}
		next := head.Size + uint64(len(b.Entries))
		o, err := l.decide(tx, p, seen, keys, next)
		if err != nil {
			return nil, err
		}
		if o.err == nil && !o.dup {
			leaf := appendLeafTail(p.head, now)
			hash := hasher.HashLeaf(leaf)
			o.index, o.time, o.leaf, o.bytes, o.salt = next, now, Hash(hash), leaf, p.salt
			b.Entries = append(b.Entries, NewEntry{Leaf: leaf, Keys: p.keys, Identity: p.identity, Salt: p.salt, Payload: p.payload})
			leaves = append(leaves, hash)
			if p.identity != ([32]byte{}) {
				seen[p.identity] = next
			}
			if guarded {
				for _, k := range p.keys {
					keys[k] = struct{}{}
				}
			}
		}
		c.answers = append(c.answers, answer{p, o})
	}
	if len(b.Entries) == 0 {
		return c, nil
	}
	g, err := l.edge.grow(leaves)
	if err != nil {
		return nil, err
	}
	c.grown, c.head = g, Head{Size: g.edge.size, Root: g.edge.root, Time: now}
	b.Head, b.Tiles = c.head, g.tiles
	for i := range c.answers {
		c.answers[i].grown = g
	}
	return c, tx.Write(b)
}

// decide looks for a repetition and for a conflict. An error in the outcome is
// that entry's alone; the other one fails the transaction.
func (l *Log) decide(tx Tx, p *pending, seen map[[32]byte]uint64, keys map[Key]struct{}, next uint64) (o outcome, err error) {
	if p.identity != ([32]byte{}) {
		if i, ok := seen[p.identity]; ok {
			return outcome{index: i, dup: true}, nil
		}
		i, ok, err := tx.Find(p.identity)
		if err != nil {
			return outcome{}, err
		}
		if ok {
			return outcome{index: i, dup: true}, nil
		}
	}
	for _, k := range p.guard {
		i, ok, err := tx.Newest(k)
		if err != nil {
			return outcome{}, err
		}
		_, inBatch := keys[k]
		if (ok && i >= p.guardFrom) || (inBatch && next > p.guardFrom) {
			return outcome{err: fmt.Errorf("key %s at or above index %d: %w", k, p.guardFrom, ErrConflict)}, nil
		}
	}
	return l.erase(tx, p, next)
}

// erase carries out an erasure whole, or leaves everything as it was.
func (l *Log) erase(tx Tx, p *pending, next uint64) (outcome, error) {
	for _, t := range p.targets {
		if t >= tx.Head().Size {
			return outcome{err: fmt.Errorf("erase %d: %w", t, ErrNotFound)}, nil
		}
	}
	before := 0
	for _, t := range p.targets {
		switch err := tx.Erase(t, next); {
		case errors.Is(err, ErrErased):
			before++
		case err != nil:
			return outcome{}, err
		}
	}
	if len(p.targets) > 0 && before == len(p.targets) {
		return outcome{err: fmt.Errorf("erase %d: %w", p.targets, ErrErased)}, nil
	}
	return outcome{}, nil
}

// resolve reads whether the commit in c took place: the leaf at its first index
// is there and is ours, or it is not. A store that does not answer is asked again
// for a while.
func (l *Log) resolve(ctx context.Context, c *committed, cause error) error {
	switch {
	case c == nil:
		l.edge = nil
		return cause
	case c.grown == nil:
		return nil // there was nothing to write
	}
	for deadline := time.Now().Add(l.patience); ; time.Sleep(min(resolveEvery, l.patience)) {
		took, err := l.tookPlace(ctx, c)
		switch {
		case err != nil && time.Now().Before(deadline):
			continue
		case err != nil:
			l.edge = nil
			return l.setReadOnly("a commit could not be seen and the store could not be read: "+err.Error(), errors.Join(cause, err), true)
		case took:
			return nil
		}
		l.edge = nil
		return fmt.Errorf("commit did not take place: %v: %w", cause, ErrUnavailable)
	}
}

func (l *Log) tookPlace(ctx context.Context, c *committed) (bool, error) {
	h, err := l.store.Head(ctx)
	if err != nil || h.Size < c.head.Size {
		return false, err
	}
	root, err := rootAt(ctx, l.store, c.head.Size)
	return root == c.head.Root, err
}

// fail answers a whole batch with the error that kept it out of the log.
func (l *Log) fail(batch []*pending, err error) {
	switch {
	case errors.Is(err, ErrReadOnly): // said already
	case errors.Is(err, ErrFull):
		err = l.setReadOnly("the store is full: "+err.Error()+"; make room", err, true)
	case errors.Is(err, ErrCorrupt):
		err = l.setReadOnly(err.Error(), err, false)
	}
	l.logger.Error("append batch", "entries", len(batch), "err", err)
	for _, p := range batch {
		p.done <- outcome{err: err}
	}
}

// recovered ends being read-only for a reason that passes.
func (l *Log) recovered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passing {
		l.readOnly, l.passing = nil, false
		l.logger.Info("ledger takes entries again")
	}
}

func (l *Log) storeCheckpoint(ctx context.Context, cp *Checkpoint) {
	if err := l.store.Publish(ctx, cp.Size, cp.Note); err != nil {
		l.logger.Warn("store checkpoint", "size", cp.Size, "err", err)
	}
}
