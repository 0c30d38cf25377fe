package front

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/wording"
	"caravan/web"
)

// The standing pages are long texts, so each language has a template of its
// own, NAME.LANG.page.html, where a translator sees the page as one piece.
// What they promise is what the site does today.

// StandingView is what the standing pages show besides their words.
type StandingView struct {
	Mailbox string // where letters to the site go
	Numbers []CallNumber
}

// CallNumber is the telephone number of the ambulance of a country.
type CallNumber struct{ Country, Number string }

// standing is one page, in every language.
type standing struct {
	name string // of its address, its templates and the key of its title
	in   map[string]web.PageOf[StandingView]
}

func newStanding(name string) standing {
	p := standing{name, map[string]web.PageOf[StandingView]{}}
	for _, lang := range wording.Langs {
		p.in[lang] = web.Page[StandingView](views, name+"."+lang)
	}
	return p
}

var standings = []standing{
	newStanding("verification"), newStanding("rules"), newStanding("order"),
	newStanding("privacy"), newStanding("contact"), newStanding("emergency"),
}

// pages are the routes of the standing pages.
func (s *Service) pages() []httpd.Route {
	var out []httpd.Route
	for _, p := range standings {
		out = append(out, httpd.Route{Method: http.MethodGet, Path: "/" + p.name, Gate: access.Anyone, Cache: httpd.Public(), Do: func(c echo.Context) error {
			return s.showStanding(c, p)
		}})
	}
	return out
}

func (s *Service) showStanding(c echo.Context, p standing) error {
	lang := httpd.Lang(c)
	v := StandingView{Mailbox: mailbox(httpd.BaseURL(c))}
	if p.name == "emergency" {
		for _, d := range s.provider.DestinationsIn(lang) {
			if d.Emergency != "" {
				v.Numbers = append(v.Numbers, CallNumber{d.Name(lang), d.Emergency})
			}
		}
	}
	return httpd.Page(c, p.in[lang], httpd.Head{
		Title: httpd.Say(c, "page."+p.name), Description: httpd.Say(c, "page."+p.name+"_description"), Place: p.name,
		Crumbs: []web.Crumb{{Label: httpd.Say(c, "page."+p.name)}},
	}, v)
}

// mailbox is the address that every site keeps for letters about abuse
// (RFC 2142): whoever runs this one has it read.
func mailbox(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return "abuse@" + u.Hostname()
}
