package attest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/sigstore/sigstoretest"
)

// edited is a document with a change made to its tree.
func edited(t testing.TB, raw []byte, edit func(m map[string]any)) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	edit(m)
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func material(m map[string]any) map[string]any { return m["verificationMaterial"].(map[string]any) }

func logEntry(m map[string]any) map[string]any {
	return material(m)["tlogEntries"].([]any)[0].(map[string]any)
}

func keylessTrust(t testing.TB, root []byte, identity string) *attest.Trust {
	t.Helper()
	return trustOf(t, rootedFile(t, root, map[string]any{"roles": []string{"builder"}, "keyless": map[string]any{"issuer": sigstoretest.Issuer, "identity": identity}}))
}

const ada = `^ada@bank\.example$`

// If this fails, a Sigstore identity is trusted for more, or less, than it proves.
func TestKeyless(t *testing.T) {
	in, other := sigstoretest.New(t), sigstoretest.New(t)
	root := in.TrustedRoot()
	trust := keylessTrust(t, root, ada)
	now := time.Now().Add(time.Minute)
	v2 := in.Attest(card(), sigstoretest.Signing{})
	v1 := in.Attest(card(), sigstoretest.Signing{V1: true})
	v1Alone := in.Attest(card(), sigstoretest.Signing{V1: true, NoTimestamp: true})
	foreign := other.Attest(card(), sigstoretest.Signing{})
	another := in.Attest(attesttest.Statement("model-card", map[string]any{"other": true}, attesttest.Subject("m", "")), sigstoretest.Signing{})
	swap := func(from []byte, member string) []byte {
		return edited(t, v2, func(m map[string]any) {
			edited(t, from, func(f map[string]any) { material(m)[member] = material(f)[member] })
		})
	}
	rooted := func(edit func(m map[string]any)) *attest.Trust { return keylessTrust(t, edited(t, root, edit), ada) }
	until := func(list, when string) func(m map[string]any) {
		return func(m map[string]any) {
			e := m[list].([]any)[0].(map[string]any)
			if key, ok := e["publicKey"].(map[string]any); ok {
				e = key
			}
			e["validFor"] = map[string]any{"start": "2020-01-01T00:00:00Z", "end": when}
		}
	}
	for name, tc := range map[string]struct {
		raw   []byte
		trust *attest.Trust
		want  error
		words []string
	}{
		"well":                        {v2, trust, nil, nil},
		"well, Rekor v1":              {v1, trust, nil, nil},
		"well, time by the log alone": {v1Alone, trust, nil, nil},

		"another identity":        {in.Attest(card(), sigstoretest.Signing{Identity: "eve@bank.example"}), trust, attest.ErrUnknownSigner, []string{"eve@bank.example", ada}},
		"identity inside another": {in.Attest(card(), sigstoretest.Signing{Identity: "ada@bank.example.evil.test"}), trust, attest.ErrUnknownSigner, []string{"does not match"}},
		"identity behind another": {in.Attest(card(), sigstoretest.Signing{Identity: "x-ada@bank.example"}), trust, attest.ErrUnknownSigner, []string{"does not match"}},
		"another issuer":          {in.Attest(card(), sigstoretest.Signing{Issuer: "https://other.example"}), trust, attest.ErrUnknownSigner, []string{"https://other.example", sigstoretest.Issuer}},
		"issuer inside another":   {in.Attest(card(), sigstoretest.Signing{Issuer: sigstoretest.Issuer + "/x"}), trust, attest.ErrUnknownSigner, []string{"issuer"}},
		"another instance":        {foreign, trust, attest.ErrSignature, []string{"root instance"}},
		"another instance, no log": {foreign, rooted(func(m map[string]any) {
			delete(m, "tlogs")
			delete(m, "timestampAuthorities")
			edited(t, other.TrustedRoot(), func(o map[string]any) { m["tlogs"], m["timestampAuthorities"] = o["tlogs"], o["timestampAuthorities"] })
		}), attest.ErrUnknownSigner, []string{"another Sigstore instance"}},
		"no keyless signer":            {v2, attesttest.NewWorld(t).Trust, attest.ErrUnknownSigner, []string{"no keyless signer"}},
		"log entry of another":         {swap(another, "tlogEntries"), trust, attest.ErrSignature, []string{"tlogEntries", "calculated root: "}},
		"certificate of another":       {swap(another, "certificate"), trust, attest.ErrSignature, []string{"under the certificate"}},
		"timestamp of another":         {swap(another, "timestampVerificationData"), trust, attest.ErrSignature, []string{"timestampVerificationData"}},
		"no timestamp":                 {edited(t, v2, func(m map[string]any) { delete(material(m), "timestampVerificationData") }), trust, attest.ErrSignature, []string{"when it was signed"}},
		"no log entry":                 {edited(t, v2, func(m map[string]any) { delete(material(m), "tlogEntries") }), trust, attest.ErrSignature, []string{"no transparency log entry"}},
		"no inclusion proof":           {edited(t, v2, func(m map[string]any) { delete(logEntry(m), "inclusionProof") }), trust, attest.ErrMalformed, []string{"tlogEntries"}},
		"logged after the certificate": {in.Attest(card(), sigstoretest.Signing{V1: true, Logged: time.Now().Add(30 * time.Minute)}), trust, attest.ErrSignature, []string{"integrated time"}},
		"root of expired authority":    {v2, rooted(until("certificateAuthorities", "2021-01-01T00:00:00Z")), attest.ErrSignature, []string{"no longer valid"}},
		"root of expired log":          {v1Alone, rooted(until("tlogs", "2021-01-01T00:00:00Z")), attest.ErrSignature, []string{"tlogEntries"}},
		"root of expired timestamps":   {v2, rooted(until("timestampAuthorities", "2021-01-01T00:00:00Z")), attest.ErrSignature, []string{"timestampVerificationData"}},
		"chain in version 0.3": {edited(t, v2, func(m map[string]any) {
			c := material(m)
			c["x509CertificateChain"] = map[string]any{"certificates": []any{c["certificate"]}}
			delete(c, "certificate")
		}), trust, attest.ErrMalformed, []string{"identity certificate"}},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := attest.Verify(tc.raw, tc.trust, now)
			if tc.want != nil {
				if !errors.Is(err, tc.want) {
					t.Fatalf("got %v, want %v", err, tc.want)
				}
				for _, word := range tc.words {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("%q does not say %q", err, word)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			s := v.Signers()[0]
			if s.Identity != sigstoretest.Identity || s.Issuer != sigstoretest.Issuer || s.Principal != "anybody" || s.Witnessed.IsZero() {
				t.Errorf("signed by %+v", s)
			}
			if want := map[bool]string{true: attest.ByLog, false: attest.ByTimestamp}[bytes.Equal(tc.raw, v1Alone)]; s.By != want {
				t.Errorf("witnessed by %q, want %q", s.By, want)
			}
			if logged := now.Add(time.Hour); !v.Proven(logged).Equal(s.Witnessed) {
				t.Errorf("proven %s, witnessed %s", v.Proven(logged), s.Witnessed)
			}
			again, err := v.Under(tc.trust, now)
			if err != nil || !again.Proven(now).Equal(v.Proven(now)) {
				t.Errorf("judged again: %v", err)
			}
		})
	}
}

