package admission

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/oci"
	"github.com/assize-dev/assize/policy/gate"
)

// point is one reference on its way to an answer.
type point struct {
	reference
	scope    *Scope // nil: none speaks of it
	mode     Mode   // of the scope, for this kind of object
	digest   attest.Ref
	resolved bool // the digest came from a registry
	question gate.Question
	answer   *gate.Answer
	refused  string // why it is refused whatever the gate says
	unjudged error  // why there is no verdict
}

// errUnidentified: a location says nothing that bytes could be held against.
var errUnidentified = errors.New("no digest")

// scoped finds the scope of each reference, the first that speaks of it.
func (s *Server) scoped(ctx context.Context, namespace string, o object, refs []reference) []point {
	var known map[string]string
	var failed error
	asked := false
	labels := func() (map[string]string, error) {
		if !asked {
			asked = true
			if known, failed = s.parts.Namespaces.Labels(ctx, namespace); failed != nil {
				failed = fmt.Errorf("labels of namespace %s: %w", namespace, failed)
			}
		}
		return known, failed
	}
	out := make([]point, len(refs))
	for i, r := range refs {
		p := &out[i]
		p.reference = r
		for _, sc := range s.scopes {
			in, err := sc.inNamespace(namespace, labels)
			if err == nil && (!in || !sc.speaksOf(r)) {
				continue
			}
			p.scope, p.mode, p.unjudged = sc.Scope, sc.Mode, err
			switch {
			case err != nil && o.controller:
				p.mode = Warn
			case err != nil: // nobody knows which scope it is, so the strictest
				p.mode = Enforce
			case o.controller:
				p.mode = sc.Controllers
			}
			break
		}
	}
	return out
}

// judge puts everything an object would run to the gate.
func (s *Server) judge(ctx context.Context, namespace string, o object, points []point, dryRun bool) {
	s.resolve(ctx, namespace, o, points)
	var questions []gate.Question
	var asks []int
	for i := range points {
		p := &points[i]
		if p.mode == Off || p.scope == nil || p.unjudged != nil {
			continue
		}
		p.question = gate.Question{Subject: p.digest, System: p.scope.System, Action: p.scope.Action, Environment: p.scope.Environment}
		if p.scope.System == "" && p.scope.ClaimedSystem == "choose" {
			p.question.System = o.claims.system
		}
		asks, questions = append(asks, i), append(questions, p.question)
	}
	if len(asks) == 0 {
		return
	}
	for n, each := range s.parts.Gate.DecideEach(ctx, questions, dryRun) {
		p := &points[asks[n]]
		if each.Err != nil {
			p.unjudged = each.Err
			continue
		}
		p.answer = &each.Answer
	}
	s.claimed(ctx, o, points, asks)
}

// resolve finds the digests that references stand for, distinct ones at once.
func (s *Server) resolve(ctx context.Context, namespace string, o object, points []point) {
	logins := sync.OnceValues(func() (oci.Logins, error) { return s.logins(ctx, namespace, o) })
	var wg sync.WaitGroup
	slots := make(chan struct{}, maxResolving)
	for i := range points {
		p := &points[i]
		if p.mode == Off || p.scope == nil || p.unjudged != nil {
			continue
		}
		image, ok := imageOf(p.reference)
		if !ok {
			p.digest, p.unjudged = located(p.text, o.claims.model)
			continue
		}
		if d, ok := oci.Digest(image); ok {
			p.digest = d
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			l, err := logins()
			if err == nil {
				p.digest, err = s.parts.Resolver.Resolve(ctx, image, l)
			}
			p.resolved, p.unjudged = err == nil, err
		})
	}
	wg.Wait()
}

// maxResolving bounds the resolutions of one object at once.
const maxResolving = 8

// commit is a revision of a Hugging Face repository that does not move.
var commit = regexp.MustCompile(`^hf://[^/@:]+/[^/@:]+[:@][0-9a-f]{40}(/.*)?$`)

// located is the model that a location is claimed to hold. Locations other than
// registries name no bytes, so the object has to say which model it is, and
// evidence has to have said so before (claimed).
func located(location string, model attest.Ref) (attest.Ref, error) {
	scheme, _, _ := strings.Cut(location, "://")
	switch {
	case scheme == "hf" && !commit.MatchString(location):
		return "", fmt.Errorf("%w: %s can change; name the revision by its commit, as in hf://ORG/MODEL:COMMIT", errUnidentified, clip(location))
	case model == "":
		return "", fmt.Errorf("%w: %s does not say which bytes lie there; say the model with the annotation %s: sha256:HEX", errUnidentified, clip(location), ClaimModel)
	}
	return model, nil
}

