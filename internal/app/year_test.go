package app_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/experience"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// town is a site with a clinic whose patients tell, and a clock that a test
// turns.
type town struct {
	*site
	clock     *testkit.Clock
	clinic    int64
	staff     access.Actor
	moderator access.Actor
}

func newTown(t *testing.T) *town {
	t.Helper()
	d, clock := testkit.DBAt(t)
	x := &town{clock: clock, clinic: testkit.Organisation(t, d, "clinic", "Galata Dental")}
	x.site = startOn(t, d, nil, nil)
	x.staff, x.moderator = testkit.Person(t, d, "Selin", testkit.StaffOf(x.clinic, "staff")), testkit.Person(t, d, "Mod", testkit.Moderator)
	return x
}

// answers are those that it takes to publish, about the present quarter.
func (x *town) answers(title string) experience.Answers {
	return experience.Answers{
		"clinic": {"galata-dental"}, "procedure": {"den.implant.allon4"}, "quarter": {string(visit.Of(x.db.Now()))},
		"author_role": {"patient"}, "adult": {"yes"}, "origin_country": {"IE"},
		"title": {title}, "story": {firstHalf + secondHalf}, "goal_achieved": {"too_early"}, "complication": {"none"}, "would_repeat": {"unsure"},
		"quoted": {"4000"}, "quoted_currency": {"EUR"}, "paid": {"4600"}, "paid_currency": {"EUR"}, "incentive": {"none"}, "consent_publish": {"yes"},
		"procedure_day": {x.db.Now().Format(time.DateOnly)},
	}
}

