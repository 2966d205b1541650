package predicate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assize-dev/assize/attest"
)

// outsideForm is one version of a format of others.
type outsideForm struct {
	schema string   // file below schema/outside, without .json
	uris   []string // predicate types that are written in it
	// read holds the statement against itself and takes its facts, after the schema.
	read func(f *Facts, st *attest.Statement, p object) *Fault
	node *node
}

var outsideForms = []outsideForm{
	{schema: "slsa-provenance-v1", uris: []string{"https://slsa.dev/provenance/v1"}, read: (*Facts).slsaV1},
	{schema: "slsa-provenance-v0.2", uris: []string{"https://slsa.dev/provenance/v0.2"}, read: (*Facts).slsaV0},
	{schema: "slsa-provenance-v0.1", uris: []string{"https://slsa.dev/provenance/v0.1"}, read: (*Facts).slsaV0},
	{schema: "vsa-v1", uris: []string{"https://slsa.dev/verification_summary/v1"}, read: (*Facts).vsa},
	{schema: "vsa-v0.2", uris: []string{"https://slsa.dev/verification_summary/v0.2"}, read: (*Facts).vsa},
	{schema: "svr", uris: []string{"https://in-toto.io/attestation/svr/v0.2", "https://in-toto.io/attestation/svr/v0.1"}, read: (*Facts).svr},
	{schema: "scai", uris: []string{"https://in-toto.io/attestation/scai/v0.3", "https://in-toto.io/attestation/scai/attribute-report/v0.2"}, read: (*Facts).plain},
	{schema: "test-result", uris: []string{"https://in-toto.io/attestation/test-result/v0.1"}, read: (*Facts).testResult},
	{schema: "vulns", uris: []string{"https://in-toto.io/attestation/vulns/v0.2", "https://in-toto.io/attestation/vulns/v0.1"}, read: (*Facts).vulns},
	{schema: "release", uris: []string{"https://in-toto.io/attestation/release/v0.1"}, read: (*Facts).plain},
	{schema: "reference", uris: []string{"https://in-toto.io/attestation/reference/v0.1"}, read: (*Facts).plain},
	{schema: "link-v0.3", uris: []string{"https://in-toto.io/attestation/link/v0.3"}, read: (*Facts).link},
	{schema: "link-v1", uris: []string{"https://in-toto.io/Link/v1"}, read: (*Facts).plain},
	{schema: "cyclonedx", uris: []string{
		"https://cyclonedx.org/bom", "https://cyclonedx.org/bom/v1.4", "https://cyclonedx.org/bom/v1.5", "https://cyclonedx.org/bom/v1.6", "https://cyclonedx.org/bom/v1.7",
	}, read: (*Facts).cyclonedx},
	{schema: "spdx-v2", uris: []string{"https://spdx.dev/Document", "https://spdx.dev/Document/v2.2", "https://spdx.dev/Document/v2.3"}, read: (*Facts).spdxV2},
	{schema: "spdx-v3", uris: []string{"https://spdx.dev/Document/v3"}, read: (*Facts).spdxV3},
}

// forms finds the form of a predicate type, compiled at first use.
var forms = sync.OnceValue(func() map[string]*outsideForm {
	m := make(map[string]*outsideForm)
	for i := range outsideForms {
		f := &outsideForms[i]
		n, err := compile(outsideSchema(f.schema), true)
		if err != nil {
			panic(fmt.Sprintf("schema of %s: %v", f.schema, err))
		}
		f.node = n
		for _, uri := range f.uris {
			m[uri] = f
		}
	}
	return m
})

func outsideSchema(name string) []byte {
	b, err := schemaFiles.ReadFile("schema/outside/" + name + ".json")
	if err != nil {
		panic(err)
	}
	return b
}

// OutsideSchemas gives the schema of each version of the formats of others, by the
// predicate types that are written in it.
func OutsideSchemas() map[string][]byte {
	out := make(map[string][]byte)
	for _, f := range outsideForms {
		for _, uri := range f.uris {
			out[uri] = outsideSchema(f.schema)
		}
	}
	return out
}

