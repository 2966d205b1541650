package predicate

import (
	"strings"

	"github.com/assize-dev/assize/attest"
)

// Component types that say what a thing is (CycloneDX 1.7, component.type).
var cyclonedxKinds = map[string]string{"machine-learning-model": kindModel, "data": kindDataset, "container": kindImage}

// cyclonedx reads a bill of materials, 1.4 to 1.7. Its main component is what the
// statement is about. A model card names its datasets by bom-ref; the component or
// data it leads to has the digest.
func (f *Facts) cyclonedx(st *attest.Statement, p object) *Fault {
	version := p.text("specVersion")
	if _, said, ok := strings.Cut(st.PredicateType, "/bom/v"); ok && said != version {
		return inconsistent("$.predicate.specVersion", "is %s, the predicate type says %s", version, said)
	}
	f.claims(p.object("metadata").text("timestamp"))

	main := p.object("metadata").object("component")
	f.subjectsAre(st, cyclonedxKinds[main.text("type")])
	components := append([]object{}, p.objects("components")...)
	for _, c := range p.objects("components") {
		components = append(components, c.objects("components")...)
	}
	components = append(components, main.objects("components")...)
	byRef := map[string]object{}
	for _, c := range components {
		if ref := c.text("bom-ref"); ref != "" {
			byRef[ref] = c
		}
	}
	subjects := uniqueRefs(st)
	if main.text("type") == "machine-learning-model" {
		f.cyclonedxModel(subjects, main, byRef)
	}
	for _, c := range components {
		if c.text("type") != "machine-learning-model" {
			continue
		}
		model := cyclonedxDigest(c)
		if model == "" {
			// The one model of a bill without a main component is what it is about.
			if main == nil && countModels(components) == 1 {
				f.subjectsAre(st, kindModel)
				f.cyclonedxModel(subjects, c, byRef)
			}
			continue
		}
		f.kind(model, kindModel)
		if main.text("type") == "container" {
			f.edge(subjects, model, PackagedAs, "", kindModel)
		}
		f.cyclonedxModel([]attest.Ref{model}, c, byRef)
	}
	return nil
}

// cyclonedxModel adds what a model was made from: the datasets of its card, which
// the standard calls those it was trained and evaluated with without telling them
// apart, and its ancestors.
func (f *Facts) cyclonedxModel(model []attest.Ref, c object, byRef map[string]object) {
	for _, d := range c.object("modelCard").object("modelParameters").objects("datasets") {
		if ref := d.text("ref"); ref != "" {
			f.edge(model, cyclonedxDigest(byRef[ref]), TrainedOn, "dataset", kindDataset)
		}
	}
	for _, a := range c.object("pedigree").objects("ancestors") {
		if t := a.text("type"); t == "machine-learning-model" {
			f.edge(model, cyclonedxDigest(a), FineTunedFrom, "", kindModel)
		}
	}
}

func countModels(components []object) int {
	n := 0
	for _, c := range components {
		if c.text("type") == "machine-learning-model" {
			n++
		}
	}
	return n
}

// cyclonedxDigest is the digest of a component that identifies; hashes are written
// as SHA-256 with hex in either case.
func cyclonedxDigest(c object) attest.Ref {
	set := object{}
	for _, h := range c.objects("hashes") {
		alg := strings.ToLower(strings.ReplaceAll(h.text("alg"), "-", ""))
		set[alg] = strings.ToLower(h.text("content"))
	}
	return digestRef(set)
}
