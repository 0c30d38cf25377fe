package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/shaping"
	"caravan/internal/testkit"
)

// wanted is a wish for another number of a line.
type wanted struct{ key, n, why string }

// round is what is said in the rounds of one offer.
type round struct {
	file, clinic, slug string   // the offer as the demo data hold it, and who makes it
	preview            []string // what the clinic reads before it publishes
	longer, sooner     wanted   // two that exclude each other; the first is granted
	granted, refused   string
	line               string // the granted line in words
	surer              wanted // something else is offered for it
	instead, counter   string
	more               map[string]string // what others ask for, so much that one round is not enough
	delta, delta2      string
	price              [2]string // of the second and the third version
	remedy, remedyKey  string
	paid               string
	kept               wanted // what the first who is treated says of a line, beside the price
}

var rounds = []round{{
	file: "one-arch-dunakert", clinic: "Dunakert Dental", slug: "dunakert-dental", preview: []string{"EUR 5,400", "Donau Patient Cover"},
	longer:  wanted{"stay.hotel_nights", "7", "I fly home alone, and the check on day six was too close to my flight."},
	sooner:  wanted{"stay.hotel_nights", "6", "One night more would do for those of us who live near by train."},
	granted: "Two nights more are good for healing, and our hotel has agreed to them.",
	refused: "With the longer stay granted, a shorter one would only be a second price list.",
	line:    "Nights in a hotel, included",
	surer:   wanted{"dental.guarantee_teeth", "36", "A bridge that breaks after a year costs another journey."},
	instead: "Three years is more than our laboratory gives us; two years we can promise everybody.", counter: "24",
	more:  map[string]string{"price.deposit": "300", "aftercare.months": "18", "price.valid_days": "120", "consult.minutes": "30", "stay.companion_price": "100"},
	delta: "90", delta2: "60", price: [2]string{"EUR 5,490", "EUR 5,550"},
	remedyKey: "dental.guarantee_implant", remedy: "A new implant at no price, and the flight to it.", paid: "5550", kept: wanted{key: "stay.hotel_nights", n: "7"},
}, {
	file: "fue-ayazma", clinic: "Ayazma Hair", slug: "ayazma-hair", preview: []string{"EUR 2,190", "Orhan Tezveren", "TR-40918"},
	longer:  wanted{"hair.surgeon_hours", "5", "Two hours out of seven are the drawing and the hello. Five would be the whole of the taking."},
	sooner:  wanted{"hair.surgeon_hours", "4", "Four hours would cover the opening of the channels, and would cost less."},
	granted: "Five hours mean one patient a day for the surgeon, and we have planned the summer so.",
	refused: "With five hours granted, four would be less for those who asked for more.",
	line:    "The surgeon is in the room, hours at least",
	surer:   wanted{"hair.touch_up_grafts", "1000", "The crown thins out for years, and five hundred grafts are one corner of it."},
	instead: "A thousand grafts are half an operation. Eight hundred fit into one morning for everybody.", counter: "800",
	more:  map[string]string{"price.deposit": "100", "aftercare.months": "18", "price.valid_days": "90", "consult.minutes": "30", "hair.medicine_months": "6"},
	delta: "250", delta2: "80", price: [2]string{"EUR 2,440", "EUR 2,520"},
	remedyKey: "hair.growth_share", remedy: "The missing grafts at no price, or the price of them back.", paid: "2520", kept: wanted{key: "hair.surgeon_hours", n: "5"},
}, {
	file: "sleeve-year-vilnele", clinic: "Vilnele Surgery", slug: "vilnele-surgery", preview: []string{"EUR 5,200", "a year of calls"},
	longer:  wanted{"bariatric.dietitian_calls", "10", "The hunger comes back in month four, when the last call is over."},
	sooner:  wanted{"bariatric.dietitian_calls", "8", "Eight calls, one for each month in which something changes, would be enough."},
	granted: "Ten calls are possible since our second dietitian came back to us in spring.",
	refused: "With ten calls granted, eight would take two away from those who need them.",
	line:    "Calls with the dietitian",
	surer:   wanted{"revision.window", "12", "A narrowing may show only when one eats everything again, half a year later."},
	instead: "Twelve months we cannot insure. Six we carry ourselves, with theatre and anaesthesia.", counter: "6",
	more:  map[string]string{"cover.days": "90", "bariatric.psychologist_calls": "2", "price.valid_days": "120", "consult.minutes": "40", "bariatric.supplements_months": "3"},
	delta: "120", delta2: "80", price: [2]string{"EUR 5,320", "EUR 5,400"},
	remedyKey: "revision.window", remedy: "A second operation at no price, and the hotel for two during it.", paid: "5400", kept: wanted{key: "stay.hospital_nights", n: "3"},
}}

