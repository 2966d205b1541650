package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// Health is what a probe reads.
type Health struct {
	Status string `json:"status"` // ok
	// Size of the newest published tree; only told by /readyz.
	Size uint64 `json:"size,omitempty"`
}

// healthz says that the process answers.
func (s *Server) healthz(c echo.Context) error { return c.JSON(http.StatusOK, Health{Status: "ok"}) }

// readyz says whether evidence is taken in and questions are answered; if not,
// the problem says why. A reader asks with ?for=read, which a read-only ledger
// can serve.
func (s *Server) readyz(c echo.Context) error {
	ctx := c.Request().Context()
	size, _, _, err := s.log.Head(ctx)
	if err != nil {
		return err
	}
	for _, kind := range []string{evidence.KindTrust, evidence.KindParameters} {
		if _, err := evidence.Latest(ctx, s.log, kind, size); err != nil {
			return err
		}
	}
	if c.QueryParam("for") != "read" {
		if err := s.log.Ready(ctx); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, Health{Status: "ok", Size: size})
}

// metrics are the Prometheus metrics of one server.
type metrics struct {
	registry    *prometheus.Registry
	handler     http.Handler
	requests    *prometheus.CounterVec
	durations   *prometheus.HistogramVec
	submissions *prometheus.CounterVec
	decisions   *prometheus.CounterVec
	judging     *prometheus.HistogramVec
}

func newMetrics(log *ledger.Log) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_http_requests_total", Help: "Requests answered."}, []string{"method", "route", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "assize_http_request_duration_seconds", Help: "Time to answer a request.", Buckets: prometheus.DefBuckets}, []string{"method", "route"}),
		submissions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_submissions_total", Help: "Submissions by outcome: new, duplicate, or the problem they were refused with."}, []string{"outcome"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_decisions_total", Help: "Answers of the gate, recorded ones and inquiries."}, []string{"verdict", "kind"}),
		judging: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "assize_decision_duration_seconds", Help: "Time the gate took to answer.", Buckets: prometheus.ExponentialBuckets(0.00005, 3, 12)}, []string{"kind"}),
	}
	head := func() float64 {
		h, err := log.Committed(context.Background())
		if err != nil {
			return -1
		}
		return float64(h.Size)
	}
	readOnly := func() float64 {
		if log.ReadOnlyReason() != "" {
			return 1
		}
		return 0
	}
	m.registry.MustRegister(m.requests, m.durations, m.submissions, m.decisions, m.judging,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "assize_ledger_size", Help: "Entries committed; -1 when the store does not say."}, head),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "assize_ledger_read_only", Help: "1 while the ledger takes no entries."}, readOnly),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
	return m
}

// request counts an answer by its route, never by its path: paths are without
// number.
func (m *metrics) request(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(method, route).Observe(took.Seconds())
}

func (m *metrics) decided(a gate.Answer, took time.Duration) {
	kind := "recorded"
	if a.Recorded == nil {
		kind = "inquiry"
	}
	m.decisions.WithLabelValues(string(a.Decision.Verdict), kind).Inc()
	m.judging.WithLabelValues(kind).Observe(took.Seconds())
}

func (m *metrics) serve(c echo.Context) error {
	m.handler.ServeHTTP(c.Response(), c.Request())
	return nil
}
