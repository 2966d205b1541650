package admission

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// Outcomes of a review, for metrics and the log.
const (
	outcomeAllowed  = "allowed"  // every reference was judged and may run
	outcomeDenied   = "denied"   // refused
	outcomeWarned   = "warned"   // let through with a warning
	outcomeAudited  = "audited"  // let through, told in the audit log alone
	outcomeUnjudged = "unjudged" // let through by configuration
	outcomeNothing  = "nothing"  // nothing to judge
	outcomeError    = "error"    // refused, since nothing could be judged
)

// unjudgedBy configuration is what a let-through says that is no allow.
const unjudgedBy = "unjudged, let through by configuration"

// answer collects what the API server is told.
type answer struct {
	refusals []string // of enforcing scopes, with a verdict
	failures []string // of enforcing scopes that fail closed, without one
	warnings []string
	audit    map[string][]string
	unjudged int
	allowed  int
	softened bool // something let through that a stricter mode would have refused
}

func (a *answer) warn(format string, args ...any) {
	w := oneLine(fmt.Sprintf(format, args...), MaxWarning)
	if len(a.warnings) < MaxWarnings && !slices.Contains(a.warnings, w) {
		a.warnings = append(a.warnings, w)
	}
}

func (a *answer) note(key, v string) {
	said := a.audit[key]
	if len(said) >= MaxWarnings {
		return
	}
	if v = oneLine(v, MaxMessage); !slices.Contains(said, v) {
		a.audit[key] = append(said, v)
	}
}

// answer turns judged points into what the API server is told.
func (s *Server) answer(points []point, dryRun bool) *answer {
	a := &answer{audit: map[string][]string{}}
	for i := range points {
		s.tell(a, &points[i], dryRun)
	}
	return a
}

func (s *Server) tell(a *answer, p *point, dryRun bool) {
	if p.scope == nil {
		s.unmatched(a, p)
		return
	}
	if p.mode == Off {
		a.unjudged++
		a.note("unjudged", fmt.Sprintf("%s: %s (scope %s)", p.text, unjudgedBy, p.scope.Name))
		return
	}
	verdict, why := p.verdict(dryRun)
	a.note("scope", p.scope.Name)
	a.note("verdict", string(verdict))
	if p.answer != nil {
		if p.answer.Recorded != nil {
			a.note("decision", p.answer.Recorded.ID)
		}
		a.note("checkpoint", checkpoint(p.answer.Decision.Checkpoint))
	}
	link := s.link(p)
	if verdict == gate.Allow {
		a.allowed++
		s.besides(a, p, link)
		return
	}
	name := p.text
	if p.resolved {
		name += " (" + string(p.digest) + ")"
	}
	a.note("finding", name+": "+why)
	failed := p.unjudged != nil || p.answer == nil
	switch {
	case p.mode == Audit:
		a.softened = true
	case p.mode == Warn:
		a.softened = true
		a.warn("%s would be refused in %s (%s): %s", short(p.text), p.scope.Environment, verdict, why)
		if link != "" {
			a.warn("%s: %s", verdict, link)
		}
	case failed && s.cfg.OnError == "open":
		a.softened = true
		a.warn("%s let through unjudged, as configured (fail open): %s", short(p.text), why)
	case failed:
		a.warn("%s was not judged; refused as configured (fail closed)", short(p.text))
		a.failures = append(a.failures, fmt.Sprintf("%s (%s) was not judged, and scope %s fails closed: %s", name, p.at, p.scope.Name, why))
	default:
		a.refusals = append(a.refusals, strings.TrimSuffix(fmt.Sprintf("%s (%s) may not run in %s, %s: %s; %s", name, p.at, p.scope.Environment, verdict, Cut(why, MaxMessage/2), link), "; "))
	}
}

// unmatched says what becomes of a reference no scope speaks of.
func (s *Server) unmatched(a *answer, p *point) {
	switch s.cfg.NoMatch {
	case "deny":
		a.refusals = append(a.refusals, fmt.Sprintf("%s (%s) is spoken of by no scope of the admission configuration, and no_match is deny", p.text, p.at))
		return
	case "warn":
		a.warn("%s: %s: no scope speaks of it", short(p.text), unjudgedBy)
	}
	a.unjudged++
	a.note("unjudged", fmt.Sprintf("%s: %s (no_match)", p.text, unjudgedBy))
}

