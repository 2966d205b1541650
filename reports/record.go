package reports

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// Predicate types of this package. What the service signs is never evidence, and
// a sign-off is a person's word about a report and about nothing else.
const (
	StatementType = attest.OwnNamespace + "report/v0.1"
	SignOffType   = "https://assize.dev/report-sign-off/v0.1"
	mediaType     = "application/vnd.dsse.envelope.v1+json"
)

// signers are the roles that may sign a report off.
var signers = []string{"compliance", "risk", "validator", "approver", "admin"}

// Decisions of a sign-off.
var SignOffDecisions = []string{"accepted", "accepted-with-conditions", "rejected"}

// ErrRecord: a recorded report is malformed or does not hold.
var ErrRecord = errors.New("recorded report does not hold")

// Recorded is a report with the proof of what the service recorded, as one file
// in canonical JSON.
type Recorded struct {
	V int `json:"v"`
	// Report is the model, in canonical JSON.
	Report json.RawMessage `json:"report"`
	Seal   gate.Seal       `json:"seal"`
	// SignOffs are DSSE envelopes of statements of SignOffType.
	SignOffs []json.RawMessage `json:"sign_offs"`
}

// Record signs and records a report: its head, about the digest of its model. The same report is recorded once.
func Record(ctx context.Context, g *gate.Gate, m Model) (*Recorded, error) {
	model, err := attest.CanonicalJSON(m)
	if err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	digest := digestOf(model)
	seal, err := g.Seal(ctx, evidence.KindReport, mediaType, StatementType, attest.Ref(digest), m.About(), evidence.KeyReport(digest))
	if err != nil {
		return nil, fmt.Errorf("record report: %w", err)
	}
	return &Recorded{V: 1, Report: model, Seal: seal, SignOffs: []json.RawMessage{}}, nil
}