// Two times: what the witnesses prove counts for windows and compromise, however
// much later the evidence is logged; nobody's stamp is later than now.
func TestProvenTime(t *testing.T) {
	in := sigstoretest.New(t)
	raw := in.Attest(card(), sigstoretest.Signing{})
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	for name, tc := range map[string]struct {
		member map[string]any
		at     time.Duration
		want   error
	}{
		"compromised since, logged after": {map[string]any{"compromised_at": at(time.Hour)}, 2 * time.Hour, nil},
		"compromised before":              {map[string]any{"compromised_at": at(-time.Hour)}, 2 * time.Hour, attest.ErrCompromised},
		"window closed since":             {map[string]any{"valid_until": at(time.Hour)}, 2 * time.Hour, nil},
		"window closed before":            {map[string]any{"valid_until": at(-time.Hour)}, 2 * time.Hour, attest.ErrExpiredSigner},
		"window opens later":              {map[string]any{"valid_from": at(time.Hour)}, 2 * time.Hour, attest.ErrExpiredSigner},
		"years later":                     {nil, 10 * 365 * 24 * time.Hour, nil},
		"a clock behind within the skew":  {nil, -attest.MaxSkew + time.Minute, nil},
		"stamped in the future":           {nil, -attest.MaxSkew - time.Minute, attest.ErrExpiredSigner},
	} {
		t.Run(name, func(t *testing.T) {
			member := map[string]any{"keyless": map[string]any{"issuer": sigstoretest.Issuer, "identity": ada}}
			for k, v := range tc.member {
				member[k] = v
			}
			now := time.Now().Add(tc.at)
			v, err := attest.Verify(raw, trustOf(t, rootedFile(t, in.TrustedRoot(), member)), now)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if err == nil && v.Proven(now).After(now) {
				t.Errorf("proven %s, after %s", v.Proven(now), now)
			}
		})
	}
}

