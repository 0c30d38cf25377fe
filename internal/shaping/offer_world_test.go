package shaping

import (
	"context"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/testkit"
)

// bench is where tests of the pages work: a clinic with two people, another
// clinic, a facilitator, patients, a moderator, and a browser for each.
type bench struct {
	ground
	people testkit.Guests
	srv    *httptest.Server
}

const fue = "hai.fue" // the treatment of all tests

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{ground: newGround(t, "Bosphorus Hair", true), people: testkit.Guests{}}
	other, agent := testkit.Organisation(t, b.d, "clinic", "Other Clinic"), testkit.Organisation(t, b.d, "facilitator", "Fine Journeys")
	for handle, traits := range map[string][]testkit.Trait{
		"selin": {testkit.StaffOf(b.clinic, "staff")}, "emre": {testkit.StaffOf(b.clinic, "doctor")}, "rival": {testkit.StaffOf(other, "staff")},
		"guide": {testkit.StaffOf(agent, "staff")}, "patient": {testkit.T2}, "second": {testkit.T2}, "new": nil, "judge": {testkit.Moderator},
	} {
		b.people[handle] = testkit.Person(t, b.d, handle, traits...)
	}
	b.srv = testkit.Door(t, b.d, b.people, b.Routes())
	return b
}

func (b *bench) as(handle string) testkit.Visitor { return testkit.Visit(b.t, b.srv, handle) }

func (b *bench) actor(handle string) access.Actor { return b.people[handle] }

// sample is some value of an item.
func sample(s Spec) Value {
	v := Value{Kind: s.Kind}
	switch s.Kind {
	case Money:
		v.Number, v.Currency = 100_00, "EUR"
		if s.Key == PriceKey {
			v.Number = 2_400_00
		}
	case Percent:
		v.Number = 50_00
	case Count:
		v.Number = 3
	case Duration:
		v.Number = 14
	case Bool:
		if s.Key != SilenceKey {
			v.Number = 1
		}
	case Enum:
		v.Text = s.Options[0].Value
	case Choice:
		v.Words = []string{s.Options[0].Value}
	case Person:
		v.Text, v.Ref = "Dr Ayla Demir", "TR 4411"
	default:
		v.Text = "As the clinic says on its page about " + s.Key + "."
	}
	return v
}

// draft stores a draft of the clinic's in which every required line has a value.
func (b *bench) draft(title string) Package {
	b.t.Helper()
	d := Proposal{Title: title, Summary: "Two days of treatment and one for the first wash.", Lang: "en", Procedure: fue, Currency: "EUR", Zone: "Europe/Istanbul", Organisation: "bosphorus-hair"}
	for _, s := range Catalogue(fue) {
		if s.Mandatory {
			d.Lines = append(d.Lines, Line{Item: s.Item(0), Value: sample(s)})
		}
	}
	p, err := b.SaveDraft(context.Background(), b.actor("selin"), "", d, db.Key{})
	b.must(err)
	return p
}

// open publishes a package of the clinic's.
func (b *bench) open(title string) Package {
	b.t.Helper()
	p, err := b.Publish(context.Background(), b.actor("selin"), b.draft(title).Slug, db.Key{})
	b.must(err)
	return p
}

const because = "My flight lands late, and I was alone in the first night after it."

// want makes a wish for another number of an item.
func (b *bench) want(p Package, by, key string, n int64) int64 {
	b.t.Helper()
	spec, _ := SpecOf(key)
	v := sample(spec)
	v.Number = n
	id, _, err := b.Amend(context.Background(), b.actor(by), p.Slug, Wished{Op: Set, Key: key, Value: v, Reason: because}, db.Key{})
	b.must(err)
	return id
}

// pass lets days go by, with all that the clock does.
func (b *bench) pass(days int) {
	b.t.Helper()
	b.clock.Move(time.Duration(days) * 24 * time.Hour)
	b.must(b.Tick(context.Background()))
}

// post sends a form from its own page.
func (b *bench) post(by, from, to string, form url.Values) (status int, body, next string) {
	b.t.Helper()
	return b.as(by).Post(from, to, form)
}

// has fails for everything that a page does not say.
func (b *bench) has(by, path string, want ...string) string {
	b.t.Helper()
	status, body, _ := b.as(by).Get(path)
	if status != 200 {
		b.t.Fatalf("%s as %s: %d", path, by, status)
	}
	testkit.Contains(b.t, body, want...)
	for _, left := range []string{"shaping.", "common.", "done."} {
		if i := strings.Index(body, ">"+left); i >= 0 {
			b.t.Errorf("%s says a key: %s", path, body[i:min(len(body), i+60)])
		}
	}
	return body
}
