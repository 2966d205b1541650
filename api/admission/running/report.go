package running

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// Names by which reports and events are known as this service's.
const (
	manager      = "assize"
	labelManager = "app.kubernetes.io/managed-by"
)

// reportName of a workload: its uid, which nothing else ever has.
func reportName(o owner) string { return "assize-" + string(o.uid) }

// reference to the owner, as reports and events hold it.
func (o owner) reference() map[string]any {
	return map[string]any{"apiVersion": o.apiVersion, "kind": o.kind, "namespace": o.namespace, "name": o.name, "uid": string(o.uid)}
}

// report is an openreports.io Report about a workload. It holds no time but those of
// decisions, so that the same state is the same report.
func report(o owner, standings []admission.Standing) *unstructured.Unstructured {
	var results []any
	seen := map[string]bool{}
	for _, st := range standings {
		for _, r := range resultsOf(st) {
			if key := fmt.Sprint(r); !seen[key] {
				seen[key] = true
				results = append(results, r)
			}
		}
	}
	// The worst first: they are what a bound must not cut away.
	slices.SortStableFunc(results, func(a, b any) int { return rank(a) - rank(b) })
	summary := map[string]any{}
	for _, r := range []string{"pass", "fail", "warn", "error", "skip"} {
		summary[r] = int64(0)
	}
	for _, r := range results {
		kind := r.(map[string]any)["result"].(string)
		summary[kind] = summary[kind].(int64) + 1
	}
	if more := len(results) - MaxResults + 1; more > 1 {
		last := results[MaxResults-1].(map[string]any)
		results = append(results[:MaxResults-1:MaxResults-1], map[string]any{"source": manager, "policy": "more", "result": last["result"],
			"message": fmt.Sprintf("%d more results are not listed; the summary counts them, and the decisions hold them all", more)})
	}
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "openreports.io/v1alpha1", "kind": "Report", "source": manager,
		"metadata": map[string]any{"name": reportName(o), "namespace": o.namespace,
			"labels":          map[string]any{labelManager: manager},
			"ownerReferences": []any{map[string]any{"apiVersion": o.apiVersion, "kind": o.kind, "name": o.name, "uid": string(o.uid)}}},
		"scope": o.reference(), "summary": summary,
	}}
	if len(results) > 0 {
		u.Object["results"] = results
	}
	return u
}

// rank of a result, the worst least.
func rank(r any) int {
	return slices.Index([]string{"fail", "error", "warn", "skip", "pass"}, r.(map[string]any)["result"].(string))
}

// resultsOf one standing: one for each reference, which is the webhook's answer about
// it, and one for each rule behind it that did not simply pass.
func resultsOf(st admission.Standing) []map[string]any {
	if len(st.Points) == 0 && st.Message != "" {
		return []map[string]any{{"source": manager, "policy": "admission", "rule": "answer", "result": "error", "message": admission.Cut(st.Message, MaxMessage),
			"properties": map[string]any{"admission": st.Outcome}}}
	}
	var out []map[string]any
	for _, p := range st.Points {
		properties := map[string]any{"reference": p.Reference, "at": p.At, "admission": st.Outcome}
		for k, v := range map[string]string{"digest": string(p.Digest), "scope": p.Scope, "mode": string(p.Mode), "verdict": string(p.Verdict),
			"system": p.Question.System, "environment": p.Question.Environment, "link": p.Link} {
			if v != "" {
				properties[k] = v
			}
		}
		result, why := verdict(p)
		r := map[string]any{"source": manager, "policy": "admission", "rule": "verdict", "category": "Assize", "scored": true,
			"result": result, "message": admission.Cut(why, MaxMessage), "properties": properties}
		if p.Answer != nil && p.Answer.Recorded != nil {
			properties["decision"] = p.Answer.Recorded.ID
			r["timestamp"] = timestamp(p.Answer.Decision.DecidedAt)
		}
		out = append(out, r)
		if p.Answer != nil {
			for _, f := range p.Answer.Decision.Findings {
				if r := finding(p, f); r != nil {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// verdict of a reference as reports say it. What is let through unjudged is no pass.
func verdict(p admission.Stood) (result, why string) {
	name := p.Reference
	switch {
	case p.Scope == "" && p.Verdict == gate.Deny:
		return "fail", name + ": " + p.Why
	case p.Scope == "":
		return "skip", name + ": no scope of the admission configuration speaks of it"
	case p.Mode == admission.Off:
		return "skip", name + ": not judged, by configuration (scope " + p.Scope + ")"
	case p.Verdict == gate.Allow:
		return "pass", name + " may run in " + p.Question.Environment
	case p.Answer == nil || p.Verdict == gate.Indeterminate:
		return "error", name + ": " + p.Why
	case p.Mode != admission.Enforce:
		return "warn", name + " would be refused if its scope enforced: " + p.Why
	}
	return "fail", name + " may not run in " + p.Question.Environment + ": " + p.Why
}

// finding of a rule that did not simply pass; nil for the others.
func finding(p admission.Stood, f gate.Finding) map[string]any {
	result, why := "", f.Reason
	if why == "" && len(f.Messages) > 0 {
		why = f.Messages[0].Msg
	}
	switch {
	case f.Status == policy.StatusWaived:
		result = "skip"
		if w := f.Waiver; w != nil {
			why = fmt.Sprintf("waived until %s: %s", w.Expires, w.Reason)
		}
	case f.Effect == gate.Warns:
		result = "warn"
	case f.Effect != gate.Blocks:
		return nil
	case f.Status == policy.StatusUnassessable:
		result = "error"
	default:
		result = "fail"
	}
	if why == "" {
		why = f.Title
	}
	properties := map[string]any{"reference": p.Reference, "subject": string(f.Subject.Ref), "status": string(f.Status)}
	if f.System != "" {
		properties["system"] = f.System
	}
	r := map[string]any{"source": manager, "policy": f.Rule, "rule": f.Title, "category": "Assize", "scored": true, "severity": f.Severity,
		"result": result, "message": admission.Cut(why, MaxMessage), "properties": properties}
	if len(f.Controls) > 0 {
		properties["controls"] = admission.Cut(fmt.Sprint(f.Controls), MaxMessage)
	}
	return r
}

func timestamp(at string) map[string]any {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return map[string]any{"seconds": int64(0), "nanos": int64(0)}
	}
	return map[string]any{"seconds": t.Unix(), "nanos": int64(t.Nanosecond())}
}
