package shaping

import (
	"context"
	"fmt"
	"math/rand/v2"
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

func TestTheSameWishTwiceIsSupportForTheFirst(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 3)
	ctx := t.Context()
	p := b.published()
	first := b.asks(b.patients[0], p, "x.guarantee", 12)
	same := Wished{Op: Set, Key: "x.guarantee", Value: Value{Kind: Duration, Number: 12}, Reason: because, Tie: noTie}
	id, joined, err := b.Amend(ctx, b.patients[1], p.Slug, same, db.Key{})
	if err != nil || !joined || id != first {
		t.Fatalf("%d, joined %v, %v", id, joined, err)
	}
	if n := b.do(`SELECT want FROM package_tallies WHERE subject = 'amendment' AND subject_id = ?`, first); n != 1 {
		t.Errorf("%d want it, want 1", n)
	}
	_, _, err = b.Amend(ctx, b.patients[0], p.Slug, same, db.Key{})
	b.refused("one's own wish again", err, "shaping.own_already")
	if n := b.do(`SELECT count(*) FROM amendments WHERE package_id = ?`, p.ID); n != 1 {
		t.Errorf("%d wishes", n)
	}
}

func TestWishesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 2)
	ctx := t.Context()
	newcomer := testkit.Person(t, b.d, "fresh")
	p := b.published()
	clinical := ""
	for _, l := range b.says(p) {
		if !l.Item.Votable {
			clinical = l.Item.Key
		}
	}
	calls := Wished{Op: Set, Key: "x.nurse_calls", Value: Value{Kind: Count, Number: 7}, Reason: because}
	with := func(change func(*Wished)) Wished {
		w := calls
		change(&w)
		return w
	}
	for what, c := range map[string]struct {
		a    access.Actor
		w    Wished
		want string
	}{
		"by staff":           {b.desk, calls, "shaping.not_your_own"},
		"by somebody of T1":  {newcomer, calls, "shaping.need_trust"},
		"by a visitor":       {access.Actor{}, calls, "common.sign_in_first"},
		"without a reason":   {b.patients[0], with(func(w *Wished) { w.Reason = "more" }), "reason shaping.reason_length"},
		"with a telephone":   {b.patients[0], with(func(w *Wished) { w.Reason = because + " Call me: +49 151 23456789." }), "reason text.leak_"},
		"what is there":      {b.patients[0], with(func(w *Wished) { w.Value.Number = 2 }), "value shaping.value_same"},
		"of a medical item":  {b.patients[0], with(func(w *Wished) { w.Key = clinical }), "shaping.clinical_item"},
		"without a must":     {b.patients[0], with(func(w *Wished) { w.Op, w.Key = Remove, "stay.days" }), "item shaping.item_mandatory"},
		"of nothing there":   {b.patients[0], with(func(w *Wished) { w.Key = "x.nowhere" }), "shaping.item_gone"},
		"of an unnamed item": {b.patients[0], with(func(w *Wished) { w.Op, w.Key = Add, "x.nowhere" }), "shaping.item_key"},
	} {
		_, _, err := b.Amend(ctx, c.a, p.Slug, c.w, db.Key{})
		b.refused(what, err, c.want)
	}
	for i := range MaxOpenAmendments {
		b.asks(b.patients[1], p, []string{"x.nurse_calls", "x.guarantee", "x.lounge"}[i], 40)
	}
	_, _, err := b.Amend(ctx, b.patients[1], p.Slug, with(func(w *Wished) { w.Value.Number = 8 }), db.Key{})
	b.refused("a fourth", err, "shaping.most_wishes")
	b.must(b.WithdrawWish(ctx, b.patients[1], b.do(`SELECT min(id) FROM amendments WHERE author_person_id = ?`, b.patients[1].PersonID)))
	b.asks(b.patients[1], p, "x.nurse_calls", 8)
}

