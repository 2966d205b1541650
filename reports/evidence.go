package reports

import (
	"cmp"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// makers are the roles of those who make or run what is judged. What only they
// have signed is self-attested: nobody else has looked.
var makers = []string{"data-steward", "developer", "builder", "operator"}

// collect keeps the evidence of a case, and the profile of the system.
func (b *builder) collect(c *gate.Case) {
	for _, d := range slices.Concat(c.Dossiers, c.Beside()) {
		for _, it := range d.Items() {
			if have := b.byItem[it.Index]; have == nil || have.State != string(evidence.OK) && it.State == evidence.OK {
				b.byItem[it.Index] = evidenceOf(it)
			}
		}
	}
	for _, d := range c.Dossiers {
		if p := profile(d); p != nil && (b.report.System == nil || p.Evidence > b.report.System.Evidence) {
			b.report.System = p
		}
	}
}

func evidenceOf(it *evidence.Item) *Evidence {
	e := &Evidence{Index: it.Index, Leaf: it.Leaf, ID: it.ID, Type: it.Type, Principals: it.Principals, Roles: it.Roles, Assurance: it.Assurance,
		Claimed: stamp(it.Claimed), Proven: stamp(it.Proven), State: string(it.State), Reason: it.Reason}
	for _, s := range it.Subjects {
		e.Subjects = append(e.Subjects, string(s))
	}
	e.SelfAttested = len(it.Roles) > 0 && !slices.ContainsFunc(it.Roles, func(r string) bool { return !slices.Contains(makers, r) })
	return e
}

// evidence lists it in ledger order and measures what it is worth.
func (b *builder) evidence() {
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		for _, index := range f.Cites() {
			if e := b.byItem[index]; e != nil && !slices.Contains(e.CitedBy, f.ID) {
				e.CitedBy = append(e.CitedBy, f.ID)
			}
		}
	}
	l := &b.report.Limits
	for _, e := range b.byItem {
		b.report.Evidence = append(b.report.Evidence, *e)
	}
	slices.SortFunc(b.report.Evidence, func(x, y Evidence) int { return cmpIndex(x.Index, y.Index) })
	for _, e := range b.report.Evidence {
		if e.State != string(evidence.OK) {
			l.Withheld = append(l.Withheld, e.Index)
			continue
		}
		l.Counted++
		if e.Assurance == "imported" {
			l.Imported++
		}
		if e.SelfAttested {
			l.SelfAttested++
		}
	}
}

// profile is the newest system profile of a dossier that counts.
func profile(d *evidence.Dossier) *System {
	var newest *evidence.Item
	for _, it := range d.SystemItems {
		if it.Type == "system-profile" && it.State == evidence.OK && (newest == nil || it.Index > newest.Index) {
			newest = it
		}
	}
	if newest == nil {
		return nil
	}
	p := newest.Statement.Predicate
	text := func(name string) string { s, _ := p[name].(string); return s }
	out := &System{URI: d.System, Name: text("name"), Owner: text("owner"), IntendedPurpose: text("intended_purpose"),
		RiskTier: text("risk_tier"), AnnexIIIPoint: text("annex_iii_point"), Evidence: newest.Index}
	if list, ok := p["jurisdictions"].([]any); ok {
		for _, v := range list {
			if s, ok := v.(string); ok {
				out.Jurisdictions = append(out.Jurisdictions, s)
			}
		}
	}
	return out
}

// name of a reference that the report knows.
func (r *Report) name(ref string) string {
	for _, s := range r.Scope.Subjects {
		if s.Ref == ref && s.Name != "" {
			return s.Name
		}
	}
	for i := range r.Findings {
		if s := r.Findings[i].Subject; s.Ref == ref && s.Name != "" {
			return s.Name
		}
	}
	if r.System != nil && attest.RefOf(r.System.URI) == attest.Ref(ref) {
		return r.System.URI
	}
	return ""
}

// Named is the name of a reference, or the reference cut short.
func (r *Report) Named(ref string) string {
	if n := r.name(ref); n != "" {
		return n
	}
	return Short(ref)
}

func cmpIndex(a, b uint64) int { return cmp.Compare(a, b) }

// compareInstants orders RFC 3339 texts by time; fractions make their spelling
// unfit for it.
func compareInstants(a, b string) int {
	ta, errA := time.Parse(time.RFC3339Nano, a)
	tb, errB := time.Parse(time.RFC3339Nano, b)
	if errA != nil || errB != nil {
		return cmp.Compare(a, b)
	}
	return ta.Compare(tb)
}
