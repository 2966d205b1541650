package attest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Assurance of a verified statement.
const (
	AssuranceSigned   = "signed"   // every signer answers for the content
	AssuranceImported = "imported" // somebody vouches only for its conversion
)

// Signer is who stands behind one signature.
type Signer struct {
	ID        string   // of the trust entry
	Principal string   // the person or machine behind the key
	KeyID     string   // hex SHA-256 of the SubjectPublicKeyInfo that verified
	Roles     []string // every role the entry holds, sorted
	About     []string // the systems it may speak of, sorted

	// Of a keyless signer: who the certificate names, and the OIDC issuer that said so.
	Identity, Issuer string
	// Witnessed is the instant that a timestamp authority or log of the signer's
	// root proves the signature to have existed at, and By whose word that is:
	// ByTimestamp or ByLog. Zero when the trust names no root for it.
	Witnessed time.Time
	By        string
}

// Verified is an envelope every signature of which verified and is trusted. Only
// this package makes one; the zero value is not valid.
type Verified struct {
	env      *Envelope
	signers  []Signer
	imported bool
}

// Valid reports whether v came out of Verify.
func (v Verified) Valid() bool { return v.env != nil }

// ID is the attestation's id, see Envelope.ID.
func (v Verified) ID() string { return v.envelope().id }

// Raw is the envelope as it was submitted. It must not be modified.
func (v Verified) Raw() []byte { return v.envelope().raw }

// MediaType is the media type of Raw.
func (v Verified) MediaType() string { return v.envelope().mediaType }

// Statement is what was signed. It must not be modified.
func (v Verified) Statement() *Statement { return v.envelope().statement }

// Signers are the signers in the order of their signatures.
func (v Verified) Signers() []Signer { return slices.Clone(v.signers) }

// Principals are the distinct principals behind the signatures, sorted.
func (v Verified) Principals() []string {
	return sortedSet(v.signers, func(s Signer) []string { return []string{s.Principal} })
}

// Roles are the roles held by any signer, sorted.
func (v Verified) Roles() []string {
	return sortedSet(v.signers, func(s Signer) []string { return s.Roles })
}

// Proven is when the evidence is proven to have existed: the earliest instant an
// outside witness of the trust vouches for, else when this service logged it.
func (v Verified) Proven(logged time.Time) time.Time {
	for _, s := range v.signers {
		if !s.Witnessed.IsZero() && s.Witnessed.Before(logged) {
			logged = s.Witnessed
		}
	}
	return logged
}

// Covers reports whether every signer may speak about a system.
func (v Verified) Covers(system string) bool {
	for _, s := range v.signers {
		if !slices.Contains(s.About, system) && !slices.Contains(s.About, AnySystem) {
			return false
		}
	}
	return v.Valid()
}

// Assurance is AssuranceImported when a signer may make this statement only as
// importer, else AssuranceSigned.
func (v Verified) Assurance() string {
	if v.imported {
		return AssuranceImported
	}
	return AssuranceSigned
}

// Under judges the same envelope under another trust or instant, as Verify would,
// without parsing it and without repeating what no trust can change: that a key
// verifies a signature.
func (v Verified) Under(t *Trust, at time.Time) (Verified, error) {
	if !v.Valid() {
		return Verified{}, fmt.Errorf("verify: %w: nothing was verified before", ErrMalformed)
	}
	return v.env.Verify(t, at)
}

func (v Verified) envelope() *Envelope {
	if v.env == nil {
		return &Envelope{statement: &Statement{}}
	}
	return v.env
}

func sortedSet(signers []Signer, of func(Signer) []string) []string {
	var out []string
	for _, s := range signers {
		out = append(out, of(s)...)
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// Verify parses an envelope, checks every signature and applies the trust at the
// instant the evidence is proven to have existed: validity windows, compromise,
// the roles its type asks for, and that every system it names is one its signers
// may speak about. It is called at ingest and again at judgement.
func Verify(raw []byte, t *Trust, at time.Time) (Verified, error) {
	e, err := Parse(raw)
	if err != nil {
		return Verified{}, err
	}
	return e.Verify(t, at)
}

// Verify is Verify for an envelope already parsed.
func (e *Envelope) Verify(t *Trust, at time.Time) (Verified, error) {
	systems, err := e.statement.systems()
	if err != nil {
		return Verified{}, fmt.Errorf("verify: %w", err)
	}
	v, err := e.verify(t, at, t.Permitted(e.statement.PredicateType), systems)
	if err != nil {
		return Verified{}, err
	}
	if err := v.separation(); err != nil {
		return Verified{}, fmt.Errorf("verify: %w", err)
	}
	return v, nil
}

func (e *Envelope) verify(t *Trust, at time.Time, permitted, systems []string) (Verified, error) {
	if t == nil || t.index == nil || len(t.Signers) == 0 {
		return Verified{}, fmt.Errorf("verify: %w: the trust lists no signer", ErrUnknownSigner)
	}
	if at.IsZero() {
		// crypto/x509 takes it for now, and one evidence would be judged two ways.
		return Verified{}, fmt.Errorf("verify: %w: the instant of the evidence is not given", ErrExpiredSigner)
	}
	v := Verified{env: e}
	for i := range e.sigs {
		s := &e.sigs[i]
		signer, imported, err := e.checkSignature(i, t, at, permitted, systems)
		if err != nil {
			return Verified{}, fmt.Errorf("verify %s: %w", s.place, err)
		}
		for j, other := range v.signers {
			if other.KeyID == signer.KeyID {
				return Verified{}, fmt.Errorf("verify %s: %w: the key of %s signed already (signature %d); each key signs once", s.place, ErrMalformed, signer.ID, j)
			}
		}
		v.signers = append(v.signers, signer)
		v.imported = v.imported || imported
	}
	return v, nil
}

func (e *Envelope) checkSignature(i int, t *Trust, at time.Time, permitted, systems []string) (Signer, bool, error) {
	by, err := e.signer(i, t, at)
	if err != nil {
		return Signer{}, false, err
	}
	entry := by.entry
	fail := func(kind error, format string, args ...any) (Signer, bool, error) {
		return Signer{}, false, fmt.Errorf("%w: signer %s: %s", kind, entry.ID, fmt.Sprintf(format, args...))
	}
	if err := entry.validAt(by.when); err != nil {
		return Signer{}, false, err
	}
	var acting []string
	for _, role := range entry.Roles {
		if slices.Contains(permitted, role) {
			acting = append(acting, role)
		}
	}
	if len(acting) == 0 {
		who := strings.Join(permitted, ", ")
		if who == "" {
			who = "nobody; list it under predicates"
		}
		return fail(ErrRole, "its roles (%s) may not make %s statements; the trust permits %s", strings.Join(entry.Roles, ", "), e.statement.label(), who)
	}
	for _, system := range systems {
		if !entry.covers(system) {
			return fail(ErrScope, "it may not speak about %s; add it to the signer's about", system)
		}
	}
	imported := len(acting) == 1 && acting[0] == RoleImporter
	return by.signer(), imported, nil
}

func (b signedBy) signer() Signer {
	return Signer{
		ID: b.entry.ID, Principal: b.entry.Principal, KeyID: b.keyID, Roles: slices.Clone(b.entry.Roles), About: slices.Clone(b.entry.About),
		Identity: b.identity.name, Issuer: b.identity.issuer, Witnessed: b.proof.at, By: b.proof.by,
	}
}
