package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/watch"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/format"
)

// ReportList is what reports there are: the kinds that can be built, and one page of
// those that were recorded, newest first.
type ReportList struct {
	Kinds   []ReportKind     `json:"kinds"`
	Reports []RecordedReport `json:"reports"`
	Next    string           `json:"next,omitempty"`
	// Systems and Environments are what a form offers; told to people only.
	Systems      []string `json:"-"`
	Environments []string `json:"-"`
}

// ReportKind is a kind of report that GET /api/v1/reports/{kind} builds.
type ReportKind struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Scope   string   `json:"scope"` // what the request names: "subject or system", system, all
	Formats []string `json:"formats"`
}

// RecordedReport is a report that the service signed and recorded. The ledger holds
// its head and digest; Again builds it once more, from the same ledger size and
// instant.
type RecordedReport struct {
	Index    uint64 `json:"index"`
	Time     string `json:"time"`
	Erased   bool   `json:"erased,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Title    string `json:"title,omitempty"`
	Sentence string `json:"sentence,omitempty"`
	AsOf     string `json:"as_of,omitempty"`
	Size     uint64 `json:"size,omitempty"` // of the ledger it read
	Digest   string `json:"digest,omitempty"`
	Again    string `json:"again,omitempty"` // path that builds it again
	// Since builds what changed from it to now; absent where a kind has no such thing.
	Since string `json:"since,omitempty"`
}

// reports lists kinds and recorded reports.
func (s *Server) reports(c echo.Context) error {
	form, err := negotiate(c, s.forms()...)
	if err != nil {
		return err
	}
	p, err := pageParams(c)
	if err != nil {
		return err
	}
	ctx, m, err := s.at(c)
	if err != nil {
		return err
	}
	out := ReportList{Reports: []RecordedReport{}}
	for _, k := range reports.Kinds() {
		out.Kinds = append(out.Kinds, ReportKind{k.Name, k.Title, k.Scope, format.Of(k)})
	}
	indices, stopped, err := s.scanKind(ctx, evidence.KindReport, min(p.before, m.Size), p.limit)
	if err != nil {
		return err
	}
	for _, i := range slices.Backward(indices) {
		r, err := s.recordedReport(ctx, i)
		if err != nil {
			return err
		}
		out.Reports = append(out.Reports, r)
	}
	if stopped > 0 {
		out.Next = p.next(c, stopped)
	}
	if form == mediaHTML {
		if err := s.offer(ctx, m, &out); err != nil {
			return err
		}
	}
	return s.show(c, form, out)
}

// offer finds the systems and environments that a form proposes.
func (s *Server) offer(ctx context.Context, m Moment, out *ReportList) error {
	_, params, err := s.rulesAt(ctx, m.Size)
	if errors.Is(err, evidence.ErrNotSeeded) || errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	out.Environments = params.Environments()
	b, _, err := s.board(ctx, m)
	if err != nil {
		return err
	}
	for _, sys := range b.List(watch.Query{Limit: watch.MaxListed}, m.At).Systems {
		out.Systems = append(out.Systems, sys.URI)
	}
	return nil
}

func (s *Server) recordedReport(ctx context.Context, index uint64) (RecordedReport, error) {
	rec, err := s.log.Read(ctx, index)
	if err != nil {
		return RecordedReport{}, err
	}
	out := RecordedReport{Index: index, Time: rec.Leaf.Time.Format(microseconds), Erased: rec.Erased}
	h, digest, err := reports.ReadHead(ctx, s.log, index)
	switch {
	case errors.Is(err, evidence.ErrErased):
		return out, nil
	case errors.Is(err, reports.ErrRecord):
		out.Title, out.Sentence = "Report of another version", "This program cannot read what was recorded."
		return out, nil
	case err != nil:
		return RecordedReport{}, err
	}
	out.Kind, out.Title, out.Sentence, out.AsOf, out.Size, out.Digest = h.Kind, h.Title, h.Sentence, h.AsOf, h.Ledger.Size, digest
	q := commandQuery(h.Command)
	out.Again = "/api/v1/reports/" + h.Kind + "?" + q.Encode()
	if q.Get("environment") != "" {
		for _, name := range []string{"as_of", "known_at", "status"} {
			q.Del(name)
		}
		q.Set("since", h.AsOf)
		out.Since = "/api/v1/reports/" + h.Kind + "?" + q.Encode()
	}
	return out, nil
}

// commandQuery is the command that builds a report as a query of this service.
func commandQuery(command []string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(command); i++ {
		name, ok := strings.CutPrefix(command[i], "--")
		if !ok {
			continue
		}
		name, value := strings.ReplaceAll(name, "-", "_"), command[i+1]
		if name == "action" && q.Get(name) != "" {
			value = q.Get(name) + "," + value
		}
		q.Set(name, value)
	}
	return q
}

// report builds one and writes it in the format asked for. It judges as an inquiry
// and records nothing.
func (s *Server) report(c echo.Context) error { return s.buildReport(c, c.Param("kind")) }

// newReport is report as a form asks for it: the kind is a field, and fields that the
// kind has no use for are left aside.
func (s *Server) newReport(c echo.Context) error { return s.buildReport(c, c.QueryParam("kind")) }

func (s *Server) buildReport(c echo.Context, name string) error {
	kinds := reports.Kinds()
	at := slices.IndexFunc(kinds, func(k reports.Kind) bool { return k.Name == name })
	if at < 0 {
		return fmt.Errorf("%w: report %q; /api/v1/reports lists the kinds", errNoSuch, clip(name))
	}
	k := kinds[at]
	form := c.QueryParam("format")
	if form == "" {
		form = "html"
	}
	f, err := format.Find(k, form)
	if err != nil {
		return err
	}
	q, err := s.reportRequest(c, k, c.Param("kind") == "")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	release, err := s.reportTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	m, err := reports.BuildKind(ctx, reports.Config{Gate: s.cfg.Gate, Locker: s.cfg.Locker, Frameworks: s.cfg.Frameworks}, k.Name, q)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := f.Write(ctx, &b, m, s.log); err != nil {
		return err
	}
	h := c.Response().Header()
	if f.Name == "html" {
		h.Set("Content-Security-Policy", reportPolicy(b.Bytes()))
	} else {
		attach(c, reportName(k.Name, q)+"."+f.Extension)
	}
	return c.Blob(http.StatusOK, f.Media, b.Bytes())
}

// reportRequest reads the query. lenient leaves aside what the kind has no use for.
func (s *Server) reportRequest(c echo.Context, k reports.Kind, lenient bool) (reports.Request, error) {
	m, err := s.moment(c)
	if err != nil {
		return reports.Request{}, err
	}
	q := reports.Request{System: c.QueryParam("system"), Environment: c.QueryParam("environment"), AsOf: m.At, Status: c.QueryParam("status")}
	if m.AsOf == "" {
		q.AsOf = q.AsOf.Truncate(time.Second)
	}
	if m.KnownAt != "" {
		q.KnownAt = &m.Size
	}
	subject, since := c.QueryParam("subject"), c.QueryParam("since")
	if v := c.QueryParam("action"); v != "" {
		q.Actions = strings.Split(v, ",")
	}
	if lenient {
		if k.Scope == reports.ScopeAll {
			q.System, q.Environment, since = "", "", ""
		}
		if k.Scope != reports.ScopeAny {
			subject, q.Actions = "", nil
		}
		if k.Name != reports.KindDeclaration {
			q.Status = ""
		}
	}
	if subject != "" {
		if q.Subject, err = attest.ParseRef(subject); err != nil {
			return reports.Request{}, fmt.Errorf("%w: subject: %w", errParameter, err)
		}
	}
	if since != "" {
		if q.Since, err = parseInstant(since); err != nil {
			return reports.Request{}, fmt.Errorf("since: %w", err)
		}
	}
	return q, nil
}

// reportTurn waits until one more report may be built.
func (s *Server) reportTurn(ctx context.Context) (func(), error) {
	return take(ctx, s.reporting, fmt.Sprintf("%d reports are being built", MaxReporting))
}

var unnamed = regexp.MustCompile(`[^a-z0-9]+`)

// reportName is a file name that says what is in it.
func reportName(kind string, q reports.Request) string {
	parts := []string{kind}
	if of := strings.TrimPrefix(q.System, "system:"); of != "" {
		parts = append(parts, strings.Trim(unnamed.ReplaceAllString(strings.ToLower(of), "-"), "-"))
	}
	return strings.Join(append(parts, q.AsOf.Format(time.DateOnly)), "-")
}

var reportStyle = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

// reportPolicy lets a report shown in the browser have its own style sheet and
// nothing else.
func reportPolicy(page []byte) string {
	var sheets strings.Builder
	for _, m := range reportStyle.FindAllSubmatch(page, 4) {
		sum := sha256.Sum256(m[1])
		sheets.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
	}
	return "default-src 'none'; style-src" + sheets.String() + "; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
