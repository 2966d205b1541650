package ui

import (
	"fmt"
	"strings"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/policy/watch"
)

// ledgerView is the state of the log as it is read.
type ledgerView struct {
	api.LedgerPage
	Signatures []signatureLine
	Bars       *bars
}

// signatureLine is a signature under the checkpoint.
type signatureLine struct {
	Name string
	Own  bool // the log's; others are cosignatures
}

// bars is growth drawn in a picture 640 wide.
type bars struct {
	Words  string
	Bars   []bar
	Most   int
	Months []watch.Month // as a table, the newest first
}

type bar struct {
	X, Width            float64
	Y, Height           float64 // decisions and all else together
	DecisionsY, Decided float64
	Label, Short        string
}

func viewLedger(p api.LedgerPage) ledgerView {
	v := ledgerView{LedgerPage: p}
	for line := range strings.Lines(p.Checkpoint) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "— ")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, " ")
		v.Signatures = append(v.Signatures, signatureLine{Name: name, Own: name == p.Origin})
	}
	v.Bars = drawBars(p.Growth)
	return v
}

// drawBars draws the newest MaxMonths months.
func drawBars(months []watch.Month) *bars {
	if len(months) == 0 {
		return nil
	}
	if n := len(months) - MaxMonths; n > 0 {
		months = months[n:]
	}
	const width, height, top = 600.0, 150.0, 12.0
	b := &bars{}
	for _, m := range months {
		b.Most = max(b.Most, m.All)
	}
	step := min(width/float64(len(months)), 60)
	every := (len(months) + 9) / 10
	for i, m := range months {
		whole, decided := height*float64(m.All)/float64(b.Most), height*float64(m.Decisions)/float64(b.Most)
		x := bar{X: 30 + step*float64(i), Width: step * 0.8, Y: top + height - whole, Height: whole, DecisionsY: top + height - decided, Decided: decided,
			Label: fmt.Sprintf("%s: %d entries, %d of them decisions", m.Month, m.All, m.Decisions)}
		if i%every == 0 {
			x.Short = m.Month
		}
		b.Bars = append(b.Bars, x)
	}
	for i := len(months) - 1; i >= 0; i-- {
		b.Months = append(b.Months, months[i])
	}
	b.Words = fmt.Sprintf("Entries by month from %s to %s, at most %d; the table below says the same", months[0].Month, months[len(months)-1].Month, b.Most)
	return b
}
