package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// States of an item.
const (
	StateOK        = "ok"
	StateErased    = "erased"
	StateUntrusted = "untrusted"
	StateRevoked   = "revoked"
	StateMisplaced = "misplaced" // good evidence that speaks of another system, environment, action or log
)

// timeLayout has six fractional digits, so that times in one input also
// compare as text.
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

// Item is one attestation as a rule sees it. Make it with NewItem, which
// parses it once for all evaluations; do not change it afterwards.
type Item struct {
	ID            string // attestation id, hex
	Type          string // short type name
	PredicateType string // URI
	Predicate     any    // decoded JSON with json.Number; nil unless State is ok
	Subjects      []string
	Principals    []string
	Roles         []string
	Claimed       time.Time // zero: the statement claims no time
	Proven        time.Time
	Index         uint64
	Leaf          string // leaf hash, hex
	Assurance     string // signed | imported
	State         string // ok | erased | untrusted | revoked | misplaced
	Reason        string // why it is withheld

	// Parsed is Predicate parsed before, by ParsePredicate; nil has NewItem parse it.
	Parsed *Parsed

	term     *ast.Term
	identity [32]byte
	known    bool // by its leaf, so that findings on it can be kept
}

// Parsed is a predicate as rules see it. It can be shared by items in different
// states and by evaluations in parallel.
type Parsed struct{ term *ast.Term }

// ParsePredicate parses decoded JSON with json.Number.
func ParsePredicate(predicate any) (*Parsed, error) {
	if err := checkNumbers(predicate); err != nil {
		return nil, fmt.Errorf("%w: predicate: %w", ErrInput, err)
	}
	v, err := ast.InterfaceToValue(predicate)
	if err != nil {
		return nil, fmt.Errorf("%w: predicate: %w", ErrInput, err)
	}
	return &Parsed{ast.NewTerm(v)}, nil
}

// NewItem checks and parses an item.
func NewItem(item Item) (*Item, error) {
	it := item
	switch it.State {
	case StateOK:
		if it.Predicate == nil {
			return nil, fmt.Errorf("%w: item %s has state ok and no predicate", ErrInput, it.ID)
		}
	case StateErased, StateUntrusted, StateRevoked, StateMisplaced:
	default:
		return nil, fmt.Errorf("%w: item %s has the unknown state %q", ErrInput, it.ID, it.State)
	}
	if it.ID == "" || it.Type == "" {
		return nil, fmt.Errorf("%w: item %d lacks id or type", ErrInput, it.Index)
	}
	pairs := [][2]*ast.Term{
		{keyID, ast.StringTerm(it.ID)},
		{keyType, ast.StringTerm(it.Type)},
		{keyPredicateType, ast.StringTerm(it.PredicateType)},
		{keySubjects, stringsTerm(it.Subjects)},
		{keyPrincipals, stringsTerm(it.Principals)},
		{keyRoles, stringsTerm(it.Roles)},
		{keyProven, ast.StringTerm(it.Proven.UTC().Format(timeLayout))},
		{keyIndex, ast.NumberTerm(jsonNumber(it.Index))},
		{keyLeaf, ast.StringTerm(it.Leaf)},
		{keyAssurance, ast.StringTerm(it.Assurance)},
		{keyState, ast.StringTerm(it.State)},
	}
	if !it.Claimed.IsZero() {
		pairs = append(pairs, [2]*ast.Term{keyClaimed, ast.StringTerm(it.Claimed.UTC().Format(timeLayout))})
	}
	if it.State == StateOK {
		if it.Parsed == nil {
			var err error
			if it.Parsed, err = ParsePredicate(it.Predicate); err != nil {
				return nil, fmt.Errorf("item %s: %w", it.ID, err)
			}
		}
		pairs = append(pairs, [2]*ast.Term{keyPredicate, it.Parsed.term})
	} else {
		it.Predicate, it.Parsed = nil, nil
		pairs = append(pairs, [2]*ast.Term{keyReason, ast.StringTerm(it.Reason)})
	}
	it.term = ast.NewTerm(ast.NewObject(pairs...))
	it.identify()
	return &it, nil
}

// Withhold returns the item as it is listed when it must not be read: without
// predicate, with a state other than ok and the reason.
func (it *Item) Withhold(state, reason string) (*Item, error) {
	w := *it
	w.State, w.Reason, w.Predicate, w.Parsed, w.term = state, reason, nil, nil, nil
	return NewItem(w)
}

// Revocation is a revocation of a node in force at the judged size.
type Revocation struct {
	ID          string
	Reason      string
	Principals  []string
	Index       uint64
	Leaf        string // leaf hash, hex
	Proven      time.Time
	EffectiveAt time.Time
}

