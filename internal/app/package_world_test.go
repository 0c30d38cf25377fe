package app_test

import (
	"fmt"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/shaping"
	"caravan/internal/testkit"
)

// offers is a site with packages of a clinic in every phase in which people
// vote, one whose vote is over, and a call.
type offers struct {
	*site
	clock                              *testkit.Clock
	staff, doctor, rival, judge, fresh access.Actor
	people                             []access.Actor
	running, countered, final          shaping.Package
	done, call                         shaping.Package
	shorter, longer, other             int64 // wishes of the running one
}

const (
	offerers = 24 // people who vote
	fueCode  = "hai.fue"
	because  = "My flight lands late, and I was alone in the first night after it."
	answered = "We looked at our own plans and at the hotel's prices, and this is what we can do for everybody."
)

// newOffers fills a site. Where turned is set, everybody votes the other way in
// every vote that still runs.
func newOffers(t testing.TB, turned bool) *offers {
	t.Helper()
	d, clock := testkit.DBAt(t)
	// Every world begins at one moment, so that two can be held against each other.
	clock.Move(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC).Sub(clock.Now()))
	o := &offers{site: startOn(t, d, nil, nil), clock: clock}
	clinic, other := testkit.Organisation(t, d, "clinic", "Bosphorus Hair"), testkit.Organisation(t, d, "clinic", "Other Clinic")
	o.staff, o.doctor = testkit.Person(t, d, "selin", testkit.StaffOf(clinic, "staff")), testkit.Person(t, d, "emre", testkit.StaffOf(clinic, "doctor"))
	o.rival, o.judge, o.fresh = testkit.Person(t, d, "rival", testkit.StaffOf(other, "staff")), testkit.Person(t, d, "judge", testkit.Moderator), testkit.Person(t, d, "fresh", testkit.T2)
	for i := range offerers {
		o.people = append(o.people, testkit.Person(t, d, fmt.Sprintf("person%02d", i), testkit.T2))
	}
	o.done = o.publish("A second session at half the price")
	o.pass(15)
	o.must(o.Shaping.AskFinal(t.Context(), o.staff, o.done.Slug))
	o.votes(o.done.ID, shaping.OnPackage, o.done.ID, 19, 3, 2, false)
	o.pass(8)
	o.final, o.countered = o.publish("Hair transplant in two days"), o.publish("Beard transplant with one check")
	bid := o.want(o.countered, 20, "stay.hospital_nights", 2)
	o.votes(o.countered.ID, shaping.OnAmendment, bid, 14, 0, 4, false)
	o.pass(15)
	o.must(o.Shaping.AskFinal(t.Context(), o.staff, o.final.Slug))
	o.offerInstead(bid)
	o.running, o.call = o.publish("Hair transplant, four days in Istanbul"), o.publishCall("What a good hair transplant would be")
	o.shape(turned)
	o.votes(o.countered.ID, shaping.OnCounter, bid, 9, 0, 5, turned)
	o.votes(o.final.ID, shaping.OnPackage, o.final.ID, 17, 2, 5, turned)
	o.votes(o.call.ID, shaping.OnPackage, o.call.ID, 12, 1, 2, turned)
	if err := o.Jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *offers) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// pass lets days go by, with all that the clock does.
func (o *offers) pass(days int) {
	o.t.Helper()
	o.clock.Move(time.Duration(days) * 24 * time.Hour)
	o.must(o.Shaping.Tick(o.t.Context()))
}

// value is some value of an item.
func value(s shaping.Spec) shaping.Value {
	v := shaping.Value{Kind: s.Kind}
	switch s.Kind {
	case shaping.Money:
		v.Number, v.Currency = 100_00, "EUR"
		if s.Key == shaping.PriceKey {
			v.Number = 2_400_00
		}
	case shaping.Percent:
		v.Number = 2_00
	case shaping.Count:
		v.Number = 3
	case shaping.Duration:
		v.Number = 14
	case shaping.Bool:
		if s.Key != shaping.SilenceKey {
			v.Number = 1
		}
	case shaping.Enum:
		v.Text = s.Options[0].Value
	case shaping.Choice:
		v.Words = []string{s.Options[0].Value}
	case shaping.Person:
		v.Text, v.Ref = "Dr Ayla Demir", "TR 4411"
	default:
		v.Text = "As the clinic says in its letter, and in the language of the patient."
	}
	return v
}

func (o *offers) publish(title string) shaping.Package {
	o.t.Helper()
	d := shaping.Proposal{Title: title, Summary: "Two days of treatment and one for the first wash.\n\nThe surgeon who is named here is in the room from the first cut to the last.", Lang: "en",
		Procedure: fueCode, Currency: "EUR", Zone: "Europe/Istanbul", Organisation: "bosphorus-hair", Steps: []shaping.Step{{People: 12, Gives: "A case manager for everybody."}, {People: 24, Gives: "8 % off the price of the whole offer."}}}
	for _, s := range shaping.Catalogue(fueCode) {
		if s.Mandatory || s.Key == "stay.hotel_nights" {
			d.Lines = append(d.Lines, shaping.Line{Item: s.Item(0), Value: value(s)})
		}
	}
	p, err := o.Shaping.SaveDraft(o.t.Context(), o.staff, "", d, db.Key{})
	o.must(err)
	p, err = o.Shaping.Publish(o.t.Context(), o.staff, p.Slug, db.Key{})
	o.must(err)
	return p
}

