package shaping

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// What a ballot is about, as it is now. What only some subjects need is asked for
// those alone: a plan with half as many tables is set up in half the time.
const (
	ballotSQL = `
	SELECT (v.n - 1)::int, p.state, coalesce(p.organisation_id, 0), p.procedure_id, p.newest_version_id, p.zone, coalesce(d.tie, ''),
		coalesce(m.state, ''), coalesce(w.merged_into, m.author_person_id, 0), m.id IS NOT NULL,
		EXISTS (SELECT FROM package_standings k WHERE k.subject = 'package' AND k.subject_id = v.package_id AND k.person_id = v.person_id AND NOT k.stale),
		s.choice, s.reason, s.stratum, s.status, s.carried
	FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) WITH ORDINALITY AS v (package_id, person_id, subject, subject_id, n)
	JOIN packages p ON p.id = v.package_id AND p.published_at IS NOT NULL
	LEFT JOIN package_declarations d ON d.package_id = v.package_id AND d.person_id = v.person_id
	LEFT JOIN package_standings s ON s.subject = v.subject AND s.subject_id = v.subject_id AND s.person_id = v.person_id
	LEFT JOIN amendments m ON m.id = CASE WHEN v.subject IN ('amendment', 'alternative', 'counter') THEN v.subject_id END AND m.package_id = v.package_id
	LEFT JOIN persons w ON w.id = m.author_person_id`

	// An item is found only where the newest version holds it.
	itemsSQL = `
	SELECT (v.n - 1)::int, i.votable
	FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS v (package_id, item_id, n)
	JOIN packages p ON p.id = v.package_id
	JOIN package_items i ON i.id = v.item_id AND i.package_id = v.package_id
	JOIN package_version_items vi ON vi.item_id = i.id AND vi.version_id = p.newest_version_id AND vi.value IS NOT NULL`

	// A counter-offer stands as long as it is the last answer.
	countersSQL = `
	SELECT (v.n - 1)::int, l.created_at,
		EXISTS (SELECT FROM package_standings u WHERE u.subject = 'amendment' AND u.subject_id = v.amendment_id AND u.person_id = v.person_id AND u.choice > 0 AND u.status = 'counted')
	FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS v (amendment_id, person_id, n)
	LEFT JOIN LATERAL (SELECT l.created_at FROM (SELECT c.created_at, c.answer FROM amendment_responses c WHERE c.amendment_id = v.amendment_id ORDER BY c.number DESC LIMIT 1) l
		WHERE l.answer = 'counter') l ON true`

	// Near are ballots from a network on which the console of the package's
	// provider was used lately, unless two moderators cleared their voter.
	nearSQL = `
	SELECT (v.n - 1)::int
	FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS v (package_id, person_id, network, n)
	JOIN packages p ON p.id = v.package_id
	WHERE EXISTS (SELECT FROM console_visits c WHERE c.organisation_id = p.organisation_id AND c.what = 'network' AND c.hash = v.network AND c.seen_at > $4)
	  AND NOT EXISTS (SELECT FROM package_declarations d WHERE d.package_id = v.package_id AND d.person_id = v.person_id AND d.cleared_at IS NOT NULL)`
)

// nearLife is for how long after its console was used a provider's network has
// votes from it looked into.
const nearLife = 30 * 24 * time.Hour

// askBallots takes what votes need into the hands of the transaction, packages
// before persons, and then reads what is known of each ballot and each voter, and
// of what the voters were treated, in one round trip.
func (s *Service) askBallots(tx *db.Tx, vs []*balloting) (known map[int64]someone, treated map[[2]int64]bool, err error) {
	packages, persons, subjectIDs, subjects := columnsOfBallots(vs)
	for _, v := range vs {
		v.asked = asked{}
	}
	known, treated = map[int64]someone{}, map[[2]int64]bool{}
	merged := map[int64]int64{}
	all := []db.Statement{db.PlanOnce, holdPackages(packages), holdPersons(persons, merged), askPeople(tx, persons, known),
		{SQL: ballotSQL, Args: []any{packages, persons, subjects, subjectIDs}, Row: func(r pgx.Rows) error { return scanBallot(r, vs) }}}
	all = append(all, askAround(tx, vs)...)
	if s.experiences != nil {
		all = append(all, s.experiences.AskTreated(persons, treated))
	}
	err = tx.All(all...)
	for _, v := range vs {
		v.asked.MergedInto = merged[v.person]
	}
	return known, treated, db.Wrap("shaping: ask ballots", err)
}

// columnsOfBallots are what ballots are about as lists.
func columnsOfBallots(vs []*balloting) (packages, persons, subjectIDs []int64, subjects []string) {
	for _, v := range vs {
		packages, persons = append(packages, v.PackageID), append(persons, v.person)
		subjects, subjectIDs = append(subjects, string(v.Subject)), append(subjectIDs, v.SubjectID)
	}
	return packages, persons, subjectIDs, subjects
}

