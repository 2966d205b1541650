package reports

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Scopes of a kind of report: what a request has to name.
const (
	ScopeAny    = "subject or system" // one of the two, and an environment
	ScopeSystem = "system"            // a system and an environment
	ScopeAll    = "all"               // neither: all systems of the ledger
)

// Kind is a kind of report.
type Kind struct {
	Name  string
	Title string // one line for people
	Scope string
	// Formats beside html, pdf and json, which every kind has.
	Formats []string
	build   func(context.Context, Config, Request) (Model, error)
	decode  func([]byte) (Model, error)
}

// Kinds lists every kind, the audit first.
func Kinds() []Kind {
	return []Kind{
		{Name: KindAudit, Title: "Audit one system or subject", Scope: ScopeAny, Formats: []string{"csv", "markdown", "sarif", "junit", "oscal"},
			build:  func(ctx context.Context, cfg Config, q Request) (Model, error) { return Build(ctx, cfg, q) },
			decode: decodeInto[Report]},
		{Name: KindAnnexIV, Title: "Technical documentation of AI Act Annex IV, point by point", Scope: ScopeSystem, Formats: []string{"csv", "zip"}, build: annexIV.build, decode: decodeInto[Coverage]},
		{Name: KindAIRMF, Title: "NIST AI RMF profile, current against target", Scope: ScopeSystem, Formats: []string{"csv"}, build: aiRMF.build, decode: decodeInto[Coverage]},
		{Name: KindSoA, Title: "Statement of applicability of ISO/IEC 42001 Annex A", Scope: ScopeSystem, Formats: []string{"csv"}, build: soa.build, decode: decodeInto[Coverage]},
		{Name: KindGPAI, Title: "Documentation of a general-purpose model, AI Act Annexes XI and XII", Scope: ScopeSystem, Formats: []string{"csv"}, build: gpai.build, decode: decodeInto[Coverage]},
		{Name: KindDeclaration, Title: "EU declaration of conformity, AI Act Annex V", Scope: ScopeSystem, build: buildDeclaration, decode: decodeInto[Declaration]},
		{Name: KindInventory, Title: "Inventory of models over all systems (SR 26-2)", Scope: ScopeAll, Formats: []string{"csv"}, build: buildInventory, decode: decodeInto[Inventory]},
		{Name: KindIncidents, Title: "Register of incidents with their clocks (AI Act Art 73)", Scope: ScopeAll, Formats: []string{"csv"}, build: buildIncidents, decode: decodeInto[Incidents]},
		{Name: KindMaturity, Title: "Maturity of operations, told from the ledger", Scope: ScopeAll, Formats: []string{"csv"}, build: buildMaturity, decode: decodeInto[Maturity]},
		{Name: KindLL144, Title: "Public summary of a bias audit, NYC Local Law 144", Scope: ScopeSystem, Formats: []string{"csv"}, build: buildBiasAudit, decode: decodeInto[BiasAudit]},
	}
}

// decodeInto reads the canonical JSON of a model back into its type.
func decodeInto[T any, M interface {
	*T
	Model
}](raw []byte) (Model, error) {
	m := M(new(T))
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		return nil, err
	}
	return m, nil
}

// Decode reads the canonical JSON of a model of any kind. What it reads says the
// same again, to the byte, or it is refused.
func Decode(raw []byte) (Model, error) {
	var of struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(raw, &of); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	for _, k := range Kinds() {
		if k.Name != of.Kind {
			continue
		}
		m, err := k.decode(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecord, err)
		}
		again, err := attest.CanonicalJSON(m)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecord, err)
		}
		if !bytes.Equal(again, raw) {
			return nil, fmt.Errorf("%w: it was written by another version of this program", ErrRecord)
		}
		return m, nil
	}
	return nil, fmt.Errorf("%w: there is no report %q", ErrRecord, of.Kind)
}

// BuildKind builds a report of a kind. Errors wrap ErrRequest for an unknown kind
// or a request that does not fit it, and those of Build.
func BuildKind(ctx context.Context, cfg Config, kind string, q Request) (Model, error) {
	for _, k := range Kinds() {
		if k.Name != kind {
			continue
		}
		switch {
		case k.Scope == ScopeSystem && (q.System == "" || q.Subject != ""):
			return nil, fmt.Errorf("%w: %s is of one system; name it, and no subject", ErrRequest, kind)
		case k.Scope == ScopeAll && (q.System != "" || q.Subject != ""):
			return nil, fmt.Errorf("%w: %s is of all systems; name no system and no subject", ErrRequest, kind)
		case q.AsOf.IsZero():
			return nil, fmt.Errorf("%w: no instant is named to judge at", ErrRequest)
		}
		q.AsOf, q.Since = q.AsOf.UTC(), q.Since.UTC()
		return k.build(ctx, cfg, q)
	}
	names := []string{}
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return nil, fmt.Errorf("%w: there is no report %q; there are %s", ErrRequest, kind, strings.Join(names, ", "))
}

