package demo_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/demo"
	"caravan/internal/testkit"
)

func count(t *testing.T, d *db.DB, sql string, args ...any) (n int64) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestFillMakesExactlyWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	d := demo.Filled(t, 1)
	for sql, want := range map[string]int64{
		`SELECT count(*) FROM organisations WHERE kind = 'clinic' AND state = 'listed'`:                 24,
		`SELECT count(DISTINCT country) FROM organisations WHERE kind = 'clinic'`:                       10,
		`SELECT count(*) FROM accounts`:                                                                 185,
		`SELECT count(*) FROM persons`:                                                                  185,
		`SELECT count(*) FROM questions WHERE state = 'shown'`:                                          125,
		`SELECT count(*) FROM replies WHERE state = 'shown'`:                                            2_500,
		`SELECT count(*) FROM passwords WHERE hash LIKE '$argon2id$%'`:                                  185,
		`SELECT count(*) FROM identities WHERE provider = 'email' AND uid LIKE 'demo-___@demo.example'`: 185,
		`SELECT count(*) FROM notifications`:                                                            0,
		`SELECT count(*) FROM platform_roles`:                                                           4,
	} {
		if got := count(t, d, sql); got != want {
			t.Errorf("%s: got %d, want %d", sql, got, want)
		}
	}
	checkSignIns(t, d)
}

// checkSignIns looks at the accounts that are named to those who try the site.
func checkSignIns(t *testing.T, d *db.DB) {
	t.Helper()
	for _, name := range strings.Fields("patient newcomer treated staff doctor facilitator moderator moderator2 moderator3 admin") {
		const sql = `SELECT count(*) FROM identities i JOIN accounts a ON a.id = i.account_id
			WHERE i.provider = 'email' AND i.uid = $1 AND i.verified_at < now()
				AND EXISTS (SELECT FROM identities s WHERE s.account_id = a.id AND s.provider = 'demo') = $2
				AND (a.created_at > now() - interval '24 hours') = $3`
		if count(t, d, sql, name+"@demo.example", name != "newcomer", name == "newcomer") != 1 {
			t.Errorf("%s@demo.example is not there as promised", name)
		}
	}
	const works = `SELECT count(*) FROM affiliations f JOIN identities i ON i.account_id = f.person_id JOIN organisations o ON o.id = f.organisation_id
		WHERE i.uid = $1 AND f.role = $2 AND o.kind = $3 AND f.source = 'roster'`
	for _, w := range [][3]any{{"staff@demo.example", "staff", "clinic"}, {"doctor@demo.example", "doctor", "clinic"}, {"facilitator@demo.example", "staff", "facilitator"}} {
		if count(t, d, works, w[:]...) != 1 {
			t.Errorf("%v does not work as promised", w)
		}
	}
}

