package story

// Rules are the rules that judge the story. Its system is one credit score under
// three gates alike; rules for hiring, generative models and a certified
// organisation have nothing to say of it.
func Rules() []string {
	return []string{
		"DAT-01", "DAT-02", "DQ-01", "DQ-02", "DQ-03", "ETH-01", "ETH-02", "FAI-01", "FAI-02", "GOV-01",
		"INT-01", "INT-02", "INT-03", "LIN-01", "LIN-02", "LIN-03", "LIN-04", "MRM-02", "OPS-01", "OPS-02",
		"OPS-06", "PRV-01", "PRV-02", "REG-01", "REG-03", "REG-04", "REG-08", "REP-01", "RMF-01", "TRA-01", "TRA-04",
	}
}

// NameRules has every gate of a parameters document name the rules of the story
// in place of packs.
func NameRules(parameters map[string]any) {
	ids := []any{}
	for _, id := range Rules() {
		ids = append(ids, id)
	}
	gates, _ := parameters["gates"].([]any)
	for _, g := range gates {
		if gate, ok := g.(map[string]any); ok {
			delete(gate, "packs")
			gate["rules"] = ids
		}
	}
}