// TestFivePeopleShapeAnOffer walks through the pages and forms alone, with no script:
// from the draft of a real offer to the first word on whether it was kept. It
// does so with what clinics offer for a jaw on implants, for hair and for a
// sleeve, line by line.
func TestFivePeopleShapeAnOffer(t *testing.T) {
	t.Parallel()
	for _, x := range rounds {
		t.Run(x.file, func(t *testing.T) {
			t.Parallel()
			newWorkshop(t, x).play(x)
		})
	}
}

// TestFivePeopleShapeAnOfferInBrowsers is the same with scripts: votes are taken
// without a reload, and a page that was left open hears of the answer and of
// the new version.
func TestFivePeopleShapeAnOfferInBrowsers(t *testing.T) {
	w := newWorkshop(t, rounds[0])
	w.browser, w.tabs = testkit.Browser(t), map[int64]reader{}
	w.play(rounds[0])
}

// newWorkshop is a site with the clinic of an offer and who takes part.
func newWorkshop(t *testing.T, x round) *workshop {
	t.Helper()
	d, clock := testkit.DBAt(t)
	w := &workshop{offers: &offers{site: startOn(t, d, nil, nil), clock: clock}, at: t, clinic: x.slug}
	clinic := testkit.Organisation(t, d, "clinic", x.clinic)
	w.selin, w.emre = testkit.Person(t, d, "selin", testkit.StaffOf(clinic, "staff")), testkit.Person(t, d, "emre", testkit.StaffOf(clinic, "doctor"))
	w.ana, w.ben, w.chiara, w.dora = testkit.Person(t, d, "anastasia", testkit.T2), testkit.Person(t, d, "ben", testkit.T2), testkit.Person(t, d, "chiara", testkit.T2), testkit.Person(t, d, "dora", testkit.T2)
	for i := range shaping.Quorum {
		w.people = append(w.people, testkit.Person(t, d, fmt.Sprintf("person%02d", i), testkit.T2))
	}
	return w
}

// play is the whole story: two rounds, the final vote, the signature, the first
// verdict.
func (w *workshop) play(x round) {
	w.t.Helper()
	var o realOffer
	raw, err := os.ReadFile("../demo/content/packages/" + x.file + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &o)
	}
	w.must(err)
	w.draft(o, x.preview...)
	w.complete(o)
	longer, sooner, surer, more := w.wishing(x)
	w.answering(x, longer, sooner)
	w.second(x, surer, more)
	hash := w.signed(x)
	w.treated(x, hash)
}

// complete holds the published version against the sheet: no line was lost, to
// the last term of a correction and of a cancellation.
func (w *workshop) complete(o realOffer) {
	w.t.Helper()
	sheet := o.lines()
	for _, begins := range []string{"", "revision.", "cancellation.", "risk.", "cover."} {
		want := 0
		for key := range sheet {
			if strings.HasPrefix(key, begins) {
				want++
			}
		}
		const there = `SELECT count(*) FROM package_version_items v JOIN package_items i ON i.id = v.item_id WHERE v.value IS NOT NULL AND i.key LIKE $1 || '%'`
		if got := w.number(there, begins); got != int64(want) || want == 0 {
			w.t.Errorf("%d lines %q are published, want %d", got, begins, want)
		}
	}
}

func (w *workshop) id(wish string) int64 {
	w.t.Helper()
	return w.number(`SELECT $1::text::bigint`, wish)
}

// wishing is the first round: votes, two wishes that exclude each other, and a
// price.
func (w *workshop) wishing(x round) (longer, sooner, surer string, more []string) {
	w.t.Helper()
	w.wants(w.ana, true)
	longer = w.wishes(w.ana, x.longer)
	w.wants(w.ben, true)
	sooner = w.wishes(w.ben, x.sooner)
	p := w.wants(w.chiara, true)
	p.press("subject=amendment&id="+longer, "1")
	p.press("subject=amendment&id="+sooner, "-1")
	surer = w.wishes(w.chiara, x.surer)
	w.prices(w.chiara)
	for key, n := range x.more {
		more = append(more, w.wishes(w.people[len(more)], wanted{key, n, "It would have saved me a loan and a second week without work."}))
	}
	w.crowd(shaping.OnAmendment, w.id(longer), 12)
	w.pass(15)
	return longer, sooner, surer, more
}

// answering is the clinic's part: it answers, and the clock makes the second
// version. Who has left a page open sees both come.
func (w *workshop) answering(x round, longer, sooner string) {
	w.t.Helper()
	desk := w.desk()
	open := w.sheet(w.ana)
	open.open("/packages/" + w.slug)
	if open.tab != nil {
		open.tab.mark()
	}
	s := w.sheet(w.selin)
	s.open(desk)
	s.sees("The provider is answering", x.longer.why, x.sooner.why)
	s.press(desk, "send-"+longer, "w"+longer+"_answer", "accept", "w"+longer+"_delta", x.delta, "w"+longer+"_reason", x.granted)
	open.hears("has just answered a wish", x.granted)
	s.press(desk, "send-"+sooner, "w"+sooner+"_answer", "reject", "w"+sooner+"_code", "cost", "w"+sooner+"_reason", x.refused)
	s.sees("Your answer is public.")
	open.hears(x.refused)
	w.pass(8)
	open.hears("has just changed")
	if open.tab != nil {
		open.tab.click(".live-note button")
		open.hears("version 2", x.price[0])
		if !open.tab.marked() {
			w.t.Error("the open page was loaded anew")
		}
	}
	p := w.sheet(w.ben)
	p.open("/packages/" + w.slug + "/changes?from=1&to=2")
	p.sees(x.line, "anastasia", x.price[0])
}

