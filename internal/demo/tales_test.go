package demo_test

import (
	"context"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/demo"
	"caravan/internal/experience"
	"caravan/internal/visit"
)

func TestExperiencesAreAsManyAndAsMixedAsPromised(t *testing.T) {
	t.Parallel()
	d := demo.Filled(t, 1)
	for sql, want := range map[string]int64{
		`SELECT count(*) FROM experiences`:                                                       226,
		`SELECT count(*) FROM experiences WHERE state = 'published'`:                             221,
		`SELECT count(*) FROM moderation_cases WHERE kind = 'experience' AND decided_at IS NULL`: 2,
		`SELECT count(*) FROM tombstones`:                                                        2,
		`SELECT count(DISTINCT organisation_id) FROM experiences WHERE state = 'published'`:      24,
		`SELECT count(*) FROM answers WHERE experience_id IN (SELECT id FROM experiences WHERE pseudonym IN ('Quiet Reed', 'Oat Lantern', 'Cedar Window'))`: 3,
		`SELECT count(*) FROM experience_drafts x JOIN identities i USING (account_id) WHERE i.uid = 'treated@demo.example'`:                                1,
		// Who tries treated@demo.example has shown a visit.
		`SELECT count(*) FROM experiences e JOIN authorships a ON a.experience_id = e.id JOIN identities i ON i.account_id = a.account_id
			WHERE i.uid = 'treated@demo.example' AND e.title LIKE 'I eat apples again%' AND e.level >= 2 AND e.counted`: 1,
	} {
		if got := count(t, d, sql); got != want {
			t.Errorf("%s: got %d, want %d", sql, got, want)
		}
	}
	for sql, least := range map[string]int64{
		`SELECT count(*) FROM (SELECT 1 FROM experiences WHERE state = 'published' AND counted GROUP BY organisation_id HAVING count(*) >= 5) x`:                       8,
		`SELECT count(*) FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE o.slug = 'dunakert-dental' AND e.state = 'published'`:               19,
		`SELECT count(*) FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE o.slug = 'dunakert-dental' AND e.state = 'published' AND e.counted`: 12,
		`SELECT count(DISTINCT level) FROM experiences WHERE state = 'published'`:                                                                                      4,
		`SELECT count(DISTINCT worst_grade) FROM experiences WHERE state = 'published'`:                                                                                5,
		`SELECT count(*) FROM answers WHERE state = 'shown'`:                                                                                                           20,
		`SELECT count(DISTINCT standing) FROM answers`:                                                                                                                 5,
		`SELECT count(*) FROM changes WHERE made_on IS NULL AND due_on < current_date`:                                                                                 3,
		`SELECT count(*) FROM changes WHERE made_on IS NULL AND due_on > current_date`:                                                                                 3,
		`SELECT count(*) FROM change_sightings`:                                                                                                                        7,
		`SELECT count(*) FROM check_ins WHERE moment = 'm12' AND status = 'done'`:                                                                                      12,
		`SELECT count(*) FROM check_ins WHERE status = 'missed'`:                                                                                                       25,
		`SELECT count(*) FROM check_ins WHERE status = 'coming'`:                                                                                                       50,
		`SELECT count(*) FROM experience_edits`:                                                                                                                        20,
		`SELECT count(*) FROM experience_restricted`:                                                                                                                   15,
		`SELECT count(*) FROM visit_codes WHERE NOT used`:                                                                                                              20,
		`SELECT count(*) FROM visit_declarations`:                                                                                                                      30,
		`SELECT count(*) FROM experience_votes`:                                                                                                                        400,
		`SELECT count(*) FROM experiences WHERE paid_ratio > 1.02`:                                                                                                     20,
		`SELECT count(*) FROM experiences WHERE shown_period = 'quarter' AND shown_treatment = 'procedure'`:                                                            20,
	} {
		if got := count(t, d, sql); got < least {
			t.Errorf("%s: got %d, want %d or more", sql, got, least)
		}
	}
}

