package shaping

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/testkit"
)

// bazaar is where tests live through a package by its use cases: a clinic with
// staff, of whom one signs, and patients, by a clock that the test moves.
type bazaar struct {
	ground
	desk, signer access.Actor
	patients     []access.Actor
}

func newBazaar(t testing.TB, patients int) *bazaar {
	t.Helper()
	b := &bazaar{ground: newGround(t, "Harbour Eye", true)}
	b.must(b.provider.Warm(t.Context()))
	b.do(`UPDATE organisations SET licence_valid = true WHERE id = ? RETURNING id`, b.clinic)
	b.desk = testkit.Person(t, b.d, "Selin", testkit.StaffOf(b.clinic, "staff"))
	b.signer = testkit.Person(t, b.d, "Kerem", testkit.StaffOf(b.clinic, "doctor"))
	b.desk.SteppedUp, b.signer.SteppedUp = b.clock.Now(), b.clock.Now()
	for i := range patients {
		b.patients = append(b.patients, testkit.Person(t, b.d, fmt.Sprintf("traveller%d", i), testkit.T2))
	}
	b.must(b.NameSignatory(t.Context(), b.desk, "harbour-eye", "Kerem", "Dr. Kerem Aydin", "Medical director"))
	return b
}

// refused fails unless err says the sentence key.
func (b *bazaar) refused(what string, err error, key string) {
	b.t.Helper()
	if err == nil || !strings.Contains(fieldsOf(err), key) {
		b.t.Errorf("%s: %q, want %q", what, fieldsOf(err), key)
	}
}

// any is a value that an item can have.
func anyValue(s Spec) Value {
	v := Value{Kind: s.Kind}
	switch s.Kind {
	case Money:
		v.Number, v.Currency = 100_00, "EUR"
	case Count, Duration:
		v.Number = 10
	case Percent:
		v.Number = 10_00
	case Enum:
		v.Text = s.Options[0].Value
	case Choice:
		v.Words = []string{s.Options[0].Value}
	case Text:
		v.Text = "As the surgeon and the patient agree on the first day."
	case Person:
		v.Text = "Dr. Kerem Aydin"
	case Document:
		v.Text, v.Ref = "Terms", strings.Repeat("ab", 32)
	}
	return v
}

const lens = "oph.cataract"

// proposal is a complete offer of the clinic.
func (b *bazaar) proposal(change ...func(*Proposal)) Proposal {
	p := Proposal{Title: "Both lenses with two nights and a nurse", Summary: "Two lenses, one week apart.", Lang: "en", Procedure: lens, Zone: "Europe/Berlin", RoundDays: 14,
		Organisation: "harbour-eye", Steps: []Step{{People: 12, Gives: "A case manager for everybody."}}, StayAnswers: map[string]string{}}
	for _, s := range Catalogue(lens) {
		if s.Mandatory {
			v := anyValue(s)
			if s.Key == SilenceKey {
				v.Number = 0
			}
			if s.Key == SuitabilityKey {
				v.Number = 1
			}
			p.Lines = append(p.Lines, Line{Item: Item{Key: s.Key}, Value: v})
		}
	}
	p.set(PriceKey, Value{Kind: Money, Number: 4_600_00, Currency: "EUR"})
	p.set(SuitabilityKey, Value{Kind: Bool, Number: 1})
	p.own("x.nurse_calls", Count, "calls", 2)
	p.own("x.guarantee", Duration, "months", 6)
	p.own("x.lounge", Count, "visits", 1)
	for _, f := range change {
		f(&p)
	}
	return p
}

func (p *Proposal) set(key string, v Value) {
	for i := range p.Lines {
		if p.Lines[i].Item.Key == key {
			p.Lines[i].Value = v
			return
		}
	}
	p.Lines = append(p.Lines, Line{Item: Item{Key: key}, Value: v})
}

// own adds a figure of which more is better.
func (p *Proposal) own(key string, kind Kind, unit string, n int64) {
	p.Lines = append(p.Lines, Line{Item: Item{Key: key, Kind: kind, Unit: unit, Direction: HigherBetter, Class: Aftercare, Votable: true, Verify: At30Days, Name: strings.ReplaceAll(key, "x.", "Our ")},
		Value: Value{Kind: kind, Number: n}})
}

