package demo

import (
	"fmt"
	"slices"
	"strings"

	"caravan/internal/shaping"
)

// sketch is one package while it is drawn.
type sketch struct {
	*broker
	deal
	h     history
	by    *member
	scene *scene
	o     offer
	items map[string]shaping.Value // of the newest version
	rank  map[string]bool          // keys that a wish speaks of
}

// zones are where the clock of a package hangs.
var zones = map[string]string{"TR": "Europe/Istanbul", "HU": "Europe/Budapest", "MX": "America/Tijuana", "TH": "Asia/Bangkok", "IN": "Asia/Kolkata", "ES": "Europe/Madrid",
	"PL": "Europe/Warsaw", "LT": "Europe/Vilnius", "AE": "Asia/Dubai", "KR": "Asia/Seoul"}

// offered is the currency of a clinic's offers, and what a euro is there,
// roughly: drawn prices need no more.
func offered(country string) (currency string, perEuro float64) {
	switch country {
	case "MX":
		return "USD", 1.1
	case "AE":
		return "AED", 4
	}
	return "EUR", 1
}

func (s *sketch) line(lines []string) string { return say(s.r, pick(s.r, lines), s.scene.words(s.r)) }

func (s *sketch) draw() offer {
	currency, _ := offered(s.clinic.Country)
	call := s.h.state == string(shaping.Call)
	s.o = offer{Slug: fmt.Sprintf("%s-%s-%d", strings.ReplaceAll(strings.ReplaceAll(s.code, ".", "-"), "_", "-"), s.clinic.Slug, s.n), Proposer: string(shaping.ByClinic), Organisation: s.clinic.Slug,
		Author: numbered(s.by), Lang: "en", Procedure: s.code, Currency: currency, Zone: zones[s.clinic.Country], State: s.h.state, Round: len(s.h.versions), RoundDays: shaping.UsualRoundDays,
		Age: age(s.h.created), Published: age(s.h.published), Ends: age(s.h.ends), Closed: age(s.h.closed)}
	w := s.c.Offering
	if s.o.Title, s.o.Summary = s.line(w.Titles), s.line(w.Summaries); call {
		s.o.Title, s.o.Summary = s.line(w.CallTitles), s.line(w.CallSummaries)
		s.o.Proposer, s.o.Organisation = string(shaping.ByPatients), ""
		s.o.Slug = "call-" + s.o.Slug
		s.o.Author = numbered(s.somebody(s.h.created))
		s.o.Round = min(shaping.MaxRounds, 1+int(s.h.published/(shaping.UsualRoundDays*day)))
	}
	if after := []string{"final_vote", "awaiting_commitment", "committed", "expired", "declined"}; slices.Contains(after, s.h.state) {
		s.o.Round-- // the newest version came of the last round
	}
	if s.h.closed > 0 && s.h.state != string(shaping.Expired) {
		s.o.Why = s.line(w.Why[s.h.state])
	}
	s.price()
	s.begin(call)
	for n := 1; n < len(s.h.versions); n++ {
		s.round(n, call)
	}
	s.running(call)
	s.crowd()
	return s.o
}

// numbered is the key of somebody who was not written by hand.
func numbered(m *member) string {
	if m.Key != "" {
		return m.Key
	}
	return fmt.Sprintf("#%d", m.ID)
}

// price draws the items: those of a model, each as this clinic would have it.
func (s *sketch) price() {
	model := s.model()
	s.items, s.rank = map[string]shaping.Value{}, map[string]bool{}
	base := map[string]shaping.Value{}
	for _, i := range model.Versions[0].Items {
		base[i.Key] = i.Value
	}
	p := s.procedures[s.code]
	_, rate := offered(s.clinic.Country)
	total := int64(float64(round(between(s.r, p.Price[0], p.Price[1], 1)))*rate) * 100
	share := float64(total) / float64(base[shaping.PriceKey].Number)
	for _, spec := range shaping.Catalogue(s.code) {
		v, ok := base[spec.Key]
		if few := s.values[spec.Key]; !ok && spec.Mandatory && len(few) > 0 {
			v, ok = few[s.r.IntN(len(few))], true
		}
		if lines := s.c.Offering.Texts[spec.Key]; (ok || spec.Mandatory) && len(lines) > 0 {
			v, ok = shaping.Value{Kind: shaping.Text, Text: s.line(lines)}, true
		}
		if ok && !left[spec.Key] {
			s.items[spec.Key] = s.vary(spec, v, share)
		}
	}
	s.items[shaping.PriceKey] = shaping.Value{Kind: shaping.Money, Currency: s.o.Currency, Number: total}
	s.fit(p)
}

