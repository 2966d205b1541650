package attest_test

import (
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/sigstore/sigstoretest"
)

// FuzzWitnesses: log entries and timestamps of a bundle that is otherwise whole, up
// to the parsers behind it. Whatever verifies is the statement that was signed.
func FuzzWitnesses(f *testing.F) {
	in := sigstoretest.New(f)
	trust := keylessTrust(f, in.TrustedRoot(), ada)
	now := time.Now().Add(time.Minute)
	for _, s := range []sigstoretest.Signing{{}, {V1: true}, {V1: true, NoTimestamp: true}} {
		f.Add(in.Attest(card(), s))
	}
	want, err := attest.ParseStatement(card())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := attest.Verify(raw, trust, now)
		if err != nil {
			named(t, err)
			return
		}
		if string(v.Statement().Raw) != string(want.Raw) || v.Signers()[0].Identity != sigstoretest.Identity {
			t.Fatalf("verified as something else: %s", v.Statement().Raw)
		}
	})
}

// FuzzLogBody: the body of a log entry alone, which parsers of others read.
func FuzzLogBody(f *testing.F) {
	in := sigstoretest.New(f)
	trust := keylessTrust(f, in.TrustedRoot(), ada)
	good := in.Attest(card(), sigstoretest.Signing{V1: true})
	for _, s := range []string{`{}`, `{"apiVersion":"0.0.1","kind":"dsse","spec":{}}`, `{"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{"envelope":{"signatures":[]}}}}`,
		`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"signature":{}}}`, `{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{}}}`,
		`{"apiVersion":"0.0.1","kind":"dsse","spec":{"signatures":[{}],"payloadHash":{},"envelopeHash":{}}}`} {
		f.Add([]byte(s), "dsse", "0.0.1")
	}
	f.Fuzz(func(t *testing.T, body []byte, kind, version string) {
		raw := edited(t, good, func(m map[string]any) {
			e := logEntry(m)
			e["canonicalizedBody"] = body // encoding/json writes bytes in base64
			e["kindVersion"] = map[string]any{"kind": kind, "version": version}
		})
		if _, err := attest.Verify(raw, trust, time.Now().Add(time.Minute)); err != nil {
			named(t, err)
		}
	})
}

// FuzzMessage: bundles over a bare digest.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"x"}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"oM/HEnHW4njlfNMy/5V8P3BD/do1TEy7GQow1W76Ab8="},"signature":"AAAA"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := attest.ParseMessage(raw)
		if err != nil {
			named(t, err)
			return
		}
		if m.MediaType() == "" {
			t.Fatal("no media type")
		}
	})
}

// FuzzTrustedRoot: what is read is read again as the same.
func FuzzTrustedRoot(f *testing.F) {
	f.Add(sigstoretest.New(f).TrustedRoot())
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := attest.ParseTrustedRoot(raw)
		if err != nil {
			named(t, err)
			return
		}
		if again, err := attest.ParseTrustedRoot(doc); err != nil || string(again) != string(doc) {
			t.Fatalf("read again: %v", err)
		}
	})
}
