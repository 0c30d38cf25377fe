package experience

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// many is how many experiences the plans are made for.
func many() int {
	if os.Getenv("CARAVAN_LONG") != "" {
		return 100_000
	}
	return 20_000
}

// TestNoListReadsTheTableThrough asks PostgreSQL how it would answer every page
// of the list, every filter in every order, and the queries of a clinic's page:
// none of them reads a growing table from end to end.
func TestNoListReadsTheTableThrough(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	fill(t, w, many())
	q := w.d.Read(t.Context())
	middle, err := findPlace(q, func() (id string) {
		if err := w.d.Pool().QueryRow(context.Background(), `SELECT public_id::text FROM experiences WHERE state = 'published' ORDER BY published_on DESC OFFSET $1 LIMIT 1`, many()/2).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}())
	if err != nil || middle == nil {
		t.Fatal(err)
	}
	filters := map[string]Filter{"all": {}, "procedure": {Procedure: 2}, "destination": {Destination: "HU"}, "clinic": {Organisation: w.clinics[0]}, "nowhere": {Organisation: 999}, "level 4": {Level: "4"}, "level 2": {Level: "2"}, "level 0": {Level: "0"},
		"complication": {Harm: "iii"}, "outcome": {Outcome: "missed"}, "gap": {Gap: "much"}, "consent": {Consent: "zh"}, "consent nobody": {Consent: "xx"}, "interpreter": {Interpreter: "app"}, "nights": {Nights: "10"},
		"several": {Procedure: 2, Destination: "TR", Consent: "en", Interpreter: "independent", Nights: "3-4", Outcome: "reached"}}
	for name, f := range filters {
		for _, sort := range sorts {
			f.Sort, f.Limit = sort, listSize
			for page, after := range map[string]*place{"first": nil, "middle": middle} {
				sql, args := f.listSQL(after)
				w.plan(t, fmt.Sprintf("%s, %s, %s page", name, sort, page), sql, args)
			}
		}
		sql, args := f.countSQL()
		w.plan(t, "count of "+name, sql, args)
	}
	w.plan(t, "cases of a clinic", caseSQL, []any{[]int64{w.clinics[0]}, "2026-10-01"})
	w.plan(t, "head", `SELECT id FROM experiences WHERE public_id = $1::uuid`, []any{"00000000-0000-0000-0000-000000000000"})
	w.plan(t, "count shown", `SELECT count(*) FROM experiences WHERE state = 'published' AND level >= 2`, nil)
	w.plan(t, "gone of a clinic", `SELECT count(*) FROM experiences WHERE organisation_id = $1 AND state IN ('withdrawn', 'removed', 'restricted')`, []any{w.clinics[0]})
}

var readThrough = regexp.MustCompile(`Seq Scan on (experiences|check_ins|experience_\w+|complications)`)

func (w library) plan(t *testing.T, name, sql string, args []any) {
	t.Helper()
	rows, err := w.d.Pool().Query(context.Background(), "EXPLAIN "+sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if plan := strings.Join(lines, "\n"); rows.Err() != nil || readThrough.MatchString(plan) {
		t.Errorf("%s: %v\n%s\n%s", name, rows.Err(), sql, plan)
	}
}

// fill stores n experiences over fifty clinics at once, with their check-ins.
func fill(t testing.TB, w library, n int) {
	t.Helper()
	c, err := w.d.Pool().Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	exec := func(sql string) {
		t.Helper()
		if _, err := c.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(`SET statement_timeout = 0`) // so many rows at once take longer than any page may
	defer exec(`RESET statement_timeout`)
	exec(`INSERT INTO organisations (kind, slug, name, country, city, state, created_at)
		SELECT 'clinic', 'clinic-' || i, 'Clinic ' || i, 'TR', 'Istanbul', 'listed', now() FROM generate_series(1, 50) i`)
	_, public := w.put(t, w.clinics[0], nil)
	var names string
	if err := w.d.Pool().QueryRow(context.Background(), `SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'experiences' AND is_generated = 'NEVER'
		AND column_name NOT IN ('id', 'public_id', 'organisation_id', 'procedure_id', 'specialty_id', 'destination', 'level', 'counted', 'worst_grade', 'goal_achieved', 'paid_ratio', 'consent_lang', 'interpreter', 'nights_before_flight', 'helpful', 'helpful_of', 'published_on', 'state')`).Scan(&names); err != nil {
		t.Fatal(err)
	}
	exec(`INSERT INTO experiences (` + names + `, organisation_id, procedure_id, specialty_id, destination, level, counted, worst_grade, goal_achieved, paid_ratio, consent_lang, interpreter, nights_before_flight, helpful, helpful_of, published_on, state)
		SELECT ` + names + `, (SELECT min(id) FROM organisations) + i % 55, 1 + i % 60, 1 + i % 11, (ARRAY['TR','HU','TH','MX','PL','IN'])[1 + i % 6], l, l >= 2, (ARRAY[0,0,0,0,0,0,0,1,1,2,2,3,4,5])[1 + i % 14], i % 11, 0.8 + (i % 70) / 100.0,
		       (ARRAY['en','en','en','de','tr','ar','zh',''])[1 + i % 8], (ARRAY['independent','clinic_staff','none','companion','app',''])[1 + i % 6], i % 15, i % 7, i % 7 + i % 5, date '2024-01-01' + i % 1000, CASE WHEN i % 40 = 0 THEN 'withdrawn' ELSE 'published' END
		FROM experiences, generate_series(1, ` + fmt.Sprint(n) + `) i, LATERAL (SELECT CASE WHEN i % 20 = 0 THEN 4 WHEN i % 5 = 0 THEN 1 ELSE 2 + i % 2 END AS l) x WHERE public_id = '` + public + `'`)
	exec(`INSERT INTO check_ins (experience_id, moment, due_on, closes_on, status) SELECT id, m, date '2026-01-01', date '2026-02-01', 'done' FROM experiences, unnest(ARRAY['d7', 'm1', 'm3']) m`)
	exec(`INSERT INTO experience_masks (experience_id, version, field, first_byte, end_byte, class, made_on) SELECT id, 1, 'story', 0, 3, 'url', date '2026-01-01' FROM experiences WHERE id % 5 = 0`)
	exec(`VACUUM ANALYZE`)
}

// BenchmarkList is a page of the list at many experiences, in each order.
func BenchmarkList(b *testing.B) {
	w := newLibrary(b)
	fill(b, w, many())
	for _, f := range []Filter{{}, {Sort: byHelpful}, {Sort: byCritical}, {Procedure: 2}, {Gap: "much", Consent: "zh"}, {Procedure: 2, Destination: "TR", Consent: "en", Interpreter: "independent", Nights: "3-4"}} {
		b.Run(fmt.Sprintf("%+v", f), func(b *testing.B) {
			f.Limit = listSize
			for b.Loop() {
				if _, _, err := listExperiences(w.d.Read(b.Context()), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
