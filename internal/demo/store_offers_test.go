package demo

import (
	"bytes"
	"context"
	"testing"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/shaping"
	"caravan/internal/testkit"
)

// figures reads numbers of one row.
func figures(t *testing.T, d *db.DB, into []any, sql string, args ...any) {
	t.Helper()
	if err := d.Pool().QueryRow(context.Background(), sql, args...).Scan(into...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// stored reads the versions of a package as they stand in the tables.
func stored(t *testing.T, d *db.DB, slug string) (contents []shaping.Content, hashes [][]byte) {
	t.Helper()
	rows, err := d.Pool().Query(context.Background(), `SELECT v.number, v.content_hash, i.key, i.kind, i.unit, i.direction, i.class, i.votable, i.verify, i.name, l.value::text, l.value_hash
		FROM packages p JOIN package_versions v ON v.package_id = p.id JOIN package_version_items l ON l.version_id = v.id JOIN package_items i ON i.id = l.item_id
		WHERE p.slug = $1 AND l.value IS NOT NULL ORDER BY v.number`, slug)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines [][]shaping.Line
	for rows.Next() {
		var n int
		var hash, valueHash []byte
		var value string
		var l shaping.Line
		if err := rows.Scan(&n, &hash, &l.Item.Key, &l.Item.Kind, &l.Item.Unit, &l.Item.Direction, &l.Item.Class, &l.Item.Votable, &l.Item.Verify, &l.Item.Name, &value, &valueHash); err != nil {
			t.Fatal(err)
		}
		if err := l.Value.Scan(value); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(l.Value.Hash(), valueHash) {
			t.Errorf("%s: version %d: %s has another hash", slug, n, l.Item.Key)
		}
		if n > len(lines) {
			lines, hashes = append(lines, nil), append(hashes, hash)
		}
		lines[n-1] = append(lines[n-1], l)
	}
	for _, l := range lines {
		contents = append(contents, shaping.NewContent(l...))
	}
	return contents, hashes
}

func TestPackagesStandThereAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	d := Filled(t, 1)
	all := readOffers(t)
	for i := range all {
		o := &all[i]
		var id int64
		var state string
		figures(t, d, []any{&id, &state}, `SELECT id, state FROM packages WHERE slug = $1`, o.Slug)
		if state != o.State {
			t.Errorf("%s is in the state %s", o.Slug, state)
		}
		if o.State == string(shaping.Draft) {
			continue
		}
		contents, hashes := stored(t, d, o.Slug)
		want := o.contents()
		if len(contents) != len(want) {
			t.Fatalf("%s has %d versions, %d are written", o.Slug, len(contents), len(want))
		}
		for n := range want {
			if !bytes.Equal(contents[n].Hash(), hashes[n]) || !bytes.Equal(want[n].Hash(), hashes[n]) {
				t.Errorf("%s: version %d does not have the hash of its content", o.Slug, n+1)
			}
		}
		checkVotes(t, d, o, id)
		checkPromises(t, d, o, id)
	}
	var packages int
	figures(t, d, []any{&packages}, `SELECT count(*) FROM packages`)
	if packages != len(all) {
		t.Errorf("%d packages, %d are written", packages, len(all))
	}
	sound(t, d)
}

// tallied are the tallies of one subject over all strata.
func tallied(t *testing.T, d *db.DB, kind shaping.Subject, id int64) (s sum, treated int) {
	t.Helper()
	figures(t, d, []any{&s.want, &s.pass, &s.against, &s.carried, &s.unverified, &s.quarantined, &s.stale, &s.void, &treated},
		`SELECT coalesce(sum(want), 0), coalesce(sum(pass), 0), coalesce(sum(against), 0), coalesce(sum(carried), 0), coalesce(sum(unverified), 0), coalesce(sum(quarantined), 0), coalesce(sum(stale), 0), coalesce(sum(void_ties), 0),
			coalesce(sum(want + pass + against) FILTER (WHERE stratum = 'treated'), 0) FROM package_tallies WHERE subject = $1 AND subject_id = $2`, string(kind), id)
	return s, treated
}

func checkVotes(t *testing.T, d *db.DB, o *offer, id int64) {
	t.Helper()
	p := o.Support
	if got, _ := tallied(t, d, shaping.OnPackage, id); got != (sum{p.Support, p.Unsure, p.NotForMe, p.Carried, p.Unverified, p.Quarantined, p.Stale, p.Void}) {
		t.Errorf("%s: votes %+v, written %+v", o.Slug, got, p)
	}
	for _, w := range o.Amendments {
		var wish int64
		figures(t, d, []any{&wish}, `SELECT a.id FROM amendments a JOIN accounts c ON c.id = a.author_account_id WHERE a.package_id = $1 AND a.reason = $2 AND a.state = $3`, id, w.Reason, w.State)
		if w.Votes == nil {
			continue
		}
		want := sum{want: w.Votes.Want, pass: w.Votes.DontMind, against: w.Votes.DontWant}
		if w.State == string(shaping.NeedsRebase) {
			want = sum{stale: want.want + want.pass + want.against}
		}
		got, treated := tallied(t, d, shaping.OnAmendment, wish)
		if got != want {
			t.Errorf("%s %s: votes %+v, written %+v", o.Slug, w.Key, got, want)
		}
		if most := w.Votes.Treated; treated > most.Want+most.DontMind+most.DontWant && treated > len(w.Supporters)+most.Want+most.DontMind+most.DontWant {
			t.Errorf("%s %s: %d of the voters were treated, written %+v", o.Slug, w.Key, treated, most)
		}
		if v := w.CounterVote; v != nil {
			if got, _ := tallied(t, d, shaping.OnCounter, wish); got != (sum{want: v.Agree, against: v.No}) {
				t.Errorf("%s %s: votes on the counter-offer %+v, written %+v", o.Slug, w.Key, got, v)
			}
		}
	}
	for _, n := range o.Needs {
		var item int64
		figures(t, d, []any{&item}, `SELECT id FROM package_items WHERE package_id = $1 AND key = $2`, id, n.Key)
		if got, _ := tallied(t, d, shaping.OnNeed, item); got != (sum{want: n.Must, pass: n.Nice, against: n.Irrelevant}) {
			t.Errorf("%s: need of %s %+v, written %+v", o.Slug, n.Key, got, n)
		}
	}
	for _, in := range o.Interest {
		var people int
		figures(t, d, []any{&people}, `SELECT count(*) FROM package_interests WHERE package_id = $1 AND readiness = $2 AND price_max_minor = $3`, id, string(in.Readiness), in.Minor)
		if people != in.People {
			t.Errorf("%s: %d are %s at %d, written %d", o.Slug, people, in.Readiness, in.Minor, in.People)
		}
	}
}

func checkPromises(t *testing.T, d *db.DB, o *offer, id int64) {
	t.Helper()
	var commitments, taken int
	figures(t, d, []any{&commitments, &taken}, `SELECT count(DISTINCT k.id), count(j.id) FROM package_commitments k LEFT JOIN package_journeys j ON j.commitment_id = k.id
		JOIN package_versions v ON v.id = k.version_id AND v.content_hash = k.content_hash WHERE k.package_id = $1`, id)
	if k := o.Commitment; k == nil && commitments > 0 || k != nil && (commitments != 1 || taken != k.Taken) {
		t.Errorf("%s: %d commitments, %d took it", o.Slug, commitments, taken)
	}
	for _, v := range o.Verdicts {
		var got offerVerdict
		figures(t, d, []any{&got.Kept, &got.Better, &got.Worse, &got.NotDelivered, &got.NotApplicable}, `SELECT count(*) FILTER (WHERE verdict = 'kept'), count(*) FILTER (WHERE verdict = 'better'),
			count(*) FILTER (WHERE verdict = 'worse'), count(*) FILTER (WHERE verdict = 'not_delivered'), count(*) FILTER (WHERE verdict = 'not_applicable')
			FROM package_verdicts v JOIN package_items i ON i.id = v.item_id WHERE i.package_id = $1 AND i.key = $2`, id, v.Key)
		if got.Kept != v.Kept || got.Better != v.Better || got.Worse != v.Worse || got.NotDelivered != v.NotDelivered || got.NotApplicable != v.NotApplicable {
			t.Errorf("%s: %s: verdicts %+v, written %+v", o.Slug, v.Key, got, v)
		}
	}
}

// Each of these counts rows about packages that could not have come about on the
// site itself.
var unheardOf = map[string]string{
	"a standing vote is not the last of the log": `WITH last AS (SELECT DISTINCT ON (person_id, subject, subject_id) * FROM package_votes ORDER BY person_id, subject, subject_id, id DESC)
		SELECT count(*) FROM last l FULL JOIN package_standings s USING (person_id, subject, subject_id) WHERE (l.choice, l.reason, l.stratum, l.package_id) IS DISTINCT FROM (s.choice, s.reason, s.stratum, s.package_id)
			OR s.updated_at IS DISTINCT FROM l.created_at OR NOT s.carried AND l.version_id <> s.version_id OR s.carried AND l.version_id = s.version_id`,
	"a tally is not what stands": `WITH s AS (SELECT package_id, subject, subject_id, stratum, count(*) FILTER (WHERE status = 'counted' AND choice = 1) AS want, count(*) FILTER (WHERE status = 'counted' AND choice = 0) AS pass,
			count(*) FILTER (WHERE status = 'counted' AND choice = -1) AS against, count(*) FILTER (WHERE status = 'counted' AND carried) AS carried, count(*) FILTER (WHERE status = 'unverified') AS unverified,
			count(*) FILTER (WHERE status = 'quarantined') AS quarantined, count(*) FILTER (WHERE status = 'stale_version') AS stale, count(*) FILTER (WHERE status = 'void_affiliation') AS void_ties
			FROM package_standings GROUP BY 1, 2, 3, 4)
		SELECT count(*) FROM s FULL JOIN package_tallies t USING (package_id, subject, subject_id, stratum)
		WHERE (s.want, s.pass, s.against, s.carried, s.unverified, s.quarantined, s.stale, s.void_ties) IS DISTINCT FROM (t.want, t.pass, t.against, t.carried, t.unverified, t.quarantined, t.stale, t.void_ties)`,
	"a stratum is not what was known": `SELECT count(*) FROM package_votes v JOIN packages p ON p.id = v.package_id WHERE (v.stratum = 'treated') <> EXISTS (
		SELECT FROM authorships a JOIN experiences e ON e.id = a.experience_id WHERE a.person_id = v.person_id AND e.state = 'published' AND e.level >= 2 AND e.published_on + interval '20 hours' <= v.created_at
			AND (e.procedure_id = p.procedure_id OR EXISTS (SELECT FROM experience_procedures x WHERE x.experience_id = e.id AND x.procedure_id = p.procedure_id AND x.state IN ('performed', 'added_on_arrival'))))`,
	"a treated patient has told of nothing": `SELECT count(*) FROM package_journeys j JOIN package_commitments k ON k.id = j.commitment_id JOIN packages p ON p.id = k.package_id WHERE j.proven <> EXISTS (
		SELECT FROM authorships a JOIN experiences e ON e.id = a.experience_id WHERE a.person_id = j.person_id AND e.organisation_id = k.organisation_id AND e.procedure_id = p.procedure_id AND e.state = 'published' AND e.level >= 2)
		OR j.proven <> (j.stage = 'treated')`,
	"somebody would be told what was due long ago": `SELECT count(*) FROM package_verdicts WHERE due_on < current_date AND told_at IS NULL`,
	"a vote counts that must not": `SELECT count(*) FROM package_standings s JOIN accounts a ON a.person_id = s.person_id WHERE (s.status = 'void_affiliation') <> EXISTS (SELECT FROM affiliations f WHERE f.person_id = s.person_id)
		OR EXISTS (SELECT FROM platform_roles r WHERE r.account_id = a.id) OR s.status NOT IN ('stale_version', 'void_affiliation', 'quarantined') AND (s.status = 'counted') <>
		(a.created_at < now() - interval '24 hours' AND EXISTS (SELECT FROM identities i WHERE i.account_id = a.id AND i.provider = 'demo'))`,
	"an author votes for the own wish": `SELECT count(*) FROM package_votes v JOIN amendments a ON v.subject = 'amendment' AND a.id = v.subject_id WHERE a.author_person_id = v.person_id OR v.created_at < a.created_at`,
	"somebody votes before being there": `SELECT count(*) FROM package_votes v JOIN accounts a ON a.id = v.account_id JOIN packages p ON p.id = v.package_id WHERE v.created_at < a.created_at OR v.created_at < p.published_at
		OR v.created_at > now() OR v.created_at > p.closed_at`,
	"a vote is about no version that was there":      `SELECT count(*) FROM package_votes v JOIN package_versions n ON n.id = v.version_id WHERE n.package_id <> v.package_id OR v.created_at < n.published_at`,
	"a vote was cast without a declaration":          `SELECT count(*) FROM package_votes v LEFT JOIN package_declarations d USING (package_id, person_id) WHERE d.said_at IS NULL OR d.said_at > v.created_at`,
	"only supporters vote on a counter-offer":        `SELECT count(*) FROM package_standings c WHERE c.subject = 'counter' AND NOT EXISTS (SELECT FROM package_standings s WHERE s.subject = 'amendment' AND s.subject_id = c.subject_id AND s.person_id = c.person_id AND s.choice = 1)`,
	"a phase has ended and goes on":                  `SELECT count(*) FROM packages WHERE ends_at <= now() OR expires_at <= now() AND state = 'call' OR state IN ('shaping', 'answering', 'final_vote', 'awaiting_commitment', 'committed', 'exhausted') AND ends_at IS NULL`,
	"a step does not go on where the last one ended": `SELECT count(*) FROM (SELECT package_id, from_state, at, lag(to_state, 1, 'draft') OVER w AS was, lag(at) OVER w AS before FROM package_steps WINDOW w AS (PARTITION BY package_id ORDER BY id)) x WHERE from_state <> was OR at < before`,
	"the last step does not lead to the state":       `SELECT count(*) FROM packages p WHERE state <> coalesce((SELECT to_state FROM package_steps s WHERE s.package_id = p.id ORDER BY id DESC LIMIT 1), 'draft')`,
	"the newest version is another":                  `SELECT count(*) FROM packages p WHERE newest_version_id IS DISTINCT FROM (SELECT id FROM package_versions v WHERE v.package_id = p.id ORDER BY number DESC LIMIT 1)`,
	"more places are taken than there are":           `SELECT count(*) FROM package_commitments k WHERE capacity < (SELECT count(*) FROM package_journeys j WHERE j.commitment_id = k.id)`,
	"somebody travels before the signature, or later than today": `SELECT count(*) FROM package_journeys j JOIN package_commitments k ON k.id = j.commitment_id WHERE j.enrolled_at < k.signed_at OR j.discharged_on < j.enrolled_at::date OR j.enrolled_at > now() OR j.discharged_on > now()
		OR (j.stage = 'treated') <> (j.discharged_on IS NOT NULL)`,
	"a promise is judged before its day":  `SELECT count(*) FROM package_verdicts WHERE said_at::date < due_on OR said_at > now() OR (verdict = '') <> (said_at IS NULL)`,
	"who signs may not":                   `SELECT count(*) FROM package_commitments k WHERE NOT EXISTS (SELECT FROM package_signatories s WHERE s.organisation_id = k.organisation_id AND s.person_id = k.signed_by_person_id AND s.since < k.signed_at AND s.until IS NULL)`,
	"an interest stands that has run out": `SELECT count(*) FROM package_interests i JOIN packages p ON p.id = i.package_id WHERE (i.state = 'active') <> (i.expires_at > now() AND p.closed_at IS NULL) AND i.state <> 'converted'`,
	"an answer is not by the provider": `SELECT count(*) FROM amendment_responses r JOIN amendments a ON a.id = r.amendment_id JOIN packages p ON p.id = a.package_id
		WHERE r.organisation_id IS DISTINCT FROM p.organisation_id OR NOT EXISTS (SELECT FROM affiliations f WHERE f.person_id = r.author_account_id AND f.organisation_id = r.organisation_id)`,
}

// sound checks that the rows about packages could have come about, and that the
// site counts the votes again to the same sums.
func sound(t *testing.T, d *db.DB) {
	t.Helper()
	for what, sql := range unheardOf {
		var n int
		if figures(t, d, []any{&n}, sql); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	var versions, entries int
	figures(t, d, []any{&versions, &entries}, `SELECT (SELECT count(*) FROM package_versions), (SELECT count(*) FROM log_outbox WHERE kind = $1)`, string(leaf.PkgVersion))
	if versions != entries {
		t.Errorf("%d versions, %d of them recorded", versions, entries)
	}
	jobs := testkit.Jobs(t, d)
	if wrong, err := shaping.New(shaping.Tools{DB: d, Jobs: jobs}).Recount(context.Background()); wrong != 0 || err != nil {
		t.Errorf("counted again, %d rows were wrong: %v", wrong, err)
	}
}
