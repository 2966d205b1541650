package ui

import (
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/policy/watch"
)

// waiversView groups waivers and approvals by how they stand.
type waiversView struct {
	api.WaiverPage
	Groups []termGroup
}

type termGroup struct {
	Title, Note, Tone string
	Closed            bool
	Terms             []termView
	More              int // beyond MaxTerms
}

type termView struct {
	watch.Term
	Days int // until it ends
}

// endingSoon is how long before its end a waiver is said to end soon.
const endingSoon = 30 * 24 * time.Hour

func viewWaivers(p api.WaiverPage, at time.Time) waiversView {
	groups := []termGroup{
		{Title: "Ending soon", Note: "Within 30 days. What they cover blocks again from then on: mend it, or have a new waiver signed.", Tone: "open"},
		{Title: "In force", Note: "Somebody answers for what these cover, until the day named.", Tone: "note"},
		{Title: "Orphaned", Note: "In time, but no newest decision rests on them: what they covered was mended or is asked no more. Revoke them.", Tone: "open"},
		{Title: "Withheld", Note: "Revoked, untrusted, misplaced or erased: they count for nothing.", Tone: "bad", Closed: true},
		{Title: "Superseded", Note: "Another statement stands in their place.", Tone: "calm", Closed: true},
		{Title: "Ended", Tone: "calm", Closed: true},
		{Title: "Approvals that end", Note: "What they approved is to be approved again by then.", Tone: "good"},
	}
	put := func(i int, t watch.Term) {
		if len(groups[i].Terms) == MaxTerms {
			groups[i].More++
			return
		}
		groups[i].Terms = append(groups[i].Terms, termView{t, int(t.Ends.Sub(at).Hours() / 24)})
	}
	for _, t := range p.Waivers {
		soon := !t.Ends.IsZero() && t.Ends.Sub(at) <= endingSoon
		switch t.Standing(at) {
		case watch.InForce:
			if soon {
				put(0, t)
			} else {
				put(1, t)
			}
		case watch.Orphaned:
			put(2, t)
		case watch.Withheld:
			put(3, t)
		case watch.Succeeded:
			put(4, t)
		default:
			put(5, t)
		}
	}
	for _, t := range p.Approvals {
		if t.Standing(at) == watch.InForce && !t.Ends.IsZero() {
			put(6, t)
		}
	}
	v := waiversView{WaiverPage: p}
	for _, g := range groups {
		if len(g.Terms) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return v
}
