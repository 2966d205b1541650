package attest

import (
	"encoding/json"
	"fmt"
	"strconv"

	commonpb "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorpb "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
)

// witnesses is what a bundle brings along to show when and that it was signed:
// transparency log entries and RFC 3161 timestamps, read and not yet believed.
type witnesses struct {
	entries []*rekorpb.TransparencyLogEntry
	stamps  [][]byte // DER TimeStampResp
}

// optional is a member that may be left out, or null as some writers have it.
func (o object) optional(name string) (any, bool) {
	v, ok := o.m[name]
	return v, ok && v != nil
}

// child is an optional member that is an object with these members.
func (o object) child(name string, members ...string) (object, bool, error) {
	v, ok := o.optional(name)
	if !ok {
		return object{}, false, nil
	}
	c, err := objectAt(v, o.path+"."+name)
	if err != nil {
		return object{}, false, err
	}
	return c, true, c.closed(members...)
}

// items is an optional list; nil when it is left out.
func (o object) items(name string, limit int) ([]any, error) {
	if _, ok := o.optional(name); !ok {
		return nil, nil
	}
	list, err := o.list(name)
	if err == nil && len(list) > limit {
		err = fmt.Errorf("at %s.%s: %w: %d entries, at most %d", o.path, name, ErrTooLarge, len(list), limit)
	}
	return list, err
}

// bytes is an optional member in strict base64.
func (o object) bytes(name string, limit int) ([]byte, error) {
	if _, ok := o.optional(name); !ok {
		return nil, nil
	}
	text, err := o.text(name)
	if err != nil {
		return nil, err
	}
	return base64At(text, o.path+"."+name, limit)
}

func base64At(text, path string, limit int) ([]byte, error) {
	b, ok := decodeBase64(text)
	if !ok {
		return nil, malformed(path, "not strict base64")
	}
	if len(b) > limit {
		return nil, fmt.Errorf("at %s: %w: %d bytes, at most %d", path, ErrTooLarge, len(b), limit)
	}
	return b, nil
}

// int64 is an optional count. Protocol buffers write it as text and leave out
// zero; a number is accepted as well.
func (o object) int64(name string) (int64, error) {
	v, ok := o.optional(name)
	if !ok {
		return 0, nil
	}
	text, ok := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		text, ok = string(n), true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, malformed(o.path+"."+name, "want a whole number from 0, as text")
	}
	return n, nil
}

func readWitnesses(o object, w *witnesses) error {
	list, err := o.items("tlogEntries", MaxLogEntries)
	if err != nil {
		return err
	}
	for i, v := range list {
		entry, err := readLogEntry(v, fmt.Sprintf("%s.tlogEntries[%d]", o.path, i))
		if err != nil {
			return err
		}
		w.entries = append(w.entries, entry)
	}
	data, ok, err := o.child("timestampVerificationData", "rfc3161Timestamps")
	if !ok || err != nil {
		return err
	}
	if list, err = data.items("rfc3161Timestamps", MaxTimestamps); err != nil {
		return err
	}
	for i, v := range list {
		s, err := objectAt(v, fmt.Sprintf("%s.rfc3161Timestamps[%d]", data.path, i))
		if err != nil {
			return err
		}
		if err := s.closed("signedTimestamp"); err != nil {
			return err
		}
		text, err := s.text("signedTimestamp")
		if err != nil {
			return err
		}
		der, err := base64At(text, s.path+".signedTimestamp", MaxTimestamp)
		if err != nil {
			return err
		}
		w.stamps = append(w.stamps, der)
	}
	return nil
}

// readLogEntry reads a TransparencyLogEntry (sigstore_rekor.proto) of Rekor v1 or
// v2.
func readLogEntry(v any, path string) (*rekorpb.TransparencyLogEntry, error) {
	o, err := objectAt(v, path)
	if err != nil {
		return nil, err
	}
	if err := o.closed("logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise", "inclusionProof", "canonicalizedBody"); err != nil {
		return nil, err
	}
	e := &rekorpb.TransparencyLogEntry{}
	if e.LogIndex, err = o.int64("logIndex"); err != nil {
		return nil, err
	}
	if e.IntegratedTime, err = o.int64("integratedTime"); err != nil {
		return nil, err
	}
	if e.CanonicalizedBody, err = o.bytes("canonicalizedBody", MaxLogBody); err != nil {
		return nil, err
	}
	if len(e.CanonicalizedBody) == 0 {
		return nil, malformed(path, "member \"canonicalizedBody\" is missing")
	}
	if _, err := ParseJSON(e.CanonicalizedBody); err != nil {
		return nil, fmt.Errorf("at %s.canonicalizedBody: %w", path, err)
	}
	id, ok, err := o.child("logId", "keyId")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, malformed(path, "member \"logId\" is missing")
	}
	e.LogId = &commonpb.LogId{}
	if e.LogId.KeyId, err = id.bytes("keyId", MaxLogID); err != nil {
		return nil, err
	}
	if len(e.LogId.KeyId) == 0 {
		return nil, malformed(id.path, "member \"keyId\" is missing")
	}
	kind, ok, err := o.child("kindVersion", "kind", "version")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, malformed(path, "member \"kindVersion\" is missing")
	}
	e.KindVersion = &rekorpb.KindVersion{}
	if e.KindVersion.Kind, err = kind.text("kind"); err != nil {
		return nil, err
	}
	if e.KindVersion.Version, err = kind.text("version"); err != nil {
		return nil, err
	}
	promise, ok, err := o.child("inclusionPromise", "signedEntryTimestamp")
	if err != nil {
		return nil, err
	}
	if ok {
		e.InclusionPromise = &rekorpb.InclusionPromise{}
		if e.InclusionPromise.SignedEntryTimestamp, err = promise.bytes("signedEntryTimestamp", MaxSignature); err != nil {
			return nil, err
		}
	}
	e.InclusionProof, err = readInclusion(o)
	return e, err
}

func readInclusion(entry object) (*rekorpb.InclusionProof, error) {
	o, ok, err := entry.child("inclusionProof", "logIndex", "rootHash", "treeSize", "hashes", "checkpoint")
	if !ok || err != nil {
		return nil, err
	}
	p := &rekorpb.InclusionProof{}
	if p.LogIndex, err = o.int64("logIndex"); err != nil {
		return nil, err
	}
	if p.TreeSize, err = o.int64("treeSize"); err != nil {
		return nil, err
	}
	if p.RootHash, err = o.bytes("rootHash", MaxLogID); err != nil {
		return nil, err
	}
	hashes, err := o.items("hashes", MaxProof)
	if err != nil {
		return nil, err
	}
	for i, v := range hashes {
		path := fmt.Sprintf("%s.hashes[%d]", o.path, i)
		text, ok := v.(string)
		if !ok {
			return nil, malformed(path, "want a string")
		}
		hash, err := base64At(text, path, MaxLogID)
		if err != nil {
			return nil, err
		}
		p.Hashes = append(p.Hashes, hash)
	}
	cp, ok, err := o.child("checkpoint", "envelope")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, malformed(o.path, "member \"checkpoint\" is missing; without it nobody signed the root of the proof")
	}
	p.Checkpoint = &rekorpb.Checkpoint{}
	if p.Checkpoint.Envelope, err = cp.text("envelope"); err != nil {
		return nil, err
	}
	if n := len(p.Checkpoint.Envelope); n == 0 || n > MaxCheckpoint {
		return nil, fmt.Errorf("at %s.envelope: %w: %d bytes, want 1 to %d", cp.path, ErrMalformed, n, MaxCheckpoint)
	}
	return p, nil
}
