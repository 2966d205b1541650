package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"regexp"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/reports/svg"
)

//go:embed html/*.html html/*.css script/*.js
var files embed.FS

// Pages renders the answers of the API. It is safe for concurrent use.
type Pages struct {
	version string
	style   template.CSS
	csp     string
	named   map[string]*template.Template
}

var _ api.Pages = (*Pages)(nil)

// New parses the templates. version is that of the program, for the foot of each
// page.
func New(version string) (*Pages, error) {
	style, err := styleSheet()
	if err != nil {
		return nil, err
	}
	p := &Pages{version: version, style: template.CSS(style), named: map[string]*template.Template{}} //nolint:gosec // our own file
	for _, name := range []string{"overview", "system", "waivers", "ledger", "home", "decisions", "decision", "subject", "attestation", "rules", "rule", "frameworks", "framework", "control", "reports", "problem"} {
		t, err := template.New("layout.html").Funcs(funcs()).ParseFS(files, "html/layout.html", "html/parts.html", "html/finding.html", "html/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		p.named[name] = t
	}
	// The hash is over what the browser sees between the tags.
	sum := sha256.Sum256(style)
	p.csp = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	return p, nil
}

// styleSheet is every sheet of the pages, in the order of their names, and that of
// charts.
func styleSheet() ([]byte, error) {
	sheets, err := fs.Glob(files, "html/*.css")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, name := range sheets {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		out.Write(b)
	}
	out.WriteString(svg.Style)
	return out.Bytes(), nil
}

// CSP is the content security policy of a page. Those whose proof is checked in
// the browser may run the scripts that Asset serves and ask this service; the
// others run and ask nothing.
func (p *Pages) CSP(page any) string {
	if proves(page) {
		return p.csp + "; script-src 'self'; connect-src 'self'"
	}
	return p.csp
}

// proves tells pages that carry a proof.
func proves(page any) bool {
	switch v := page.(type) {
	case api.Decision:
		return v.Links != nil
	case api.Attestation:
		return len(v.Leaves) > 0 && v.Leaves[0].Receipt.Checkpoint != ""
	}
	return false
}

// Asset is a file that pages load: the scripts that check proofs.
func (p *Pages) Asset(name string) (media string, b []byte, ok bool) {
	if !assetName.MatchString(name) {
		return "", nil, false
	}
	b, err := files.ReadFile("script/" + name)
	return "text/javascript; charset=utf-8", b, err == nil
}

var assetName = regexp.MustCompile(`^[a-z]+\.js$`)

// frame is what the layout sees.
type frame struct {
	Title, Place, Version string
	Style                 template.CSS
	Moment                api.Moment
	Page                  any
}

// Render writes one page as it is at a moment, which its links keep.
func (p *Pages) Render(page any, at api.Moment) ([]byte, error) {
	f := frame{Version: p.version, Style: p.style, Moment: at}
	var name string
	switch v := page.(type) {
	case api.Overview:
		name, f.Title, f.Place, f.Page = "overview", "Assize", "overview", viewOverview(v, at.At)
	case api.SystemPage:
		s := viewSystem(v, at.At)
		name, f.Title, f.Place, f.Page = "system", s.Title, "overview", s
	case api.WaiverPage:
		name, f.Title, f.Place, f.Page = "waivers", "Waivers", "waivers", viewWaivers(v, at.At)
	case api.LedgerPage:
		name, f.Title, f.Place, f.Page = "ledger", "Ledger", "ledger", viewLedger(v)
	case api.Service:
		name, f.Title, f.Page = "home", "This service", v
	case api.DecisionList:
		name, f.Title, f.Place, f.Page = "decisions", "Decisions", "decisions", v
	case api.Decision:
		d := viewDecision(v)
		name, f.Title, f.Place, f.Page = "decision", d.Title, "decisions", d
	case api.SubjectPage:
		s := viewSubject(v)
		name, f.Title, f.Page = "subject", s.Title, s
	case api.Attestation:
		a := viewAttestation(v)
		name, f.Title, f.Page = "attestation", a.Title, a
	case api.RuleList:
		name, f.Title, f.Place, f.Page = "rules", "Rules", "rules", v
	case api.FrameworkList:
		name, f.Title, f.Place, f.Page = "frameworks", "Frameworks", "frameworks", v
	case api.FrameworkPage:
		name, f.Title, f.Place, f.Page = "framework", v.Title, "frameworks", v
	case api.ControlPage:
		name, f.Title, f.Place, f.Page = "control", v.Control.Provision+" of "+v.Framework.Title, "frameworks", viewControl(v)
	case api.RulePage:
		name, f.Title, f.Place, f.Page = "rule", v.ID+" "+v.Title, "rules", v
	case api.ReportList:
		name, f.Title, f.Place, f.Page = "reports", "Reports", "reports", viewReports(v, at)
	case api.Problem:
		name, f.Title, f.Page = "problem", v.Title, v
	default:
		return nil, fmt.Errorf("no page for %T", page)
	}
	var b bytes.Buffer
	if err := p.named[name].Execute(&b, f); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return keepMoment(b.Bytes(), at), nil
}
