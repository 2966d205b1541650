package pdf

import (
	"math"
	"strconv"

	"github.com/assize-dev/assize/reports"
)

var linePalette = []colour{{28, 84, 158}, {15, 118, 110}, {126, 34, 206}, {190, 92, 6}}

// chart draws lines over equal steps, with the bounds they are held to.
func (p *page) chart(c *reports.Chart) {
	const height, left, right, foot = 42.0, 14.0, 30.0, 6.0
	p.keep(height + 16)
	p.font("B", sizeBody)
	p.text(ink)
	title := c.Title
	if c.Unit != "" {
		title += " (" + c.Unit + ")"
	}
	p.SetX(margin)
	p.CellFormat(textWidth, lineOf(sizeBody)+1, p.clean(title), "", 1, "L", false, 0, "")
	low, high := c.Range()
	x0, y0 := margin+left, p.GetY()+1
	width, tall := textWidth-left-right, height-foot
	at := func(i int, v float64) (float64, float64) {
		x := x0 + width/2
		if len(c.Steps) > 1 {
			x = x0 + width*float64(i)/float64(len(c.Steps)-1)
		}
		return x, y0 + tall*(1-(v-low)/(high-low))
	}
	p.font("", 7)
	p.SetLineWidth(0.15)
	for _, v := range c.Ticks() {
		_, y := at(0, v)
		p.stroke(rule)
		p.Line(x0, y, x0+width, y)
		p.text(soft)
		p.SetXY(margin, y-1.5)
		p.CellFormat(left-1.5, 3, strconv.FormatFloat(v, 'g', 4, 64), "", 0, "R", false, 0, "")
	}
	step := max(1, int(math.Ceil(float64(len(c.Steps))/6)))
	for i := 0; i < len(c.Steps); i += step {
		x, _ := at(i, low)
		p.text(soft)
		p.SetXY(x-12, y0+tall+1)
		p.CellFormat(24, 3, p.clean(c.Steps[i]), "", 0, "C", false, 0, "")
	}
	for _, b := range c.Bounds {
		_, y := at(0, b.Value)
		p.stroke(tones[b.Tone][0])
		p.text(tones[b.Tone][0])
		p.SetLineWidth(0.3)
		p.SetDashPattern([]float64{1.6, 1.2}, 0)
		p.Line(x0, y, x0+width, y)
		p.SetDashPattern(nil, 0)
		p.SetXY(x0+width+1, y-1.5)
		p.CellFormat(right-1, 3, p.clean(b.Name+" "+strconv.FormatFloat(b.Value, 'g', 4, 64)), "", 0, "L", false, 0, "")
	}
	for n, l := range c.Lines {
		col := linePalette[n%len(linePalette)]
		p.stroke(col)
		p.fill(col)
		p.SetLineWidth(0.5)
		for i, v := range l.Values {
			if math.IsNaN(v) {
				continue
			}
			x, y := at(i, v)
			if i > 0 && !math.IsNaN(l.Values[i-1]) {
				px, py := at(i-1, l.Values[i-1])
				p.Line(px, py, x, y)
			}
			p.Circle(x, y, 0.7, "F")
		}
	}
	p.SetXY(margin, y0+height+1)
	if len(c.Lines) > 1 {
		p.font("", 7)
		p.SetX(x0)
		for n, l := range c.Lines {
			p.text(linePalette[n%len(linePalette)])
			p.CellFormat(p.GetStringWidth(p.clean(l.Name))+5, 3.5, p.clean(l.Name), "", 0, "L", false, 0, "")
		}
		p.skip(4)
	}
}
