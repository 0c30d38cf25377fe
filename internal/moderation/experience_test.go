package moderation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/experience"
	"caravan/internal/moderation"
	"caravan/internal/provider"
	"caravan/internal/testkit"
)

// realDesk is a desk that knows the experiences of the site, one of which is
// submitted.
func realDesk(t *testing.T) (k desk, publicID string) {
	t.Helper()
	k = newDesk(t)
	ctx := context.Background()
	jobs := testkit.Jobs(t, k.d)
	places := provider.New(provider.Tools{DB: k.d, Jobs: jobs, Notify: k.told})
	if err := places.Warm(ctx); err != nil {
		t.Fatal(err)
	}
	x := experience.New(experience.Tools{DB: k.d, Jobs: jobs, Notify: k.told, Provider: places, Moderation: k.Service})
	for _, s := range x.Subjects() {
		k.AddSubject(s)
	}
	for _, s := range x.Suggestions() {
		k.AddSuggestion(s)
	}
	clinic := testkit.Organisation(t, k.d, "clinic", "Bosporus Hair")
	err := k.d.Write(ctx, func(tx *db.Tx) error {
		var id int64
		err := tx.Gorm().Raw(`INSERT INTO experiences (pseudonym, author_role, organisation_id, specialty_id, procedure_id, destination, quarter, title, story, story_html, renderer, lang, incentive, state, created_on)
			SELECT 'Quiet Heron', 'patient', ?, specialty_id, id, 'TR', '2026-Q2', 'Four days in Istanbul', ?, ?, 1, 'en', 'none', 'submitted', current_date FROM procedures ORDER BY id LIMIT 1 RETURNING id`,
			clinic, story, story).Row().Scan(&id)
		if err != nil {
			return err
		}
		if err := tx.Gorm().Raw(`SELECT public_id FROM experiences WHERE id = ?`, id).Row().Scan(&publicID); err != nil {
			return err
		}
		if err := tx.Gorm().Exec(`INSERT INTO authorships (experience_id, account_id, person_id, organisation_id, quarter) VALUES (?, ?, ?, ?, '2026-Q2')`, id, k.author.AccountID, k.author.PersonID, clinic).Error; err != nil {
			return err
		}
		return moderation.Suggest(tx, "experience", id, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, publicID
}

// TestARealExperienceGoesThroughTheDesk publishes one, covers a name in it,
// takes it away with two moderators and brings it back on appeal.
func TestARealExperienceGoesThroughTheDesk(t *testing.T) {
	t.Parallel()
	k, publicID := realDesk(t)
	ctx := context.Background()
	srv := testkit.Door(t, k.d, testkit.Guests{"mod": k.mod, "author": k.author, "reader": k.reader}, k.Routes())
	mod := testkit.Visit(t, srv, "mod")
	_, body, _ := mod.Get(fmt.Sprintf("/moderation/%d", k.theCase(t)))
	testkit.Contains(t, body, "Submitted experience", "Four days in Istanbul", "Bosporus Hair", "met us at the door")
	if strings.Contains(body, k.author.Handle+"<") {
		t.Error("the case names the author")
	}
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Approve, Seen: 1})
	state := func(want string) {
		t.Helper()
		if got := value[string](t, k.d, `SELECT state FROM experiences`); got != want {
			t.Errorf("it is %s, want %s", got, want)
		}
	}
	state("published")
	report := "/report/experience/" + publicID
	if status, _, _ := testkit.Visit(t, srv, "reader").Post(report, report, form("reason", "personal_data", "note", "A nurse is named.")); status != 303 {
		t.Fatalf("report: %d", status)
	}
	if status, _, _ := testkit.Visit(t, srv, "author").Get(report); status != 403 {
		t.Errorf("its author reports it: %d, want 403", status)
	}
	masking := moderation.Masking{Words: "Ayşe Yıldız", Class: "person_name", Picks: []string{"story:1:6", "story:1:64"}}
	if err := k.Mask(ctx, k.mod, k.theCase(t), masking); err != nil {
		t.Fatal(err)
	}
	_, body, _ = mod.Get(fmt.Sprintf("/moderation/%d", k.theCase(t)))
	testkit.Contains(t, body, "Nurse [masked: name of a person] met us", "and [masked: name of a person] explained")
	if got := value[string](t, k.d, `SELECT story FROM experiences`); got != story {
		t.Errorf("the words themselves became %q", got)
	}
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Propose, Reason: "fake", Statement: facts, Version: 1, Seen: 1})
	state("published")
	if err := k.Decide(ctx, k.mod, k.theCase(t), moderation.Verdict{Decision: moderation.Confirm, Version: 2, Seen: 1}); errs.Of(err).Key != "moderation.needs_second" {
		t.Errorf("alone: %v", err)
	}
	k.decide(t, k.other, moderation.Verdict{Decision: moderation.Confirm, Version: 2, Seen: 1})
	state("restricted")
	hidden := value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`)
	if err := k.Appeal(ctx, k.author, hidden, "I was there and can show the bill to whoever asks."); err != nil {
		t.Fatal(err)
	}
	third := testkit.Person(t, k.d, "Third", testkit.Moderator)
	k.decide(t, third, moderation.Verdict{Decision: moderation.Overturn, Statement: "The bill was shown, and it fits what is told.", Seen: 1})
	state("published")
	_, body, _ = testkit.Visit(t, srv, "author").Get("/me/decisions")
	testkit.Contains(t, body, "Your text is published", "Personal data in your text was covered", "Your text was hidden", "the decision was taken back")
}
