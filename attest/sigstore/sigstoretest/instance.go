// Package sigstoretest is a Sigstore instance in memory, for tests: the certificate
// authority, logs and timestamp authority of sigstore-go's VirtualSigstore, with
// what it makes written as the bundles and trusted roots that go over the wire. It
// lives in the present, as its certificates do; its certificates carry no promise
// of a certificate transparency log, so its trusted root lists none.
package sigstoretest

import (
	"encoding/base64"
	"encoding/hex"
	"testing"
	"time"

	bundlepb "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	commonpb "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	dssepb "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	rekorpb "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/assize-dev/assize/attest"
)

// Issuer and Identity are who signs unless a Signing says otherwise.
const (
	Issuer   = "https://issuer.example"
	Identity = "ada@bank.example"
)

// Instance is a Sigstore instance. Two share nothing.
type Instance struct {
	tb testing.TB
	vs *ca.VirtualSigstore
}

// New makes an instance.
func New(tb testing.TB) *Instance {
	tb.Helper()
	vs, err := ca.NewVirtualSigstore()
	if err != nil {
		tb.Fatalf("sigstoretest: %v", err)
	}
	return &Instance{tb, vs}
}

// TrustedRoot is the instance's trusted root.
func (in *Instance) TrustedRoot() []byte {
	in.tb.Helper()
	logs := map[string]*root.TransparencyLog{}
	for id, l := range in.vs.RekorLogs() {
		raw, err := hex.DecodeString(id)
		if err != nil {
			in.tb.Fatalf("sigstoretest: %v", err)
		}
		l.ID = raw
		logs[id] = l
	}
	tr, err := root.NewTrustedRoot(root.TrustedRootMediaType01, in.vs.FulcioCertificateAuthorities(), nil, in.vs.TimestampingAuthorities(), logs)
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	text, err := tr.MarshalJSON()
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	return text
}

// Signing says how a statement is signed; the zero value is by Identity, now, into
// Rekor v2.
type Signing struct {
	Issuer, Identity string
	Logged           time.Time // the log's time; now when zero
	V1               bool      // an entry of Rekor v1, which signs its time
	NoTimestamp      bool
}

// Attest signs a statement and returns the bundle.
func (in *Instance) Attest(statement []byte, s Signing) []byte {
	in.tb.Helper()
	if s.Issuer == "" {
		s.Issuer = Issuer
	}
	if s.Identity == "" {
		s.Identity = Identity
	}
	if s.Logged.IsZero() {
		s.Logged = time.Now().Add(time.Second)
	}
	made, err := in.vs.AttestAtTimeHashedRekordV2(s.Identity, s.Issuer, statement, s.Logged)
	if s.V1 {
		made, err = in.vs.AttestAtTime(s.Identity, s.Issuer, statement, s.Logged, true)
	}
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	content, err := made.SignatureContent()
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	by, err := made.VerificationContent()
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	stamps, err := made.Timestamps()
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	entries, err := made.TlogEntries()
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	material := &bundlepb.VerificationMaterial{
		Content: &bundlepb.VerificationMaterial_Certificate{Certificate: &commonpb.X509Certificate{RawBytes: by.Certificate().Raw}},
	}
	for _, e := range entries {
		material.TlogEntries = append(material.TlogEntries, in.entry(e, s.V1))
	}
	if !s.NoTimestamp {
		data := &bundlepb.TimestampVerificationData{}
		for _, der := range stamps {
			data.Rfc3161Timestamps = append(data.Rfc3161Timestamps, &commonpb.RFC3161SignedTimestamp{SignedTimestamp: der})
		}
		material.TimestampVerificationData = data
	}
	raw, err := protojson.Marshal(&bundlepb.Bundle{
		MediaType: attest.MediaBundle, VerificationMaterial: material,
		Content: &bundlepb.Bundle_DsseEnvelope{DsseEnvelope: &dssepb.Envelope{
			Payload: statement, PayloadType: attest.PayloadInToto, Signatures: []*dssepb.Signature{{Sig: content.Signature()}},
		}},
	})
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	return raw
}

// entry is a log entry as it goes over the wire. One of Rekor v1 comes without the
// signature over its time, which is made here.
func (in *Instance) entry(e *tlog.Entry, v1 bool) *rekorpb.TransparencyLogEntry {
	in.tb.Helper()
	pb := e.TransparencyLogEntry()
	if !v1 {
		return pb
	}
	set, err := in.vs.RekorSignPayload(tlog.RekorPayload{
		Body: base64.StdEncoding.EncodeToString(pb.CanonicalizedBody), IntegratedTime: pb.IntegratedTime, LogIndex: pb.LogIndex, LogID: hex.EncodeToString(pb.LogId.KeyId),
	})
	if err != nil {
		in.tb.Fatalf("sigstoretest: %v", err)
	}
	pb.InclusionPromise = &rekorpb.InclusionPromise{SignedEntryTimestamp: set}
	pb.KindVersion = &rekorpb.KindVersion{Kind: "dsse", Version: "0.0.1"}
	return pb
}