// besides tells what else is to know of something that may run: waivers that let it,
// and findings that warn.
func (s *Server) besides(a *answer, p *point, link string) {
	d := &p.answer.Decision
	for _, f := range d.Findings {
		if w := f.Waiver; w != nil && f.Status == policy.StatusWaived {
			a.warn("%s is waived until %s for %s", f.Rule, w.Expires, short(p.text))
		}
	}
	if n := d.Warnings(); n > 0 && p.mode != Audit {
		a.warn("%d findings warn about %s: %s", n, short(p.text), link)
	}
}

// link to the page of the decision, or of the subject where none was recorded.
func (s *Server) link(p *point) string {
	base := strings.TrimSuffix(s.cfg.PublicURL, "/")
	switch {
	case p.answer != nil && p.answer.Recorded != nil:
		return base + "/decisions/" + p.answer.Recorded.ID
	case p.digest != "":
		return base + "/subjects/" + string(p.digest)
	}
	return ""
}

// response as the API server reads it.
func (a *answer) response(uid string) (*admissionv1.AdmissionResponse, string) {
	r := &admissionv1.AdmissionResponse{UID: typeUID(uid), Allowed: true, Warnings: a.warnings}
	outcome := outcomeAllowed
	switch {
	case len(a.refusals) > 0:
		outcome = outcomeDenied
		r.Allowed = false
		r.Result = status(http.StatusForbidden, metav1.StatusReasonForbidden, append(a.refusals, a.failures...))
	case len(a.failures) > 0:
		outcome = outcomeError
		r.Allowed = false
		r.Result = status(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, a.failures)
	case a.softened && len(a.warnings) > 0:
		outcome = outcomeWarned
	case a.softened:
		outcome = outcomeAudited
	case a.allowed == 0 && a.unjudged > 0:
		outcome = outcomeUnjudged
	case a.allowed == 0:
		outcome = outcomeNothing
	}
	if r.Allowed && a.unjudged > 0 {
		r.Result = &metav1.Status{Code: http.StatusOK, Message: unjudgedBy}
	}
	for key, values := range a.audit {
		if r.AuditAnnotations == nil {
			r.AuditAnnotations = map[string]string{}
		}
		r.AuditAnnotations[key] = Cut(strings.Join(values, ", "), 4*MaxMessage)
	}
	return r, outcome
}

func status(code int32, reason metav1.StatusReason, why []string) *metav1.Status {
	message := why[0]
	if len(why) > 1 {
		message = Cut(message, MaxMessage-40) + fmt.Sprintf(" (and %d more)", len(why)-1)
	}
	return &metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: oneLine(message, MaxMessage)}
}

// checkpoint is a signed note in one line: origin, size and root.
func checkpoint(note string) string {
	end := 0
	for range 3 {
		n := strings.IndexByte(note[end:], '\n')
		if n < 0 {
			return "none"
		}
		end += n + 1
	}
	return strings.ReplaceAll(note[:end-1], "\n", " ")
}

// short leaves of a reference what fits into a warning.
func short(ref string) string {
	if name, digest, ok := strings.Cut(ref, "@sha256:"); ok && len(digest) > 12 {
		ref = name + "@sha256:" + digest[:12]
	}
	if len(ref) > 48 {
		ref = "..." + ref[len(ref)-45:]
	}
	return ref
}

// oneLine takes out what would break a line or a header, and bounds the rest.
func oneLine(s string, most int) string {
	if !printable(s) {
		s = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || r == utf8.RuneError {
				return ' '
			}
			return r
		}, s)
	}
	return Cut(s, most)
}

// printable ASCII is what nearly every text here is.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Cut bounds a text in bytes, between runes.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - len("...")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}

// budget is how much of the API server's patience an answer may use.
func budget(timeout time.Duration) time.Duration { return timeout * 8 / 10 }
