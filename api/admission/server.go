package admission

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kjson "sigs.k8s.io/json"

	"github.com/assize-dev/assize/attest/oci"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// Parts are what a Server works with.
type Parts struct {
	Gate   *gate.Gate
	Locker *evidence.Locker
	// Resolver turns tags into digests. Nil: one made from Config.Registries.
	Resolver *oci.Resolver
	// Cluster reads labels of namespaces and pull secrets; nil where the
	// configuration names no API server.
	Cluster *Cluster
	// Namespaces tells labels. Nil: Cluster does.
	Namespaces Namespaces
	// Pods is told which pods were let in, and which are to go. Nil: nobody is.
	Pods Pods
	// Behind answers what this server does not: /healthz, /readyz and /metrics.
	Behind http.Handler
	Logger *slog.Logger     // nil: discards
	Clock  func() time.Time // of durations; nil: time.Now
}

// Server answers a cluster. It is safe for concurrent use.
type Server struct {
	cfg       Config
	parts     Parts
	scopes    []scope
	running   scope // namespaces of which what runs is judged again
	resources []resource
	callers   *callers
	judging   chan struct{}
	mux       *http.ServeMux

	reviews   *prometheus.CounterVec
	refused   *prometheus.CounterVec
	durations *prometheus.HistogramVec
}

var (
	_ http.Handler         = (*Server)(nil)
	_ prometheus.Collector = (*Server)(nil)
)

// New returns a server for a configuration that ParseConfig gave.
func New(cfg Config, parts Parts) (*Server, error) {
	if parts.Gate == nil || parts.Locker == nil {
		return nil, errors.New("admission: a server needs a gate and a locker")
	}
	if parts.Logger == nil {
		parts.Logger = slog.New(slog.DiscardHandler)
	}
	if parts.Clock == nil {
		parts.Clock = time.Now
	}
	if parts.Resolver == nil {
		parts.Resolver = NewResolver(cfg.Registries)
	}
	if parts.Namespaces == nil && parts.Cluster != nil {
		parts.Namespaces = parts.Cluster
	}
	if parts.Namespaces == nil && cfg.labelled() {
		return nil, fmt.Errorf("%w: scopes select namespaces by label, and nothing reads them", ErrConfig)
	}
	s := &Server{
		cfg: cfg, parts: parts, judging: make(chan struct{}, MaxJudging), mux: http.NewServeMux(),
		reviews: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_admission_reviews_total", Help: "Admission reviews by outcome and operation."}, []string{"outcome", "operation"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_admission_refused_requests_total", Help: "Requests without an answer: the caller may not ask, or what it sent is no admission review."}, []string{"reason"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "assize_admission_duration_seconds", Help: "Time to answer an admission review.", Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 12)}, []string{"outcome"}),
	}
	for _, reason := range []string{"caller", "malformed"} {
		s.refused.WithLabelValues(reason) // from 0, so that an alert sees the first
	}
	var err error
	if s.scopes, err = scopes(cfg.Scopes); err != nil {
		return nil, err
	}
	if cfg.Running != nil {
		followed, err := scopes([]Scope{{Name: "running", Namespaces: cfg.Running.Namespaces}})
		if err != nil {
			return nil, err
		}
		s.running = followed[0]
	}
	if s.resources, err = compile(cfg.Resources); err != nil {
		return nil, err
	}
	if s.callers, err = newCallers(cfg.Callers); err != nil {
		return nil, err
	}
	s.mux.Handle("POST "+PathValidate, s.guarded(s.validate))
	s.mux.Handle("POST "+PathProvider, s.guarded(s.provide))
	if parts.Behind != nil {
		for _, path := range []string{"/healthz", "/readyz"} {
			s.mux.Handle("GET "+path, parts.Behind)
		}
		s.mux.Handle("GET /metrics", s.guarded(func(w http.ResponseWriter, r *http.Request) {
			r = r.Clone(r.Context())
			r.Host = "localhost" // the guard against foreign names is for browsers; here callers are known
			parts.Behind.ServeHTTP(w, r)
		}))
	}
	return s, nil
}

