package shaping

import (
	"time"

	"gorm.io/gorm/clause"

	"caravan/internal/db"
	"caravan/internal/errs"
)

var errNoPackage = errs.New(errs.NotFound, "shaping.not_found")

// Taken is a step that a package took: shown on its page, kept for good.
type Taken struct {
	ID        int64
	PackageID int64
	Event     Event
	FromState State
	ToState   State
	Round     int
	Why       string // the reason, in the words of who took it; may be empty
	At        time.Time
}

// TableName is the table of steps.
func (Taken) TableName() string { return "package_steps" }

// load returns a package by its slug, whatever its state.
func load(q *db.Tx, slug string) (p Package, err error) {
	return p, onePackage(q.Gorm().Where("slug = ?", slug).Take(&p).Error)
}

// loadByID returns a package by its id.
func loadByID(q *db.Tx, id int64) (p Package, err error) {
	return p, onePackage(q.Gorm().Where("id = ?", id).Take(&p).Error)
}

// lock holds a package for a step: FOR UPDATE, so that of two steps at one
// moment the second sees what the first did.
func lock(tx *db.Tx, id int64) (p Package, err error) {
	return p, onePackage(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&p).Error)
}

// lockBySlug is lock by the package's address.
func lockBySlug(tx *db.Tx, slug string) (p Package, err error) {
	return p, onePackage(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("slug = ?", slug).Take(&p).Error)
}

// hold keeps a package in its state while something is written that belongs to
// the state: steps wait, others who write do not.
func hold(tx *db.Tx, slug string) (p Package, err error) {
	return p, onePackage(tx.Gorm().Clauses(clause.Locking{Strength: "SHARE"}).Where("slug = ?", slug).Take(&p).Error)
}

func onePackage(err error) error {
	if db.Missing(err) {
		return errNoPackage
	}
	return db.Wrap("shaping: find package", err)
}

// insertPackage stores a new package and sets its id.
func insertPackage(tx *db.Tx, p *Package) error {
	p.fill()
	return db.Wrap("shaping: insert package", tx.Gorm().Create(p).Error)
}

// fill makes what is empty storable: an empty list is not no list.
func (p *Package) fill() {
	if p.Steps == nil {
		p.Steps = []Step{}
	}
	if p.StayAnswers == nil {
		p.StayAnswers = map[string]string{}
	}
	if p.OwnChanges == nil {
		p.OwnChanges = []OwnChange{}
	}
	if p.State == Draft && p.Draft == nil {
		p.Draft = []Line{}
	}
}

// savePackage stores a package that was read under a lock, with all its fields,
// and raises its version. Whoever read an older one gets Conflict.
func savePackage(tx *db.Tx, p *Package) error {
	p.fill()
	was := p.Version
	p.Version++
	r := tx.Gorm().Model(p).Select("*").Omit("id", "created_at").Where("version = ?", was).Updates(p)
	if r.Error != nil {
		return db.Wrap("shaping: save package", r.Error)
	}
	if r.RowsAffected == 0 {
		return errs.New(errs.Conflict, "shaping.changed_meanwhile")
	}
	return nil
}

// slugTaken reports whether an address is in use by another package.
func slugTaken(q *db.Tx, slug string, except int64) (taken bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT 1 FROM packages WHERE slug = ? AND id <> ?)`, slug, except).Scan(&taken).Error
	return taken, db.Wrap("shaping: find slug", err)
}

// insertTaken keeps a step.
func insertTaken(tx *db.Tx, t Taken) error {
	return db.Wrap("shaping: insert step", tx.Gorm().Create(&t).Error)
}

// taken returns all steps of a package, oldest first.
func taken(q *db.Tx, packageID int64) (all []Taken, err error) {
	err = q.Gorm().Where("package_id = ?", packageID).Order("id").Find(&all).Error
	return all, db.Wrap("shaping: list steps", err)
}

// listDue returns the ids of packages for which a moment has come: the end of a
// phase or of a call's life. The clock looks at each of them under its lock.
func listDue(q *db.Tx, after int64, most int) (ids []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT id FROM packages
		WHERE id > ? AND state <> 'suspended' AND (ends_at <= ? OR expires_at <= ? AND state = 'call')
		ORDER BY id LIMIT ?`, after, q.Now, q.Now, most).Scan(&ids).Error
	return ids, db.Wrap("shaping: list due packages", err)
}

