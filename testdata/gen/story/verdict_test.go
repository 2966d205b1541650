package story_test

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/sqlite"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// The gate, with the rule book and its default parameters, answers every question
// of the story as the story says: denied for the age gap, allowed with the waiver,
// allowed month by month until the applicants have changed, and lineage spoilt once
// the data are revoked.
func TestVerdicts(t *testing.T) {
	c := open(t)
	answers := make(map[string]gate.Answer)
	for _, e := range c.Events() {
		c.now = e.At
		if e.Step != nil {
			c.submit(t, *e.Step)
			continue
		}
		q := e.Question
		a, err := c.gate.Decide(context.Background(), gate.Question{Subject: q.Subject, System: q.System, Action: q.Action, Environment: q.Environment}, gate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		answers[q.Name] = a
		if string(a.Decision.Verdict) != q.Verdict || a.Recorded == nil {
			t.Errorf("%s: %s, want %s\n%s%v", q.Name, a.Decision.Verdict, q.Verdict, told(a), a.Inquiry)
		}
		for _, f := range a.Decision.Findings {
			if f.Rule == "FAI-02" && f.Status == policy.StatusFail {
				c.cites.Finding = nil
				for _, cite := range f.Evidence {
					c.cites.Finding = append(c.cites.Finding, cite.ID)
				}
			}
		}
	}

	// What stands between the model and production is the age gap and nothing else.
	c.stands(t, answers["deploy denied"], map[string]policy.Status{"FAI-02": policy.StatusFail, "REG-04": policy.StatusNotYetApplicable, "ETH-01": policy.StatusNotYetApplicable})
	c.stands(t, answers["deploy waived"], map[string]policy.Status{"FAI-02": policy.StatusWaived, "REG-04": policy.StatusNotYetApplicable, "ETH-01": policy.StatusNotYetApplicable})
	if d := answers["deploy waived"].Decision; d.FlipsAt != "2025-03-14T00:00:00Z" || d.FlipsTo != gate.Deny {
		t.Errorf("with the waiver it flips at %s to %s, want its end", d.FlipsAt, d.FlipsTo)
	}
	for name, a := range answers {
		month, ok := strings.CutPrefix(name, "continue 2025-")
		if !ok {
			continue
		}
		want := map[string]policy.Status{}
		if month >= "08" {
			want["OPS-02"] = policy.StatusFail
		}
		c.stands(t, a, want)
		if got := warned(a, "OPS-02"); got != (month == "07") {
			t.Errorf("%s: OPS-02 warns: %v", name, got)
		}
	}
	c.stands(t, answers["train before revocation"], nil)
	for _, name := range []string{"train after revocation", "continue after revocation"} {
		before := statuses(answers[strings.Replace(name, "after", "before", 1)], "LIN-03")
		after := statuses(answers[name], "LIN-03")
		if len(before) == 0 || len(before) != len(after) {
			t.Errorf("%s: LIN-03 before %v, after %v", name, before, after)
		}
		for subject, status := range after {
			if before[subject] != policy.StatusPass || status != policy.StatusFail {
				t.Errorf("%s: LIN-03 of %s went from %s to %s", name, subject, before[subject], status)
			}
		}
	}
}

// stands holds the findings that do not simply pass against those expected.
func (c *court) stands(t *testing.T, a gate.Answer, want map[string]policy.Status) {
	t.Helper()
	got := make(map[string]policy.Status)
	for _, f := range a.Decision.Findings {
		if f.Status != policy.StatusPass && f.Status != policy.StatusNotApplicable {
			got[f.Rule] = f.Status
		}
	}
	if !maps.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("%s of %s at %s: %v, want %v\n%s", a.Decision.Question.Action, a.Decision.Question.Subject, a.Decision.DecidedAt, got, want, told(a))
	}
}

func statuses(a gate.Answer, rule string) map[string]policy.Status {
	out := make(map[string]policy.Status)
	for _, f := range a.Decision.Findings {
		if f.Rule == rule {
			out[f.Subject.Kind+" "+string(f.Subject.Ref)] = f.Status
		}
	}
	return out
}

func warned(a gate.Answer, rule string) bool {
	return slices.ContainsFunc(a.Decision.Findings, func(f gate.Finding) bool {
		return f.Rule == rule && slices.ContainsFunc(f.Messages, func(m policy.Message) bool { return m.Level == policy.LevelWarn })
	})
}

