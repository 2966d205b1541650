package ledger

import "context"

// publish marks, signs and answers what the sequencer committed, while the
// sequencer is at the next transaction. Only it advances l.published once the
// log is open.
func (l *Log) publish() {
	defer close(l.done)
	for c := range l.commits {
		batch := []*committed{c}
	more:
		for len(batch) < cap(l.commits) {
			select {
			case c, ok := <-l.commits:
				if !ok {
					break more
				}
				batch = append(batch, c)
			default:
				break more
			}
		}
		l.publishAll(context.Background(), batch)
	}
}

// publishAll makes one mark for the newest of the heads: the ones before it
// are its prefixes. Only then a signature exists.
func (l *Log) publishAll(ctx context.Context, batch []*committed) {
	newest := batch[len(batch)-1].head
	err := l.guard.Advance(ctx, l.signer.Name(), Mark{Size: newest.Size, Root: newest.Root}, func(m Mark) error { return l.extends(ctx, m) })
	if err != nil {
		err = l.setReadOnly("the fork guard cannot be advanced: "+err.Error()+"; entries are stored and unsigned", err, false)
	}
	for _, c := range batch {
		var cp *Checkpoint
		if err == nil {
			cp, err = l.sign(c.head)
		}
		for _, a := range c.answers {
			a.checkpoint, a.err = cp, err
			a.p.done <- a.outcome
		}
	}
	l.mu.Lock()
	if err == nil && !l.witness.required() {
		l.unstored = l.published.Load()
	}
	l.inFlight -= len(batch)
	l.mu.Unlock()
	l.signal()
	l.witness.nudge()
}

func (l *Log) sign(h Head) (*Checkpoint, error) {
	if p := l.published.Load(); p != nil && p.Size == h.Size {
		return p, nil
	}
	signed, err := signCheckpoint(l.signer, h)
	if err != nil {
		return nil, l.setReadOnly("the head cannot be signed: "+err.Error(), err, false)
	}
	cp := &Checkpoint{Origin: l.signer.Name(), Size: h.Size, Root: h.Root, Note: signed}
	l.published.Store(cp)
	return cp, nil
}