// unions joins, by short name, the schemas of all versions: a rule that reads a type
// may read what any version has.
var unions = sync.OnceValue(func() map[string][]byte {
	trees := map[string]map[string]any{}
	for _, f := range outsideForms {
		var s map[string]any
		if err := json.Unmarshal(outsideSchema(f.schema), &s); err != nil {
			panic(fmt.Sprintf("schema of %s: %v", f.schema, err))
		}
		short := attest.ShortName(f.uris[0])
		trees[short] = union(trees[short], s)
	}
	out := make(map[string][]byte, len(trees))
	for short, s := range trees {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		out[short] = b
	}
	return out
})

// union of two schemas: members of both, those of different kinds free, and nothing
// required, since the other version may lack it.
func union(a, b map[string]any) map[string]any {
	if a == nil {
		return b
	}
	if a["type"] != b["type"] {
		return map[string]any{}
	}
	out := map[string]any{}
	for _, name := range []string{"$schema", "$id", "title", "description", "type"} {
		if v, ok := a[name]; ok {
			out[name] = v
		}
	}
	pa, okA := a["properties"].(map[string]any)
	pb, okB := b["properties"].(map[string]any)
	if okA && okB {
		props := maps.Clone(pa)
		for name, v := range pb {
			sub, _ := v.(map[string]any)
			if old, ok := props[name].(map[string]any); ok {
				sub = union(old, sub)
			}
			props[name] = sub
		}
		out["properties"] = props
	}
	ia, okA := a["items"].(map[string]any)
	ib, okB := b["items"].(map[string]any)
	if okA && okB {
		out["items"] = union(ia, ib)
	}
	return out
}

// readOutside checks a statement in a format of others and reads its facts.
func (f *Facts) readOutside(st *attest.Statement, form *outsideForm) *Fault {
	p := object(st.Predicate)
	if p == nil {
		return fault("is missing").under("$.predicate")
	}
	if fault := form.node.check(map[string]any(p)); fault != nil {
		return fault.under("$.predicate")
	}
	if fault := form.read(f, st, p); fault != nil {
		return fault
	}
	return f.tooManyEdges()
}

// plain: a form of which the service itself needs nothing.
func (*Facts) plain(*attest.Statement, object) *Fault { return nil }

// claims takes the instant the signer speaks of. Those formats have no stated_at;
// what they call the end of the scan, the build or the check is what was known when.
func (f *Facts) claims(instant string) {
	if t, err := parseAnyTime(instant); err == nil {
		f.StatedAt = t.UTC()
	}
}

// parseAnyTime is parseTime for an instant of any zone.
func parseAnyTime(s string) (time.Time, error) {
	if strings.HasSuffix(s, "Z") || len(s) < len("+00:00") {
		return parseTime(s)
	}
	at := len(s) - len("+00:00")
	if zone := s[at:]; zone[3] != ':' || zone[0] != '+' && zone[0] != '-' {
		return time.Time{}, errTime
	}
	if _, err := parseTime(s[:at] + "Z"); err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, s)
}

// inOrder: what finished did not finish before it began.
func inOrder(p object, path, from, to string) *Fault {
	a, errA := parseAnyTime(p.text(from))
	b, errB := parseAnyTime(p.text(to))
	if errA == nil && errB == nil && b.Before(a) {
		return inconsistent(path+"."+to, "is %s, before %s %s", p.text(to), from, p.text(from))
	}
	return nil
}

// digestRef is the digest of a set that identifies: SHA-256 before the longer ones,
// since that is what the other evidence about a thing has. A set without one, or in
// another form than lower-case hex, identifies nothing.
func digestRef(set object) attest.Ref {
	for _, alg := range []string{"sha256", "sha512", "sha384"} {
		if ref, err := attest.ParseRef(alg + ":" + set.text(alg)); err == nil {
			return ref
		}
	}
	return ""
}

// subjectsAre notes what the subjects are, when the format says so.
func (f *Facts) subjectsAre(st *attest.Statement, kind string) {
	f.kinds(st.Subjects, kind)
}

// uniqueRefs are the subjects' references, each once.
func uniqueRefs(st *attest.Statement) []attest.Ref {
	refs := slices.Clone(st.Refs())
	slices.Sort(refs)
	return slices.Compact(refs)
}
