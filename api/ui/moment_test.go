package ui_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/ui"
)

// Every link and search of every page keeps the moment that was asked for, and says
// which it is; what knows no moment is left alone.
func TestLinksKeepTheMoment(t *testing.T) {
	p, err := ui.New("test")
	if err != nil {
		t.Fatal(err)
	}
	at := api.Moment{Size: 12, At: noon, Past: true, AsOf: `2025-06-01T12:00:00+02:00`, KnownAt: "12"}
	links := regexp.MustCompile(`\shref="(/[^"]*)"`)
	forms := regexp.MustCompile(`(?s)<form class="(find|filter)".*?</form>`)
	for name, page := range pages() {
		b, err := p.Render(page, at)
		if err != nil {
			t.Fatal(err)
		}
		html := string(b)
		if !strings.Contains(html, "Not now.") || !strings.Contains(html, "first 12 entries") || !strings.Contains(html, "it holds more by now") {
			t.Errorf("%s does not say that it is not of now", name)
		}
		for _, m := range links.FindAllStringSubmatch(html, -1) {
			kept := strings.Contains(m[1], "as_of=2025-06-01T12%3A00%3A00%2B02%3A00&amp;known_at=12")
			if elsewhere := regexp.MustCompile(`^/(api/|checkpoint|log.vkey|metrics|readyz|openapi.json)`).MatchString(m[1]); kept == elsewhere {
				t.Errorf("%s: link %s", name, m[1])
			}
		}
		for _, form := range forms.FindAllString(html, -1) {
			if !strings.Contains(form, `name="as_of" value="2025-06-01T12:00:00+02:00"`) || !strings.Contains(form, `name="known_at" value="12"`) {
				t.Errorf("%s: a search leaves the moment: %s", name, form)
			}
		}
	}
}

// A moment is what a caller sent: it is text in the banner and in links.
func TestMomentIsText(t *testing.T) {
	p, err := ui.New("test")
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Render(api.Service{}, api.Moment{AsOf: `"><script>$1alert(1)</script>`, KnownAt: `'"$0`})
	if err != nil {
		t.Fatal(err)
	}
	if html := string(b); strings.Contains(html, "<script") || !strings.Contains(html, `value="&#34;&gt;&lt;script&gt;$1alert`) {
		t.Errorf("a moment got into the page: %s", html)
	}
}
