package visit

import (
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
)

// foundCode is a code with its batch. The zero foundCode is one that nobody made.
type foundCode struct {
	OrganisationID int64
	Quarter        Quarter
	SpecialtyID    *int16
	Used           bool
	ExpiresAt      time.Time
}

func (c foundCode) usable(now time.Time) bool {
	return c.OrganisationID != 0 && !c.Used && now.Before(c.ExpiresAt)
}

func findCode(q *db.Tx, hash []byte) (c foundCode, err error) {
	err = q.Gorm().Raw(`
		SELECT b.organisation_id, b.quarter, b.specialty_id, c.used, b.expires_at
		FROM visit_codes c JOIN visit_batches b ON b.id = c.batch_id WHERE c.hash = ?`, hash).Scan(&c).Error
	return c, db.Wrap("visit: find code", err)
}

// useCode marks a code as used if it agrees with the claim. Who comes second
// waits for the row and finds it used.
func useCode(tx *db.Tx, hash []byte, c Claim) (specialty *int16, used bool, err error) {
	var row struct {
		SpecialtyID *int16
		Mine        bool
	}
	err = tx.Gorm().Raw(`
		UPDATE visit_codes c SET used = true FROM visit_batches b
		WHERE c.hash = ? AND b.id = c.batch_id AND NOT c.used AND b.expires_at > ?
		  AND b.organisation_id = ? AND b.quarter = ? AND (b.specialty_id IS NULL OR b.specialty_id = ?)
		RETURNING b.specialty_id, true AS mine`,
		hash, tx.Now, c.OrganisationID, c.Quarter, c.SpecialtyID).Scan(&row).Error
	return row.SpecialtyID, row.Mine, db.Wrap("visit: use code", err)
}

// insertProof says whether there was none of its kind.
func insertProof(tx *db.Tx, p Proof) (fresh bool, err error) {
	r := tx.Gorm().Exec(`
		INSERT INTO visit_proofs (experience_id, kind, organisation_id, quarter, specialty_id, sources, amount_seen, seen_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ExperienceID, p.Kind, p.OrganisationID, p.Quarter, p.SpecialtyID, p.Sources, p.AmountSeen, p.SeenOn)
	return r.RowsAffected == 1, db.Wrap("visit: store proof", r.Error)
}

func listProofs(q *db.Tx, experienceIDs []int64) (rows []Proof, err error) {
	err = q.Gorm().Raw(`
		SELECT experience_id, kind, organisation_id, quarter, specialty_id, sources, amount_seen, seen_on
		FROM visit_proofs WHERE experience_id IN ? ORDER BY experience_id, kind`, experienceIDs).Scan(&rows).Error
	return rows, db.Wrap("visit: list proofs", err)
}

func listSpecialties(q *db.Tx) (rows []Specialty, err error) {
	err = q.Gorm().Raw(`SELECT id, names::text AS names FROM specialties ORDER BY id`).Scan(&rows).Error
	return rows, db.Wrap("visit: list specialties", err)
}

// lockClinic keeps other batches of the clinic waiting, and nothing else: rows
// that refer to the clinic can be written meanwhile.
func lockClinic(tx *db.Tx, organisationID int64) error {
	var id int64
	err := tx.Gorm().Raw(`SELECT id FROM organisations WHERE id = ? FOR NO KEY UPDATE`, organisationID).Scan(&id).Error
	return db.Wrap("visit: lock clinic", err)
}

// countForCap returns the patients declared for the quarter before q, and the
// codes made for q.
func countForCap(q *db.Tx, organisationID int64, quarter Quarter) (declared, made int, err error) {
	var row struct{ Declared, Made int }
	err = q.Gorm().Raw(`
		SELECT coalesce((SELECT patients FROM visit_declarations WHERE organisation_id = ? AND quarter = ?), 0) AS declared,
			coalesce((SELECT sum(codes) FROM visit_batches WHERE organisation_id = ? AND quarter = ?), 0) AS made`,
		organisationID, quarter.Previous(), organisationID, quarter).Scan(&row).Error
	return row.Declared, row.Made, db.Wrap("visit: count for cap", err)
}

func insertBatch(tx *db.Tx, b *Batch, hashes [][]byte) error {
	err := tx.Gorm().Raw(`
		INSERT INTO visit_batches (organisation_id, quarter, specialty_id, codes, made_by, made_at, expires_at, codes_root)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		b.OrganisationID, b.Quarter, b.SpecialtyID, b.Codes, b.MadeBy, b.MadeAt, b.ExpiresAt, b.CodesRoot).Scan(&b.ID).Error
	if err != nil {
		return db.Wrap("visit: store batch", err)
	}
	if err := signBatch(tx, *b); err != nil {
		return err
	}
	rows := make([]codeRow, len(hashes))
	for i, h := range hashes {
		rows[i] = codeRow{h, b.ID}
	}
	err = tx.Gorm().Create(&rows).Error
	if db.Duplicate(err) {
		// The seed of a form that was sent long ago: its codes are out already.
		return errs.New(errs.Conflict, "visit.sheet_again")
	}
	return db.Wrap("visit: store codes", err)
}

