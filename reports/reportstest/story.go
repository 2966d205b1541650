// Package reportstest gives tests of reports the German credit story on a ledger,
// and the model of its audit for renderers.
package reportstest

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// Told is the whole story on a ledger.
type Told struct {
	*evidencetest.Rig
	Story *story.Story
	Gate  *gate.Gate
	Set   *policy.Set
	// IDs of the statements by step.
	IDs map[string]string

	keys map[string]crypto.Signer
}

// Tell plays every step of the story.
func Tell(tb testing.TB) *Told {
	tb.Helper()
	s, err := story.Load()
	if err != nil {
		tb.Fatal(err)
	}
	t := &Told{Rig: evidencetest.NewAt(tb, s.Steps[0].At.Add(-time.Hour)), Story: s, IDs: map[string]string{}, keys: map[string]crypto.Signer{}}
	t.trust(tb)
	t.rules(tb)
	for i := range s.Steps {
		t.Clock.Set(s.Steps[i].At)
		t.submit(tb, &s.Steps[i])
	}
	return t
}

// Untold is a ledger on which the rule book is in force and nothing was said yet;
// the signers of attesttest's world may say what their roles allow.
func Untold(tb testing.TB, at time.Time) *Told {
	tb.Helper()
	t := &Told{Rig: evidencetest.NewAt(tb, at), IDs: map[string]string{}}
	t.rules(tb)
	return t
}

// Config to build reports of it.
func (t *Told) Config(tb testing.TB) reports.Config {
	tb.Helper()
	books, err := fs.Sub(policies.FS, "frameworks")
	if err != nil {
		tb.Fatal(err)
	}
	return reports.Config{Gate: t.Gate, Locker: t.Locker, Frameworks: books}
}