func digestOf(model []byte) string {
	sum := sha256.Sum256(model)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Write writes the file.
func (r *Recorded) Write(w io.Writer) error {
	raw, err := attest.CanonicalJSON(r)
	if err != nil {
		return fmt.Errorf("encode recorded report: %w", err)
	}
	_, err = w.Write(raw)
	return err
}

// ParseRecorded reads such a file. Only the canonical spelling is read.
func ParseRecorded(raw []byte) (*Recorded, error) {
	if len(raw) > MaxRecorded {
		return nil, fmt.Errorf("%w: %d bytes, the bound is %d", ErrRecord, len(raw), MaxRecorded)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var r Recorded
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	canonical, err := attest.CanonicalJSON(&r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	switch {
	case !bytes.Equal(canonical, raw):
		return nil, fmt.Errorf("%w: not in canonical JSON (RFC 8785) of this version; it was written or changed by something else", ErrRecord)
	case r.V != 1:
		return nil, fmt.Errorf("%w: version %d, this program reads version 1", ErrRecord, r.V)
	case len(r.SignOffs) > MaxSignOffs:
		return nil, fmt.Errorf("%w: %d sign-offs, the bound is %d", ErrRecord, len(r.SignOffs), MaxSignOffs)
	}
	return &r, nil
}

// SignOffStatement is what a person says of a report.
type SignOffStatement struct {
	StatedAt string `json:"stated_at"`
	// Report is the id of the service's statement.
	Report   string `json:"report"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Decision string `json:"decision"` // one of SignOffDecisions
	Comment  string `json:"comment,omitempty"`
}

// SignedOff is a sign-off that was checked.
type SignedOff struct {
	SignOffStatement
	Principals []string `json:"principals"`
}

// Verified is a recorded report that holds.
type Verified struct {
	Head     Head        `json:"head"`
	Digest   string      `json:"digest"`
	ID       string      `json:"id"` // of the service's statement
	Index    uint64      `json:"index"`
	Origin   string      `json:"origin"`
	Logged   string      `json:"logged"`
	Anchored bool        `json:"anchored"`
	SignOffs []SignedOff `json:"sign_offs"`

	seal gate.Sealed
}

// Verify checks offline that the service signed and recorded exactly this report
// and that every sign-off is of a person the service trusted. logKey is the pinned
// verifier key of the log; without it the result is not anchored. It does not
// build the report again; compare BuildKind's bytes for that.
func (r *Recorded) Verify(ctx context.Context, logKey string) (*Verified, error) {
	s, err := gate.VerifySeal(ctx, r.Seal, logKey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	model, err := attest.CanonicalJSON(r.Report)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	v := &Verified{Digest: digestOf(model), ID: s.ID, Index: s.Index, Origin: s.Origin, Logged: stamp(s.Logged), Anchored: s.Anchored, SignOffs: []SignedOff{}, seal: s}
	if refs := s.Statement.Refs(); s.Statement.PredicateType != StatementType || len(refs) != 1 || string(refs[0]) != v.Digest {
		return nil, fmt.Errorf("%w: the service signed a %s about %v, the report is %s", ErrRecord, s.Statement.PredicateType, refs, v.Digest)
	}
	var said Head
	if err := recode(s.Statement.Predicate, &said); err != nil {
		return nil, fmt.Errorf("%w: statement: %w", ErrRecord, err)
	}
	var of struct{ Head }
	if err := json.Unmarshal(model, &of); err != nil {
		return nil, fmt.Errorf("%w: report: %w", ErrRecord, err)
	}
	if a, b := encode(said), encode(of.Head); !bytes.Equal(a, b) {
		return nil, fmt.Errorf("%w: the service signed another head than the report has", ErrRecord)
	}
	if said.Ledger.Origin != s.Origin || said.Ledger.Size > s.Index {
		return nil, fmt.Errorf("%w: a report of %d entries of %q was recorded at index %d of %q", ErrRecord, said.Ledger.Size, said.Ledger.Origin, s.Index, s.Origin)
	}
	v.Head = said
	for i, raw := range r.SignOffs {
		signed, err := v.signOff(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: sign_offs[%d]: %w", ErrRecord, i, err)
		}
		v.SignOffs = append(v.SignOffs, signed)
	}
	return v, nil
}

// signOff checks one sign-off under the trust in force when the report was
// recorded.
func (v *Verified) signOff(raw []byte) (SignedOff, error) {
	env, err := attest.Parse(raw)
	if err != nil {
		return SignedOff{}, err
	}
	st := env.Statement()
	if refs := st.Refs(); st.PredicateType != SignOffType || len(refs) != 1 || string(refs[0]) != v.Digest {
		return SignedOff{}, fmt.Errorf("it is a %s about %v, want a %s about %s", st.PredicateType, refs, SignOffType, v.Digest)
	}
	var out SignedOff
	if err := recode(st.Predicate, &out.SignOffStatement); err != nil {
		return SignedOff{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, out.StatedAt)
	switch {
	case err != nil:
		return SignedOff{}, fmt.Errorf("stated_at: %w", err)
	case at.Before(v.seal.Logged.Add(-evidence.DefaultSkew)):
		return SignedOff{}, fmt.Errorf("stated at %s, before the report was recorded at %s", out.StatedAt, v.Logged)
	case out.Report != v.ID:
		return SignedOff{}, fmt.Errorf("it signs off the report %s, this is %s", out.Report, v.ID)
	case !slices.Contains(SignOffDecisions, out.Decision):
		return SignedOff{}, fmt.Errorf("decision %q is none of %v", out.Decision, SignOffDecisions)
	}
	signed, err := attest.Verify(raw, v.seal.Trust.Permitting(SignOffType, signers...), at)
	if err != nil {
		return SignedOff{}, err
	}
	q, err := RequestOf(&v.Head)
	if err != nil {
		return SignedOff{}, err
	}
	if q.System != "" && !signed.Covers(q.System) {
		return SignedOff{}, fmt.Errorf("%w: %v may not speak about %s", attest.ErrScope, signed.Principals(), q.System)
	}
	out.Principals = signed.Principals()
	return out, nil
}

// Document is the document of the report with its sign-offs in their place.
func (r *Recorded) Document(v *Verified) (Model, error) {
	raw, err := attest.CanonicalJSON(r.Report)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	m, err := Decode(raw)
	if err != nil {
		return nil, err
	}
	return signedModel{m, v}, nil
}

// signedModel is a model whose document shows who signed it off.
type signedModel struct {
	Model
	v *Verified
}

// Document replaces the lines to write on by the sign-offs.
func (m signedModel) Document() *Document {
	d := m.Model.Document()
	recorded := fmt.Sprintf("Recorded at index %d of %s on %s, statement %s.", m.v.Index, m.v.Origin, Instant(m.v.Logged), m.v.ID)
	s := Section{ID: "sign-off", Title: "Sign-off", Level: 1, Blocks: []Block{Paragraph(recorded)}}
	for _, o := range m.v.SignOffs {
		facts := Facts{{Label: "Name", Value: o.Name}, {Label: "Role", Value: o.Role}, {Label: "Decision", Value: o.Decision}, {Label: "Date", Value: Instant(o.StatedAt)},
			{Label: "Signed by", Value: fmt.Sprint(o.Principals)}}
		if o.Comment != "" {
			facts = append(facts, Fact{Label: "Comment", Value: o.Comment})
		}
		s.Blocks = append(s.Blocks, facts)
	}
	if len(m.v.SignOffs) == 0 {
		s.Blocks = append(s.Blocks, Paragraph("Nobody has signed it off yet."))
	}
	for i := range d.Sections {
		if d.Sections[i].ID == "sign-off" {
			d.Sections[i] = s
			return d
		}
	}
	d.Sections = append(d.Sections, s)
	return d
}

// SignOff adds a person's signature to a recorded report that holds. The sign-off
// is checked as Verify checks it before it is added, so that nobody hands on a
// signature that counts for nothing.
func (r *Recorded) SignOff(v *Verified, s SignOffStatement, key crypto.Signer) error {
	s.Report = v.ID
	raw, err := attest.CanonicalJSON(map[string]any{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       []any{map[string]any{"name": v.Head.Title, "digest": map[string]string{"sha256": v.Digest[len("sha256:"):]}}},
		"predicateType": SignOffType,
		"predicate":     s,
	})
	if err != nil {
		return fmt.Errorf("encode sign-off: %w", err)
	}
	envelope, err := attest.SignDSSE(raw, key)
	if err != nil {
		return fmt.Errorf("sign off: %w", err)
	}
	signed, err := v.signOff(envelope)
	if err != nil {
		return fmt.Errorf("sign off: %w", err)
	}
	if len(r.SignOffs) >= MaxSignOffs {
		return fmt.Errorf("sign off: %w: it has %d sign-offs already, the bound", ErrRecord, len(r.SignOffs))
	}
	r.SignOffs, v.SignOffs = append(r.SignOffs, envelope), append(v.SignOffs, signed)
	return nil
}

// recode reads a parsed predicate into a struct; a member the struct does not
// have, or spelt otherwise, is refused.
func recode(from, into any) error {
	raw, err := attest.CanonicalJSON(from)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if again, err := attest.CanonicalJSON(into); err != nil || !bytes.Equal(raw, again) {
		return errors.Join(err, errors.New("it has a member that is empty or spelt otherwise than this version writes it"))
	}
	return nil
}

func encode(v any) []byte {
	raw, err := attest.CanonicalJSON(v)
	if err != nil {
		return nil
	}
	return raw
}

// ReadHead reads the head of a report that was recorded at a ledger index, and the
// digest of the report. The report itself is in the file that was written then; the
// command of the head builds it again.
func ReadHead(ctx context.Context, src evidence.Source, index uint64) (Head, string, error) {
	rec, err := src.Read(ctx, index)
	if err != nil {
		return Head{}, "", err
	}
	if rec.Leaf.Kind != evidence.KindReport {
		return Head{}, "", fmt.Errorf("%w: the entry at index %d is a %s", ErrRecord, index, rec.Leaf.Kind)
	}
	if rec.Erased {
		return Head{}, "", fmt.Errorf("%w: report at index %d", evidence.ErrErased, index)
	}
	env, err := attest.Parse(rec.Payload)
	if err != nil {
		return Head{}, "", fmt.Errorf("%w: report at index %d: %w", ErrRecord, index, err)
	}
	st := env.Statement()
	var h Head
	if err := recode(st.Predicate, &h); err != nil {
		return Head{}, "", fmt.Errorf("%w: report at index %d: %w", ErrRecord, index, err)
	}
	refs := st.Refs()
	if st.PredicateType != StatementType || len(refs) != 1 {
		return Head{}, "", fmt.Errorf("%w: the entry at index %d is a %s about %v", ErrRecord, index, st.PredicateType, refs)
	}
	return h, string(refs[0]), nil
}