// Each of these counts rows that could not have come about on the site itself.
var impossible = map[string]string{
	"positions are not 1 to n": `SELECT count(*) FROM (SELECT question_id, count(*) AS n, min(position) AS low, max(position) AS high, count(DISTINCT position) AS different FROM replies GROUP BY 1) x
		WHERE low <> 1 OR high <> n OR different <> n`,
	"a reply is not later than the one before": `SELECT count(*) FROM replies a JOIN replies b ON b.question_id = a.question_id AND b.position = a.position + 1 WHERE b.published_at <= a.published_at`,
	"a reply is older than its question":       `SELECT count(*) FROM replies r JOIN questions q ON q.id = r.question_id WHERE r.published_at <= q.published_at OR r.published_at > now()`,
	"somebody wrote before signing up": `SELECT count(*) FROM (SELECT author_account_id AS a, created_at FROM questions UNION ALL SELECT author_account_id, created_at FROM replies) x
		JOIN accounts ON accounts.id = x.a WHERE accounts.created_at > x.created_at`,
	"replies are counted wrong": `SELECT count(*) FROM question_counts c JOIN questions q ON q.id = c.question_id WHERE NOT c.shown
		OR c.replies <> (SELECT count(*) FROM replies r WHERE r.question_id = q.id)
		OR c.last_at <> greatest(q.published_at, (SELECT max(published_at) FROM replies r WHERE r.question_id = q.id))
		OR c.first_answer_at IS DISTINCT FROM (SELECT min(published_at) FROM replies r WHERE r.question_id = q.id AND r.author_account_id <> q.author_account_id)`,
	"a question has no counters": `SELECT count(*) FROM questions q WHERE NOT EXISTS (SELECT FROM question_counts c WHERE c.question_id = q.id)`,
	"clinic answers are counted wrong": `SELECT count(*) FROM question_counts c JOIN questions q ON q.id = c.question_id WHERE c.clinic_replies <>
		(SELECT count(*) FROM replies r JOIN organisations o ON o.id = r.author_organisation_id WHERE r.question_id = q.id AND o.kind = 'clinic' AND (q.organisation_id IS NULL OR q.organisation_id = o.id))`,
	"votes are summed wrong":            `SELECT count(*) FROM (SELECT reply_id, sum(value * counted::int) AS n FROM reply_votes GROUP BY 1) v FULL JOIN reply_scores s USING (reply_id) WHERE coalesce(v.n, 0) <> coalesce(s.helpful, 0)`,
	"an author votes for the own reply": `SELECT count(*) FROM reply_votes v JOIN replies r ON r.id = v.reply_id WHERE v.account_id = r.author_account_id OR v.at < r.published_at OR v.at > now()`,
	"a vote counts that must not": `SELECT count(*) FROM reply_votes v JOIN accounts a ON a.id = v.account_id WHERE v.counted <>
		(a.created_at < now() - interval '24 hours' AND EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider = 'demo'))`,
	"a channel does not stand where its question does": `SELECT count(*) FROM question_counts c LEFT JOIN live_channels l ON l.channel = 'question:' || c.question_id WHERE l.top_seq IS DISTINCT FROM c.replies`,
	"events are missing or too many": `SELECT count(*) FROM live_channels l WHERE l.top_seq - l.low_seq <> (SELECT count(*) FROM live_events e WHERE e.channel = l.channel AND e.seq > l.low_seq AND e.seq <= l.top_seq)
		OR EXISTS (SELECT FROM live_events e WHERE e.channel = l.channel AND e.seq <= l.low_seq)`,
	"an event is not its reply's":      `SELECT count(*) FROM live_events e LEFT JOIN replies r ON r.id = e.ref_id WHERE e.type <> 'reply.new' OR r.position IS DISTINCT FROM e.seq OR 'question:' || r.question_id <> e.channel OR e.ver <> r.version`,
	"an old event was not purged":      `SELECT count(*) FROM live_events WHERE at < now() - interval '7 days 1 minute'`,
	"an accepted reply is none":        `SELECT count(*) FROM questions q LEFT JOIN replies r ON r.id = q.accepted_reply_id WHERE q.accepted_reply_id IS NOT NULL AND (r.question_id IS DISTINCT FROM q.id OR r.author_account_id = q.author_account_id)`,
	"a title is too short or too long": `SELECT count(*) FROM questions WHERE length(title) NOT BETWEEN 15 AND 200 OR length(body) NOT BETWEEN 20 AND 10000`,
	"a reply is too long or empty":     `SELECT count(*) FROM replies WHERE length(body) NOT BETWEEN 1 AND 10000 OR body_html = ''`,
	"a text is not normalised": `SELECT count(*) FROM (SELECT title AS s FROM questions UNION ALL SELECT body FROM questions UNION ALL SELECT body FROM replies UNION ALL SELECT handle FROM accounts
		UNION ALL SELECT name FROM organisations UNION ALL SELECT description FROM organisations) x WHERE s IS NOT NFC NORMALIZED OR s <> btrim(s, E' \n\t') OR s LIKE E'%\r%' OR s ~ '[{}]'`,
	"somebody speaks of a body that accredits no clinic": `SELECT count(*) FROM (SELECT body AS s FROM questions UNION ALL SELECT body FROM replies UNION ALL SELECT description FROM organisations) x WHERE s ILIKE '%isqua%'`,
	"a question is about a clinic elsewhere":             `SELECT count(*) FROM questions q JOIN organisations o ON o.id = q.organisation_id WHERE o.country <> q.destination`,
	"a clinic does not offer what is asked about":        `SELECT count(*) FROM questions q WHERE organisation_id IS NOT NULL AND NOT EXISTS (SELECT FROM organisation_procedures p WHERE p.organisation_id = q.organisation_id AND p.procedure_id = q.procedure_id)`,
	"an author stands there without an employer":         `SELECT count(*) FROM replies r JOIN affiliations f ON f.person_id = r.author_account_id WHERE r.author_organisation_id IS DISTINCT FROM f.organisation_id OR r.author_role <> f.role OR r.author_title <> f.title`,
	"a consent is missing":                               `SELECT count(*) FROM accounts a WHERE (SELECT count(DISTINCT purpose) FROM consents c WHERE c.account_id = a.id) <> 3`,
	"two people have one address":                        `SELECT count(*) FROM (SELECT uid FROM identities GROUP BY provider, uid HAVING count(*) > 1) x`,
	"something is not queued for the index": `SELECT count(*) FROM (SELECT 1 AS kind, id FROM questions UNION ALL SELECT 2, id FROM replies UNION ALL SELECT 3, id FROM organisations WHERE kind = 'clinic'
		UNION ALL SELECT 4, id FROM clinicians UNION ALL SELECT 7, id FROM packages WHERE published_at IS NOT NULL) x WHERE NOT EXISTS (SELECT FROM search_queue s WHERE s.kind = x.kind AND s.ref_id = x.id)`,
	"a clinic's last answer is told wrong": `SELECT count(*) FROM organisations o WHERE kind = 'clinic' AND answered_at IS DISTINCT FROM greatest((SELECT max(r.published_at) FROM replies r JOIN questions q ON q.id = r.question_id
		WHERE r.author_organisation_id = o.id AND (q.organisation_id IS NULL OR q.organisation_id = o.id)), (SELECT max(a.published_at) FROM answers a WHERE a.organisation_id = o.id))`,
}

