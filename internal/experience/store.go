package experience

import (
	"strings"

	"caravan/internal/db"
)

// columns of Experience, in the order of the table.
const columns = `id, public_id::text AS public_id, pseudonym, author_role, organisation_id, booked_via, booked_organisation_id, specialty_id, procedure_id, destination, city,
	origin_country, shown_origin, quarter, shown_period, shown_treatment, age_band, shown_age, crowd, title, story, story_html, renderer, lang, ai_used, incentive,
	quoted_minor, quoted_currency, paid_minor, paid_currency, paid_ratio, paid_euro_minor, rated_on, gap_reasons, goal, goal_achieved, goal_told, would_repeat, worth_it,
	complication, worst_grade, consent_lang, interpreter, nights_before_flight, details, answered, asked, known_days, level, counted, helpful, helpful_of, state, state_why,
	version, created_on, published_on, edited_on`

func oneExperience(q *db.Tx, what, sql string, args ...any) (e Experience, err error) {
	r := q.Gorm().Raw(sql, args...).Scan(&e)
	if r.Error == nil && r.RowsAffected == 0 {
		return e, errNone
	}
	return e, db.Wrap("experience: "+what, r.Error)
}

func findByID(q *db.Tx, id int64) (Experience, error) {
	return oneExperience(q, "find", `SELECT `+columns+` FROM experiences WHERE id = ?`, id)
}

func lockByID(tx *db.Tx, id int64) (Experience, error) {
	return oneExperience(tx, "lock", `SELECT `+columns+` FROM experiences WHERE id = ? FOR UPDATE`, id)
}

func lockPublic(tx *db.Tx, publicID string) (Experience, error) {
	return oneExperience(tx, "lock public", `SELECT `+columns+` FROM experiences WHERE public_id = ?::uuid FOR UPDATE`, publicID)
}

// findOwn and lockOwn answer NotFound for what somebody else wrote, as for what
// is not there.
func findOwn(q *db.Tx, personID int64, publicID string) (Experience, error) {
	return oneExperience(q, "find own", `SELECT `+columns+` FROM experiences WHERE public_id = ?::uuid
		AND EXISTS (SELECT 1 FROM authorships a WHERE a.experience_id = experiences.id AND a.person_id = ?)`, publicID, personID)
}

func lockOwn(tx *db.Tx, personID int64, publicID string) (Experience, error) {
	return oneExperience(tx, "lock own", `SELECT `+columns+` FROM experiences WHERE public_id = ?::uuid
		AND EXISTS (SELECT 1 FROM authorships a WHERE a.experience_id = experiences.id AND a.person_id = ?) FOR UPDATE`, publicID, personID)
}