// published is a package in its first round.
func (b *bazaar) published(change ...func(*Proposal)) Package {
	b.t.Helper()
	p, err := b.SaveDraft(b.t.Context(), b.desk, "", b.proposal(change...), db.Key{})
	b.must(err)
	if p, err = b.Publish(b.t.Context(), b.desk, p.Slug, db.Key{}); err != nil {
		b.t.Fatalf("publish: %v %s", err, fieldsOf(err))
	}
	return p
}

func (b *bazaar) read(slug string) Package {
	b.t.Helper()
	p, err := load(b.d.Read(context.Background()), slug)
	b.must(err)
	return p
}

func (b *bazaar) says(p Package) Content {
	b.t.Helper()
	c, err := content(b.d.Read(context.Background()), *p.NewestVersionID)
	b.must(err)
	return c
}

func (b *bazaar) wish(id int64) Amendment {
	b.t.Helper()
	w, err := wishByID(b.d.Read(context.Background()), id)
	b.must(err)
	return w
}

var becauseSo = strings.Repeat("Because that is what travellers need. ", 2)

// asks makes a wish for a figure.
func (b *bazaar) asks(a access.Actor, p Package, key string, n int64) int64 {
	b.t.Helper()
	v := b.says(p).Value(key)
	v.Number = n
	id, joined, err := b.Amend(b.t.Context(), a, p.Slug, Wished{Op: Set, Key: key, Value: v, Reason: becauseSo}, db.Key{})
	b.must(err)
	if joined {
		b.t.Fatalf("the wish for %s was there", key)
	}
	return id
}

// votes casts a vote of each of some patients.
func (b *bazaar) votes(p Package, s Subject, id int64, choice int16, some []access.Actor) {
	b.t.Helper()
	for _, a := range some {
		ballot := Ballot{PackageID: p.ID, Subject: s, SubjectID: id, Choice: choice, Tie: noTie}
		if choice < 0 && s == OnPackage {
			ballot.Reason = Reasons[0]
		}
		if _, err := b.Vote(b.t.Context(), a, ballot); err != nil {
			b.t.Fatalf("vote of %s: %v %s", a.Handle, err, fieldsOf(err))
		}
	}
}

func (b *bazaar) answers(id int64, r Response) {
	b.t.Helper()
	if r.Reason == "" {
		r.Reason = "We looked at this together with our nurses and our surgeon."
	}
	if err := b.Respond(b.t.Context(), b.desk, id, r, db.Key{}); err != nil {
		b.t.Fatalf("answer: %v %s", err, fieldsOf(err))
	}
}

// until moves the clock a minute beyond the end of the phase, and ticks.
func (b *bazaar) until(slug string) Package {
	b.t.Helper()
	p := b.read(slug)
	if p.EndsAt == nil {
		b.t.Fatalf("%s has no end", p.State)
	}
	b.clock.Move(p.EndsAt.Sub(b.clock.Now()) + time.Minute)
	b.must(b.Tick(b.t.Context()))
	return b.read(slug)
}

func (b *bazaar) state(p Package, want State, round int) {
	b.t.Helper()
	if p.State != want || p.Round != round {
		b.t.Fatalf("%s, round %d; want %s, round %d", p.State, p.Round, want, round)
	}
}

func (b *bazaar) wishState(id int64, want AmendmentState) {
	b.t.Helper()
	if w := b.wish(id); w.State != want {
		b.t.Errorf("wish %d for %s is %s, want %s", id, w.ItemKey, w.State, want)
	}
}

