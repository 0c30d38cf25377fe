package search

import (
	"context"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/wording"
)

// How often one person may search: less for those we do not know.
var (
	strangerRate = []httpd.Rate{{N: 15, Per: time.Minute}}
	memberRate   = []httpd.Rate{{N: 30, Per: time.Minute}}
)

// Routes are the feature's addresses.
func (s *Service) Routes() []httpd.Route {
	return []httpd.Route{
		{Method: "GET", Path: "/search", Gate: access.Anyone, Do: s.showSearch},
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/search", ID: "search", Summary: "Search questions, replies, clinics, clinicians and treatments", Tag: "Search", Errors: []int{503}}, access.Anyone, s.apiSearch),
	}
}

// Topics are none: the index has no channel.
func (s *Service) Topics() []live.Topic { return nil }

// kinds are the values of the filter by kind, as they stand in addresses.
var kinds = []struct {
	value string
	kind  Kind
}{{"", 0}, {"question", Question}, {"clinic", Clinic}, {"clinician", Clinician}, {"treatment", Procedure}}

func kindOf(value string) (Kind, error) {
	for _, k := range kinds {
		if k.value == value {
			return k.kind, nil
		}
	}
	return 0, errs.Field("kind", "search.no_kind")
}

func nameOf(k Kind) string {
	if k == Reply {
		k = Question
	}
	for _, x := range kinds {
		if x.kind == k {
			return x.value
		}
	}
	return ""
}

type searchInput struct {
	Q       string `query:"q"`
	Kind    string `query:"kind"`
	Country string `query:"country"`
	Cursor  string `query:"cursor"`
}

func (s *Service) count(ctx context.Context, c echo.Context, a access.Actor) error {
	if a.SignedIn() {
		return s.limits.Take(ctx, "search", "a"+itoa(a.AccountID), memberRate...)
	}
	return s.limits.Take(ctx, "search", "ip"+httpd.AddressBucket(c), strangerRate...)
}

func (s *Service) showSearch(c echo.Context) error {
	var in searchInput
	if err := httpd.Bind(c, &in); err != nil {
		return err
	}
	ctx, lang := c.Request().Context(), httpd.Lang(c)
	var page Page
	var wrong error
	if in.Q != "" {
		if err := s.count(ctx, c, httpd.Actor(c)); err != nil {
			return err
		}
		kind, err := kindOf(in.Kind)
		if err == nil {
			page, err = s.Find(ctx, Query{Text: in.Q, Kind: kind, Lang: lang, Country: in.Country, Cursor: in.Cursor})
		}
		if err != nil && !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.Unavailable) {
			return err
		}
		wrong = err
	}
	title := httpd.Say(c, "search.title")
	if in.Q != "" {
		title = httpd.Say(c, "search.title_for", "q", in.Q)
	}
	return httpd.Page(c, searchPage, httpd.Head{Title: title, Description: httpd.Say(c, "search.description"), Place: "search", Err: wrong}, s.view(lang, in, page, wrong != nil))
}

func (s *Service) view(lang string, in searchInput, p Page, failed bool) SearchView {
	v := SearchView{Q: in.Q, Asked: in.Q != "" && !failed, Total: p.Total, Capped: p.Capped, Later: in.Cursor != "", Now: s.db.Now()}
	for _, k := range kinds {
		v.Kinds = append(v.Kinds, ChoiceView{k.value, wording.Text(lang, "search.kind_"+or(k.value, "all")), k.value == in.Kind})
	}
	if s.choices != nil {
		v.Countries = []ChoiceView{{"", wording.Text(lang, "search.any_country"), in.Country == ""}}
		for _, x := range s.choices(lang).Countries {
			v.Countries = append(v.Countries, ChoiceView{x.Value, x.Label, x.Value == in.Country})
		}
	}
	for _, e := range p.Entries {
		h := HitView{Kind: wording.Text(lang, "search.is_"+nameOf(e.Kind)), Title: e.Title, Path: e.Path, Lang: e.Lang, Context: e.Context, Snippet: e.Snippet, At: e.At, Texts: e.Texts - 1}
		if e.Kind == Question || e.Kind == Reply {
			h.By, h.HasAuthor = e.Author.Byline(lang), true
		}
		v.Hits = append(v.Hits, h)
	}
	for _, m := range p.Meant {
		v.Meant = append(v.Meant, MeantView{m.Title, m.Path})
	}
	q := url.Values{"q": {in.Q}}
	for name, val := range map[string]string{"kind": in.Kind, "country": in.Country} {
		if val != "" {
			q.Set(name, val)
		}
	}
	v.First = "/search?" + q.Encode()
	if p.Next != "" {
		q.Set("cursor", p.Next)
		v.Next = "/search?" + q.Encode()
	}
	return v
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

type apiIn struct {
	Q       string `query:"q" required:"true" doc:"Words; \"in quotes\" together, -without, OR; at most 200 characters"`
	Kind    string `query:"kind" enum:"question,clinic,clinician,treatment"`
	Country string `query:"country" doc:"ISO 3166-1 alpha-2"`
	Cursor  string `query:"cursor" doc:"next of the page before"`
}

// HitJSON is one entry that was found.
type HitJSON struct {
	Kind    string         `json:"kind" enum:"question,clinic,clinician,treatment"`
	ID      int64          `json:"id"`
	Title   string         `json:"title"`
	Context string         `json:"context,omitempty"`
	Path    string         `json:"path"`
	Snippet string         `json:"snippet"`
	HTML    string         `json:"snippet_html" doc:"The same with what was searched for in mark"`
	Author  *access.Byline `json:"author,omitempty"`
	At      time.Time      `json:"at"`
	Texts   int            `json:"texts" doc:"Texts of the entry that match"`
}

type apiOut struct {
	Body struct {
		Hits   []HitJSON `json:"hits"`
		Total  int       `json:"total" doc:"Entries among the newest texts that were ranked"`
		Capped bool      `json:"capped" doc:"There are more texts with these words than are ranked"`
		Next   string    `json:"next,omitempty"`
		Meant  []string  `json:"meant,omitempty" doc:"Names that look like what was typed"`
	}
}

func (s *Service) apiSearch(ctx context.Context, a access.Actor, in *apiIn) (*apiOut, error) {
	if err := s.count(ctx, httpd.APIContext(ctx), a); err != nil {
		return nil, err
	}
	kind, err := kindOf(in.Kind)
	if err != nil {
		return nil, err
	}
	p, err := s.Find(ctx, Query{Text: in.Q, Kind: kind, Lang: wording.Langs[0], Country: in.Country, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	out := &apiOut{}
	out.Body.Hits = make([]HitJSON, 0, len(p.Entries))
	for _, e := range p.Entries {
		h := HitJSON{Kind: nameOf(e.Kind), ID: e.Ref, Title: e.Title, Context: e.Context, Path: e.Path, Snippet: snippetText(e.Snippet), HTML: snippetHTML(e.Snippet), At: e.At, Texts: e.Texts}
		if e.Kind == Question || e.Kind == Reply {
			b := e.Author.Byline(wording.Langs[0])
			h.Author = &b
		}
		out.Body.Hits = append(out.Body.Hits, h)
	}
	out.Body.Total, out.Body.Capped, out.Body.Next = p.Total, p.Capped, p.Next
	for _, m := range p.Meant {
		out.Body.Meant = append(out.Body.Meant, m.Title)
	}
	return out, nil
}
