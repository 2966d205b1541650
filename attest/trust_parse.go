package attest

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"gopkg.in/yaml.v3"
)

// ParseTrust reads a trust file in YAML or JSON, version 1. Unknown members,
// roles, predicate types and duplicates are refused with line and path: a typo
// must never silently trust somebody less, or more.
func ParseTrust(text []byte) (*Trust, error) {
	t, err := readTrust(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTrust, err)
	}
	return t, nil
}

func readTrust(text []byte) (*Trust, error) {
	if len(text) > MaxTrust {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(text), MaxTrust)
	}
	doc, err := yamlDocument(text)
	if err != nil {
		return nil, err
	}
	top, err := doc.mapping("v", "service", "roots", "signers", "predicates")
	if err != nil {
		return nil, err
	}
	t := &Trust{Signers: []TrustSigner{}, Predicates: map[string][]string{}}
	v, ok := top["v"]
	if !ok {
		return nil, doc.fail("member \"v\" is missing, want v: 1")
	}
	if v.n.Kind != yaml.ScalarNode || v.n.Value != "1" || v.n.ShortTag() != "!!int" {
		return nil, v.fail("version %.20q, want 1", v.n.Value)
	}
	t.V = 1
	if s, ok := top["service"]; ok {
		if err := readService(s, &t.Service); err != nil {
			return nil, err
		}
	}
	if r, ok := top["roots"]; ok {
		if err := readRoots(r, t); err != nil {
			return nil, err
		}
	}
	if s, ok := top["signers"]; ok {
		items, err := s.sequence(MaxSigners)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			signer, err := readSigner(item)
			if err != nil {
				return nil, err
			}
			t.Signers = append(t.Signers, signer)
		}
	}
	// Order carries no meaning, so it must not change the digest.
	sort.SliceStable(t.Signers, func(i, j int) bool { return t.Signers[i].ID < t.Signers[j].ID })
	sort.Slice(t.Roots, func(i, j int) bool { return t.Roots[i].ID < t.Roots[j].ID })
	if p, ok := top["predicates"]; ok {
		if err := readPredicates(p, t.Predicates); err != nil {
			return nil, err
		}
	}
	if t.index, err = buildIndex(t); err != nil {
		return nil, err
	}
	if t.canonical, err = CanonicalJSON(t.tree()); err != nil {
		return nil, err
	}
	return t, nil
}

func readService(n yamlNode, s *Service) error {
	m, err := n.mapping("log_keys", "decision_keys")
	if err != nil {
		return err
	}
	logKey := func(item yamlNode, text string) (string, error) {
		if _, err := note.NewVerifier(text); err != nil {
			return "", item.fail("not a note verifier key (NAME+HASH+KEY): %v", err)
		}
		return text, nil
	}
	if s.LogKeys, err = readKeys(m["log_keys"], logKey); err != nil {
		return err
	}
	s.DecisionKeys, err = readKeys(m["decision_keys"], normalPublicKey)
	return err
}

// readKeys reads a list of keys, each through normal, which checks it and writes
// it in one form.
func readKeys(n yamlNode, normal func(yamlNode, string) (string, error)) ([]string, error) {
	if n.n == nil {
		return nil, nil
	}
	items, err := n.sequence(MaxSigners)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, item := range items {
		text, err := item.text()
		if err != nil {
			return nil, err
		}
		if text, err = normal(item, text); err != nil {
			return nil, err
		}
		if slices.Contains(keys, text) {
			return nil, item.fail("listed twice")
		}
		keys = append(keys, text)
	}
	return keys, nil
}

// normalPublicKey checks a PEM public key and writes it in one form.
func normalPublicKey(n yamlNode, text string) (string, error) {
	pub, err := LoadPublicKey([]byte(text))
	if err != nil {
		return "", n.wrap(err)
	}
	pem, err := MarshalPublicKey(pub)
	if err != nil {
		return "", n.wrap(err)
	}
	return string(pem), nil
}

func readSigner(n yamlNode) (TrustSigner, error) {
	var s TrustSigner
	m, err := n.mapping("id", "key", "kms", "ca", "keyless", "root", "principal", "roles", "about", "valid_from", "valid_until", "compromised_at")
	if err != nil {
		return s, err
	}
	for _, name := range []string{"id", "principal", "roles", "about"} {
		if _, ok := m[name]; !ok {
			hint := ""
			if name == "about" {
				hint = "; list the systems the signer may speak of, or write about: [\"*\"] for all"
			}
			return s, n.fail("member %q is missing%s", name, hint)
		}
	}
	if s.ID, err = m["id"].identifier(); err != nil {
		return s, err
	}
	if s.Principal, err = m["principal"].identifier(); err != nil {
		return s, err
	}
	if s.Roles, err = readRoles(m["roles"]); err != nil {
		return s, err
	}
	if s.About, err = readAbout(m["about"]); err != nil {
		return s, err
	}
	if err := readKey(n, m, &s); err != nil {
		return s, err
	}
	if r, ok := m["root"]; ok {
		if s.Root, err = r.identifier(); err != nil {
			return s, err
		}
	}
	for _, bound := range []struct {
		name string
		to   *time.Time
	}{{"valid_from", &s.ValidFrom}, {"valid_until", &s.ValidUntil}, {"compromised_at", &s.CompromisedAt}} {
		if v, ok := m[bound.name]; ok {
			if *bound.to, err = v.instant(); err != nil {
				return s, err
			}
		}
	}
	if !s.ValidUntil.IsZero() && !s.ValidFrom.Before(s.ValidUntil) {
		return s, m["valid_until"].fail("not after valid_from")
	}
	return s, nil
}