func told(a gate.Answer) string {
	var b strings.Builder
	for _, f := range a.Decision.Findings {
		if f.Status == policy.StatusPass || f.Status == policy.StatusNotApplicable {
			continue
		}
		fmt.Fprintf(&b, "  %s %s %s %s\n", f.Rule, f.Status, f.Subject.Kind, f.Reason)
		for _, m := range f.Messages {
			fmt.Fprintf(&b, "    %s: %s\n", m.Level, m.Msg)
		}
	}
	return b.String()
}

// court is a ledger and a gate over it, on the story's clock.
type court struct {
	*story.Story
	locker *evidence.Locker
	gate   *gate.Gate
	keys   map[string]crypto.Signer
	cites  story.Cites
	now    time.Time
}

func open(t *testing.T) *court {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := story.Load()
	must(err)
	c := &court{Story: s, keys: make(map[string]crypto.Signer), cites: story.Cites{LogOrigin: origin, IDs: make(map[string]string)}, now: s.Steps[0].At.Add(-time.Hour)}
	clock := func() time.Time { return c.now }

	dir := t.TempDir()
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dir, "assize.db")})
	must(err)
	t.Cleanup(func() { _ = store.Close() })
	skey, vkey, err := ledger.GenerateKey(nil, origin)
	must(err)
	signer, err := ledger.NewSigner(skey)
	must(err)
	log, err := ledger.Open(ctx, ledger.Config{Store: store, Signer: signer, Guard: ledger.NewFileGuard(filepath.Join(dir, "log.mark")), Clock: clock})
	must(err)
	t.Cleanup(func() { _ = log.Close() })
	c.locker = evidence.New(evidence.Config{Log: log, IdentityKey: make([]byte, 32), Clock: clock})

	public := make(map[string]crypto.PublicKey)
	for _, p := range story.Principals() {
		c.keys[p.ID], err = attest.GenerateKey(p.Algorithm, nil)
		must(err)
		public[p.ID] = c.keys[p.ID].Public()
	}
	admin, err := attest.GenerateKey(attest.Ed25519, nil)
	must(err)
	decisions, err := attest.GenerateKey(attest.ECDSAP256, nil)
	must(err)
	text, err := story.Trust(public)
	must(err)
	var trust map[string]any
	must(json.Unmarshal(text, &trust))
	adminPEM, err := attest.MarshalPublicKey(admin.Public())
	must(err)
	decisionPEM, err := attest.MarshalPublicKey(decisions.Public())
	must(err)
	trust["signers"] = append(trust["signers"].([]any), map[string]any{"id": "admin", "principal": "admin", "key": string(adminPEM), "roles": []string{"admin"}, "about": []string{}})
	trust["service"] = map[string]any{"log_keys": []string{vkey}, "decision_keys": []string{string(decisionPEM)}}
	c.activate(t, evidence.KindTrust, trust, admin)

	set, err := policy.LoadSet(policies.FS)
	must(err)
	_, err = c.locker.PublishSet(ctx, set.Digest(), set.Archive())
	must(err)
	yaml, err := policies.FS.ReadFile("parameters.yaml")
	must(err)
	parsed, err := policy.ParseParameters(yaml)
	must(err)
	tree, err := attest.ParseJSON(parsed.Canonical())
	must(err)
	parameters := tree.(map[string]any)
	parameters["set"] = set.Digest()
	story.NameRules(parameters)
	c.activate(t, evidence.KindParameters, parameters, admin)
	c.gate = gate.New(gate.Config{Locker: c.locker, Signer: decisions, Clock: clock})
	return c
}

func (c *court) activate(t *testing.T, kind string, document map[string]any, admin crypto.Signer) {
	t.Helper()
	b, err := attest.CanonicalJSON(document)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := evidence.NewActivation(kind, b, nil, origin, c.now, admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.locker.Activate(context.Background(), raw, nil); err != nil {
		t.Fatal(err)
	}
}

func (c *court) submit(t *testing.T, step story.Step) {
	t.Helper()
	var keys []crypto.Signer
	for _, id := range step.Signers {
		keys = append(keys, c.keys[id])
	}
	raw, err := step.Sign(c.cites, keys...)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.locker.Submit(context.Background(), raw, ledger.WaitPublished)
	if err != nil {
		t.Fatalf("%s: %v", step.Name, err)
	}
	c.cites.IDs[step.Name] = a.ID
}