func TestAPackageLivesFromDraftToCommitment(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 24)
	ctx := t.Context()
	p := b.published()
	b.state(p, Shaping, 1)
	first := *p.NewestVersionID

	nurse := b.asks(b.patients[0], p, "x.nurse_calls", 6)
	guarantee := b.asks(b.patients[1], p, "x.guarantee", 24)
	lounge := b.asks(b.patients[2], p, "x.lounge", 5)
	price := b.asks(b.patients[3], p, PriceKey, 4_000_00)
	elsewhere := b.asks(b.patients[4], p, "x.guarantee", 12)
	b.votes(p, OnAmendment, nurse, 1, b.patients[5:17])
	b.votes(p, OnAmendment, guarantee, 1, b.patients[5:15])
	b.votes(p, OnPackage, p.ID, 1, b.patients[5:20])

	// Round 1 ends: its due set stands, and votes are frozen.
	p = b.until(p.Slug)
	b.state(p, Answering, 1)
	if w := b.wish(nurse); w.DueRound != 1 || !strings.Contains(w.DueWhy, "supported") {
		t.Errorf("due in round %d for %q", w.DueRound, w.DueWhy)
	}
	_, err := b.Vote(ctx, b.patients[5], Ballot{PackageID: p.ID, Subject: OnAmendment, SubjectID: price, Choice: 1, Tie: noTie})
	b.refused("a vote on a frozen wish", err, "shaping.")

	delta := int64(180_00)
	b.answers(nurse, Response{Answer: Accept, PriceDeltaMinor: &delta})
	b.answers(guarantee, Response{Answer: Counter, ReasonCode: Cost, CounterValue: Value{Kind: Duration, Number: 12}})
	b.answers(price, Response{Answer: Reject, ReasonCode: Cost})
	b.refused("asking for the final vote", b.AskFinal(ctx, b.desk, p.Slug), "shaping.answers_missing")
	b.votes(p, OnCounter, guarantee, 1, b.patients[5:12])

	// The answers end: version 2 with whom it is owed to.
	p = b.until(p.Slug)
	b.state(p, FinalVote, 1)
	v2 := b.says(p)
	for key, want := range map[string]int64{"x.nurse_calls": 6, "x.guarantee": 12, "x.lounge": 1, PriceKey: 4_780_00} {
		if got := v2.Value(key).Number; got != want {
			t.Errorf("version 2 has %s %d, want %d", key, got, want)
		}
	}
	for key, owner := range map[string]int64{"x.nurse_calls": nurse, "x.guarantee": guarantee, PriceKey: 0} {
		if l, _ := v2.Find(key); l.AmendmentID != owner || (owner == 0) != (l.Reason != "") {
			t.Errorf("%s is owed to %d (%q), want %d", key, l.AmendmentID, l.Reason, owner)
		}
	}
	changed := b.reads("/api/v1/packages/" + p.Slug + "/changes")
	testkit.Contains(t, changed, `"from":1,"to":2,"price_moved_minor":18000`, fmt.Sprintf(`"effect":"better","wish":%d`, nurse), `"key":"price.total"`, `"effect":"worse","reason":"`)
	b.wishState(nurse, Merged)
	b.wishState(guarantee, Merged)
	b.wishState(elsewhere, Achieved) // its value came by the counter-offer
	b.wishState(price, Rejected)
	b.wishState(lounge, WishExpired) // amendments are over
	v, err := versionByID(b.d.Read(ctx), *p.NewestVersionID)
	b.must(err)
	if string(v.ContentHash) != string(v2.Hash()) || v.Number != 2 || *v.ParentID != first {
		t.Errorf("version %d of %v is not what it says", v.Number, v.ParentID)
	}
	// The price went up: who supported it is asked again.
	if n := b.do(`SELECT count(*) FROM package_standings WHERE package_id = ? AND subject = 'package' AND status = 'stale_version'`, p.ID); n != 15 {
		t.Errorf("%d votes wait to be confirmed, want 15", n)
	}
	if n := b.do(`SELECT count(*) FROM notifications WHERE kind IN ('package_version', 'package_final') AND account_id = ?`, b.patients[6].AccountID); n != 1 {
		t.Errorf("%d notices of the round's end, want 1", n)
	}

	b.votes(p, OnPackage, p.ID, 1, b.patients[:21])
	p = b.until(p.Slug)
	b.state(p, AwaitingCommitment, 1)

	c := Commitment{VersionID: v.ID, ContentHash: v.ContentHash, Capacity: 12, ValidUntil: DayAfter(b.clock.Now(), 200), PriceLockedUntil: DayAfter(b.clock.Now(), 200),
		Remedies: map[string]string{"x.nurse_calls": "Fifty euros back for each call that was not made."}}
	b.desk.SteppedUp, b.signer.SteppedUp = b.clock.Now(), b.clock.Now()
	b.refused("signing without the right", b.Commit(ctx, b.desk, p.Slug, c, db.Key{}), "shaping.not_signatory")
	wrong := c
	wrong.VersionID = first
	b.refused("signing another hash", b.Commit(ctx, b.signer, p.Slug, wrong, db.Key{}), "shaping.hash_differs")
	b.must(b.Commit(ctx, b.signer, p.Slug, c, db.Key{}))
	p = b.read(p.Slug)
	b.state(p, Committed, 1)
	held, err := standing(b.d.Read(ctx), p.ID)
	b.must(err)
	if held == nil || held.SignerName != "Dr. Kerem Aydin" || held.Capacity != 12 {
		t.Fatalf("the commitment is %+v", held)
	}
	b.refused("fewer places", b.RaiseCapacity(ctx, b.signer, p.Slug, 10), "shaping.capacity_rises")
	b.must(b.RaiseCapacity(ctx, b.signer, p.Slug, 14))

	var events []string
	all, err := taken(b.d.Read(ctx), p.ID)
	b.must(err)
	for _, x := range all {
		events = append(events, string(x.Event))
	}
	if got := strings.Join(events, " "); got != "publish end_round end_answers end_final commit raise_capacity" {
		t.Errorf("its steps: %s", got)
	}
	if n := b.do(`SELECT count(*) FROM live_events WHERE channel = ? AND type = 'step'`, channel(p.ID)); int(n) != len(all) {
		t.Errorf("%d live events of %d steps", n, len(all))
	}
	r, err := recordOf(b.d.Read(ctx), b.clinic)
	b.must(err)
	// The wish that came true by the counter-offer to its rival needed no answer of its own.
	if r.Due != 4 || r.Answered != 3 || r.Accepted != 1 || r.Countered != 1 || r.CountersTaken != 1 {
		t.Errorf("the clinic's record is %+v", r)
	}
	var entered int
	err = testkit.OwnerOf(t, b.d).Pool().QueryRow(ctx, `SELECT count(*) FROM log_outbox WHERE kind IN ('pkg.version', 'pkg.commitment')`).Scan(&entered)
	if err != nil || entered != 4 {
		t.Errorf("%d entries of two versions, a commitment and its raise; %v", entered, err)
	}
}

