package shaping

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

func TestRoundsEndByTheWallClockOfThePackageAcrossSummerTime(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 0)
	year := b.clock.Now().Year() + 1
	for _, c := range []struct {
		zone  string
		start time.Time // the change of the clocks lies within the round
		hours int       // of fourteen days
	}{
		{"Europe/Berlin", time.Date(year, 3, 20, 17, 0, 0, 0, time.UTC), 14*24 - 1},
		{"Europe/Berlin", time.Date(year, 10, 20, 16, 0, 0, 0, time.UTC), 14*24 + 1},
		{"America/New_York", time.Date(year+1, 10, 28, 22, 0, 0, 0, time.UTC), 14*24 + 1},
		{"Asia/Kolkata", time.Date(year+2, 3, 20, 12, 30, 0, 0, time.UTC), 14 * 24},
	} {
		b.clock.Move(c.start.Sub(b.clock.Now()))
		p := b.published(func(p *Proposal) { p.Zone = c.zone })
		if got := p.EndsAt.Sub(c.start); got != time.Duration(c.hours)*time.Hour {
			t.Errorf("%s: the round lasts %s, want %d h", c.zone, got, c.hours)
		}
		b.clock.Move(p.EndsAt.Sub(b.clock.Now()) - time.Second)
		b.must(b.Tick(t.Context()))
		b.state(b.read(p.Slug), Shaping, 1)
		b.clock.Move(time.Second)
		b.must(b.Tick(t.Context()))
		p = b.read(p.Slug)
		b.state(p, Answering, 1)
		zone, err := Zone(c.zone)
		b.must(err)
		if at := p.EndsAt.In(zone); at.Hour() != 18 || at.Minute() != 0 {
			t.Errorf("%s: answers end at %s", c.zone, at)
		}
	}
}

func TestTwoClocksAtOnceTakeEachStepOnce(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 8)
	p := b.published()
	ids := []int64{b.asks(b.patients[0], p, "x.nurse_calls", 4), b.asks(b.patients[1], p, "x.guarantee", 9)}
	tick := func() {
		t.Helper()
		b.clock.Move(b.read(p.Slug).EndsAt.Sub(b.clock.Now()) + time.Minute)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := b.Tick(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	tick()
	b.state(b.read(p.Slug), Answering, 1)
	b.answers(ids[0], Response{Answer: Accept})
	tick()
	b.state(b.read(p.Slug), FinalVote, 1)
	for sql, want := range map[string]int64{
		`SELECT count(*) FROM package_versions WHERE package_id = ?`:                                        2,
		`SELECT count(*) FROM package_steps WHERE package_id = ? AND event = 'end_round'`:                   1,
		`SELECT count(*) FROM package_steps WHERE package_id = ? AND event = 'end_answers'`:                 1,
		`SELECT count(*) FROM amendments WHERE package_id = ? AND state = 'merged'`:                         1,
		`SELECT count(*) FROM live_events WHERE channel = 'package:' || ?::bigint AND type = 'version.new'`: 1,
	} {
		if got := b.do(sql, p.ID); got != want {
			t.Errorf("%s: %d, want %d", sql, got, want)
		}
	}
}

func TestAStepThatBreaksOffLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 8)
	p := b.published()
	id := b.asks(b.patients[0], p, "x.nurse_calls", 4)
	b.votes(p, OnPackage, p.ID, 1, b.patients[1:])
	p = b.until(p.Slug)
	delta := int64(50_00)
	b.answers(id, Response{Answer: Accept, PriceDeltaMinor: &delta})
	before := b.read(p.Slug)
	// The last thing that the step does fails, after everything else was written.
	b.exec(`CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'pulled the plug'; END $$`)
	b.exec(`CREATE TRIGGER break_off BEFORE UPDATE ON packages FOR EACH ROW EXECUTE FUNCTION break_off()`)
	b.clock.Move(p.EndsAt.Sub(b.clock.Now()) + time.Minute)
	if err := b.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), "pulled the plug") {
		t.Fatalf("the step went through: %v", err)
	}
	if now := b.read(p.Slug); now.State != Answering || now.Version != before.Version || *now.NewestVersionID != *before.NewestVersionID {
		t.Errorf("half a step: %+v", now)
	}
	b.wishState(id, Accepted)
	for sql, want := range map[string]int64{
		`SELECT count(*) FROM package_versions WHERE package_id = ?`:                               1,
		`SELECT count(*) FROM package_standings WHERE package_id = ? AND status = 'stale_version'`: 0,
		`SELECT count(*) FROM package_steps WHERE package_id = ?`:                                  2,
	} {
		if got := b.do(sql, p.ID); got != want {
			t.Errorf("%s: %d, want %d", sql, got, want)
		}
	}
	b.exec(`DROP TRIGGER break_off ON packages`)
	b.must(b.Tick(t.Context()))
	b.state(b.read(p.Slug), FinalVote, 1)
	b.wishState(id, Merged)
}