// signBatch keeps what a batch was signed with.
func signBatch(tx *db.Tx, b Batch) error {
	if b.signed == nil {
		return nil
	}
	g := b.signed
	return db.Wrap("visit: store signature", tx.Gorm().Exec(`
		UPDATE visit_batches SET statement = ?, credential_id = ?, public_key = ?, signed_data = ?, signed_client = ?, signature = ? WHERE id = ?`,
		g.statement, g.CredentialID, g.PublicKey, g.Data, g.Client, g.Signature.Signature, b.ID).Error)
}

// codeRow is a code that nobody used yet.
type codeRow struct {
	Hash    []byte `gorm:"primaryKey"`
	BatchID int64
}

// TableName is the table of codes.
func (codeRow) TableName() string { return "visit_codes" }

// findBatch returns a batch that consists of exactly these codes.
func findBatch(q *db.Tx, id int64, hashes [][]byte) (b Batch, err error) {
	res := q.Gorm().Raw(`
		SELECT id, organisation_id, quarter, specialty_id, codes, made_by, made_at, expires_at, codes_root, signature IS NOT NULL AS by_key FROM visit_batches b
		WHERE b.id = ? AND b.codes = ? AND (SELECT count(*) FROM visit_codes c WHERE c.batch_id = b.id AND c.hash IN ?) = b.codes`,
		id, len(hashes), hashes).Scan(&b)
	if res.Error == nil && res.RowsAffected == 0 {
		return b, errs.New(errs.Conflict, "visit.sheet_again")
	}
	return b, db.Wrap("visit: find batch", res.Error)
}

func putDeclaration(tx *db.Tx, organisationID int64, q Quarter, patients int, by int64) error {
	return db.Wrap("visit: store declaration", tx.Gorm().Exec(`
		INSERT INTO visit_declarations (organisation_id, quarter, patients, declared_by, declared_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (organisation_id, quarter) DO UPDATE SET patients = excluded.patients, declared_by = excluded.declared_by, declared_at = excluded.declared_at`,
		organisationID, q, patients, by, tx.Now).Error)
}

// quarterRow are the codes of a clinic for one quarter, summed.
type quarterRow struct {
	Quarter    Quarter
	Made, Used int
	Declared   *int // for the quarter before
}

// listQuarters sums by quarter: those in which codes were made, and the open
// ones.
func listQuarters(q *db.Tx, organisationID int64, open []Quarter) (rows []quarterRow, err error) {
	err = q.Gorm().Raw(`
		SELECT quarter, sum(made) AS made, sum(used) AS used FROM (
			SELECT b.quarter, b.codes AS made, (SELECT count(*) FROM visit_codes c WHERE c.batch_id = b.id AND c.used) AS used
			FROM visit_batches b WHERE b.organisation_id = ?
			UNION ALL SELECT o, 0, 0 FROM (VALUES (?), (?)) open (o)
		) x GROUP BY quarter ORDER BY quarter DESC LIMIT 12`, organisationID, open[0], open[1]).Scan(&rows).Error
	if err != nil {
		return nil, db.Wrap("visit: list quarters", err)
	}
	var declared []struct {
		Quarter  Quarter
		Patients int
	}
	err = q.Gorm().Raw(`SELECT quarter, patients FROM visit_declarations WHERE organisation_id = ?`, organisationID).Scan(&declared).Error
	for _, d := range declared {
		for i := range rows {
			if rows[i].Quarter.Previous() == d.Quarter {
				rows[i].Declared = &d.Patients
			}
		}
	}
	return rows, db.Wrap("visit: list declarations", err)
}

// batchRow is a batch with who made it.
type batchRow struct {
	Batch
	Handle         string
	SpecialtyNames *string
}

func listBatches(q *db.Tx, organisationID int64) (rows []batchRow, err error) {
	err = q.Gorm().Raw(`
		SELECT b.id, b.quarter, b.codes, b.made_at, b.expires_at, b.signature IS NOT NULL AS by_key, a.handle, s.names::text AS specialty_names FROM visit_batches b
		JOIN accounts a ON a.id = b.made_by LEFT JOIN specialties s ON s.id = b.specialty_id
		WHERE b.organisation_id = ? ORDER BY b.id DESC LIMIT 50`, organisationID).Scan(&rows).Error
	return rows, db.Wrap("visit: list batches", err)
}
