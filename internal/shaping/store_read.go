package shaping

import (
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/access"
	"caravan/internal/db"
)

// each hands rows to a slice, columns by the names of fields.
func each[T any](into *[]T) func(pgx.Rows) error {
	return func(r pgx.Rows) error {
		v, err := pgx.RowToStructByNameLax[T](r)
		if err == nil {
			*into = append(*into, v)
		}
		return err
	}
}

// standpoint is what every request for a package's page reads: where it stands, and
// what differs by reader.
type standpoint struct {
	ID               int64
	State            State
	Version          int
	HiddenWhy        string
	Proposer         Proposer
	ProposerPersonID int64
	OrganisationID   *int64
	Published        bool
	Seq              int64 // of the package's channel, read before everything else
	own              map[Subject]map[int64]Standing
	interest         *Interest
	tie              string // what the reader said of ties; empty: not asked yet
	signs            bool   // the reader may bind the provider
}

// Where a package stands, and beside it what somebody did there: a row for each
// vote, or one without.
const (
	aheadColumns = `p.id, p.state, p.version, p.hidden_why, p.proposer, p.proposer_person_id, p.organisation_id, p.published_at IS NOT NULL,
		coalesce((SELECT top_seq FROM live_channels WHERE channel = 'package:' || p.id), 0)`
	aheadSQL    = `SELECT ` + aheadColumns + ` FROM packages p WHERE p.slug = $1`
	aheadOwnSQL = `SELECT ` + aheadColumns + `, coalesce(d.tie, ''),
		EXISTS (SELECT FROM package_signatories g WHERE g.organisation_id = p.organisation_id AND g.person_id = $2 AND g.until IS NULL),
		i.price_max_minor, i.readiness, i.state, i.expires_at, s.subject, s.subject_id, s.choice, s.reason, s.status, s.carried, s.stale
	FROM packages p LEFT JOIN package_declarations d ON d.package_id = p.id AND d.person_id = $2
	LEFT JOIN package_interests i ON i.package_id = p.id AND i.person_id = $2 AND i.state <> 'withdrawn'
	LEFT JOIN package_standings s ON s.package_id = p.id AND s.person_id = $2
	WHERE p.slug = $1`
)

// findAhead reads where a package stands and what a person did there, in one
// statement.
func findAhead(q *db.Tx, slug string, person int64) (h standpoint, err error) {
	of := db.Statement{SQL: aheadSQL, Args: []any{slug}, Row: func(r pgx.Rows) error { return r.Scan(h.columns()...) }}
	if person != 0 {
		h.own = map[Subject]map[int64]Standing{}
		of = db.Statement{SQL: aheadOwnSQL, Args: []any{slug, person}, Row: h.scanOwn}
	}
	if err := q.All(of); err != nil {
		return h, db.Wrap("shaping: find package for its page", err)
	}
	if h.ID == 0 {
		return h, errNoPackage
	}
	return h, nil
}

func (h *standpoint) columns() []any {
	return []any{&h.ID, &h.State, &h.Version, &h.HiddenWhy, &h.Proposer, &h.ProposerPersonID, &h.OrganisationID, &h.Published, &h.Seq}
}

// scanOwn reads a row of aheadOwnSQL.
func (h *standpoint) scanOwn(r pgx.Rows) error {
	var price, subjectID *int64
	var readiness, state, subject, reason, status *string
	var until *time.Time
	var choice *int16
	var carried, stale *bool
	err := r.Scan(append(h.columns(), &h.tie, &h.signs, &price, &readiness, &state, &until, &subject, &subjectID, &choice, &reason, &status, &carried, &stale)...)
	if err != nil {
		return err
	}
	if price != nil && h.interest == nil {
		h.interest = &Interest{PriceMaxMinor: *price, Readiness: Readiness(*readiness), State: InterestState(*state), ExpiresAt: *until}
	}
	if subject == nil {
		return nil
	}
	v := Standing{Subject: Subject(*subject), SubjectID: *subjectID, Choice: *choice, Reason: *reason, Status: Status(*status), Carried: *carried, Stale: *stale}
	if h.own[v.Subject] == nil {
		h.own[v.Subject] = map[int64]Standing{}
	}
	h.own[v.Subject][v.SubjectID] = v
	return nil
}

