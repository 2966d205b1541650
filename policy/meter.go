package policy

import (
	"context"
	"fmt"
	"time"
)

// meter ends an evaluation that runs too long or makes too much. OPA asks it
// before every expression (topdown.Cancel), so counting the questions bounds
// the work by a number that does not depend on the machine. It belongs to one
// evaluation, which is one goroutine.
type meter struct {
	ctx      context.Context // of the caller
	deadline time.Time
	limits   Limits
	steps    int64
	bytes    int64
	cause    cause
	ended    []*call // that another call can use again
}

// call gives a call to fill in.
func (m *meter) call() *call {
	if last := len(m.ended) - 1; last >= 0 {
		c := m.ended[last]
		m.ended = m.ended[:last]
		return c
	}
	c := &call{meter: m}
	c.out = c.take
	return c
}

// done takes back a call whose builtin has returned.
func (m *meter) done(c *call) {
	c.location, c.iter = nil, nil
	m.ended = append(m.ended, c)
}

// cause is why a meter ended an evaluation.
type cause uint8

const (
	causeNone cause = iota
	causeSteps
	causeBytes
	causeTime
)

// checkEvery is how many steps pass between two looks at the wall clock.
const checkEvery = 64

// Cancel implements topdown.Cancel; nobody but the meter itself cancels.
func (m *meter) Cancel() {}

// Cancelled implements topdown.Cancel.
func (m *meter) Cancelled() bool {
	if m.cause != causeNone {
		return true
	}
	m.steps++
	if m.steps > m.limits.Steps {
		m.cause = causeSteps
		return true
	}
	if m.steps%checkEvery == 0 && m.ctx != nil && (m.ctx.Err() != nil || !time.Now().Before(m.deadline)) {
		m.cause = causeTime
		return true
	}
	return false
}

// work takes n steps of the evaluation's allowance.
func (m *meter) work(n int64) bool {
	if m.steps += n; m.steps > m.limits.Steps && m.cause == causeNone {
		m.cause = causeSteps
	}
	return m.cause == causeNone
}

// spend takes n bytes of the evaluation's allowance.
func (m *meter) spend(n int64) bool {
	m.bytes += n
	if m.bytes > m.limits.Bytes {
		if m.cause == causeNone {
			m.cause = causeBytes
		}
		return false
	}
	return true
}

func (m *meter) reason() string {
	switch m.cause {
	case causeSteps:
		return fmt.Sprintf("the rule did not end within %d steps", m.limits.Steps)
	case causeBytes:
		return fmt.Sprintf("the rule made more than %d bytes", m.limits.Bytes)
	case causeTime:
		return fmt.Sprintf("the rule did not end within %s", m.limits.Time)
	}
	return ""
}
