package shaping

import (
	"context"
	"fmt"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/db"
	"caravan/internal/experience"
	"caravan/internal/httpd"
	"caravan/internal/live"
	"caravan/internal/moderation"
	"caravan/internal/notify"
	"caravan/internal/provider"
	"caravan/internal/search"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// ward is where tests are treated: a clinic that committed to one version of a
// package, and the experiences of its patients.
type ward struct {
	*Service
	t      *testing.T
	d      *db.DB
	clock  *testkit.Clock
	desk   *moderation.Service
	told   *experience.Service
	clinic int64
	staff  access.Actor
	p      Package
	c      Commitment
	people int
}

const places = 40

// promise is an item of the ward's package.
func promise(key string, v Value) Line {
	spec, ok := SpecOf(key)
	if !ok {
		panic(key)
	}
	v.Kind = spec.Kind
	return Line{Item: spec.Item(0), Value: v}
}

func newWard(t *testing.T) *ward {
	t.Helper()
	d, clock := testkit.DBAt(t)
	jobs := testkit.Jobs(t, d)
	m := testkit.Mail(t, jobs, "http://localhost")
	limits, n := httpd.NewLimits(d, make([]byte, 32), true), notify.New(d, jobs)
	prov := provider.New(provider.Tools{DB: d, Jobs: jobs, Mail: m, Notify: n, Limits: limits})
	if err := prov.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &ward{t: t, d: d, clock: clock, desk: moderation.New(moderation.Tools{DB: d, Notify: n, Limits: limits})}
	w.told = experience.New(experience.Tools{DB: d, Jobs: jobs, Mail: m, Limits: limits, Notify: n, Provider: prov, Search: search.New(d, jobs, limits), Moderation: w.desk})
	w.Service = New(Tools{DB: d, Hub: live.NewHub(d, nil, live.Options{}), Jobs: jobs, Mail: m, Limits: limits, Notify: n, Provider: prov, Moderation: w.desk})
	w.Introduce(w.told)
	w.desk.AddSuggestion(replyDesk{w.Service})
	w.desk.AddSubject(replyDesk{w.Service})
	w.clinic = testkit.Organisation(t, d, "clinic", "Galata Dental")
	w.staff = testkit.Person(t, d, "Selin", testkit.StaffOf(w.clinic, "staff"))
	w.p = w.offer("galata-all-on-4", promise(PriceKey, eur(460000)), promise("stay.hotel_nights", count(4)), promise("team.surgeon", person("Dr Elif Kaya", "TR-1")),
		promise("aftercare.answer_hours", days(2)), promise("dental.guarantee_teeth", days(12)), promise("risk.implant_loss", percent(300)), promise("care.emergency", prose("Call the number on your card.")))
	w.c = w.commit(w.p, places)
	return w
}

// write runs f in a transaction.
func (w *ward) write(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) read() *db.Tx { return w.d.Read(context.Background()) }

// do runs SQL and reads one number.
func (w *ward) do(sql string, args ...any) (n int64) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error { return tx.Gorm().Raw(sql, args...).Scan(&n).Error })
	return n
}

// offer stores a published package of the clinic with one version.
func (w *ward) offer(slug string, says ...Line) Package {
	w.t.Helper()
	now := w.d.Now()
	proc, ok := w.provider.Procedure("den.implant.allon4")
	if !ok {
		w.t.Fatal("no procedure")
	}
	p := Package{Slug: slug, Title: "Fixed teeth in one jaw, two trips", Lang: "en", ProcedureID: proc.ID, Proposer: ByClinic, ProposerPersonID: w.staff.PersonID, AuthorAccountID: w.staff.AccountID,
		OrganisationID: &w.clinic, State: AwaitingCommitment, RoundDays: 14, Zone: "Europe/Istanbul", Currency: "EUR", CreatedAt: now, PublishedAt: &now}
	w.write(func(tx *db.Tx) error {
		if err := insertPackage(tx, &p); err != nil {
			return err
		}
		v := Version{PackageID: p.ID, Number: 1, Reason: "First offer.", PublishedAt: now}
		if err := insertVersion(tx, &v, NewContent(says...)); err != nil {
			return err
		}
		p.NewestVersionID = &v.ID
		return savePackage(tx, &p)
	})
	return p
}

