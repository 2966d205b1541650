package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Submission answers a submission.
type Submission struct {
	ID            string       `json:"id"`
	PredicateType string       `json:"predicate_type"`
	Subjects      []attest.Ref `json:"subjects"`
	// Duplicate: the same evidence was there before; the receipt is its own.
	Duplicate bool    `json:"duplicate"`
	Receipt   Receipt `json:"receipt"`
}

// Attestation is one piece of evidence as the service knows it now.
type Attestation struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"` // short name, or the predicate type when unknown
	PredicateType string         `json:"predicate_type"`
	State         evidence.State `json:"state"`
	Reason        string         `json:"reason,omitempty"` // why it does not count
	Subjects      []attest.Ref   `json:"subjects"`
	Systems       []string       `json:"systems"`
	Claimed       *time.Time     `json:"claimed,omitempty"`
	// Statement is what was signed; absent when erased.
	Statement json.RawMessage `json:"statement,omitempty"`
	// Leaves are the ledger entries that hold it: one for each set of signatures.
	Leaves     []AttestationLeaf `json:"leaves"`
	MoreLeaves int               `json:"more_leaves,omitempty"`
}

// AttestationLeaf is one ledger entry of an attestation.
type AttestationLeaf struct {
	Receipt   Receipt        `json:"receipt"`
	State     evidence.State `json:"state"`
	Reason    string         `json:"reason,omitempty"`
	Assurance string         `json:"assurance,omitempty"`
	Signers   []Signer       `json:"signers"`
	MediaType string         `json:"media_type"`
	Envelope  []byte         `json:"envelope,omitempty"` // base64 of the bytes as they were sent
}

// Signer is who signed, as the active trust knows them.
type Signer struct {
	ID        string   `json:"id"`
	Principal string   `json:"principal"`
	KeyID     string   `json:"key_id"`
	Roles     []string `json:"roles"`
}

// submit takes an envelope in.
func (s *Server) submit(c echo.Context) (err error) {
	outcome := "error"
	defer func() {
		if err != nil {
			outcome = kindOf(err).slug
		}
		s.metrics.submissions.WithLabelValues(outcome).Inc()
	}()
	wait := ledger.WaitPublished
	switch w := c.QueryParam("wait"); w {
	case "", "published":
	case "sequenced":
		wait = ledger.WaitSequenced
	case "witnessed":
		if _, ok := s.log.Witnesses(); !ok {
			return fmt.Errorf("%w: wait=witnessed: this service has no witness to wait for; wait for published, and have the checkpoint witnessed from outside", errWitness)
		}
		wait = ledger.WaitWitnessed
	default:
		return fmt.Errorf("%w: wait=%q: one of sequenced, published, witnessed", errParameter, clip(w))
	}
	form, err := negotiate(c, mediaJSON, mediaPlain)
	if err != nil {
		return err
	}
	if form == mediaPlain && wait == ledger.WaitSequenced {
		return fmt.Errorf("%w: there is no proof yet for wait=sequenced; accept %s", errAccept, mediaJSON)
	}
	raw, done, err := s.body(c, MaxEvidence)
	if err != nil {
		return err
	}
	defer done()
	ctx := c.Request().Context()
	a, err := s.cfg.Locker.Submit(ctx, raw, wait)
	if err != nil {
		return err
	}
	rc, _, err := s.receiptOf(ctx, a.Receipt)
	if err != nil {
		return fmt.Errorf("read receipt of index %d: %w", a.Index, err)
	}
	status := http.StatusCreated
	outcome = "new"
	if a.Duplicate {
		status, outcome = http.StatusOK, "duplicate"
	}
	c.Response().Header().Set("Location", "/api/v1/attestations/"+a.ID)
	if form == mediaPlain {
		return tlogProof(c, status, rc)
	}
	return c.JSON(status, Submission{ID: a.ID, PredicateType: a.PredicateType, Subjects: nonNil(a.Subjects), Duplicate: a.Duplicate, Receipt: rc})
}

func tlogProof(c echo.Context, status int, rc Receipt) error {
	text, err := rc.TlogProof()
	if err != nil {
		return err
	}
	return c.Blob(status, mediaPlain+"; charset=utf-8", text)
}

// idParam is an attestation id from the path.
func idParam(c echo.Context) (string, error) {
	id := c.Param("id")
	if !isHex64(id) {
		return "", fmt.Errorf("%w: %q: an attestation id is 64 lower-case hexadecimal digits", errParameter, clip(id))
	}
	return id, nil
}

func isHex64(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}

// found is the attestation that the path names.
func (s *Server) found(c echo.Context) (Attestation, error) {
	id, err := idParam(c)
	if err != nil {
		return Attestation{}, err
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return Attestation{}, err
	}
	items, err := at.view(s.cfg.Locker).Find(ctx, id)
	if err != nil {
		return Attestation{}, err
	}
	speaks := items[0] // the first that counts, else the first
	for _, it := range items {
		if it.State == evidence.OK {
			speaks = it
			break
		}
	}
	a := Attestation{ID: id, Type: speaks.Type, PredicateType: speaks.PredicateType, State: speaks.State, Reason: speaks.Reason,
		Subjects: nonNil(speaks.Subjects), Systems: nonNil(speaks.Facts.Systems)}
	if !speaks.Facts.StatedAt.IsZero() {
		a.Claimed = &speaks.Facts.StatedAt
	}
	if speaks.Statement != nil {
		a.Statement = speaks.Statement.Raw
	}
	for i, it := range items {
		if i == MaxShownLeaves {
			a.MoreLeaves = len(items) - i
			break
		}
		rc, rec, err := s.receiptNow(ctx, it.Index)
		if err != nil {
			return Attestation{}, err
		}
		l := AttestationLeaf{Receipt: rc, State: it.State, Reason: it.Reason, Assurance: it.Assurance, Signers: []Signer{}, MediaType: rec.Leaf.MediaType, Envelope: rec.Payload}
		for _, by := range it.Signers {
			l.Signers = append(l.Signers, Signer{ID: by.ID, Principal: by.Principal, KeyID: by.KeyID, Roles: nonNil(by.Roles)})
		}
		a.Leaves = append(a.Leaves, l)
	}
	return a, nil
}

// attestation shows one, or proves its first leaf.
func (s *Server) attestation(c echo.Context) error {
	form, err := negotiate(c, s.forms(mediaPlain)...)
	if err != nil {
		return err
	}
	a, err := s.found(c)
	switch {
	case err != nil:
		return err
	case form == mediaPlain:
		attach(c, a.ID+".tlog-proof") // the extension that c2sp.org/tlog-proof gives
		return tlogProof(c, http.StatusOK, a.Leaves[0].Receipt)
	}
	return s.show(c, form, a)
}

// envelope hands out the bytes of the first leaf that still has them.
func (s *Server) envelope(c echo.Context) error {
	a, err := s.found(c)
	if err != nil {
		return err
	}
	for _, l := range a.Leaves {
		if l.State != evidence.Erased {
			return c.Blob(http.StatusOK, l.MediaType, l.Envelope)
		}
	}
	return fmt.Errorf("%w: attestation %s; its leaf at index %d remains", evidence.ErrErased, a.ID, a.Leaves[0].Receipt.Index)
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
