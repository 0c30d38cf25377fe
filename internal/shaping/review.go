package shaping

import (
	"context"

	"caravan/internal/db"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/wording"
)

// Votes under review wait at the moderation desk, those of a package together.
// Two moderators decide: one proposes that they count or are void, with a note
// that everybody reads on the package, another one confirms or rejects it.

// Review is what two moderators decided about votes under review.
type Review struct {
	Counted bool   // or voided
	Reason  string // of moderation.VoteReasons
	Note    string // in the words of a moderator
	Votes   int
}

// voteDesk are the votes under review of a package, at the desk.
type voteDesk struct{ s *Service }

var _ moderation.Weighed = voteDesk{}

// Kind is what the desk knows them by.
func (voteDesk) Kind() string { return moderation.Votes }

// PublicID is what everybody calls the package: its slug.
func (x voteDesk) PublicID(q *db.Tx, id int64) (string, error) {
	return packageSubject(x).PublicID(q, id)
}

// About says of a package how many of its votes are under review.
func (x voteDesk) About(ctx context.Context, id int64) (moderation.Item, error) {
	q := x.s.db.Read(ctx)
	p, err := loadByID(q, id)
	if err != nil {
		return moderation.Item{}, err
	}
	sums, err := tallies(q, id)
	n := 0
	for _, of := range sums {
		for _, strata := range of {
			n += Sum(strata).Others[Quarantined]
		}
	}
	return moderation.Item{Title: p.Title, Excerpt: wording.Text(p.Lang, "shaping.review_waits", "count", n), Path: pathOf(p.Slug),
		State: "review", OrganisationID: providerOf(p)}, err
}

// Approve counts them.
func (x voteDesk) Approve(tx *db.Tx, id int64) error {
	return x.Settle(tx, id, true, moderation.VotesGenuine, "")
}

// Refuse voids them.
func (x voteDesk) Refuse(tx *db.Tx, id int64, why string) error {
	return x.Settle(tx, id, false, why, "")
}

// Settle counts or voids all votes of a package that are under review, whatever
// they are about, and tells their people.
func (x voteDesk) Settle(tx *db.Tx, id int64, counts bool, reason, note string) error {
	persons, err := listReviewed(tx, id)
	if err != nil || len(persons) == 0 {
		return err
	}
	ids, _, err := holdVoters(tx, persons)
	if err != nil {
		return err
	}
	known, rows, err := votersNow(tx, ids)
	if err != nil {
		return err
	}
	var old, now []Standing
	affected := map[int64]bool{}
	for _, r := range rows {
		if r.PackageID != id || r.Status != Quarantined {
			continue
		}
		v := r.Standing
		v.Status = VoidFraud
		if counts {
			v.Status = Counted
		}
		v.Status = statusNow(v, known[v.PersonID], r.OrganisationID, r.Author, tx.Now)
		old, now = append(old, r.Standing), append(now, v)
		if !counts || v.Status == Counted { // who has a tie was told of that
			affected[v.PersonID] = true
		}
	}
	if len(now) == 0 {
		return nil
	}
	if err := changeStandings(tx, old, now); err != nil {
		return err
	}
	if counts {
		if err := clearPeople(tx, id, persons); err != nil {
			return err
		}
	}
	if err := insertReview(tx, id, Review{counts, reason, note, len(now)}); err != nil {
		return err
	}
	return x.tell(tx, id, sortedKeys(affected), counts)
}

// tell tells people what became of their votes, and those whose votes are void
// where to say that it is not so.
func (x voteDesk) tell(tx *db.Tx, id int64, persons []int64, counts bool) error {
	p, err := loadByID(tx, id)
	if err != nil {
		return err
	}
	accounts, err := listAccountsOfAll(tx, persons)
	if err != nil {
		return err
	}
	n := notify.Notice{Kind: "package_votes_void", Ref: id, Path: "/contact", Args: map[string]string{"title": p.Title}}
	if counts {
		n.Kind, n.Path = "package_votes_count", pathOf(p.Slug)
	}
	for _, account := range accounts {
		n.AccountID = account
		if err := x.s.notify.Tell(tx, n); err != nil {
			return err
		}
	}
	return nil
}

// askReview puts votes that are under review from now on before the moderators.
func askReview(tx *db.Tx, cast []*balloting) error {
	asked := map[int64]bool{}
	for _, v := range cast {
		was := v.asked.Old != nil && v.asked.Old.Status == Quarantined
		if v.out.Status != Quarantined || was || asked[v.PackageID] {
			continue
		}
		asked[v.PackageID] = true
	}
	for _, id := range sortedKeys(asked) {
		if err := moderation.Suggest(tx, moderation.Votes, id, 0); err != nil {
			return err
		}
	}
	return nil
}

// reviewLines say in a language what was decided about votes of a package.
func reviewLines(lang string, all []Review) (lines []string) {
	for _, r := range all {
		key := "shaping.review_voided"
		if r.Counted {
			key = "shaping.review_counted"
		}
		line := wording.Text(lang, key, "count", r.Votes) + " " + wording.Text(lang, moderation.ReasonKey(r.Reason))
		if r.Note != "" {
			line += " " + r.Note
		}
		lines = append(lines, line)
	}
	return lines
}