func (r Revocation) cite() Cite {
	return Cite{ID: r.ID, Type: "revocation", Index: r.Index, Leaf: r.Leaf, Principals: slices.Clone(r.Principals), Proven: r.Proven.UTC()}
}

// Node is an artefact: the subject, or something it was made from.
type Node struct {
	Ref      string
	Refs     []string
	Name     string
	Kind     string // dataset | model | image | unknown
	Known    bool   // some trusted evidence about it is in the ledger
	Revoked  []Revocation
	Conflict bool // two unsuperseded training runs disagree about its inputs
	Relation string
	Role     string
	Path     []string // refs from the subject to this node
	Evidence map[string][]*Item
	// Withheld is what was found about it and does not count. Rules do not see
	// it; erased evidence in it makes those that would have read it unassessable.
	Withheld map[string][]*Item
}

// System is the system the question is about.
type System struct{ URI, Ref string }

// Related is what else bears on the question: what is in force, live or open.
type Related struct {
	Deployments []*Item
	Incidents   []*Item
	Waivers     []*Item
	Subjects    []*Node
	// Rollbacks are the models that deployments of the question name as rollback
	// target; nil where nobody judged them, which no rule may take for none.
	Rollbacks []*Rollback
}

// Input is everything about one question and one judged subject. The engine
// gives each rule the part it declares. It is read only once handed to
// Evaluate, and may be shared by evaluations in parallel.
type Input struct {
	Action      string
	Environment string
	Subject     *Node
	System      System
	Evidence    map[string][]*Item // by short type, newest first, state ok
	Withheld    map[string][]*Item // by short type, state other than ok
	Parents     []*Node
	Ancestors   []*Node // nearest first, without the subject
	Related     Related
}

var (
	keyID, keyType, keyPredicateType, keyPredicate = ast.InternedTerm("id"), ast.InternedTerm("type"), ast.StringTerm("predicate_type"), ast.StringTerm("predicate")
	keySubjects, keyPrincipals, keyRoles           = ast.StringTerm("subjects"), ast.StringTerm("principals"), ast.StringTerm("roles")
	keyClaimed, keyProven, keyIndex, keyLeaf       = ast.StringTerm("claimed"), ast.StringTerm("proven"), ast.StringTerm("index"), ast.StringTerm("leaf")
	keyAssurance, keyState, keyReason              = ast.StringTerm("assurance"), ast.StringTerm("state"), ast.StringTerm("reason")
	keyRef, keyRefs, keyName, keyKind, keyKnown    = ast.StringTerm("ref"), ast.StringTerm("refs"), ast.StringTerm("name"), ast.StringTerm("kind"), ast.StringTerm("known")
	keyRevoked, keyConflict, keyRelation, keyRole  = ast.StringTerm("revoked"), ast.StringTerm("conflict"), ast.StringTerm("relation"), ast.StringTerm("role")
	keyPath, keyEvidence, keyWithheld, keyURI      = ast.StringTerm("path"), ast.StringTerm("evidence"), ast.StringTerm("withheld"), ast.StringTerm("uri")
	keyAction, keyEnvironment, keySubject          = ast.StringTerm("action"), ast.StringTerm("environment"), ast.StringTerm("subject")
	keySystem, keyParents, keyAncestors            = ast.StringTerm("system"), ast.StringTerm("parents"), ast.StringTerm("ancestors")
	keyRelated, keyDeployments, keyIncidents       = ast.StringTerm("related"), ast.StringTerm("deployments"), ast.StringTerm("incidents")
	keyWaivers, keyEffectiveAt                     = ast.StringTerm("waivers"), ast.StringTerm("effective_at")
)

func stringsTerm(list []string) *ast.Term {
	terms := make([]*ast.Term, len(list))
	for i, s := range list {
		terms[i] = ast.StringTerm(s)
	}
	return ast.ArrayTerm(terms...)
}

func boolTerm(b bool) *ast.Term { return ast.BooleanTerm(b) }

func jsonNumber(n uint64) json.Number { return json.Number(strconv.FormatUint(n, 10)) }

// typeSet is a sorted list of short type names.
type typeSet []string

func (s typeSet) has(t string) bool {
	_, ok := slices.BinarySearch(s, t)
	return ok
}

// checkNumbers refuses numbers rules cannot compute with in bounded space. The
// parse at ingest refuses those no float64 holds, but not how long one may be
// written.
func checkNumbers(v any) error {
	switch v := v.(type) {
	case json.Number:
		if !finiteNumber(ast.Number(v)) {
			return fmt.Errorf("the number %s is written in more than %d characters or is no float64", clip(v.String()), maxNumberLength)
		}
	case map[string]any:
		for _, e := range v {
			if err := checkNumbers(e); err != nil {
				return err
			}
		}
	case []any:
		for _, e := range v {
			if err := checkNumbers(e); err != nil {
				return err
			}
		}
	}
	return nil
}
