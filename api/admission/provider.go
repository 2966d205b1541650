package admission

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	kjson "sigs.k8s.io/json"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy/gate"
)

// Gatekeeper's external data protocol, version v1beta1 (Gatekeeper, external data).
// Its Go module is not needed for six members.
const providerVersion = "externaldata.gatekeeper.sh/v1beta1"

type providerRequest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Request    struct {
		Keys []string `json:"keys"`
	} `json:"request"`
}

type providerResponse struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Response   struct {
		// Idempotent: the same keys give the same values while nothing new is known.
		Idempotent  bool           `json:"idempotent"`
		Items       []providerItem `json:"items"`
		SystemError string         `json:"systemError,omitempty"`
	} `json:"response"`
}

// providerItem answers one key. Gatekeeper may hold a value for its cache time,
// and holds no item with an error: what could not be judged is an error.
type providerItem struct {
	Key   string         `json:"key"`
	Value *providerValue `json:"value,omitempty"`
	Error string         `json:"error,omitempty"`
}

// providerValue is what a constraint template reads.
type providerValue struct {
	Verdict    gate.Verdict `json:"verdict"`
	Digest     attest.Ref   `json:"digest"`
	Decision   string       `json:"decision,omitempty"` // id, when recorded
	Message    string       `json:"message,omitempty"`  // what stands between it and an allow
	Link       string       `json:"link,omitempty"`
	HoldsUntil string       `json:"holds_until,omitempty"`
}

// errKey: a key of Gatekeeper's cannot be read.
var errKey = errors.New("malformed key")

// parseKey reads NAMESPACE|REFERENCE, or REFERENCE alone for objects of no
// namespace. A reference beginning oci:// names a model's image.
func parseKey(key string) (namespace string, r reference, err error) {
	if len(key) > 2*MaxReference || strings.ContainsAny(key, "\r\n") {
		return "", r, fmt.Errorf("%w: want NAMESPACE|IMAGE of at most %d bytes", errKey, 2*MaxReference)
	}
	text := key
	if ns, rest, ok := strings.Cut(key, "|"); ok {
		namespace, text = ns, rest
	}
	if text == "" {
		return "", r, fmt.Errorf("%w: want NAMESPACE|IMAGE", errKey)
	}
	kind := anImage
	if strings.Contains(text, "://") {
		kind = aModel
	}
	return namespace, reference{kind, text, "key"}, nil
}

// provide answers Gatekeeper. One request is one reading of the head.
func (s *Server) provide(w http.ResponseWriter, r *http.Request) {
	timeout := s.cfg.Timeout
	ctx, cancel := context.WithTimeoutCause(r.Context(), budget(timeout), deadlineError(timeout))
	defer cancel()
	out := providerResponse{APIVersion: providerVersion, Kind: "ProviderResponse"}
	out.Response.Items = []providerItem{}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxProvider))
	var req providerRequest
	if err == nil {
		err = kjson.UnmarshalCaseSensitivePreserveInts(raw, &req)
	}
	switch {
	case err != nil:
		out.Response.SystemError = oneLine("malformed ProviderRequest: "+err.Error(), MaxMessage)
	case req.Kind != "ProviderRequest" || !strings.HasPrefix(req.APIVersion, "externaldata.gatekeeper.sh/"):
		out.Response.SystemError = "want a ProviderRequest of " + providerVersion
	case len(req.Request.Keys) > MaxKeys:
		out.Response.SystemError = fmt.Sprintf("%d keys, at most %d", len(req.Request.Keys), MaxKeys)
	default:
		out.Response.Idempotent = true
		out.Response.Items = s.values(ctx, req.Request.Keys)
	}
	writeJSON(w, out)
}

// values of keys, in their order.
func (s *Server) values(ctx context.Context, keys []string) []providerItem {
	items := make([]providerItem, len(keys))
	points := make([]point, 0, len(keys))
	owner := make([]int, 0, len(keys))
	for i, key := range keys {
		items[i].Key = key
		namespace, r, err := parseKey(key)
		if err != nil {
			items[i].Error = err.Error()
			continue
		}
		p := s.scoped(ctx, namespace, object{}, []reference{r})[0]
		switch {
		case p.scope == nil:
			items[i].Error = "no scope of the admission configuration speaks of it"
		case p.mode == Off:
			items[i].Error = unjudgedBy
		default:
			points, owner = append(points, p), append(owner, i)
		}
	}
	done := make(chan []point, 1)
	mine := append([]point(nil), points...)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				s.parts.Logger.Error("admission", "panic", fmt.Sprint(v))
				done <- unjudgedFor(points, gate.ErrPanic)
			}
		}()
		s.judge(ctx, "", object{}, mine, false)
		done <- mine
	}()
	select {
	case points = <-done:
	case <-ctx.Done():
		points = unjudgedFor(points, context.Cause(ctx))
	}
	for n := range points {
		p, it := &points[n], &items[owner[n]]
		verdict, why := p.verdict(false)
		if p.unjudged != nil || p.answer == nil {
			it.Error = oneLine("not judged: "+why, MaxMessage)
			continue
		}
		it.Value = &providerValue{Verdict: verdict, Digest: p.digest, Message: oneLine(why, MaxMessage), Link: s.link(p), HoldsUntil: p.answer.Decision.HoldsUntil}
		if p.answer.Recorded != nil {
			it.Value.Decision = p.answer.Recorded.ID
		}
	}
	return items
}
