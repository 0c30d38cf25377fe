package experience

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/testkit"
)

// library is a database with clinics, for tests of what is read.
type library struct {
	*Service
	d       *db.DB
	clinics []int64
	reader  access.Actor
}

func newLibrary(t testing.TB) library {
	t.Helper()
	d, _ := testkit.DBAt(t)
	jobs := testkit.Jobs(t, d)
	m := testkit.Mail(t, jobs, "http://localhost")
	limits := httpd.NewLimits(d, make([]byte, 32), true)
	told := notify.New(d, jobs)
	desk := moderation.New(moderation.Tools{DB: d, Notify: told, Limits: limits})
	p := provider.New(provider.Tools{DB: d, Jobs: jobs, Mail: m, Notify: told, Limits: limits})
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := library{d: d, Service: New(Tools{DB: d, Jobs: jobs, Mail: m, Limits: limits, Notify: told, Provider: p, Search: search.New(d, jobs, limits), Moderation: desk})}
	for _, name := range []string{"Dunakert Dental", "Ayazma Hair", "Bosphorus Smile", "Quiet Hill", "Harbour Eye"} {
		w.clinics = append(w.clinics, testkit.Organisation(t, d, "clinic", name))
	}
	w.reader = testkit.Person(t, d, "reader", testkit.T2)
	return w
}

// author is somebody who told an experience of the first clinic.
func (w library) author(t testing.TB, id int64) access.Actor {
	t.Helper()
	author := testkit.Person(t, w.d, "author", testkit.T2)
	w.exec(t, `INSERT INTO authorships (experience_id, account_id, person_id, organisation_id, quarter) VALUES ($1, $2, $3, $4, '2026-Q1')`, id, author.AccountID, author.PersonID, w.clinics[0])
	return author
}

func (w library) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := w.d.Pool().Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// told1 is one experience as the tests store it: published, verified, about All-on-4.
func told1() map[string]any {
	return map[string]any{
		"pseudonym": "Quiet Heron", "author_role": "patient", "specialty_id": 1, "procedure_id": 2, "destination": "TR", "city": "Istanbul", "origin_country": "IE", "shown_origin": true,
		"quarter": "2026-Q1", "age_band": "55-64", "shown_age": true, "crowd": 40, "title": "I eat apples again. The infection I would not wish on anyone.",
		"story":      "I had been putting this off for six years.\n\nThe final teeth went in in March. I eat apples.",
		"story_html": "<p>I had been putting this off for six years.</p>\n<p>The final teeth went in in March. I eat apples.</p>", "renderer": 1, "lang": "en", "incentive": "none",
		"quoted_minor": 540000, "quoted_currency": "EUR", "paid_minor": 615000, "paid_currency": "EUR", "paid_ratio": 1.1389, "gap_reasons": "{extra_procedure}",
		"goal": "Chew on both sides without thinking about it.", "goal_achieved": 7, "goal_told": "m6", "would_repeat": "unsure", "worth_it": "yes", "complication": "yes", "worst_grade": 2,
		"consent_lang": "en", "interpreter": "independent", "nights_before_flight": 4, "known_days": 190, "level": 2, "counted": true, "state": "published",
		"created_on": "2026-06-01", "published_on": "2026-06-03", "answered": 12, "asked": 18,
	}
}

// put stores an experience at a clinic, with some columns changed, and returns
// its ids.
func (w library) put(t testing.TB, organisation int64, change map[string]any) (id int64, publicID string) {
	t.Helper()
	row := told1()
	row["organisation_id"] = organisation
	for k, v := range change {
		row[k] = v
	}
	names, marks, args := "", "", []any{}
	for k, v := range row {
		args = append(args, v)
		names += "," + k
		marks += fmt.Sprintf(",$%d", len(args))
	}
	if err := w.d.Pool().QueryRow(context.Background(), `INSERT INTO experiences (`+names[1:]+`) VALUES (`+marks[1:]+`) RETURNING id, public_id::text`, args...).Scan(&id, &publicID); err != nil {
		t.Fatal(err)
	}
	w.Forget()
	return id, publicID
}

// whole adds all that an experience can have to the one of that id.
func (w library) whole(t testing.TB, id int64) {
	t.Helper()
	w.exec(t, `UPDATE experiences SET details = '{"records_received": ["operative_report", "implant_card", "itemised_invoice"], "travel_cost": ["61000 EUR"]}' WHERE id = $1`, id)
	w.exec(t, `INSERT INTO experience_procedures (experience_id, position, procedure_id, state, quantity, side) VALUES ($1, 1, 2, 'performed', 1, 'upper'), ($1, 2, 4, 'added_on_arrival', null, 'left')`, id)
	w.exec(t, `INSERT INTO experience_lines (experience_id, position, line, quoted_minor, paid_minor) VALUES ($1, 1, 'surgery', 340000, 340000), ($1, 2, 'implant', 200000, 200000), ($1, 3, 'other', null, 75000)`, id)
	w.exec(t, `INSERT INTO complications (experience_id, told, kind, onset_day, grade, treated_where, payer, resolved, clinic_reaction) VALUES ($1, 'm1', 'infection', 9, 2, 'home', 'self', 'yes', 'delayed')`, id)
	w.exec(t, `INSERT INTO check_ins (experience_id, moment, due_on, closes_on, status, goal_achieved, complication, note, done_on) VALUES
		($1, 'd7', '2026-02-10', '2026-02-24', 'done', 6, 'yes', 'Swollen on the left.', '2026-02-11'), ($1, 'm1', '2026-03-03', '2026-04-03', 'done', 4, 'none', 'Healed. Provisional teeth loose.', '2026-03-05'),
		($1, 'm3', '2026-05-03', '2026-06-03', 'missed', null, 'unknown', '', null), ($1, 'm6', '2026-08-03', '2026-09-03', 'done', 7, 'none', 'Final teeth in place.', '2026-08-04'),
		($1, 'm12', '2027-02-03', '2027-03-20', 'coming', null, 'unknown', '', null)`, id)
	w.exec(t, `INSERT INTO visit_proofs (experience_id, kind, organisation_id, quarter, specialty_id, seen_on) SELECT id, 'code', organisation_id, quarter, specialty_id, '2026-06-01' FROM experiences WHERE id = $1`, id)
	w.Forget()
}

// crowd fills a clinic with random counted experiences and their check-ins.
func (w library) crowd(t testing.TB, organisation int64, n int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for i := range n {
		grade := max(0, r.IntN(12)-8)
		harm := "none"
		if grade > 0 {
			harm = "yes"
		}
		id, _ := w.put(t, organisation, map[string]any{
			"goal_achieved": min(10, 3+r.IntN(9)), "paid_ratio": 0.95 + r.Float64()*0.35, "worst_grade": grade, "complication": harm, "known_days": 60 + r.IntN(400),
			"would_repeat": []string{"yes", "yes", "no", "unsure"}[r.IntN(4)], "level": 2 + r.IntN(3), "published_on": day.AddDate(0, 0, i), "pseudonym": fmt.Sprintf("Grey Wagtail %d", i),
			"title": fmt.Sprintf("What happened to me there, told as number %d of several", i), "details": `{"records_received": ["operative_report", "discharge_letter", "medication_list", "itemised_invoice"]}`,
		})
		for k, m := range Moments[:1+r.IntN(5)] {
			status := "done"
			if r.IntN(4) == 0 {
				status = "missed"
			}
			w.exec(t, `INSERT INTO check_ins (experience_id, moment, due_on, closes_on, status) VALUES ($1, $2, $3, $3, $4)`, id, m, day.AddDate(0, 0, 7*(k+1)), status)
		}
	}
}