// askAround are the statements about ballots on items, on counter-offers, and from
// known networks, as far as there are any. They stand after ballotSQL.
func askAround(tx *db.Tx, vs []*balloting) (all []db.Statement) {
	var items, counters, known []*balloting
	var networks [][]byte
	for _, v := range vs {
		switch v.Subject {
		case OnKeep, OnNeed:
			items = append(items, v)
		case OnCounter:
			counters = append(counters, v)
		}
		if v.Network != nil {
			known, networks = append(known, v), append(networks, v.Network)
		}
	}
	if len(items) > 0 {
		packages, _, ids, _ := columnsOfBallots(items)
		all = append(all, db.Statement{SQL: itemsSQL, Args: []any{packages, ids}, Row: func(r pgx.Rows) error {
			var i int
			var votable bool
			err := r.Scan(&i, &votable)
			items[i].asked.Found, items[i].asked.Votable = err == nil, votable
			return err
		}})
	}
	if len(counters) > 0 {
		_, persons, ids, _ := columnsOfBallots(counters)
		all = append(all, db.Statement{SQL: countersSQL, Args: []any{ids, persons}, Row: func(r pgx.Rows) error {
			var i int
			var at *time.Time
			var supporter bool
			err := r.Scan(&i, &at, &supporter)
			counters[i].asked.CounteredAt, counters[i].asked.Supporter = at, supporter
			return err
		}})
	}
	if len(known) > 0 {
		packages, persons, _, _ := columnsOfBallots(known)
		all = append(all, db.Statement{SQL: nearSQL, Args: []any{packages, persons, networks, tx.Now.Add(-nearLife)}, Row: func(r pgx.Rows) error {
			var i int
			err := r.Scan(&i)
			known[i].asked.Near = err == nil
			return err
		}})
	}
	return all
}

func scanBallot(r pgx.Rows, vs []*balloting) error {
	var i int
	var q asked
	var choice *int16
	var reason, stratum, status *string
	var carried *bool
	err := r.Scan(&i, &q.State, &q.OrganisationID, &q.ProcedureID, &q.VersionID, &q.Zone, &q.Said,
		&q.Wish, &q.Author, &q.Found, &q.Voted, &choice, &reason, &stratum, &status, &carried)
	if err != nil {
		return err
	}
	if v := vs[i]; choice != nil {
		q.Old = &Standing{PackageID: v.PackageID, PersonID: v.person, Subject: v.Subject, SubjectID: v.SubjectID,
			Choice: *choice, Reason: *reason, Stratum: Stratum(*stratum), Status: Status(*status), Carried: *carried}
	}
	vs[i].asked = q
	return nil
}

// putDeclarations is the statement that keeps what people said about ties, also
// of those whose vote is refused for it; said tells whether anybody said anything.
func putDeclarations(vs []*balloting, now time.Time) (q db.Statement, said bool) {
	var packages, persons []int64
	var ties []string
	for _, v := range vs {
		if v.declared {
			packages, persons, ties = append(packages, v.PackageID), append(persons, v.person), append(ties, v.Tie)
		}
	}
	return db.Statement{SQL: `
		INSERT INTO package_declarations (package_id, person_id, tie, said_at) SELECT package_id, person_id, tie, $4 FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS v (package_id, person_id, tie)
		ON CONFLICT (package_id, person_id) DO NOTHING`, Args: []any{packages, persons, ties, now}}, len(packages) > 0
}

// putBallots queues votes for the commit: their lines in the log, what stands,
// by how much the sums move, and what their voters are shown then. Their persons
// are held, so that what stood before is known exactly.
func putBallots(tx *db.Tx, vs []*balloting) {
	if len(vs) == 0 {
		return
	}
	var accounts []int64
	now := make([]Standing, len(vs))
	for i, v := range vs {
		accounts, now[i] = append(accounts, v.account), v.out
		if v.asked.Old != nil {
			moveTallies(tx, *v.asked.Old, -1)
		}
		moveTallies(tx, v.out, 1)
	}
	c := columnsOf(now)
	tx.Last(orderVotes, `
		INSERT INTO package_votes (package_id, person_id, account_id, subject, subject_id, version_id, choice, reason, stratum, created_at)
		SELECT v.package_id, v.person_id, a.account_id, v.subject, v.subject_id, v.version_id, v.choice, v.reason, v.stratum, v.updated_at
		FROM `+standingsFrom+` JOIN unnest($13::bigint[]) WITH ORDINALITY AS a (account_id, n) ON a.n = v.n ORDER BY v.n`, append(c, accounts), nil)
	tx.Last(orderVotes, putStandingsSQL, c, nil)
	askShown(tx, vs)
}

// orderVotes comes before the sums, which many want.
const (
	orderVotes   = "package 1"
	orderTallies = "package 2"
	orderShown   = "package 3"
)

// standingsFrom are standings as rows, out of twelve lists.
const standingsFrom = `unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::smallint[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::boolean[], $12::timestamptz[])
	WITH ORDINALITY AS v (package_id, person_id, subject, subject_id, version_id, choice, reason, stratum, status, carried, stale, updated_at, n)`