func (w *workshop) desk() string { return "/console/" + w.clinic + "/packages/" + w.slug }

// hears waits for what reaches an open page by itself, where a script runs.
func (p *sheet) hears(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if p.tab != nil { // amounts are written with spaces that do not break
			p.tab.until("hearing "+text, func() bool { return strings.Contains(strings.Join(strings.Fields(p.tab.text()), " "), text) })
		}
	}
}

// second is the round about what nobody had time for in the first. The clinic
// offers something else, those who wished say that it will do, and the clock
// asks everybody for the final vote.
func (w *workshop) second(x round, surer string, more []string) {
	w.t.Helper()
	desk := w.desk()
	p := w.wants(w.dora, true)
	p.press("subject=amendment&id="+surer, "1")
	w.crowd(shaping.OnAmendment, w.id(surer), 12)
	w.pass(15)
	s := w.sheet(w.selin)
	s.open(desk)
	s.press(desk, "send-"+surer, "w"+surer+"_answer", "counter", "w"+surer+"_counter", x.counter, "w"+surer+"_code", "cost", "w"+surer+"_delta", x.delta2, "w"+surer+"_reason", x.instead)
	for _, other := range more {
		s.press(desk, "send-"+other, "w"+other+"_answer", "reject", "w"+other+"_code", "cost", "w"+other+"_reason", "All that we can give without a higher price is in what we granted.")
	}
	p = w.sheet(w.dora)
	p.open("/packages/" + w.slug)
	p.sees(x.instead)
	p.press("subject=counter&id="+surer, "1")
	w.crowd(shaping.OnCounter, w.id(surer), 12)
	w.pass(8)
	for _, a := range []access.Actor{w.ana, w.ben, w.chiara, w.dora} {
		w.wants(a, false)
	}
	w.crowd(shaping.OnPackage, w.number(`SELECT id FROM packages WHERE slug = $1`, w.slug), shaping.Quorum)
	w.pass(8)
}

// signed has the named signatory bind the clinic to exactly that version, and
// returns the beginning of its fingerprint.
func (w *workshop) signed(x round) string {
	w.t.Helper()
	e := w.sheet(w.emre)
	e.open("/console/" + w.clinic + "/signatories")
	e.press("/signatories", "", "person", w.text(w.t, `SELECT id::text FROM affiliations WHERE person_id = $1`, w.selin.PersonID), "name", "Selin Arslan", "title", "Managing director")
	e.sees("Selin Arslan")
	s := w.sheet(w.selin)
	s.open(w.desk() + "/commit")
	s.press("/commit", "", "version", "3", "capacity", "12", "valid_until", w.day(180), "price_locked_until", w.day(200), "binds", "yes", "remedy:"+x.remedyKey, x.remedy)
	hash := w.text(w.t, `SELECT encode(content_hash, 'hex') FROM package_versions ORDER BY number DESC LIMIT 1`)
	if signed := w.text(w.t, `SELECT encode(content_hash, 'hex') FROM package_commitments`); signed != hash {
		w.t.Errorf("signed %s, voted on %s", signed, hash)
	}
	return hash[:4] + " " + hash[4:8] + " " + hash[8:12]
}

func (w *workshop) day(days int) string {
	return w.clock.Now().AddDate(0, 0, days).Format(time.DateOnly)
}

// treated is about one of the five, who takes a place, is treated, and says
// whether it was so.
func (w *workshop) treated(x round, mark string) {
	w.t.Helper()
	p, home := w.sheet(w.dora), "/packages/"+w.slug
	p.open(home)
	p.sees("Signed by Selin Arslan", "Managing director", mark)
	p.open(home + "/enrol")
	p.sees(mark, x.price[1])
	p.press("/enrol", "")
	p.sees("You have a place.")
	w.clock.Move(40 * 24 * time.Hour)
	p = w.sheet(w.dora)
	p.open("/me/journeys")
	p.open("/me/journeys/" + w.text(w.t, `SELECT public_id::text FROM package_journeys`))
	p.press("/treated", "", "day", w.day(0))
	p.press("/me/journeys/", "", "verdict.price.total", "kept", "got.price.total", x.paid, "verdict."+x.kept.key, "kept", "got."+x.kept.key, x.kept.n)
	p.sees("Your answers are kept.", "What you said")
	if n := w.number(`SELECT count(*) FROM package_verdicts WHERE verdict = 'kept'`); n != 2 {
		w.t.Errorf("%d verdicts, want two", n)
	}
}