// listAudience returns the accounts of everybody who voted on a package or would
// take it, and of who set it up.
func listAudience(q *db.Tx, p Package) (accounts []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT DISTINCT a.id FROM accounts a
		WHERE a.closed_at IS NULL AND (a.id = ?
			OR a.id IN (SELECT account_id FROM package_votes WHERE package_id = ?)
			OR a.id IN (SELECT account_id FROM package_interests WHERE package_id = ? AND state IN ('active', 'carried', 'needs_confirm')))
		ORDER BY a.id`, p.AuthorAccountID, p.ID, p.ID).Scan(&accounts).Error
	return accounts, db.Wrap("shaping: list audience", err)
}

// listNames returns where a provider is, and the names of it and of the doctors
// that its page names: they may be said.
func listNames(q *db.Tx, organisationID int64) (countries, names []string, err error) {
	var rows []struct{ Country, Name string }
	err = q.Gorm().Raw(`
		SELECT country, name FROM organisations WHERE id = ?
		UNION ALL SELECT '', name FROM clinicians WHERE organisation_id = ? AND left_at IS NULL`, organisationID, organisationID).Scan(&rows).Error
	for _, r := range rows {
		if names = append(names, r.Name); r.Country != "" {
			countries = append(countries, r.Country)
		}
	}
	return countries, names, db.Wrap("shaping: list names", err)
}

// listStaff returns the accounts of who works for an organisation now.
func listStaff(q *db.Tx, organisationID int64) (accounts []int64, err error) {
	err = q.Gorm().Raw(`
		SELECT DISTINCT a.id FROM affiliations f JOIN accounts a ON a.person_id = f.person_id AND a.closed_at IS NULL
		WHERE f.organisation_id = ? AND f.kind IN ('owner', 'staff', 'contractor') AND f.source IN ('roster', 'adjudicated')
		  AND f.valid_from <= ? AND (f.valid_to IS NULL OR f.valid_to > ?)
		ORDER BY a.id`, organisationID, q.Now, q.Now).Scan(&accounts).Error
	return accounts, db.Wrap("shaping: list staff", err)
}

// licensedClinic reports whether an organisation is a listed clinic whose licence
// was looked up and is valid.
func licensedClinic(q *db.Tx, organisationID int64) (yes bool, err error) {
	err = q.Gorm().Raw(`SELECT kind = 'clinic' AND state = 'listed' AND coalesce(licence_valid, false) FROM organisations WHERE id = ?`, organisationID).Scan(&yes).Error
	return yes, db.Wrap("shaping: find licence", err)
}

// answersAlready reports whether an organisation has an answer to a call that was
// not withdrawn.
func answersAlready(q *db.Tx, callID, organisationID int64) (yes bool, err error) {
	err = q.Gorm().Raw(`SELECT EXISTS (SELECT 1 FROM packages WHERE answers_call_id = ? AND organisation_id = ? AND state <> 'withdrawn')`, callID, organisationID).Scan(&yes).Error
	return yes, db.Wrap("shaping: find answer to call", err)
}

// countAdopters counts the providers whose published packages answer a call.
func countAdopters(q *db.Tx, callID int64) (n int, err error) {
	err = q.Gorm().Raw(`SELECT count(DISTINCT organisation_id) FROM packages WHERE answers_call_id = ? AND published_at IS NOT NULL AND state <> 'withdrawn'`, callID).Scan(&n).Error
	return n, db.Wrap("shaping: count adopters", err)
}