// TestWishesMeetANewVersion goes through what a new version can mean for a wish
// that waits, all in one round.
func TestWishesMeetANewVersion(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 16)
	ctx := t.Context()
	p := b.published(func(p *Proposal) {
		p.own("x.meals", Count, "", 1)
		p.own("x.taxi", Count, "", 1)
	})
	calls := b.asks(b.patients[0], p, "x.nurse_calls", 6)
	toward := b.asks(b.patients[1], p, "x.nurse_calls", 9)
	away := b.asks(b.patients[2], p, "x.nurse_calls", 1)
	untouched := []int64{b.asks(b.patients[3], p, "x.meals", 3), b.asks(b.patients[4], p, "x.taxi", 3), b.asks(b.patients[5], p, "x.lounge", 3)}
	b.votes(p, OnAmendment, toward, 1, b.patients[6:10])
	b.votes(p, OnAmendment, untouched[0], 1, b.patients[6:10])
	b.answers(calls, Response{Answer: Accept})
	p = b.until(b.until(p.Slug).Slug)
	b.state(p, Shaping, 2)
	b.wishState(calls, Merged)
	for _, id := range untouched {
		b.wishState(id, Open)
	}
	if w := b.wish(untouched[0]); w.BaseVersionID != *p.NewestVersionID {
		t.Error("an untouched wish did not move on")
	}
	if b.wish(toward).State != NeedsRebase || !b.wish(toward).Partly || b.wish(away).State != NeedsRebase || b.wish(away).Partly {
		t.Errorf("toward %+v, away %+v", b.wish(toward), b.wish(away))
	}
	counted := func(id int64) int64 {
		return b.do(`SELECT coalesce(sum(want), 0) FROM package_tallies WHERE subject = 'amendment' AND subject_id = ?`, id)
	}
	if counted(toward) != 0 || counted(untouched[0]) != 4 {
		t.Errorf("votes: %d on what moved, %d on what did not", counted(toward), counted(untouched[0]))
	}
	b.refused("enough of what moved away", b.Enough(ctx, b.patients[2], away), "shaping.not_partly")
	b.must(b.Enough(ctx, b.patients[1], toward))
	b.wishState(toward, PartlyAchieved)
	_, err := b.Repropose(ctx, b.patients[6], away, db.Key{})
	b.refused("another's wish anew", err, "shaping.")
	again, err := b.Repropose(ctx, b.patients[2], away, db.Key{})
	b.must(err)
	b.wishState(away, Obsolete)
	if w := b.wish(again); w.State != Open || *w.RebasedFromID != away || *b.wish(away).ObsoletedByID != again {
		t.Errorf("anew: %+v", w)
	}
	if wrong, err := b.Recount(ctx); err != nil || wrong != 0 {
		t.Errorf("%d sums are wrong, %v", wrong, err)
	}
}

func TestWhatTheProviderChangesAloneIsMarked(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 6)
	ctx := t.Context()
	p := b.published()
	b.votes(p, OnPackage, p.ID, 1, b.patients)
	worse := OwnChange{Key: "x.lounge", Reason: because}
	b.refused("without a reason", b.PlanChanges(ctx, b.desk, p.Slug, []OwnChange{{Key: "x.lounge"}}), "shaping.own_reason")
	b.refused("by a patient", b.PlanChanges(ctx, b.patients[0], p.Slug, []OwnChange{worse}), "shaping.not_yours")
	b.must(b.PlanChanges(ctx, b.desk, p.Slug, []OwnChange{worse}))
	p = b.until(b.until(p.Slug).Slug)
	c := b.says(p)
	if _, there := c.Find("x.lounge"); there {
		t.Error("it is still there")
	}
	for _, l := range c {
		if l.Item.Key == "x.lounge" && (l.Reason == "" || l.AmendmentID != 0) {
			t.Errorf("the change is not marked: %+v", l)
		}
	}
	if n := b.do(`SELECT count(*) FROM package_standings WHERE package_id = ? AND subject = 'package' AND status = 'counted'`, p.ID); n != 0 {
		t.Errorf("%d votes count on though something got worse", n)
	}
}

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
	b.refused("by staff", b.Suspend(ctx, b.desk, p.Slug, because), "shaping.not_yours")
	b.must(b.Suspend(ctx, mod, p.Slug, because))
	b.clock.Move(20 * 24 * time.Hour)
	b.must(b.Tick(ctx))
	if now := b.read(p.Slug); now.State != Suspended || now.HeldFrom != Shaping {
		t.Fatalf("%s, from %s", now.State, now.HeldFrom)
	}
	b.must(b.Resume(ctx, mod, p.Slug, because))
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

// TestRandomLivesKeepTheirPromises lets people wish, vote, answer and wait in an
// order drawn by lot, and holds every round against what must always be true of
// versions and wishes.
func TestRandomLivesKeepTheirPromises(t *testing.T) {
	t.Parallel()
	for n := range times(2, 40) {
		r := rand.New(rand.NewPCG(uint64(n), 7))
		b := newBazaar(t, 10)
		p := b.published()
		for range MaxRounds + 1 {
			if p.State != Shaping {
				break
			}
			b.wander(r, p)
			p = b.until(p.Slug)
			b.reply(r, p)
			p = b.until(p.Slug)
			b.holds(t, fmt.Sprintf("life %d, round %d", n, p.Round), p)
		}
	}
}

