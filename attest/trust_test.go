package attest_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
)

// indent puts a PEM text under a YAML block scalar.
func indent(pem []byte) string {
	return "|\n      " + strings.ReplaceAll(strings.TrimSpace(string(pem)), "\n", "\n      ")
}

func publicPEM(t testing.TB, name string) []byte {
	t.Helper()
	pem, err := attest.MarshalPublicKey(attesttest.Key(t, attest.ECDSAP256, name).Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem
}

// logKey is a note verifier key.
func logKey(t testing.TB) string {
	t.Helper()
	vkey, err := note.NewEd25519VerifierKey("example.test/log", attesttest.Key(t, attest.Ed25519, "log").Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

// trustFile uses every member there is.
func trustFile(t testing.TB) string {
	return `# Who may say what.
v: 1
service:
  log_keys: ["` + logKey(t) + `"]
  decision_keys:
    - ` + indent(publicPEM(t, "decisions")) + `
signers:
  - id: steward
    key: ` + indent(publicPEM(t, "steward")) + `
    principal: ada@bank.example
    roles: [data-steward, developer]
    about: ["system:credit-scoring", "system:hiring"]
    valid_from: 2025-01-01T00:00:00Z
    valid_until: "2026-01-01T00:00:00Z"
    compromised_at: 2025-07-01T12:30:00.5Z
  - id: hsm
    kms: awskms:///alias/models
    principal: ci@bank.example
    roles: [builder]
    about: ["*"]
  - id: authority
    ca:
      certificates: ` + strings.ReplaceAll(indent([]byte(attesttest.NewCA(t, "bank").RootPEM())), "\n      ", "\n        ") + `
      identity: ^.+@bank\.example$
    principal: bank
    roles: [importer]
    about: []
  - id: workflow
    keyless:
      issuer: https://token.actions.githubusercontent.com
      identity: ^https://github\.com/bank/models/(train|eval)\.yml@refs/heads/main$
    principal: ci@bank.example
    roles: [builder]
    about: ["*"]
predicates:
  model-card: [developer, importer]
  dataset-card: [data-steward]
  https://example.test/thing/v1: [builder]
`
}

// If this fails, a trust means something else after it went through the ledger.
func TestParseTrust(t *testing.T) {
	trust, err := attest.ParseTrust([]byte(trustFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range trust.Signers {
		ids = append(ids, s.ID)
	}
	if diff := cmp.Diff([]string{"authority", "hsm", "steward", "workflow"}, ids); diff != "" {
		t.Error(diff)
	}
	s := trust.Signers[2]
	if want := time.Date(2025, 7, 1, 12, 30, 0, 5e8, time.UTC); !s.CompromisedAt.Equal(want) || s.ValidFrom.Year() != 2025 || s.ValidUntil.Year() != 2026 {
		t.Errorf("times %v", s)
	}
	if trust.Signers[0].CA.Identity == "" || trust.Signers[1].KMS == "" || trust.Signers[3].Keyless.Issuer == "" {
		t.Error("a kind of key is lost")
	}
	again, err := attest.ParseTrust(trust.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	if again.Digest() != trust.Digest() || !bytes.Equal(again.Canonical(), trust.Canonical()) || len(trust.Digest()) != 64 {
		t.Error("the canonical form is another trust")
	}
	reordered := strings.Replace(trustFile(t), "[data-steward, developer]", "[developer, data-steward]", 1)
	other, err := attest.ParseTrust([]byte(reordered))
	if err != nil || other.Digest() != trust.Digest() {
		t.Errorf("the order of roles changes the digest: %v", err)
	}
	for uri, want := range map[string][]string{
		attest.TypeURI("model-card"): {"developer", "importer"}, "https://example.test/thing/v1": {"builder"},
		"https://example.test/thing/v2": nil, attest.TypeURI("waiver"): nil, "": nil,
	} {
		if diff := cmp.Diff(want, trust.Permitted(uri)); diff != "" {
			t.Errorf("%s: %s", uri, diff)
		}
	}
}

// If this fails, a slip of the pen trusts somebody, or nobody, without a word.
func TestParseTrustRefuses(t *testing.T) {
	good := trustFile(t)
	line := func(text string) string {
		before, _, ok := strings.Cut(good, text)
		if !ok {
			t.Fatalf("%q is not in the file", text)
		}
		return fmt.Sprintf("line %d, at $", strings.Count(before, "\n")+1)
	}
	many := func(n int) string {
		b := "v: 1\nsigners:\n"
		for i := range n {
			b += fmt.Sprintf("  - {id: s%d, principal: p, roles: [risk], about: [], kms: awskms://k}\n", i)
		}
		return b
	}
	for name, tc := range map[string]struct {
		old, repl string
		words     []string
	}{
		"unknown member":          {"predicates:", "predicate:", []string{line("predicates:"), "predicate", "predicates"}},
		"unknown signer member":   {"    valid_from", "    valid_form", []string{line("valid_from"), "valid_form"}},
		"role misspelt":           {"[data-steward, developer]", "[data-steward, devloper]", []string{line("[data-steward, developer]") + ".signers[0].roles[1]", "devloper", "data-steward, developer, builder"}},
		"role twice":              {"[data-steward, developer]", "[developer, developer]", []string{"twice"}},
		"no role":                 {"[data-steward, developer]", "[]", []string{"no role"}},
		"roles no list":           {"[data-steward, developer]", "developer", []string{"list"}},
		"role in predicates":      {"[developer, importer]", "[developr]", []string{line("model-card:") + `.predicates.model-card[0]`}},
		"predicate misspelt":      {"model-card:", "model-crad:", []string{"model-crad", "short name"}},
		"own type misspelt":       {"https://example.test/thing/v1", attest.OwnNamespace + "model-crad/v0.1", []string{"no type of this project"}},
		"predicate twice":         {"  dataset-card:", "  model-card:", []string{"there twice"}},
		"predicate two ways":      {"https://example.test/thing/v1", attest.OwnNamespace + "model-card/v0.1", []string{"as well"}},
		"version":                 {"v: 1", "v: 2", []string{"line 2", "want 1"}},
		"version text":            {"v: 1", `v: "1"`, []string{"want 1"}},
		"no version":              {"v: 1", "", []string{`"v" is missing`}},
		"no principal":            {"    principal: ada@bank.example\n", "", []string{line("- id: steward")[:7], "principal"}},
		"no about":                {`    about: ["system:credit-scoring", "system:hiring"]` + "\n", "", []string{"about", `["*"]`}},
		"about no system":         {`"system:hiring"`, `"hiring"`, []string{"hiring", "system:"}},
		"about twice":             {`"system:hiring"`, `"system:credit-scoring"`, []string{"twice"}},
		"about everything and":    {`"system:hiring"`, `"*"`, []string{"leave the others out"}},
		"id twice":                {"id: hsm", "id: steward", []string{"steward", "unique"}},
		"key twice":               {indent(publicPEM(t, "decisions")), indent(publicPEM(t, "steward")), []string{"steward", "decisions"}},
		"no key":                  {"    kms: awskms:///alias/models\n", "", []string{"exactly one", "got 0"}},
		"two keys":                {"    kms: awskms:///alias/models\n", "    kms: awskms:///alias/models\n    keyless: {}\n", []string{"exactly one", "got 2"}},
		"kms scheme":              {"awskms:///", "aws:///", []string{"awskms://"}},
		"key no PEM":              {indent(publicPEM(t, "steward")), "abc", []string{"PEM"}},
		"private key":             {"BEGIN PUBLIC KEY", "BEGIN PRIVATE KEY", []string{"PEM"}},
		"authority no authority":  {"      certificates: |", "      certificates: x\n      identity2: |", []string{"identity2"}},
		"identity open at start":  {`^.+@bank\.example$`, `.+@bank\.example$`, []string{"not anchored"}},
		"identity open at end":    {`^.+@bank\.example$`, `^.+@bank\.example`, []string{"not anchored"}},
		"identity half open":      {`^.+@bank\.example$`, `^a|b$`, []string{"not anchored", "parentheses"}},
		"identity escaped dollar": {`^.+@bank\.example$`, `^bank\$`, []string{"not anchored"}},
		"identity by line":        {`^.+@bank\.example$`, `(?m)^bank$`, []string{"not anchored"}},
		"identity of anything":    {`^.+@bank\.example$`, `^.*$`, []string{"matches anything"}},
		"identity of something":   {`^.+@bank\.example$`, `^.+$`, []string{"matches anything"}},
		"identity broken":         {`^.+@bank\.example$`, `^(bank$`, []string{"identity pattern"}},
		"issuer":                  {"https://token", "http://token", []string{"https://"}},
		"issuer missing":          {"      issuer: https://token.actions.githubusercontent.com\n", "", []string{"issuer"}},
		"time without zone":       {"2025-01-01T00:00:00Z", "2025-01-01T00:00:00", []string{"UTC"}},
		"time elsewhere":          {"2025-01-01T00:00:00Z", "2025-01-01T00:00:00+01:00", []string{"UTC"}},
		"date alone":              {"2025-01-01T00:00:00Z", "2025-01-01", []string{"UTC"}},
		"window upside down":      {"2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z", []string{"not after valid_from"}},
		"anchor and alias":        {"roles: [builder]", "roles: &r [builder]", []string{"anchors"}},
		"merge key":               {"id: hsm", "id: hsm\n    <<: {x: 1}", []string{"text"}},
		"tag":                     {"id: hsm", "id: !!binary aHNt", []string{"tag"}},
		"number as principal":     {"principal: bank", "principal: 12", []string{"text", "quotes"}},
		"empty id":                {"id: hsm", `id: ""`, []string{"1 to"}},
		"log key":                 {"example.test/log+", "example.test/lag+", []string{"$.service.log_keys[0]", "verifier key"}},
		"two documents":           {"predicates:", "---\npredicates:", []string{"more than one"}},
		"tab":                     {"  - id: hsm", "\t- id: hsm", []string{"YAML"}},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, tc.old) {
				t.Fatalf("%q is not in the file", tc.old)
			}
			mustRefuseTrust(t, strings.Replace(good, tc.old, tc.repl, 1), tc.words...)
		})
	}
	for name, tc := range map[string]struct {
		in    string
		words []string
	}{
		"empty":            {"", []string{"empty", "v: 1"}},
		"a comment":        {"# nothing\n", nil},
		"a list":           {"- v: 1", []string{"mapping"}},
		"JSON duplicate":   {`{"v":1,"v":1}`, []string{"duplicate"}},
		"JSON unknown":     {`{"v":1,"V":1}`, []string{`"V"`}},
		"JSON float":       {`{"v":1.0}`, []string{"want 1"}},
		"too large":        {"v: 1\n#" + strings.Repeat("x", attest.MaxTrust), []string{"1048576"}},
		"too many signers": {many(attest.MaxSigners + 1), []string{"1025", "1024"}},
		"deep":             {"v: " + nest(attest.MaxDepth+2), []string{"64"}},
		"list without end": {"v: 1\nsigners: [\nx: 2", []string{"not YAML: line 2: did not find"}},
		"bomb":             {"a: &a [x,x]\nb: &b [*a,*a]\nv: 1", []string{"anchors"}},
	} {
		t.Run(name, func(t *testing.T) { mustRefuseTrust(t, tc.in, tc.words...) })
	}
	if _, err := attest.ParseTrust([]byte(many(attest.MaxSigners))); err != nil {
		t.Errorf("as many signers as may be: %v", err)
	}
	leaf := attesttest.NewCA(t, "bank").Issue(attesttest.Key(t, attest.ECDSAP256, "x").Public(), "ada", nil)
	mustRefuseTrust(t, string(caFile(t, attesttest.PEM(leaf), "")), "no certificate authority")
	mustRefuseTrust(t, string(caFile(t, "x", "")), "PEM")
}

func mustRefuseTrust(t *testing.T, in string, words ...string) {
	t.Helper()
	trust, err := attest.ParseTrust([]byte(in))
	if !errors.Is(err, attest.ErrTrust) || trust != nil {
		t.Fatalf("got %v", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

// If this fails, signers that cannot be checked yet are waved through.
func TestNotYetVerified(t *testing.T) {
	trust, err := attest.ParseTrust([]byte(trustFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := attest.SignDSSE(card(), attesttest.Key(t, attest.ECDSAP256, "kms"))
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, raw)
	p.Signatures[0].KeyID = "hsm"
	refuses(t, p.json(t), trust, attest.ErrUnsupported, "hsm", "key management")
}
