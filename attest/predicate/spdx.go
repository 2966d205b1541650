package predicate

import (
	"strings"

	"github.com/assize-dev/assize/attest"
)

// spdxV2 reads an SPDX 2 document, which has no word for what a model was made from.
func (f *Facts) spdxV2(st *attest.Statement, p object) *Fault {
	if _, said, ok := strings.Cut(st.PredicateType, "/Document/v"); ok && "SPDX-"+said != p.text("spdxVersion") {
		return inconsistent("$.predicate.spdxVersion", "is %s, the predicate type says %s", p.text("spdxVersion"), said)
	}
	f.claims(p.object("creationInfo").text("created"))
	return nil
}

// Element types of SPDX 3 that say what a thing is.
var spdxKinds = map[string]string{"ai_AIPackage": kindModel, "dataset_DatasetPackage": kindDataset}

// spdxV3 reads an SPDX 3 document: its AI and dataset packages, and the relations
// trainedOn, testedOn and descendantOf between them
// (https://spdx.github.io/spdx-spec/v3.0.1/model/Core/Vocabularies/RelationshipType/).
func (f *Facts) spdxV3(st *attest.Statement, p object) *Fault {
	byID, models := map[string]object{}, 0
	elements := p.objects("@graph")
	for _, e := range elements {
		for _, name := range []string{"spdxId", "@id"} {
			if id := e.text(name); id != "" {
				byID[id] = e
			}
		}
		if e.text("type") == "ai_AIPackage" {
			models++
		}
		if e.text("type") == "CreationInfo" {
			f.claims(e.text("created"))
		}
	}
	// refs of a package: its own digest, or the subjects for the only model there is.
	refs := func(e object) []attest.Ref {
		if ref := spdxDigest(e); ref != "" {
			return []attest.Ref{ref}
		}
		if e.text("type") == "ai_AIPackage" && models == 1 {
			return uniqueRefs(st)
		}
		return nil
	}
	for _, e := range elements {
		if kind := spdxKinds[e.text("type")]; kind != "" {
			for _, ref := range refs(e) {
				f.kind(ref, kind)
			}
		}
	}
	for _, r := range elements {
		from := byID[r.text("from")]
		if from == nil || r.text("relationshipType") == "" {
			continue
		}
		for _, id := range r.texts("to") {
			to := spdxDigest(byID[id])
			switch r.text("relationshipType") {
			case "trainedOn":
				f.edge(refs(from), to, TrainedOn, "training", kindDataset)
			case "testedOn":
				f.edge(refs(from), to, EvaluatedOn, "test", kindDataset)
			case "descendantOf":
				if from.text("type") == "ai_AIPackage" && byID[id].text("type") == "ai_AIPackage" {
					f.edge(refs(from), to, FineTunedFrom, "", kindModel)
				}
			}
		}
	}
	return nil
}

func spdxDigest(e object) attest.Ref {
	set := object{}
	for _, h := range e.objects("verifiedUsing") {
		set[h.text("algorithm")] = strings.ToLower(h.text("hashValue"))
	}
	return digestRef(set)
}