// NewResolver resolves tags as configured.
func NewResolver(c Registries) *oci.Resolver {
	r := &oci.Resolver{Client: oci.Client{Anonymous: c.Anonymous}, Mirrors: c.Mirrors, Timeout: c.Timeout}
	if c.Keep != nil {
		r.Keep = *c.Keep
	}
	return r
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Describe and Collect give the metrics of this server.
func (s *Server) Describe(c chan<- *prometheus.Desc) {
	s.reviews.Describe(c)
	s.refused.Describe(c)
	s.durations.Describe(c)
}

// Collect implements prometheus.Collector.
func (s *Server) Collect(c chan<- prometheus.Metric) {
	s.reviews.Collect(c)
	s.refused.Collect(c)
	s.durations.Collect(c)
}

// guarded lets those through who may ask, and turns a panic into an answer.
func (s *Server) guarded(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				s.parts.Logger.Error("admission", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				http.Error(w, "something failed inside the service; its log tells what", http.StatusInternalServerError)
			}
		}()
		if err := s.callers.check(r); err != nil {
			s.refuse(w, http.StatusUnauthorized, "caller", err)
			return
		}
		next(w, r)
	})
}

// refuse counts a request that gets no answer but why.
func (s *Server) refuse(w http.ResponseWriter, status int, reason string, err error) {
	s.refused.WithLabelValues(reason).Inc()
	http.Error(w, oneLine(err.Error(), MaxMessage), status)
}

// errReview: the body is no admission review this service reads.
var errReview = errors.New("malformed admission review")

// validate answers an admission review.
func (s *Server) validate(w http.ResponseWriter, r *http.Request) {
	start := s.parts.Clock()
	timeout := s.cfg.Timeout
	if t, err := time.ParseDuration(r.URL.Query().Get("timeout")); err == nil && t >= MinTimeout && t <= MaxTimeout {
		timeout = t // the API server says how long it waits
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), budget(timeout), deadlineError(timeout))
	defer cancel()
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxReview))
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		s.refuse(w, http.StatusRequestEntityTooLarge, "malformed", fmt.Errorf("%w: more than %d bytes", errReview, MaxReview))
		return
	}
	if err != nil {
		s.refuse(w, http.StatusBadRequest, "malformed", fmt.Errorf("%w: %w", errReview, err))
		return
	}
	req, err := parseReview(raw)
	if err != nil {
		s.refuse(w, http.StatusBadRequest, "malformed", err)
		return
	}
	resp, outcome := s.review(ctx, req)
	took := s.parts.Clock().Sub(start)
	s.reviews.WithLabelValues(outcome, operation(req.Operation)).Inc()
	s.durations.WithLabelValues(outcome).Observe(took.Seconds())
	s.parts.Logger.InfoContext(ctx, "admission", "uid", string(req.UID), "kind", req.Kind.Kind, "namespace", req.Namespace, "name", req.Name,
		"operation", string(req.Operation), "outcome", outcome, "dry_run", isDryRun(req), "took", took.Round(time.Microsecond))
	writeJSON(w, admissionv1.AdmissionReview{TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}, Response: resp})
}

// deadlineError: the time for an answer is over, of a caller who waits so long.
type deadlineError time.Duration

func (e deadlineError) Error() string {
	timeout := time.Duration(e)
	return fmt.Sprintf("no answer in time: %s, 80 %% of the %s the caller waits", budget(timeout), timeout)
}

// request is what is asked, with objects parsed in the place of their text.
type request struct {
	admissionv1.AdmissionRequest
	Object    any `json:"object"`
	OldObject any `json:"oldObject"`
	Options   any `json:"options"`
}

