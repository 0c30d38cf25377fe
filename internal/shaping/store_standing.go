package shaping

import (
	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// tallyRow is a row of the kept sums.
type tallyRow struct {
	PackageID                                                    int64
	Subject                                                      Subject
	SubjectID                                                    int64
	Stratum                                                      Stratum
	Want, Pass, Against, Carried                                 int
	Unverified, Quarantined, Stale, OwnWish, VoidTies, VoidFraud int
}

// tally is the row as the rules read it.
func (r tallyRow) tally() Tally {
	t := Tally{Want: r.Want, Pass: r.Pass, Against: r.Against, Carried: r.Carried, Others: map[Status]int{}}
	for s, n := range map[Status]int{Unverified: r.Unverified, Quarantined: r.Quarantined, StaleVersion: r.Stale, OwnWish: r.OwnWish, VoidTies: r.VoidTies, VoidFraud: r.VoidFraud} {
		if n != 0 {
			t.Others[s] = n
		}
	}
	return t
}

const tallyColumns = `t.package_id, t.subject, t.subject_id, t.stratum, t.want, t.pass, t.against, t.carried, t.unverified, t.quarantined, t.stale, t.own_wish, t.void_ties, t.void_fraud`

// scanTally reads what comes before tallyColumns, and those.
func scanTally(r pgx.Row, before ...any) (t tallyRow, err error) {
	return t, r.Scan(append(before, &t.PackageID, &t.Subject, &t.SubjectID, &t.Stratum, &t.Want, &t.Pass, &t.Against, &t.Carried,
		&t.Unverified, &t.Quarantined, &t.Stale, &t.OwnWish, &t.VoidTies, &t.VoidFraud)...)
}

// tallies reads how the standing votes on everything in a package add up, by
// subject, its id and stratum. What nobody voted on is not in it.
func tallies(q *db.Tx, packageID int64) (map[Subject]map[int64]map[Stratum]Tally, error) {
	all := map[Subject]map[int64]map[Stratum]Tally{}
	err := q.All(db.Statement{SQL: `SELECT ` + tallyColumns + ` FROM package_tallies t WHERE t.package_id = $1`, Args: []any{packageID}, Row: func(r pgx.Rows) error {
		t, err := scanTally(r)
		if err != nil {
			return err
		}
		if all[t.Subject] == nil {
			all[t.Subject] = map[int64]map[Stratum]Tally{}
		}
		if all[t.Subject][t.SubjectID] == nil {
			all[t.Subject][t.SubjectID] = map[Stratum]Tally{}
		}
		all[t.Subject][t.SubjectID][t.Stratum] = t.tally()
		return nil
	}})
	return all, db.Wrap("shaping: read tallies", err)
}

const standingColumns = `package_id, person_id, subject, subject_id, version_id, choice, reason, stratum, status, carried, stale, updated_at`

// share is what one standing vote adds to the sums of its stratum.
func (s Standing) share(times int) tallyRow {
	r := tallyRow{PackageID: s.PackageID, Subject: s.Subject, SubjectID: s.SubjectID, Stratum: s.Stratum}
	switch s.Status {
	case Counted:
		switch {
		case s.Choice > 0:
			r.Want = times
		case s.Choice < 0:
			r.Against = times
		default:
			r.Pass = times
		}
		if s.Carried {
			r.Carried = times
		}
	case Unverified:
		r.Unverified = times
	case Quarantined:
		r.Quarantined = times
	case StaleVersion:
		r.Stale = times
	case OwnWish:
		r.OwnWish = times
	case VoidTies:
		r.VoidTies = times
	case VoidFraud:
		r.VoidFraud = times
	}
	return r
}

// moveTallies queues by how much a vote that stands (1), or stood (-1), moves
// the sums when the transaction is otherwise done.
func moveTallies(tx *db.Tx, s Standing, times int) {
	db.Gather(tx, orderTallies, s.share(times), sendTallies)
}

// sendTallies is the statement that adds differences to the sums, in the order
// in which everybody takes their rows. Adding is done by the rows themselves, so
// that two at once add up.
func sendTallies(rows []tallyRow) (db.Statement, error) {
	type of struct {
		subject Subject
		id      int64
		stratum Stratum
	}
	at := map[of]int{}
	var sums []tallyRow
	for _, r := range rows {
		key := of{r.Subject, r.SubjectID, r.Stratum}
		i, there := at[key]
		if !there {
			i = len(sums)
			at[key] = i
			sums = append(sums, tallyRow{PackageID: r.PackageID, Subject: r.Subject, SubjectID: r.SubjectID, Stratum: r.Stratum})
		}
		sums[i] = sums[i].plus(r)
	}
	packages, ids := make([]int64, len(sums)), make([]int64, len(sums))
	subjects, strata := make([]string, len(sums)), make([]string, len(sums))
	counts := make([][]int32, 10)
	for i, r := range sums {
		packages[i], ids[i], subjects[i], strata[i] = r.PackageID, r.SubjectID, string(r.Subject), string(r.Stratum)
		for c, n := range r.counts() {
			counts[c] = append(counts[c], int32(*n))
		}
	}
	args := []any{packages, subjects, ids, strata}
	for _, c := range counts {
		args = append(args, c)
	}
	return db.Statement{SQL: addTalliesSQL, Args: args}, nil
}

const addTalliesSQL = `
	INSERT INTO package_tallies AS t (package_id, subject, subject_id, stratum, want, pass, against, carried, unverified, quarantined, stale, own_wish, void_ties, void_fraud)
	SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[]) AS v
		(package_id, subject, subject_id, stratum, want, pass, against, carried, unverified, quarantined, stale, own_wish, void_ties, void_fraud)
	WHERE (want, pass, against, carried, unverified, quarantined, stale, own_wish, void_ties, void_fraud) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	ORDER BY subject, subject_id, stratum
	ON CONFLICT (subject, subject_id, stratum) DO UPDATE SET want = t.want + excluded.want, pass = t.pass + excluded.pass, against = t.against + excluded.against,
		carried = t.carried + excluded.carried, unverified = t.unverified + excluded.unverified, quarantined = t.quarantined + excluded.quarantined, stale = t.stale + excluded.stale,
		own_wish = t.own_wish + excluded.own_wish, void_ties = t.void_ties + excluded.void_ties, void_fraud = t.void_fraud + excluded.void_fraud`

// counts are the sums of a row, in the order of its columns.
func (r *tallyRow) counts() [10]*int {
	return [10]*int{&r.Want, &r.Pass, &r.Against, &r.Carried, &r.Unverified, &r.Quarantined, &r.Stale, &r.OwnWish, &r.VoidTies, &r.VoidFraud}
}

func (r tallyRow) plus(o tallyRow) tallyRow {
	add := o.counts()
	for i, n := range r.counts() {
		*n += *add[i]
	}
	return r
}

// putStandings stores standing votes as they are now.
func putStandings(tx *db.Tx, now []Standing) error {
	if len(now) == 0 {
		return nil
	}
	return db.Wrap("shaping: put standings", tx.All(db.Statement{SQL: putStandingsSQL, Args: columnsOf(now)}))
}

// dropStandings removes those of gone that nothing stands in the place of.
func dropStandings(tx *db.Tx, gone, now []Standing) error {
	kept := map[standingKey]bool{}
	for _, s := range now {
		kept[s.key()] = true
	}
	var persons, ids []int64
	var subjects []string
	for _, s := range gone {
		if !kept[s.key()] {
			persons, subjects, ids = append(persons, s.PersonID), append(subjects, string(s.Subject)), append(ids, s.SubjectID)
		}
	}
	if len(persons) == 0 {
		return nil
	}
	return db.Wrap("shaping: drop standings", tx.All(db.Statement{SQL: `
		DELETE FROM package_standings s USING unnest($1::text[], $2::bigint[], $3::bigint[]) AS v (subject, subject_id, person_id)
		WHERE s.subject = v.subject AND s.subject_id = v.subject_id AND s.person_id = v.person_id`, Args: []any{subjects, ids, persons}}))
}

// changeStandings puts now in the place of old; the sums follow with the commit.
func changeStandings(tx *db.Tx, old, now []Standing) error {
	for _, s := range old {
		moveTallies(tx, s, -1)
	}
	for _, s := range now {
		moveTallies(tx, s, 1)
	}
	if err := dropStandings(tx, old, now); err != nil {
		return err
	}
	return putStandings(tx, now)
}

// changeStandingsAtOnce is changeStandings for whoever has the package locked
// and reads the sums later in the same transaction: nobody else is at them.
func changeStandingsAtOnce(tx *db.Tx, old, now []Standing) error {
	if len(now) == 0 {
		return nil
	}
	var rows []tallyRow
	for _, s := range old {
		rows = append(rows, s.share(-1))
	}
	for _, s := range now {
		rows = append(rows, s.share(1))
	}
	move, err := sendTallies(rows)
	if err != nil {
		return err
	}
	return db.Wrap("shaping: change standings", tx.All(db.Statement{SQL: putStandingsSQL, Args: columnsOf(now)}, move))
}

// listStandingsOn reads all standing votes of a package.
func listStandingsOn(q *db.Tx, packageID int64) (rows []Standing, err error) {
	err = q.Gorm().Raw(`SELECT `+standingColumns+` FROM package_standings WHERE package_id = ? ORDER BY subject, subject_id, person_id`, packageID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list standings", err)
}

// listStandingsOnWish reads the standing votes on an amendment and what belongs
// to it.
func listStandingsOnWish(q *db.Tx, amendmentID int64) (rows []Standing, err error) {
	err = q.Gorm().Raw(`SELECT `+standingColumns+` FROM package_standings WHERE subject IN ('amendment', 'alternative', 'counter') AND subject_id = ? ORDER BY subject, person_id`, amendmentID).Scan(&rows).Error
	return rows, db.Wrap("shaping: list standings", err)
}

// itemKeys are the keys of a package's items by their ids.
func itemKeys(q *db.Tx, packageID int64) (map[int64]string, error) {
	var rows []struct {
		ID  int64
		Key string
	}
	err := q.Gorm().Raw(`SELECT id, key FROM package_items WHERE package_id = ?`, packageID).Scan(&rows).Error
	keys := make(map[int64]string, len(rows))
	for _, r := range rows {
		keys[r.ID] = r.Key
	}
	return keys, db.Wrap("shaping: list item keys", err)
}

func findItemKey(q *db.Tx, id int64) (key string, err error) {
	err = q.Gorm().Raw(`SELECT key FROM package_items WHERE id = ?`, id).Scan(&key).Error
	return key, db.Wrap("shaping: find item", err)
}
