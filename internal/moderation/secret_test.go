package moderation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
)

func TestTheAuthorOfATaleIsToldAndStaysUnknown(t *testing.T) {
	t.Parallel()
	k, _ := tellingDesk(t)
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod, "author": k.author, "reader": k.reader}, k.Routes())
	page := fmt.Sprintf("/moderation/%d", k.theCase(t))
	for _, path := range []string{"/moderation", page} {
		_, body, _ := testkit.Visit(t, srv, "mod").Get(path)
		testkit.Contains(t, body, "Four days in Istanbul")
		if strings.Contains(body, ">"+k.author.Handle) || strings.Contains(body, k.author.Handle+"<") {
			t.Errorf("%s names the author", path)
		}
	}
	_, body, _ := testkit.Visit(t, srv, "mod").Get(page)
	testkit.Contains(t, body, "What is claimed, and what was seen", "Differs:", "nothing seen", "met us at the door", "Publish it")
	author := k.author
	author.Moderator = true
	if err := k.Decide(context.Background(), author, k.theCase(t), moderation.Verdict{Decision: moderation.Approve, Seen: 1}); errs.Of(err).Key != "moderation.you_wrote_it" {
		t.Errorf("by the author: %v", err)
	}
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Refuse, Reason: "personal_data", Statement: facts, Seen: 1})
	if got := k.state(t); got != "sent_back moderation.reason_personal_data" {
		t.Errorf("the tale is %q", got)
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_decisions WHERE author_id IS NOT NULL`) + value[int](t, k.d, `SELECT count(*) FROM moderation_cases WHERE opened_by IS NOT NULL`); n != 0 {
		t.Error("the desk keeps who wrote it")
	}
	if got := value[string](t, k.d, `SELECT kind || ' ' || ref || ' ' || path || ' ' || args FROM notifications WHERE account_id = $1`, k.author.AccountID); got != "moderation_told 0 /me/decisions {}" {
		t.Errorf("the author was told %q", got)
	}
	_, body, _ = testkit.Visit(t, srv, "author").Get("/me/decisions")
	decision := fmt.Sprintf("/decisions/%d", value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`))
	testkit.Contains(t, body, "Your text was sent back", "Four days in Istanbul", `href="`+decision+`"`, "You can appeal until")
	_, body, _ = testkit.Visit(t, srv, "author").Get(decision)
	testkit.Contains(t, body, "another person&#39;s personal data", facts, "a moderator, not a machine", "a person reads everything before it is published", "send it in again")
	if status, _, _ := testkit.Visit(t, srv, "reader").Get(decision); status != 404 {
		t.Errorf("somebody else reads it: %d", status)
	}
	_, body, _ = testkit.Visit(t, srv, "reader").Get("/me/decisions")
	testkit.Contains(t, body, "No moderator has decided anything")
}

