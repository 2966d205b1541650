package api

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/policy/watch"
)

// LedgerPage is the state of the log.
type LedgerPage struct {
	Service
	Root       string // base64, of the moment's tree
	Checkpoint string // newest published, as it is signed
	Growth     []watch.Month
	Left       watch.Left
	Reading    *Reading
	// Checkable: this service can check the ledger now.
	Checkable bool
	// Check is what a check found; nil when none was asked for.
	Check *LedgerCheck
}

// LedgerCheck is what a check of the whole ledger found.
type LedgerCheck struct {
	ledger.Report
	Took time.Duration
	// Refused says why none was made.
	Refused string
}

func (s *Server) ledger(c echo.Context) error {
	form, err := negotiate(c, mediaHTML)
	if err != nil {
		return err
	}
	v, err := s.ledgerPage(c)
	return s.showUnless(c, form, v, err)
}

func (s *Server) ledgerPage(c echo.Context) (LedgerPage, error) {
	ctx, at, err := s.at(c)
	if err != nil {
		return LedgerPage{}, err
	}
	v := LedgerPage{Checkable: s.cfg.Check != nil && !at.Asked()}
	if v.Service, err = s.standsOn(ctx, at); err != nil {
		return LedgerPage{}, err
	}
	_, _, checkpoint, err := s.log.Head(ctx)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return LedgerPage{}, err
	}
	v.Checkpoint = string(checkpoint)
	if at.Size > 0 {
		root, err := s.log.RootAt(ctx, at.Size)
		if err != nil {
			return LedgerPage{}, err
		}
		v.Root = base64.StdEncoding.EncodeToString(root[:])
	}
	b, reading, err := s.board(ctx, at)
	if err != nil {
		return LedgerPage{}, err
	}
	v.Growth, v.Left, v.Reading = b.Growth(), b.Left(), reading
	return v, nil
}

// checkLedger derives the whole tree again, for a ledger of at most MaxChecked
// entries, in at most CheckTime, one at a time.
func (s *Server) checkLedger(c echo.Context) error {
	form, err := negotiate(c, mediaHTML)
	if err != nil {
		return err
	}
	v, err := s.ledgerPage(c)
	if err != nil {
		return err
	}
	if v.Check, err = s.checkNow(c.Request().Context()); err != nil {
		return err
	}
	return s.show(c, form, v)
}

func (s *Server) checkNow(ctx context.Context) (*LedgerCheck, error) {
	if s.cfg.Check == nil {
		return &LedgerCheck{Refused: "This service has no store to read the entries from."}, nil
	}
	head, err := s.log.Committed(ctx)
	if err != nil {
		return nil, err
	}
	if why := tooLarge(head.Size); why != "" {
		return &LedgerCheck{Refused: why}, nil
	}
	release, err := take(ctx, s.checking, "the ledger is being checked")
	if err != nil {
		return nil, err
	}
	defer release()
	ctx, cancel := context.WithTimeout(ctx, CheckTime)
	defer cancel()
	start := time.Now()
	r, err := s.cfg.Check(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return &LedgerCheck{Refused: fmt.Sprintf("The check did not end within %s.", CheckTime)}, nil
	}
	if err != nil {
		return nil, err
	}
	return &LedgerCheck{Report: r, Took: time.Since(start).Round(time.Millisecond)}, nil
}

// tooLarge says why a ledger is not checked at a request.
func tooLarge(size uint64) string {
	if size <= MaxChecked {
		return ""
	}
	return fmt.Sprintf("The ledger has %d entries; at a request at most %d are checked.", size, MaxChecked)
}
