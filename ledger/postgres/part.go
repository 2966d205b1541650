package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// part is what is needed to search a stretch of a run.
type part struct {
	fences []byte
	filter keyrow.Filter
}

func (p *part) bytes() int { return len(p.fences) + len(p.filter) + 64 }

type partID struct{ run, part int64 }

// partCache keeps parts in memory, at most limit bytes of them. Parts never
// change and ids of runs are never used again, so that nothing in it goes stale.
type partCache struct {
	mu    sync.Mutex
	m     map[partID]*part
	bytes int
	limit int
}

func (c *partCache) cached(id partID) *part {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.m[id]
}

func (c *partCache) get(ctx context.Context, q querier, id partID) (*part, error) {
	if p := c.cached(id); p != nil {
		return p, nil
	}
	p := &part{}
	err := q.QueryRow(ctx, "SELECT fences, filter FROM key_part WHERE run = $1 AND part = $2", id.run, id.part).Scan(&p.fences, (*[]byte)(&p.filter))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errGone
	}
	if err != nil {
		return nil, fmt.Errorf("read index part %d of run %d: %w", id.part, id.run, err)
	}
	if len(p.fences)%keyrow.Size != 0 || len(p.filter) == 0 {
		return nil, fmt.Errorf("read index part %d of run %d: fences of %d bytes: %w", id.part, id.run, len(p.fences), ledger.ErrCorrupt)
	}
	c.put(id, p)
	return p, nil
}

// put makes room by dropping any others: which ones matters little, since a
// part that is missed is one read.
func (c *partCache) put(id partID, p *part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.m[id]; ok {
		return
	}
	for other, q := range c.m {
		if c.bytes+p.bytes() <= c.limit {
			break
		}
		delete(c.m, other)
		c.bytes -= q.bytes()
	}
	c.m[id] = p
	c.bytes += p.bytes()
}

// drop forgets the parts of a run that is gone.
func (c *partCache) drop(r *runMeta) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range r.parts {
		id := partID{r.id, m.part}
		if p := c.m[id]; p != nil {
			delete(c.m, id)
			c.bytes -= p.bytes()
		}
	}
}
