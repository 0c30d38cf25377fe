package shaping

import (
	"time"

	"gorm.io/gorm/clause"

	"caravan/internal/db"
	"caravan/internal/errs"
)

var errNoJourney = errs.New(errs.NotFound, "shaping.no_journey")

// lockStanding holds the commitment of a package that stands, so that of many
// who want its last place one gets it; nil where none stands.
func lockStanding(tx *db.Tx, packageID int64) (*Commitment, error) {
	var c Commitment
	err := tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("package_id = ? AND state IN ('active', 'suspended')", packageID).Take(&c).Error
	if db.Missing(err) {
		return nil, nil
	}
	return &c, db.Wrap("shaping: lock commitment", err)
}

func commitmentByID(q *db.Tx, id int64) (c Commitment, err error) {
	err = q.Gorm().Where("id = ?", id).Take(&c).Error
	if db.Missing(err) {
		return c, errs.New(errs.NotFound, "shaping.not_found")
	}
	return c, db.Wrap("shaping: find commitment", err)
}

// placesTaken is how many places of a commitment are taken: who left gave the
// place back.
func placesTaken(q *db.Tx, commitmentID int64) (n int, err error) {
	err = q.Gorm().Raw(`SELECT count(*) FROM package_journeys WHERE commitment_id = ? AND stage <> 'left'`, commitmentID).Scan(&n).Error
	return n, db.Wrap("shaping: count places", err)
}

// journeyUnder finds a person's journey under a commitment; nil where there is
// none.
func journeyUnder(q *db.Tx, commitmentID, personID int64) (*Journey, error) {
	var j Journey
	err := q.Gorm().Where("commitment_id = ? AND person_id = ?", commitmentID, personID).Take(&j).Error
	if db.Missing(err) {
		return nil, nil
	}
	return &j, db.Wrap("shaping: find journey", err)
}

// putJourney takes a place: a new row, or the row of who had left.
func putJourney(tx *db.Tx, j *Journey) error {
	err := tx.Gorm().Raw(`
		INSERT INTO package_journeys (commitment_id, person_id, account_id, stage, enrolled_at) VALUES (?, ?, ?, 'enrolled', ?)
		ON CONFLICT (commitment_id, person_id) DO UPDATE SET stage = 'enrolled', account_id = excluded.account_id, enrolled_at = excluded.enrolled_at
		RETURNING id, public_id::text`, j.CommitmentID, j.PersonID, j.AccountID, tx.Now).Row().Scan(&j.ID, &j.PublicID)
	return db.Wrap("shaping: store journey", err)
}

// findJourney and lockJourney find a person's own journey.
func findJourney(q *db.Tx, personID int64, publicID string) (j Journey, err error) {
	return j, oneJourney(q.Gorm().Where("public_id = ?::uuid AND person_id = ?", publicID, personID).Take(&j).Error)
}

func lockJourney(tx *db.Tx, personID int64, publicID string) (j Journey, err error) {
	return j, oneJourney(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("public_id = ?::uuid AND person_id = ?", publicID, personID).Take(&j).Error)
}

func oneJourney(err error) error {
	if db.Missing(err) {
		return errNoJourney
	}
	return db.Wrap("shaping: find journey", err)
}

// listJourneys are all journeys of a person, the newest first.
func listJourneys(q *db.Tx, personID int64) (all []Journey, err error) {
	err = q.Gorm().Where("person_id = ?", personID).Order("enrolled_at DESC, id DESC").Find(&all).Error
	return all, db.Wrap("shaping: list journeys", err)
}

// saveJourney stores what can change of a journey that was read under a lock.
func saveJourney(tx *db.Tx, j Journey) error {
	err := tx.Gorm().Exec(`UPDATE package_journeys SET stage = ?, linked = ?, proven = ?, discharged_on = ? WHERE id = ?`,
		j.Stage, j.Linked, j.Proven, j.DischargedOn, j.ID).Error
	return db.Wrap("shaping: save journey", err)
}

// leaveAll gives back the places of an account whose treatment has not been.
func leaveAll(tx *db.Tx, accountID int64) error {
	err := tx.Gorm().Exec(`UPDATE package_journeys SET stage = 'left' WHERE account_id = ? AND stage = 'enrolled'`, accountID).Error
	return db.Wrap("shaping: give places back", err)
}

// turnInterest says that a person's interest became a journey, or is open again
// because they left it.
func turnInterest(tx *db.Tx, personID, packageID int64, from []InterestState, to InterestState) error {
	err := tx.Gorm().Exec(`UPDATE package_interests SET state = ? WHERE person_id = ? AND package_id = ? AND state IN ?`, to, personID, packageID, from).Error
	return db.Wrap("shaping: turn interest", err)
}

// followRow is a journey that may have been told of, with what it stands under.
type followRow struct {
	Journey
	OrganisationID, ProcedureID, VersionID int64
}

// listFollowing are journeys of packages that still ask and of which something
// new may be known, by id: the person has told of this provider since, or what
// proved the visit is gone. Whether it is the same treatment is asked of package
// experience.
func listFollowing(q *db.Tx, after int64, most int) (rows []followRow, err error) {
	err = q.Gorm().Raw(`
		SELECT j.*, c.organisation_id, p.procedure_id, c.version_id
		FROM package_journeys j JOIN package_commitments c ON c.id = j.commitment_id JOIN packages p ON p.id = c.package_id
		LEFT JOIN LATERAL (
			SELECT max(e.level) AS level FROM authorships a JOIN experiences e ON e.id = a.experience_id AND e.state = 'published'
			WHERE a.person_id = j.person_id AND a.organisation_id = c.organisation_id) x ON true
		WHERE j.id > ? AND j.stage <> 'left' AND p.state <> 'archived'
			AND (j.proven <> (coalesce(x.level, 0) >= 2) OR j.stage = 'enrolled' AND x.level IS NOT NULL)
		ORDER BY j.id LIMIT ? FOR UPDATE OF j SKIP LOCKED`, after, most).Scan(&rows).Error
	return rows, db.Wrap("shaping: list journeys to follow", err)
}