const putStandingsSQL = `
	INSERT INTO package_standings AS s (package_id, person_id, subject, subject_id, version_id, choice, reason, stratum, status, carried, stale, updated_at)
	SELECT package_id, person_id, subject, subject_id, version_id, choice, reason, stratum, status, carried, stale, updated_at FROM ` + standingsFrom + `
	ORDER BY subject, subject_id, person_id
	ON CONFLICT (subject, subject_id, person_id) DO UPDATE SET version_id = excluded.version_id, choice = excluded.choice, reason = excluded.reason,
		stratum = excluded.stratum, status = excluded.status, carried = excluded.carried, stale = excluded.stale, updated_at = excluded.updated_at`

// columnsOf turns standings into the lists of standingsFrom.
func columnsOf(all []Standing) []any {
	n := len(all)
	packages, persons, subjectIDs, versions := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	subjects, reasons, strata, statuses := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	choices, carried, stale, at := make([]int16, n), make([]bool, n), make([]bool, n), make([]time.Time, n)
	for i, s := range all {
		packages[i], persons[i], subjects[i], subjectIDs[i], versions[i] = s.PackageID, s.PersonID, string(s.Subject), s.SubjectID, s.VersionID
		choices[i], reasons[i], strata[i], statuses[i] = s.Choice, s.Reason, string(s.Stratum), string(s.Status)
		carried[i], stale[i], at[i] = s.Carried, s.Stale, s.UpdatedAt
	}
	return []any{packages, persons, subjects, subjectIDs, versions, choices, reasons, strata, statuses, carried, stale, at}
}

// waitingSQL counts what waits for the votes of people, items of the newest
// version and wishes of others, and on how many of those each has voted by now;
// both as far as AskFirst.
var waitingSQL = fmt.Sprintf(`
	SELECT (v.n - 1)::int,
		(SELECT count(*) FROM (
			(SELECT FROM package_version_items vi JOIN package_items i ON i.id = vi.item_id WHERE vi.version_id = v.version_id AND vi.value IS NOT NULL AND i.votable LIMIT %[1]d)
			UNION ALL (SELECT FROM amendments m WHERE m.package_id = v.package_id AND m.state IN ('open', 'answered', 'deferred') AND m.author_person_id <> v.person_id LIMIT %[1]d)) w)::int,
		(SELECT count(*) FROM (
			SELECT FROM package_standings o WHERE o.package_id = v.package_id AND o.person_id = v.person_id AND NOT o.stale AND (
				o.subject = 'item_need' AND EXISTS (SELECT FROM package_version_items vi WHERE vi.version_id = v.version_id AND vi.item_id = o.subject_id AND vi.value IS NOT NULL)
				OR o.subject = 'amendment' AND EXISTS (SELECT FROM amendments m WHERE m.id = o.subject_id AND m.state IN ('open', 'answered', 'deferred')))
			LIMIT %[1]d) a)::int
	FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS v (package_id, person_id, version_id, n)`, AskFirst)

// askShown queues what the voters of ballots that are taken may see once they
// are: it is read with the commit, after the sums have moved.
func askShown(tx *db.Tx, taken []*balloting) {
	var subjectIDs []int64
	var subjects []string
	for _, v := range taken {
		v.sums, v.watcher = map[Stratum]Tally{}, Watcher{Voted: v.asked.Voted || v.Subject == OnPackage}
		subjects, subjectIDs = append(subjects, string(v.Subject)), append(subjectIDs, v.SubjectID)
	}
	tx.Last(orderShown, `SELECT (v.n - 1)::int, `+tallyColumns+` FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS v (subject, subject_id, n)
		JOIN package_tallies t ON t.subject = v.subject AND t.subject_id = v.subject_id`, []any{subjects, subjectIDs}, func(r pgx.Row) error {
		var i int
		t, err := scanTally(r, &i)
		if err == nil {
			taken[i].sums[t.Stratum] = t.tally()
		}
		return err
	})
	askWaiting(tx, taken)
}

// askWaiting queues what waits for those who have voted on the package: nobody
// else sees how votes go, whatever waits.
func askWaiting(tx *db.Tx, taken []*balloting) {
	var packages, persons, versions []int64
	var voted []*balloting
	for _, v := range taken {
		if v.watcher.Voted {
			voted = append(voted, v)
			packages, persons, versions = append(packages, v.PackageID), append(persons, v.person), append(versions, v.asked.VersionID)
		}
	}
	if len(voted) == 0 {
		return
	}
	tx.Last(orderShown, waitingSQL, []any{packages, persons, versions}, func(r pgx.Row) error {
		var i int
		var w Watcher
		err := r.Scan(&i, &w.Waiting, &w.Asked)
		if err == nil {
			voted[i].watcher.Waiting, voted[i].watcher.Asked = w.Waiting, w.Asked
		}
		return err
	})
}
