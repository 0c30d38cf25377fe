package experience

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"caravan/internal/errs"
	"caravan/internal/testkit"
	"caravan/internal/wording"
)

func TestAnExperienceShowsAllThatEverybodyMayKnow(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	id, public := w.put(t, w.clinics[0], nil)
	w.whole(t, id)
	srv := testkit.Door(t, w.d, testkit.Guests{"reader": w.reader}, w.Routes())
	before := wording.Missing()
	for _, lang := range []string{"", "/ar"} {
		status, body, _ := testkit.Visit(t, srv, "").Get(lang + Path(public))
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		testkit.Contains(t, body, "I eat apples again", "Quiet Heron", "EUR", "5,400", "6,150", `role="img"`, "/clinics/dunakert-dental", "2026")
	}
	_, body, _ := testkit.Visit(t, srv, "").Get(Path(public))
	testkit.Contains(t, body, "aged 55–64", "from Ireland", "January to March 2026", "7 of 10", "at 6 months", "13.9 %", "day 9", "grade II", "Self-reported", "known at 6 months",
		"A check-in was missed", "not quoted", "added", "V2", "3 of 5", "Sign in", "Published")
	for _, secret := range []string{"2026-02-10", "10 February", "2026-08-04", fmt.Sprintf(">%d<", id), "reader"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page says %q", secret)
		}
	}
	if n := wording.Missing() - before; n > 0 {
		t.Errorf("%d sentences are missing", n)
	}
}

func TestFewPatientsAreShownCoarsely(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	id, public := w.put(t, w.clinics[0], map[string]any{"crowd": 2, "shown_period": "year", "shown_treatment": "specialty", "shown_origin": false, "shown_age": false, "paid_minor": 615000, "rated_on": "2026-03-31", "paid_euro_minor": 615000})
	w.whole(t, id)
	srv := testkit.Door(t, w.d, nil, w.Routes())
	var pages []string
	for _, path := range []string{Path(public), "/experiences", "/api/v1/experiences", "/api/v1/experiences/" + public, Path(public) + "/history"} {
		status, body, _ := testkit.Visit(t, srv, "").Get(path)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", path, status)
		}
		_, after, ok := strings.Cut(body, "</form>")
		if !ok {
			after = body
		}
		pages = append(pages, after) // the filters name every procedure
	}
	for i, body := range pages {
		for _, fine := range []string{"January", "2026-Q1", "March 2026", "All-on-4", "den.implant", "Ireland", `"IE"`, "55–64", "55-64", "6,150", "615000", "1.1389", "+13.9", "61000", "Bone"} {
			if strings.Contains(body, fine) {
				t.Errorf("page %d says %q", i, fine)
			}
		}
	}
	testkit.Contains(t, pages[0], "treated 2026", "EUR\u00a06,200", "rounded to two figures")
	if _, body, _ := testkit.Visit(t, srv, "").Get("/experiences?procedure=den.implant.allon4"); strings.Contains(body, public) {
		t.Error("who is shown by specialty is found by procedure")
	}
}

func TestPassagesThatAreMaskedAreNowhere(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	story := "Doctor Ada Maskwell came out and said the bone was too thin. I said yes and would say yes again."
	id, public := w.put(t, w.clinics[0], map[string]any{"title": "Ada Maskwell said the bone was too thin", "story": story, "story_html": "<p>" + story + "</p>"})
	w.exec(t, `INSERT INTO experience_masks (experience_id, version, field, first_byte, end_byte, class, made_on) VALUES ($1, 1, 'story', 7, 19, 'person_name', '2026-06-04'), ($1, 1, 'title', 0, 12, 'person_name', '2026-06-04')`, id)
	w.Forget()
	srv := testkit.Door(t, w.d, nil, w.Routes())
	for _, path := range []string{Path(public), "/ar" + Path(public), "/experiences", "/api/v1/experiences", "/api/v1/experiences/" + public, Path(public) + "/history"} {
		_, body, _ := testkit.Visit(t, srv, "").Get(path)
		if strings.Contains(body, "Maskwell") {
			t.Errorf("%s shows what is masked", path)
		}
	}
	_, body, _ := testkit.Visit(t, srv, "").Get(Path(public))
	testkit.Contains(t, body, "[masked: ", "2 passages are masked")
	docs, err := w.Sources()[0].Docs(t.Context(), w.d.Read(t.Context()), []int64{id})
	if err != nil || len(docs) != 1 || strings.Contains(fmt.Sprint(docs), "Maskwell") || docs[0].Author.Handle != "" && docs[0].Author.Handle != "Quiet Heron" {
		t.Errorf("%+v %v", docs, err)
	}
}