// toldRow is what the own experience says already of things that packages
// promise.
type toldRow struct {
	PaidMinor    *int64
	PaidCurrency *string
	Operator     string // operator_as_promised, as it was answered
	Hospital     string // nights
	Hotel        string
	Quarter      string
	PublicID     string
}

func findToldOf(q *db.Tx, experienceID int64) (r toldRow, err error) {
	err = q.Gorm().Raw(`
		SELECT paid_minor, paid_currency, quarter, public_id::text AS public_id, coalesce(details -> 'operator_as_promised' ->> 0, '') AS operator,
			coalesce(details -> 'nights_hospital' ->> 0, '') AS hospital, coalesce(details -> 'nights_hotel' ->> 0, '') AS hotel
		FROM experiences WHERE id = ?`, experienceID).Scan(&r).Error
	return r, db.Wrap("shaping: read what was told", err)
}

// findFollowedVersion finds the version that an experience followed, if its
// author wants that to be said, and how many experiences say the same.
func findFollowedVersion(q *db.Tx, experienceID int64) (r followedRow, ok bool, err error) {
	res := q.Gorm().Raw(`
		WITH mine AS (
			SELECT c.version_id, c.organisation_id, p.procedure_id, p.slug, p.title, p.lang, v.number
			FROM experiences e JOIN authorships a ON a.experience_id = e.id
			JOIN package_journeys j ON j.person_id = a.person_id AND j.linked AND j.proven AND j.stage = 'treated'
			JOIN package_commitments c ON c.id = j.commitment_id AND c.organisation_id = e.organisation_id
			JOIN packages p ON p.id = c.package_id AND p.procedure_id = e.procedure_id AND p.hidden_why = ''
			JOIN package_versions v ON v.id = c.version_id
			WHERE e.id = ? AND e.state = 'published' AND e.level >= 2 AND e.shown_treatment = 'procedure'
				AND e.quarter >= to_char(j.enrolled_at, 'YYYY-"Q"Q')
			ORDER BY j.enrolled_at DESC LIMIT 1)
		SELECT m.slug, m.title, m.lang, m.number, (
			SELECT count(DISTINCT j.id) FROM package_journeys j JOIN package_commitments c ON c.id = j.commitment_id
			JOIN authorships a ON a.person_id = j.person_id
			JOIN experiences e ON e.id = a.experience_id AND e.organisation_id = m.organisation_id AND e.procedure_id = m.procedure_id
				AND e.state = 'published' AND e.level >= 2 AND e.shown_treatment = 'procedure' AND e.quarter >= to_char(j.enrolled_at, 'YYYY-"Q"Q')
			WHERE c.version_id = m.version_id AND j.linked AND j.proven AND j.stage = 'treated') AS alike
		FROM mine m`, experienceID).Scan(&r)
	return r, res.RowsAffected > 0, db.Wrap("shaping: find followed version", res.Error)
}

type followedRow struct {
	Slug, Title, Lang string
	Number, Alike     int
}

// findPerEuro is what one euro is worth in a currency, at the last rates; ok is
// false where there is none.
func findPerEuro(q *db.Tx, currency string, day time.Time) (per float64, ok bool, err error) {
	if currency == "EUR" {
		return 1, true, nil
	}
	res := q.Gorm().Raw(`
		SELECT per_euro FROM exchange_rates WHERE currency = ? AND on_day = coalesce(
			(SELECT max(on_day) FROM exchange_rates WHERE on_day <= ?::date), (SELECT min(on_day) FROM exchange_rates WHERE on_day > ?::date))`,
		currency, day, day).Scan(&per)
	return per, res.RowsAffected > 0 && per > 0, db.Wrap("shaping: read rate", res.Error)
}

// saidRow is a promise that was judged, of the journey that an experience
// followed.
type saidRow struct {
	DischargedOn *time.Time
	Key          string
	Verdict      Verdict
	Delivered    Value
}

func listSaidAlready(q *db.Tx, experienceID int64) (rows []saidRow, err error) {
	err = q.Gorm().Raw(`
		WITH mine AS (
			SELECT j.id, j.discharged_on FROM experiences e JOIN authorships a ON a.experience_id = e.id
			JOIN package_journeys j ON j.person_id = a.person_id AND j.stage = 'treated'
			JOIN package_commitments c ON c.id = j.commitment_id AND c.organisation_id = e.organisation_id
			JOIN packages p ON p.id = c.package_id AND p.procedure_id = e.procedure_id
			WHERE e.id = ? ORDER BY j.enrolled_at DESC LIMIT 1)
		SELECT m.discharged_on, coalesce(i.key, '') AS key, coalesce(v.verdict, '') AS verdict, v.delivered
		FROM mine m LEFT JOIN package_verdicts v ON v.journey_id = m.id AND v.verdict <> ''
		LEFT JOIN package_items i ON i.id = v.item_id AND i.key IN ('stay.hospital_nights', 'stay.hotel_nights', 'team.surgeon')`, experienceID).Scan(&rows).Error
	return rows, db.Wrap("shaping: read what was said already", err)
}
