package moderation

import (
	"context"

	"caravan/internal/access"
	"caravan/internal/errs"
	"caravan/internal/text"
)

// sift refuses words that say how to reach somebody or who their writer is.
// What is written to moderators and by them is read by few, so what only might
// give somebody away passes: a report has to be able to name things. The
// numbers of the organisation's country are telephone numbers; 0 is none.
func (s *Service) sift(ctx context.Context, a access.Actor, organisationID int64, field, words string) error {
	if words == "" {
		return nil
	}
	c := text.LeakContext{OwnNames: a.OwnNames, Verified: a.Trust >= 2 || a.Moderator || a.Admin}
	if organisationID != 0 {
		country, err := findCountry(s.db.Read(ctx), organisationID)
		if err != nil {
			return err
		}
		c.Countries = []string{country}
	}
	return text.CheckLeaks(field, words, c, true)
}

// about is whom a thing is about, 0 if that is nobody or the thing is gone.
func (s *Service) about(ctx context.Context, kind string, id int64) (organisationID int64, err error) {
	it, err := s.item(ctx, Case{Kind: kind, Ref: id})
	if errs.Is(err, errs.NotFound) {
		err = nil
	}
	return it.OrganisationID, err
}
