package api

import (
	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/policy/watch"
)

// WaiverPage is every waiver and approval as it stands.
type WaiverPage struct {
	Waivers, Approvals []watch.Term // those that end first foremost
	Left               watch.Left
	Reading            *Reading
}

func (s *Server) waivers(c echo.Context) error {
	form, err := negotiate(c, mediaHTML)
	if err != nil {
		return err
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	b, reading, err := s.board(ctx, at)
	if err != nil {
		return err
	}
	return s.show(c, form, WaiverPage{Waivers: b.Terms("waiver"), Approvals: b.Terms("approval"), Left: b.Left(), Reading: reading})
}