func TestACommitmentThatIsTakenBackStaysToBeSeen(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 1)
	ctx := t.Context()
	p := b.committed()
	_, err := b.Enrol(ctx, b.patients[0], p.Slug, db.Key{})
	b.must(err)
	b.refused("by somebody who may not sign", b.WithdrawCommitment(ctx, b.desk, p.Slug, becauseSo), "shaping.not_yours")
	b.refused("without a reason", b.WithdrawCommitment(ctx, b.signer, p.Slug, "no"), "shaping.why_length")
	b.must(b.WithdrawCommitment(ctx, b.signer, p.Slug, becauseSo))
	p = b.read(p.Slug)
	b.state(p, Ended, 1)
	all, err := commitments(b.d.Read(ctx), p.ID)
	b.must(err)
	if len(all) != 1 || all[0].State != CommitmentWithdrawn || all[0].EndedAt == nil || p.Why != strings.TrimSpace(becauseSo) {
		t.Errorf("%+v, why %q", all, p.Why)
	}
	if n := b.do(`SELECT count(*) FROM package_journeys WHERE commitment_id = ? AND stage = 'enrolled'`, all[0].ID); n != 1 {
		t.Error("who was enrolled has lost the place")
	}
	late := testkit.Person(t, b.d, "latecomer", testkit.T2)
	if _, err := b.Enrol(ctx, late, p.Slug, db.Key{}); err == nil {
		t.Error("somebody else was enrolled afterwards")
	}
	b.must(b.Tick(ctx))
	if p = b.read(p.Slug); p.State != Ended {
		t.Errorf("%s while the verdict is still to come", p.State)
	}
	if err := May(p.State, Tell, []Role{Treated}); err != nil {
		t.Errorf("the patient cannot tell any more: %v", err)
	}
}

// committed is a package with a commitment to its first version, put there
// without the months before.
func (b *bazaar) committed() Package {
	b.t.Helper()
	p := b.published()
	b.do(`UPDATE packages SET state = 'awaiting_commitment' WHERE id = ? RETURNING id`, p.ID)
	v, err := versionByID(b.d.Read(b.t.Context()), *p.NewestVersionID)
	b.must(err)
	b.signer.SteppedUp, b.desk.SteppedUp = b.clock.Now(), b.clock.Now()
	b.must(b.Commit(b.t.Context(), b.signer, p.Slug, Commitment{VersionID: v.ID, ContentHash: v.ContentHash, Capacity: 2,
		ValidUntil: DayAfter(b.clock.Now(), 90), PriceLockedUntil: DayAfter(b.clock.Now(), 90)}, db.Key{}))
	return b.read(p.Slug)
}