// exec runs SQL as the owner of the database, who may more than the site.
func (b *bazaar) exec(sql string) {
	b.t.Helper()
	if _, err := testkit.OwnerOf(b.t, b.d).Pool().Exec(context.Background(), sql); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

func TestOfRivalsOneIsAcceptedWhateverHappens(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 4)
	p := b.published()
	one, other := b.asks(b.patients[0], p, "x.guarantee", 12), b.asks(b.patients[1], p, "x.guarantee", 24)
	accept := func(id int64) error {
		return b.Respond(context.Background(), b.desk, id, Response{Answer: Accept, Reason: "We can do this for everybody who comes to us from now on."}, db.Key{})
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var refused []error
	for _, id := range []int64{one, other} {
		wg.Go(func() {
			if err := accept(id); err != nil {
				mu.Lock()
				defer mu.Unlock()
				refused = append(refused, err)
			}
		})
	}
	wg.Wait()
	if len(refused) != 1 || fieldsOf(refused[0]) != "shaping.rival_accepted" {
		t.Fatalf("refused: %v", refused)
	}
	// Nobody gets round the rule, not even past the program.
	_, err := b.d.Pool().Exec(t.Context(), `UPDATE amendments SET state = 'accepted' WHERE id = ANY($1)`, []int64{one, other})
	if err == nil || !strings.Contains(err.Error(), "amendments_one_granted") {
		t.Errorf("the database took both: %v", err)
	}
}

func TestWhatWasPublishedSaidAndVotedIsNeverChanged(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 2)
	p := b.published()
	id := b.asks(b.patients[0], p, "x.guarantee", 12)
	b.votes(p, OnAmendment, id, 1, b.patients[1:])
	b.answers(id, Response{Answer: Accept})
	owner := testkit.OwnerOf(t, b.d)
	for _, table := range []string{"package_versions", "package_version_items", "amendment_responses", "package_votes", "package_steps"} {
		for _, sql := range []string{`DELETE FROM ` + table, `TRUNCATE ` + table + ` CASCADE`, `UPDATE ` + table + ` SET ` + firstColumn[table] + ` = ` + firstColumn[table]} {
			if _, err := owner.Pool().Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "never changed") {
				t.Errorf("%s by the owner: %v", sql, err)
			}
			if _, err := b.d.Pool().Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%s by the site: %v", sql, err)
			}
		}
	}
}

var firstColumn = map[string]string{"package_versions": "reason", "package_version_items": "provider_reason", "amendment_responses": "reason",
	"package_votes": "choice", "package_steps": "why"}

