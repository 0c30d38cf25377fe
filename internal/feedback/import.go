package feedback

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"caravan/internal/csvfile"
	"caravan/internal/db"
	"caravan/internal/provider"
	"caravan/internal/text"
)

// MaxBody is how long a comment may be, in characters.
const MaxBody = 10_000

// About says what a table is about, where its rows do not.
type About struct {
	Organisation string // slug of the organisation for rows without one of their own
	Name         string // of the organisation that is listed if there is no slug
	Country      string // of that one, ISO 3166-1 alpha-2
	Source       string // where the comments were published, with the licence
}

// Import takes comments in. The table must have the columns id and answer, and
// may have organisation (a slug), date (2026-05-31 or 31/05/2026), question,
// score and themes. A comment that is there already is known by its source and
// id. Personal data are masked, each with a note in the report.
func (s *Service) Import(ctx context.Context, file io.Reader, about About, o csvfile.Options) (csvfile.Result, error) {
	if strings.TrimSpace(about.Source) == "" {
		return csvfile.Result{}, fmt.Errorf("feedback: import: say where the comments were published")
	}
	return csvfile.Run(ctx, file, o, csvfile.Import{Need: []string{"id", "answer"}, Put: func(ctx context.Context, rows []csvfile.Row, dry bool) (fates []csvfile.Fate, err error) {
		err = s.db.WriteUnless(ctx, dry, func(tx *db.Tx) (err error) {
			fates, err = s.put(tx, rows, about, dry)
			return err
		})
		return fates, err
	}})
}

func (s *Service) put(tx *db.Tx, rows []csvfile.Row, about About, dry bool) ([]csvfile.Fate, error) {
	fates := make([]csvfile.Fate, len(rows))
	refs := make([]string, len(rows))
	for i, r := range rows {
		refs[i] = r.Get("id")
	}
	known, err := listKnown(tx, about.Source, refs)
	if err != nil {
		return nil, err
	}
	places := map[string]provider.Organisation{}
	for i, r := range rows {
		c, why := read(r, about.Source, tx.Now)
		if why == "" && slices.Contains(refs[:i], c.SourceRef) {
			why = "the id stands there twice"
		}
		if why != "" {
			fates[i].Refused = why
			continue
		}
		if fates[i].Known = known[c.SourceRef]; fates[i].Known {
			continue
		}
		org, err := s.place(tx, places, r.Get("organisation"), about, dry)
		if err != nil {
			return nil, err
		}
		if org.Slug == "" {
			fates[i].Refused = "there is no organisation " + r.Get("organisation")
			continue
		}
		c.OrganisationID = org.ID
		fates[i].Notes = c.mask(org)
		if d := r.Get("date"); d != "" && c.GivenOn == nil {
			fates[i].Notes = append(fates[i].Notes, fmt.Sprintf("%q is no day of the past that can be told for sure; taken without a day", d))
		}
		if dry {
			continue
		}
		if err := insertComment(tx, &c); err != nil {
			return nil, err
		}
	}
	return fates, nil
}

// place finds the organisation of a row, and lists the one that the table is
// about if it is new. Zero: there is none.
func (s *Service) place(tx *db.Tx, places map[string]provider.Organisation, slug string, about About, dry bool) (o provider.Organisation, err error) {
	if slug == "" {
		slug = about.Organisation
	}
	if o, ok := places[slug]; ok {
		return o, nil
	}
	switch {
	case slug != "":
		o, err = findOrganisation(tx, slug)
	case dry:
		o = provider.Organisation{Slug: "-", Name: about.Name, Country: about.Country}
	default:
		o, err = s.provider.Enlist(tx, about.Name, about.Country)
	}
	places[slug] = o
	return o, err
}

// read makes a comment of a row, or says why it cannot.
func read(r csvfile.Row, source string, now time.Time) (c Comment, why string) {
	c = Comment{Source: source, SourceRef: r.Get("id"), Question: r.Get("question"), Themes: r.Get("themes"), Renderer: text.RendererVersion, ImportedAt: now}
	if c.SourceRef == "" || text.Length(c.SourceRef) > 200 {
		return c, "no id, or one of more than 200 characters"
	}
	body, err := text.Clean(r.Get("answer"))
	if err != nil {
		return c, "the comment cannot be stored as text"
	}
	switch n := text.Length(body); {
	case n == 0:
		return c, "there is no comment"
	case n > MaxBody:
		return c, fmt.Sprintf("the comment has %d characters; the most is %d", n, MaxBody)
	}
	c.Body = body
	if c.Question, err = text.Clean(c.Question); err != nil || text.Length(c.Question) > 500 {
		return c, "the question cannot be stored, or has more than 500 characters"
	}
	if d := r.Get("date"); d != "" {
		if day, ok := parseDay(d); ok && !day.After(now) {
			c.GivenOn = &day
		}
	}
	if n := r.Get("score"); n != "" {
		v, err := strconv.ParseInt(n, 10, 16)
		if err != nil {
			return c, fmt.Sprintf("the score %q is no whole number", n)
		}
		short := int16(v)
		c.Score = &short
	}
	c.Lang = text.Language(c.Body, "en")
	return c, ""
}

// parseDay reads a day as 2022-05-31 or 31/05/2022. Figures without leading
// zeros come from programs that put the month first: they are read where no
// other reading is possible.
func parseDay(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "02/01/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	t, err := time.Parse("1/2/2006", s)
	return t, err == nil && t.Day() > 12
}

// mask covers personal data in the comment, and says what it found. What would
// only make a writer look twice is noted and stays: the words are public.
func (c *Comment) mask(o provider.Organisation) (notes []string) {
	leaks := text.Leaks(c.Body, text.LeakContext{Countries: []string{o.Country}, Allowed: []string{o.Name}})
	for i, l := range leaks {
		if l.Tier == text.Warn {
			notes = append(notes, string(l.Class)+" noticed")
			continue
		}
		leaks[i].Tier = text.Mask
		c.Masked++
		notes = append(notes, string(l.Class)+" masked")
	}
	c.Body = text.Masked(c.Body, leaks)
	c.BodyHTML = text.Markdown(c.Body)
	return notes
}
