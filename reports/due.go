package reports

import (
	"time"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// due dates the open findings: since when each stands and, by the time limit the
// parameters give its severity, when it should be settled. A finding stands since
// the newest evidence it read was logged or its law came into force, whichever is
// later; one that read nothing, since the system was first spoken of.
func (b *builder) due() {
	var began time.Time
	for _, a := range b.asked {
		for _, d := range a.c.Dossiers {
			for _, it := range d.Items() {
				if it.State == evidence.OK && (began.IsZero() || it.Proven.Before(began)) {
					began = it.Proven
				}
			}
		}
	}
	params := b.asked[0].c.Params
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		if !f.Open() {
			continue
		}
		since := began
		if proven := newestProven(f.Evidence); !proven.IsZero() {
			since = proven
		}
		if from, err := time.Parse(time.DateOnly, f.AppliesFrom); err == nil && from.After(since) {
			since = from
		}
		if since.IsZero() {
			continue
		}
		f.Since = stamp(since)
		if days, ok := params.RemedyDays(f.Severity); ok {
			f.Due = stamp(since.AddDate(0, 0, int(days)))
			f.Overdue = b.q.AsOf.After(since.AddDate(0, 0, int(days)))
		}
	}
}

func newestProven(cites []policy.Cite) time.Time {
	var newest time.Time
	for _, c := range cites {
		if c.Proven.After(newest) {
			newest = c.Proven
		}
	}
	return newest
}