// tells has somebody tell with a code of the clinic, and a moderator publish it.
func (x *town) tells(t *testing.T, a access.Actor, title string) experience.Experience {
	t.Helper()
	ctx := context.Background()
	o, err := x.Provider.FindOrganisation(x.db.Read(ctx), x.clinic)
	if err != nil {
		t.Fatal(err)
	}
	key := db.Key{Scope: fmt.Sprintf("a%d", a.AccountID), Route: "POST /test", Value: fmt.Sprintf("0123456789abcdef-%d", a.AccountID), Hash: []byte("x")}
	_, codes, err := x.Visit.Make(ctx, x.staff, o, visit.Sheet{Quarter: string(visit.Of(x.db.Now())), Codes: 1, Seed: visit.NewSeed()}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := x.Visit.Look(ctx, a, codes[0])
	if err != nil {
		t.Fatal(err)
	}
	path, err := x.Experience.StartWithCode(ctx, a, facts)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Split(path, "/")[3]
	for _, step := range experience.Steps {
		if _, err := x.Experience.SaveStep(ctx, a, id, step, "en", x.answers(title)); err != nil {
			t.Fatal(err)
		}
	}
	e, err := x.Experience.Submit(ctx, a, id, "en", key)
	if err != nil {
		t.Fatal(err)
	}
	x.approve(t)
	return e
}

// approve publishes what was sent last.
func (x *town) approve(t *testing.T) {
	t.Helper()
	v := moderation.Verdict{Decision: moderation.Approve}
	var id int64
	if err := x.db.Pool().QueryRow(t.Context(), `SELECT c.id, c.lock_version, e.version FROM moderation_cases c JOIN experiences e ON e.id = c.ref WHERE c.kind = 'experience' AND c.decided_at IS NULL ORDER BY c.id DESC LIMIT 1`).
		Scan(&id, &v.Version, &v.Seen); err != nil {
		t.Fatal(err)
	}
	if err := x.Moderation.Decide(t.Context(), x.moderator, id, v); err != nil {
		t.Fatal(err)
	}
}

// turnTo moves the clock to the day on which an experience is asked about a
// moment, and asks.
func (x *town) turnTo(t *testing.T, e experience.Experience, moment string) {
	t.Helper()
	var due time.Time
	if err := x.db.Pool().QueryRow(t.Context(), `SELECT due_on FROM check_ins WHERE experience_id = $1 AND moment = $2`, e.ID, moment).Scan(&due); err != nil {
		t.Fatal(err)
	}
	x.turn(t, due.Add(12*time.Hour))
}

func (x *town) turn(t *testing.T, to time.Time) {
	t.Helper()
	x.clock.Move(to.Sub(x.clock.Now()))
	if err := x.Experience.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.Experience.Forget()
}

// asked waits for the nth mail that asks somebody how they are, and returns it
// with the path of its link.
func (x *town) asked(t *testing.T, who string, nth int) (letter, path string) {
	t.Helper()
	late := time.After(60 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := x.Mail.Box()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, l := range all { // the newest first
			for _, link := range l.Links {
				if !strings.Contains(link, "/check-in/") || l.To != testkit.Address(who) {
					continue
				}
				if n++; n == 1 {
					letter, path = l.Subject+"\n"+l.Body, strings.TrimPrefix(link, x.URL)
				}
			}
		}
		if n == nth {
			return letter, path
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d mails ask %s, want %d", n, who, nth)
		}
	}
}

// tap answers a check-in through its link, as whoever holds it.
func (x *town) tap(path, goal string) answer {
	x.t.Helper()
	v := x.visitor()
	return v.post(path, v.fill(path, "tap_goal", goal, "tap_complication", "none", "tap_worth_it", "yes"))
}

// TestACheckInAYearLater follows one experience for a year: what is asked,
// what is answered, what is missed, and what the pages make of it.
func TestACheckInAYearLater(t *testing.T) {
	t.Parallel()
	x := newTown(t)
	const patients = 5
	var who []access.Actor
	var told []experience.Experience
	for i := range patients {
		who = append(who, testkit.Person(t, x.db, fmt.Sprintf("Walker %c", 'a'+i), testkit.T2))
		told = append(told, x.tells(t, who[i], "A lift nobody had mentioned, number "+string(rune('a'+i))))
	}
	first, page := told[0], experience.Path(told[0].PublicID)
	shows := func(path string, want ...string) {
		t.Helper()
		for _, w := range want {
			x.until(path+" saying "+w, func() bool { return strings.Contains(x.visitor().get(path).text, w) })
		}
	}
	shows(page, "V2: a visit was seen", "How things were three months later or more")
	shows("/clinics/galata-dental", "<b>5 verified patients</b>", "0 of 5 needed")

	x.turnTo(t, first, "m3") // a week and a month have passed unanswered
	for i := range who {
		letter, path := x.asked(t, who[i].Handle, 1)
		for _, telling := range []string{"Galata", "implant", "Dental", told[i].Pseudonym, "lift"} {
			if strings.Contains(letter, telling) {
				t.Errorf("the mail says %q:\n%s", telling, letter)
			}
		}
		a := x.visitor().get(path)
		for _, telling := range []string{"Galata", "Dental", told[i].Pseudonym, "nobody had mentioned", told[i].PublicID, who[i].Handle} {
			if a.StatusCode != 200 || strings.Contains(a.text, telling) {
				t.Errorf("the page of the link (%d) says %q", a.StatusCode, telling)
			}
		}
		if a := x.tap(path, []string{"9", "8", "7", "4", "10"}[i]); a.StatusCode != 303 {
			t.Fatalf("three taps: %d %s", a.StatusCode, a.text)
		}
		if a := x.visitor().get(path); a.StatusCode != 410 || !strings.Contains(a.text, "This link no longer works.") {
			t.Errorf("the link works again: %d", a.StatusCode)
		}
		if a := x.visitor().post(path, url.Values{"tap_goal": {"0"}}); a.StatusCode < 400 {
			t.Errorf("it can be answered again: %d", a.StatusCode)
		}
	}
	x.Experience.Forget()
	shows(page, "V4: followed up", "9 of 10", "A check-in was missed. We do not know how things were then")
	shows("/clinics/galata-dental", "<b>4 of 5</b> reached their goal.")

	x.turnTo(t, first, "m6")
	_, late := x.asked(t, who[0].Handle, 2)
	x.turnTo(t, first, "m12")
	if a := x.visitor().get(late); a.StatusCode != 410 {
		t.Errorf("the link of half a year ago still works: %d", a.StatusCode)
	}
	_, path := x.asked(t, who[0].Handle, 3)
	if a := x.tap(path, "6"); a.StatusCode != 303 {
		t.Fatalf("after a year: %d %s", a.StatusCode, a.text)
	}
	// The others do not answer. Nothing is known of them, which is not good.
	x.turn(t, x.clock.Now().Add(100*24*time.Hour))
	shows(page, "V4: followed up", "6 of 10")
	shows("/clinics/galata-dental", "<b>1 of 5</b>; the other 4 are unknown.", "<b>3 of 5</b> reached their goal.")
	own := x.as(who[0]).get("/me/experiences").text
	if n := strings.Count(own, "missed: nothing is known"); n != 3 || strings.Count(own, ": done") != 2 {
		t.Errorf("its author reads of %d missed check-ins, want 3 (a week, a month, half a year)\n%s", n, own)
	}
}

// until waits for something that comes by itself.
func (x *town) until(what string, is func() bool) {
	x.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			x.t.Fatalf("%s did not come", what)
		}
	}
}