// If this fails, a key or an authority that the trust holds to a log is believed
// without it.
func TestHeldToRoot(t *testing.T) {
	in := sigstoretest.New(t)
	key := attesttest.Key(t, attest.ECDSAP256, "leaf")
	pem, err := attest.MarshalPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	ca := attesttest.NewCA(t, "bank")
	keyed := trustOf(t, rootedFile(t, in.TrustedRoot(), map[string]any{"key": string(pem)}))
	certified := trustOf(t, rootedFile(t, in.TrustedRoot(), map[string]any{"ca": map[string]any{"certificates": ca.RootPEM()}}))
	dsse, err := attest.SignDSSE(card(), key)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		raw   []byte
		trust *attest.Trust
	}{
		"DSSE":          {dsse, keyed},
		"bundle":        {bundle(t, key), keyed},
		"bundle, chain": {bundle(t, key, ca.Issue(key.Public(), "ada", nil), ca.Intermediate), certified},
		"witness stolen": {edited(t, bundle(t, key), func(m map[string]any) {
			edited(t, in.Attest(card(), sigstoretest.Signing{}), func(f map[string]any) { material(m)["tlogEntries"] = material(f)["tlogEntries"] })
		}), keyed},
	} {
		if _, err := attest.Verify(tc.raw, tc.trust, attesttest.Now); !errors.Is(err, attest.ErrSignature) || !strings.Contains(err.Error(), "signer real") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Extensions narrow an identity: real certificates of GitHub carry them.
func TestExtensions(t *testing.T) {
	var b realBundle
	for _, p := range published(t) {
		if p.name == "GitHub, container" {
			b = p
		}
	}
	good := readFile(t, realdata(t)+"/sigstore-bundles/trusted_root.public-good.json")
	verify := func(extensions map[string]any) error {
		_, err := attest.Verify(b.raw, trustOf(t, rootedFile(t, good, map[string]any{"keyless": map[string]any{"issuer": github, "identity": `^https://github\.com/.+$`, "extensions": extensions}})), later)
		return err
	}
	if err := verify(map[string]any{"source_repository_uri": `^https://github\.com/slsa-framework/.+$`, "build_trigger": `^push$`, "runner_environment": `^github-hosted$`}); err != nil {
		t.Error(err)
	}
	for name, pattern := range map[string]string{"source_repository_uri": `^https://github\.com/bank/models$`, "build_trigger": `^pull_request$`, "source_repository_visibility_at_signing": `^private$`} {
		if err := verify(map[string]any{name: pattern}); !errors.Is(err, attest.ErrUnknownSigner) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range attest.Extensions() {
		if err := verify(map[string]any{name: `^no such thing$`}); !errors.Is(err, attest.ErrUnknownSigner) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// If this fails, two signers of a trust are taken for one, or roots of two
// instances cannot stand side by side.
func TestSeveralRoots(t *testing.T) {
	in, other := sigstoretest.New(t), sigstoretest.New(t)
	file := func(second string, roots ...[]byte) []byte {
		doc := map[string]any{"v": 1, "predicates": map[string]any{"model-card": []string{"builder"}}}
		var list, signers []any
		for i, r := range roots {
			id := fmt.Sprintf("root-%d", i)
			list = append(list, map[string]any{"id": id, "trusted_root": json.RawMessage(r)})
			signers = append(signers, map[string]any{"id": "signer-" + id, "principal": id, "roles": []string{"builder"}, "about": []string{"*"}, "root": id,
				"keyless": map[string]any{"issuer": sigstoretest.Issuer, "identity": []string{ada, second}[i]}})
		}
		doc["roots"], doc["signers"] = list, signers
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	both := trustOf(t, file(ada, in.TrustedRoot(), other.TrustedRoot()))
	now := time.Now().Add(time.Minute)
	for want, from := range map[string]*sigstoretest.Instance{"root-0": in, "root-1": other} {
		v, err := attest.Verify(from.Attest(card(), sigstoretest.Signing{}), both, now)
		if err != nil || v.Principals()[0] != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	same := trustOf(t, file(`^ada@.+$`, in.TrustedRoot(), in.TrustedRoot()))
	if _, err := attest.Verify(in.Attest(card(), sigstoretest.Signing{}), same, now); !errors.Is(err, attest.ErrTrust) || !strings.Contains(err.Error(), "narrow") {
		t.Errorf("two signers for one identity: %v", err)
	}
}

// Bundles over a bare digest: verified against the artifact, and never evidence.
func TestMessage(t *testing.T) {
	for _, b := range published(t) {
		if b.artifact == nil {
			if _, err := attest.ParseMessage(b.raw); !errors.Is(err, attest.ErrUnsupported) {
				t.Errorf("%s holds a statement: %v", b.name, err)
			}
			continue
		}
		if _, err := attest.Verify(b.raw, b.trust, later); !errors.Is(err, attest.ErrUnsupported) {
			t.Errorf("%s is taken for evidence: %v", b.name, err)
		}
		m, err := attest.ParseMessage(b.raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Verify(strings.NewReader("something else"), b.trust, later); !errors.Is(err, attest.ErrSignature) {
			t.Errorf("%s over something else: %v", b.name, err)
		}
		if _, err := m.VerifyDigest("sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf", b.trust, later); err != nil {
			t.Errorf("%s by digest: %v", b.name, err)
		}
		if _, err := m.VerifyDigest(attest.Ref("sha512:"+strings.Repeat("0", 128)), b.trust, later); !errors.Is(err, attest.ErrUnsupported) {
			t.Errorf("%s by another kind of digest: %v", b.name, err)
		}
		if _, err := m.Verify(bytes.NewReader(b.artifact), nil, later); !errors.Is(err, attest.ErrUnknownSigner) {
			t.Errorf("%s without a trust: %v", b.name, err)
		}
		for what, edit := range map[string]func(map[string]any){
			"no digest": func(m map[string]any) { delete(m["messageSignature"].(map[string]any), "messageDigest") },
			"unknown hash": func(m map[string]any) {
				m["messageSignature"].(map[string]any)["messageDigest"].(map[string]any)["algorithm"] = "SHA1"
			},
			"short digest": func(m map[string]any) {
				m["messageSignature"].(map[string]any)["messageDigest"].(map[string]any)["digest"] = "AAAA"
			},
			"no signature":    func(m map[string]any) { delete(m["messageSignature"].(map[string]any), "signature") },
			"no content":      func(m map[string]any) { delete(m, "messageSignature") },
			"unknown member":  func(m map[string]any) { m["x"] = 1 },
			"media type":      func(m map[string]any) { m["mediaType"] = "application/json" },
			"unknown version": func(m map[string]any) { m["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.4+json" },
		} {
			if _, err := attest.ParseMessage(edited(t, b.raw, edit)); !errors.Is(err, attest.ErrMalformed) || !strings.Contains(err.Error(), "$") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if _, err := attest.ParseMessage(make([]byte, attest.MaxEnvelope+1)); !errors.Is(err, attest.ErrTooLarge) {
		t.Errorf("oversize: %v", err)
	}
}

// Each bound of what a bundle brings along, and each way to write it badly: refused
// with the place.
func TestWitnessBounds(t *testing.T) {
	in := sigstoretest.New(t)
	good := in.Attest(card(), sigstoretest.Signing{V1: true})
	list := func(n int, e any) []any {
		out := make([]any, n)
		for i := range out {
			out[i] = e
		}
		return out
	}
	b64 := func(n int) string { return strings.Repeat("AAAA", n/3+1) }
	stamps := func(m map[string]any) map[string]any {
		return material(m)["timestampVerificationData"].(map[string]any)
	}
	proof := func(m map[string]any) map[string]any { return logEntry(m)["inclusionProof"].(map[string]any) }
	for name, tc := range map[string]struct {
		edit func(m map[string]any)
		want error
		word string
	}{
		"many log entries": {func(m map[string]any) { material(m)["tlogEntries"] = list(attest.MaxLogEntries+1, logEntry(m)) }, attest.ErrTooLarge, "tlogEntries"},
		"long log body":    {func(m map[string]any) { logEntry(m)["canonicalizedBody"] = b64(attest.MaxLogBody) }, attest.ErrTooLarge, "tlogEntries[0].canonicalizedBody"},
		"log body no JSON": {func(m map[string]any) { logEntry(m)["canonicalizedBody"] = "AAAA" }, attest.ErrMalformed, "canonicalizedBody"},
		"log body a bomb": {func(m map[string]any) {
			logEntry(m)["canonicalizedBody"] = "W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb"
		}, attest.ErrTooLarge, "nested"},
		"long log id":       {func(m map[string]any) { logEntry(m)["logId"].(map[string]any)["keyId"] = b64(attest.MaxLogID) }, attest.ErrTooLarge, "logId.keyId"},
		"no log id":         {func(m map[string]any) { delete(logEntry(m), "logId") }, attest.ErrMalformed, "logId"},
		"log id empty":      {func(m map[string]any) { logEntry(m)["logId"] = map[string]any{} }, attest.ErrMalformed, "keyId"},
		"no kind":           {func(m map[string]any) { delete(logEntry(m), "kindVersion") }, attest.ErrMalformed, "kindVersion"},
		"index negative":    {func(m map[string]any) { logEntry(m)["logIndex"] = "-1" }, attest.ErrMalformed, "logIndex"},
		"index not whole":   {func(m map[string]any) { logEntry(m)["logIndex"] = 1.5 }, attest.ErrMalformed, "logIndex"},
		"index padded":      {func(m map[string]any) { logEntry(m)["logIndex"] = "01" }, attest.ErrMalformed, "logIndex"},
		"time not a number": {func(m map[string]any) { logEntry(m)["integratedTime"] = true }, attest.ErrMalformed, "integratedTime"},
		"unknown member":    {func(m map[string]any) { logEntry(m)["log_index"] = "1" }, attest.ErrMalformed, "log_index"},
		"long proof":        {func(m map[string]any) { proof(m)["hashes"] = list(attest.MaxProof+1, "AAAA") }, attest.ErrTooLarge, "hashes"},
		"long hash":         {func(m map[string]any) { proof(m)["hashes"] = []any{b64(attest.MaxLogID)} }, attest.ErrTooLarge, "hashes[0]"},
		"hash no text":      {func(m map[string]any) { proof(m)["hashes"] = []any{1} }, attest.ErrMalformed, "hashes[0]"},
		"long root":         {func(m map[string]any) { proof(m)["rootHash"] = b64(attest.MaxLogID) }, attest.ErrTooLarge, "rootHash"},
		"no checkpoint":     {func(m map[string]any) { delete(proof(m), "checkpoint") }, attest.ErrMalformed, "checkpoint"},
		"long checkpoint": {func(m map[string]any) {
			proof(m)["checkpoint"] = map[string]any{"envelope": strings.Repeat("x", attest.MaxCheckpoint+1)}
		}, attest.ErrMalformed, fmt.Sprint(attest.MaxCheckpoint)},
		"long promise": {func(m map[string]any) {
			logEntry(m)["inclusionPromise"] = map[string]any{"signedEntryTimestamp": b64(attest.MaxSignature)}
		}, attest.ErrTooLarge, "signedEntryTimestamp"},
		"many timestamps": {func(m map[string]any) {
			stamps(m)["rfc3161Timestamps"] = list(attest.MaxTimestamps+1, map[string]any{"signedTimestamp": "AAAA"})
		}, attest.ErrTooLarge, "rfc3161Timestamps"},
		"long timestamp": {func(m map[string]any) {
			stamps(m)["rfc3161Timestamps"] = []any{map[string]any{"signedTimestamp": b64(attest.MaxTimestamp)}}
		}, attest.ErrTooLarge, "signedTimestamp"},
		"timestamp lax base64": {func(m map[string]any) {
			stamps(m)["rfc3161Timestamps"] = []any{map[string]any{"signedTimestamp": "AA"}}
		}, attest.ErrMalformed, "base64"},
		"timestamp of no kind":   {func(m map[string]any) { stamps(m)["timestamps"] = []any{} }, attest.ErrMalformed, "timestamps"},
		"timestamps no list":     {func(m map[string]any) { stamps(m)["rfc3161Timestamps"] = "x" }, attest.ErrMalformed, "array"},
		"log entries no list":    {func(m map[string]any) { material(m)["tlogEntries"] = map[string]any{} }, attest.ErrMalformed, "array"},
		"a log entry of no kind": {func(m map[string]any) { material(m)["tlogEntries"] = []any{1} }, attest.ErrMalformed, "tlogEntries[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attest.Parse(edited(t, good, tc.edit))
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.word) {
				t.Errorf("got %v, want %v saying %q", err, tc.want, tc.word)
			}
		})
	}
	for i := 1; i < len(good); i += 97 {
		if _, err := attest.Parse(good[:i]); !errors.Is(err, attest.ErrMalformed) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
}

// If this fails, a root in a trust is read otherwise than it is written, or a slip in
// one goes unseen.
func TestTrustRoots(t *testing.T) {
	in := sigstoretest.New(t)
	root := in.TrustedRoot()
	file := rootedFile(t, root, map[string]any{"keyless": map[string]any{"issuer": sigstoretest.Issuer, "identity": ada, "extensions": map[string]any{"source_repository_uri": `^https://github\.com/bank/models$`}}})
	trust := trustOf(t, file)
	again := trustOf(t, trust.Canonical())
	doc, err := attest.ParseTrustedRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	s := trust.Signers[0]
	if again.Digest() != trust.Digest() || !bytes.Equal(trust.Roots[0].Document, doc) || s.Root != "instance" || s.RootDigest != trust.Roots[0].Digest() || len(s.Keyless.Extensions) != 1 {
		t.Errorf("read back: %+v", s)
	}
	if other := trustOf(t, rootedFile(t, sigstoretest.New(t).TrustedRoot(), map[string]any{"keyless": map[string]any{"issuer": sigstoretest.Issuer, "identity": ada}})); other.Digest() == trust.Digest() || other.Signers[0].RootDigest == s.RootDigest {
		t.Error("another root gives the same trust")
	}
	// null, as some writers have it, and white space are no difference.
	null := edited(t, root, func(m map[string]any) { m["ctlogs"] = nil })
	if got, err := attest.ParseTrustedRoot(append(null, '\n')); err != nil || !bytes.Equal(got, doc) {
		t.Errorf("null: %v", err)
	}
	if strings.Contains(string(attesttest.NewWorld(t).Trust.Canonical()), "roots") {
		t.Error("a trust without roots speaks of them")
	}

	mustRefuse := func(name string, file []byte, words ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) { mustRefuseTrust(t, string(file), words...) })
	}
	change := func(edit func(m map[string]any)) []byte { return edited(t, file, edit) }
	first := func(m map[string]any, list string) map[string]any { return m[list].([]any)[0].(map[string]any) }
	keylessOf := func(m map[string]any) map[string]any { return first(m, "signers")["keyless"].(map[string]any) }
	trusted := func(m map[string]any) map[string]any { return first(m, "roots")["trusted_root"].(map[string]any) }
	many := func(n int, e any) []any {
		out := make([]any, n)
		for i := range out {
			out[i] = e
		}
		return out
	}
	mustRefuse("root misspelt", change(func(m map[string]any) { first(m, "signers")["root"] = "instanc" }), "instanc", "not listed")
	mustRefuse("no root named", change(func(m map[string]any) { delete(first(m, "signers"), "root") }), "names the root", "instance")
	mustRefuse("root id twice", change(func(m map[string]any) { m["roots"] = many(2, first(m, "roots")) }), "taken")
	mustRefuse("many roots", change(func(m map[string]any) { m["roots"] = many(attest.MaxRoots+1, first(m, "roots")) }), "17", "16")
	mustRefuse("root without id", change(func(m map[string]any) { delete(first(m, "roots"), "id") }), `"id" is missing`)
	mustRefuse("root without document", change(func(m map[string]any) { delete(first(m, "roots"), "trusted_root") }), "trusted_root")
	mustRefuse("root of no kind", change(func(m map[string]any) { first(m, "roots")["trusted_root"] = "x" }), "JSON object")
	mustRefuse("root empty", change(func(m map[string]any) {
		first(m, "roots")["trusted_root"] = map[string]any{"mediaType": trusted(m)["mediaType"]}
	}), "no certificate authority")
	mustRefuse("root media type", change(func(m map[string]any) { trusted(m)["mediaType"] = "x" }), "media type")
	mustRefuse("root unknown member", change(func(m map[string]any) { trusted(m)["tlog"] = []any{} }), "$.tlog")
	mustRefuse("root in snake case", change(func(m map[string]any) { trusted(m)["certificate_authorities"] = trusted(m)["certificateAuthorities"] }), "certificate_authorities")
	mustRefuse("root with numbers", change(func(m map[string]any) { trusted(m)["tlogs"] = []any{1} }), "quotes")
	mustRefuse("root certificate broken", change(func(m map[string]any) {
		first(trusted(m), "certificateAuthorities")["certChain"] = map[string]any{"certificates": []any{map[string]any{"rawBytes": "AAAA"}}}
	}), "trusted root")
	mustRefuse("root without authority", change(func(m map[string]any) { delete(trusted(m), "certificateAuthorities") }), "no certificate authority")
	mustRefuse("extension misspelt", change(func(m map[string]any) { keylessOf(m)["extensions"] = map[string]any{"source_repo": "^x$"} }), "source_repo", "source_repository_uri")
	mustRefuse("extension open", change(func(m map[string]any) { keylessOf(m)["extensions"] = map[string]any{"build_trigger": "push"} }), "not anchored")
	mustRefuse("extensions empty", change(func(m map[string]any) { keylessOf(m)["extensions"] = map[string]any{} }), "no extension")
	mustRefuse("identity open", change(func(m map[string]any) { keylessOf(m)["identity"] = "ada@bank.example" }), "not anchored")
	mustRefuse("identity of anybody", change(func(m map[string]any) { keylessOf(m)["identity"] = "^.*$" }), "matches anything")
	mustRefuse("no issuer", change(func(m map[string]any) { delete(keylessOf(m), "issuer") }), "issuer")
	mustRefuse("issuer a pattern", change(func(m map[string]any) { keylessOf(m)["issuer"] = "^https://.*$" }), "https://")
	mustRefuse("kms held to a root", change(func(m map[string]any) {
		s := first(m, "signers")
		delete(s, "keyless")
		s["kms"] = "awskms:///alias/x"
	}), "not resolved")
	if _, err := attest.ParseTrustedRoot([]byte(`{"mediaType":"` + strings.Repeat("x", attest.MaxTrustedRoot) + `"}`)); !errors.Is(err, attest.ErrTooLarge) {
		t.Errorf("oversize: %v", err)
	}
	crowd := edited(t, root, func(m map[string]any) {
		m["certificateAuthorities"] = many(attest.MaxAuthorities+1, first(m, "certificateAuthorities"))
	})
	if _, err := attest.ParseTrustedRoot(crowd); !errors.Is(err, attest.ErrTooLarge) || !strings.Contains(err.Error(), fmt.Sprintf("at most %d", attest.MaxAuthorities)) {
		t.Errorf("many authorities: %v", err)
	}
}

// A remembered certificate counts only within its window, and only for itself.
func TestChainsRemembered(t *testing.T) {
	if n := attest.ChainsKept(attest.MaxChains + 1); n > attest.MaxChains {
		t.Errorf("%d certificates are remembered, at most %d", n, attest.MaxChains)
	}
	in := sigstoretest.New(t)
	trust := keylessTrust(t, in.TrustedRoot(), `^[a-z0-9]+@bank\.example$`)
	now := time.Now().Add(time.Minute)
	for i := range 3 {
		raw := in.Attest(card(), sigstoretest.Signing{Identity: fmt.Sprintf("s%d@bank.example", i)})
		for range 2 {
			if _, err := attest.Verify(raw, trust, now); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := attest.Verify(sigstoretest.New(t).Attest(card(), sigstoretest.Signing{}), trust, now); err == nil {
			t.Fatal("a stranger passes once somebody is known")
		}
	}
}