// commit signs a commitment to the newest version of a package.
func (w *ward) commit(p Package, capacity int) (c Commitment) {
	w.t.Helper()
	says, err := content(w.read(), *p.NewestVersionID)
	if err != nil {
		w.t.Fatal(err)
	}
	day := DayAfter(w.d.Now(), 0)
	c = Commitment{PackageID: p.ID, VersionID: *p.NewestVersionID, ContentHash: says.Hash(), OrganisationID: w.clinic, SignedByPersonID: w.staff.PersonID, SignerName: "Dr Elif Kaya", SignerTitle: "Medical director",
		SignedAt: w.d.Now(), Capacity: capacity, ValidUntil: day.AddDate(0, 6, 0), PriceLockedUntil: day.AddDate(0, 9, 0), Remedies: map[string]string{"stay.hotel_nights": "The night is paid back twice."}, State: CommitmentActive}
	w.write(func(tx *db.Tx) error { return tx.Gorm().Create(&c).Error })
	w.state(p, Committed)
	return c
}

func (w *ward) state(p Package, s State) {
	w.t.Helper()
	w.do(`UPDATE packages SET state = ? WHERE id = ? RETURNING id`, s, p.ID)
}

// package reads the ward's package anew.
func (w *ward) pack() Package {
	w.t.Helper()
	p, err := loadByID(w.read(), w.p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// patient is somebody who may take a place.
func (w *ward) patient(traits ...testkit.Trait) access.Actor {
	w.t.Helper()
	w.people++
	return testkit.Person(w.t, w.d, fmt.Sprintf("Patient%d", w.people), append([]testkit.Trait{testkit.T2}, traits...)...)
}

// enrol takes a place for somebody and returns the id of the journey.
func (w *ward) enrol(a access.Actor) string {
	w.t.Helper()
	path, err := w.Enrol(context.Background(), a, w.p.Slug, db.Key{})
	if err != nil {
		w.t.Fatal(err)
	}
	return path[len("/me/journeys/"):]
}

// discharged is a patient who was treated and discharged today.
func (w *ward) discharged() (access.Actor, string) {
	w.t.Helper()
	a := w.patient()
	id := w.enrol(a)
	if err := w.SayTreated(context.Background(), a, id, w.d.Now().Format(time.DateOnly)); err != nil {
		w.t.Fatal(err)
	}
	return a, id
}

// tells stores the person's own published experience at the clinic.
func (w *ward) tells(a access.Actor, level int) (experienceID int64) {
	w.t.Helper()
	quarter := string(visit.Of(w.d.Now()))
	id := w.do(`INSERT INTO experiences (pseudonym, author_role, organisation_id, specialty_id, procedure_id, destination, quarter, title, story, story_html, renderer, lang, incentive, paid_minor, paid_currency, level, state, created_on, published_on, details)
		SELECT 'Quiet Heron', 'patient', ?, specialty_id, id, 'TR', ?, 'I eat apples again.', 'It went well.', '<p>It went well.</p>', 1, 'en', 'none', 455000, 'EUR', ?, 'published', ?, ?, '{"operator_as_promised": ["no"]}'
		FROM procedures WHERE id = ? RETURNING id`, w.clinic, quarter, level, w.d.Now(), w.d.Now(), w.p.ProcedureID)
	w.do(`INSERT INTO authorships (experience_id, account_id, person_id, organisation_id, quarter) VALUES (?, ?, ?, ?, ?) RETURNING experience_id`, id, a.AccountID, a.PersonID, w.clinic, quarter)
	return id
}

// proven are n patients who were treated and whose visit is proven, each with
// what they say.
func (w *ward) proven(n int, say ...Saying) {
	w.t.Helper()
	people, ids := make([]access.Actor, n), make([]string, n)
	for i := range n {
		people[i], ids[i] = w.discharged()
		w.tells(people[i], 2)
	}
	w.follow()
	for i := range n {
		w.says(people[i], ids[i], say...)
	}
}

func (w *ward) follow() {
	w.t.Helper()
	if err := w.FollowJourneys(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) says(a access.Actor, id string, all ...Saying) {
	w.t.Helper()
	if _, err := w.Say(context.Background(), a, id, "en", all); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) ledger() LedgerView {
	w.t.Helper()
	v, err := w.ledgerOf(w.read(), w.pack())
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// facts are what the clock is told.
func (w *ward) facts() Facts {
	w.t.Helper()
	treated, judge, left, missed, err := factsOf(w.read(), w.pack())
	if err != nil {
		w.t.Fatal(err)
	}
	return Facts{Treated: treated, ToJudge: judge, PlacesLeft: left, NotDelivered: missed}
}

// later turns the clock forward by days.
func (w *ward) later(days int) { w.clock.Move(time.Duration(days) * 24 * time.Hour) }
