package shaping

import (
	"encoding/json"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
)

// authorRow is who made a wish or an answer.
type authorRow struct {
	ID               int64
	Handle, Role     string
	Title            string
	Organisation     string
	OrganisationSlug string
	OrganisationKind string
	Gone             bool
}

func (r authorRow) author() access.Author {
	return access.Author{Handle: r.Handle, Role: r.Role, Title: r.Title, Organisation: r.Organisation, OrganisationSlug: r.OrganisationSlug, OrganisationKind: r.OrganisationKind, Gone: r.Gone}
}

// wishAuthors returns who made each wish of a package.
func wishAuthors(q *db.Tx, packageID int64) (map[int64]access.Author, error) {
	return authors(q, `
		SELECT w.id, a.handle, CASE WHEN w.author_role IN ('staff', 'doctor', 'moderator') THEN w.author_role ELSE '' END AS role, a.closed_at IS NOT NULL AS gone
		FROM amendments w JOIN accounts a ON a.id = w.author_account_id WHERE w.package_id = ?`, packageID)
}

// answerAuthors returns who wrote each answer of a package.
func answerAuthors(q *db.Tx, packageID int64) (map[int64]access.Author, error) {
	return authors(q, `
		SELECT r.id, a.handle, r.author_role AS role, a.closed_at IS NOT NULL AS gone, o.name AS organisation, o.slug AS organisation_slug, o.kind AS organisation_kind
		FROM amendment_responses r JOIN amendments w ON w.id = r.amendment_id JOIN accounts a ON a.id = r.author_account_id JOIN organisations o ON o.id = r.organisation_id
		WHERE w.package_id = ?`, packageID)
}

func authors(q *db.Tx, sql string, packageID int64) (map[int64]access.Author, error) {
	var rows []authorRow
	err := q.Gorm().Raw(sql, packageID).Scan(&rows).Error
	all := make(map[int64]access.Author, len(rows))
	for _, r := range rows {
		all[r.ID] = r.author()
	}
	return all, db.Wrap("shaping: list authors", err)
}

// deskRow is a package of a provider with what waits in it.
type deskRow struct {
	Slug, Title, Lang, Zone string
	State                   State
	Round, Number           int
	EndsAt                  *time.Time
	ValidUntil              *time.Time
	Open                    int // wishes without a decision
}

// listOfProvider returns every package of an organisation: what has a clock
// first, then the newest.
func listOfProvider(q *db.Tx, organisationID int64, most int) (rows []deskRow, err error) {
	err = q.Gorm().Raw(`
		SELECT p.slug, p.title, p.lang, p.zone, p.state, p.round, p.ends_at, coalesce(v.number, 0) AS number, k.valid_until,
			(SELECT count(*) FROM amendments a WHERE a.package_id = p.id AND a.state IN ('open', 'answered', 'deferred')) AS open
		FROM packages p
		LEFT JOIN package_versions v ON v.id = p.newest_version_id
		LEFT JOIN package_commitments k ON k.package_id = p.id AND k.state IN ('active', 'suspended')
		WHERE p.organisation_id = ? ORDER BY p.ends_at NULLS LAST, p.id DESC LIMIT ?`, organisationID, most).Scan(&rows).Error
	return rows, db.Wrap("shaping: list packages of a provider", err)
}

// listCallsFor returns the calls of patients for a treatment that an organisation
// gives, and that it has not answered yet, the newest first.
func listCallsFor(q *db.Tx, organisationID int64, most int) (rows []similarRow, err error) {
	err = q.Gorm().Raw(`
		SELECT p.slug, p.title, p.lang, p.state FROM packages p
		WHERE p.state = 'call' AND p.hidden_why = ''
		  AND EXISTS (SELECT 1 FROM organisation_procedures o WHERE o.organisation_id = ? AND o.procedure_id = p.procedure_id)
		  AND NOT EXISTS (SELECT 1 FROM packages a WHERE a.answers_call_id = p.id AND a.organisation_id = ?)
		ORDER BY p.published_at DESC, p.id DESC LIMIT ?`, organisationID, organisationID, most).Scan(&rows).Error
	return rows, db.Wrap("shaping: list calls", err)
}

// keptAnswer is a draft of an answer: what colleagues typed so far.
type keptAnswer struct {
	AmendmentID int64
	Typed       []byte
}

// keptAnswers returns the drafts of answers of an organisation in a package.
func keptAnswers(q *db.Tx, organisationID, packageID int64) (map[int64]typed, error) {
	var rows []keptAnswer
	err := q.Gorm().Raw(`
		SELECT d.amendment_id, d.typed FROM amendment_answer_drafts d JOIN amendments a ON a.id = d.amendment_id
		WHERE d.organisation_id = ? AND a.package_id = ?`, organisationID, packageID).Scan(&rows).Error
	all := map[int64]typed{}
	for _, r := range rows {
		t := typed{}
		if err == nil {
			err = json.Unmarshal(r.Typed, &t)
		}
		all[r.AmendmentID] = t
	}
	return all, db.Wrap("shaping: list drafts of answers", err)
}

// keepAnswer keeps a draft of an answer; nothing typed removes it.
func keepAnswer(tx *db.Tx, organisationID, amendmentID int64, t typed) error {
	if len(t) == 0 {
		return dropAnswer(tx, organisationID, amendmentID)
	}
	raw, err := json.Marshal(t)
	if err != nil {
		return db.Wrap("shaping: keep draft of answer", err)
	}
	err = tx.Gorm().Exec(`
		INSERT INTO amendment_answer_drafts (organisation_id, amendment_id, typed, changed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (amendment_id, organisation_id) DO UPDATE SET typed = excluded.typed, changed_at = excluded.changed_at`,
		organisationID, amendmentID, string(raw), tx.Now).Error
	return db.Wrap("shaping: keep draft of answer", err)
}

func dropAnswer(tx *db.Tx, organisationID, amendmentID int64) error {
	err := tx.Gorm().Exec(`DELETE FROM amendment_answer_drafts WHERE organisation_id = ? AND amendment_id = ?`, organisationID, amendmentID).Error
	return db.Wrap("shaping: drop draft of answer", err)
}

// signerRow is somebody who works for an organisation and could sign for it.
type signerRow struct {
	ID       int64 // of the tie
	PersonID int64
	Handle   string
}

// listSigners returns who works for an organisation now, by its roster, with the
// handle of each.
func listSigners(q *db.Tx, organisationID int64) (rows []signerRow, err error) {
	err = q.Gorm().Raw(`
		SELECT DISTINCT ON (f.person_id) f.id, f.person_id, a.handle FROM affiliations f JOIN accounts a ON a.person_id = f.person_id AND a.closed_at IS NULL
		WHERE f.organisation_id = ? AND f.kind IN ('owner', 'staff', 'contractor') AND f.source IN ('roster', 'adjudicated')
		  AND f.valid_from <= ? AND (f.valid_to IS NULL OR f.valid_to > ?)
		ORDER BY f.person_id, f.id`, organisationID, q.Now, q.Now).Scan(&rows).Error
	return rows, db.Wrap("shaping: list who could sign", err)
}
