package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/shaping"
	"caravan/internal/testkit"
)

// realOffer is what a clinic offers, line by line as it is typed.
type realOffer struct {
	Title, Summary, Procedure, Currency, Zone string
	Steps                                     []struct {
		People int
		Gives  string
	}
	Versions []struct {
		Items []struct {
			Key   string
			Value struct {
				Kind, Word, Text, Name, Ref string
				Minor, N                    int64
				Yes                         bool
				Words                       []string
			}
		}
	}
}

// lines are the fields of a form for every line of the catalogue.
func (o realOffer) lines() map[string][]string {
	all := map[string][]string{}
	for _, x := range o.Versions[0].Items {
		v := x.Value
		switch v.Kind {
		case "money":
			all[x.Key] = []string{fmt.Sprintf("%.2f", float64(v.Minor)/100)}
		case "percent":
			all[x.Key] = []string{fmt.Sprintf("%.2f", float64(v.N)/100)}
		case "count", "duration":
			all[x.Key] = []string{strconv.FormatInt(v.N, 10)}
		case "bool":
			all[x.Key] = []string{map[bool]string{true: "yes", false: "no"}[v.Yes]}
		case "set":
			all[x.Key] = v.Words
		case "person":
			all[x.Key] = []string{v.Name, v.Ref}
		default:
			all[x.Key] = []string{v.Word + v.Text}
		}
		if strings.HasPrefix(x.Key, shaping.Own) {
			delete(all, x.Key) // is asked for elsewhere
		}
	}
	return all
}

// workshop is where five people shape an offer, by a clock that the test moves.
type workshop struct {
	*offers
	selin, emre            access.Actor // who signs, and the colleague who says that she may
	ana, ben, chiara, dora access.Actor
	slug                   string
}

// draft has the clinic type its whole offer, page by page, and publish it.
func (w *workshop) draft(o realOffer) {
	w.t.Helper()
	p, lines := w.sheet(w.selin), o.lines()
	p.open("/packages/new?for=dunakert-dental")
	p.press("/packages/new", "", "procedure", o.Procedure, "title", o.Title)
	for strings.Contains(p.at, "/edit/") {
		var typed []string
		_, form, action := p.button("/edit/", "next")
		_, there := p.fields(form)
		for key, values := range lines {
			if there[key] {
				for _, v := range values {
					typed = append(typed, key, v)
				}
				delete(lines, key)
			}
		}
		switch {
		case strings.HasSuffix(action, "/about"):
			typed = append(typed, "summary", o.Summary, "currency", o.Currency, "zone", o.Zone, "round_days", "14")
		case strings.HasSuffix(action, "/steps"):
			for i, s := range o.Steps {
				typed = append(typed, fmt.Sprintf("step%d_people", i), strconv.Itoa(s.People), fmt.Sprintf("step%d_gives", i), s.Gives)
			}
		}
		p.press("/edit/", "next", typed...)
	}
	if len(lines) > 0 {
		w.t.Fatalf("no page asks for %v", lines)
	}
	p.sees("EUR 5,400", "Donau Patient Cover")
	p.press("/publish", "Publish")
	w.slug = strings.TrimPrefix(strings.Split(p.at, "?")[0], "/packages/")
	p.sees(o.Title, "Open for shaping: round 1.")
}

// wants has somebody vote for the package, and say first that nothing ties them.
func (w *workshop) wants(a access.Actor, first bool) *sheet {
	w.t.Helper()
	p := w.sheet(a)
	p.open("/packages/" + w.slug)
	if first {
		p.press("subject=package", "1", "tie", "none")
	} else {
		p.press("subject=package", "1")
	}
	return p
}

// wishes has somebody ask for another number of a line; returns the wish's id.
func (w *workshop) wishes(a access.Actor, key, n, why string) string {
	w.t.Helper()
	p := w.sheet(a)
	p.open("/packages/" + w.slug + "/change")
	p.open("/packages/" + w.slug + "/change?item=" + key)
	p.press("/change", "", "value", n, "reason", why)
	p.sees(why)
	return w.text(w.t, `SELECT max(id)::text FROM amendments`)
}