// parseReview reads a review: version 1, with a request that has a uid. Members
// that this version of the protocol does not know are left alone.
func parseReview(raw []byte) (*request, error) {
	var review struct {
		metav1.TypeMeta
		Request *request `json:"request"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &review); err != nil {
		return nil, fmt.Errorf("%w: %w", errReview, err)
	}
	switch {
	case review.APIVersion != "admission.k8s.io/v1" || review.Kind != "AdmissionReview":
		return nil, fmt.Errorf("%w: apiVersion %q, kind %q; want admission.k8s.io/v1 AdmissionReview (admissionReviewVersions: [v1])", errReview, clip(review.APIVersion), clip(review.Kind))
	case review.Request == nil:
		return nil, fmt.Errorf("%w: it has no request", errReview)
	case operation(review.Request.Operation) == "other":
		return nil, fmt.Errorf("%w: request.operation %q; want CREATE, UPDATE, DELETE or CONNECT", errReview, clip(string(review.Request.Operation)))
	case review.Request.UID == "" || len(review.Request.UID) > MaxReference:
		return nil, fmt.Errorf("%w: request.uid: want 1 to %d bytes", errReview, MaxReference)
	}
	return review.Request, nil
}

// operation is one of the four there are, for the metrics.
func operation(o admissionv1.Operation) string {
	switch o {
	case admissionv1.Create, admissionv1.Update, admissionv1.Delete, admissionv1.Connect:
		return string(o)
	}
	return "other"
}

func isDryRun(req *request) bool { return req.DryRun != nil && *req.DryRun }

// judged subresources: the others change nothing that runs.
func judged(req *request) bool {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return false
	}
	return req.SubResource == "" || req.SubResource == "ephemeralcontainers" || req.SubResource == "resize"
}

// review answers a request in time, whatever happens on the way.
func (s *Server) review(ctx context.Context, req *request) (*admissionv1.AdmissionResponse, string) {
	uid := string(req.UID)
	if !judged(req) {
		s.tellDeleted(req)
		return (&answer{}).response(uid)
	}
	if req.Object == nil {
		return s.unreadable(uid, fmt.Errorf("%w: there is none", errObject))
	}
	o, err := readObject(req.Object, req.Kind.Group, req.Kind.Kind, s.resources)
	if err != nil {
		return s.unreadable(uid, err)
	}
	refs, old := o.references, object{}
	switch {
	case !o.known:
		return s.unknownKind(uid, req)
	case req.Operation == admissionv1.Update:
		old, err = readObject(req.OldObject, req.Kind.Group, req.Kind.Kind, s.resources)
		if err != nil {
			return s.unreadable(uid, err)
		}
		refs = o.added(old)
	}
	points := s.scoped(ctx, req.Namespace, o, refs)
	dryRun := isDryRun(req)
	done := make(chan []point, 1)
	mine := append([]point(nil), points...)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				s.parts.Logger.Error("admission", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				done <- unjudgedFor(points, gate.ErrPanic)
			}
		}()
		select {
		case s.judging <- struct{}{}:
			defer func() { <-s.judging }()
			s.judge(ctx, req.Namespace, o, mine, dryRun)
			done <- mine
		case <-ctx.Done():
			done <- unjudgedFor(points, fmt.Errorf("%d reviews are being judged: %w", MaxJudging, context.Cause(ctx)))
		}
	}()
	select {
	case points = <-done:
	case <-ctx.Done():
		points = unjudgedFor(points, context.Cause(ctx))
	}
	resp, outcome := s.answer(points, dryRun).response(uid)
	if resp.Allowed {
		s.tellAdmitted(req, o, old, points)
	}
	return resp, outcome
}

// unjudgedFor a reason that holds for all points that wanted a verdict.
func unjudgedFor(points []point, err error) []point {
	out := append([]point(nil), points...)
	for i := range out {
		if out[i].unjudged == nil {
			out[i].unjudged = err
		}
	}
	return out
}

// unreadable refuses an object nobody can tell what it runs, whatever the scope.
func (s *Server) unreadable(uid string, err error) (*admissionv1.AdmissionResponse, string) {
	a := &answer{refusals: []string{err.Error()}}
	r, outcome := a.response(uid)
	r.Result = status(http.StatusBadRequest, metav1.StatusReasonBadRequest, a.refusals)
	return r, outcome
}

// unknownKind is what becomes of a kind that nothing is configured for.
func (s *Server) unknownKind(uid string, req *request) (*admissionv1.AdmissionResponse, string) {
	a := &answer{audit: map[string][]string{}}
	name := req.Kind.Kind
	if req.Kind.Group != "" {
		name += "." + req.Kind.Group
	}
	s.unmatched(a, &point{reference: reference{text: "kind " + name, at: "where it names images is not configured under resources"}})
	return a.response(uid)
}

func writeJSON(w http.ResponseWriter, v any) {
	b, err := encode(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b) // whoever went away does not read it
}

func typeUID(s string) types.UID { return types.UID(s) }
