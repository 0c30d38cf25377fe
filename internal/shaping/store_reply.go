package shaping

import (
	"time"

	"gorm.io/gorm/clause"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// PromiseReply is what a provider says to a promise of which patients say that
// it was not kept.
type PromiseReply struct {
	ID              int64
	CommitmentID    int64
	ItemID          int64
	AuthorAccountID int64
	AuthorRole      string
	Body            string
	Lang            string
	State           string // held, shown, refused, hidden
	HiddenWhy       string // key of the reason's sentence
	CreatedAt       time.Time
	PublishedAt     *time.Time // when it was first shown
}

// TableName is the table of replies.
func (PromiseReply) TableName() string { return "package_verdict_replies" }

var errNoReply = errs.New(errs.NotFound, "shaping.no_reply")

func insertReply(tx *db.Tx, r *PromiseReply) error {
	return db.Wrap("shaping: store reply", tx.Gorm().Create(r).Error)
}

func findReply(q *db.Tx, id int64) (r PromiseReply, err error) {
	return r, oneReply(q.Gorm().Where("id = ?", id).Take(&r).Error)
}

func lockReply(tx *db.Tx, id int64) (r PromiseReply, err error) {
	return r, oneReply(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&r).Error)
}

func oneReply(err error) error {
	if db.Missing(err) {
		return errNoReply
	}
	return db.Wrap("shaping: find reply", err)
}

func setReplyState(tx *db.Tx, r PromiseReply) error {
	err := tx.Gorm().Exec(`UPDATE package_verdict_replies SET state = ?, hidden_why = ?, published_at = ? WHERE id = ?`, r.State, r.HiddenWhy, r.PublishedAt, r.ID).Error
	return db.Wrap("shaping: set state of reply", err)
}

// replyOn is what a reply stands beside.
type replyOn struct{ VersionID, ItemID int64 }

// ReplyView is a public reply of the provider, or the note in its place.
type ReplyView struct {
	ID        int64
	Body      string // empty where hidden
	Lang      string
	HiddenWhy string // key of the sentence; empty where shown
	On        time.Time
}

// listReplies are the public replies of a package, oldest first.
func listReplies(q *db.Tx, packageID int64) (map[replyOn][]ReplyView, error) {
	var rows []struct {
		PromiseReply
		VersionID int64
	}
	err := q.Gorm().Raw(`
		SELECT r.*, c.version_id FROM package_verdict_replies r JOIN package_commitments c ON c.id = r.commitment_id
		WHERE c.package_id = ? AND r.published_at IS NOT NULL AND r.state IN ('shown', 'hidden') ORDER BY r.id`, packageID).Scan(&rows).Error
	all := map[replyOn][]ReplyView{}
	for _, r := range rows {
		v := ReplyView{ID: r.ID, Lang: r.Lang, On: *r.PublishedAt}
		if r.State == replyShown {
			v.Body = r.Body
		} else {
			v.HiddenWhy = r.HiddenWhy
		}
		on := replyOn{r.VersionID, r.ItemID}
		all[on] = append(all[on], v)
	}
	return all, db.Wrap("shaping: list replies", err)
}

// listOwnReplies are all replies under an organisation's commitments that are
// not public, newest first: for its own people.
func listOwnReplies(q *db.Tx, organisationID int64) (rows []PromiseReply, err error) {
	err = q.Gorm().Raw(`
		SELECT r.* FROM package_verdict_replies r JOIN package_commitments c ON c.id = r.commitment_id
		WHERE c.organisation_id = ? AND r.state IN ('held', 'refused') ORDER BY r.id DESC LIMIT 20`, organisationID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list own replies", err)
}

// listDisappointed are the journeys that did not get a promise in full, to be
// told that the provider replied.
func listDisappointed(q *db.Tx, commitmentID, itemID int64) (rows []dueJourney, err error) {
	err = q.Gorm().Raw(`
		SELECT j.id AS journey_id, j.account_id, j.public_id::text AS public_id FROM package_journeys j
		JOIN package_verdicts v ON v.journey_id = j.id AND v.item_id = ? AND v.verdict IN ('worse', 'not_delivered')
		JOIN accounts a ON a.id = j.account_id AND a.closed_at IS NULL
		WHERE j.commitment_id = ? ORDER BY j.account_id`, itemID, commitmentID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list who was disappointed", err)
}

// commitmentOf finds the commitment of a provider's package under which an item
// stands, the newest first.
func commitmentsOf(q *db.Tx, organisationID int64) (all []Commitment, err error) {
	err = q.Gorm().Where("organisation_id = ?", organisationID).Order("id DESC").Find(&all).Error
	return all, db.Wrap("shaping: list commitments", err)
}

// itemByID returns an item.
func itemByID(q *db.Tx, id int64) (it Item, err error) {
	err = q.Gorm().Where("id = ?", id).Take(&it).Error
	if db.Missing(err) {
		return it, errs.New(errs.NotFound, "shaping.item_gone")
	}
	return it, db.Wrap("shaping: find item", err)
}
