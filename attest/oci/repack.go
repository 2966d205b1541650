package oci

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"github.com/assize-dev/assize/attest"
)

// Annotations cosign puts on the layers of an attestation tag
// (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md).
const (
	annotationCertificate = "dev.sigstore.cosign/certificate"
	annotationChain       = "dev.sigstore.cosign/chain"
	annotationBundle      = "dev.sigstore.cosign/bundle"
	annotationTimestamp   = "dev.sigstore.cosign/rfc3161timestamp"
)

// repackedType is the version of the Sigstore bundle whose log entries may have a
// promise without a proof, which is what cosign keeps (sigstore_bundle.proto).
const repackedType = "application/vnd.dev.sigstore.bundle+json;version=0.1"

// repack makes one Sigstore bundle of an envelope and what cosign keeps beside it.
// It copies; every signature, certificate and entry is for the verifier to judge.
func repack(envelope []byte, annotations map[string]string) ([]byte, error) {
	// The strict parse first, so that a member named twice cannot be smuggled.
	if _, err := attest.ParseJSON(envelope); err != nil {
		return nil, fmt.Errorf("envelope: %w: %w", ErrMalformed, err)
	}
	certs, err := certificates(annotations)
	if err != nil {
		return nil, err
	}
	material := map[string]any{"x509CertificateChain": map[string]any{"certificates": certs}}
	if text := annotations[annotationBundle]; text != "" {
		entry, err := logEntry(text)
		if err != nil {
			return nil, fmt.Errorf("annotation %s: %w", annotationBundle, err)
		}
		material["tlogEntries"] = []any{entry}
	}
	if text := annotations[annotationTimestamp]; text != "" {
		var stamp struct {
			SignedRFC3161Timestamp []byte
		}
		if err := json.Unmarshal([]byte(text), &stamp); err != nil || len(stamp.SignedRFC3161Timestamp) == 0 {
			return nil, fmt.Errorf("annotation %s: %w: want SignedRFC3161Timestamp in base64", annotationTimestamp, ErrMalformed)
		}
		material["timestampVerificationData"] = map[string]any{"rfc3161Timestamps": []any{map[string]any{"signedTimestamp": stamp.SignedRFC3161Timestamp}}}
	}
	return json.Marshal(map[string]any{
		"mediaType": repackedType, "verificationMaterial": material, "dsseEnvelope": json.RawMessage(envelope),
	})
}

// certificates reads the leaf and the chain, in PEM. The root is left out: a bundle
// must not bring the anchor it is to be trusted by.
func certificates(annotations map[string]string) ([]any, error) {
	var out []any
	for _, name := range []string{annotationCertificate, annotationChain} {
		rest := []byte(annotations[name])
		for {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if block.Type != "CERTIFICATE" {
				return nil, fmt.Errorf("annotation %s: %w: PEM block %.40q; want CERTIFICATE", name, ErrMalformed, block.Type)
			}
			if len(out) == attest.MaxCertificates {
				return nil, fmt.Errorf("annotation %s: %w: more than %d certificates", name, ErrTooLarge, attest.MaxCertificates)
			}
			if len(out) == 0 || !selfSigned(block.Bytes) {
				out = append(out, map[string]any{"rawBytes": block.Bytes})
			}
		}
		if name == annotationCertificate && len(out) != 1 {
			return nil, fmt.Errorf("annotation %s: %w: want one certificate in PEM, there are %d", name, ErrMalformed, len(out))
		}
	}
	return out, nil
}

// logEntry turns cosign's copy of an entry of Rekor v1 into that of a bundle
// (sigstore_rekor.proto, TransparencyLogEntry).
func logEntry(text string) (map[string]any, error) {
	var b struct {
		SignedEntryTimestamp []byte
		Payload              struct {
			Body           string `json:"body"`
			IntegratedTime int64  `json:"integratedTime"`
			LogIndex       int64  `json:"logIndex"`
			LogID          string `json:"logID"`
		}
	}
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	body, err := base64.StdEncoding.Strict().DecodeString(b.Payload.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: Payload.body: %w", ErrMalformed, err)
	}
	var kind struct {
		Kind    string `json:"kind"`
		Version string `json:"apiVersion"`
	}
	if err := json.Unmarshal(body, &kind); err != nil || kind.Kind == "" {
		return nil, fmt.Errorf("%w: Payload.body names no kind of entry", ErrMalformed)
	}
	id, err := hex.DecodeString(b.Payload.LogID)
	if err != nil {
		return nil, fmt.Errorf("%w: Payload.logID: %w", ErrMalformed, err)
	}
	return map[string]any{
		"logIndex": fmt.Sprint(b.Payload.LogIndex), "logId": map[string]any{"keyId": id},
		"kindVersion":       map[string]any{"kind": kind.Kind, "version": kind.Version},
		"integratedTime":    fmt.Sprint(b.Payload.IntegratedTime),
		"inclusionPromise":  map[string]any{"signedEntryTimestamp": b.SignedEntryTimestamp},
		"canonicalizedBody": body,
	}, nil
}

// selfSigned tells an anchor: its issuer is itself.
func selfSigned(der []byte) bool {
	c, err := x509.ParseCertificate(der)
	return err == nil && bytes.Equal(c.RawIssuer, c.RawSubject)
}
