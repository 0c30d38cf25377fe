package demo

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// scene is what a generated question is about, and the words that fit it.
type scene struct {
	proc    procedure
	family  family // all that fit, the special ones first
	topic   topic
	others  []topic       // what the talk drifts to
	clinic  *organisation // that is asked about; nil: none
	country string        // ISO code of the destination
	city    string
	in      string // "in Hungary" or "in Budapest", the same in the whole thread
	price   int    // last one that was said, so that the next can be told from it
}

// countries as they are spoken of after "in".
var countries = map[string]string{
	"TR": "Türkiye", "HU": "Hungary", "MX": "Mexico", "TH": "Thailand", "IN": "India",
	"ES": "Spain", "PL": "Poland", "LT": "Lithuania", "AE": "the Emirates", "KR": "South Korea",
}

// homes are where people come from.
var homes = strings.Split("Ireland|the Netherlands|Sweden|Norway|Denmark|Scotland|England|Wales|Germany|Austria|Switzerland|France|Belgium|Italy|Canada|the United States|Australia|New Zealand|Kenya|Kuwait|Jordan|Israel|Kazakhstan|Portugal|Finland|Iceland", "|")

// cast draws what a question is about: a clinic, something it treats, and a
// worry that goes with it.
func (w *writer) cast() *scene {
	for {
		org := &w.clinics[w.r.IntN(len(w.clinics))]
		code := org.Procedures[w.r.IntN(len(org.Procedures))]
		p, known := w.procedures[code]
		if !known || p.Stay[1] == 0 { // nobody travels for it
			continue
		}
		s := &scene{proc: p, family: w.c.familyOf(code), country: org.Country, city: org.City, in: "in " + countries[org.Country]}
		if w.r.IntN(100) < 65 {
			s.clinic = org
		}
		if w.r.IntN(100) < 35 {
			s.in = "in " + org.City
		}
		s.topic = w.worry(code)
		s.others = w.drift(s.topic, code)
		return s
	}
}

func (w *writer) worry(code string) topic {
	for {
		if t := w.c.Topics[w.r.IntN(len(w.c.Topics))]; t.concerns(code) {
			return t
		}
	}
}

// drifts is to how many other worries a long talk comes.
const drifts = 3

func (w *writer) drift(from topic, code string) (others []topic) {
	for _, i := range w.r.Perm(len(w.c.Topics)) {
		if t := w.c.Topics[i]; t.Code != from.Code && t.concerns(code) && len(others) < drifts {
			others = append(others, t)
		}
	}
	return others
}

func (t topic) concerns(code string) bool { return len(t.For) == 0 || begins(code, t.For) }

func begins(code string, with []string) bool {
	return slices.ContainsFunc(with, func(prefix string) bool { return strings.HasPrefix(code, prefix) })
}

// familyOf gathers what is said about a treatment. The files name the wide
// families before the narrow ones; here what is special comes first.
func (c *content) familyOf(code string) (all family) {
	for _, f := range slices.Backward(c.Families) {
		if begins(code, f.For) {
			all.Facts = append(all.Facts, f.Facts...)
			all.Advice = append(all.Advice, f.Advice...)
			all.Back = append(all.Back, f.Back...)
		}
	}
	return all
}

// words is what the gaps of a template stand for in this scene.
func (s *scene) words(r *rand.Rand) func(string) (string, bool) {
	return func(name string) (string, bool) {
		switch name {
		case "the":
			return "the " + s.proc.Noun, true
		case "a":
			return s.proc.A, true
		case "in":
			return s.in, true
		case "country":
			return countries[s.country], true
		case "city":
			return s.city, true
		case "home":
			return homes[r.IntN(len(homes))], true
		case "stay":
			return grouped(between(r, s.proc.Stay[0], s.proc.Stay[1], 1)), true
		case "price":
			s.price = round(between(r, s.proc.Price[0], s.proc.Price[1], 1))
			return "€" + grouped(s.price), true
		case "price2": // what it came to in the end
			if s.price == 0 {
				s.price = between(r, s.proc.Price[0], s.proc.Price[1], 1)
			}
			s.price = round(s.price * between(r, 103, 124, 1) / 100)
			return "€" + grouped(s.price), true
		}
		return "", false
	}
}

// round makes a price look like one.
func round(euros int) int {
	if euros < 1_000 {
		return euros / 10 * 10
	}
	return euros / 50 * 50
}

func (w *writer) say(s *scene, template string) string { return say(w.r, template, s.words(w.r)) }
