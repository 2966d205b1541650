package api

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// ErasurePlan is what erasing an attestation would erase with it. Who signs an
// erasure signs these entries.
type ErasurePlan struct {
	Origin string `json:"origin"` // of the log the erasure is made for
	gate.ErasurePlan
}

// Erasure answers one.
type Erasure struct {
	Entries   []evidence.ErasedEntry `json:"entries"`
	Reason    string                 `json:"reason"`
	Duplicate bool                   `json:"duplicate"`
	// Receipt is that of the tombstone.
	Receipt Receipt `json:"receipt"`
}

// planErasure tells what has to be erased with an attestation.
func (s *Server) planErasure(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	p, err := s.cfg.Gate.PlanErasure(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ErasurePlan{Origin: s.log.Origin(), ErasurePlan: p})
}

// erase carries out a signed erasure.
func (s *Server) erase(c echo.Context) error {
	raw, done, err := s.body(c, MaxErasure)
	if err != nil {
		return err
	}
	defer done()
	ctx := c.Request().Context()
	got, e, err := s.cfg.Gate.Erase(ctx, raw)
	if err != nil {
		return err
	}
	rc, _, err := s.receiptOf(ctx, got)
	if err != nil {
		return fmt.Errorf("read receipt of index %d: %w", got.Index, err)
	}
	status := http.StatusCreated
	if got.Duplicate {
		status = http.StatusOK
	}
	return c.JSON(status, Erasure{Entries: e.Entries, Reason: e.Reason, Duplicate: got.Duplicate, Receipt: rc})
}