// about is who offers a package and for what, in a row.
type about struct {
	OrgName, OrgSlug, OrgKind, City, Country string
}

// versionMark is a version with how many lines it changed.
type versionMark struct {
	Version
	Changed int
}

// said is words by somebody: an amendment's or an answer's author.
type said struct {
	Handle                    string
	Gone                      bool
	OrgName, OrgSlug, OrgKind string
}

func (w said) author(role string) access.Author {
	a := access.Author{Handle: w.Handle, Gone: w.Gone, Role: role}
	if role == "staff" || role == "doctor" {
		a.Organisation, a.OrganisationSlug, a.OrganisationKind = w.OrgName, w.OrgSlug, w.OrgKind
	}
	return a
}

// wishRow is an amendment with its author.
type wishRow struct {
	Amendment
	said
}

// answerRow is an answer with its author.
type answerRow struct {
	Response
	said
	HiddenAnswer string // a moderator's reason
}

// lineage is another package that this one comes from or leads to.
type lineage struct {
	Relation    string // call, fork, successor, offer
	Slug, Title string
	Lang        string
	OrgName     string
	State       State
	PriceMinor  *int64
	Currency    string
}

// known is all that is the same for every reader of a package.
type known struct {
	Package
	about
	seq        int64 // of the package's channel, read before everything else
	versions   []versionMark
	newest     Content
	before     Content // of the version before the newest
	wishes     []wishRow
	answers    map[int64][]answerRow
	tallies    map[Subject]map[int64]map[Stratum]Tally
	commitment *Commitment
	steps      []Taken
	lineage    []lineage
	enrolled   int
	reviews    []Review
	again      map[int64]reaffirmed // by the wish that was proposed anew
}

const packageColumns = `p.id, p.slug, p.title, p.summary, p.summary_html, p.lang, p.procedure_id, p.proposer, p.proposer_person_id, p.author_account_id, p.author_role, p.organisation_id,
	p.answers_call_id, p.forked_from_id, p.superseded_by_id, p.state, p.held_from, p.held_by_rule, p.hidden_why, p.why, p.round, p.round_days, p.zone, p.ends_at, p.expires_at, p.version,
	p.newest_version_id, p.currency, p.steps, p.stay_answers, p.created_at, p.published_at, p.closed_at`

const saidColumns = `a.handle, a.closed_at IS NOT NULL AS gone`