// left are items that name somebody or some place, and are not needed.
var left = map[string]bool{"team.anaesthetist": true, "aftercare.home_partner": true, "stay.second_trip_hotel_nights": true}

// model is a package by hand whose items fit best.
func (s *sketch) model() offer {
	family, _, _ := strings.Cut(s.code, ".")
	for _, near := range []func(o offer) bool{
		func(o offer) bool { return o.Procedure == s.code }, func(o offer) bool { return strings.HasPrefix(o.Procedure, family+".") },
		func(o offer) bool { return strings.HasPrefix(o.Procedure, "gen.") },
	} {
		var some []offer
		for _, o := range s.models {
			if near(o) {
				some = append(some, o)
			}
		}
		if len(some) > 0 {
			return some[s.r.IntN(len(some))]
		}
	}
	return s.models[0]
}

// vary is a value as another clinic would have it.
func (s *sketch) vary(spec shaping.Spec, v shaping.Value, share float64) shaping.Value {
	switch {
	case spec.Key == "team.surgeon":
		d := s.clinic.Clinicians[s.r.IntN(max(1, len(s.clinic.Clinicians)))]
		return shaping.Value{Kind: shaping.Person, Text: d.Name, Ref: fmt.Sprintf("demo register %s-%d", s.clinic.Country, between(s.r, 10_000, 99_999, 1))}
	case v.Kind == shaping.Money:
		v.Currency, v.Number = s.o.Currency, int64(float64(v.Number)*share)/1_000*1_000
	case v.Kind == shaping.Choice && strings.HasPrefix(spec.Key, "language.") || spec.Key == "aftercare.languages" || spec.Key == "records.language":
		if words := s.spoken(spec); len(words) > 0 && spec.Key != "language.interpreter_steps" {
			v.Words = words
		}
	case v.Unmeasured:
	case strings.HasPrefix(spec.Key, "risk.") && strings.HasSuffix(spec.Key, "_n"):
		v.Number = int64(between(s.r, 120, 1_900, 1))
	case strings.HasPrefix(spec.Key, "risk."):
		v.Number = v.Number * int64(between(s.r, 60, 150, 1)) / 100
	case varied[spec.Key] > 0:
		v.Number = max(1, v.Number+int64(s.r.IntN(2*varied[spec.Key]+1)-varied[spec.Key]))
	}
	return v
}

// varied is by how much figures differ from clinic to clinic.
var varied = map[string]int{"consult.minutes": 8, "price.valid_days": 30, "aftercare.checks": 2, "aftercare.months": 3, "revision.window": 3, "records.days": 2, "cancellation.refund_days": 5,
	"revision.start_days": 4, "consult.hours_to_think": 6, "team.operations_per_day": 1}

// spoken are the clinic's languages, of those that the item knows.
func (s *sketch) spoken(spec shaping.Spec) (words []string) {
	for _, o := range spec.Options {
		if slices.Contains(s.clinic.Languages, o.Value) {
			words = append(words, o.Value)
		}
	}
	slices.Sort(words)
	return words
}

// fit brings what depends on each other together: days and nights, what is paid
// and when.
func (s *sketch) fit(p procedure) {
	set := func(key string, n int64) {
		if v, ok := s.items[key]; ok {
			v.Number, v.Unmeasured = n, false
			s.items[key] = v
		}
	}
	days := int64(between(s.r, p.Stay[0], p.Stay[1], 1))
	set("stay.days", days)
	ward := min(s.items["stay.hospital_nights"].Number, days-2)
	set("stay.hospital_nights", ward)
	set("stay.hotel_nights", days-1-ward)
	set("stay.earliest_flight_day", max(1, days-1))
	set("bariatric.check_before_flight", max(1, days-2))
	total := s.items[shaping.PriceKey].Number
	for _, key := range []string{"price.deposit", "price.extras_cap"} {
		set(key, min(s.items[key].Number, total/5))
	}
	set("cover.excess", 0)
	set("aftercare.urgent_hours", min(s.items["aftercare.urgent_hours"].Number, s.items["aftercare.answer_hours"].Number))
	set("stay.companion_price", max(s.items["stay.companion_price"].Number, 60_00))
}
