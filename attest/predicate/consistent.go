package predicate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest"
)

// past names, per type, the instants that lie at or before stated_at: a review, a
// measurement or a window that is yet to come cannot have been seen, and would
// keep evidence fresh for ever.
var past = map[string][]string{
	"data-quality":        {"executed_at"},
	"training-run":        {"started_at", "finished_at"},
	"eval-result":         {"executed_at"},
	"fairness-assessment": {"executed_at"},
	"bias-audit":          {"audit_date"},
	"risk-assessment":     {"reviewed_at"},
	"impact-assessment":   {"completed_at"},
	"incident":            {"occurred_at", "aware_at", "causal_link_at", "closed_at"},
	"org-evidence":        {"done_at"},
}

// consistent holds a statement that fits its schema against itself.
func (f *Facts) consistent(st *attest.Statement, p object) *Fault {
	for i, s := range st.Subjects {
		if len(s.Refs()) == 0 {
			return inconsistent(subjectPath(i), "has no sha256, sha384 or sha512 digest, so it identifies nothing; add one")
		}
	}
	for _, name := range past[f.Type.Short] {
		if t := p.time(name); t.After(f.StatedAt) {
			return inconsistent("$.predicate."+name, "is %s, after stated_at %s; state what has happened", p.text(name), p.text("stated_at"))
		}
	}
	if f.Type.Home == HomeSystem || f.Type.Short == "monitoring-plan" || f.Type.Short == "incident" {
		return f.aboutSystem(st, p)
	}
	switch f.Type.Short {
	case "dataset-card":
		return among(st, p, "digest")
	case "data-quality", "data-rights":
		return among(st, p, "dataset")
	case "approval":
		return among(st, p, "model")
	case "deployment":
		return f.deploymentOf(st, p)
	case "monitoring-report":
		return f.reportOf(p)
	case "model-change":
		if !holds(st, p.ref("from")) && !holds(st, p.ref("to")) {
			return inconsistent("$.subject", "names neither $.predicate.from nor $.predicate.to; the subject is the model after the change, or before it when it is retired")
		}
	case "waiver":
		return f.waives(st, p)
	case "revocation":
		return revokes(st, p.object("target"))
	}
	return nil
}

// aboutSystem: things that are not bytes have the SHA-256 of their URI as their
// only digest, and a system statement counts for the systems it is about.
func (f *Facts) aboutSystem(st *attest.Statement, p object) *Fault {
	for i, s := range st.Subjects {
		uri := s.URI
		if uri == "" {
			uri = s.Name
		}
		switch {
		case strings.HasPrefix(uri, "system:"):
			if !slices.Contains(f.Systems, uri) {
				return inconsistent(subjectPath(i), "is %s, which $.predicate.systems does not list; add it there", quote(uri))
			}
		case f.Type.Short == "org-evidence" && strings.HasPrefix(uri, "org:"):
		default:
			return inconsistent(subjectPath(i), "is named %s, want the URI of a system, such as system:credit-scoring", quote(uri))
		}
		want := attest.RefOf(uri)
		if refs := s.Refs(); len(refs) != 1 || refs[0] != want {
			return inconsistent(subjectPath(i)+".digest", "want the SHA-256 of the URI %s and no other: %s", quote(uri), want)
		}
	}
	if f.Type.Short == "system-profile" {
		if id := p.text("system_id"); len(st.Subjects) != 1 || st.Refs()[0] != attest.RefOf(id) {
			return inconsistent("$.predicate.system_id", "is %s, want the one subject of the statement", quote(id))
		}
	}
	return nil
}

func (f *Facts) deploymentOf(st *attest.Statement, p object) *Fault {
	if fault := among(st, p, "model"); fault != nil {
		return fault
	}
	for i, s := range st.Subjects {
		if image := p.ref("image"); !names(s, p.ref("model")) && (image == "" || !names(s, image)) {
			return inconsistent(subjectPath(i), "is neither the model nor the image of the deployment; name only these")
		}
	}
	return nil
}

func (f *Facts) reportOf(p object) *Fault {
	w := p.object("window")
	start, end := w.time("start"), w.time("end")
	switch {
	case !end.After(start):
		return inconsistent("$.predicate.window.end", "is %s, not after the start %s", w.text("end"), w.text("start"))
	case end.After(f.StatedAt):
		return inconsistent("$.predicate.window.end", "is %s, after stated_at %s; report a window when it is over", w.text("end"), p.text("stated_at"))
	}
	for i, d := range p.objects("feature_drift") {
		if h := d.object("histogram"); h != nil {
			if fault := histogram(h); fault != nil {
				return fault.under(fmt.Sprintf("$.predicate.feature_drift[%d].histogram", i))
			}
		}
	}
	if h := p.object("prediction_drift").object("histogram"); h != nil {
		if fault := histogram(h); fault != nil {
			return fault.under("$.predicate.prediction_drift.histogram")
		}
	}
	return nil
}

