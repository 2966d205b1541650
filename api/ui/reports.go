package ui

import (
	"time"

	"github.com/assize-dev/assize/api"
)

// reportsView is the list of reports with what its forms propose.
type reportsView struct {
	api.ReportList
	AsOf string // as asked for, when that was a day
	// Day and MonthBefore are what a comparison proposes.
	Day, MonthBefore string
}

func viewReports(l api.ReportList, at api.Moment) reportsView {
	v := reportsView{ReportList: l}
	day := at.At.UTC()
	if _, err := time.Parse(time.DateOnly, at.AsOf); err == nil {
		v.AsOf, v.Day = at.AsOf, at.AsOf
	}
	v.MonthBefore = day.AddDate(0, -1, 0).Format(time.DateOnly)
	return v
}