// claimed holds what the object says about itself against evidence. The gate has
// judged by then; a claim can only make it worse.
func (s *Server) claimed(ctx context.Context, o object, points []point, asks []int) {
	c := o.claims
	var carries []string // what else was looked at for the model
	borne := c.model == ""
	var undecided error
	for _, i := range asks {
		p := &points[i]
		if p.answer == nil {
			continue
		}
		switch systems := judgedSystems(p); {
		case c.fault != "":
			p.refused = c.fault
		case c.system == "":
		case p.scope.System != "" && p.scope.System != c.system:
			p.refused = fmt.Sprintf("it claims %s, and what runs here belongs to %s (scope %s)", c.system, p.scope.System, p.scope.Name)
		case !slices.Contains(systems, c.system) && p.answer.Decision.Verdict == gate.Allow:
			p.refused = fmt.Sprintf("it claims %s, and no trusted evidence puts %s into it", c.system, p.digest)
		}
		if c.model == "" || p.refused != "" {
			continue
		}
		var err error
		yes := false
		if _, image := imageOf(p.reference); !image {
			if yes, err = s.parts.Locker.LiesAt(ctx, c.model, p.text, p.question.System); err == nil && !yes {
				p.refused = fmt.Sprintf("it claims %s, and no trusted evidence names %s as where that model lies", c.model, clip(p.text))
			}
		} else if yes = p.digest == c.model; !yes {
			yes, err = s.parts.Locker.Carries(ctx, p.digest, c.model, p.question.System)
			carries = append(carries, clip(p.text))
		}
		if err != nil {
			p.unjudged, undecided = fmt.Errorf("look for evidence of the claimed model: %w", err), err
		}
		borne = borne || yes
	}
	if borne || undecided != nil || len(carries) == 0 {
		return
	}
	for _, i := range asks {
		if p := &points[i]; p.answer != nil && p.refused == "" {
			p.refused = fmt.Sprintf("it claims model %s, and no trusted evidence says that %s carries it", c.model, strings.Join(carries, ", "))
			return
		}
	}
}

// judgedSystems are those an answer speaks of.
func judgedSystems(p *point) []string {
	out := []string{}
	if p.question.System != "" {
		out = append(out, p.question.System)
	}
	for _, f := range p.answer.Decision.Findings {
		if f.System != "" && !slices.Contains(out, f.System) {
			out = append(out, f.System)
		}
	}
	return out
}

// verdict of a point, and why. An allow that was not recorded, though it could
// have been, lets nobody pass.
func (p *point) verdict(dryRun bool) (gate.Verdict, string) {
	switch {
	case p.unjudged != nil:
		return gate.Indeterminate, p.unjudged.Error()
	case p.answer == nil:
		return gate.Indeterminate, "it was not judged"
	case p.refused != "":
		return gate.Deny, p.refused
	case p.answer.Decision.Verdict != gate.Allow:
		return p.answer.Decision.Verdict, cause(&p.answer.Decision)
	case p.answer.Recorded == nil && !dryRun:
		return gate.Indeterminate, "it would be allowed, and that could not be recorded: " + strings.Join(p.answer.Inquiry, "; ")
	}
	return gate.Allow, ""
}

// cause is what stands between a decision and an allow, in one line.
func cause(d *gate.Decision) string {
	blocking := 0
	first := ""
	for _, f := range d.Findings {
		if f.Effect != gate.Blocks {
			continue
		}
		if blocking++; blocking > 1 {
			continue
		}
		why := f.Reason
		if why == "" && len(f.Messages) > 0 {
			why = f.Messages[0].Msg
		}
		if why == "" {
			why = f.Title
		}
		first = fmt.Sprintf("%s %s: %s", f.Rule, f.Status, why)
	}
	switch {
	case len(d.Reasons) > 0:
		return d.Reasons[0]
	case blocking > 1:
		return fmt.Sprintf("%s (and %d more)", first, blocking-1)
	}
	return first
}