func (o *offers) publishCall(title string) shaping.Package {
	o.t.Helper()
	d := shaping.Proposal{Title: title, Summary: "What we would like to be offered, before any clinic has a say.", Lang: "en", Procedure: fueCode, Currency: "EUR", Zone: "Europe/Berlin"}
	for _, s := range shaping.Catalogue(fueCode) {
		if s.Mandatory && s.Class != shaping.Clinical && s.Key != shaping.PriceKey {
			d.Lines = append(d.Lines, shaping.Line{Item: s.Item(0), Value: value(s)})
		}
	}
	p, err := o.Shaping.SaveDraft(o.t.Context(), o.people[0], "", d, db.Key{})
	o.must(err)
	p, err = o.Shaping.Publish(o.t.Context(), o.people[0], p.Slug, db.Key{})
	o.must(err)
	return p
}

// votes are cast by the first people, so many for each side; turned, the sides
// are the other way round.
func (o *offers) votes(pkg int64, s shaping.Subject, id int64, yes, mid, no int, turned bool) {
	o.t.Helper()
	for i := range yes + mid + no {
		choice := int16(1)
		switch {
		case i >= yes+mid:
			choice = -1
		case i >= yes:
			choice = 0
		}
		if s == shaping.OnAlternative || s == shaping.OnKeep {
			choice = max(choice, 0)
			if turned {
				choice = 1 - choice
			}
		} else if turned {
			choice = -choice
		}
		b := shaping.Ballot{PackageID: pkg, Subject: s, SubjectID: id, Choice: choice, Tie: "none"}
		if s == shaping.OnPackage && choice < 0 {
			b.Reason = "price"
		}
		_, err := o.Shaping.Vote(o.t.Context(), o.people[i], b)
		o.must(err)
	}
}

// want makes a wish of a person for another number of a line.
func (o *offers) want(p shaping.Package, by int, key string, n int64) int64 {
	o.t.Helper()
	spec, _ := shaping.SpecOf(key)
	v := value(spec)
	v.Number = n
	id, _, err := o.Shaping.Amend(o.t.Context(), o.people[by], p.Slug, shaping.Wished{Op: shaping.Set, Key: key, Value: v, Reason: because}, db.Key{})
	o.must(err)
	return id
}

// offerInstead answers a wish for nights with a counter-offer.
func (o *offers) offerInstead(wish int64) {
	o.t.Helper()
	delta := int64(180_00)
	o.must(o.Shaping.Respond(o.t.Context(), o.staff, wish, shaping.Response{Answer: shaping.Counter, ReasonCode: shaping.Cost, Reason: answered,
		CounterValue: shaping.Value{Kind: shaping.Count, Number: 1}, PriceDeltaMinor: &delta}, db.Key{}))
}

// shape has people wish and vote in the running package.
func (o *offers) shape(turned bool) {
	o.t.Helper()
	p := o.running
	o.shorter, o.longer = o.want(p, 20, "stay.hospital_nights", 2), o.want(p, 21, "stay.hospital_nights", 4)
	o.other = o.want(p, 22, "price.deposit", 50_00)
	o.votes(p.ID, shaping.OnPackage, p.ID, 13, 2, 5, turned)
	for _, w := range []int64{o.shorter, o.longer, o.other} {
		o.votes(p.ID, shaping.OnAmendment, w, 11, 2, 4, turned)
	}
	o.votes(p.ID, shaping.OnAlternative, o.shorter, 8, 0, 5, turned)
	o.votes(p.ID, shaping.OnAlternative, o.longer, 6, 0, 5, turned)
	for i, key := range []string{"stay.hospital_nights", "price.deposit", "price.total"} {
		id := o.item(p, key)
		o.votes(p.ID, shaping.OnNeed, id, 12-2*i, 1, 3, turned)
		if i == 0 {
			o.votes(p.ID, shaping.OnKeep, id, 9, 0, 4, turned)
		}
	}
	delta := int64(70_00)
	o.must(o.Shaping.Respond(o.t.Context(), o.staff, o.longer, shaping.Response{Answer: shaping.Accept, Reason: answered, PriceDeltaMinor: &delta}, db.Key{}))
}

// item is the id of a line.
func (o *offers) item(p shaping.Package, key string) (id int64) {
	o.t.Helper()
	o.must(o.db.Pool().QueryRow(o.t.Context(), `select id from package_items where package_id = $1 and key = $2`, p.ID, key).Scan(&id))
	return id
}