func TestWhatIsGoneLeavesAStone(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	srv := testkit.Door(t, w.d, testkit.Guests{"reader": w.reader}, w.Routes())
	for state, want := range map[string]string{"withdrawn": "Its author withdrew it", "removed": "It was removed", "restricted": "Two moderators decided that"} {
		id, public := w.put(t, w.clinics[0], map[string]any{"state": state})
		if state != "restricted" {
			by := map[string]string{"withdrawn": "author", "removed": "court"}[state]
			w.exec(t, `INSERT INTO tombstones (experience_id, kind, reason, asked_by, made_on, appeal_until) VALUES ($1, $2, '', $3, '2026-07-01', '2027-01-01')`, id, state, by)
		}
		for _, who := range []string{"", "reader"} {
			status, body, _ := testkit.Visit(t, srv, who).Get(Path(public))
			if status != http.StatusGone {
				t.Errorf("%s for %q: %d, want 410", state, who, status)
			}
			testkit.Contains(t, body, want, "/clinics/dunakert-dental")
			if strings.Contains(body, "apples") {
				t.Errorf("%s: the words are still there", state)
			}
		}
		if status, _, _ := testkit.Visit(t, srv, "").Get("/api/v1/experiences/" + public); status != http.StatusGone {
			t.Errorf("%s over the API: %d", state, status)
		}
		if _, body, _ := testkit.Visit(t, srv, "").Get("/experiences"); strings.Contains(body, public) {
			t.Errorf("%s is in the list", state)
		}
	}
	for _, state := range []string{"submitted", "sent_back"} {
		_, public := w.put(t, w.clinics[0], map[string]any{"state": state, "published_on": nil})
		if status, _, _ := testkit.Visit(t, srv, "").Get(Path(public)); status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", state, status)
		}
	}
	for _, path := range []string{"/experiences/1", "/experiences/00000000-0000-0000-0000-000000000000", "/experiences/x'--", "/api/v1/experiences/7"} {
		if status, _, _ := testkit.Visit(t, srv, "").Get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, status)
		}
	}
}

func TestFiltersFindWhatTheySay(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	make := func(change map[string]any) string { _, p := w.put(t, w.clinics[1], change); return p }
	base := make(map[string]any{})
	other := map[string]string{
		"procedure=hai.fue":            make(map[string]any{"procedure_id": 11, "specialty_id": 2}),
		"destination=HU":               make(map[string]any{"destination": "HU"}),
		"level=0":                      make(map[string]any{"level": 1, "counted": false}),
		"complication=none":            make(map[string]any{"complication": "none", "worst_grade": 0}),
		"complication=iii":             make(map[string]any{"worst_grade": 4}),
		"complication=unknown":         make(map[string]any{"complication": "unknown", "worst_grade": nil}),
		"outcome=missed":               make(map[string]any{"goal_achieved": 2}),
		"outcome=early":                make(map[string]any{"goal_achieved": nil}),
		"gap=quoted":                   make(map[string]any{"paid_ratio": 1}),
		"gap=much":                     make(map[string]any{"paid_ratio": 1.4}),
		"consent=ar":                   make(map[string]any{"consent_lang": "ar"}),
		"interpreter=none":             make(map[string]any{"interpreter": "none"}),
		"nights=10":                    make(map[string]any{"nights_before_flight": 12}),
		"consent=de&interpreter=app":   make(map[string]any{"consent_lang": "de", "interpreter": "app"}),
		"clinic=harbour-eye&outcome=x": func() string { _, p := w.put(t, w.clinics[4], nil); return p }(),
	}
	srv := testkit.Door(t, w.d, nil, w.Routes())
	for q, want := range other {
		status, body, _ := testkit.Visit(t, srv, "").Get("/experiences?" + q)
		if status != http.StatusOK || !strings.Contains(body, want) || strings.Contains(body, base) {
			t.Errorf("%s: %d, has it %v, has another %v", q, status, strings.Contains(body, want), strings.Contains(body, base))
		}
		for name, id := range other {
			if name != q && !strings.HasPrefix(q, "clinic") && strings.Contains(body, id) && !(q == "gap=quoted" || q == "complication=iii") {
				t.Errorf("%s finds the one of %s too", q, name)
			}
		}
		testkit.Contains(t, body, "<b class=\"num\">1</b> experience.")
	}
	if _, body, _ := testkit.Visit(t, srv, "").Get("/experiences?complication=none&outcome=missed"); !strings.Contains(body, "No experience fits all of these") {
		t.Error("nothing found does not say so")
	}
}