// prices has somebody go up the ladder of prices, and keep what came out.
func (w *workshop) prices(a access.Actor) {
	w.t.Helper()
	p := w.sheet(a)
	p.open("/packages/" + w.slug + "/price")
	for range 10 {
		if !strings.Contains(p.raw, `name="action" value="yes"`) {
			break
		}
		p.press("/price", "yes")
	}
	p.press("/price", "save", "readiness", "ready")
	p.sees("What you said")
}

// crowd has others vote, who count.
func (w *workshop) crowd(s shaping.Subject, id int64, n int) {
	w.t.Helper()
	w.votes(w.number(`SELECT id FROM packages WHERE slug = $1`, w.slug), s, id, n, 0, 0, false)
}

func (w *workshop) number(sql string, args ...any) (n int64) {
	w.t.Helper()
	w.must(w.db.Pool().QueryRow(w.t.Context(), sql, args...).Scan(&n))
	return n
}

// TestFivePeopleShapeAnOffer walks through the pages and forms alone, with no script:
// from the draft of a real offer to the first word on whether it was kept.
func TestFivePeopleShapeAnOffer(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	w := &workshop{offers: &offers{site: startOn(t, d, nil, nil), clock: clock}}
	clinic := testkit.Organisation(t, d, "clinic", "Dunakert Dental")
	w.selin, w.emre = testkit.Person(t, d, "selin", testkit.StaffOf(clinic, "staff")), testkit.Person(t, d, "emre", testkit.StaffOf(clinic, "doctor"))
	w.ana, w.ben, w.chiara, w.dora = testkit.Person(t, d, "anastasia", testkit.T2), testkit.Person(t, d, "ben", testkit.T2), testkit.Person(t, d, "chiara", testkit.T2), testkit.Person(t, d, "dora", testkit.T2)
	for i := range shaping.Quorum {
		w.people = append(w.people, testkit.Person(t, d, fmt.Sprintf("person%02d", i), testkit.T2))
	}
	var o realOffer
	raw, err := os.ReadFile("../demo/content/packages/one-arch-dunakert.json")
	if err == nil {
		err = json.Unmarshal(raw, &o)
	}
	w.must(err)
	w.draft(o)
	home, desk := "/packages/"+w.slug, "/console/dunakert-dental/packages/"+w.slug

	// The first round: votes, two wishes that exclude each other, and a price.
	const calm, short = "I fly home alone, and the check on day six was too close to my flight.", "One night more would do for those of us who live near by train."
	w.wants(w.ana, true)
	longer := w.wishes(w.ana, "stay.hotel_nights", "7", calm)
	w.wants(w.ben, true)
	sooner := w.wishes(w.ben, "stay.hotel_nights", "6", short)
	p := w.wants(w.chiara, true)
	p.press("subject=amendment&id="+longer, "1")
	p.press("subject=amendment&id="+sooner, "-1")
	surer := w.wishes(w.chiara, "dental.guarantee_teeth", "36", "A bridge that breaks after a year costs another journey.")
	w.prices(w.chiara)
	var more []string // what others ask for, so much that one round is not enough
	for key, n := range map[string]string{"price.deposit": "300", "aftercare.months": "18", "price.valid_days": "120", "consult.minutes": "30", "stay.companion_price": "100"} {
		more = append(more, w.wishes(w.people[len(more)], key, n, "It would have saved me a loan and a second week without work."))
	}
	id := func(wish string) int64 { return w.number(`SELECT $1::text::bigint`, wish) }
	w.crowd(shaping.OnAmendment, id(longer), 12)
	w.pass(15)

	// The clinic answers, and the clock makes the second version.
	s := w.sheet(w.selin)
	s.open(desk)
	s.sees("The provider is answering", calm, short)
	const granted, refused = "Two nights more are good for healing, and our hotel has agreed to them.", "With the longer stay granted, a shorter one would only be a second price list."
	const instead = "Three years is more than our laboratory gives us; two years we can promise everybody."
	s.press(desk, "send-"+longer, "w"+longer+"_answer", "accept", "w"+longer+"_delta", "90", "w"+longer+"_reason", granted)
	s.press(desk, "send-"+sooner, "w"+sooner+"_answer", "reject", "w"+sooner+"_code", "cost", "w"+sooner+"_reason", refused)
	s.sees("Your answer is public.")
	w.pass(8)
	p = w.sheet(w.ben)
	p.open(home + "/changes?from=1&to=2")
	p.sees("Nights in a hotel, included", "anastasia", "EUR 5,490")

	// The second round is about what nobody had time for in the first. The clinic
	// offers something else, those who wished say that it will do, and the clock
	// asks everybody for the final vote.
	p = w.wants(w.dora, true)
	p.press("subject=amendment&id="+surer, "1")
	w.crowd(shaping.OnAmendment, id(surer), 12)
	w.pass(15)
	s = w.sheet(w.selin)
	s.open(desk)
	s.press(desk, "send-"+surer, "w"+surer+"_answer", "counter", "w"+surer+"_counter", "24", "w"+surer+"_code", "cost", "w"+surer+"_delta", "60", "w"+surer+"_reason", instead)
	for _, other := range more {
		s.press(desk, "send-"+other, "w"+other+"_answer", "reject", "w"+other+"_code", "cost", "w"+other+"_reason", "All that we can give without a higher price is in the longer stay.")
	}
	p = w.sheet(w.dora)
	p.open(home)
	p.sees(instead)
	p.press("subject=counter&id="+surer, "1")
	w.crowd(shaping.OnCounter, id(surer), 12)
	w.pass(8)
	for _, a := range []access.Actor{w.ana, w.ben, w.chiara, w.dora} {
		w.wants(a, false)
	}
	w.crowd(shaping.OnPackage, w.number(`SELECT id FROM packages WHERE slug = $1`, w.slug), shaping.Quorum)
	w.pass(8)

	// The named signatory binds the clinic to exactly that version.
	e := w.sheet(w.emre)
	e.open("/console/dunakert-dental/signatories")
	e.press("/signatories", "", "person", w.text(t, `SELECT id::text FROM affiliations WHERE person_id = $1`, w.selin.PersonID), "name", "Selin Arslan", "title", "Managing director")
	e.sees("Selin Arslan")
	s = w.sheet(w.selin)
	s.open(desk + "/commit")
	day := func(days int) string { return clock.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	s.press("/commit", "", "version", "3", "capacity", "12", "valid_until", day(180), "price_locked_until", day(200), "binds", "yes", "remedy:dental.guarantee_implant", "A new implant at no price, and the flight to it.")
	hash := w.text(t, `SELECT encode(content_hash, 'hex') FROM package_versions ORDER BY number DESC LIMIT 1`)
	mark := hash[:4] + " " + hash[4:8] + " " + hash[8:12]
	if signed := w.text(t, `SELECT encode(content_hash, 'hex') FROM package_commitments`); signed != hash {
		t.Errorf("signed %s, voted on %s", signed, hash)
	}

	// One of the five takes a place, is treated, and says whether it was so.
	p = w.sheet(w.dora)
	p.open(home)
	p.sees("Signed by Selin Arslan", "Managing director", mark)
	p.open(home + "/enrol")
	p.sees(mark, "EUR 5,550")
	p.press("/enrol", "")
	p.sees("You have a place.")
	clock.Move(40 * 24 * time.Hour)
	p = w.sheet(w.dora)
	p.open("/me/journeys")
	p.open("/me/journeys/" + w.text(t, `SELECT public_id::text FROM package_journeys`))
	p.press("/treated", "", "day", day(0))
	p.press("/me/journeys/", "", "verdict.price.total", "kept", "got.price.total", "5550", "verdict.stay.hotel_nights", "kept", "got.stay.hotel_nights", "7")
	p.sees("Your answers are kept.", "What you said")
	if n := w.number(`SELECT count(*) FROM package_verdicts WHERE verdict = 'kept'`); n != 2 {
		t.Errorf("%d verdicts, want two", n)
	}
}
