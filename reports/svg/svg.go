// Package svg draws charts as inline SVG for pages: no script, coloured by the
// style sheet of the page through classes, told in words by a title and readable
// as a table beside it.
package svg

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/assize-dev/assize/reports"
)

// Style is what a page's style sheet needs for charts; it names the page's colours.
//
//go:embed style.css
var Style string

// Measures of the picture, in its own units; the page scales it.
const (
	width, height       = 640.0, 220.0
	left, right         = 56.0, 110.0
	above, below        = 12.0, 28.0
	labels              = 6 // of steps, at most
	inWidth, inHeight   = width - left - right, height - above - below
	pointRadius, strong = 3.0, 2.0
)

// Chart draws a chart. Every text of it is escaped.
func Chart(c *reports.Chart) template.HTML {
	var b strings.Builder
	low, high := c.Range()
	at := func(i int, v float64) (x, y float64) {
		x = left + inWidth/2
		if len(c.Steps) > 1 {
			x = left + inWidth*float64(i)/float64(len(c.Steps)-1)
		}
		return x, above + inHeight*(1-(v-low)/(high-low))
	}
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %g %g" role="img" aria-label="%s">`, width, height, esc(Words(c)))
	for _, v := range c.Ticks() {
		_, y := at(0, v)
		fmt.Fprintf(&b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="tick" x="%g" y="%.1f" text-anchor="end">%s</text>`,
			left, left+inWidth, y, y, left-6, y+4, figure(v))
	}
	step := max(1, int(math.Ceil(float64(len(c.Steps))/labels)))
	for i := 0; i < len(c.Steps); i += step {
		x, _ := at(i, low)
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%g" text-anchor="middle">%s</text>`, x, height-8, esc(c.Steps[i]))
	}
	for _, bound := range c.Bounds {
		_, y := at(0, bound.Value)
		fmt.Fprintf(&b, `<line class="bound %s" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="tick %stext" x="%g" y="%.1f">%s %s</text>`,
			bound.Tone, left, left+inWidth, y, y, bound.Tone, left+inWidth+6, y+4, esc(bound.Name), figure(bound.Value))
	}
	for n, l := range c.Lines {
		var path strings.Builder
		pen := "M"
		for i, v := range l.Values {
			if math.IsNaN(v) {
				pen = "M"
				continue
			}
			x, y := at(i, v)
			fmt.Fprintf(&path, "%s%.1f %.1f", pen, x, y)
			pen = "L"
		}
		fmt.Fprintf(&b, `<path class="line line%d" d="%s" fill="none" stroke-width="%g"/>`, n%4, path.String(), strong)
		for i, v := range l.Values {
			if !math.IsNaN(v) {
				x, y := at(i, v)
				fmt.Fprintf(&b, `<circle class="line%d" cx="%.1f" cy="%.1f" r="%g"><title>%s, %s: %s</title></circle>`, n%4, x, y, pointRadius, esc(c.Steps[i]), esc(l.Name), figure(v))
			}
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // every text above went through esc
}

// Words tell a chart: what it shows, from when to when, first and last value.
func Words(c *reports.Chart) string {
	parts := []string{c.Title}
	if len(c.Steps) > 0 {
		parts = append(parts, fmt.Sprintf("%d points from %s to %s", len(c.Steps), c.Steps[0], c.Steps[len(c.Steps)-1]))
	}
	for _, l := range c.Lines {
		if n := len(l.Values); n > 0 {
			parts = append(parts, fmt.Sprintf("%s from %s to %s", l.Name, figure(l.Values[0]), figure(l.Values[n-1])))
		}
	}
	for _, b := range c.Bounds {
		parts = append(parts, b.Name+" at "+figure(b.Value))
	}
	return strings.Join(parts, "; ")
}

func figure(v float64) string {
	if math.IsNaN(v) {
		return "no value"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func esc(s string) string { return template.HTMLEscapeString(reports.Plain(s)) }
