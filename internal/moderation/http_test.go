package moderation_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"caravan/internal/moderation"
	"caravan/internal/testkit"
)

func TestOnlyModeratorsReachTheDesk(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	admin := testkit.Person(t, k.d, "Admin", testkit.Admin)
	srv := testkit.Door(t, k.d, testkit.Guests{"author": k.author, "mod": k.mod, "admin": admin}, k.Routes())
	id := k.theCase(t)
	for _, path := range []string{"/moderation", "/moderation/decided", fmt.Sprintf("/moderation/%d", id), "/ar/moderation"} {
		for who, want := range map[string]int{"": http.StatusSeeOther, "author": http.StatusForbidden, "mod": http.StatusOK, "admin": http.StatusOK} {
			if got, _, _ := testkit.Visit(t, srv, who).Get(path); got != want {
				t.Errorf("%s by %q: %d, want %d", path, who, got, want)
			}
		}
	}
	form := url.Values{"decision": {"hide"}, "reason": {"fake"}, "version": {"0"}}
	for _, do := range []string{"claim", "decide"} {
		if got, _, _ := testkit.Visit(t, srv, "author").Post("/report/reply/1", fmt.Sprintf("/moderation/%d/%s", id, do), form); got != http.StatusForbidden {
			t.Errorf("%s by a member: %d, want 403", do, got)
		}
	}
	if got := value[string](t, k.d, `SELECT state FROM notes WHERE id = 1`); got != "shown" {
		t.Errorf("the note is %q", got)
	}
}