// opening is a ledger at a size with the trust in force there: where every kind
// begins.
type opening struct {
	cfg     Config
	q       Request
	size    uint64
	ledger  Ledger
	trust   *attest.Trust
	reading *evidence.Reading
}

// open settles the size a request reads and names its tree.
func open(ctx context.Context, cfg Config, q Request) (*opening, error) {
	o := &opening{cfg: cfg, q: q}
	log := cfg.Locker.Log()
	var err error
	if q.KnownAt != nil {
		o.size = *q.KnownAt
		head, _, _, err := log.Head(ctx)
		if err != nil {
			return nil, fmt.Errorf("read head: %w", err)
		}
		if o.size == 0 || o.size > head {
			return nil, fmt.Errorf("%w: known-at %d, the ledger holds %d entries; name a size from 1 to that", ErrRequest, o.size, head)
		}
	} else if o.size, err = log.SizeAt(ctx, q.AsOf); err != nil {
		return nil, err
	}
	if o.size == 0 {
		return nil, fmt.Errorf("%w: nothing was logged by %s; name a later instant", ErrRequest, stamp(q.AsOf))
	}
	root, err := log.RootAt(ctx, o.size)
	if err != nil {
		return nil, fmt.Errorf("read root at size %d: %w", o.size, err)
	}
	newest, err := log.LoggedAt(ctx, o.size-1)
	if err != nil {
		return nil, err
	}
	o.ledger = Ledger{Origin: log.Origin(), Size: o.size, Root: base64.StdEncoding.EncodeToString(root[:]), Newest: stamp(newest)}
	if o.trust, _, err = cfg.Locker.TrustAt(ctx, log, o.size); err != nil {
		return nil, err
	}
	o.reading = evidence.NewReading(log, o.size).Past()
	return o, nil
}

// head begins the head of a report of a kind; title, sentence and what it was
// judged by are for the kind to add.
func (o *opening) head(kind string) Head {
	h := Head{V: Version, Kind: kind, AsOf: stamp(o.q.AsOf), Ledger: o.ledger, Command: []string{"assize", "report", kind}}
	h.Rules.Trust = "sha256:" + o.trust.Digest()
	h.Rules.LegalVersions = []string{}
	if o.q.Subject != "" {
		h.Command = append(h.Command, "--subject", string(o.q.Subject))
	}
	if o.q.System != "" {
		h.Command = append(h.Command, "--system", o.q.System)
	}
	if o.q.Environment != "" {
		h.Command = append(h.Command, "--environment", o.q.Environment)
	}
	h.Command = append(h.Command, "--as-of", stamp(o.q.AsOf), "--known-at", fmt.Sprint(o.size))
	if !o.q.Since.IsZero() {
		h.Command = append(h.Command, "--since", stamp(o.q.Since))
	}
	return h
}

// RequestOf reads the request back from the command of a report's head.
func RequestOf(h *Head) (Request, error) {
	var q Request
	bad := func(err error) (Request, error) {
		return Request{}, fmt.Errorf("%w: its command %q: %w", ErrRecord, CommandLine(h.Command), err)
	}
	if len(h.Command) < 3 || len(h.Command)%2 != 1 {
		return bad(fmt.Errorf("want assize report KIND and flags with their values"))
	}
	for i := 3; i < len(h.Command); i += 2 {
		value := h.Command[i+1]
		var err error
		switch h.Command[i] {
		case "--subject":
			q.Subject, err = attest.ParseRef(value)
		case "--system":
			q.System = value
		case "--environment":
			q.Environment = value
		case "--action":
			q.Actions = append(q.Actions, value)
		case "--status":
			q.Status = value
		case "--as-of":
			q.AsOf, err = time.Parse(time.RFC3339Nano, value)
		case "--since":
			q.Since, err = time.Parse(time.RFC3339Nano, value)
		case "--known-at":
			var n uint64
			n, err = strconv.ParseUint(value, 10, 64)
			q.KnownAt = &n
		default:
			err = fmt.Errorf("%s is no flag of a report", h.Command[i])
		}
		if err != nil {
			return bad(err)
		}
	}
	return q, nil
}
