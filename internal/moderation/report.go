package moderation

import (
	"context"
	"slices"
	"strconv"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
)

// reportRate is how many things one person may report.
var reportRate = httpd.Rate{N: 20, Per: 24 * time.Hour}

// About returns a thing that can be reported, or NotFound.
func (s *Service) About(ctx context.Context, kind string, id int64) (Item, error) {
	x, ok := s.subjects[kind]
	if !ok {
		return Item{}, errs.New(errs.NotFound, "moderation.not_there")
	}
	return x.About(ctx, id)
}

// Report puts a thing before the moderators. A person reports a thing once:
// doing it again answers Conflict and changes nothing.
func (s *Service) Report(ctx context.Context, a access.Actor, kind string, id int64, reason, note string, k db.Key) error {
	it, note, err := s.readReport(ctx, a, kind, id, reason, note)
	if err != nil {
		return err
	}
	// What was done before is not refused for coming too often.
	if done, err := db.Done(s.db.Read(ctx), k); err != nil || done != nil {
		return err
	}
	if err := s.limits.Take(ctx, "report", "a"+strconv.FormatInt(a.AccountID, 10), reportRate); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		kept, err := db.Once(tx, k)
		if err != nil || kept != nil {
			return err
		}
		caseID, err := openCase(tx, Case{Ask: askReport, Kind: kind, Ref: id})
		if err != nil {
			return err
		}
		r := report{CaseID: caseID, Kind: kind, Ref: id, Reason: reason, Note: note, AccountID: a.AccountID, PersonID: a.PersonID,
			Settled: a.Confirmed && !a.Newcomer(tx.Now), CreatedAt: tx.Now}
		fresh, err := insertReport(tx, r)
		if err != nil {
			return err
		}
		if !fresh {
			return errs.New(errs.Conflict, "moderation.reported_already")
		}
		db.Keep(tx, k, caseID, it.Path)
		return hurry(tx, caseID, slices.Contains(dangers, reason))
	})
}

// readReport finds what a report is about, and cleans its note, if a may make it.
func (s *Service) readReport(ctx context.Context, a access.Actor, kind string, id int64, reason, note string) (it Item, clean string, err error) {
	if it, err = s.About(ctx, kind, id); err != nil {
		return it, "", err
	}
	wrote, err := s.wrote(ctx, a, kind, id, it)
	if err != nil {
		return it, "", err
	}
	if err := canReport(it, wrote); err != nil {
		return it, "", err
	}
	if clean, err = cleanReport(reason, note); err != nil {
		return it, "", err
	}
	return it, clean, s.sift(ctx, a, it.OrganisationID, "note", clean)
}

// Suggest puts something new before the moderators, in the transaction that
// makes it. They see it once the e-mail address of who suggested it is
// confirmed; account 0, of a Secretive kind, they see at once.
func Suggest(tx *db.Tx, kind string, id, byAccountID int64) error {
	var by *int64
	if byAccountID != 0 {
		by = &byAccountID
	}
	_, err := openCase(tx, Case{Ask: askSuggestion, Kind: kind, Ref: id, OpenedBy: by})
	return err
}

// TakeBack removes what Suggest put before the moderators, because its author
// took it back before anybody decided.
func TakeBack(tx *db.Tx, kind string, id int64) error { return closeSuggestion(tx, kind, id) }

// resolve returns the id that an address names: the row's, or what the kind
// says if its addresses name another.
func (s *Service) resolve(ctx context.Context, kind, name string) (int64, error) {
	if x, ok := side[Addressed](s, kind); ok {
		return x.ByPublicID(ctx, name)
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return 0, errs.New(errs.NotFound, "common.not_found")
	}
	return id, nil
}
