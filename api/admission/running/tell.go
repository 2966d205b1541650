package running

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/assize-dev/assize/api/admission"
)

// severity of outcomes, the worst last.
var outcomes = []string{"nothing", "unjudged", "allowed", "audited", "warned", "error", "denied"}

// failed is the standing of what could not even be read or asked about.
func failed(err error) admission.Standing {
	return admission.Standing{Outcome: "error", Refused: true, Message: err.Error()}
}

// worst of the standings of a workload's pods.
func worst(standings []admission.Standing) admission.Standing {
	var out admission.Standing
	for i, st := range standings {
		if i == 0 || slices.Index(outcomes, st.Outcome) > slices.Index(outcomes, out.Outcome) {
			out = st
		}
	}
	return out
}

// tell writes the report and, when something changed, an event.
func (f *Follower) tell(ctx context.Context, w *workload, st admission.Standing, standings []admission.Standing, again bool) error {
	var faults []error
	if f.cfg.Reports {
		faults = append(faults, f.write(ctx, w, standings, again))
	}
	if !w.gone {
		faults = append(faults, f.announce(ctx, w, st))
	}
	return errors.Join(faults...)
}

// write brings the report of a workload to what it has to say, or removes it. The API
// server is asked only when that is something else than before, or again is set.
func (f *Follower) write(ctx context.Context, w *workload, standings []admission.Standing, again bool) error {
	now, wants := report(w.owner, standings), ""
	if !w.gone {
		text, err := json.Marshal(now)
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		sum := sha256.Sum256(text)
		wants = string(sum[:])
	}
	if w.gone && !f.there[w.owner.key()] || !again && !w.gone && wants == w.wrote {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, WritingTime)
	defer cancel()
	client := f.cfg.Client.Resource(reportsGVR).Namespace(w.owner.namespace)
	was, err := client.Get(ctx, now.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err) && w.gone:
		err = nil
	case apierrors.IsNotFound(err):
		if _, err = client.Create(ctx, now, metav1.CreateOptions{FieldManager: manager}); apierrors.IsNotFound(err) {
			return fmt.Errorf("write report: %w; is the resource reports.openreports.io installed, and the namespace there?", err)
		}
	case err != nil:
	case was.GetLabels()[labelManager] != manager:
		return fmt.Errorf("report %s is there and not of this service (label %s)", now.GetName(), labelManager)
	case w.gone:
		if err = client.Delete(ctx, now.GetName(), metav1.DeleteOptions{}); apierrors.IsNotFound(err) {
			err = nil
		}
	case !says(was, now):
		now.SetResourceVersion(was.GetResourceVersion())
		_, err = client.Update(ctx, now, metav1.UpdateOptions{FieldManager: manager})
	}
	if err != nil { // another replica that was faster too: it is read on the next try
		w.wrote = ""
		return fmt.Errorf("write report %s: %w", now.GetName(), err)
	}
	w.wrote = wants
	if f.there[w.owner.key()] = !w.gone; w.gone {
		delete(f.there, w.owner.key())
	}
	return nil
}

// says tells whether a report says all that another does.
func says(was, now *unstructured.Unstructured) bool {
	for _, member := range []string{"results", "summary", "scope", "source"} {
		if !reflect.DeepEqual(was.Object[member], now.Object[member]) {
			return false
		}
	}
	return true
}

// sweep removes reports about what does not run any more: those of workloads that went
// while nobody looked, and that garbage collection leaves since the owner still is.
func (f *Follower) sweep(ctx context.Context) error {
	if !f.cfg.Reports {
		return nil
	}
	var found []unstructured.Unstructured
	for next := ""; ; {
		page, err := f.cfg.Client.Resource(reportsGVR).List(ctx, metav1.ListOptions{LabelSelector: labelManager + "=" + manager, Limit: 500, Continue: next})
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			delete(r.Object, "results")
			found = append(found, r)
		}
		if next = page.GetContinue(); next == "" {
			break
		}
	}
	f.Attend(ctx) // whatever another replica has reported by now, it kept before
	for _, r := range found {
		uid, _, _ := unstructured.NestedString(r.Object, "scope", "uid")
		f.mu.Lock()
		of := key{r.GetNamespace(), types.UID(uid)}
		_, runs := f.workloads[of]
		f.mu.Unlock()
		if runs {
			f.there[of] = true
			continue
		}
		if err := f.cfg.Client.Resource(reportsGVR).Namespace(r.GetNamespace()).Delete(ctx, r.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// announce makes an event when the answer is another than the one told last. What runs
// and may run is worth one only after it was told that it may not.
func (f *Follower) announce(ctx context.Context, w *workload, st admission.Standing) error {
	bad := st.Refused || st.Outcome == "warned" || st.Outcome == "audited"
	say := st.Outcome + "\n" + st.Message
	if !bad {
		say = ""
	}
	if say == w.said {
		return nil
	}
	w.said = say
	if !f.cfg.Events {
		return nil
	}
	if !f.bucket.take(f.cfg.Clock()) {
		f.events.WithLabelValues("dropped").Inc()
		return nil
	}
	kind, reason, message := "Normal", "AssizeAllowed", "what it runs may run again"
	if bad {
		kind, message = "Warning", cmp.Or(st.Message, "what it runs would not be let in without a word now")
		switch {
		case st.Outcome == "error":
			reason = "AssizeNotJudged"
		case st.Refused:
			reason = "AssizeRefused"
		default:
			reason = "AssizeWarned"
		}
	}
	ctx, cancel := context.WithTimeout(ctx, WritingTime)
	defer cancel()
	_, err := f.cfg.Client.Resource(eventsGVR).Namespace(w.owner.namespace).Create(ctx, f.event(w.owner, kind, reason, message), metav1.CreateOptions{FieldManager: manager})
	switch {
	case err == nil:
		f.events.WithLabelValues("made").Inc()
	case apierrors.IsAlreadyExists(err): // another replica, or this one before it was restarted
	default:
		f.events.WithLabelValues("failed").Inc()
		w.said = "\n" // not told: try again
		return fmt.Errorf("make event: %w", err)
	}
	return nil
}

// event has the same name for the same words about the same object within one hour, so
// that replicas make it once and a return to an earlier answer is told again.
func (f *Follower) event(o owner, kind, reason, message string) *unstructured.Unstructured {
	now := f.cfg.Clock().UTC()
	sum := sha256.Sum256([]byte(strings.Join([]string{string(o.uid), reason, message, now.Truncate(time.Hour).Format(time.RFC3339)}, "\n")))
	at := now.Format(time.RFC3339)
	name := o.name
	if len(name) > 200 {
		name = name[:200]
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Event",
		"metadata":       map[string]any{"name": strings.TrimRight(name, "-.") + "." + hex.EncodeToString(sum[:8]), "namespace": o.namespace},
		"involvedObject": o.reference(),
		"type":           kind, "reason": reason, "message": admission.Cut(message, MaxMessage),
		"source": map[string]any{"component": manager}, "reportingComponent": manager, "reportingInstance": manager,
		"firstTimestamp": at, "lastTimestamp": at, "count": int64(1),
	}}
}

// bucket bounds the rate of events.
type bucket struct {
	left int
	last time.Time
}

func (b *bucket) take(now time.Time) bool {
	if n := int(now.Sub(b.last) / EventEvery); n > 0 || now.Before(b.last) {
		b.left, b.last = min(EventBurst, b.left+max(n, 0)), now
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}
