package shaping

import (
	"caravan/internal/db"
	"caravan/internal/errs"
)

var errNoVersion = errs.New(errs.NotFound, "shaping.no_version")

// versions returns all versions of a package, oldest first.
func versions(q *db.Tx, packageID int64) (all []Version, err error) {
	err = q.Gorm().Where("package_id = ?", packageID).Order("number").Find(&all).Error
	return all, db.Wrap("shaping: list versions", err)
}

// version returns a version of a package by its number.
func version(q *db.Tx, packageID int64, number int) (v Version, err error) {
	return v, oneVersion(q.Gorm().Where("package_id = ? AND number = ?", packageID, number).Take(&v).Error)
}

// versionByID returns a version.
func versionByID(q *db.Tx, id int64) (v Version, err error) {
	return v, oneVersion(q.Gorm().Where("id = ?", id).Take(&v).Error)
}

func oneVersion(err error) error {
	if db.Missing(err) {
		return errNoVersion
	}
	return db.Wrap("shaping: find version", err)
}

// line is a value of a version beside its item, as one row.
type line struct {
	Item
	VersionID         int64
	Value             Value
	OriginAmendmentID *int64
	ProviderReason    string
}

const lineSQL = `
	SELECT i.*, v.version_id, v.value, v.origin_amendment_id, v.provider_reason
	FROM package_version_items v JOIN package_items i ON i.id = v.item_id `

// content returns what a version says, its items with their ids.
func content(q *db.Tx, versionID int64) (Content, error) {
	var rows []line
	if err := q.Gorm().Raw(lineSQL+`WHERE v.version_id = ?`, versionID).Scan(&rows).Error; err != nil {
		return nil, db.Wrap("shaping: read content", err)
	}
	return contentsOf(rows)[versionID], nil
}

// contents returns what each version of a package says, by the version's id.
func contents(q *db.Tx, packageID int64) (map[int64]Content, error) {
	var rows []line
	if err := q.Gorm().Raw(lineSQL+`WHERE i.package_id = ?`, packageID).Scan(&rows).Error; err != nil {
		return nil, db.Wrap("shaping: read contents", err)
	}
	return contentsOf(rows), nil
}

func contentsOf(rows []line) map[int64]Content {
	lines := map[int64][]Line{}
	for _, r := range rows {
		l := Line{Item: r.Item, Value: r.Value, Reason: r.ProviderReason}
		if r.OriginAmendmentID != nil {
			l.AmendmentID = *r.OriginAmendmentID
		}
		lines[r.VersionID] = append(lines[r.VersionID], l)
	}
	all := map[int64]Content{}
	for id, some := range lines {
		all[id] = NewContent(some...)
	}
	return all
}

// insertVersion stores a version with what it says, sets its id and the ids of
// items that are new. A line whose item has an id is of an item that is there.
func insertVersion(tx *db.Tx, v *Version, c Content) error {
	v.ContentHash = c.Hash()
	if err := tx.Gorm().Create(v).Error; err != nil {
		return db.Wrap("shaping: insert version", err)
	}
	rows := make([]VersionItem, len(c))
	for i := range c {
		l := &c[i]
		if l.Item.ID == 0 {
			if err := placeItem(tx, v.PackageID, &l.Item); err != nil {
				return err
			}
		}
		rows[i] = VersionItem{VersionID: v.ID, ItemID: l.Item.ID, Value: l.Value, ValueHash: l.Value.Hash(), ProviderReason: l.Reason}
		if l.AmendmentID != 0 {
			rows[i].OriginAmendmentID = &l.AmendmentID
		}
	}
	return db.Wrap("shaping: insert values", tx.Gorm().CreateInBatches(rows, 200).Error)
}

// placeItem finds the item of a key in a package, which a former version may
// have taken out, or stores it.
func placeItem(tx *db.Tx, packageID int64, it *Item) error {
	it.PackageID = packageID
	var known Item
	err := tx.Gorm().Where("package_id = ? AND key = ?", packageID, it.Key).Take(&known).Error
	if err == nil {
		*it = known
		return nil
	}
	if !db.Missing(err) {
		return db.Wrap("shaping: find item", err)
	}
	return db.Wrap("shaping: insert item", tx.Gorm().Create(it).Error)
}
