package admission

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	kjson "sigs.k8s.io/json"

	"github.com/assize-dev/assize/attest"
)

// Reading is what is judged of an object: what it names, and what it claims. Its JSON
// can be kept and read again; the object cannot be made of it.
type Reading struct{ o object }

// Pods is told what becomes of pods, beside the answers that are given about them. It
// keeps nobody waiting.
type Pods interface {
	// Admitted: a pod, or a change of it, was let in after it was read so. The pod is
	// the caller's again afterwards.
	Admitted(pod map[string]any, r Reading)
	// Deleted: the pod with this uid is to go, within MaxEnding.
	Deleted(uid string)
}

// Read reads a pod as a request about it would.
func (s *Server) Read(pod map[string]any) (Reading, error) {
	o, err := readObject(pod, "", "Pod", s.resources)
	return Reading{o}, err
}

// Since is the reading with the digests that tags were known to stand for before: those
// a pod was let in with, or was started with.
func (r Reading) Since(before Reading) Reading {
	var refs []reference
	add := func(ref reference) {
		if !slices.ContainsFunc(refs, func(x reference) bool { return x.kind == ref.kind && x.text == ref.text }) {
			refs = append(refs, ref)
		}
	}
	for _, ref := range r.o.references {
		stood := false
		if !strings.Contains(ref.text, "@") {
			for _, known := range before.o.references {
				if known.kind == ref.kind && strings.HasPrefix(known.text, ref.text+"@") {
					stood = true
					add(reference{ref.kind, known.text, ref.at})
				}
			}
		}
		if !stood {
			add(ref)
		}
	}
	r.o.references = refs
	return r
}

// With is the reading with what another names beside it.
func (r Reading) With(other Reading) Reading {
	refs := slices.Clone(r.o.references)
	for _, ref := range other.o.references {
		if !slices.ContainsFunc(refs, func(x reference) bool { return x.kind == ref.kind && x.text == ref.text }) {
			refs = append(refs, ref)
		}
	}
	r.o.references = refs
	return r
}

// read is what a review judged an object by: its reading, with the digests of tags that
// were resolved for it. What a tag stood for in the old object may run beside that.
func read(o, old object, points []point) Reading {
	var refs []reference
	for _, ref := range o.references {
		for j := range points {
			if p := &points[j]; p.resolved && p.reference == ref {
				if slices.ContainsFunc(old.references, func(x reference) bool { return x.kind == ref.kind && x.text == ref.text }) {
					refs = append(refs, ref)
				}
				ref.text += "@" + string(p.digest)
				break
			}
		}
		refs = append(refs, ref)
	}
	o.references = refs
	return Reading{o}
}

// tellAdmitted what was let in. A dry run is not.
func (s *Server) tellAdmitted(req *request, o, old object, points []point) {
	if s.parts.Pods != nil && !isDryRun(req) && isPod(req) {
		s.parts.Pods.Admitted(mapping(req.Object), read(o, old, points))
	}
}

// tellDeleted what is to go.
func (s *Server) tellDeleted(req *request) {
	if s.parts.Pods == nil || isDryRun(req) || !isPod(req) || req.SubResource != "" || req.Operation != admissionv1.Delete {
		return
	}
	pod := mapping(req.OldObject)
	if uid, ok := at(pod, "metadata.uid").(string); ok && ends(pod, mapping(req.Options)) <= MaxEnding {
		s.parts.Pods.Deleted(uid)
	}
}

// ends is how long a pod may go on running once it is deleted. When it has ended, its
// node deletes it again, with no time left.
func ends(pod, options map[string]any) time.Duration {
	phase := at(pod, "status.phase")
	if node, _ := at(pod, "spec.nodeName").(string); node == "" || phase == "Succeeded" || phase == "Failed" {
		return 0 // at once (Kubernetes, registry/core/pod, CheckGracefulDelete)
	}
	for _, v := range []any{options["gracePeriodSeconds"], at(pod, "spec.terminationGracePeriodSeconds")} {
		if seconds, ok := v.(int64); ok {
			return time.Duration(min(max(seconds, 0), math.MaxInt32)) * time.Second
		}
	}
	return 0
}

func isPod(req *request) bool {
	return req.Kind.Group == "" && req.Kind.Kind == "Pod"
}

// kept is the JSON of a Reading.
type kept struct {
	References     [][3]string `json:"references,omitempty"` // kind, text, place
	System         string      `json:"system,omitempty"`
	Model          attest.Ref  `json:"model,omitempty"`
	Fault          string      `json:"fault,omitempty"`
	Controller     bool        `json:"controller,omitempty"`
	PullSecrets    []string    `json:"pull_secrets,omitempty"`
	ServiceAccount string      `json:"service_account,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (r Reading) MarshalJSON() ([]byte, error) {
	c := r.o.claims
	k := kept{System: c.system, Model: c.model, Fault: c.fault, Controller: r.o.controller, PullSecrets: r.o.pullSecrets, ServiceAccount: r.o.serviceAccount}
	for _, ref := range r.o.references {
		k.References = append(k.References, [3]string{string(ref.kind), ref.text, ref.at})
	}
	return json.Marshal(k)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Reading) UnmarshalJSON(raw []byte) error {
	var k kept
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &k); err != nil {
		return fmt.Errorf("%w: %w", errObject, err)
	}
	r.o = object{known: true, claims: claims{k.System, k.Model, k.Fault}, controller: k.Controller, pullSecrets: k.PullSecrets, serviceAccount: k.ServiceAccount}
	for _, ref := range k.References {
		r.o.references = append(r.o.references, reference{refKind(ref[0]), ref[1], ref[2]})
	}
	return nil
}