func TestACallIsDecidedByItsVotesAndTakenUp(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 20)
	ctx := t.Context()
	proposal := b.proposal(func(p *Proposal) { p.Organisation, p.Steps = "", nil })
	draft, err := b.SaveDraft(ctx, b.patients[0], "", proposal, db.Key{})
	b.must(err)
	if _, err := b.SaveDraft(ctx, b.patients[1], draft.Slug, proposal, db.Key{}); !errs.Is(err, errs.NotFound) {
		t.Errorf("somebody else's draft: %v", err)
	}
	p, err := b.Publish(ctx, b.patients[0], draft.Slug, db.Key{})
	b.must(err)
	b.state(p, Call, 1)
	wins, loses := b.asks(b.patients[1], p, "x.nurse_calls", 6), b.asks(b.patients[2], p, "x.nurse_calls", 5)
	few := b.asks(b.patients[3], p, "x.lounge", 6)
	b.votes(p, OnAmendment, wins, 1, b.patients[4:20])
	b.votes(p, OnAmendment, loses, 1, b.patients[4:19])
	b.votes(p, OnAmendment, few, 1, b.patients[4:12])
	p = b.until(p.Slug)
	b.state(p, Call, 2)
	if got := b.says(p).Value("x.nurse_calls").Number; got != 6 {
		t.Errorf("%d calls, want 6", got)
	}
	b.wishState(wins, Merged)
	b.wishState(few, Open)

	b.do(`UPDATE organisations SET licence_valid = NULL WHERE id = ? RETURNING id`, b.clinic)
	_, err = b.Adopt(ctx, b.desk, p.Slug, "harbour-eye")
	b.refused("a clinic whose licence nobody looked up", err, "shaping.verified_clinics")
	b.do(`UPDATE organisations SET licence_valid = true WHERE id = ? RETURNING id`, b.clinic)
	offer, err := b.Adopt(ctx, b.desk, p.Slug, "harbour-eye")
	b.must(err)
	if offer.State != Draft || *offer.AnswersCallID != p.ID || len(offer.Draft) != len(b.says(p).held()) {
		t.Errorf("the answer to the call is %+v", offer)
	}
	_, err = b.Adopt(ctx, b.desk, p.Slug, "harbour-eye")
	b.refused("once more", err, "shaping.adopted_already")
	_, err = b.Publish(ctx, b.desk, offer.Slug, db.Key{})
	b.must(err)
	if n := b.do(`SELECT count(*) FROM package_steps WHERE package_id = ? AND event = 'adopt'`, p.ID); n != 1 {
		t.Errorf("the call was taken up %d times", n)
	}
	b.clock.Move(b.read(p.Slug).ExpiresAt.Sub(b.clock.Now()) + time.Minute)
	b.must(b.Tick(ctx))
	b.state(b.read(p.Slug), Ended, 2)
}

func TestASuspendedPhaseGetsItsDaysBack(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 0)
	ctx := t.Context()
	mod := testkit.Person(t, b.d, "warden", testkit.Moderator)
	p := b.published()
	b.refused("by staff", b.Suspend(ctx, b.desk, p.Slug, becauseSo), "shaping.not_yours")
	b.must(b.Suspend(ctx, mod, p.Slug, becauseSo))
	b.clock.Move(20 * 24 * time.Hour)
	b.must(b.Tick(ctx))
	if now := b.read(p.Slug); now.State != Suspended || now.HeldFrom != Shaping {
		t.Fatalf("%s, from %s", now.State, now.HeldFrom)
	}
	b.must(b.Resume(ctx, mod, p.Slug, becauseSo))
	now := b.read(p.Slug)
	b.state(now, Shaping, 1)
	if left := now.EndsAt.Sub(b.clock.Now()); left < 13*24*time.Hour || left > 16*24*time.Hour {
		t.Errorf("%s left of its round", left)
	}
}

func TestWhoMayNameWhoSigns(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 1)
	ctx := t.Context()
	name := func(by access.Actor, handle string) error {
		return b.NameSignatory(ctx, by, "harbour-eye", handle, "Selin Kaya", "Head of care")
	}
	b.refused("oneself", name(b.desk, "Selin"), "handle shaping.name_colleague")
	b.refused("a stranger", name(b.desk, "traveller0"), "handle shaping.no_colleague")
	b.refused("twice", b.NameSignatory(ctx, b.desk, "harbour-eye", "Kerem", "Dr. Kerem Aydin", "Medical director"), "shaping.named_already")
	if err := name(b.patients[0], "Selin"); !errs.Is(err, errs.NotFound) {
		t.Errorf("by a patient: %v", err)
	}
	late := b.signer
	late.SteppedUp = b.clock.Now().Add(-time.Hour)
	if err := name(late, "Selin"); !errs.Is(err, errs.Forbidden) {
		t.Errorf("without the password: %v", err)
	}
	b.must(name(b.signer, "Selin"))
	b.must(b.EndSignatory(ctx, b.signer, "harbour-eye", b.do(`SELECT id FROM package_signatories WHERE name = 'Selin Kaya'`)))
	b.do(`UPDATE affiliations SET kind = 'owner' WHERE person_id = ? RETURNING id`, b.desk.PersonID)
	b.must(name(b.desk, "Selin"))
}

func TestPublishingTwiceAtOncePublishesOnce(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 0)
	p, err := b.SaveDraft(t.Context(), b.desk, "", b.proposal(), db.Key{})
	b.must(err)
	var done, refused int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := b.Publish(context.Background(), b.desk, p.Slug, db.Key{})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errs.Is(err, errs.Conflict):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 || refused != 5 {
		t.Errorf("%d published, %d refused", done, refused)
	}
	if n := b.do(`SELECT count(*) FROM package_versions WHERE package_id = ?`, p.ID); n != 1 {
		t.Errorf("%d versions", n)
	}
}
