package pdf

import "github.com/assize-dev/assize/reports"

const cellPad = 1.3

// table writes rows with rules between them; the head stands again on every page
// the table goes on to. A row stays whole unless it is longer than a page.
func (p *page) table(t *reports.Table) {
	if len(t.Rows) == 0 {
		if t.Empty != "" {
			p.paragraph(t.Empty, sizeBody, 0, soft)
		}
		return
	}
	widths := shares(t.Columns)
	p.tableHead(t, widths)
	for i := range t.Rows {
		p.row(t, &t.Rows[i], widths)
	}
	p.skip(1)
}

func shares(columns []reports.Column) []float64 {
	out := make([]float64, len(columns))
	sum := 0.0
	for i, c := range columns {
		out[i] = c.Share
		if c.Share == 0 {
			out[i] = 1
		}
		sum += out[i]
	}
	for i := range out {
		out[i] *= textWidth / sum
	}
	return out
}

func align(c reports.Column) string {
	if c.Numeric {
		return "R"
	}
	return "L"
}

func (p *page) tableHead(t *reports.Table, widths []float64) {
	h := lineOf(sizeTable)
	p.font("B", sizeTable)
	titles := make([][]string, len(t.Columns))
	most := 1
	for i, c := range t.Columns {
		titles[i] = p.SplitText(p.clean(c.Title), widths[i]-2*cellPad)
		most = max(most, len(titles[i]))
	}
	p.keep(h*float64(most) + 12)
	y, x := p.GetY(), margin
	height := h*float64(most) + 2*cellPad
	p.fill(shade)
	p.Rect(margin, y, textWidth, height, "F")
	p.font("B", sizeTable)
	p.text(soft)
	for i, c := range t.Columns {
		for n, l := range titles[i] {
			p.SetXY(x+cellPad, y+cellPad+float64(n)*h)
			p.CellFormat(widths[i]-2*cellPad, h, l, "", 0, align(c), false, 0, "")
		}
		x += widths[i]
	}
	p.SetXY(margin, y+height)
}

func (p *page) row(t *reports.Table, r *reports.Row, widths []float64) {
	h := lineOf(sizeTable)
	p.font("", sizeTable)
	texts := make([][]string, len(r.Cells))
	most := 1
	for i, c := range r.Cells {
		p.style(c)
		texts[i] = p.SplitText(p.clean(c.Text), widths[i]-2*cellPad)
		most = max(most, len(texts[i]))
	}
	height := h*float64(most) + 2*cellPad
	if page := pageHeight - bottom - top - 20; p.room() < min(height, page) {
		p.newPage()
		p.tableHead(t, widths)
	}
	if r.ID != "" {
		p.SetLink(p.links[r.ID], p.GetY(), -1)
	}
	for from := 0; from < most; {
		fit := max(1, int((p.room()-2*cellPad)/h))
		to := min(most, from+fit)
		y, x := p.GetY(), margin
		for i, c := range r.Cells {
			p.style(c)
			id := 0
			if c.Link != "" {
				id = p.links[c.Link]
			}
			for n := from; n < min(to, len(texts[i])); n++ {
				p.SetXY(x+cellPad, y+cellPad+float64(n-from)*h)
				p.CellFormat(widths[i]-2*cellPad, h, texts[i][n], "", 0, align(t.Columns[i]), false, id, "")
			}
			x += widths[i]
		}
		y += h*float64(to-from) + 2*cellPad
		p.stroke(rule)
		p.SetLineWidth(0.15)
		p.Line(margin, y, pageWidth-margin, y)
		p.SetXY(margin, y)
		if from = to; from < most {
			p.newPage()
			p.tableHead(t, widths)
		}
	}
}

// style sets font and colour of a cell.
func (p *page) style(c reports.Cell) {
	p.font("", sizeTable)
	switch {
	case c.Tone != reports.ToneCalm:
		p.font("B", sizeTable)
		p.text(tones[c.Tone][0])
	case c.Link != "":
		p.text(link)
	default:
		p.text(ink)
	}
}