func TestWhatIsWithdrawnStaysNowhereAtTheDesk(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	ctx, id := context.Background(), k.theCase(t)
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Keep, Seen: 1})
	k.tale(t, 2, 0)
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod, "author": k.author}, k.Routes())
	_, body, _ := testkit.Visit(t, srv, "mod").Get("/moderation/decided")
	testkit.Contains(t, body, "Four days in Istanbul")
	err := k.d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Gorm().Exec(`DELETE FROM tales`).Error; err != nil {
			return err
		}
		return moderation.TakeBack(tx, "experience", 2)
	})
	if err != nil {
		t.Fatal(err)
	}
	for who, paths := range map[string][]string{"mod": {"/moderation", "/moderation/decided", fmt.Sprintf("/moderation/%d", id)}, "author": {"/me/decisions"}} {
		for _, path := range paths {
			status, body, _ := testkit.Visit(t, srv, who).Get(path)
			if status != 200 || strings.Contains(body, "Four days") {
				t.Errorf("%s: %d, or it still names what was withdrawn", path, status)
			}
		}
	}
	for _, table := range []string{"moderation_cases", "moderation_decisions", "reports", "notifications"} {
		if n := value[int](t, k.d, `SELECT count(*) FROM `+table+` x WHERE x::text LIKE '%Four days%'`); n != 0 {
			t.Errorf("%s keeps its title", table)
		}
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_cases WHERE decided_at IS NULL`); n != 0 {
		t.Error("what was taken back still waits")
	}
}

func TestAPublishedTaleIsTakenAwayByTwoModeratorsOnly(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	ctx, id := context.Background(), k.theCase(t)
	hide := moderation.Verdict{Decision: moderation.Hide, Reason: "fake", Statement: facts, Seen: 1}
	admin := testkit.Person(t, k.d, "Admin", testkit.Admin)
	if err := k.Decide(ctx, admin, id, hide); !errs.Is(err, errs.Conflict) || errs.Of(err).Key != "moderation.needs_second" {
		t.Errorf("an admin alone: %v, want Conflict", err)
	}
	for name, v := range map[string]moderation.Verdict{"without a reason": {Decision: moderation.Propose, Statement: facts, Seen: 1}, "without facts": {Decision: moderation.Propose, Reason: "fake", Seen: 1}} {
		if err := k.Decide(ctx, admin, id, v); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
	propose := moderation.Verdict{Decision: moderation.Propose, Reason: "fake", Statement: facts, Seen: 1}
	k.decide(t, k.mod, propose)
	if got := k.state(t); got != "shown" {
		t.Errorf("after one moderator it is %q", got)
	}
	if n := value[int](t, k.d, `SELECT count FROM notifications WHERE account_id = $1`, k.author.AccountID); n != 1 {
		t.Error("the author hears of a proposal")
	}
	confirm := moderation.Verdict{Decision: moderation.Confirm, Version: 1, Seen: 1}
	if err := k.Decide(ctx, k.mod, id, confirm); errs.Of(err).Key != "moderation.needs_second" {
		t.Errorf("confirmed by who proposed: %v", err)
	}
	confirm.Version = 0
	if err := k.Decide(ctx, k.other, id, confirm); errs.Of(err).Key != "moderation.somebody_decided" {
		t.Errorf("confirmed from an old page: %v", err)
	}
	// Not confirmed: it stays, and can be proposed again.
	k.decide(t, k.other, moderation.Verdict{Decision: moderation.Reject, Version: 1, Seen: 1})
	if got := k.state(t); got != "shown" {
		t.Errorf("after the second did not confirm it is %q", got)
	}
	propose.Version = 2
	k.decide(t, k.other, propose)
	confirm.Version = 3
	k.decide(t, k.mod, confirm)
	if got := k.state(t); got != "hidden moderation.reason_fake" {
		t.Errorf("after two moderators it is %q", got)
	}
	if got := value[string](t, k.d, `SELECT string_agg(decision || ' ' || reason || coalesce(' of ' || proposal_id, ''), ', ' ORDER BY id) FROM moderation_decisions`); got != "approve , propose fake, reject  of 2, propose fake, hide fake of 4" {
		t.Errorf("kept: %q", got)
	}
	if got := value[string](t, k.d, `SELECT kind FROM notifications WHERE account_id = $1`, k.reader.AccountID); got != "report_hidden_plain" {
		t.Errorf("who reported was told %q", got)
	}
}

func TestTwoModeratorsOfOneOrganisationAreNotTwo(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	work := testkit.Organisation(t, k.d, "employer", "Works")
	one, two := testkit.Person(t, k.d, "One", testkit.Moderator, testkit.StaffOf(work, "staff")), testkit.Person(t, k.d, "Two", testkit.Moderator, testkit.StaffOf(work, "staff"))
	k.decide(t, one, moderation.Verdict{Decision: moderation.Propose, Reason: "fake", Statement: facts, Seen: 1})
	confirm := moderation.Verdict{Decision: moderation.Confirm, Version: 1, Seen: 1}
	if err := k.Decide(context.Background(), two, k.theCase(t), confirm); errs.Of(err).Key != "moderation.you_are_colleagues" {
		t.Errorf("a colleague: %v", err)
	}
	k.decide(t, k.other, confirm)
}

func TestWhoHasATieDoesNotDecideAndTheCaseWaits(t *testing.T) {
	t.Parallel()
	k, organisation := tellingDesk(t)
	ctx := context.Background()
	for _, m := range []access.Actor{k.mod, k.other} {
		if _, err := k.d.Pool().Exec(ctx, `INSERT INTO affiliations (person_id, organisation_id, kind, source, valid_from, valid_to) VALUES ($1, $2, 'family', 'self', now() - interval '5 years', now() - interval '1 year')`, m.PersonID, organisation); err != nil {
			t.Fatal(err)
		}
	}
	v := moderation.Verdict{Decision: moderation.Approve, Seen: 1}
	for name, err := range map[string]error{"decide": k.Decide(ctx, k.mod, k.theCase(t), v), "claim": k.Claim(ctx, k.mod, k.theCase(t), 0),
		"mask": k.Mask(ctx, k.mod, k.theCase(t), moderation.Masking{Words: "Ayşe", Class: "person_name"})} {
		if errs.Of(err).Key != "moderation.you_work_there" {
			t.Errorf("%s: %v", name, err)
		}
	}
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod}, k.Routes())
	_, body, _ := testkit.Visit(t, srv, "mod").Get(fmt.Sprintf("/moderation/%d", k.theCase(t)))
	testkit.Contains(t, body, "You have or had a tie", "no other moderator who could decide")
	testkit.Person(t, k.d, "Free", testkit.Moderator)
	_, body, _ = testkit.Visit(t, srv, "mod").Get(fmt.Sprintf("/moderation/%d", k.theCase(t)))
	if strings.Contains(body, "no other moderator who could decide") {
		t.Error("it says that nobody is free, though somebody is")
	}
	// Three years after it ended, a tie counts no more.
	if _, err := k.d.Pool().Exec(ctx, `UPDATE affiliations SET valid_to = now() - interval '3 years'`); err != nil {
		t.Fatal(err)
	}
	k.decide(t, k.mod, v)
}

func TestWhatIsDecidedIsWhatWasRead(t *testing.T) {
	t.Parallel()
	k, _ := tellingDesk(t)
	if _, err := k.d.Pool().Exec(context.Background(), `UPDATE tales SET story = 'Call 555 0100 for a discount', version = 2`); err != nil {
		t.Fatal(err)
	}
	if err := k.Decide(context.Background(), k.mod, k.theCase(t), moderation.Verdict{Decision: moderation.Approve, Seen: 1}); errs.Of(err).Key != "moderation.text_changed" {
		t.Errorf("published unread: %v", err)
	}
}

func TestThreeHundredReportsHideNothingAndBringTheCaseForward(t *testing.T) {
	t.Parallel()
	k, _ := tellingDesk(t)
	ctx := context.Background()
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Approve, Seen: 1})
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	other := k.theCase(t)
	for i := range 300 {
		a := testkit.Person(t, k.d, fmt.Sprintf("Flag%d", i), testkit.Newcomer, testkit.Unconfirmed)
		if err := k.Report(ctx, a, "experience", 1, "fake", "", db.Key{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := k.state(t); got != "shown" {
		t.Errorf("300 reports made it %q", got)
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_cases WHERE decided_at IS NULL AND (reports = 300 OR id = $1)`, other); n != 2 {
		t.Errorf("%d cases as they should be, want both", n)
	}
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod}, k.Routes())
	_, body, _ := testkit.Visit(t, srv, "mod").Get("/moderation")
	if a, b := strings.Index(body, "Four days in Istanbul"), strings.Index(body, ">Note<"); a < 0 || b < 0 || a > b {
		t.Errorf("the case of 300 stands at %d, that of one at %d", a, b)
	}
	_, body, _ = testkit.Visit(t, srv, "mod").Get(fmt.Sprintf("/moderation/%d", k.theCase(t)))
	testkit.Contains(t, body, "300 people reported this, 0 of them", "Reports alone hide nothing", "300 reports")
}