// readKey reads the one member that says how the signer is recognised.
func readKey(n yamlNode, m map[string]yamlNode, s *TrustSigner) error {
	kinds := 0
	for _, name := range []string{"key", "kms", "ca", "keyless"} {
		if _, ok := m[name]; ok {
			kinds++
		}
	}
	if kinds != 1 {
		return n.fail("want exactly one of key, kms, ca and keyless, got %d", kinds)
	}
	var err error
	if v, ok := m["key"]; ok {
		if s.Key, err = v.text(); err != nil {
			return err
		}
		s.Key, err = normalPublicKey(v, s.Key)
		return err
	}
	if v, ok := m["kms"]; ok {
		if s.KMS, err = v.identifier(); err != nil {
			return err
		}
		scheme, rest, ok := strings.Cut(s.KMS, "://")
		// The providers of github.com/sigstore/sigstore/pkg/signature/kms.
		if !ok || rest == "" || !slices.Contains([]string{"awskms", "azurekms", "gcpkms", "hashivault"}, scheme) {
			return v.fail("%.80q, want awskms://, azurekms://, gcpkms:// or hashivault:// and a key", s.KMS)
		}
		return nil
	}
	if v, ok := m["ca"]; ok {
		ca, err := v.mapping("certificates", "identity")
		if err != nil {
			return err
		}
		certs, ok := ca["certificates"]
		if !ok {
			return v.fail("member \"certificates\" is missing")
		}
		s.CA = &CA{}
		if s.CA.Certificates, err = certs.text(); err != nil {
			return err
		}
		if s.CA.Certificates, err = normalCertificates(s.CA.Certificates); err != nil {
			return certs.wrap(err)
		}
		if id, ok := ca["identity"]; ok {
			s.CA.Identity, err = id.pattern()
		}
		return err
	}
	s.Keyless, err = readKeyless(m["keyless"])
	return err
}

func readKeyless(v yamlNode) (*Keyless, error) {
	m, err := v.mapping("issuer", "identity", "extensions")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"issuer", "identity"} {
		if _, ok := m[name]; !ok {
			return nil, v.fail("member %q is missing", name)
		}
	}
	k := &Keyless{}
	if k.Issuer, err = m["issuer"].identifier(); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(k.Issuer, "https://") {
		return nil, m["issuer"].fail("%.80q, want an https:// URL", k.Issuer)
	}
	if k.Identity, err = m["identity"].pattern(); err != nil {
		return nil, err
	}
	ext, ok := m["extensions"]
	if !ok {
		return k, nil
	}
	claims, err := ext.mapping(Extensions()...)
	if err != nil {
		return nil, err
	}
	if len(claims) == 0 {
		return nil, ext.fail("no extension; leave the member out, or name some of %s", strings.Join(Extensions(), ", "))
	}
	k.Extensions = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if k.Extensions[name], err = claims[name].pattern(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func readRoles(n yamlNode) ([]string, error) {
	items, err := n.sequence(len(Roles()))
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, n.fail("no role; want some of %s", strings.Join(Roles(), ", "))
	}
	var roles []string
	for _, item := range items {
		role, err := item.text()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(Roles(), role) {
			return nil, item.fail("unknown role %.40q, want one of %s", role, strings.Join(Roles(), ", "))
		}
		if slices.Contains(roles, role) {
			return nil, item.fail("role %q is listed twice", role)
		}
		roles = append(roles, role)
	}
	slices.Sort(roles)
	return roles, nil
}

func readAbout(n yamlNode) ([]string, error) {
	items, err := n.sequence(MaxSigners)
	if err != nil {
		return nil, err
	}
	about := []string{}
	for _, item := range items {
		system, err := item.identifier()
		if err != nil {
			return nil, err
		}
		switch {
		case system == AnySystem && len(items) > 1:
			return nil, item.fail("\"*\" covers every system, leave the others out")
		case system != AnySystem && !IsSystem(system):
			return nil, item.fail("%.80q, want a URI such as system:credit-scoring, or \"*\"", system)
		case slices.Contains(about, system):
			return nil, item.fail("%.80q is listed twice", system)
		}
		about = append(about, system)
	}
	slices.Sort(about)
	return about, nil
}

// IsSystem tells whether a URI names a system: "system:" and something after it,
// without white space.
func IsSystem(uri string) bool {
	rest, ok := strings.CutPrefix(uri, "system:")
	return ok && rest != "" && len(uri) <= MaxText && !strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

func readPredicates(n yamlNode, predicates map[string][]string) error {
	m, err := n.mapping()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		v, short := m[name], name
		if TypeURI(name) == "" {
			short = ShortName(name)
			if !strings.Contains(name, ":") {
				return v.fail("unknown predicate type %.80q; write a known short name or the full URI", name)
			}
			if short == "" && isOwn(name) {
				return v.fail("%.120q is no type of this project", name)
			}
		}
		// Two spellings of one type would leave it to a reader which counts.
		if _, both := m[short]; both && short != name && TypeURI(short) == name {
			return v.fail("the type is listed as %q as well", short)
		}
		if predicates[name], err = readRoles(v); err != nil {
			return err
		}
	}
	return nil
}