// Each of these counts rows that could not have come about on the site itself.
var untold = map[string]string{
	"a visit was told twice": `SELECT count(*) FROM (SELECT 1 FROM authorships GROUP BY person_id, organisation_id, quarter HAVING count(*) > 1) x`,
	"an authorship is not its experience's": `SELECT count(*) FROM experiences e LEFT JOIN authorships a ON a.experience_id = e.id
		WHERE a.organisation_id IS DISTINCT FROM e.organisation_id OR a.quarter <> e.quarter OR a.told = (e.state IN ('withdrawn', 'removed'))`,
	"somebody of a clinic tells":                  `SELECT count(*) FROM authorships a JOIN affiliations f USING (person_id)`,
	"somebody told before signing up":             `SELECT count(*) FROM authorships a JOIN experiences e ON e.id = a.experience_id JOIN accounts c ON c.id = a.account_id WHERE c.created_at::date > e.created_on`,
	"a day lies ahead or out of order":            `SELECT count(*) FROM experiences WHERE created_on > current_date OR published_on < created_on OR published_on > current_date OR edited_on < published_on OR edited_on > current_date`,
	"a quarter is not that of the day":            `SELECT count(*) FROM experiences e JOIN experience_sealed s ON s.experience_id = e.id WHERE to_char((s.answers->'procedure_day'->>0)::date, 'YYYY-"Q"Q') <> e.quarter OR (s.answers->'procedure_day'->>0)::date > e.created_on`,
	"a clinic does not treat it":                  `SELECT count(*) FROM experiences e WHERE NOT EXISTS (SELECT FROM organisation_procedures p WHERE p.organisation_id = e.organisation_id AND p.procedure_id = e.procedure_id)`,
	"a place is not the clinic's":                 `SELECT count(*) FROM experiences e JOIN organisations o ON o.id = e.organisation_id WHERE e.destination <> o.country OR e.city <> o.city OR o.kind <> 'clinic'`,
	"a specialty is not its procedure's":          `SELECT count(*) FROM experiences e JOIN procedures p ON p.id = e.procedure_id WHERE p.specialty_id <> e.specialty_id`,
	"a title or a story is too short or too long": `SELECT count(*) FROM experiences WHERE state NOT IN ('withdrawn', 'removed') AND (length(title) NOT BETWEEN 15 AND 120 OR length(story) NOT BETWEEN 50 AND 20000 OR story_html = '')`,
	"a buried one still says something":           `SELECT count(*) FROM experiences e WHERE state IN ('withdrawn', 'removed') AND (title <> '' OR story <> '' OR counted OR paid_minor IS NOT NULL OR EXISTS (SELECT FROM experience_edits x WHERE x.experience_id = e.id))`,
	"a consent to publish is missing":             `SELECT count(*) FROM experiences e WHERE NOT EXISTS (SELECT FROM experience_consents c WHERE c.experience_id = e.id AND purpose = 'publish' AND (withdrawn_at IS NULL OR e.state IN ('withdrawn', 'removed')))`,
	"the procedures are not there":                `SELECT count(*) FROM experiences e WHERE state NOT IN ('withdrawn', 'removed') AND NOT EXISTS (SELECT FROM experience_procedures p WHERE p.experience_id = e.id AND p.position = 0 AND p.procedure_id = e.procedure_id)`,
	"lines do not add up": `SELECT count(*) FROM experiences e JOIN (SELECT experience_id, coalesce(sum(quoted_minor), 0) AS q, coalesce(sum(paid_minor), 0) AS p FROM experience_lines GROUP BY 1) l ON l.experience_id = e.id
		WHERE l.q <> e.quoted_minor OR l.p <> e.paid_minor`,
	"votes are summed wrong": `SELECT count(*) FROM experiences e, LATERAL (SELECT coalesce(sum(value), 0) AS helpful, count(*) AS n FROM experience_votes v WHERE v.experience_id = e.id AND counted) v
		WHERE e.helpful <> v.helpful OR e.helpful_of <> v.n`,
	"a vote is not allowed": `SELECT count(*) FROM experience_votes v JOIN experiences e ON e.id = v.experience_id JOIN authorships a ON a.experience_id = e.id
		WHERE v.person_id = a.person_id OR v.cast_at < e.published_on OR v.cast_at > now() OR EXISTS (SELECT FROM affiliations f WHERE f.person_id = v.person_id AND f.organisation_id = e.organisation_id)`,
	"a check-in stands as it cannot": `SELECT count(*) FROM check_ins c JOIN experiences e ON e.id = c.experience_id WHERE e.state NOT IN ('withdrawn', 'removed') AND (due_on <= e.created_on
		OR (status = 'coming') <> (due_on > current_date AND status <> 'done') OR (status = 'missed' AND closes_on > current_date) OR (status = 'asked' AND closes_on <= current_date)
		OR (status = 'done' AND (done_on IS NULL OR done_on < due_on OR done_on > closes_on OR done_on > current_date OR agrees IS NULL)) OR (status <> 'done' AND (c.goal_achieved IS NOT NULL OR c.note <> '')))`,
	"a complication was told at no check-in": `SELECT count(*) FROM complications h WHERE told <> 'start' AND NOT EXISTS (SELECT FROM check_ins c WHERE c.experience_id = h.experience_id AND c.moment = h.told AND c.status = 'done' AND c.complication = 'yes')`,
	"a grade is nobody's":                    `SELECT count(*) FROM experiences e WHERE worst_grade > 0 AND worst_grade IS DISTINCT FROM (SELECT max(grade) FROM complications h WHERE h.experience_id = e.id)`,
	"a proof is not its experience's":        `SELECT count(*) FROM visit_proofs p JOIN experiences e ON e.id = p.experience_id WHERE p.organisation_id <> e.organisation_id OR p.quarter <> e.quarter OR p.seen_on < e.created_on OR p.seen_on > current_date`,
	"codes and their proofs differ": `SELECT abs((SELECT count(*) FROM visit_codes WHERE used) - (SELECT count(*) FROM visit_proofs WHERE kind = 'code'))
		+ (SELECT count(*) FROM visit_batches b WHERE codes <> (SELECT count(*) FROM visit_codes c WHERE c.batch_id = b.id))`,
	"codes were made too early, too late or by a stranger": `SELECT count(*) FROM visit_batches b LEFT JOIN affiliations f ON f.person_id = b.made_by WHERE f.organisation_id IS DISTINCT FROM b.organisation_id OR f.valid_from > b.made_at OR b.made_at > now()
		OR to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-"Q"Q') NOT IN (b.quarter, to_char(to_date(left(b.quarter, 4) || right(b.quarter, 1)::int * 3, 'YYYYMM') + interval '1 month', 'YYYY-"Q"Q'))`,
	"more codes than the cap": `SELECT count(*) FROM (SELECT organisation_id, quarter, sum(codes) AS n FROM visit_batches GROUP BY 1, 2) b LEFT JOIN LATERAL (SELECT max(patients) AS patients FROM visit_declarations d
		WHERE d.organisation_id = b.organisation_id AND d.quarter = to_char(to_date(left(b.quarter, 4) || lpad((right(b.quarter, 1)::int * 3 - 2)::text, 2, '0'), 'YYYYMM') - interval '1 month', 'YYYY-"Q"Q')) d ON true
		WHERE n > greatest(20, coalesce(d.patients, 0) * 6 / 5)`,
	"an answer is a stranger's, or older than what it answers": `SELECT count(*) FROM answers a JOIN experiences e ON e.id = a.experience_id LEFT JOIN affiliations f ON f.person_id = a.author_account_id
		WHERE f.organisation_id IS DISTINCT FROM a.organisation_id OR a.organisation_id <> e.organisation_id OR f.role <> a.author_role OR a.created_at < e.published_on OR a.created_at > now() OR e.state <> 'published' OR f.valid_from > a.created_at`,
	"an answer stands where its changes do not": `SELECT count(*) FROM answers a JOIN LATERAL (SELECT count(*) AS n, count(made_on) AS made,
			count(*) FILTER (WHERE made_on IS NOT NULL AND EXISTS (SELECT FROM change_sightings s WHERE s.change_id = c.id AND seen)) AS seen FROM changes c WHERE c.experience_id = a.experience_id) c ON true
		WHERE standing <> CASE WHEN n = 0 AND standing IN ('answered', 'looking') THEN standing WHEN n = 0 THEN '' WHEN made < n THEN 'planned' WHEN seen < n THEN 'made' ELSE 'confirmed' END`,
	"a change is promised or proven as it cannot be": `SELECT count(*) FROM changes c JOIN answers a USING (experience_id) WHERE c.created_at < a.created_at OR c.due_on < c.created_at::date OR c.due_on > c.created_at::date + 365
		OR c.made_on > current_date OR (c.made_on IS NULL) <> (c.proof = '') OR length(c.title) NOT BETWEEN 10 AND 120 OR (c.proof <> '' AND length(c.proof) NOT BETWEEN 20 AND 1000)`,
	"a change was seen by one who cannot have": `SELECT count(*) FROM change_sightings s JOIN changes c ON c.id = s.change_id JOIN experiences e ON e.id = s.experience_id
		WHERE e.organisation_id <> c.organisation_id OR e.level < 2 OR e.state <> 'published' OR e.quarter < to_char(c.made_on, 'YYYY-"Q"Q') OR s.told_on < e.published_on OR s.told_on > current_date`,
	"something is not queued for the index": `SELECT count(*) FROM experiences e WHERE (state = 'published') <> EXISTS (SELECT FROM search_queue s WHERE s.kind = 6 AND s.ref_id = e.id)`,
	"an origin is shown that few share":     `SELECT count(*) FROM experiences e WHERE shown_origin AND (SELECT count(*) FROM experiences o WHERE o.organisation_id = e.organisation_id AND o.state = 'published' AND o.origin_country = e.origin_country) < 5`,
	"two go by one name at one clinic":      `SELECT count(*) FROM (SELECT 1 FROM experiences GROUP BY organisation_id, pseudonym HAVING count(*) > 1) x`,
	"a pseudonym is somebody's handle":      `SELECT count(*) FROM experiences e JOIN accounts a ON lower(a.handle) = lower(e.pseudonym)`,
	"an account or an address stands in public": `SELECT count(*) FROM experiences e JOIN authorships a ON a.experience_id = e.id JOIN accounts c ON c.id = a.account_id
		WHERE concat_ws(' ', e.title, e.story, e.goal, e.details::text) ILIKE '%' || c.handle || '%' OR concat_ws(' ', e.title, e.story, e.goal) ~ '[[:alnum:]]@[[:alnum:]]'`,
	"a text has a gap left": `SELECT count(*) FROM (SELECT title AS s FROM experiences UNION ALL SELECT story FROM experiences UNION ALL SELECT goal FROM experiences UNION ALL SELECT note FROM check_ins UNION ALL SELECT body FROM answers
		UNION ALL SELECT title FROM changes) x WHERE s ~ '[{}|]' OR s IS NOT NFC NORMALIZED OR s <> btrim(s, E' \n\t')`,
}