// findKnown reads all that is the same for every reader of a package, in one
// round trip.
func findKnown(q *db.Tx, id int64) (*known, error) {
	type packageRow struct {
		Package
		about
	}
	var (
		packages []packageRow
		lines    []line
		answers  []answerRow
		sums     []tallyRow
		signed   []Commitment
		k        = &known{answers: map[int64][]answerRow{}, again: map[int64]reaffirmed{}, tallies: map[Subject]map[int64]map[Stratum]Tally{}}
		of       = []any{id}
	)
	err := q.All(
		db.Statement{SQL: `SELECT ` + packageColumns + `, coalesce(o.name, '') AS org_name, coalesce(o.slug, '') AS org_slug, coalesce(o.kind, '') AS org_kind,
			coalesce(o.city, '') AS city, coalesce(o.country, '') AS country
			FROM packages p LEFT JOIN organisations o ON o.id = p.organisation_id WHERE p.id = $1`, Args: of, Row: each(&packages)},
		db.Statement{SQL: `SELECT v.*, (SELECT count(*) FROM package_version_items i WHERE i.version_id = v.id AND (i.origin_amendment_id IS NOT NULL OR i.provider_reason <> ''))::int AS changed
			FROM package_versions v WHERE v.package_id = $1 ORDER BY v.number`, Args: of, Row: each(&k.versions)},
		db.Statement{SQL: lineSQL + `WHERE v.version_id IN (SELECT newest_version_id FROM packages WHERE id = $1
			UNION ALL SELECT w.parent_id FROM packages p JOIN package_versions w ON w.id = p.newest_version_id WHERE p.id = $1)`, Args: of, Row: each(&lines)},
		db.Statement{SQL: `SELECT w.*, ` + saidColumns + `, '' AS org_name, '' AS org_slug, '' AS org_kind FROM amendments w JOIN accounts a ON a.id = w.author_account_id
			WHERE w.package_id = $1 AND w.state <> 'draft' ORDER BY w.id`, Args: of, Row: each(&k.wishes)},
		db.Statement{SQL: `SELECT r.*, ` + saidColumns + `, o.name AS org_name, o.slug AS org_slug, o.kind AS org_kind, coalesce(h.why, '') AS hidden_answer
			FROM amendments w JOIN amendment_responses r ON r.amendment_id = w.id JOIN accounts a ON a.id = r.author_account_id JOIN organisations o ON o.id = r.organisation_id
			LEFT JOIN amendment_responses_hidden h ON h.response_id = r.id WHERE w.package_id = $1 ORDER BY r.amendment_id, r.number`, Args: of, Row: each(&answers)},
		db.Statement{SQL: `SELECT subject, subject_id, stratum, want, pass, against, carried, unverified, quarantined, stale, own_wish, void_ties, void_fraud FROM package_tallies WHERE package_id = $1`, Args: of, Row: each(&sums)},
		db.Statement{SQL: `SELECT * FROM package_commitments WHERE package_id = $1 ORDER BY id DESC LIMIT 1`, Args: of, Row: each(&signed)},
		db.Statement{SQL: `SELECT * FROM package_steps WHERE package_id = $1 ORDER BY id`, Args: of, Row: each(&k.steps)},
		db.Statement{SQL: lineageSQL, Args: of, Row: each(&k.lineage)},
		db.Statement{SQL: againSQL, Args: of, Row: k.addAgain},
		db.Statement{SQL: `SELECT counted, reason, note, votes FROM package_vote_reviews WHERE package_id = $1 ORDER BY id`, Args: of, Row: each(&k.reviews)},
		db.Statement{SQL: `SELECT count(*)::int FROM package_journeys j JOIN package_commitments c ON c.id = j.commitment_id WHERE c.package_id = $1 AND j.stage <> 'left'`, Args: of,
			Row: func(r pgx.Rows) error { return r.Scan(&k.enrolled) }},
	)
	if err != nil {
		return nil, db.Wrap("shaping: read package", err)
	}
	if len(packages) == 0 {
		return nil, errNoPackage
	}
	k.Package, k.about = packages[0].Package, packages[0].about
	k.unfold(lines, answers)
	k.add(sums)
	if len(signed) > 0 {
		k.commitment = &signed[0]
	}
	return k, nil
}

// unfold files the lines of the newest version and of the one before it, and the
// answers by their wishes. The versions are there.
func (k *known) unfold(lines []line, answers []answerRow) {
	all := contentsOf(lines)
	if n := len(k.versions); n > 0 {
		k.newest = all[k.versions[n-1].ID]
		if n > 1 {
			k.before = all[k.versions[n-2].ID]
		}
	}
	for _, a := range answers {
		k.answers[a.AmendmentID] = append(k.answers[a.AmendmentID], a)
	}
}

// add files sums by subject, its id and stratum.
func (k *known) add(sums []tallyRow) {
	for _, r := range sums {
		if k.tallies[r.Subject] == nil {
			k.tallies[r.Subject] = map[int64]map[Stratum]Tally{}
		}
		if k.tallies[r.Subject][r.SubjectID] == nil {
			k.tallies[r.Subject][r.SubjectID] = map[Stratum]Tally{}
		}
		k.tallies[r.Subject][r.SubjectID][r.Stratum] = r.tally()
	}
}

// priceOf is the price in the newest version of a package p.
const priceOf = `(SELECT (v.value ->> 'minor')::bigint FROM package_items i JOIN package_version_items v ON v.item_id = i.id AND v.version_id = p.newest_version_id
	WHERE i.package_id = p.id AND i.key = 'price.total')`

// reaffirmed is how many of a wish's former supporters support the one that was
// proposed in its place.
type reaffirmed struct {
	N, Of int
}

// againSQL counts them. Whoever proposed it anew supports it by that and is
// asked for no vote.
const againSQL = `
	SELECT w.id, count(now.person_id)::int AS n, count(*)::int AS of
	FROM amendments w JOIN package_standings was ON was.subject = 'amendment' AND was.subject_id = w.rebased_from_id AND was.choice = 1
		AND was.status IN ('counted', 'stale_version') AND was.person_id <> w.author_person_id
	LEFT JOIN package_standings now ON now.subject = 'amendment' AND now.subject_id = w.id AND now.person_id = was.person_id AND now.choice = 1 AND now.status = 'counted'
	WHERE w.package_id = $1 AND w.rebased_from_id IS NOT NULL GROUP BY w.id`

