package evidence

import "testing"

func TestMaxCachedBytes(t *testing.T) {
	var c cache
	const size, fit = MaxCachedBytes / 4, 4
	for i := range uint64(fit + 1) {
		c.put(cacheKey{index: i}, &Item{Index: i}, size)
		if len(c.items) > fit || c.size > MaxCachedBytes {
			t.Fatalf("%d items of %d bytes held", len(c.items), c.size)
		}
	}
	if it, ok := c.get(cacheKey{index: fit}); !ok || it.Index != fit {
		t.Error("the newest item is not held")
	}
	if c.put(cacheKey{index: 9}, &Item{}, MaxCachedBytes+1); len(c.items) != 1 {
		t.Errorf("%d items held: one over the bound pushed out the others, or came in", len(c.items))
	}
}