func (t *Told) trust(tb testing.TB) {
	public := map[string]crypto.PublicKey{}
	for _, p := range story.Principals() {
		t.keys[p.ID] = attesttest.Key(tb, p.Algorithm, "story/"+p.ID)
		public[p.ID] = t.keys[p.ID].Public()
	}
	people, err := story.Trust(public)
	var doc, service map[string]any
	if err = errors.Join(err, json.Unmarshal(people, &doc), json.Unmarshal(t.TrustFile(), &service)); err != nil {
		tb.Fatal(err)
	}
	doc["service"] = service["service"]
	for _, s := range service["signers"].([]any) {
		if s.(map[string]any)["id"] == "admin" {
			doc["signers"] = append(doc["signers"].([]any), s)
		}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := t.Locker.Activate(context.Background(), t.Activation(evidence.KindTrust, raw, "admin"), nil); err != nil {
		tb.Fatal(err)
	}
}

func (t *Told) rules(tb testing.TB) {
	var err error
	if t.Set, err = policy.LoadSet(policies.FS); err != nil {
		tb.Fatal(err)
	}
	t.Gate = gate.New(gate.Config{Locker: t.Locker, Signer: t.DecisionKey, Clock: t.Clock.Now})
	t.Activate(tb, t.Set, nil)
}

// Activate makes the book's parameters with a set the active ones, changed by edit
// when it is not nil.
func (t *Told) Activate(tb testing.TB, set *policy.Set, edit func(parameters map[string]any)) {
	tb.Helper()
	ctx := context.Background()
	if _, err := t.Locker.PublishSet(ctx, set.Digest(), set.Archive()); err != nil {
		tb.Fatal(err)
	}
	text, err := policies.FS.ReadFile("parameters.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	book, err := policy.ParseParameters(text)
	if err != nil {
		tb.Fatal(err)
	}
	var p map[string]any
	if err := json.Unmarshal(book.Canonical(), &p); err != nil {
		tb.Fatal(err)
	}
	p["set"] = set.Digest()
	story.NameRules(p)
	if edit != nil {
		edit(p)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := t.Gate.Activate(ctx, t.Activation(evidence.KindParameters, raw, "admin")); err != nil {
		tb.Fatal(err)
	}
}

// Key is the key of a person of the story.
func (t *Told) Key(id string) crypto.Signer { return t.keys[id] }

func (t *Told) submit(tb testing.TB, s *story.Step) {
	var signers []crypto.Signer
	for _, id := range s.Signers {
		signers = append(signers, t.keys[id])
	}
	raw, err := s.Sign(story.Cites{LogOrigin: evidencetest.Origin, IDs: t.IDs}, signers...)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := t.Locker.Submit(context.Background(), raw, ledger.WaitPublished)
	if err != nil {
		tb.Fatalf("submit %s: %v", s.Name, err)
	}
	t.IDs[s.Name] = a.ID
}

// Say submits a statement that a signer of the story signs.
func (t *Told) Say(tb testing.TB, statement []byte, signer string) {
	tb.Helper()
	raw, err := attest.SignDSSE(statement, t.keys[signer])
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := t.Locker.Submit(context.Background(), raw, ledger.WaitPublished); err != nil {
		tb.Fatal(err)
	}
}

// Root is the folder of package reports as its tests and those of the renderers
// below it see it.
func Root() string {
	if _, err := os.Stat("build.go"); err == nil {
		return "."
	}
	return ".."
}

// Model reads a golden model of package reports: "denied", "waived" or "revoked".
func Model(tb testing.TB, name string) *reports.Report {
	tb.Helper()
	f, err := os.Open(filepath.Join(Root(), "testdata", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	dec.UseNumber()
	var r reports.Report
	if err := dec.Decode(&r); err != nil {
		tb.Fatal(err)
	}
	return &r
}

// Golden compares what a renderer wrote of a model with testdata/FILE, or writes
// that file.
func Golden(tb testing.TB, file string, got []byte, update bool) {
	tb.Helper()
	path := filepath.Join("testdata", file)
	if update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, got, 0o644)); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		tb.Errorf("%s (-want +got), -update writes it:\n%s", file, diff)
	}
}

// Schema compiles the JSON Schema of a format from the folder ASSIZE_SCHEMAS
// names. Without it the test is skipped, except under CI.
func Schema(tb testing.TB, name string) *jsonschema.Schema {
	tb.Helper()
	dir := os.Getenv("ASSIZE_SCHEMAS")
	if dir == "" {
		if os.Getenv("CI") != "" {
			tb.Fatal("ASSIZE_SCHEMAS names no folder of schemas")
		}
		tb.Skip("ASSIZE_SCHEMAS names no folder of schemas")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		tb.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Validate holds a document to a schema.
func Validate(tb testing.TB, s *jsonschema.Schema, document []byte) {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		tb.Errorf("%v", err)
	}
}

// Hostile is a golden model whose names were chosen by somebody who means ill:
// markup, formulas, control characters.
func Hostile(tb testing.TB) *reports.Report {
	tb.Helper()
	r := Model(tb, "waived")
	const bad = "=cmd|' /C calc'!A0\x1b[31m<script>alert(1)</script>](javascript:alert(1))|\r\n# x\u202e`\"&]]>"
	r.Title, r.Sentence = bad, bad
	for i := range r.Verdicts {
		r.Verdicts[i].Subject.Name, r.Verdicts[i].Sentence, r.Verdicts[i].Reasons = bad, bad, []string{bad}
	}
	if r.System != nil {
		r.System.Name, r.System.Owner, r.System.IntendedPurpose = bad, bad, bad
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Subject.Name, f.Title, f.Reason, f.Owner, f.Remediation = bad, bad, bad, bad, bad
		f.Messages = append(f.Messages, policy.Message{Level: policy.LevelDeny, Msg: bad, Path: bad, Members: map[string]any{bad: bad}})
	}
	for i := range r.Evidence {
		r.Evidence[i].Principals, r.Evidence[i].Reason, r.Evidence[i].Type = []string{bad}, bad, bad
	}
	for i := range r.Frameworks {
		for n := range r.Frameworks[i].Controls {
			r.Frameworks[i].Controls[n].Text = bad
		}
	}
	return r
}