// insertExperience draws the number of the row by lot. Experiences of one day stand
// in its order on every page, and a counter would say in which order they were
// told, which a clinic could set against the order of its visits. It stays below
// 2^53, and above what a counter gives.
func insertExperience(tx *db.Tx, e *Experience) error {
	err := tx.Gorm().Raw(`
		INSERT INTO experiences (id, public_id, pseudonym, author_role, organisation_id, booked_via, specialty_id, procedure_id, destination, city, origin_country, shown_origin, quarter,
			shown_period, shown_treatment, age_band, shown_age, crowd, title, story, story_html, renderer, lang, ai_used, incentive, quoted_minor, quoted_currency, paid_minor,
			paid_currency, paid_ratio, paid_euro_minor, rated_on, gap_reasons, goal, goal_achieved, goal_told, would_repeat, worth_it, complication, worst_grade, details,
			state, version, created_on)
		VALUES (4294967296 + floor(random() * 4503599627370496)::bigint, ?::uuid, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		e.PublicID, e.Pseudonym, e.AuthorRole, e.OrganisationID, e.BookedVia, e.SpecialtyID, e.ProcedureID, e.Destination, e.City, e.OriginCountry, e.ShownOrigin, e.Quarter,
		e.ShownPeriod, e.ShownTreatment, e.AgeBand, e.ShownAge, e.Crowd, e.Title, e.Story, e.StoryHTML, e.Renderer, e.Lang, e.AIUsed, e.Incentive, e.QuotedMinor, e.QuotedCurrency, e.PaidMinor,
		e.PaidCurrency, e.PaidRatio, e.PaidEuroMinor, e.RatedOn, e.GapReasons, e.Goal, e.GoalAchieved, e.GoalTold, e.WouldRepeat, e.WorthIt, e.Complication, e.WorstGrade, e.Details,
		e.State, e.Version, e.CreatedOn).Scan(&e.ID).Error
	return db.Wrap("experience: store", err)
}

// insertAuthorship says whether its person had not told about the same clinic
// and quarter. Of two at the same moment the later waits for the earlier.
func insertAuthorship(tx *db.Tx, a Authorship) (fresh bool, err error) {
	r := tx.Gorm().Exec(`INSERT INTO authorships (experience_id, account_id, person_id, organisation_id, quarter) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person_id, organisation_id, quarter) WHERE told DO NOTHING`, a.ExperienceID, a.AccountID, a.PersonID, a.OrganisationID, a.Quarter)
	return r.RowsAffected == 1, db.Wrap("experience: store authorship", r.Error)
}

func insertTreated(tx *db.Tx, id int64, rows []Treated) error {
	for _, r := range rows {
		err := tx.Gorm().Exec(`INSERT INTO experience_procedures (experience_id, position, procedure_id, state, quantity, side) VALUES (?, ?, ?, ?, ?, ?)`,
			id, r.Position, r.ProcedureID, r.State, r.Quantity, r.Side).Error
		if err != nil {
			return db.Wrap("experience: store procedure", err)
		}
	}
	return nil
}

func insertLines(tx *db.Tx, id int64, rows []Line) error {
	for _, r := range rows {
		err := tx.Gorm().Exec(`INSERT INTO experience_lines (experience_id, position, line, quoted_minor, paid_minor) VALUES (?, ?, ?, ?, ?)`,
			id, r.Position, r.Line, r.QuotedMinor, r.PaidMinor).Error
		if err != nil {
			return db.Wrap("experience: store line", err)
		}
	}
	return nil
}

func insertComplications(tx *db.Tx, id int64, rows []Complication) error {
	for _, c := range rows {
		err := tx.Gorm().Exec(`
			INSERT INTO complications (experience_id, told, kind, onset_day, grade, at_discharge, certainty, treated_where, days_in_hospital, reoperation, payer, resolved,
				reported_to_clinic, clinic_reaction) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, c.Told, c.Kind, c.OnsetDay, c.Grade, c.AtDischarge, c.Certainty, c.TreatedWhere, c.DaysInHospital, c.Reoperation, c.Payer, c.Resolved,
			c.ReportedToClinic, c.ClinicReaction).Error
		if err != nil {
			return db.Wrap("experience: store complication", err)
		}
	}
	return nil
}

func insertCheckIns(tx *db.Tx, id int64, rows []CheckIn) error {
	for _, c := range rows {
		err := tx.Gorm().Exec(`INSERT INTO check_ins (experience_id, moment, due_on, closes_on) VALUES (?, ?, ?, ?)`, id, c.Moment, c.DueOn, c.ClosesOn).Error
		if err != nil {
			return db.Wrap("experience: store check-in", err)
		}
	}
	return nil
}