func TestAReportGoesFromItsFormToTheDeskAndBackWithoutScripts(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	srv := testkit.Door(t, k.d, testkit.Guests{"reader": k.reader, "mod": k.mod, "author": k.author}, k.Routes())
	reader, mod := testkit.Visit(t, srv, "reader"), testkit.Visit(t, srv, "mod")

	status, body, _ := reader.Post("/report/reply/1", "/report/reply/1", url.Values{"note": {"I know <this> place"}})
	if status != http.StatusUnprocessableEntity {
		t.Fatalf("without a reason: %d, want 422", status)
	}
	testkit.Contains(t, body, "Please choose one of the reasons.", "I know &lt;this&gt; place", `href="#reason"`)
	status, _, to := reader.Post("/report/reply/1", "/report/reply/1", url.Values{"reason": {"fake"}, "note": {"I know <this> place"}})
	if status != http.StatusSeeOther || to != "/rules?done=reported#note" {
		t.Fatalf("report: %d to %q", status, to)
	}

	_, body, _ = mod.Get("/moderation")
	testkit.Contains(t, body, "Reported reply", "1 case is waiting", "There is good reason to believe that it is fake.", "About Note", `href="/rules#note"`)
	page := fmt.Sprintf("/moderation/%d", k.theCase(t))
	_, body, _ = mod.Get("/ar" + page)
	testkit.Contains(t, body, `dir="rtl"`, "رد مُبلَّغ عنه", "I know &lt;this&gt; place")
	if strings.Contains(body, k.reader.Handle) {
		t.Error("the case shows who reported it")
	}

	status, body, _ = mod.Post(page, page+"/decide", url.Values{"version": {"0"}, "decision": {"hide"}, "statement": {"Kept text"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("hiding without a reason: %d, want 422", status)
	}
	testkit.Contains(t, body, "Kept text", "Please choose one of the reasons.")
	form := url.Values{"version": {"0"}, "decision": {"hide"}, "reason": {"fake"}, "statement": {"The photo is from the catalogue of a shop."}}
	if status, body, _ = mod.Post(page, page+"/decide", form); status != http.StatusOK {
		t.Fatalf("preview: %d, want 200", status)
	}
	testkit.Contains(t, body, "What the author will read", "Your text was hidden", "The photo is from the catalogue of a shop.", "1 report", "a moderator, not a machine")
	if n := value[int](t, k.d, `SELECT count(*) FROM moderation_decisions`); n != 0 {
		t.Error("looking at the preview decided")
	}
	form.Set("do", "change")
	_, body, _ = mod.Post(page, page+"/decide", form)
	testkit.Contains(t, body, "The photo is from the catalogue of a shop.", `<option value="fake" selected>`)
	form.Set("do", "send")
	if status, _, to = mod.Post(page, page+"/decide", form); status != http.StatusSeeOther || to != "/moderation?done=decided" {
		t.Fatalf("decide: %d to %q", status, to)
	}
	if status, body, _ = mod.Post(page, page+"/decide", form); status != http.StatusConflict {
		t.Errorf("decided twice: %d, want 409", status)
	}
	testkit.Contains(t, body, "Somebody else has taken or decided this case")
	_, body, _ = mod.Get("/moderation")
	testkit.Contains(t, body, "Nothing is waiting.")
	_, body, _ = mod.Get("/moderation/decided")
	testkit.Contains(t, body, "Hidden", "The photo is from the catalogue of a shop.", "Mod")

	decision := fmt.Sprintf("/decisions/%d", value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`))
	_, body, _ = testkit.Visit(t, srv, "author").Get(decision)
	testkit.Contains(t, body, "Your text was hidden", "good reason to believe that it is fake", "The photo is from the catalogue of a shop.", "a moderator, not a machine", "You can appeal until")
	_, body, _ = reader.Get(decision)
	testkit.Contains(t, body, "It was looked at and hidden")
	if strings.Contains(body, "catalogue") {
		t.Error("who reported it reads what was written for the author")
	}
}

func TestADecisionIsReadByThoseConcernedAlone(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	if err := k.Decide(context.Background(), k.mod, k.theCase(t), moderation.Verdict{Decision: "keep"}); err != nil {
		t.Fatal(err)
	}
	stranger := testkit.Person(t, k.d, "Stranger")
	srv := testkit.Door(t, k.d, testkit.Guests{"author": k.author, "reader": k.reader, "stranger": stranger}, k.Routes())
	path := fmt.Sprintf("/decisions/%d", value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`))
	for who, want := range map[string]int{"": 303, "author": 200, "reader": 200, "stranger": 404} {
		if got, _, _ := testkit.Visit(t, srv, who).Get(path); got != want {
			t.Errorf("by %q: %d, want %d", who, got, want)
		}
	}
}

func TestASuggestionWaitsForTheConfirmedAddressOfItsAuthor(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	unknown := testkit.Person(t, k.d, "Unknown", testkit.Unconfirmed)
	if _, err := k.d.Pool().Exec(context.Background(), `INSERT INTO notes (id, title, author, state) VALUES (9, 'Nine', $1, 'suggested')`, unknown.AccountID); err != nil {
		t.Fatal(err)
	}
	k.suggest(t, 9, unknown)
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod}, k.Routes())
	_, body, _ := testkit.Visit(t, srv, "mod").Get("/moderation")
	testkit.Contains(t, body, "Nothing is waiting.")
	if _, err := k.d.Pool().Exec(context.Background(), `UPDATE identities SET verified_at = now() WHERE account_id = $1`, unknown.AccountID); err != nil {
		t.Fatal(err)
	}
	_, body, _ = testkit.Visit(t, srv, "mod").Get("/moderation")
	testkit.Contains(t, body, "Suggested clinic", "Nine")
}

func TestAddressesThatNameNothingAreNotFound(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	srv := testkit.Door(t, k.d, testkit.Guests{"reader": k.reader, "mod": k.mod}, k.Routes())
	for path, who := range map[string]string{"/report/reply/1": "reader", "/report/nothing/1": "reader", "/report/reply/x": "reader", "/moderation/77": "mod", "/moderation/x": "mod", "/decisions/9": "reader"} {
		if got, _, _ := testkit.Visit(t, srv, who).Get(path); got != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, got)
		}
	}
}
