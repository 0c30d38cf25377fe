package provider

import (
	"context"
	"strconv"
	"strings"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/search"
)

// How many clinics, and how many colleagues, one account may put forward.
var (
	suggestionRate = httpd.Rate{N: 5, Per: 24 * time.Hour}
	invitationRate = httpd.Rate{N: 20, Per: 24 * time.Hour}
)

// Alike is a clinic that looks like one that is about to be suggested.
type Alike struct {
	Name, City, Slug, State string
}

// Alike returns up to five clinics of the draft's country whose names look like
// the draft's, those that wait for a moderator included.
func (s *Service) Alike(ctx context.Context, d Draft) ([]Alike, error) {
	return listAlike(s.db.Read(ctx), d.Name, d.Country)
}

// SuggestClinic puts a clinic that is missing before the moderators. If others
// look like it, it answers Invalid about the field "sure" until the person says
// that it is none of them.
func (s *Service) SuggestClinic(ctx context.Context, a access.Actor, d Draft, k db.Key) (Organisation, error) {
	d, body, err := cleanDraft(d, s.known())
	if err != nil {
		return Organisation{}, err
	}
	if err := d.sift(a); err != nil {
		return Organisation{}, err
	}
	if done, err := s.count(ctx, "clinic", a, suggestionRate, k); err != nil || done != nil {
		if err != nil {
			return Organisation{}, err
		}
		return findOrganisation(s.db.Read(ctx), done.ID)
	}
	o := Organisation{Kind: "clinic", Name: d.Name, Country: d.Country, City: d.City, State: Suggested, Website: d.Website}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil {
			return err
		}
		if kept != nil {
			o, err = findOrganisation(tx, kept.ID)
			return err
		}
		alike, err := listAlike(tx, d.Name, d.Country)
		if err != nil {
			return err
		}
		if len(alike) > 0 && !d.Sure {
			return errs.Field("sure", "provider.alike")
		}
		if err := insertSuggestion(tx, &o, a.AccountID, d.Note); err != nil {
			return err
		}
		if body != nil {
			if err := insertClaim(tx, o.ID, body.ID); err != nil {
				return err
			}
		}
		db.Keep(tx, k, o.ID, "/clinics")
		return moderation.Suggest(tx, "clinic", o.ID, a.AccountID)
	})
	return o, err
}

// count takes one deed out of a's bucket, unless it was done before: that is
// not refused for coming too often, but answered again.
func (s *Service) count(ctx context.Context, name string, a access.Actor, rate httpd.Rate, k db.Key) (*db.Kept, error) {
	done, err := db.Done(s.db.Read(ctx), k)
	if err != nil || done != nil {
		return done, err
	}
	return nil, s.limits.Take(ctx, name, "a"+strconv.FormatInt(a.AccountID, 10), rate)
}

// clinicSuggestion is a suggested clinic at the moderation desk.
type clinicSuggestion struct{ s *Service }

// Kind is the kind of thing the desk knows it by.
func (clinicSuggestion) Kind() string { return "clinic" }

// About shows the moderators what was suggested.
func (x clinicSuggestion) About(ctx context.Context, id int64) (moderation.Item, error) {
	r, err := findSuggestion(x.s.db.Read(ctx), id)
	if err != nil {
		return moderation.Item{}, err
	}
	it := moderation.Item{Title: r.Name, State: r.State, AuthorAccountID: r.SuggestedBy, OrganisationID: id}
	var parts []string
	country, _ := x.s.Destination(r.Country)
	for _, p := range []string{r.City + ", " + country.Name("en"), r.Website, r.Bodies, r.Suggestion} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	it.Excerpt = oneLine(strings.Join(parts, " · "))
	if r.State == Listed {
		it.Path = r.Path()
	}
	return it, nil
}

// PublicID is what everybody calls a clinic: its slug.
func (x clinicSuggestion) PublicID(q *db.Tx, id int64) (string, error) {
	o, err := findOrganisation(q, id)
	return o.Slug, err
}

// Approve lists the clinic.
func (x clinicSuggestion) Approve(tx *db.Tx, id int64) error {
	if err := setState(tx, id, Listed); err != nil {
		return err
	}
	if err := x.s.named(tx, id); err != nil {
		return err
	}
	return search.Put(tx, search.Clinic, id)
}

// Refuse keeps the clinic from being listed; the desk tells the suggester why.
func (x clinicSuggestion) Refuse(tx *db.Tx, id int64, _ string) error {
	return setState(tx, id, Refused)
}
