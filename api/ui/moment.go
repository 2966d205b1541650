package ui

import (
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/assize-dev/assize/api"
)

// Links to pages, and forms that lead to them. What a signer wrote cannot look like
// one: a quotation mark of theirs is written as an entity.
var (
	pageLink = regexp.MustCompile(`(\shref=")(/[^"#]*|\?[^"#]+)`)
	pageForm = regexp.MustCompile(`<form class="(find|filter)"[^>]*>`)
)

// notPages are the places that know no other moment than now.
var notPages = []string{"/api/", "/checkpoint", "/log.vkey", "/tile/", "/openapi.json", "/metrics", "/readyz", "/healthz"}

// keepMoment makes every link and every search on a page lead to the same moment.
func keepMoment(page []byte, m api.Moment) []byte {
	if !m.Asked() {
		return page
	}
	q := url.Values{}
	hidden := ""
	for _, p := range []struct{ name, value string }{{"as_of", m.AsOf}, {"known_at", m.KnownAt}} {
		if p.value != "" {
			q.Set(p.name, p.value)
			hidden += `<input type="hidden" name="` + p.name + `" value="` + template.HTMLEscapeString(p.value) + `">`
		}
	}
	query := template.HTMLEscapeString(q.Encode())
	page = pageLink.ReplaceAllFunc(page, func(link []byte) []byte {
		i := bytes.IndexByte(link, '"') + 1
		to := string(link[i:])
		for _, p := range notPages {
			if strings.HasPrefix(to, p) {
				return link
			}
		}
		_, has, more := strings.Cut(to, "?")
		switch {
		case !more:
			return slices.Concat(link, []byte("?"+query))
		case strings.Contains(has, "as_of=") || strings.Contains(has, "known_at="):
			return link
		}
		return slices.Concat(link, []byte("&amp;"+query))
	})
	return pageForm.ReplaceAll(page, []byte("$0"+strings.ReplaceAll(hidden, "$", "$$")))
}