func TestPersonalDataIsCoveredWhereTheModeratorTicksIt(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod, "author": k.author, "reader": k.reader}, k.Routes())
	mod, page := testkit.Visit(t, srv, "mod"), fmt.Sprintf("/moderation/%d", k.theCase(t))
	post := func(want int, pairs ...string) (body string) {
		t.Helper()
		status, body, _ := mod.Post(page, page+"/mask", form(pairs...))
		if status != want {
			t.Fatalf("%v: %d, want %d\n%s", pairs, status, want, body)
		}
		return body
	}
	testkit.Contains(t, post(422, "version", "0", "do", "find", "words", "Mehmet", "class", "person_name"), "do not stand in the text")
	testkit.Contains(t, post(422, "version", "0", "do", "find", "words", "ayşe yıldız"), "choose what the words are", "2 places")
	testkit.Contains(t, post(200, "version", "0", "do", "find", "words", "ayşe yıldız", "class", "person_name"), "2 places", `value="story:1:6"`, `value="story:1:64"`, "[masked: name of a person]")
	testkit.Contains(t, post(422, "version", "0", "do", "cover", "words", "Ayşe Yıldız", "class", "person_name"), "tick the places")
	testkit.Contains(t, post(422, "version", "0", "do", "cover", "words", "Ayşe Yıldız", "class", "person_name", "pick", "story:7:6"), "tick the places")
	post(303, "version", "0", "do", "cover", "words", "Ayşe Yıldız", "class", "person_name", "pick", "story:1:6", "statement", "Staff who do not advertise are not named.")
	post(409, "version", "0", "do", "cover", "words", "Ayşe Yıldız", "class", "person_name", "pick", "story:1:64")
	_, body, _ := mod.Get(page)
	testkit.Contains(t, body, "Nurse [masked: name of a person] met us", "and Ayşe Yıldız explained", "Personal data covered")
	if got := value[string](t, k.d, `SELECT story FROM tales`); got != story {
		t.Errorf("the words themselves became %q", got)
	}
	if got := value[string](t, k.d, `SELECT decision || ' ' || reason || ' ' || jsonb_array_length(spans) || ' ' || (spans->0->>'Class') || ' ' || (spans->0->>'By') FROM moderation_decisions ORDER BY id DESC LIMIT 1`); got != fmt.Sprintf("mask personal_data 1 person_name %d", k.mod.AccountID) {
		t.Errorf("kept: %q", got)
	}
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_decisions WHERE moderation_decisions::text LIKE '%Ayşe%'`); n != 0 {
		t.Error("the history repeats the covered words")
	}
	_, body, _ = testkit.Visit(t, srv, "author").Get(fmt.Sprintf("/decisions/%d", value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`)))
	testkit.Contains(t, body, "Personal data in your text was covered", "[masked: name of a person]", "Staff who do not advertise", "You can appeal until")
}

