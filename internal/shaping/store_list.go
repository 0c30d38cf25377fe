package shaping

import (
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// packageRow is a package in a list. Of votes it holds sums, which are shown
// through Show alone.
type packageRow struct {
	ID                              int64
	Slug, Title, Lang               string
	ProcedureID                     int64
	Proposer                        Proposer
	State                           State
	Round                           int
	EndsAt                          *time.Time
	PublishedAt                     time.Time
	Currency                        string
	OrgName, OrgSlug, OrgKind, City string
	Country                         string
	PriceMinor                      *int64
	Number                          int // of the newest version
	Lines                           int
	Open                            int // wishes that wait
	Want, Pass, Against             int
}

// liveWishes are the states of a wish that waits.
const liveWishes = `('screened', 'open', 'answered', 'deferred', 'needs_rebase')`

// rowColumns are what a card of the list shows, in the order of scanRow.
const rowColumns = `
	SELECT p.id, p.slug, p.title, p.lang, p.procedure_id, p.proposer, p.state, p.round, p.ends_at, p.published_at, p.currency,
	       coalesce(o.name, ''), coalesce(o.slug, ''), coalesce(o.kind, ''), coalesce(o.city, ''), coalesce(o.country, ''), ` + priceOf + `,
	       coalesce((SELECT number FROM package_versions w WHERE w.id = p.newest_version_id), 0),
	       (SELECT count(*)::int FROM package_version_items v WHERE v.version_id = p.newest_version_id AND v.value IS NOT NULL),
	       (SELECT count(*)::int FROM amendments a WHERE a.package_id = p.id AND a.state IN ` + liveWishes + `),
	       coalesce(t.want, 0), coalesce(t.pass, 0), coalesce(t.against, 0)
	FROM packages p LEFT JOIN organisations o ON o.id = p.organisation_id
	LEFT JOIN LATERAL (SELECT sum(want)::int AS want, sum(pass)::int AS pass, sum(against)::int AS against FROM package_tallies WHERE subject = 'package' AND subject_id = p.id) t ON true
	WHERE `

// scoreSQL is Score over sums of votes of a package, each drawn to the mean of
// its treatment: a list holds many. At is the place of the means' first value.
func scoreSQL(pkg, want, against string, at int) string {
	return fmt.Sprintf(`((%[2]s + %[4]d * coalesce((SELECT m.mean FROM unnest($%[6]d::bigint[], $%[7]d::float8[]) m(id, mean) WHERE m.id = %[1]s.procedure_id), %[5]g)) / (%[2]s + %[3]s + %[4]d))`,
		pkg, want, against, scoreWeight, usualMean, at, at+1)
}

// listMeans are the mean shares of support by treatment, over the packages whose
// vote is over; treatments without such votes are not in it.
func listMeans(q *db.Tx) (all means, err error) {
	err = q.All(db.Statement{SQL: `
		SELECT p.procedure_id, sum(t.want)::float8 / sum(t.want + t.against)
		FROM packages p JOIN package_tallies t ON t.subject = 'package' AND t.subject_id = p.id
		WHERE p.published_at IS NOT NULL AND p.state IN (` + stateList(votedStates) + `)
		GROUP BY p.procedure_id HAVING sum(t.want) > 0 ORDER BY p.procedure_id`,
		Row: func(r pgx.Rows) error {
			var id int64
			var mean float64
			err := r.Scan(&id, &mean)
			all.procedures, all.shares = append(all.procedures, id), append(all.shares, mean)
			return err
		}})
	return all, db.Wrap("shaping: list means", err)
}

// means are mean shares of support, each of the treatment in the same place.
type means struct {
	procedures []int64
	shares     []float64
}

func scanPackage(r pgx.Rows) (x packageRow, err error) {
	return x, r.Scan(&x.ID, &x.Slug, &x.Title, &x.Lang, &x.ProcedureID, &x.Proposer, &x.State, &x.Round, &x.EndsAt, &x.PublishedAt, &x.Currency,
		&x.OrgName, &x.OrgSlug, &x.OrgKind, &x.City, &x.Country, &x.PriceMinor, &x.Number, &x.Lines, &x.Open, &x.Want, &x.Pass, &x.Against)
}

// listSQL is the statement of a page of the list and its values.
func (f Filter) listSQL() (string, []any) {
	where, args := f.where()
	score := ""
	if f.Sort == byBest {
		args = append(args, f.Means.procedures, f.Means.shares)
		score = scoreSQL("p", "coalesce(t.want, 0)", "coalesce(t.against, 0)", len(args)-1)
	}
	if f.After != "" {
		args = append(args, f.After)
		at := "$" + strconv.Itoa(len(args))
		switch f.Sort {
		case byClosing:
			where += ` AND (p.ends_at, p.id) > (SELECT x.ends_at, x.id FROM packages x WHERE x.slug = ` + at + `)`
		case byBest:
			of := scoreSQL("x", "coalesce(sum(t.want), 0)", "coalesce(sum(t.against), 0)", len(args)-2)
			where += ` AND (` + score + `, coalesce(t.want, 0) + coalesce(t.against, 0), -p.id) < (SELECT ` + of + `, coalesce(sum(t.want + t.against), 0), -x.id FROM packages x LEFT JOIN package_tallies t ON t.subject = 'package' AND t.subject_id = x.id WHERE x.slug = ` + at + ` GROUP BY x.id)`
		default:
			where += ` AND (p.published_at, p.id) < (SELECT x.published_at, x.id FROM packages x WHERE x.slug = ` + at + `)`
		}
	}
	order := "p.published_at DESC, p.id DESC"
	switch f.Sort {
	case byClosing:
		order = "p.ends_at, p.id"
	case byBest:
		order = score + " DESC, coalesce(t.want, 0) + coalesce(t.against, 0) DESC, p.id"
	}
	return rowColumns + where + " ORDER BY " + order + " LIMIT " + strconv.Itoa(f.Limit+1), args
}

// countSQL counts what a filter finds, up to one more than countCap.
func (f Filter) countSQL() (string, []any) {
	where, args := f.where()
	return `SELECT count(*)::int FROM (SELECT FROM packages p LEFT JOIN organisations o ON o.id = p.organisation_id WHERE ` + where + ` LIMIT ` + strconv.Itoa(countCap+1) + `) x`, args
}

// listPackages reads a page of the list, one row more than the limit if there is
// a next page, and how many there are in all up to countCap + 1.
func listPackages(q *db.Tx, f Filter) (rows []packageRow, count int, err error) {
	list, listArgs := f.listSQL()
	counting, countArgs := f.countSQL()
	err = q.All(
		db.Statement{SQL: list, Args: listArgs, Row: keepPackage(&rows)},
		db.Statement{SQL: counting, Args: countArgs, Row: func(r pgx.Rows) error { return r.Scan(&count) }})
	return rows, count, db.Wrap("shaping: list packages", err)
}

func keepPackage(into *[]packageRow) func(pgx.Rows) error {
	return func(r pgx.Rows) error {
		x, err := scanPackage(r)
		*into = append(*into, x)
		return err
	}
}

// listOpen are the packages whose vote runs and ends soonest.
func listOpen(q *db.Tx, now time.Time, most int) (rows []packageRow, err error) {
	err = q.All(db.Statement{SQL: rowColumns + `p.published_at IS NOT NULL AND p.hidden_why = '' AND p.state IN ('shaping', 'final_vote') AND p.ends_at > $1 ORDER BY p.ends_at, p.id LIMIT ` + strconv.Itoa(most),
		Args: []any{now}, Row: keepPackage(&rows)})
	return rows, db.Wrap("shaping: list open packages", err)
}

// listOffered are the newest packages of an organisation, and how many there are.
func listOffered(q *db.Tx, organisationID int64, most int) (rows []packageRow, count int, err error) {
	const of = `p.organisation_id = $1 AND p.published_at IS NOT NULL AND p.hidden_why = ''`
	err = q.All(
		db.Statement{SQL: rowColumns + of + ` ORDER BY p.published_at DESC, p.id DESC LIMIT ` + strconv.Itoa(most), Args: []any{organisationID}, Row: keepPackage(&rows)},
		db.Statement{SQL: `SELECT count(*)::int FROM packages p WHERE ` + of, Args: []any{organisationID}, Row: func(r pgx.Rows) error { return r.Scan(&count) }})
	return rows, count, db.Wrap("shaping: list offered packages", err)
}

// listBySlugs reads packages in the order of their slugs; what is not there is
// left out.
func listBySlugs(q *db.Tx, slugs []string) (rows []packageRow, err error) {
	err = q.All(db.Statement{SQL: rowColumns + `p.slug = ANY($1) AND p.published_at IS NOT NULL AND p.hidden_why = '' ORDER BY array_position($1, p.slug)`, Args: []any{slugs}, Row: keepPackage(&rows)})
	return rows, db.Wrap("shaping: list packages by slug", err)
}

// choice is a package to choose for a comparison.
type choice struct {
	Slug, Title, OrgName string
	ProcedureID          int64
}

// listChoices are packages that can be compared: of a treatment, or the newest.
func listChoices(q *db.Tx, procedureID int64) (rows []choice, err error) {
	sql, args := `SELECT p.slug, p.title, coalesce(o.name, '') AS org_name, p.procedure_id FROM packages p LEFT JOIN organisations o ON o.id = p.organisation_id
		WHERE p.published_at IS NOT NULL AND p.hidden_why = ''`, []any{}
	if procedureID != 0 {
		sql, args = sql+` AND p.procedure_id = $1`, []any{procedureID}
	}
	err = q.All(db.Statement{SQL: sql + ` ORDER BY p.published_at DESC, p.id DESC LIMIT 60`, Args: args, Row: each(&rows)})
	return rows, db.Wrap("shaping: list choices", err)
}

// newestContents reads what the newest versions of packages say, by the package.
func newestContents(q *db.Tx, ids []int64) (map[int64]Content, error) {
	var lines []line
	err := q.All(db.Statement{SQL: lineSQL + `WHERE v.version_id IN (SELECT newest_version_id FROM packages WHERE id = ANY($1))`, Args: []any{ids}, Row: each(&lines)})
	all := map[int64]Content{}
	for _, c := range contentsOf(lines) {
		if len(c) > 0 {
			all[c[0].Item.PackageID] = c
		}
	}
	return all, db.Wrap("shaping: read newest contents", err)
}
