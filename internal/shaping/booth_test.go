package shaping

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
)

// booth is where tests vote: a package of a clinic in its first round, with three
// items and one wish of a patient. Treated are only those whom a test says.
type booth struct {
	ground
	nobody
	author  access.Actor // of the wish
	p       Package
	items   map[string]int64
	version int64
	wish    int64
	treated map[int64]bool // persons
	mu      sync.Mutex
	people  int
}

// AskTreated and Treated make a booth the experiences of its service.
func (b *booth) AskTreated(persons []int64, treated map[[2]int64]bool) db.Statement {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range persons {
		if b.treated[id] {
			treated[[2]int64{id, b.p.ProcedureID}] = true
		}
	}
	return db.Statement{SQL: `SELECT`}
}

func (b *booth) Treated(*db.Tx, []int64, int64) (map[int64]bool, error) { return b.treated, nil }

func newBooth(t *testing.T) *booth {
	t.Helper()
	t.Parallel()
	b := &booth{ground: newGround(t, "Harbour Eye", false), items: map[string]int64{}, treated: map[int64]bool{}}
	b.Introduce(b)
	b.author = testkit.Person(t, b.d, "Wisher", testkit.T2)
	b.p = b.open("harbour-eye-lens", b.clinic)
	b.wish = b.wishFor(b.p, "stay.hospital_nights", 3)
	return b
}