func TestAnAppealGoesOnceToAnotherModeratorAndItsResultIsTold(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	ctx := context.Background()
	third := testkit.Person(t, k.d, "Third", testkit.Moderator)
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Propose, Reason: "fake", Statement: facts, Seen: 1})
	k.decide(t, k.other, moderation.Verdict{Decision: moderation.Confirm, Version: 1, Seen: 1})
	hidden := value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`)
	srv := testkit.Door(t, k.d, testkit.Guests{"author": k.author, "third": third}, k.Routes())
	author, page := testkit.Visit(t, srv, "author"), fmt.Sprintf("/decisions/%d", hidden)
	_, body, _ := author.Get(page)
	testkit.Contains(t, body, "two moderators, no machine", `action="`+page+`/appeal"`)
	status, body, _ := author.Post(page, page+"/appeal", form("words", "No!"))
	if status != 422 {
		t.Errorf("two letters: %d, want 422", status)
	}
	testkit.Contains(t, body, "at least 30 characters", "No!")
	words := form("words", "I was there and can show the bill to whoever asks for it.")
	for range 2 { // a double click is one appeal
		if status, _, to := author.Post(page, page+"/appeal", words); status != 303 || to != page+"?done=appealed" {
			t.Fatalf("appeal: %d to %q", status, to)
		}
	}
	if err := k.Appeal(ctx, k.author, hidden, "And another thing that I wanted to say about it."); errs.Of(err).Key != "moderation.appealed_already" {
		t.Errorf("a second appeal: %v", err)
	}
	if err := k.Appeal(ctx, k.reader, hidden, "I like it very much, please show it again."); !errs.Is(err, errs.NotFound) {
		t.Errorf("by somebody else: %v", err)
	}
	id := k.theCase(t)
	uphold := moderation.Verdict{Decision: moderation.Uphold, Statement: facts, Seen: 1}
	for _, m := range []access.Actor{k.mod, k.other} {
		if err := k.Decide(ctx, m, id, uphold); errs.Of(err).Key != "moderation.you_decided_it" {
			t.Errorf("by %s, who decided: %v", m.Handle, err)
		}
	}
	_, body, _ = testkit.Visit(t, srv, "third").Get(fmt.Sprintf("/moderation/%d", id))
	testkit.Contains(t, body, "Appeal: an experience", "I was there and can show the bill", "The decision that is appealed against")
	k.decide(t, third, moderation.Verdict{Decision: moderation.Overturn, Statement: "The bill was shown, and it fits what is told.", Seen: 1})
	if got := k.state(t); got != "shown" {
		t.Errorf("after the appeal it is %q", got)
	}
	_, body, _ = author.Get("/me/decisions")
	testkit.Contains(t, body, "the decision was taken back", "Read the answer to your appeal")
	if strings.Contains(body, "You can appeal until") {
		t.Error("an appeal is offered again")
	}
}

func TestAnAppealAgainstAMaskUncoversIt(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	if err := k.Mask(context.Background(), k.mod, k.theCase(t), moderation.Masking{Words: "Ayşe Yıldız", Class: "person_name", Picks: []string{"story:1:6", "story:1:64"}}); err != nil {
		t.Fatal(err)
	}
	masked := value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`)
	if err := k.Appeal(context.Background(), k.author, masked, "She is named on the page of the clinic, as is everybody there."); err != nil {
		t.Fatal(err)
	}
	k.decide(t, k.other, moderation.Verdict{Decision: moderation.Overturn, Statement: "The clinic names her on its own page.", Seen: 1})
	if got := value[string](t, k.d, `SELECT masks FROM tales`); got != "[]" {
		t.Errorf("masks %s stay", got)
	}
}

