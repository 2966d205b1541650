package evidence_test

import (
	"context"
	"slices"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
)

// provenance is what a builder of others signs: no systems, dependencies with roles.
func provenance(model, dataset string) []byte {
	return attesttest.Statement("slsa-provenance", m{
		"buildDefinition": m{"buildType": "https://bank.example/train/v1", "resolvedDependencies": []any{
			m{"uri": "git+https://github.com/bank/scorer", "digest": m{"gitCommit": "4d329c75e7ec1725f7c9ce917a8799d408d06be3"}},
			m{"name": dataset, "digest": m{"sha256": hex(dataset)}, "annotations": m{"role": "training"}},
		}},
		"runDetails": m{"builder": m{"id": "https://bank.example/builder"}},
	}, attesttest.Subject(model, hex(model)))
}

// If this fails, what a model was made from is lost when a build system of others
// says it, or is believed of one who may not speak about the model's system.
func TestLineageOfOutsideProvenance(t *testing.T) {
	r := evidencetest.New(t)
	r.Submit(card(r, "d"), "data-steward")
	r.Submit(provenance("m", "d"), "builder")
	if d := dossier(t, r, "m"); node(d, "d") == nil || node(d, "d").Relation != "trained-on" {
		t.Errorf("nodes: %+v, want the dataset", d.Nodes)
	}
	if n := node(dossierIn(t, r, "m", "system:other", "production"), "d"); n == nil {
		t.Error("a builder of every system is not heard about another one")
	}
	graph, err := r.Locker.Lineage(context.Background(), ref("d"), evidence.Down)
	if err != nil || len(graph.Nodes) != 2 {
		t.Errorf("down from the dataset: %+v, %v", graph, err)
	}
	r.Scope("builder", "system:other")
	r.ActivateTrust()
	if n := node(dossier(t, r, "m"), "d"); n != nil {
		t.Errorf("who may not speak about the system says what its model was made from: %+v", n)
	}
}

// If this fails, outside evidence that was logged before its lineage was read no
// longer counts, or an operator can file what he likes.
func TestKeysOfTheFirstDerivation(t *testing.T) {
	// filed is a ledger with the provenance under the keys that also names.
	filed := func(also ...ledger.Key) *evidence.Dossier {
		r := evidencetest.New(t)
		r.Submit(card(r, "d"), "data-steward")
		raw := r.Sign(provenance("m", "d"), "builder")
		env, err := attest.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		keys := append([]ledger.Key{ledger.MakeKey("attestation", env.ID()), ledger.MakeKey("subject", string(ref("m")))}, also...)
		slices.SortFunc(keys, func(a, b ledger.Key) int { return slices.Compare(a[:], b[:]) })
		if _, err = r.Log.Append(t.Context(), ledger.Entry{
			Kind: evidence.KindAttestation, MediaType: env.MediaType(), Labels: []string{env.Statement().PredicateType}, Keys: keys,
			Signer: r.Verified(raw).Signers()[0].KeyID, Payload: raw, Identity: [32]byte{1},
		}, ledger.WaitPublished); err != nil {
			t.Fatal(err)
		}
		return dossier(t, r, "m")
	}
	if d := filed(); states(node(d, "m").Items) != "slsa-provenance ok" || node(d, "d") == nil {
		t.Errorf("items %s, nodes %+v; want it to count, with the dataset it names", states(node(d, "m").Items), d.Nodes)
	}
	if d := filed(ledger.MakeKey("subject", string(ref("x")))); states(node(d, "m").Items) != "slsa-provenance untrusted" {
		t.Errorf("items %s: filed under a subject that is not its own", states(node(d, "m").Items))
	}
}
