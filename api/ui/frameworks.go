package ui

import (
	"github.com/assize-dev/assize/api"
)

// controlView is an opened cell with its findings as a decision shows them.
type controlView struct {
	api.ControlPage
	Rules []controlRule
}

type controlRule struct {
	api.ControlRule
	Findings []controlFinding
}

type controlFinding struct {
	api.ControlFinding
	View findingView
}

func viewControl(p api.ControlPage) controlView {
	v := controlView{ControlPage: p}
	for _, r := range p.Rules {
		one := controlRule{ControlRule: r}
		for _, f := range r.Findings {
			one.Findings = append(one.Findings, controlFinding{f, viewFinding(f.Finding)})
		}
		v.Rules = append(v.Rules, one)
	}
	return v
}
