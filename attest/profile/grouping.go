package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assize-dev/assize/attest"
)

// Grouping tells into which group of an attribute a record falls.
type Grouping struct {
	Attribute string
	column    string
	bounds    []int64     // bands of a numeric column
	indicator []indicator // or columns that hold 1 for one of the groups
	cross     []string    // or attributes given before it
}

type indicator struct{ group, column string }

var bandPattern = regexp.MustCompile(`^(.+)\[(-?[0-9]+(?:,-?[0-9]+)*)\]$`)

// ParseGroupings reads how records are grouped, one attribute each:
//
//	sex                            the values of column sex
//	region=Region                  the values of column Region
//	age=Age[25,40,60]              bands of it: under_25, 25_39, 40_59, 60_plus
//	sex=female:F1+F2|male:M1       the group whose column holds 1
//	sex*age                        both, given before: sex_and_age
func ParseGroupings(texts []string) ([]Grouping, error) {
	var out []Grouping
	for _, text := range texts {
		g, err := parseGrouping(text, out)
		if err != nil {
			return nil, fmt.Errorf("groups %q: %w: %w", text, attest.ErrMalformed, err)
		}
		if slices.ContainsFunc(out, func(o Grouping) bool { return o.Attribute == g.Attribute }) {
			return nil, fmt.Errorf("groups %q: %w: attribute %q is given twice", text, attest.ErrMalformed, g.Attribute)
		}
		out = append(out, g)
	}
	return out, nil
}

func parseGrouping(text string, before []Grouping) (Grouping, error) {
	name, def, named := strings.Cut(text, "=")
	if !named {
		if parts := strings.Split(text, "*"); len(parts) > 1 {
			for _, p := range parts {
				if !slices.ContainsFunc(before, func(o Grouping) bool { return o.Attribute == p && o.cross == nil }) {
					return Grouping{}, fmt.Errorf("attribute %q has to be given before it", p)
				}
			}
			return Grouping{Attribute: strings.Join(parts, "_and_"), cross: parts}, nil
		}
		def = name
	}
	g := Grouping{Attribute: name, column: def}
	if name == "" || def == "" {
		return Grouping{}, fmt.Errorf("want a column, NAME=COLUMN, NAME=COLUMN[BOUNDS] or NAME=GROUP:COLUMN with more groups behind bars")
	}
	if m := bandPattern.FindStringSubmatch(def); named && m != nil {
		g.column = m[1]
		for _, b := range strings.Split(m[2], ",") {
			n, err := strconv.ParseInt(b, 10, 53)
			if err != nil || len(g.bounds) > 0 && n <= g.bounds[len(g.bounds)-1] {
				return Grouping{}, fmt.Errorf("bounds have to ascend")
			}
			g.bounds = append(g.bounds, n)
		}
	} else if named && strings.Contains(def, ":") {
		for _, part := range strings.Split(def, "|") {
			group, columns, ok := strings.Cut(part, ":")
			if !ok || group == "" {
				return Grouping{}, fmt.Errorf("want GROUP:COLUMN+COLUMN between the bars")
			}
			for _, c := range strings.Split(columns, "+") {
				if c == "" {
					return Grouping{}, fmt.Errorf("group %q names no column", group)
				}
				g.indicator = append(g.indicator, indicator{group, c})
			}
		}
	}
	return g, nil
}

// classifier is a grouping bound to a table.
type classifier struct {
	Grouping
	at      []int    // its columns
	bands   []string // names of the bands, one more than bounds
	missing *tokens
}

func (g Grouping) bind(t *table, missing *tokens) (*classifier, error) {
	c := &classifier{Grouping: g, missing: missing}
	columns := []string{g.column}
	if g.indicator != nil {
		columns = columns[:0]
		for _, i := range g.indicator {
			columns = append(columns, i.column)
		}
	}
	if g.cross != nil {
		return c, nil
	}
	for i, b := range g.bounds {
		name := fmt.Sprintf("under_%d", b)
		if i > 0 {
			name = fmt.Sprintf("%d_%d", g.bounds[i-1], b-1)
		}
		if c.bands = append(c.bands, name); i == len(g.bounds)-1 {
			c.bands = append(c.bands, fmt.Sprintf("%d_plus", b))
		}
	}
	for _, name := range columns {
		i, err := t.column(name)
		if err != nil {
			return nil, err
		}
		c.at = append(c.at, i)
	}
	return c, nil
}

// group of a record, "" when it is not known.
func (c *classifier) group(t *table, record []string, values map[string]string) (string, error) {
	switch {
	case c.cross != nil:
		parts := make([]string, len(c.cross))
		for i, name := range c.cross {
			if parts[i] = values[name]; parts[i] == "" {
				return "", nil
			}
		}
		return strings.Join(parts, "|"), nil
	case c.indicator != nil:
		found := ""
		for i, at := range c.at {
			if record[at] != "1" {
				continue
			}
			if g := c.indicator[i].group; found == "" || found == g {
				found = g
			} else {
				return "", t.fail(t.line(), attest.ErrMalformed, "%s is both %s and %s; one column may hold 1", c.Attribute, found, g)
			}
		}
		return found, nil
	}
	text := record[c.at[0]]
	if c.missing.has(text) {
		return "", nil
	}
	if c.bounds == nil {
		return text, nil
	}
	x, err := number(t, c.column, text)
	if err != nil {
		return "", err
	}
	band := 0
	for band < len(c.bounds) && x >= float64(c.bounds[band]) {
		band++
	}
	return c.bands[band], nil
}

// tokens are the texts that stand for no value.
type tokens struct {
	list  []string
	empty bool
	first [256]bool // bytes one of them begins with
}

func tokensOf(list []string) *tokens {
	t := &tokens{list: list}
	for _, s := range list {
		if s == "" {
			t.empty = true
		} else {
			t.first[s[0]] = true
		}
	}
	return t
}

func (t *tokens) has(s string) bool {
	if s == "" {
		return t.empty
	}
	return t.first[s[0]] && slices.Contains(t.list, s)
}

func number(t *table, column, text string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x-x != 0 {
		return 0, t.fail(t.line(), attest.ErrMalformed, "column %q: %.40q is no finite number; name it with --missing if it stands for none", column, text)
	}
	return x, nil
}
