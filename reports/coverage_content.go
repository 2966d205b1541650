package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assize-dev/assize/ledger/evidence"
)

// shows is a type of evidence and its members that show something.
type shows struct {
	short   string
	members []string
	// only keeps the statements of one category.
	category string
}

// contents is where the points of Annexes IV, XI and XII are found in the evidence.
var contents = map[string][]shows{
	"annex-iv-1": {{short: "system-profile", members: []string{"name", "intended_purpose", "roles", "domain", "jurisdictions", "affected_groups", "owner", "risk_tier", "annex_iii_point"}},
		{short: "model-card", members: []string{"name", "version", "type", "developer", "license", "intended_use", "users"}},
		{short: "deployment", members: []string{"version", "image", "endpoint", "purpose"}}},
	"annex-iv-2a": {{short: "training-run", members: []string{"code", "env", "base_models", "run_id", "experiment_id"}}, {short: "slsa-provenance", members: []string{"buildDefinition", "runDetails"}}},
	"annex-iv-2b": {{short: "training-run", members: []string{"hyperparameters", "seed", "selected_because", "compared_with"}}, {short: "model-card", members: []string{"factors", "caveats"}}},
	"annex-iv-2c": {{short: "training-run", members: []string{"hardware", "compute_flop", "energy_kwh", "co2_kg", "started_at", "finished_at"}}},
	"annex-iv-2d": {{short: "dataset-card", members: []string{"id", "version", "record_count", "modality", "origin", "license", "special_categories", "known_biases", "limitations", "annotation"}},
		{short: "data-quality", members: []string{"missing_rate", "duplicate_rate", "label_error_rate", "train_test_overlap_rate", "group_counts"}},
		{short: "data-rights", members: []string{"lawful_basis", "original_purpose", "art9_condition"}}},
	"annex-iv-2e": {{short: "human-oversight", members: []string{"measures", "overseers", "stop_mechanism", "two_person"}}},
	"annex-iv-2f": {{short: "conformity", members: []string{"predetermined_changes"}}, {short: "model-change", members: []string{"kind", "predetermined", "reason"}}},
	"annex-iv-2g": {{short: "eval-plan", members: []string{"metrics", "dataset", "harness"}}, {short: "eval-result", members: []string{"category", "metrics", "sample_size", "executed_at"}},
		{short: "fairness-assessment", members: []string{"protected_attributes", "metrics", "reference_group"}}},
	"annex-iv-2h": {{short: "eval-result", members: []string{"metrics", "executed_at"}, category: "security"}, {short: "vulns", members: []string{"scanner"}}},
	"annex-iv-3":  {{short: "model-card", members: []string{"limitations", "out_of_scope", "instructions_for_use"}}, {short: "monitoring-plan", members: []string{"actions", "owner"}}},
	"annex-iv-4":  {{short: "eval-plan", members: []string{"metrics"}}},
	"annex-iv-5":  {{short: "risk-assessment", members: []string{"methodology", "risks", "reviewed_at", "misuse_considered", "vulnerable_groups_considered"}}},
	"annex-iv-6":  {{short: "model-change", members: []string{"kind", "from", "to", "reason", "substantial"}}},
	"annex-iv-7":  {{short: "conformity", members: []string{"standards"}}},
	"annex-iv-8":  {{short: "conformity", members: []string{"declaration"}}},
	"annex-iv-9":  {{short: "monitoring-plan", members: []string{"metrics", "methods", "cadence_s", "min_n", "owner"}}},
	"annex-xi-1": {{short: "model-card", members: []string{"name", "version", "developer", "type", "parameter_count", "input_modalities", "output_modalities", "license", "released_at", "intended_use"}},
		{short: "org-evidence", members: []string{"topic", "document"}}},
	"annex-xi-2":  {{short: "training-run", members: []string{"code", "env", "hyperparameters", "inputs", "started_at", "finished_at"}}, {short: "dataset-card", members: []string{"id", "origin", "record_count", "known_biases"}}},
	"annex-xi-2d": {{short: "training-run", members: []string{"compute_flop", "hardware", "started_at", "finished_at"}}},
	"annex-xi-2e": {{short: "training-run", members: []string{"energy_kwh", "co2_kg"}}},
	"annex-xi-s2": {{short: "eval-result", members: []string{"metrics", "executed_at"}, category: "security"}},
	"annex-xii-1": {{short: "model-card", members: []string{"name", "version", "intended_use", "out_of_scope", "input_modalities", "output_modalities", "license", "instructions_for_use"}}},
	"annex-xii-2": {{short: "model-card", members: []string{"limitations", "training_data", "metrics"}}},
}

// content quotes what the evidence says, newest statement first, and cites it.
func (b *builder) content(q *Requirement, from []shows) {
	for _, s := range from {
		items := b.items(s.short)
		for _, it := range items[:min(len(items), MaxQuoted)] {
			if s.category != "" && it.Statement.Predicate["category"] != s.category {
				continue
			}
			quoted := quote(it, s.members)
			if len(quoted) > 0 && !slices.Contains(q.Evidence, it.Index) {
				q.Evidence = append(q.Evidence, it.Index)
			}
			q.Content = append(q.Content, quoted...)
		}
	}
	slices.Sort(q.Evidence)
}

func quote(it *evidence.Item, members []string) []Said {
	var out []Said
	for _, m := range members {
		v, ok := it.Statement.Predicate[m]
		if !ok {
			continue
		}
		text := inWords(v)
		if r := []rune(text); len(r) > MaxQuote {
			text = string(r[:MaxQuote]) + "… (cut; the statement has it whole)"
		}
		if text != "" {
			out = append(out, Said{Evidence: it.Index, Type: it.Type, Member: m, Value: text})
		}
	}
	return out
}

// inWords writes a value of a statement as people read it; the order of an
// object's members is that of their names.
func inWords(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if text := inWords(v[k]); text != "" {
				parts = append(parts, strings.ReplaceAll(k, "_", " ")+": "+text)
			}
		}
		return strings.Join(parts, ", ")
	case []any:
		var parts []string
		for _, e := range v {
			if text := inWords(e); text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, "; ")
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	return Plain(Text(v))
}

func (s Said) label() string { return fmt.Sprintf("%s, entry %d", s.Type, s.Evidence) }