// wander makes wishes and votes by lot.
func (b *bazaar) wander(r *rand.Rand, p Package) {
	b.t.Helper()
	var made []int64
	for _, a := range b.patients {
		key := []string{"x.nurse_calls", "x.guarantee", "x.lounge", PriceKey}[r.IntN(4)]
		w := Wished{Op: Set, Key: key, Value: b.says(p).Value(key), Reason: because, Tie: noTie}
		switch r.IntN(6) {
		case 0:
			w = Wished{Op: Add, Key: fmt.Sprintf("x.extra_%d", r.IntN(3)), Value: Value{Kind: Count, Number: r.Int64N(3)}, Reason: because, Tie: noTie}
			w.NewItem = &Item{Key: w.Key, Kind: Count, Direction: HigherBetter, Class: Aftercare, Votable: true, Verify: At30Days, Name: "Something more"}
		case 1:
			w.Op, w.Value = Remove, Value{}
		default:
			w.Value.Number += r.Int64N(5) - 2
		}
		id, _, err := b.Amend(b.t.Context(), a, p.Slug, w, db.Key{})
		switch errs.Of(err).Kind {
		case errs.Internal:
			if err != nil {
				b.t.Fatal(err)
			}
			made = append(made, id)
		}
	}
	for _, a := range b.patients {
		for _, id := range made {
			_, err := b.Vote(b.t.Context(), a, Ballot{PackageID: p.ID, Subject: OnAmendment, SubjectID: id, Choice: int16(r.IntN(3) - 1), Tie: noTie})
			if err != nil && errs.Of(err).Kind == errs.Internal {
				b.t.Fatal(err)
			}
		}
	}
}

// reply answers by lot what waits.
func (b *bazaar) reply(r *rand.Rand, p Package) {
	b.t.Helper()
	all, err := wishes(b.d.Read(b.t.Context()), p.ID)
	b.must(err)
	for _, w := range all {
		if !w.State.Live() {
			continue
		}
		answer := Response{Answer: Answers[r.IntN(len(Answers))], Reason: "We talked about this for a long time with everybody here."}
		switch answer.Answer {
		case Counter:
			if answer.CounterValue = w.NewValue; !w.NewValue.Kind.numeric() {
				continue
			}
			answer.CounterValue.Number++
			answer.ReasonCode = Cost
		case Accept:
			delta := r.Int64N(100_00)
			answer.PriceDeltaMinor = &delta
		case ClinicalAnswer:
			answer.SignedBy, answer.ReasonCode = "Dr. Kerem Aydin, 12345", MedicalSafety
		default:
			if answer.ReasonCode = implied[answer.Answer]; answer.ReasonCode == "" {
				answer.ReasonCode = Cost
			}
		}
		err := b.Respond(b.t.Context(), b.desk, w.ID, answer, db.Key{})
		if err != nil && errs.Of(err).Kind == errs.Internal {
			b.t.Fatal(err)
		}
		if err == nil && answer.Answer == Counter {
			for _, a := range b.patients {
				_, err := b.Vote(b.t.Context(), a, Ballot{PackageID: p.ID, Subject: OnCounter, SubjectID: w.ID, Choice: 1, Tie: noTie})
				if err != nil && errs.Of(err).Kind == errs.Internal {
					b.t.Fatal(err)
				}
			}
		}
	}
}

// holds checks what must be true after every round.
func (b *bazaar) holds(t *testing.T, what string, p Package) {
	t.Helper()
	q := b.d.Read(t.Context())
	all, err := versions(q, p.ID)
	b.must(err)
	says, err := contents(q, p.ID)
	b.must(err)
	some, err := wishes(q, p.ID)
	b.must(err)
	state := map[int64]AmendmentState{}
	merged := map[int64]bool{}
	for _, w := range some {
		if state[w.ID] = w.State; w.State == Merged {
			merged[w.ID] = true
		}
		if w.State.Granted() || w.State == Answered || w.State.Live() && (w.BaseVersionID != *p.NewestVersionID || p.State != Shaping) {
			t.Errorf("%s: wish %d is left %s in %s", what, w.ID, w.State, p.State)
		}
	}
	for i, v := range all {
		if string(says[v.ID].Hash()) != string(v.ContentHash) {
			t.Errorf("%s: the hash of version %d does not recompute", what, v.Number)
		}
		if i == 0 {
			continue
		}
		changes := Diff(says[all[i-1].ID], says[v.ID])
		marked := 0
		for _, l := range says[v.ID] {
			if l.AmendmentID == 0 && l.Reason == "" {
				continue
			}
			if marked++; l.AmendmentID != 0 && !merged[l.AmendmentID] {
				t.Errorf("%s: %s is owed to wish %d, which is %s", what, l.Item.Key, l.AmendmentID, state[l.AmendmentID])
			}
			delete(merged, l.AmendmentID)
		}
		if marked != len(changes) {
			t.Errorf("%s: version %d changes %d items and names the reason of %d", what, v.Number, len(changes), marked)
		}
		for _, c := range changes {
			if (c.AmendmentID == 0) == (c.Reason == "") {
				t.Errorf("%s: %s changed by nobody or by two", what, c.Item.Key)
			}
		}
	}
	if len(merged) != 0 {
		t.Errorf("%s: merged and in no version: %v", what, merged)
	}
	before := b.read(p.Slug).Version
	b.must(b.Tick(t.Context()))
	if after := b.read(p.Slug).Version; after != before {
		t.Errorf("%s: ticking again took another step", what)
	}
	if wrong, err := b.Recount(t.Context()); err != nil || wrong != 0 {
		t.Errorf("%s: %d sums are wrong, %v", what, wrong, err)
	}
}
