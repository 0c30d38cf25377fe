package shaping

import "caravan/internal/db"

// forgetPerson removes what speaks of one person alone. A draft of a package
// becomes an empty one that was withdrawn: packages are never removed.
func forgetPerson(tx *db.Tx, accountID, personID int64) error {
	for _, x := range []struct {
		sql  string
		args []any
	}{
		{`DELETE FROM package_interests WHERE person_id = ? OR account_id = ?`, []any{personID, accountID}},
		{`DELETE FROM package_declarations WHERE person_id = ?`, []any{personID}},
		{`UPDATE package_signatories SET until = ? WHERE person_id = ? AND until IS NULL`, []any{tx.Now, personID}},
		{`UPDATE packages SET state = ?, draft = NULL, title = '', summary = '', summary_html = '', stay_answers = '{}', closed_at = ?, version = version + 1
			WHERE author_account_id = ? AND state = ?`, []any{Withdrawn, tx.Now, accountID, Draft}},
	} {
		if err := tx.Gorm().Exec(x.sql, x.args...).Error; err != nil {
			return db.Wrap("shaping: forget person", err)
		}
	}
	return nil
}

// replaceReasons puts a sentence in place of the reasons of a person's wishes in
// a language, or in every one.
func replaceReasons(tx *db.Tx, personID int64, lang string, every bool, sentence string) error {
	err := tx.Gorm().Exec(`UPDATE amendments SET reason = ?, changed_at = ? WHERE author_person_id = ? AND (? OR lang = ?)`, sentence, tx.Now, personID, every, lang).Error
	return db.Wrap("shaping: replace reasons", err)
}