func TestNothingIsToldThatTheSiteCouldNotHaveTaken(t *testing.T) {
	t.Parallel()
	for _, scale := range []int{1, 3} {
		d := demo.Filled(t, scale)
		for what, sql := range untold {
			if n := count(t, d, sql); n != 0 {
				t.Errorf("scale %d: %s: %d", scale, what, n)
			}
		}
	}
}

// What the demo derives is what the site would derive: refreshing changes
// nothing.
func TestRefreshingChangesNothing(t *testing.T) {
	t.Parallel()
	d := demo.Filled(t, 1)
	const derived = `SELECT string_agg(concat_ws('|', id, level, counted, goal_achieved, goal_told, worth_it, complication, worst_grade, known_days, answered, asked, paid_ratio, paid_euro_minor, rated_on), E'\n' ORDER BY id)
		FROM experiences WHERE state NOT IN ('withdrawn', 'removed')`
	read := func() (s string) {
		t.Helper()
		if err := d.Pool().QueryRow(context.Background(), derived).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := read()
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		var ids []int64
		if err := tx.Gorm().Raw(`SELECT id FROM experiences WHERE state NOT IN ('withdrawn', 'removed')`).Scan(&ids).Error; err != nil {
			return err
		}
		for _, id := range ids {
			if err := experience.Refresh(tx, id); err != nil {
				return err
			}
		}
		proofs, err := visit.Proofs(tx, ids)
		if len(proofs) < 90 {
			t.Errorf("%d experiences have proofs", len(proofs))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	now := strings.Split(read(), "\n")
	for i, line := range strings.Split(before, "\n") {
		if now[i] != line {
			t.Errorf("was %s\nis  %s", line, now[i])
		}
	}
}
