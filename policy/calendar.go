package policy

import (
	"fmt"
	"time"

	"sigs.k8s.io/yaml"
)

// LegalDate is a date at which law changes.
type LegalDate struct {
	Date      string   `json:"date"`      // 2026-08-02
	What      string   `json:"what"`      // in one sentence
	Provision string   `json:"provision"` // such as AI Act Art 50
	Source    string   `json:"source"`    // where the date was read
	Rules     []string `json:"rules"`     // that carry it; none: a date to know of
}

// At is when the date begins.
func (d *LegalDate) At() time.Time {
	t, err := time.Parse(time.DateOnly, d.Date)
	if err != nil {
		return time.Time{} // ParseCalendar refuses it
	}
	return t
}

// ParseCalendar reads the calendar of a rule book, at most MaxCalendar bytes with the
// dates in order.
func ParseCalendar(raw []byte) ([]LegalDate, error) {
	if len(raw) > MaxCalendar {
		return nil, fmt.Errorf("calendar: %d bytes, the bound is %d; drop dates long past", len(raw), MaxCalendar)
	}
	var c struct {
		V     int         `json:"v"`
		Dates []LegalDate `json:"dates"`
	}
	if err := yaml.UnmarshalStrict(raw, &c); err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	if c.V != 1 {
		return nil, fmt.Errorf("calendar: v is %d; this program reads version 1", c.V)
	}
	for i, d := range c.Dates {
		if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
			return nil, fmt.Errorf("calendar: dates[%d].date: %q is not a day such as 2026-08-02", i, d.Date)
		}
		if i > 0 && d.Date <= c.Dates[i-1].Date {
			return nil, fmt.Errorf("calendar: dates[%d].date: %s does not follow %s; put the dates in order, one entry each", i, d.Date, c.Dates[i-1].Date)
		}
	}
	return c.Dates, nil
}
