package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
)

// Config of a Server.
type Config struct {
	Gate   *gate.Gate
	Locker *evidence.Locker
	// Pages writes answers for people; package ui is one. Nil: JSON only.
	Pages Pages
	// Calendar holds the dates of law that the overview tells of; those of rules in
	// force it finds by itself.
	Calendar []policy.LegalDate
	// Frameworks holds YAML files with the texts of controls, for reports and the
	// pages of frameworks. Nil: controls stand by their ids alone.
	Frameworks fs.FS
	// Check derives the whole tree of the ledger again and compares everything with
	// it; people may ask for it. Nil: that is not offered.
	Check  func(context.Context) (ledger.Report, error)
	Logger *slog.Logger // nil: discards
	// LogKey is the log's verifier key, served at /log.vkey. Empty: it is not
	// known here, and that route says so.
	LogKey string
	// Hosts are the names this service is called by, without port. A request for
	// any other host is refused, so that no web page can reach the service
	// through a name of its own (DNS rebinding). Empty: loopback names only; "*":
	// any, for a service behind something that checks.
	Hosts []string
	// Version of the program, for the pages and the API description.
	Version string

	Clock func() time.Time // of the rate limit and of durations; nil: time.Now
	Rand  io.Reader        // of request ids; nil: crypto/rand
}

// Server answers HTTP. It is safe for concurrent use.
type Server struct {
	cfg     Config
	log     *ledger.Log
	echo    *echo.Echo
	metrics *metrics
	limiter *limiter
	boards  boards
	openAPI []byte
	origin  *http.CrossOriginProtection
	bodies  bodies
	judging chan struct{}
	// reporting has a place for each report being built.
	reporting chan struct{}
	// checking has a place for the one check of the ledger.
	checking chan struct{}
}

var _ http.Handler = (*Server)(nil)

// New returns a server over a running gate.
func New(cfg Config) (*Server, error) {
	if cfg.Gate == nil || cfg.Locker == nil {
		return nil, errors.New("api: a server needs a gate and a locker")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	s := &Server{
		cfg: cfg, log: cfg.Locker.Log(), echo: echo.New(), origin: http.NewCrossOriginProtection(),
		limiter: newLimiter(DecisionBurst, DecisionEvery, MaxCallers, cfg.Clock),
		boards:  boards{now: watch.New(cfg.Locker), catchUp: (*watch.Board).CatchUp}, bodies: bodies{free: MaxBodies}, judging: make(chan struct{}, MaxJudging),
		reporting: make(chan struct{}, MaxReporting), checking: make(chan struct{}, 1),
	}
	var err error
	if s.openAPI, err = describe(cfg.Version); err != nil {
		return nil, fmt.Errorf("api: description: %w", err)
	}
	s.metrics = newMetrics(s.log)
	s.echo.HTTPErrorHandler = s.problem
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.Use(s.observe, s.recover, s.guard)
	s.routes(s.echo)
	return s, nil
}

// ServeHTTP answers one request; HEAD as GET, whose body net/http leaves out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(r.Context()) // a copy
		r.Method = http.MethodGet
	}
	s.echo.ServeHTTP(w, r)
}

// HTTPServer is an http.Server for this handler with the bounds of this package.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: HeaderTime, ReadTimeout: RequestTime, WriteTimeout: WriteTime, IdleTimeout: IdleTime,
		MaxHeaderBytes: MaxHeader, ErrorLog: slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelWarn),
	}
}

// Register adds metrics of others to those the server shows.
func (s *Server) Register(more prometheus.Collector) error {
	if err := s.metrics.registry.Register(more); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	return nil
}

// Route is one method and path the server answers, path elements with a colon
// being parameters.
type Route struct{ Method, Path string }

// Routes lists what the server answers.
func (s *Server) Routes() []Route {
	var out []Route
	for _, r := range s.echo.Routes() {
		out = append(out, Route{r.Method, r.Path})
	}
	return out
}

// ErrNotLoopback: the address would be reachable from other machines.
var ErrNotLoopback = errors.New("not a loopback address")

// CheckLoopback refuses a listen address that other machines can reach: without
// authentication everybody there could ask and submit.
func CheckLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("listen address %q: %w; without authentication the service listens on 127.0.0.1, [::1] or localhost only", addr, ErrNotLoopback)
}

func (s *Server) routes(e *echo.Echo) {
	v1 := e.Group("/api/v1")
	v1.GET("", s.service)
	v1.POST("/attestations", s.submit)
	v1.GET("/attestations/:id", s.attestation)
	v1.GET("/attestations/:id/envelope", s.envelope)
	v1.GET("/subjects/:ref", s.subject)
	v1.GET("/subjects/:ref/lineage", s.lineage)
	v1.POST("/gate", s.decide)
	v1.GET("/decisions", s.decisions)
	v1.GET("/decisions/:id", s.decision)
	v1.GET("/decisions/:id/envelope", s.decisionEnvelope)
	v1.GET("/decisions/:id/proof", s.proof)
	v1.GET("/decisions/:id/vsa", s.vsa)
	v1.GET("/decisions/:id/svr", s.svr)
	v1.GET("/rules", s.rules)
	v1.GET("/rules/:id", s.rule)
	v1.GET("/reports", s.reports)
	v1.GET("/reports/:kind", s.report)
	v1.POST("/activations", s.activate)
	v1.GET("/erasures/:id", s.planErasure)
	v1.POST("/erasures", s.erase)
	v1.GET("/trust", s.trust)
	v1.GET("/parameters", s.parameters)

	e.GET("/checkpoint", s.checkpoint)
	e.GET("/tile/*", s.tile)
	e.GET("/payload/*", s.payload)
	e.GET("/salt/*", s.column("salt"))
	e.GET("/identity/*", s.column("identity"))
	e.GET("/log.vkey", s.logKey)

	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/metrics", s.metrics.serve)
	e.GET("/openapi.json", s.describe)

	if s.cfg.Pages == nil {
		return
	}
	e.GET("/", s.overview)
	e.GET("/assets/:name", s.asset)
	e.GET("/service", s.service)
	e.GET("/systems/:uri", s.system)
	e.GET("/waivers", s.waivers)
	e.GET("/ledger", s.ledger)
	e.POST("/ledger/check", s.checkLedger)
	e.GET("/search", s.search)
	e.GET("/decisions", s.decisions)
	e.GET("/decisions/:id", s.decision)
	e.GET("/subjects/:ref", s.subject)
	e.GET("/attestations/:id", s.attestation)
	e.GET("/rules", s.rules)
	e.GET("/rules/:id", s.rule)
	e.GET("/frameworks", s.frameworkList)
	e.GET("/frameworks/:id", s.framework)
	e.GET("/frameworks/:id/:control", s.control)
	e.GET("/reports", s.reports)
	e.GET("/reports/new", s.newReport)
}