func TestPagesOfTheListHoldEachExperienceOnce(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	w.crowd(t, w.clinics[0], 47, 5)
	w.exec(t, `UPDATE experiences SET helpful_of = id % 9, helpful = (id % 9) / 2`)
	srv := testkit.Door(t, w.d, nil, w.Routes())
	for _, sort := range []string{"new", "helpful", "critical"} {
		seen, pages, next := map[string]bool{}, 0, ""
		for {
			_, body, _ := testkit.Visit(t, srv, "").Get("/api/v1/experiences?sort=" + sort + "&after=" + next)
			var page struct {
				Experiences []ExperienceJSON
				Count       int
				Next        string
			}
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatalf("%v in %s", err, body)
			}
			for _, x := range page.Experiences {
				if seen[x.ID] {
					t.Errorf("%s: %s came twice", sort, x.ID)
				}
				seen[x.ID] = true
			}
			if pages++; page.Next == "" || pages > 9 {
				break
			}
			next = page.Next
		}
		if len(seen) != 47 || pages != 3 {
			t.Errorf("%s: %d experiences on %d pages", sort, len(seen), pages)
		}
	}
}

func TestMostHelpfulIsWilsonHalvedEveryTwoYears(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	put := func(of, helpful int, day string) string {
		_, p := w.put(t, w.clinics[0], map[string]any{"helpful_of": of, "helpful": helpful, "published_on": day})
		return p
	}
	want := []string{put(100, 90, "2026-06-01"), put(10, 9, "2026-06-01"), put(100, 90, "2025-06-01"), put(100, 90, "2024-01-01"), put(1, 1, "2026-06-01"), put(0, 0, "2026-06-01"), put(3, 0, "2026-01-01")}
	rows, _, err := listExperiences(w.d.Read(t.Context()), Filter{Sort: byHelpful, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if r.PublicID != want[i] {
			t.Errorf("place %d: %d of %d on %s", i, r.Helpful, r.HelpfulOf, r.PublishedOn)
		}
	}
}

func TestAVoteIsOnePersonsAndCountsFromT2(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	id, public := w.put(t, w.clinics[0], nil)
	author := w.author(t, id)
	staff := testkit.Person(t, w.d, "staff", testkit.T2, testkit.StaffOf(w.clinics[0], "staff"))
	newcomer := testkit.Person(t, w.d, "fresh")
	ctx := context.Background()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := w.Vote(ctx, w.reader, public, i%2); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	v, err := w.Vote(ctx, w.reader, public, 1)
	if err != nil || v != (Voted{1, 1, 1, true}) {
		t.Errorf("%+v %v", v, err)
	}
	if v, err = w.Vote(ctx, newcomer, public, 1); err != nil || v != (Voted{1, 1, 1, false}) {
		t.Errorf("a vote of T1: %+v %v", v, err)
	}
	if v, err = w.Vote(ctx, w.reader, public, 0); err != nil || v != (Voted{0, 0, 1, true}) {
		t.Errorf("changed: %+v %v", v, err)
	}
	for _, a := range []struct {
		who  string
		kind errs.Kind
		err  error
	}{
		{"author", errs.Forbidden, second(w.Vote(ctx, author, public, 1))}, {"staff", errs.Forbidden, second(w.Vote(ctx, staff, public, 1))},
		{"no value", errs.Invalid, second(w.Vote(ctx, w.reader, public, 2))}, {"nothing there", errs.NotFound, second(w.Vote(ctx, w.reader, "x", 1))},
	} {
		if !errs.Is(a.err, a.kind) {
			t.Errorf("%s: %v", a.who, a.err)
		}
	}
	// The newcomer rises: the vote of then is counted by the round.
	w.exec(t, `INSERT INTO identities (provider, uid, account_id, verified_at, created_at) VALUES ('demo', 'fresh', $1, now(), now())`, newcomer.AccountID)
	if err := w.CountRisen(ctx); err != nil {
		t.Fatal(err)
	}
	var helpful, of int
	if err := w.d.Pool().QueryRow(ctx, `SELECT helpful, helpful_of FROM experiences WHERE id = $1`, id).Scan(&helpful, &of); err != nil || helpful != 1 || of != 2 {
		t.Errorf("%d of %d after rising, want 1 of 2 (%v)", helpful, of, err)
	}
}

func TestAKeptPageHoldsNothingOfWhoReadItFirst(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	id, public := w.put(t, w.clinics[0], nil)
	author := w.author(t, id)
	staff := testkit.Person(t, w.d, "staff", testkit.T2, testkit.StaffOf(w.clinics[0], "staff"))
	srv := testkit.Door(t, w.d, testkit.Guests{"author": author, "staff": staff, "reader": w.reader}, w.Routes())
	marks := map[string]string{
		"author": wording.Text("en", "experience.read_yours"), "staff": "/experiences\">" + wording.Text("en", "experience.read_answer_link"),
		"reader": `aria-pressed="false"`, "": wording.Text("en", "experience.read_helped_sign_in"),
	}
	for range 2 {
		for who := range marks {
			_, body, _ := testkit.Visit(t, srv, who).Get(Path(public))
			for whose, mark := range marks {
				if strings.Contains(body, mark) != (who == whose) {
					t.Errorf("the page for %q: the mark of %q is there: %t", who, whose, who != whose)
				}
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestVotingWithoutScripts(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	_, public := w.put(t, w.clinics[0], nil)
	srv := testkit.Door(t, w.d, testkit.Guests{"reader": w.reader}, w.Routes())
	v := testkit.Visit(t, srv, "reader")
	status, body, to := v.Post(Path(public), Path(public)+"/helpful", url.Values{"value": {"1"}})
	if status != http.StatusSeeOther || to != Path(public)+"?done=voted#helped" {
		t.Fatalf("%d to %q: %s", status, to, body)
	}
	_, body, _ = v.Get(Path(public))
	testkit.Contains(t, body, `value="1" aria-pressed="true"`, "1 of 1 readers found this helpful")
	if status, _, _ := testkit.Visit(t, srv, "").Post(Path(public), Path(public)+"/helpful", url.Values{"value": {"1"}}); status == http.StatusSeeOther {
		t.Error("a visitor can vote")
	}
}

func TestFiguresFromTheDatabaseAreThoseOfItsRows(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	w.crowd(t, w.clinics[0], 30, 11)
	// What is not counted changes nothing.
	for _, change := range []map[string]any{{"level": 1, "counted": false}, {"incentive": "discount", "counted": false}, {"state": "restricted"}, {"state": "withdrawn"}} {
		change["goal_achieved"], change["paid_ratio"] = 0, 9
		w.put(t, w.clinics[0], change)
	}
	f, err := w.Figures(t.Context(), w.clinics[0])
	if err != nil {
		t.Fatal(err)
	}
	one := func(sql string) (n int) {
		t.Helper()
		if err := w.d.Pool().QueryRow(context.Background(), sql, w.clinics[0]).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const of = ` FROM experiences WHERE organisation_id = $1 AND state = 'published' AND counted`
	same(t, "verified", f.Verified, one(`SELECT count(*)`+of))
	same(t, "reached", f.Goal.Reached, one(`SELECT count(*) FILTER (WHERE goal_achieved >= 7)`+of))
	same(t, "grade II or worse", f.Harm.AtLeast[gradeII], one(`SELECT count(*) FILTER (WHERE worst_grade >= 2 AND known_days >= 90)`+of))
	same(t, "records", f.Records.N, one(`SELECT count(*) FILTER (WHERE details ? 'records_received')`+of))
	for _, k := range f.Known {
		if !Shown(k.Due) {
			continue
		}
		due := one(`SELECT count(*) FROM check_ins c JOIN experiences e ON e.id = c.experience_id WHERE e.organisation_id = $1 AND e.counted AND e.state = 'published' AND c.moment = '` + k.Moment + `'`)
		done := one(`SELECT count(*) FROM check_ins c JOIN experiences e ON e.id = c.experience_id WHERE e.organisation_id = $1 AND e.counted AND e.state = 'published' AND c.status = 'done' AND c.moment = '` + k.Moment + `'`)
		same(t, k.Moment, k, KnownFigure{k.Moment, done, due})
	}
}

func TestRanksAreStoredForTheListOfClinics(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	w.crowd(t, w.clinics[2], 30, 1)
	w.crowd(t, w.clinics[1], 3, 2)
	for range 2 { // twice is the same as once
		if err := w.RankClinics(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var first int64
	if err := w.d.Pool().QueryRow(context.Background(), `SELECT organisation_id FROM clinic_ranks ORDER BY tier DESC, score DESC LIMIT 1`).Scan(&first); err != nil || first != w.clinics[2] {
		t.Errorf("%d stands first (%v)", first, err)
	}
	var reached int
	if err := w.d.Pool().QueryRow(context.Background(), `SELECT reached + known FROM clinic_ranks WHERE organisation_id = $1`, w.clinics[1]).Scan(&reached); err != nil || reached != 0 {
		t.Errorf("a sum of three is stored: %d (%v)", reached, err)
	}
	w.exec(t, `UPDATE experiences SET state = 'withdrawn' WHERE organisation_id = $1`, w.clinics[1])
	if err := w.RankClinics(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := w.d.Pool().QueryRow(context.Background(), `SELECT count(*) FROM clinic_ranks`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d ranks are left (%v)", left, err)
	}
}

func TestClinicsAreComparedItemByItem(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	w.crowd(t, w.clinics[0], 20, 1)
	w.crowd(t, w.clinics[1], 3, 2)
	srv := testkit.Door(t, w.d, nil, w.Routes())
	for _, lang := range []string{"", "/ar"} {
		status, body, _ := testkit.Visit(t, srv, "").Get(lang + "/compare?clinic=dunakert-dental&clinic=ayazma-hair&clinic=nowhere&clinic=dunakert-dental")
		if status != http.StatusOK {
			t.Fatalf("%d", status)
		}
		testkit.Contains(t, body, "Dunakert Dental</bdi>", "Ayazma Hair</bdi>", "<th scope=\"row\">")
		if n := strings.Count(body, `<th scope="col">`); n != 3 {
			t.Errorf("%d columns, want the items and two clinics", n)
		}
	}
	_, body, _ := testkit.Visit(t, srv, "").Get("/compare?clinic=dunakert-dental&clinic=ayazma-hair")
	testkit.Contains(t, body, "of 20", "3 of 5 needed to show this.", "95 % interval")
	if status, body, _ := testkit.Visit(t, srv, "").Get("/compare?clinic=x"); status != http.StatusOK || !strings.Contains(body, "at least two") {
		t.Errorf("%d", status)
	}
}

func TestFiguresOverTheAPIAreHeldBackBelowFive(t *testing.T) {
	t.Parallel()
	w := newLibrary(t)
	w.crowd(t, w.clinics[0], 20, 1)
	w.crowd(t, w.clinics[1], 4, 2)
	srv := testkit.Door(t, w.d, nil, w.Routes())
	status, body, _ := testkit.Visit(t, srv, "").Get("/api/v1/clinics/ayazma-hair/figures")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	testkit.Contains(t, body, `"verified":4`, `"goal":null`, `"paid_ratio":null`, `"complications":[]`, `"known":null`)
	_, body, _ = testkit.Visit(t, srv, "").Get("/api/v1/clinics/dunakert-dental/figures?procedure=den.implant.allon4")
	testkit.Contains(t, body, `"reached":`, `"grade_at_least":"II"`)
}
