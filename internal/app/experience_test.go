package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/question"
	"caravan/internal/testkit"
)

// patients stores counted experiences of a clinic with their check-ins, and
// returns the public id of the newest.
func (s *site) patients(t *testing.T, organisation int64, n int) (newest string) {
	t.Helper()
	for i := range n {
		goal, grade, harm := 4+i%7, 0, "none"
		if i%5 == 0 {
			grade, harm = 1+i%4, "yes"
		}
		var id int64
		err := s.db.Pool().QueryRow(context.Background(), `
			INSERT INTO experiences (pseudonym, author_role, organisation_id, specialty_id, procedure_id, destination, city, quarter, crowd, title, story, story_html, renderer, lang, incentive,
				quoted_minor, quoted_currency, paid_minor, paid_currency, paid_ratio, gap_reasons, goal_achieved, would_repeat, complication, worst_grade, known_days, level, counted, state, created_on, published_on)
			VALUES ($1, 'patient', $2, 1, 2, 'TR', 'Istanbul', '2025-Q3', 30, $3, 'It went as they said, and then it did not.', '<p>It went as they said, and then it did not.</p>', 1, 'en', 'none',
				500000, 'EUR', $4::bigint, 'EUR', $4::bigint::numeric / 500000, '{tests}', $5, 'yes', $6, $7, 400, 2, true, 'published', '2026-01-01', date '2026-01-02' + $8::int) RETURNING id, public_id::text`,
			fmt.Sprintf("Paper Kite %d", i), organisation, fmt.Sprintf("What I was told, and what I found there: story %d", i), 480000+i*6000, goal, harm, grade, i).Scan(&id, &newest)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.db.Pool().Exec(context.Background(), `
			INSERT INTO check_ins (experience_id, moment, due_on, closes_on, status) SELECT $1, m, date '2025-10-01', date '2025-11-01', CASE WHEN $2::int % 4 = 0 AND m <> 'd7' THEN 'missed' ELSE 'done' END
			FROM unnest(ARRAY['d7', 'm1', 'm3', 'm6', 'm12']) m WHERE m <> 'm12' OR $2 % 3 > 0`, id, i)
		if err != nil {
			t.Fatal(err)
		}
	}
	return newest
}

// TestAClinicsPageShowsWhatPatientsTold looks at the pages that figures stand
// on, with enough patients, with too few and with none.
func TestAClinicsPageShowsWhatPatientsTold(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	many := testkit.Organisation(t, s.db, "clinic", "Bosphorus Smile")
	few := testkit.Organisation(t, s.db, "clinic", "Ayazma Hair")
	testkit.Organisation(t, s.db, "clinic", "Quiet Hill")
	newest := s.patients(t, many, 28)
	s.patients(t, few, 3)
	if err := s.Experience.RankClinics(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := s.visitor()
	a := v.get("/clinics/bosphorus-smile")
	testkit.Contains(t, a.text, "<b>28 verified patients</b> have told", "of 28", "Known of those due.", "Self-reported", `role="img"`, "/experiences/"+newest, "/compare?clinic=bosphorus-smile")
	if n := strings.Count(a.text, `class="drawing"`); n != 4 {
		t.Errorf("%d drawings, want goals, prices, complications and follow-up", n)
	}
	a = v.get("/clinics/ayazma-hair")
	testkit.Contains(t, a.text, "3 of 5 needed to show this.")
	if strings.Contains(a.text, `class="drawing"`) || strings.Contains(a.text, "of 3<") {
		t.Error("a figure of three patients is shown")
	}
	testkit.Contains(t, v.get("/clinics/quiet-hill").text, "That says nothing good and nothing bad about it.")
	testkit.Contains(t, v.get("/").text, "Newest verified experiences", "31 experiences of visits that were seen.")
	list := v.get("/clinics").text
	if strings.Index(list, "Bosphorus Smile") > strings.Index(list, "Ayazma Hair") {
		t.Error("the clinic with figures does not stand before the one without")
	}
	testkit.Contains(t, list, "28 verified.", "3 of 5 needed to show figures.")

	browser := testkit.Browser(t)
	for name, look := range map[string][]testkit.Look{"phone": {testkit.Size(390, 844)}, "desk": nil, "desk-dark": {testkit.Dark}} {
		tab := reader{t, testkit.Tab(t, browser, look...), s.URL, ""}
		for _, lang := range []string{"", "/ar"} {
			tab.lang = lang
			for what, path := range map[string]string{"clinic": "/clinics/bosphorus-smile", "few": "/clinics/ayazma-hair", "home": "/", "clinics": "/clinics"} {
				tab.open(path)
				testkit.Inspect(t, tab.ctx, "y-"+what+strings.ReplaceAll(lang, "/", "-")+"-"+name)
			}
		}
	}
}

// TestExperiencesAreFoundInSearch waits until the index has what was published.
func TestExperiencesAreFoundInSearch(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	clinic := testkit.Organisation(t, s.db, "clinic", "Bosphorus Smile")
	newest := s.patients(t, clinic, 2)
	if _, err := s.db.Pool().Exec(context.Background(), `INSERT INTO search_queue (kind, ref_id) SELECT 6, id FROM experiences`); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		a := s.visitor().get("/search?q=what+I+found+there")
		if a.StatusCode == http.StatusOK && strings.Contains(a.text, "/experiences/"+newest) {
			testkit.Contains(t, a.text, "Paper Kite")
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("not found")
		}
	}
}

// TestTheClockOfAnswersIsDrawn asks a clinic two questions, of which its staff
// answer one.
func TestTheClockOfAnswersIsDrawn(t *testing.T) {
	s := start(t, nil)
	clinic := testkit.Organisation(t, s.db, "clinic", "Bosphorus Smile")
	mina, staff := testkit.Person(t, s.db, "mina"), testkit.Person(t, s.db, "staff", testkit.StaffOf(clinic, "staff"))
	for i := range 2 {
		q, err := s.Question.Ask(t.Context(), mina, question.Draft{Title: fmt.Sprintf("Is the scan part of the price? Number %d", i), Body: "They quoted me without one, from a flat X-ray.", Procedure: "den.crown", Destination: "TR", Clinic: "bosphorus-smile"}, db.Key{})
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			continue
		}
		if _, err := s.Question.PostReply(t.Context(), staff, q.ID, question.Words{Body: "Yes, it is."}, db.Key{}); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Contains(t, s.visitor().get("/clinics/bosphorus-smile").text, "Half of first answers come within", "2 questions: 1 answered", "1 not yet", "n = 2")
}
