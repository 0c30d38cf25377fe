package departure

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"caravan/internal/db"
)

// TableName is the table of exports.
func (Export) TableName() string { return "exports" }

// TableName is the table of departures.
func (Departure) TableName() string { return "departures" }

const exportColumns = "id, account_id, person_id, lang, public_key, done, total, asked_at, ready_at"

func one[T any](q *gorm.DB, what string) (row T, there bool, err error) {
	err = q.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, false, nil
	}
	return row, err == nil, db.Wrap("departure: "+what, err)
}

// lockLastExport also lets one request of an account go before another.
func lockLastExport(tx *db.Tx, accountID int64) (Export, bool, error) {
	if err := tx.Gorm().Exec(`SELECT FROM accounts WHERE id = ? FOR NO KEY UPDATE`, accountID).Error; err != nil {
		return Export{}, false, db.Wrap("departure: lock account", err)
	}
	return findLastExport(tx, accountID)
}

func findLastExport(q *db.Tx, accountID int64) (Export, bool, error) {
	return one[Export](q.Gorm().Select(exportColumns).Where("account_id = ?", accountID).Order("asked_at DESC"), "find export")
}

func insertExport(tx *db.Tx, e Export) error {
	err := tx.Gorm().Exec(`INSERT INTO exports (account_id, person_id, lang, public_key, total, asked_at) VALUES (?, ?, ?, ?, ?, ?)`,
		e.AccountID, e.PersonID, e.Lang, e.PublicKey, e.Total, tx.Now).Error
	return db.Wrap("departure: insert export", err)
}

func removeExports(tx *db.Tx, accountID int64) error {
	return db.Wrap("departure: remove exports", tx.Gorm().Exec(`DELETE FROM exports WHERE account_id = ?`, accountID).Error)
}

func removeOldExports(tx *db.Tx, before time.Time) error {
	return db.Wrap("departure: remove old exports", tx.Gorm().Exec(`DELETE FROM exports WHERE asked_at < ?`, before).Error)
}

// claimExport takes an export that waits. What another node is making it leaves
// alone for a while.
func claimExport(ctx context.Context, d *db.DB) (e Export, there bool, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		e, there = Export{}, false
		var rows []Export
		err := tx.Gorm().Raw(`UPDATE exports SET begun_at = ?, done = 0 WHERE id = (
			SELECT id FROM exports WHERE sealed IS NULL AND (begun_at IS NULL OR begun_at < ?) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING `+exportColumns, tx.Now, tx.Now.Add(-claimed)).Scan(&rows).Error
		if err == nil && len(rows) == 1 {
			e, there = rows[0], true
		}
		return db.Wrap("departure: claim export", err)
	})
	return e, there, err
}

func setExportDone(tx *db.Tx, id int64, done int) error {
	return db.Wrap("departure: set progress", tx.Gorm().Exec(`UPDATE exports SET done = ? WHERE id = ?`, done, id).Error)
}

func finishExport(tx *db.Tx, id int64, sealed []byte) error {
	return db.Wrap("departure: finish export", tx.Gorm().Exec(`UPDATE exports SET sealed = ?, ready_at = ?, done = total WHERE id = ?`, sealed, tx.Now, id).Error)
}

func readSealed(q *db.Tx, id int64) (sealed []byte, err error) {
	err = q.Gorm().Raw(`SELECT sealed FROM exports WHERE id = ?`, id).Row().Scan(&sealed)
	return sealed, db.Wrap("departure: read export", err)
}

// readBelongings reads what one table holds of somebody.
func readBelongings(q *db.Tx, x belonging, accountID, personID int64) (rows []map[string]any, err error) {
	var found []string
	err = q.Gorm().Raw(`SELECT to_jsonb(x)::text FROM (`+x.SQL+`) x`, map[string]any{"account": accountID, "person": personID}).Scan(&found).Error
	if err != nil {
		return nil, db.Wrap("departure: read "+x.Name, err)
	}
	for _, s := range found {
		var row map[string]any
		if err := json.Unmarshal([]byte(s), &row); err != nil {
			return nil, db.Wrap("departure: read "+x.Name, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func insertDeparture(tx *db.Tx, d Departure) error {
	err := tx.Gorm().Exec(`INSERT INTO departures AS d (account_id, texts, asked_at, due_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET texts = excluded.texts WHERE d.done_on IS NULL`, d.AccountID, d.Texts, d.AskedAt, d.DueAt).Error
	return db.Wrap("departure: insert", err)
}

func removeDeparture(tx *db.Tx, accountID int64) (bool, error) {
	res := tx.Gorm().Exec(`DELETE FROM departures WHERE account_id = ? AND done_on IS NULL`, accountID)
	return res.RowsAffected == 1, db.Wrap("departure: remove", res.Error)
}

func findDeparture(q *db.Tx, accountID int64) (Departure, bool, error) {
	return one[Departure](q.Gorm().Where("account_id = ?", accountID), "find")
}

func findDue(q *db.Tx, now time.Time) (Departure, bool, error) {
	return one[Departure](q.Gorm().Where("due_at <= ? AND done_on IS NULL", now).Order("due_at"), "find due")
}

func lockDeparture(tx *db.Tx, accountID int64) (d Departure, there bool, err error) {
	var rows []Departure
	err = tx.Gorm().Raw(`SELECT * FROM departures WHERE account_id = ? AND due_at <= ? FOR UPDATE`, accountID, tx.Now).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return d, false, db.Wrap("departure: lock", err)
	}
	return rows[0], true, nil
}

func finishDeparture(tx *db.Tx, accountID int64) error {
	return db.Wrap("departure: finish", tx.Gorm().Exec(`UPDATE departures SET done_on = ? WHERE account_id = ?`, tx.Now, accountID).Error)
}

// announceAgain makes somebody leave at once, if the account is there and was not
// closed.
func announceAgain(tx *db.Tx, d Departure) (back bool, err error) {
	res := tx.Gorm().Exec(`INSERT INTO departures AS d (account_id, texts, asked_at, due_at) SELECT id, ?, ?, ? FROM accounts WHERE id = ? AND closed_at IS NULL
		ON CONFLICT (account_id) DO UPDATE SET texts = excluded.texts, due_at = excluded.due_at, done_on = NULL`, d.Texts, tx.Now, tx.Now, d.AccountID)
	return res.RowsAffected == 1, db.Wrap("departure: announce again", res.Error)
}

func personOf(tx *db.Tx, accountID int64) (id int64, err error) {
	err = tx.Gorm().Raw(`SELECT person_id FROM accounts WHERE id = ? FOR UPDATE`, accountID).Scan(&id).Error
	return id, db.Wrap("departure: find person", err)
}

// emptyRecords empties what the site may otherwise only add to.
func emptyRecords(tx *db.Tx, d Departure) error {
	return db.Wrap("departure: empty records", tx.Gorm().Exec(`SELECT depart(?, ?)`, d.AccountID, d.Texts).Error)
}