func (k *known) addAgain(r pgx.Rows) error {
	var id int64
	var x reaffirmed
	err := r.Scan(&id, &x.N, &x.Of)
	k.again[id] = x
	return err
}

const lineageSQL = `
	SELECT x.relation, p.slug, p.title, p.lang, coalesce(o.name, '') AS org_name, p.state, ` + priceOf + ` AS price_minor, p.currency
	FROM (SELECT 'call' AS relation, answers_call_id AS id FROM packages WHERE id = $1
	      UNION ALL SELECT 'fork', forked_from_id FROM packages WHERE id = $1
	      UNION ALL SELECT 'successor', superseded_by_id FROM packages WHERE id = $1
	      UNION ALL SELECT 'offer', id FROM packages WHERE answers_call_id = $1) x
	JOIN packages p ON p.id = x.id LEFT JOIN organisations o ON o.id = p.organisation_id
	WHERE p.published_at IS NOT NULL AND p.hidden_why = '' ORDER BY x.relation, p.id`

// published is a version with what it says.
type published struct {
	Version
	content Content
}

// findVersions reads some versions of a package by their numbers, with what they
// say and who wished what changed in them, in one round trip. Those that are not
// there are left out.
func findVersions(q *db.Tx, packageID int64, numbers ...int) (found []published, err error) {
	var (
		rows  []Version
		lines []line
	)
	err = q.All(
		db.Statement{SQL: `SELECT * FROM package_versions WHERE package_id = $1 AND number = ANY($2) ORDER BY number`, Args: []any{packageID, numbers}, Row: each(&rows)},
		db.Statement{SQL: lineSQL + `WHERE v.version_id IN (SELECT id FROM package_versions WHERE package_id = $1 AND number = ANY($2))`, Args: []any{packageID, numbers}, Row: each(&lines)},
	)
	all := contentsOf(lines)
	for _, v := range rows {
		found = append(found, published{v, all[v.ID]})
	}
	return found, db.Wrap("shaping: read versions", err)
}

// findOrigins reads whose wish, or what reason of the provider, stands behind
// the last change of each item between two versions of a package.
func findOrigins(q *db.Tx, packageID int64, from, to int) (map[string]Line, error) {
	var rows []struct {
		Key            string
		AmendmentID    *int64
		ProviderReason string
	}
	err := q.All(db.Statement{SQL: `
		SELECT i.key, v.origin_amendment_id AS amendment_id, v.provider_reason
		FROM package_versions w JOIN package_version_items v ON v.version_id = w.id JOIN package_items i ON i.id = v.item_id
		WHERE w.package_id = $1 AND w.number > $2 AND w.number <= $3 AND (v.origin_amendment_id IS NOT NULL OR v.provider_reason <> '')
		ORDER BY w.number`, Args: []any{packageID, from, to}, Row: each(&rows)})
	out := map[string]Line{}
	for _, r := range rows {
		l := Line{Reason: r.ProviderReason}
		if r.AmendmentID != nil {
			l.AmendmentID = *r.AmendmentID
		}
		out[r.Key] = l
	}
	return out, db.Wrap("shaping: read origins", err)
}

// running reports whether a phase with a clock runs at a moment.
func (k *known) running(now time.Time) bool { return k.EndsAt != nil && k.EndsAt.After(now) }

// meanOf is the mean share of support in packages of a treatment whose votes are
// over; 0 where nobody voted yet.
func meanOf(q *db.Tx, procedureID int64) (mean float64, err error) {
	err = q.All(db.Statement{SQL: `
		SELECT coalesce(sum(t.want)::float8 / nullif(sum(t.want + t.against), 0), 0)
		FROM packages p JOIN package_tallies t ON t.subject = 'package' AND t.subject_id = p.id
		WHERE p.procedure_id = $1 AND p.published_at IS NOT NULL AND p.state NOT IN ('draft', 'call', 'shaping', 'final_vote', 'suspended')`,
		Args: []any{procedureID}, Row: func(r pgx.Rows) error { return r.Scan(&mean) }})
	return mean, db.Wrap("shaping: read mean", err)
}
