package experience_test

import (
	"context"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/experience"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
)

func TestAnEditAppearsAtOnceAndTheWordsBeforeStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.published(t, w.patient, w.answers())
	edit := func(change func(*experience.Wording)) error {
		x := experience.Wording{Title: "Kind people, and a bill that grew by a lift", Story: story + " They paid back a third later.", Version: 1}
		change(&x)
		_, err := w.Edit(context.Background(), w.patient, e.PublicID, "en", x)
		return err
	}
	if err := edit(func(*experience.Wording) {}); err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, e, `state, version, title, edited_on IS NOT NULL`); got != "published 2 Kind people, and a bill that grew by a lift t" {
		t.Errorf("got %s", got)
	}
	if got := value[string](t, w, `SELECT version || title FROM experience_edits`); got != "1Kind people, and a bill that grew on the day" {
		t.Errorf("kept: %s", got)
	}
	if err := edit(func(*experience.Wording) {}); !errs.Is(err, errs.Conflict) {
		t.Errorf("from an old page: %v", err)
	}
	if err := edit(func(x *experience.Wording) { x.Version, x.Story = 2, story+" Call me on +353 86 123 4567." }); !errs.Is(err, errs.Invalid) {
		t.Errorf("with a leak: %v", err)
	}
	stranger := testkit.Person(t, w.d, "Stranger")
	if _, err := w.Edit(context.Background(), stranger, e.PublicID, "en", experience.Wording{Title: "Somebody else's words about it", Story: story, Version: 2}); !errs.Is(err, errs.NotFound) {
		t.Errorf("by somebody else: %v", err)
	}
}

func TestWhatAModeratorCoveredStaysCoveredInANewWording(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.published(t, w.patient, w.with(experience.Answers{"story": {story + " The lady from room green was lovely."}}))
	at := strings.Index(story+" The lady from room green was lovely.", "lady from room green")
	masker := w.Subjects()[0].(moderation.Masker)
	mask := func(version int) error {
		return w.d.Write(context.Background(), func(tx *db.Tx) error {
			return masker.Mask(tx, e.ID, moderation.Mask{Field: "story", Version: version, First: at, End: at + 20, Class: "person_name", By: w.moderator.AccountID})
		})
	}
	if err := mask(1); err != nil {
		t.Fatal(err)
	}
	if err := mask(1); err != nil {
		t.Errorf("covered again: %v", err)
	}
	if _, err := w.Edit(context.Background(), w.patient, e.PublicID, "en", experience.Wording{Title: "Kind people, and a bill that grew on the day", Story: "Once more. " + story + " The lady from room green was lovely.", Version: 1}); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, w, `SELECT substr(e.story, m.first_byte + 1, m.end_byte - m.first_byte) FROM experience_masks m JOIN experiences e ON e.id = m.experience_id WHERE m.version = 2`); got != "lady from room green" {
		t.Errorf("covered now: %q", got)
	}
	if err := mask(1); !errs.Is(err, errs.Conflict) {
		t.Errorf("covering old words: %v", err)
	}
}

func TestWhatWasSentBackCanBeChangedAndSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.tell(t, w.patient, w.answers())
	w.decide(t, moderation.Verdict{Decision: "refuse", Reason: "unrelated", Statement: "The story is about the weather on the journey home, not about a treatment."})
	if got := w.state(t, e, `state, state_why`); got != "sent_back moderation.reason_unrelated" {
		t.Fatalf("got %s", got)
	}
	if n := value[int](t, w, `SELECT count(*) FROM notifications WHERE account_id = $1`, w.patient.AccountID); n != 1 {
		t.Errorf("%d notices, want one", n)
	}
	x := experience.Wording{Title: "Kind people, and a bill that grew by a lift", Story: story, Version: 1, Resend: true}
	if _, err := w.Edit(context.Background(), w.patient, e.PublicID, "en", x); err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, e, `state, version`); got != "submitted 2" {
		t.Errorf("sent again: %s", got)
	}
	if n := value[int](t, w, `SELECT count(*) FROM experience_edits`); n != 0 {
		t.Errorf("%d wordings are kept of what nobody could read", n)
	}
	w.decide(t, moderation.Verdict{Decision: "approve"})
	if got := w.state(t, e, `state`); got != "published" {
		t.Errorf("approved: %s", got)
	}
}

func TestAWithdrawnExperienceLeavesATombstoneAndNoWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.published(t, w.patient, w.with(experience.Answers{"goal": {"To chew without pain again"}, "age_band": {"35-44"}, "line_implant_paid": {"3000"}}))
	if _, err := w.Edit(context.Background(), w.patient, e.PublicID, "en", experience.Wording{Title: "Kind people, and a bill that grew by a lift", Story: story + " More.", Version: 1}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // pressed twice
		if err := w.Withdraw(context.Background(), w.patient, e.PublicID); err != nil {
			t.Fatal(err)
		}
	}
	if got := value[string](t, w, `SELECT concat_ws(' ', kind, asked_by) FROM tombstones WHERE experience_id = $1`, e.ID); got != "withdrawn author" {
		t.Errorf("tombstone: %s", got)
	}
	if got := w.state(t, e, `state, title, story, story_html, goal, details, coalesce(paid_minor, 0)`); got != "withdrawn     {} 0" {
		t.Errorf("left: %s", got)
	}
	for _, table := range []string{"experience_edits", "experience_lines", "experience_sealed", "experience_restricted", "complications", "experience_procedures"} {
		if n := value[int](t, w, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%s: %d rows are left", table, n)
		}
	}
	if got := value[string](t, w, `SELECT string_agg(DISTINCT status, ' ') FROM check_ins`); got != "declined" {
		t.Errorf("check-ins: %s", got)
	}
	if n := value[int](t, w, `SELECT count(*) FROM search_queue WHERE kind = 6 AND ref_id = $1`, e.ID); n == 0 {
		t.Error("the search index is not told")
	}
	// A moderator who comes late changes nothing.
	err := w.d.Write(context.Background(), func(tx *db.Tx) error { return w.Subjects()[0].Show(tx, e.ID) })
	if !errs.Is(err, errs.Conflict) {
		t.Errorf("shown again: %v", err)
	}
}

func TestTheDeskNeverLearnsWhoWrote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.published(t, w.patient, w.answers())
	x := w.Subjects()[0]
	if it, err := x.About(context.Background(), e.ID); err != nil || it.AuthorAccountID != 0 || it.OrganisationID != w.clinic.ID {
		t.Errorf("%+v, %v", it, err)
	}
	secret := x.(moderation.Secretive)
	for id, want := range map[int64]bool{w.patient.PersonID: true, w.staff.PersonID: false} {
		if got, err := secret.Wrote(context.Background(), e.ID, id); err != nil || got != want {
			t.Errorf("person %d wrote it: %v, %v", id, got, err)
		}
	}
	for table, column := range map[string]string{"moderation_decisions": "author_id", "moderation_cases": "opened_by"} {
		if n := value[int](t, w, `SELECT count(*) FROM `+table+` WHERE `+column+` IS NOT NULL`); n != 0 {
			t.Errorf("%s names the author", table)
		}
	}
	if n := value[int](t, w, `SELECT count(*) FROM idempotency_keys WHERE ref_id = $1 AND ref_id <> 0 OR route LIKE '%' || $2 || '%' OR address LIKE '%' || $2 || '%'`, e.ID, e.PublicID); n != 0 {
		t.Error("an idempotency key joins the account to the experience")
	}
}
