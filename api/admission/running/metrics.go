package running

import "github.com/prometheus/client_golang/prometheus"

// metrics of a follower.
type metrics struct {
	outcomes *prometheus.GaugeVec
	events   *prometheus.CounterVec
	cuts     *prometheus.CounterVec
	leftOut  prometheus.GaugeFunc
	known    prometheus.GaugeFunc
	size     prometheus.Gauge
}

func (f *Follower) newMetrics() metrics {
	return metrics{
		outcomes: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "assize_running_workloads", Help: "Workloads that run, by how their admission would be answered now."}, []string{"outcome"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_running_events_total", Help: "Events about workloads: made, dropped for their number, or failed."}, []string{"outcome"}),
		cuts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_running_forgotten_total", Help: "Pods known by admissions alone that were let go: for their age, their number, too many waiting, or unreadable."}, []string{"why"}),
		leftOut: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "assize_running_left_out", Help: "Pods that are not judged again, since there are too many workloads."}, func() float64 {
			f.mu.Lock()
			defer f.mu.Unlock()
			return float64(len(f.left))
		}),
		known: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "assize_running_known_since_seconds", Help: "Instant from which on what was let in is known, where pods may not be listed; 0: they are listed, and all are known."}, func() float64 {
			return float64(f.since.Load())
		}),
		size: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "assize_running_ledger_size", Help: "Entries of the ledger that were looked at for what runs."}),
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.outcomes, m.events, m.cuts, m.leftOut, m.known, m.size}
}

var _ prometheus.Collector = (*Follower)(nil)

// Describe implements prometheus.Collector.
func (f *Follower) Describe(c chan<- *prometheus.Desc) {
	for _, m := range f.all() {
		m.Describe(c)
	}
}

// Collect implements prometheus.Collector.
func (f *Follower) Collect(c chan<- prometheus.Metric) {
	for _, m := range f.all() {
		m.Collect(c)
	}
}

// count the workloads by outcome.
func (f *Follower) count() {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for _, w := range f.workloads {
		if !w.gone && w.outcome != "" {
			n[w.outcome]++
		}
	}
	f.outcomes.Reset()
	for outcome, n := range n {
		f.outcomes.WithLabelValues(outcome).Set(float64(n))
	}
}