// histogram: ascending edges, and one bin more than edges on both sides.
func histogram(h object) *Fault {
	edges, _ := h["upper_edges"].([]any)
	for _, name := range []string{"reference_counts", "window_counts"} {
		if counts, _ := h[name].([]any); len(counts) != len(edges)+1 {
			return inconsistent("."+name, "has %d bins for %d upper edges; the last bin has no edge, so there is one bin more", len(counts), len(edges))
		}
	}
	var last float64
	for i, v := range edges {
		num, _ := v.(json.Number)
		edge, err := num.Float64()
		if err != nil || i > 0 && edge <= last {
			return inconsistent(fmt.Sprintf(".upper_edges[%d]", i), "is %s, want edges in ascending order", num)
		}
		last = edge
	}
	return ends(h, edges)
}

// ends: what closes the outer bins lies outside their inner edges.
func ends(h object, edges []any) *Fault {
	for _, name := range []string{"low", "high"} {
		num, ok := h[name].(json.Number)
		if !ok || len(edges) == 0 {
			continue
		}
		first, _ := edges[0].(json.Number)
		last, _ := edges[len(edges)-1].(json.Number)
		v, err := num.Float64()
		a, _ := first.Float64()
		b, _ := last.Float64()
		switch {
		case err != nil || name == "low" && v >= a:
			return inconsistent("."+name, "is %s, want a value below the first edge %s", num, first)
		case name == "high" && v <= b:
			return inconsistent("."+name, "is %s, want a value above the last edge %s", num, last)
		}
	}
	return nil
}

func (f *Facts) waives(st *attest.Statement, p object) *Fault {
	if by := p.text("requested_by"); by == p.text("approved_by") {
		return inconsistent("$.predicate.approved_by", "is %s, who also requested it; another principal must approve", quote(by))
	}
	if t := p.time("expires_at"); !t.After(f.StatedAt) {
		return inconsistent("$.predicate.expires_at", "is %s, not after stated_at %s", p.text("expires_at"), p.text("stated_at"))
	}
	urgent := p.flag("break_glass")
	_, reviewed := p["review_by"]
	switch t := p.time("review_by"); {
	case urgent && !reviewed:
		return inconsistent("$.predicate.review_by", "is not there; say until when a waiver of an emergency is reviewed")
	case !urgent && reviewed:
		return inconsistent("$.predicate.review_by", "is there, and break_glass is not true; leave it out")
	case reviewed && !t.After(f.StatedAt):
		return inconsistent("$.predicate.review_by", "is %s, not after stated_at %s", p.text("review_by"), p.text("stated_at"))
	}
	for i, s := range p.texts("subjects") {
		if !holds(st, attest.Ref(s)) {
			return inconsistent(fmt.Sprintf("$.predicate.subjects[%d]", i), "is %s, which is no subject of the statement; add it there", s)
		}
	}
	return nil
}

func revokes(st *attest.Statement, target object) *Fault {
	id := target.text("id")
	switch target.text("kind") {
	case "attestation":
		if len(id) != 64 || !holdsHex(id) {
			return inconsistent("$.predicate.target.id", "is %s, want %s", quote(id), patternText(patternID))
		}
	case "subject":
		ref, err := attest.ParseRef(id)
		if err != nil {
			return inconsistent("$.predicate.target.id", "is %s, want %s", quote(id), patternText(patternRef))
		}
		if !holds(st, ref) {
			return inconsistent("$.predicate.target.id", "is %s, which is no subject of the statement; add it there", id)
		}
	}
	return nil
}

func holdsHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// among: the named member, when present, is one of the subjects.
func among(st *attest.Statement, p object, name string) *Fault {
	if ref := p.ref(name); ref != "" && !holds(st, ref) {
		return inconsistent("$.predicate."+name, "is %s, which is no subject of the statement; the subject is what the statement is about", ref)
	}
	return nil
}

func holds(st *attest.Statement, ref attest.Ref) bool {
	return ref != "" && slices.ContainsFunc(st.Subjects, func(s attest.Subject) bool { return names(s, ref) })
}

func subjectPath(i int) string { return fmt.Sprintf("$.subject[%d]", i) }