func insertMasks(tx *db.Tx, id int64, rows []Mask) error {
	for _, m := range rows {
		err := tx.Gorm().Exec(`INSERT INTO experience_masks (experience_id, version, field, first_byte, end_byte, class, made_by, made_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, id, m.Version, m.Field, m.FirstByte, m.EndByte, m.Class, m.MadeBy, tx.Now).Error
		if err != nil {
			return db.Wrap("experience: store mask", err)
		}
	}
	return nil
}

// putAnswers adds answers of class R or S to those that are there.
func putAnswers(tx *db.Tx, table string, id int64, a Answers) error {
	if len(a) == 0 {
		return nil
	}
	sql := `INSERT INTO experience_sealed AS x (experience_id, answers) VALUES (?, ?::jsonb) ON CONFLICT (experience_id) DO UPDATE SET answers = x.answers || excluded.answers`
	if table == "experience_restricted" {
		sql = `INSERT INTO experience_restricted AS x (experience_id, answers) VALUES (?, ?::jsonb) ON CONFLICT (experience_id) DO UPDATE SET answers = x.answers || excluded.answers`
	}
	return db.Wrap("experience: store answers", tx.Gorm().Exec(sql, id, a).Error)
}

func insertConsents(tx *db.Tx, id int64, purposes []string) error {
	for _, p := range purposes {
		err := tx.Gorm().Exec(`INSERT INTO experience_consents (experience_id, purpose, text_version, given_at) VALUES (?, ?, ?, ?)`, id, p, ConsentVersion, tx.Now).Error
		if err != nil {
			return db.Wrap("experience: store consent", err)
		}
	}
	return nil
}

func findSpecialty(q *db.Tx, procedureID int64) (id int16, err error) {
	err = q.Gorm().Raw(`SELECT specialty_id FROM procedures WHERE id = ?`, procedureID).Scan(&id).Error
	return id, db.Wrap("experience: find specialty", err)
}

// takeCensus counts what is known of how many patients a treatment fits. Only
// published experiences are counted: the figure is told to the writer.
func takeCensus(q *db.Tx, e Experience) (c census, err error) {
	year := strings.SplitN(e.Quarter, "-", 2)[0]
	err = q.Gorm().Raw(`
		SELECT max(patients) FILTER (WHERE quarter = ?) AS declared, coalesce(sum(patients), 0) AS declared_year, count(*) AS declared_of
		FROM visit_declarations WHERE organisation_id = ? AND quarter LIKE ? || '-Q_'`, e.Quarter, e.OrganisationID, year).Scan(&c).Error
	if err != nil {
		return c, db.Wrap("experience: read declarations", err)
	}
	err = q.Gorm().Raw(`
		SELECT count(*) AS counted, count(*) FILTER (WHERE specialty_id = ?) AS of_specialty, count(*) FILTER (WHERE procedure_id = ?) AS of_procedure,
			count(*) FILTER (WHERE quarter = ? AND procedure_id = ?) AS quarter_procedure, count(*) FILTER (WHERE quarter = ? AND specialty_id = ?) AS quarter_specialty,
			count(*) FILTER (WHERE quarter LIKE ? || '-Q_' AND procedure_id = ?) AS year_procedure, count(*) FILTER (WHERE quarter LIKE ? || '-Q_' AND specialty_id = ?) AS year_specialty
		FROM experiences WHERE organisation_id = ? AND state = 'published' AND counted`,
		e.SpecialtyID, e.ProcedureID, e.Quarter, e.ProcedureID, e.Quarter, e.SpecialtyID, year, e.ProcedureID, year, e.SpecialtyID, e.OrganisationID).Scan(&c).Error
	return c, db.Wrap("experience: take census", err)
}

// enoughAlike reports whether, with this one, leastCrowd published experiences
// of the clinic share a value of a column.
func enoughAlike(q *db.Tx, organisationID int64, column, value string) (enough bool, err error) {
	sql := `SELECT count(*) + 1 >= ? FROM experiences WHERE organisation_id = ? AND state = 'published' AND age_band = ?`
	if column == "origin_country" {
		sql = `SELECT count(*) + 1 >= ? FROM experiences WHERE organisation_id = ? AND state = 'published' AND origin_country = ?`
	}
	err = q.Gorm().Raw(sql, leastCrowd, organisationID, value).Scan(&enough).Error
	return enough, db.Wrap("experience: count alike", err)
}

// listTies are the times in which a person worked for somebody.
func listTies(q *db.Tx, personID int64) (rows []tie, err error) {
	err = q.Gorm().Raw(`SELECT organisation_id, valid_to FROM affiliations WHERE person_id = ? AND valid_from <= ? ORDER BY id`, personID, q.Now).Scan(&rows).Error
	return rows, db.Wrap("experience: list ties", err)
}

// findToldAlready is the public id of what a person told about a clinic and a
// quarter, "" if nothing.
func findToldAlready(q *db.Tx, personID, organisationID int64, quarter string) (publicID string, err error) {
	err = q.Gorm().Raw(`SELECT e.public_id::text FROM authorships a JOIN experiences e ON e.id = a.experience_id
		WHERE a.told AND a.person_id = ? AND a.organisation_id = ? AND a.quarter = ?`, personID, organisationID, quarter).Scan(&publicID).Error
	return publicID, db.Wrap("experience: find told already", err)
}

// listOwnNames are the names by which an account is known: its handle and what
// stands before the @ of its addresses, also with dots as spaces.
func listOwnNames(q *db.Tx, accountID int64) (names []string, err error) {
	err = q.Gorm().Raw(`
		SELECT handle FROM accounts WHERE id = ? UNION
		SELECT split_part(uid, '@', 1) FROM identities WHERE account_id = ? AND provider = 'email' UNION
		SELECT translate(split_part(uid, '@', 1), '._-+', '    ') FROM identities WHERE account_id = ? AND provider = 'email'`,
		accountID, accountID, accountID).Scan(&names).Error
	return names, db.Wrap("experience: list own names", err)
}

func listClinicianNames(q *db.Tx, organisationID int64) (names []string, err error) {
	err = q.Gorm().Raw(`SELECT name FROM clinicians WHERE organisation_id = ? AND left_at IS NULL ORDER BY id`, organisationID).Scan(&names).Error
	return names, db.Wrap("experience: list clinicians", err)
}

// listUnseen are an account's experiences that wait because its address was not
// confirmed.
func listUnseen(tx *db.Tx, accountID int64) (ids []int64, err error) {
	err = tx.Gorm().Raw(`SELECT e.id FROM authorships a JOIN experiences e ON e.id = a.experience_id WHERE a.account_id = ? AND e.state = 'submitted'
		AND NOT EXISTS (SELECT 1 FROM moderation_cases c WHERE c.kind = 'experience' AND c.ref = e.id) ORDER BY e.id`, accountID).Scan(&ids).Error
	return ids, db.Wrap("experience: list unseen", err)
}
