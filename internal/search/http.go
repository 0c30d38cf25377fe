package search

import (
	"context"
	"html/template"
	"net/url"
	"slices"
	"strings"
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
		httpd.API(httpd.Operation{Method: "GET", Path: "/api/v1/search", ID: "search", Summary: "Search experiences, packages, questions, replies, clinics, clinicians, treatments and comments from elsewhere", Tag: "Search", Errors: []int{503}}, access.Anyone, s.apiSearch),
	}
}

// Topics are none: the index has no channel.
func (s *Service) Topics() []live.Topic { return nil }

// kinds are the values of the filter by kind, as they stand in addresses.
var kinds = []struct {
	value string
	kind  Kind
}{{"", 0}, {"experience", Experience}, {"package", Package}, {"question", Question}, {"clinic", Clinic}, {"clinician", Clinician}, {"treatment", Procedure}, {"feedback", Feedback}}

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
	// Procedure is the code of a treatment.
	Procedure string `query:"procedure"`
	Cursor    string `query:"cursor"`
}

// procedure finds the number of a treatment by its code.
func (s *Service) procedure(lang, code string) (int64, error) {
	if code == "" {
		return 0, nil
	}
	for _, x := range s.offered(lang).Procedures {
		if x.Value == code {
			return x.ID, nil
		}
	}
	return 0, errs.Field("procedure", "search.no_procedure")
}

// query is what an address asks for.
func (s *Service) query(lang string, in searchInput) (Query, error) {
	kind, err := kindOf(in.Kind)
	if err != nil {
		return Query{}, err
	}
	procedure, err := s.procedure(lang, in.Procedure)
	if err != nil {
		return Query{}, err
	}
	return Query{Text: in.Q, Kind: kind, Lang: lang, Country: in.Country, ProcedureID: procedure, Cursor: in.Cursor}, nil
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
		query, err := s.query(lang, in)
		if err == nil {
			page, err = s.Find(ctx, query)
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
	view, err := s.view(lang, in, page, wrong != nil, s.db.Now())
	if err != nil {
		return err
	}
	return httpd.Page(c, searchPage, httpd.Head{Title: title, Description: httpd.Say(c, "search.description"), Place: "search", Err: wrong}, view)
}

func (s *Service) view(lang string, in searchInput, p Page, failed bool, now time.Time) (SearchView, error) {
	v := SearchView{Q: in.Q, Asked: in.Q != "" && !failed, Total: p.Total, Capped: p.Capped, Later: in.Cursor != ""}
	var err error
	if v.Kinds, v.Countries, v.Procedures, err = s.filters(lang, in); err != nil {
		return v, err
	}
	is := map[string]string{} // most are questions
	for _, e := range p.Entries {
		name := nameOf(e.Kind)
		if is[name] == "" {
			is[name] = wording.Text(lang, "search.is_"+name)
		}
		v.Hits = append(v.Hits, s.hit(lang, is[name], e, now))
	}
	for _, m := range p.Meant {
		v.Meant = append(v.Meant, MeantView{m.Title, m.Path})
	}
	q := url.Values{"q": {in.Q}}
	for name, val := range map[string]string{"kind": in.Kind, "country": in.Country, "procedure": in.Procedure} {
		if val != "" {
			q.Set(name, val)
		}
	}
	v.First = "/search?" + q.Encode()
	if p.Next != "" {
		q.Set("cursor", p.Next)
		v.Next = "/search?" + q.Encode()
	}
	return v, nil
}

func (s *Service) hit(lang, kind string, e Entry, now time.Time) HitView {
	h := HitView{Kind: kind, Title: e.Title, Path: wording.Path(lang, e.Path), Lang: e.Lang, Context: s.place(lang, e),
		Snippet: template.HTML(snippetHTML(e.Snippet))} // #nosec G203: escaped there, before it is marked
	switch e.Kind {
	case Question, Reply, Experience, Package:
		by := e.Author.Byline(lang)
		h.By, h.Organisation, h.At, h.Ago = by.Name, by.Organisation, e.At.UTC().Format(time.RFC3339), wording.Ago(lang, e.At, now)
		if e.Texts > 1 {
			h.More = wording.Text(lang, "search.more_texts", "count", e.Texts-1)
		}
	case Procedure:
		h.Title, h.Lang = s.treatment(lang, e)
	}
	return h
}

// offered are the values of the filters in a language.
func (s *Service) offered(lang string) Choices {
	if s.choices == nil {
		return Choices{}
	}
	return s.choices(lang)
}

// place is the context of an entry with its country in the reader's language:
// documents hold it in all of them, to be found by any.
func (s *Service) place(lang string, e Entry) string {
	named := func(in string) string {
		for _, x := range s.offered(in).Countries {
			if x.Value == e.Country {
				return x.Label
			}
		}
		return ""
	}
	var parts []string
	for part := range strings.SplitSeq(e.Context, " · ") {
		if part != "" && !slices.ContainsFunc(wording.Langs, func(l string) bool { return part == named(l) }) {
			parts = append(parts, part)
		}
	}
	if country := named(lang); country != "" {
		parts = append(parts, country)
	}
	return strings.Join(parts, " · ")
}

// treatment is the name of a procedure in the reader's language, and which
// language that is.
func (s *Service) treatment(lang string, e Entry) (name, in string) {
	for _, x := range s.offered(lang).Procedures {
		if x.ID == e.Ref {
			return x.Label, lang
		}
	}
	return e.Title, e.Lang
}
