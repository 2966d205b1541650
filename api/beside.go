package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/ledger"
)

// What an export holds beside the tree is served under the same paths, so that a
// mirror of a service can be what another one is repaired from.

// column serves 32 bytes for each entry of a bundle: its salts, or identities. A
// salt goes when its entry is erased, so that nothing here is kept for long.
func (s *Server) column(name string) echo.HandlerFunc {
	return func(c echo.Context) error {
		t, err := ledger.ParseTilePath("tile/entries/" + c.Param("*"))
		if err != nil {
			return fmt.Errorf("%w: %w", errNoSuch, err)
		}
		b, err := s.log.Column(c.Request().Context(), name, t)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Cache-Control", "no-store")
		return serve(c, mediaOctets, b)
	}
}

// payload serves the bytes of one entry.
func (s *Server) payload(c echo.Context) error {
	t, err := ledger.ParseTilePath("tile/0/" + c.Param("*"))
	if err != nil || t.Width != ledger.TileWidth {
		return fmt.Errorf("%w: payload/%s: want the index in groups of three digits, as in tile paths", errNoSuch, clip(strings.TrimSpace(c.Param("*"))))
	}
	ctx := c.Request().Context()
	size, _, _, err := s.log.Head(ctx)
	if err != nil {
		return err
	}
	if t.Index >= size {
		return fmt.Errorf("payload of entry %d: the published log ends before it: %w", t.Index, ledger.ErrNotFound)
	}
	rec, err := s.log.Read(ctx, t.Index)
	if err != nil {
		return err
	}
	if rec.Erased {
		return fmt.Errorf("payload of entry %d: entry %d erased it: %w", t.Index, rec.ErasedBy, ledger.ErrErased)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, mediaOctets, rec.Payload)
}
