package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/assize-dev/assize/attest/predicate"
)

// CheckMembers says which member of a predicate its type does not have, of the types
// whose schemas are ours. Documents and fixtures that rules are tried on need not be
// whole, and are verified by nobody: a misspelt member would be one that is absent.
func CheckMembers(short string, body any) error {
	if !evidenceType(short) {
		return fmt.Errorf("%w: %q is no evidence type that rules may declare", ErrInput, clip(short))
	}
	if t, _ := predicate.Lookup(short); !t.Own {
		return nil
	}
	var schema memberSchema
	if err := json.Unmarshal(predicate.Schema(short), &schema); err != nil {
		return fmt.Errorf("schema of %s: %w", short, err)
	}
	if path := schema.stray(body, ""); path != "" {
		return fmt.Errorf("%w: predicate%s: %s has no such member", ErrInput, path, short)
	}
	return nil
}

// memberSchema is what of a JSON Schema says which members there are.
type memberSchema struct {
	Properties map[string]*memberSchema `json:"properties"`
	Additional json.RawMessage          `json:"additionalProperties"`
	Items      *memberSchema            `json:"items"`
}

// stray is the path of the first member that may not be there, "" when there is none.
func (s *memberSchema) stray(v any, path string) string {
	if s == nil {
		return ""
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			below, known := s.Properties[name]
			at := path + "." + clip(name)
			if !known && string(s.Additional) == "false" {
				return at
			}
			if found := below.stray(v[name], at); found != "" {
				return found
			}
		}
	case []any:
		for i, e := range v {
			if found := s.Items.stray(e, fmt.Sprintf("%s[%d]", path, i)); found != "" {
				return found
			}
		}
	}
	return ""
}
