package reports_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/reportstest"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// testRecord: what the service recorded is checked offline, whoever changes a
// byte of it is found out, and only people the service trusts sign it off.
func testRecord(t *testing.T, c *reportstest.Told) {
	ctx := context.Background()
	r := build(t, c, reports.Request{System: story.System, Environment: story.Environment, AsOf: c.Clock.Now()})
	recorded, err := reports.Record(ctx, c.Gate, r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := reports.Record(ctx, c.Gate, r)
	if err != nil {
		t.Fatal(err)
	}
	if again.Seal.Index != recorded.Seal.Index {
		t.Errorf("the same report was recorded twice, at %d and %d", recorded.Seal.Index, again.Seal.Index)
	}
	v, err := recorded.Verify(ctx, c.VKey)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Anchored || v.Head.Title != r.Title {
		t.Errorf("%+v", v)
	}
	if unpinned, err := recorded.Verify(ctx, ""); err != nil || unpinned.Anchored {
		t.Errorf("without a key: %+v, %v", unpinned, err)
	}
	off := reports.SignOffStatement{StatedAt: c.Clock.Now().UTC().Format(time.RFC3339), Name: "Clara Vogt", Role: "compliance officer", Decision: "accepted"}
	if err := recorded.SignOff(v, off, c.Key("compliance")); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]struct {
		edit func(*reports.SignOffStatement)
		key  crypto.Signer
		want error
	}{
		"no role":  {func(*reports.SignOffStatement) {}, c.Key("development"), attest.ErrRole},
		"stranger": {func(*reports.SignOffStatement) {}, stranger(t), attest.ErrUnknownSigner},
		"word":     {func(s *reports.SignOffStatement) { s.Decision = "fine" }, c.Key("compliance"), nil},
		"before":   {func(s *reports.SignOffStatement) { s.StatedAt = "2020-01-01T00:00:00Z" }, c.Key("compliance"), nil},
	} {
		s := off
		bad.edit(&s)
		if err := recorded.SignOff(v, s, bad.key); err == nil || bad.want != nil && !errors.Is(err, bad.want) {
			t.Errorf("%s: %v, want %v", name, err, bad.want)
		}
	}
	var file bytes.Buffer
	if err := recorded.Write(&file); err != nil {
		t.Fatal(err)
	}
	held, err := reports.ParseRecorded(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if v, err = held.Verify(ctx, c.VKey); err != nil || len(v.SignOffs) != 1 {
		t.Fatalf("%+v, %v", v, err)
	}
	m, err := held.Document(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Document().Check(); err != nil {
		t.Error(err)
	}
	tampered(t, c.VKey, v, file.Bytes())
}

// tampered changes a byte here and there: nothing that was changed holds and says
// something else. (What names the key of a signature is only a hint.)
func tampered(t *testing.T, vkey string, v *reports.Verified, file []byte) {
	step := max(1, len(file)/300)
	for i := 0; i < len(file); i += step {
		changed := bytes.Clone(file)
		changed[i] ^= 1
		held, err := reports.ParseRecorded(changed)
		if err != nil {
			continue
		}
		if w, err := held.Verify(context.Background(), vkey); err == nil && !cmp.Equal(v, w, cmpopts.IgnoreUnexported(reports.Verified{})) {
			t.Fatalf("byte %d of %d was changed (%q) and it holds", i, len(file), changed[max(0, i-20):min(len(file), i+20)])
		}
	}
	for old, what := range map[string]string{`"verdict":"deny"`: `"verdict":"allow"`, `"sign_offs":[{`: `"sign_offs":[],"x":[{`} {
		changed := strings.Replace(string(file), old, what, 1)
		if changed == string(file) {
			t.Errorf("%q is not in the file", old)
		}
		held, err := reports.ParseRecorded([]byte(changed))
		if err == nil {
			_, err = held.Verify(context.Background(), vkey)
		}
		if err == nil {
			t.Errorf("%q was made %q and it holds", old, what)
		}
	}
}

func stranger(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := attest.GenerateKey("ed25519", nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
