package search

import (
	"context"
	"time"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/wording"
)

type apiIn struct {
	Q       string `query:"q" required:"true" doc:"Words; \"in quotes\" together, -without, OR; at most 200 characters"`
	Kind    string `query:"kind" enum:"experience,package,question,clinic,clinician,treatment,feedback"`
	Country string `query:"country" doc:"ISO 3166-1 alpha-2"`
	// Procedure is the code of a treatment.
	Procedure string `query:"procedure" doc:"Code of a treatment, as in /clinics?procedure="`
	Cursor    string `query:"cursor" doc:"next of the page before"`
}

// HitJSON is one entry that was found.
type HitJSON struct {
	Kind    string         `json:"kind" enum:"experience,package,question,clinic,clinician,treatment,feedback"`
	ID      int64          `json:"id"`
	Title   string         `json:"title"`
	Context string         `json:"context,omitempty"`
	Path    string         `json:"path"`
	Snippet string         `json:"snippet"`
	HTML    string         `json:"snippet_html" doc:"The same with what was searched for in mark"`
	Author  *access.Byline `json:"author,omitempty"`
	At      *time.Time     `json:"at,omitempty" doc:"When the text was written; names have no time"`
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
	query, err := s.query(wording.Langs[0], searchInput{Q: in.Q, Kind: in.Kind, Country: in.Country, Procedure: in.Procedure, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	p, err := s.Find(ctx, query)
	if err != nil {
		return nil, err
	}
	out := &apiOut{}
	out.Body.Hits = make([]HitJSON, 0, len(p.Entries))
	for _, e := range p.Entries {
		h := HitJSON{Kind: nameOf(e.Kind), ID: e.Ref, Title: e.Title, Context: s.place(wording.Langs[0], e), Path: e.Path, Snippet: snippetText(e.Snippet), HTML: snippetHTML(e.Snippet), Texts: e.Texts}
		if e.Kind == Question || e.Kind == Reply {
			b := e.Author.Byline(wording.Langs[0])
			h.Author, h.At = &b, &e.At
		}
		out.Body.Hits = append(out.Body.Hits, h)
	}
	out.Body.Total, out.Body.Capped, out.Body.Next = p.Total, p.Capped, p.Next
	for _, m := range p.Meant {
		out.Body.Meant = append(out.Body.Meant, m.Title)
	}
	return out, nil
}
