package shaping

import (
	"time"

	"gorm.io/gorm/clause"

	"caravan/internal/db"
	"caravan/internal/errs"
)

var errNoWish = errs.New(errs.NotFound, "shaping.no_wish")

// wishes returns all amendments of a package, oldest first, whatever their
// state. Words that a moderator took out of sight are in them: see HiddenWhy.
func wishes(q *db.Tx, packageID int64) (all []Amendment, err error) {
	err = q.Gorm().Where("package_id = ?", packageID).Order("id").Find(&all).Error
	return all, db.Wrap("shaping: list amendments", err)
}

// wishByID returns an amendment.
func wishByID(q *db.Tx, id int64) (a Amendment, err error) {
	return a, oneWish(q.Gorm().Where("id = ?", id).Take(&a).Error)
}

// lockWish holds an amendment for a change, with its package, which is locked
// first: everybody takes the two in this order.
func lockWish(tx *db.Tx, id int64) (p Package, a Amendment, err error) {
	if a, err = wishByID(tx, id); err != nil {
		return p, a, err
	}
	if p, err = lock(tx, a.PackageID); err != nil {
		return p, a, err
	}
	return p, a, oneWish(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&a).Error)
}

func oneWish(err error) error {
	if db.Missing(err) {
		return errNoWish
	}
	return db.Wrap("shaping: find amendment", err)
}

// insertWish stores an amendment and sets its id. The same wish twice, of two
// people at one moment, is Conflict: see db.Duplicate.
func insertWish(tx *db.Tx, a *Amendment) error {
	return db.Wrap("shaping: insert amendment", tx.Gorm().Create(a).Error)
}

// saveWish stores what a step changed of an amendment. That a rival was granted
// meanwhile is refused by the database.
func saveWish(tx *db.Tx, a Amendment) error {
	err := tx.Gorm().Model(&a).Select("base_version_id", "seen_version_id", "item_id", "new_value", "new_hash", "settled_value", "state", "partly",
		"text_adapted", "round", "obsoleted_by_id", "hidden_why", "due_round", "due_why", "changed_at").Updates(&a).Error
	if db.Duplicate(err) {
		return errs.New(errs.Conflict, "shaping.rival_accepted")
	}
	return db.Wrap("shaping: save amendment", err)
}

// graceBegan is the latest moment since which a wish that needs a rebase has had
// the days that are its author's.
func graceBegan(q *db.Tx) time.Time { return q.Now.AddDate(0, 0, -RebaseDays) }

// partlyOver returns a package's amendments that came true in part and whose
// authors' days have passed.
func partlyOver(q *db.Tx, packageID int64) (all []Amendment, err error) {
	err = q.Gorm().Where("package_id = ? AND state = 'needs_rebase' AND partly AND changed_at <= ?", packageID, graceBegan(q)).Order("id").Find(&all).Error
	return all, db.Wrap("shaping: list wishes that came true in part", err)
}

// listPartly returns the ids of packages with such amendments.
func listPartly(q *db.Tx, after int64, most int) (ids []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT p.id FROM packages p
		WHERE p.id > ? AND p.state IN ('call', 'shaping', 'answering') AND EXISTS (
			SELECT 1 FROM amendments a WHERE a.package_id = p.id AND a.state = 'needs_rebase' AND a.partly AND a.changed_at <= ?)
		ORDER BY p.id LIMIT ?`, after, graceBegan(q), most).Scan(&ids).Error
	return ids, db.Wrap("shaping: list packages with wishes that came true in part", err)
}

// isSupporter reports whether a person wants an amendment and is counted, or was
// until its item changed.
func isSupporter(q *db.Tx, amendmentID, personID int64) (yes bool, err error) {
	err = q.Gorm().Raw(`
		SELECT EXISTS (SELECT 1 FROM package_standings
		WHERE subject = 'amendment' AND subject_id = ? AND person_id = ? AND choice = 1 AND status IN ('counted', 'stale_version'))`, amendmentID, personID).Scan(&yes).Error
	return yes, db.Wrap("shaping: find supporter", err)
}

// bundle makes the first of some amendments of one bundle name it as the others
// do.
func bundle(tx *db.Tx, first int64) error {
	err := tx.Gorm().Exec(`UPDATE amendments SET bundle_id = id WHERE id = ?`, first).Error
	return db.Wrap("shaping: bundle amendments", err)
}

// bundleOf returns the amendments that belong together with one, itself among
// them, by id.
func bundleOf(q *db.Tx, a Amendment) (all []Amendment, err error) {
	if a.BundleID == nil {
		return []Amendment{a}, nil
	}
	err = q.Gorm().Where("package_id = ? AND bundle_id = ?", a.PackageID, *a.BundleID).Order("id").Find(&all).Error
	return all, db.Wrap("shaping: list bundle", err)
}

// outdate notes which amendment stands for another one now.
func outdate(tx *db.Tx, id, by int64) error {
	err := tx.Gorm().Exec(`UPDATE amendments SET obsoleted_by_id = ? WHERE id = ?`, by, id).Error
	return db.Wrap("shaping: outdate amendment", err)
}

// listWishers returns the accounts of an amendment's author and of its counted
// supporters.
func listWishers(q *db.Tx, a Amendment) (accounts []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT DISTINCT c.id FROM accounts c
		WHERE c.closed_at IS NULL AND (c.id = ? OR c.id IN (
			SELECT v.account_id FROM package_votes v JOIN package_standings s USING (subject, subject_id, person_id)
			WHERE v.subject = 'amendment' AND v.subject_id = ? AND v.package_id = ? AND s.choice = 1))
		ORDER BY c.id`, a.AuthorAccountID, a.ID, a.PackageID).Scan(&accounts).Error
	return accounts, db.Wrap("shaping: list wishers", err)
}

// wishMean is the share of want among the votes that took a side on amendments of
// packages for a procedure; 0 where there are none.
func wishMean(q *db.Tx, procedureID int64) (mean float64, err error) {
	err = q.Gorm().Raw(`
		SELECT coalesce(sum(t.want)::float8 / nullif(sum(t.want + t.against), 0), 0)
		FROM package_tallies t JOIN packages p ON p.id = t.package_id
		WHERE p.procedure_id = ? AND t.subject = 'amendment'`, procedureID).Scan(&mean).Error
	return mean, db.Wrap("shaping: find mean", err)
}