// open publishes a package of an organisation (0: a call) with three items.
func (b *booth) open(slug string, organisation int64) Package {
	b.t.Helper()
	now := b.d.Now()
	ends := now.AddDate(0, 0, 14)
	p := Package{Slug: slug, Title: "Lens replacement with two nights", Lang: "en", ProcedureID: b.do(`SELECT min(id) FROM procedures`), Proposer: ByClinic,
		ProposerPersonID: b.author.PersonID, AuthorAccountID: b.author.AccountID, OrganisationID: &organisation, State: Shaping, Round: 1, RoundDays: 14,
		Zone: "Europe/Istanbul", EndsAt: &ends, Currency: "EUR", CreatedAt: now, PublishedAt: &now}
	if organisation == 0 {
		p.Proposer, p.OrganisationID, p.State = ByPatients, nil, Call
	}
	err := b.d.Write(context.Background(), func(tx *db.Tx) error { return insertPackage(tx, &p) })
	if err != nil {
		b.t.Fatal(err)
	}
	content := Content{}
	for _, x := range []struct {
		key string
		v   Value
	}{{PriceKey, Value{Kind: Money, Number: 4_600_00, Currency: "EUR"}}, {"stay.hospital_nights", Value{Kind: Count, Number: 2}}, {"stay.hotel_nights", Value{Kind: Count, Number: 4}}} {
		spec, ok := SpecOf(x.key)
		if !ok {
			b.t.Fatalf("no item %s", x.key)
		}
		it := spec.Item(p.ID)
		x.v.Kind = it.Kind
		it.ID = b.do(`INSERT INTO package_items (package_id, key, kind, unit, direction, class, votable, verify) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			p.ID, it.Key, string(it.Kind), it.Unit, string(it.Direction), string(it.Class), it.Votable, string(it.Verify))
		b.items[slug+" "+x.key] = it.ID
		content = append(content, Line{Item: it, Value: x.v})
	}
	version := b.publish(&p, content, 1)
	p.NewestVersionID = &version
	return p
}

// publish stores a version of a package and makes it the newest.
func (b *booth) publish(p *Package, c Content, number int) int64 {
	b.t.Helper()
	id := b.do(`INSERT INTO package_versions (package_id, content_hash, number, round, reason, published_at) VALUES (?, ?, ?, 0, 'made for a test', ?) RETURNING id`,
		p.ID, c.Hash(), number, b.d.Now())
	for _, l := range c {
		b.do(`INSERT INTO package_version_items (version_id, item_id, value, value_hash) VALUES (?, ?, ?, ?) RETURNING item_id`, id, l.Item.ID, l.Value, l.Value.Hash())
	}
	b.do(`UPDATE packages SET newest_version_id = ? WHERE id = ? RETURNING id`, id, p.ID)
	p.NewestVersionID = &id
	b.version = id
	return id
}

// wishFor makes an open amendment of the author to an item.
func (b *booth) wishFor(p Package, key string, n int64) int64 {
	b.t.Helper()
	spec, _ := SpecOf(key)
	v := Value{Kind: spec.Kind, Number: n}
	return b.do(`INSERT INTO amendments (package_id, new_hash, base_version_id, seen_version_id, item_id, item_key, op, new_value, author_person_id, author_account_id, reason, lang, state, round, created_at, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, 'set', ?, ?, ?, 'One night more lets the eye settle before travel.', 'en', 'open', 1, ?, ?) RETURNING id`,
		p.ID, v.Hash(), *p.NewestVersionID, *p.NewestVersionID, b.items[p.Slug+" "+key], key, v, b.author.PersonID, b.author.AccountID, b.d.Now(), b.d.Now())
}

// patient stores somebody whose votes count, unless traits say otherwise.
func (b *booth) patient(traits ...testkit.Trait) access.Actor {
	b.t.Helper()
	b.mu.Lock()
	b.people++
	n := b.people
	b.mu.Unlock()
	return testkit.Person(b.t, b.d, fmt.Sprintf("Patient%d", n), append([]testkit.Trait{testkit.T2}, traits...)...)
}

// says casts a vote of somebody without a tie.
func (b *booth) says(a access.Actor, s Subject, id int64, choice int16) Voted {
	b.t.Helper()
	v, err := b.try(a, s, id, choice)
	if err != nil {
		b.t.Fatalf("%s votes %d on %s %d: %v", a.Handle, choice, s, id, err)
	}
	return v
}

func (b *booth) try(a access.Actor, s Subject, id int64, choice int16) (Voted, error) {
	reason := ""
	if s == OnPackage && choice < 0 {
		reason = "price"
	}
	return b.Vote(context.Background(), a, Ballot{PackageID: b.p.ID, Subject: s, SubjectID: id, Choice: choice, Reason: reason, Tie: noTie})
}

// tally is the kept sum of a subject, all strata together.
func (b *booth) tally(s Subject, id int64) Tally {
	b.t.Helper()
	all, err := tallies(b.d.Read(context.Background()), b.p.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return Sum(all[s][id])
}

// counts is a sum as a test writes it: want, pass, against, and what does not
// count.
func (b *booth) counts(s Subject, id int64) string {
	b.t.Helper()
	return countsOf(b.tally(s, id))
}

func countsOf(t Tally) string {
	text := fmt.Sprintf("%d/%d/%d", t.Want, t.Pass, t.Against)
	for _, s := range Statuses {
		if n := t.Others[s]; n != 0 {
			text += fmt.Sprintf(" %s %d", s, n)
		}
	}
	return text
}

// expect fails the test where a sum is another one.
func (b *booth) expect(what string, s Subject, id int64, want string) {
	b.t.Helper()
	if got := b.counts(s, id); got != want {
		b.t.Errorf("%s: the sum is %s, want %s", what, got, want)
	}
}

// refused fails the test unless err is of a kind and says a sentence.
func (b *booth) refused(what string, err error, kind errs.Kind, key string) {
	b.t.Helper()
	if !errs.Is(err, kind) || !strings.Contains(errs.Of(err).Error()+fmt.Sprint(errs.Of(err).Fields), key) {
		b.t.Errorf("%s: got %v, want %s", what, err, key)
	}
}

// recounts has everything recounted and fails unless that many rows were wrong.
func (b *booth) recounts(what string, want int64) {
	b.t.Helper()
	if wrong, err := b.Recount(context.Background()); err != nil || wrong != want {
		b.t.Errorf("%s: a recount finds %d wrong rows, want %d (%v)", what, wrong, want, err)
	}
}

// unlimited are limits that let everything pass, as an operator can have them.
func unlimited(b *booth) *httpd.Limits { return httpd.NewLimits(b.d, make([]byte, 32), true) }
