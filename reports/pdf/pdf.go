package pdf

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"github.com/assize-dev/assize/reports"
)

// Measures of the page, in millimetres.
const (
	pageWidth, pageHeight = 210.0, 297.0
	margin                = 18.0
	top, bottom           = 24.0, 20.0
	textWidth             = pageWidth - 2*margin
)

// Sizes of type, in points, and the line height of a size in millimetres.
const (
	sizeBody, sizeSmall, sizeTable = 9.5, 8.0, 8.0
	leading                        = 0.3528 * 1.38
)

type colour struct{ r, g, b int }

var (
	ink   = colour{28, 32, 38}
	soft  = colour{98, 106, 118}
	rule  = colour{208, 213, 220}
	shade = colour{244, 246, 248}
	link  = colour{28, 84, 158}
)

// tones are the colours of words and of the ground below them.
var tones = map[reports.Tone][2]colour{
	reports.ToneCalm: {ink, shade},
	reports.ToneGood: {{22, 101, 52}, {236, 247, 239}},
	reports.ToneBad:  {{164, 27, 27}, {253, 238, 237}},
	reports.ToneOpen: {{146, 84, 5}, {254, 246, 230}},
	reports.ToneNote: {{76, 57, 150}, {242, 240, 253}},
}

// Write writes the document of a model. It wraps a fault of the document itself,
// see reports.Document.Check.
func Write(w io.Writer, m reports.Model) error {
	d, head := m.Document(), m.About()
	if err := d.Check(); err != nil {
		return fmt.Errorf("lay out report: %w", err)
	}
	asOf, err := time.Parse(time.RFC3339Nano, head.AsOf)
	if err != nil {
		return fmt.Errorf("lay out report: as of %q: %w", head.AsOf, err)
	}
	face, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		return fmt.Errorf("parse font: %w", err)
	}
	draft := layOut(d, head, asOf, face, 0)
	p := layOut(d, head, asOf, face, draft.PageNo())
	if err := p.Output(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// layOut lays the document out for a number of pages, which the foot of each names.
func layOut(d *reports.Document, head *reports.Head, asOf time.Time, face *sfnt.Font, pages int) *page {
	p := &page{Fpdf: fpdf.New("P", "mm", "A4", ""), doc: d, head: head, face: face, has: map[rune]bool{}, links: map[string]int{}, pages: pages}
	p.SetCatalogSort(true)
	p.SetCreationDate(asOf)
	p.SetModificationDate(asOf)
	p.SetTitle(p.clean(d.Title), true)
	p.SetCreator("Assize", true)
	p.SetProducer("Assize", true)
	p.SetSubject(p.clean(d.Sentence), true)
	p.SetLang("en")
	p.AddUTF8FontFromBytes("go", "", goregular.TTF)
	p.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	p.AddUTF8FontFromBytes("mono", "", gomono.TTF)
	p.SetMargins(margin, top, margin)
	p.SetAutoPageBreak(false, bottom)
	p.SetHeaderFunc(p.runningHead)
	p.SetFooterFunc(p.foot)
	for _, s := range d.Sections {
		p.links[s.ID] = p.AddLink()
		for _, b := range s.Blocks {
			if t, ok := b.(*reports.Table); ok {
				for _, r := range t.Rows {
					if r.ID != "" {
						p.links[r.ID] = p.AddLink()
					}
				}
			}
		}
	}
	p.titlePage()
	p.newPage()
	for i := range d.Sections {
		p.section(&d.Sections[i])
	}
	return p
}

// page is the PDF being written; the y of Fpdf is where the next block begins.
type page struct {
	*fpdf.Fpdf
	doc   *reports.Document
	head  *reports.Head
	face  *sfnt.Font
	buf   sfnt.Buffer
	has   map[rune]bool
	links map[string]int
	pages int
	depth int // of the last bookmark
}

// clean is text the fonts can show: what they lack stands as a white square, and
// nothing in it acts on the layout.
func (p *page) clean(s string) string {
	return strings.Map(func(c rune) rune {
		ok, known := p.has[c]
		if !known {
			i, err := p.face.GlyphIndex(&p.buf, c)
			ok = err == nil && i != 0 && c <= 0xffff
			p.has[c] = ok
		}
		if !ok {
			return '□'
		}
		return c
	}, reports.Plain(s))
}

func (p *page) font(style string, size float64) {
	p.SetFont("go", style, size)
}

func (p *page) text(c colour)     { p.SetTextColor(c.r, c.g, c.b) }
func (p *page) fill(c colour)     { p.SetFillColor(c.r, c.g, c.b) }
func (p *page) stroke(c colour)   { p.SetDrawColor(c.r, c.g, c.b) }
func (p *page) room() float64     { return pageHeight - bottom - p.GetY() }
func (p *page) newPage()          { p.AddPage(); p.SetXY(margin, top) }
func (p *page) skip(d float64)    { p.SetXY(margin, p.GetY()+d) }
func lineOf(size float64) float64 { return size * leading }
func (p *page) keep(need float64) { // together on one page
	if p.room() < need {
		p.newPage()
	}
}

func (p *page) runningHead() {
	if p.PageNo() == 1 {
		return
	}
	p.font("", 7.5)
	p.text(soft)
	title := p.clean(p.doc.Title)
	for p.GetStringWidth(title) > textWidth-50 && len(title) > 8 {
		title = strings.TrimSpace(string([]rune(title)[:len([]rune(title))-6])) + "…"
	}
	p.SetXY(margin, 11)
	p.CellFormat(textWidth-45, 4, title, "", 0, "L", false, 0, "")
	p.CellFormat(45, 4, p.clean(reports.Instant(p.head.AsOf)), "", 0, "R", false, 0, "")
	p.stroke(rule)
	p.SetLineWidth(0.2)
	p.Line(margin, 16.5, pageWidth-margin, 16.5)
}

func (p *page) foot() {
	p.font("", 7.5)
	p.text(soft)
	p.SetXY(margin, pageHeight-12)
	p.CellFormat(textWidth-30, 4, p.clean(p.doc.Notice), "", 0, "L", false, 0, "")
	p.CellFormat(30, 4, fmt.Sprintf("%d of %d", p.PageNo(), p.pages), "", 0, "R", false, 0, "")
}

func (p *page) titlePage() {
	p.newPage()
	p.SetXY(margin, 46)
	p.font("B", 10)
	p.text(link)
	p.CellFormat(textWidth, 6, "ASSIZE", "", 1, "L", false, 0, "")
	p.font("", 10)
	p.text(soft)
	p.CellFormat(textWidth, 6, p.clean(strings.ReplaceAll(p.doc.Kind, "-", " ")+" report"), "", 1, "L", false, 0, "")
	p.skip(4)
	p.font("B", 23)
	p.text(ink)
	p.lines(p.clean(p.doc.Title), textWidth, 10, 4)
	p.skip(7)
	tone := tones[p.doc.Tone]
	p.font("", 12)
	sentence := p.SplitText(p.clean(p.doc.Sentence), textWidth-12)
	height := float64(len(sentence))*6.2 + 10
	p.fill(tone[1])
	p.Rect(margin, p.GetY(), textWidth, height, "F")
	p.fill(tone[0])
	p.Rect(margin, p.GetY(), 1.4, height, "F")
	p.text(tone[0])
	p.SetXY(margin+6, p.GetY()+5)
	for _, l := range sentence {
		p.SetX(margin + 6)
		p.CellFormat(textWidth-12, 6.2, l, "", 2, "L", false, 0, "")
	}
	p.skip(13)
	p.facts(p.doc.Facts)
	p.Bookmark(p.clean(p.doc.Title), 0, 0)
}

// lines writes wrapped text of the present font, at most max lines when max is set.
func (p *page) lines(text string, width, height float64, most int) {
	wrapped := p.SplitText(text, width)
	for i, l := range wrapped {
		if most > 0 && i == most-1 && len(wrapped) > most {
			l += " …"
		}
		if most > 0 && i >= most {
			break
		}
		p.SetX(margin)
		p.CellFormat(width, height, l, "", 1, "L", false, 0, "")
	}
}

func (p *page) section(s *reports.Section) {
	size := []float64{15, 12, 10}[s.Level-1]
	before := []float64{7, 5, 4}[s.Level-1]
	p.font("B", size)
	title := p.SplitText(p.clean(s.Title), textWidth)
	need := []float64{45, 38, 34}[s.Level-1] + float64(len(title))*lineOf(size)
	if p.room() < need {
		p.newPage()
	} else if p.GetY() > top+1 {
		p.skip(before)
	}
	p.SetLink(p.links[s.ID], p.GetY(), -1)
	level := min(s.Level-1, p.depth+1)
	p.Bookmark(p.clean(s.Title), level, -1)
	p.depth = level
	p.font("B", size)
	p.text(ink)
	if s.Tone != reports.ToneCalm {
		p.text(tones[s.Tone][0])
	}
	for _, l := range title {
		p.SetX(margin)
		p.CellFormat(textWidth, lineOf(size), l, "", 1, "L", false, 0, "")
	}
	p.skip(1.6)
	for _, b := range s.Blocks {
		p.block(b)
	}
}

func (p *page) block(b reports.Block) {
	switch b := b.(type) {
	case reports.Paragraph:
		p.paragraph(string(b), sizeBody, 0, ink)
		p.skip(1.4)
	case reports.List:
		for _, item := range b {
			p.keep(lineOf(sizeBody))
			p.font("", sizeBody)
			p.text(soft)
			p.SetX(margin + 1)
			p.CellFormat(4, lineOf(sizeBody), "•", "", 0, "L", false, 0, "")
			p.paragraph(item, sizeBody, 5, ink)
		}
		p.skip(1.4)
	case reports.Facts:
		p.facts(b)
		p.skip(1.4)
	case reports.Code:
		p.code(string(b))
	case *reports.Table:
		p.table(b)
		p.skip(2)
	case *reports.Chart:
		p.chart(b)
		p.skip(3)
	}
}

// paragraph writes text that goes on over pages, set in by some millimetres.
func (p *page) paragraph(text string, size, in float64, c colour) {
	p.font("", size)
	for _, l := range p.SplitText(p.clean(text), textWidth-in) {
		p.keep(lineOf(size))
		p.font("", size)
		p.text(c)
		p.SetX(margin + in)
		p.CellFormat(textWidth-in, lineOf(size), l, "", 1, "L", false, 0, "")
	}
}

// facts writes labels with their values beside them.
func (p *page) facts(facts []reports.Fact) {
	const label = 34.0
	h := lineOf(sizeBody)
	for _, f := range facts {
		p.font("", sizeBody)
		values := p.SplitText(p.clean(f.Value), textWidth-label)
		p.keep(h * float64(min(len(values), 3)))
		p.SetX(margin)
		p.font("", sizeBody)
		p.text(soft)
		p.CellFormat(label, h, p.clean(f.Label), "", 0, "L", false, 0, "")
		for i, l := range values {
			if i > 0 {
				p.keep(h)
			}
			p.font("", sizeBody)
			p.text(ink)
			id := 0
			if f.Link != "" {
				p.text(link)
				id = p.links[f.Link]
			}
			p.SetX(margin + label)
			p.CellFormat(textWidth-label, h, l, "", 1, "L", false, id, "")
		}
		if len(values) == 0 { // a line to write on by hand
			p.stroke(rule)
			p.SetLineWidth(0.2)
			p.Line(margin+label, p.GetY()+h, pageWidth-margin-40, p.GetY()+h)
			p.skip(h + 2.5)
		}
		p.skip(0.7)
	}
}

// code writes a line to be typed, on a ground of its own.
func (p *page) code(text string) {
	const size, in = 8.0, 2.5
	p.SetFont("mono", "", size)
	wrapped := p.SplitText(p.clean(text), textWidth-2*in)
	h := lineOf(size)
	p.keep(h*float64(len(wrapped)) + 2*in)
	p.fill(shade)
	p.Rect(margin, p.GetY(), textWidth, h*float64(len(wrapped))+2*in, "F")
	p.text(ink)
	p.SetXY(margin+in, p.GetY()+in)
	for _, l := range wrapped {
		p.SetX(margin + in)
		p.CellFormat(textWidth-2*in, h, l, "", 1, "L", false, 0, "")
	}
	p.skip(in + 2)
}
