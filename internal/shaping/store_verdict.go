package shaping

import (
	"time"

	"caravan/internal/db"
)

// insertVerdicts stores what a journey is asked about, each promise once.
func insertVerdicts(tx *db.Tx, journeyID int64, all []Asked) error {
	for _, a := range all {
		err := tx.Gorm().Exec(`INSERT INTO package_verdicts (journey_id, item_id, due_on) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, journeyID, a.Item.ID, a.DueOn).Error
		if err != nil {
			return db.Wrap("shaping: schedule verdicts", err)
		}
	}
	return nil
}

// moveVerdicts puts what was not said yet on its new days, after the day of
// discharge was found to be another one.
func moveVerdicts(tx *db.Tx, journeyID int64, all []Asked) error {
	for _, a := range all {
		err := tx.Gorm().Exec(`UPDATE package_verdicts SET due_on = ?, told_at = CASE WHEN due_on = ? THEN told_at END WHERE journey_id = ? AND item_id = ? AND verdict = ''`,
			a.DueOn, a.DueOn, journeyID, a.Item.ID).Error
		if err != nil {
			return db.Wrap("shaping: move verdicts", err)
		}
	}
	return nil
}

// listVerdicts are what a journey is asked about and what was said, by item.
func listVerdicts(q *db.Tx, journeyID int64) (map[int64]ItemVerdict, error) {
	var rows []ItemVerdict
	err := q.Gorm().Where("journey_id = ?", journeyID).Find(&rows).Error
	all := make(map[int64]ItemVerdict, len(rows))
	for _, r := range rows {
		all[r.ItemID] = r
	}
	return all, db.Wrap("shaping: list verdicts", err)
}

// putVerdict stores what was said. When it was said moves only if something
// else was said: a form that comes twice changes nothing.
func putVerdict(tx *db.Tx, v ItemVerdict) error {
	err := tx.Gorm().Exec(`
		UPDATE package_verdicts SET said_at = CASE WHEN verdict IS DISTINCT FROM ? THEN ?::timestamptz ELSE said_at END,
			told_at = CASE WHEN due_on = ? THEN told_at END, due_on = ?, verdict = ?, delivered = ?::jsonb, mattered = ?
		WHERE journey_id = ? AND item_id = ?`,
		v.Verdict, tx.Now, v.DueOn, v.DueOn, v.Verdict, v.Delivered, v.Mattered, v.JourneyID, v.ItemID).Error
	return db.Wrap("shaping: store verdict", err)
}

// dueJourney is somebody to remind, with how many promises wait.
type dueJourney struct {
	JourneyID, AccountID int64
	PublicID             string
}

// lockRemind finds journeys with promises that can be judged and whose patient
// was not told so yet. Who closed the account is not told.
func lockRemind(tx *db.Tx, most int) (rows []dueJourney, err error) {
	err = tx.Gorm().Raw(`
		SELECT j.id AS journey_id, j.account_id, j.public_id::text AS public_id
		FROM package_journeys j JOIN accounts a ON a.id = j.account_id AND a.closed_at IS NULL
		WHERE j.stage = 'treated' AND EXISTS (SELECT FROM package_verdicts v WHERE v.journey_id = j.id AND v.due_on <= ?::date AND v.told_at IS NULL AND v.verdict IN ('', 'too_early'))
		ORDER BY j.id LIMIT ? FOR UPDATE OF j SKIP LOCKED`, tx.Now, most).Scan(&rows).Error
	return rows, db.Wrap("shaping: list journeys to remind", err)
}

func markTold(tx *db.Tx, journeyID int64) error {
	err := tx.Gorm().Exec(`UPDATE package_verdicts SET told_at = ? WHERE journey_id = ? AND due_on <= ?::date AND told_at IS NULL AND verdict IN ('', 'too_early')`,
		tx.Now, journeyID, tx.Now).Error
	return db.Wrap("shaping: mark reminded", err)
}

// refusedRow is a wish that the provider refused before it committed, with its
// last answer.
type refusedRow struct {
	ID           int64
	ItemKey      string
	NewItem      *Item `gorm:"serializer:json"`
	Op           Op
	NewValue     Value
	Reason       string // the author's
	Lang         string
	Answer       Answer
	ReasonCode   ReasonCode
	Why          string // the provider's
	HiddenWhy    string // of the answer; else empty
	Needed, Said int    // by treated patients whose visit is proven
}

// listRefused are the refused wishes of a package, those first that most wanted;
// with what treated patients said later.
func listRefused(q *db.Tx, packageID int64, most int) (rows []refusedRow, err error) {
	err = q.Gorm().Raw(`
		SELECT a.id, a.item_key, a.new_item, a.op, a.new_value, a.reason, a.lang, r.answer, r.reason_code, r.reason AS why, coalesce(h.why, '') AS hidden_why,
			coalesce(n.needed, 0) AS needed, coalesce(n.said, 0) AS said
		FROM amendments a
		JOIN LATERAL (SELECT id, answer, reason_code, reason FROM amendment_responses WHERE amendment_id = a.id ORDER BY number DESC LIMIT 1) r ON r.answer IN ('reject', 'counter')
		LEFT JOIN amendment_responses_hidden h ON h.response_id = r.id
		LEFT JOIN LATERAL (SELECT sum(want) AS want FROM package_tallies WHERE subject = 'amendment' AND subject_id = a.id) t ON true
		LEFT JOIN LATERAL (
			SELECT count(*) AS said, count(*) FILTER (WHERE x.needed) AS needed FROM package_refused_needs x
			JOIN package_journeys j ON j.id = x.journey_id AND j.proven AND j.stage = 'treated' WHERE x.amendment_id = a.id) n ON true
		WHERE a.package_id = ? AND a.state = 'rejected' AND a.hidden_why = ''
		ORDER BY t.want DESC NULLS LAST, a.id LIMIT ?`, packageID, most).Scan(&rows).Error
	return rows, db.Wrap("shaping: list refused wishes", err)
}

// listNeeds are what a journey said of refused wishes, by wish.
func listNeeds(q *db.Tx, journeyID int64) (map[int64]bool, error) {
	var rows []struct {
		AmendmentID int64
		Needed      bool
	}
	err := q.Gorm().Raw(`SELECT amendment_id, needed FROM package_refused_needs WHERE journey_id = ?`, journeyID).Scan(&rows).Error
	all := make(map[int64]bool, len(rows))
	for _, r := range rows {
		all[r.AmendmentID] = r.Needed
	}
	return all, db.Wrap("shaping: list needs", err)
}

func putNeed(tx *db.Tx, journeyID, amendmentID int64, needed bool) error {
	err := tx.Gorm().Exec(`
		INSERT INTO package_refused_needs (journey_id, amendment_id, needed, said_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (journey_id, amendment_id) DO UPDATE SET needed = excluded.needed, said_at = excluded.said_at WHERE package_refused_needs.needed <> excluded.needed`,
		journeyID, amendmentID, needed, tx.Now).Error
	return db.Wrap("shaping: store need", err)
}

// Whose promises listKept reads.
const (
	keptOfPackage  = `c.package_id = ?`
	keptOfProvider = `c.organisation_id = ?`
)

// listKept reads the ledger of kept promises: one row for each item of each version
// that somebody was treated under. Whose is one of the conditions above, id what
// it is about.
func listKept(q *db.Tx, whose string, id int64, today time.Time) (rows []keptRow, err error) {
	err = q.Gorm().Raw(`
		SELECT i.*, c.version_id, v.number, vi.value AS promised,
			count(*) FILTER (WHERE d.due_on <= ?::date OR d.verdict <> '') AS asked,
			count(*) FILTER (WHERE d.verdict = 'kept') AS kept, count(*) FILTER (WHERE d.verdict = 'better') AS better,
			count(*) FILTER (WHERE d.verdict = 'worse') AS worse, count(*) FILTER (WHERE d.verdict = 'not_delivered') AS not_delivered,
			count(*) FILTER (WHERE i.kind = 'money' AND i.direction = 'lower_better' AND d.verdict = 'worse'
				AND (d.delivered ->> 'minor')::numeric * 100 > (vi.value ->> 'minor')::numeric * ?) AS far,
			count(*) FILTER (WHERE d.mattered = 1) AS mattered, count(*) FILTER (WHERE d.mattered = 0) AS mattered_little, count(*) FILTER (WHERE d.mattered = -1) AS mattered_not
		FROM package_commitments c
		JOIN package_versions v ON v.id = c.version_id
		JOIN package_journeys j ON j.commitment_id = c.id AND j.proven AND j.stage = 'treated'
		JOIN package_verdicts d ON d.journey_id = j.id
		JOIN package_items i ON i.id = d.item_id
		JOIN package_version_items vi ON vi.version_id = c.version_id AND vi.item_id = d.item_id
		WHERE `+whose+`
		GROUP BY i.id, c.version_id, v.number, vi.value ORDER BY v.number, i.key`, today, 100+flagPercent, id).Scan(&rows).Error
	return rows, db.Wrap("shaping: read kept promises", err)
}

type keptRow struct {
	Item
	VersionID                             int64
	Number                                int
	Promised                              Value
	Asked                                 int
	Promises                                  // counts of verdicts
	Far                                   int // paid more than 8 % above
	Mattered, MatteredLittle, MatteredNot int
}

const deliverySQL = `
	SELECT i.*, c.id AS commitment_id, j.id AS journey_id, vi.value AS promised, d.delivered, d.verdict, j.proven, d.said_at,
		(SELECT min(r.published_at) FROM package_verdict_replies r WHERE r.commitment_id = c.id AND r.item_id = i.id AND r.state = 'shown' AND r.published_at >= d.said_at) AS answered_at
	FROM packages p JOIN package_commitments c ON c.package_id = p.id
	JOIN package_journeys j ON j.commitment_id = c.id AND j.proven AND j.stage = 'treated'
	JOIN package_verdicts d ON d.journey_id = j.id AND d.verdict IN ('kept', 'better', 'worse', 'not_delivered')
	JOIN package_items i ON i.id = d.item_id
	JOIN package_version_items vi ON vi.version_id = c.version_id AND vi.item_id = d.item_id `

type deliveryRow struct {
	Item
	CommitmentID, JourneyID int64
	Promised, Delivered     Value
	Verdict                 Verdict
	Proven                  bool
	SaidAt                  time.Time
	AnsweredAt              *time.Time
}

func (r deliveryRow) delivery() Delivery {
	return Delivery{JourneyID: r.JourneyID, Item: r.Item, Promised: r.Promised, Delivered: r.Delivered, Verdict: r.Verdict, Proven: r.Proven, SaidAt: r.SaidAt, AnsweredAt: r.AnsweredAt}
}

// listDelivered are the figures that proven patients of a provider got, of items
// that have one.
func listDelivered(q *db.Tx, organisationID int64) (all []Delivery, err error) {
	var rows []deliveryRow
	err = q.Gorm().Raw(deliverySQL+`WHERE p.organisation_id = ? AND d.delivered IS NOT NULL`, organisationID).Scan(&rows).Error
	for _, r := range rows {
		all = append(all, r.delivery())
	}
	return all, db.Wrap("shaping: list deliveries", err)
}

// listMissed are the promises of a package that proven patients did not get.
func listMissed(q *db.Tx, packageID int64) (rows []deliveryRow, err error) {
	err = q.Gorm().Raw(deliverySQL+`WHERE p.id = ? AND d.verdict = 'not_delivered' ORDER BY i.key, d.said_at`, packageID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list missed promises", err)
}

// promiseCounts are the facts of a package's clock that journeys know.
type promiseCounts struct{ Treated, ToJudge, Places, Taken int }

// countPromises counts patients whose treatment is proven, promises that can
// still be judged, and places. What was asked about and not said within grace
// days is not waited for.
func countPromises(q *db.Tx, packageID int64, today time.Time, grace int) (n promiseCounts, err error) {
	err = q.Gorm().Raw(`
		WITH own AS (SELECT j.id, j.stage, j.proven, c.valid_until FROM package_journeys j JOIN package_commitments c ON c.id = j.commitment_id WHERE c.package_id = ? AND j.stage <> 'left'),
		stands AS (SELECT id, capacity, valid_until FROM package_commitments WHERE package_id = ? AND state IN ('active', 'suspended'))
		SELECT (SELECT count(*) FROM own WHERE stage = 'treated' AND proven) AS treated,
			(SELECT count(*) FROM own JOIN package_verdicts v ON v.journey_id = own.id WHERE v.verdict IN ('', 'too_early') AND v.due_on + ?::int >= ?::date)
				+ (SELECT count(*) FROM own WHERE stage = 'enrolled' AND valid_until + 365 >= ?::date)
				+ (SELECT count(*) FROM stands WHERE valid_until >= ?::date) AS to_judge,
			coalesce((SELECT capacity FROM stands), 0) AS places,
			(SELECT count(*) FROM package_journeys j JOIN stands s ON s.id = j.commitment_id WHERE j.stage <> 'left') AS taken`,
		packageID, packageID, grace, today, today, today).Scan(&n).Error
	return n, db.Wrap("shaping: count promises", err)
}

// listHindsight are how much items of a treatment's packages mattered to proven
// patients, version by version. Own items of packages are not comparable.
func listHindsight(q *db.Tx, procedureID int64) (rows []hindsightRow, err error) {
	err = q.Gorm().Raw(`
		SELECT i.key, c.version_id, count(*) FILTER (WHERE d.mattered = 1) AS much, count(*) AS "all"
		FROM packages p JOIN package_commitments c ON c.package_id = p.id
		JOIN package_journeys j ON j.commitment_id = c.id AND j.proven AND j.stage = 'treated'
		JOIN package_verdicts d ON d.journey_id = j.id AND d.mattered IS NOT NULL
		JOIN package_items i ON i.id = d.item_id AND i.key NOT LIKE 'x.%'
		WHERE p.procedure_id = ? GROUP BY i.key, c.version_id ORDER BY i.key, c.version_id`, procedureID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list hindsight", err)
}

// listBefore are how people voted on the need of each item, by item and stratum.
func listBefore(q *db.Tx, packageID int64) (map[int64]map[Stratum]Tally, error) {
	var rows []struct {
		SubjectID           int64
		Stratum             Stratum
		Want, Pass, Against int
	}
	err := q.Gorm().Raw(`SELECT subject_id, stratum, want, pass, against FROM package_tallies WHERE package_id = ? AND subject = ?`, packageID, OnNeed).Scan(&rows).Error
	all := map[int64]map[Stratum]Tally{}
	for _, r := range rows {
		if all[r.SubjectID] == nil {
			all[r.SubjectID] = map[Stratum]Tally{}
		}
		all[r.SubjectID][r.Stratum] = Tally{Want: r.Want, Pass: r.Pass, Against: r.Against}
	}
	return all, db.Wrap("shaping: read needs", err)
}
