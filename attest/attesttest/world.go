package attesttest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
)

// Now is the instant at which the world verifies, within every validity window.
var Now = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// World is a set of signers and the trust that knows them.
type World struct {
	Trust   *attest.Trust
	Signers []Signer // by role, in the order of attest.Roles

	tb testing.TB
}

// Signer is one entry of the world's trust. Change it before calling Rebuild.
type Signer struct {
	ID, Principal                        string
	Key                                  crypto.Signer
	Roles, About                         []string
	ValidFrom, ValidUntil, CompromisedAt time.Time
}

// NewWorld makes a world with one signer for each role, in about nothing left
// out: each may speak of every system.
func NewWorld(tb testing.TB) *World {
	tb.Helper()
	w := &World{tb: tb}
	for _, role := range attest.Roles() {
		w.Signers = append(w.Signers, Signer{
			ID: role, Principal: Principal(role), Key: Key(tb, attest.ECDSAP256, role),
			Roles: []string{role}, About: []string{attest.AnySystem},
		})
	}
	w.Rebuild()
	return w
}

// Principal is who stands behind the signer of a role.
func Principal(role string) string { return role + "@bank.example" }

// Signer finds a signer by id.
func (w *World) Signer(id string) *Signer {
	w.tb.Helper()
	for i := range w.Signers {
		if w.Signers[i].ID == id {
			return &w.Signers[i]
		}
	}
	w.tb.Fatalf("attesttest: no signer %q", id)
	return nil
}

// Scope narrows what a signer may speak about and rebuilds the trust.
func (w *World) Scope(id string, systems ...string) {
	w.tb.Helper()
	w.Signer(id).About = systems
	w.Rebuild()
}

// Rebuild makes Trust from Signers.
func (w *World) Rebuild() {
	w.tb.Helper()
	trust, err := attest.ParseTrust(w.TrustFile())
	if err != nil {
		w.tb.Fatalf("attesttest: %v", err)
	}
	w.Trust = trust
}

// TrustFile is the trust as a file (JSON).
func (w *World) TrustFile() []byte {
	w.tb.Helper()
	signers := []any{}
	for _, s := range w.Signers {
		pem, err := attest.MarshalPublicKey(s.Key.Public())
		if err != nil {
			w.tb.Fatalf("attesttest: %v", err)
		}
		m := map[string]any{"id": s.ID, "principal": s.Principal, "key": string(pem), "roles": s.Roles, "about": append([]string{}, s.About...)}
		for name, at := range map[string]time.Time{"valid_from": s.ValidFrom, "valid_until": s.ValidUntil, "compromised_at": s.CompromisedAt} {
			if !at.IsZero() {
				m[name] = at.UTC().Format(time.RFC3339Nano)
			}
		}
		signers = append(signers, m)
	}
	text, err := json.Marshal(map[string]any{"v": 1, "signers": signers, "predicates": Predicates()})
	if err != nil {
		w.tb.Fatalf("attesttest: %v", err)
	}
	return text
}

// Predicates is who may say what in the world: the roles one would expect.
func Predicates() map[string][]string {
	return map[string][]string{
		"system-profile": {"compliance"}, "conformity": {"compliance"}, "org-evidence": {"compliance"},
		"transparency-notice": {"compliance"}, "impact-assessment": {"compliance", "risk"},
		"risk-assessment": {"risk"}, "human-oversight": {"risk", "operator"},
		"dataset-card": {"data-steward", "importer"}, "data-quality": {"data-steward"}, "data-rights": {"data-steward"},
		"training-run": {"builder", "developer", "importer"}, "model-change": {"developer"},
		"model-card": {"developer", "importer"}, "model-signature": {"builder", "developer", "data-steward"},
		"eval-plan": {"risk", "developer"}, "eval-result": {"evaluator", "importer", "validator"},
		"fairness-assessment": {"evaluator", "validator"}, "bias-audit": {"validator"},
		"explainability": {"evaluator", "validator"}, "validation": {"validator"},
		"approval": {"approver"}, "waiver": {"risk", "approver", "developer", "compliance"},
		"deployment": {"operator"}, "monitoring-plan": {"risk", "operator"}, "monitoring-report": {"operator", "validator"},
		"incident": {"operator"}, "revocation": {"revoker", "data-steward", "developer", "evaluator", "operator"},
		"slsa-provenance": {"builder"}, "vsa": {"builder"}, "svr": {"builder"}, "test-result": {"evaluator"},
		"scai": {"builder"}, "vulns": {"evaluator"}, "release": {"builder"}, "reference": {"compliance"},
		"link": {"builder"}, "cyclonedx": {"builder", "importer"}, "spdx": {"builder", "importer"},
	}
}

// Sign signs a statement with the signers of these ids and returns a DSSE
// envelope.
func (w *World) Sign(statement []byte, ids ...string) []byte {
	w.tb.Helper()
	var keys []crypto.Signer
	for _, id := range ids {
		keys = append(keys, w.Signer(id).Key)
	}
	raw, err := attest.SignDSSE(statement, keys...)
	if err != nil {
		w.tb.Fatalf("attesttest: %v", err)
	}
	return raw
}

// Verified verifies an envelope under the world's trust at Now.
func (w *World) Verified(raw []byte) attest.Verified {
	w.tb.Helper()
	v, err := attest.Verify(raw, w.Trust, Now)
	if err != nil {
		w.tb.Fatalf("attesttest: %v", err)
	}
	return v
}

// Key derives a key from a name: the same name gives the same key, except for RSA,
// where it is a new one each time.
func Key(tb testing.TB, alg attest.Algorithm, name string) crypto.Signer {
	tb.Helper()
	if alg == attest.RSAPSS {
		key, err := rsa.GenerateKey(rand.Reader, attest.MinRSA)
		if err != nil {
			tb.Fatalf("attesttest: %v", err)
		}
		return key
	}
	var seed []byte
	for block := []byte(name); len(seed) < 8192; {
		sum := sha256.Sum256(append([]byte("attesttest/"), block...))
		block = sum[:]
		seed = append(seed, block...)
	}
	key, err := attest.GenerateKey(alg, bytes.NewReader(seed))
	if err != nil {
		tb.Fatalf("attesttest: %v", err)
	}
	return key
}