func TestNothingStandsThereThatTheSiteCouldNotHaveMade(t *testing.T) {
	t.Parallel()
	for _, scale := range []int{1, 2} {
		d := demo.Filled(t, scale)
		for what, sql := range impossible {
			if n := count(t, d, sql); n != 0 {
				t.Errorf("scale %d: %s: %d", scale, what, n)
			}
		}
	}
}

func TestNewRowsFollowBehind(t *testing.T) {
	t.Parallel()
	d := demo.Filled(t, 1)
	for _, table := range []string{"persons", "accounts", "identities", "organisations", "clinicians", "questions", "replies", "consents", "affiliations",
		"experiences", "complications", "check_ins", "changes", "visit_batches", "experience_drafts", "packages", "package_versions", "amendments", "package_votes", "package_journeys"} {
		next := count(t, d, `SELECT nextval(pg_get_serial_sequence($1, 'id'))`, table)
		if top := count(t, d, `SELECT max(id) FROM `+table); next != top+1 {
			t.Errorf("%s: the next id is %d, the last one %d", table, next, top)
		}
	}
}

// filledAnew does not begin with what another test has filled.
func filledAnew(t *testing.T) *db.DB {
	t.Helper()
	d := testkit.OwnerOf(t, testkit.DB(t))
	var log strings.Builder
	if err := demo.Fill(context.Background(), d, demo.Options{Scale: 1, Log: &log}); err != nil {
		t.Fatal(err)
	}
	t.Log(log.String())
	return d
}

func TestTwoFillsHoldTheSameTexts(t *testing.T) {
	t.Parallel()
	const sum = `SELECT ('x' || left(md5(string_agg(s, E'\n' ORDER BY k, id)), 15))::bit(60)::bigint FROM (
		SELECT 1 AS k, id, concat_ws('|', author_account_id, procedure_id, destination, organisation_id, title, body, body_html, lang, accepted_reply_id) AS s FROM questions
		UNION ALL SELECT 2, id, concat_ws('|', question_id, author_account_id, author_role, author_title, author_organisation_id, body, lang, position) FROM replies
		UNION ALL SELECT 3, id, concat_ws('|', handle, handle_key, lang) FROM accounts
		UNION ALL SELECT 4, reply_id, helpful::text FROM reply_scores
		UNION ALL SELECT 5, id, concat_ws('|', public_id, pseudonym, organisation_id, procedure_id, title, story, quoted_minor, paid_minor, paid_currency, level, worst_grade, helpful, state, details) FROM experiences
		UNION ALL SELECT 6, experience_id, concat_ws('|', author_account_id, body, standing) FROM answers
		UNION ALL SELECT 7, id, concat_ws('|', slug, title, summary, state, steps) FROM packages
		UNION ALL SELECT 8, id, encode(content_hash, 'hex') FROM package_versions
		UNION ALL SELECT 9, id, concat_ws('|', person_id, subject, subject_id, version_id, choice, reason, stratum) FROM package_votes
		UNION ALL SELECT 10, journey_id, concat_ws('|', item_id, verdict, delivered, mattered) FROM package_verdicts) x`
	if a, b := count(t, demo.Filled(t, 1), sum), count(t, filledAnew(t), sum); a != b {
		t.Errorf("sums %x and %x", a, b)
	}
}

func TestFillLeavesAlonePlacesWhereSomebodyLives(t *testing.T) {
	t.Parallel()
	d := testkit.OwnerOf(t, testkit.DB(t))
	testkit.Person(t, d, "Somebody")
	if err := demo.Fill(context.Background(), d, demo.Options{Scale: 1}); !errors.Is(err, demo.ErrNotEmpty) {
		t.Errorf("got %v", err)
	}
	if n := count(t, d, `SELECT count(*) FROM organisations`) + count(t, d, `SELECT count(*) FROM questions`); n != 0 {
		t.Errorf("%d rows were added", n)
	}
}

func TestTwoAtOnceFillOnce(t *testing.T) {
	t.Parallel()
	d := testkit.OwnerOf(t, testkit.DB(t))
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- demo.Fill(context.Background(), d, demo.Options{Scale: 1}) }()
	}
	refused := 0
	for range 2 {
		switch err := <-done; {
		case errors.Is(err, demo.ErrNotEmpty):
			refused++
		case err != nil:
			t.Error(err)
		}
	}
	if refused != 1 {
		t.Errorf("%d of two were refused", refused)
	}
	if n := count(t, d, `SELECT count(*) FROM replies`); n != 2_500 {
		t.Errorf("%d replies", n)
	}
}

func TestNonsenseScalesAreRefused(t *testing.T) {
	t.Parallel()
	d := testkit.OwnerOf(t, testkit.DB(t))
	for _, scale := range []int{-1, 0, 100_000} {
		if err := demo.Fill(context.Background(), d, demo.Options{Scale: scale}); err == nil {
			t.Errorf("scale %d was taken", scale)
		}
	}
}