func TestSixMonthsAfterADecisionThereIsNoAppeal(t *testing.T) {
	t.Parallel()
	k, _ := tellingDesk(t)
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Refuse, Reason: "misleading", Statement: facts, Seen: 1})
	id := value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`)
	k.clock.Move(185 * 24 * time.Hour)
	if err := k.Appeal(context.Background(), k.author, id, "It is all true, as I can show."); !errs.Is(err, errs.Gone) {
		t.Errorf("late: %v, want Gone", err)
	}
}

func TestOverdueCasesAreToldOnceToEveryModerator(t *testing.T) {
	t.Parallel()
	k, _ := tellingDesk(t)
	ctx := context.Background()
	remind := func(want int) {
		t.Helper()
		for range 2 {
			if err := k.Remind(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range []access.Actor{k.mod, k.other} {
			if n := value[int](t, k.d, `SELECT coalesce(sum(count), 0)::int FROM notifications WHERE account_id = $1 AND kind = 'cases_overdue'`, m.AccountID); n != want {
				t.Errorf("%s was told %d times, want %d", m.Handle, n, want)
			}
		}
	}
	remind(0)
	k.note(t, 1, "shown")
	if err := k.Report(ctx, k.reader, "reply", 1, "personal_data", "", db.Key{}); err != nil {
		t.Fatal(err)
	}
	k.clock.Move(61 * time.Minute) // a danger is overdue after an hour
	remind(1)
	k.clock.Move(24 * time.Hour) // what was submitted after a day
	remind(2)
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod}, k.Routes())
	_, body, _ := testkit.Visit(t, srv, "mod").Get("/moderation?show=late&of=suggestion_experience")
	testkit.Contains(t, body, "Four days in Istanbul", "1 case is waiting", "Overdue (1)", "Submitted experience (1)")
	if strings.Contains(body, ">Note<") {
		t.Error("the filter lets another kind through")
	}
}

func TestTheNumbersCountWhatWasDecided(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Keep, Seen: 1})
	k.tale(t, 2, 0)
	srv := testkit.Door(t, k.d, testkit.Guests{}, k.Routes())
	status, body, _ := testkit.Visit(t, srv, "").Get("/moderation/numbers")
	if status != 200 {
		t.Fatalf("for everybody: %d", status)
	}
	testkit.Contains(t, body, "Submitted experience", "2 cases: 1 decided, 1 open.", "Reported experience", "1 case: 1 decided, 0 open.", "Kept", "1 of 1")
}

func TestATaleIsReportedByItsPublicAddressAndNeverByItsAuthor(t *testing.T) {
	t.Parallel()
	k, _ := published(t)
	srv := testkit.Door(t, k.d, testkit.Guests{"author": k.author, "other": k.other}, k.Routes())
	for _, c := range []struct {
		who, path string
		want      int
	}{{"other", "/report/experience/tale-1", 200}, {"other", "/report/experience/1", 404}, {"author", "/report/experience/tale-1", 403}} {
		if got, _, _ := testkit.Visit(t, srv, c.who).Get(c.path); got != c.want {
			t.Errorf("%s by %s: %d, want %d", c.path, c.who, got, c.want)
		}
	}
	if status, _, to := testkit.Visit(t, srv, "other").Post("/report/experience/tale-1", "/report/experience/tale-1", form("reason", "abusive")); status != 303 || to != "/rules?done=reported" {
		t.Errorf("report: %d to %q", status, to)
	}
}

// TestNoRouteChangesWords: the desk has doors to claim, decide, mask, report and
// appeal. None takes words that would stand in another's place.
func TestNoRouteChangesWords(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	var posts []string
	for _, r := range k.Routes() {
		if r.Method != "GET" {
			posts = append(posts, r.Method+" "+r.Path)
		}
	}
	want := "POST /report/:kind/:id, POST /decisions/:id/appeal, POST /moderation/:id/claim, POST /moderation/:id/decide, POST /moderation/:id/mask"
	if got := strings.Join(posts, ", "); got != want {
		t.Errorf("doors that change something: %s\nwant %s", got, want)
	}
}
