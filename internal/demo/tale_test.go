package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/experience"
	"caravan/internal/text"
	"caravan/internal/visit"
)

// catalogueHere stands for the procedures of the database.
func catalogueHere(c *content) map[string]entry {
	out := map[string]entry{}
	for i, p := range c.Procedures {
		out[p.Code] = entry{ID: int64(i + 1), Specialty: 1, TwoYears: i%4 == 0}
	}
	return out
}

func talesAt(t *testing.T, scale int, now time.Time) (*teller, []*tale) {
	t.Helper()
	c := loaded(t)
	w := newTeller(c, newCrowd(seed(), c, scale, now), now, catalogueHere(c), map[string]float64{"GBP": 0.87, "USD": 1.15, "KRW": 1668, "THB": 37, "AED": 4.2, "AUD": 1.76})
	tales, err := w.all(scale)
	if err != nil {
		t.Fatalf("at %v: %v", now, err)
	}
	return w, tales
}

func allowed(f string, v string) bool {
	field, known := experience.FieldNamed(f)
	return known && (v == "" || field.Allows(v))
}

func TestExperiencesByHandSpeakTheCataloguesWords(t *testing.T) {
	c := loaded(t)
	if len(c.Episodes) < 35 {
		t.Errorf("%d experiences by hand", len(c.Episodes))
	}
	for _, e := range c.Episodes {
		picks := map[string]string{"author_role": e.Role, "booked_via": e.Via, "age_band": e.Age, "complication": e.Complication, "would_repeat": e.Repeat, "incentive": e.Incentive,
			"interpreter": e.Interpreter, "tap_worth_it": e.Worth}
		for name, v := range picks {
			if !allowed(name, v) {
				t.Errorf("%q: %s is %q", e.Title, name, v)
			}
		}
		for _, v := range e.Gap {
			if !allowed("gap_reasons", v) {
				t.Errorf("%q: gap %q", e.Title, v)
			}
		}
		for _, v := range e.Records {
			if !allowed("records_received", v) {
				t.Errorf("%q: record %q", e.Title, v)
			}
		}
		for name := range e.Costs {
			if f, known := experience.FieldNamed(name); !known || f.Place != experience.InDetails {
				t.Errorf("%q: cost %q", e.Title, name)
			}
		}
		for _, b := range e.Complications {
			for name, v := range map[string]string{"c_kind": b.Kind, "c_where": b.Where, "c_payer": b.Payer, "c_resolved": b.Resolved, "c_reported": b.Reported, "c_reaction": b.Reaction} {
				if !allowed(name, v) {
					t.Errorf("%q: %s is %q", e.Title, name, v)
				}
			}
			if said := e.CheckIns[b.Told]; b.Told != experience.Start && said == nil {
				t.Errorf("%q: a complication was told at %s, which nobody answered", e.Title, b.Told)
			}
			if _, err := b.row(1); err != nil {
				t.Errorf("%q: %v", e.Title, err)
			}
		}
		if (e.Complication == "none") == (len(e.Complications) > 0) {
			t.Errorf("%q: %d complications, and %q", e.Title, len(e.Complications), e.Complication)
		}
		for _, l := range e.Lines {
			if !slices.Contains(experience.PriceLines, l.Line) {
				t.Errorf("%q: line %q", e.Title, l.Line)
			}
		}
		for m := range e.CheckIns {
			if !slices.Contains(experience.Moments, m) {
				t.Errorf("%q: check-in %q", e.Title, m)
			}
		}
		if got := text.Language(e.Title+"\n"+e.Story.String(), e.Lang); got != e.Lang {
			t.Errorf("%q is said to be %s and reads as %s", e.Title, e.Lang, got)
		}
		for _, p := range e.Proofs {
			if p.Kind != visit.Code && p.Kind != visit.Document {
				t.Errorf("%q: proof %q", e.Title, p.Kind)
			}
		}
	}
}

func TestSagasTellOfEveryTreatmentAndLeaveNoGap(t *testing.T) {
	c := loaded(t)
	r := seed()
	when := map[string]bool{}
	for _, p := range c.Procedures {
		s := c.sagaOf(p.Code)
		if s == nil {
			t.Errorf("nobody tells about %s", p.Code)
			continue
		}
		sc := &scene{proc: p, country: "HU", city: "Győr", in: "in Győr"}
		lists := [][]string{s.Goals, s.Before, s.There, s.Good, s.Mixed, s.Bad, s.Later.Good, s.Later.Mixed, s.Later.Bad, c.Telling.Exact, c.Telling.Language, c.Telling.Stay, c.Telling.Records,
			c.Telling.Closings.Good, c.Telling.Closings.Mixed, c.Telling.Closings.Bad}
		for _, lines := range c.Telling.More {
			lists = append(lists, lines)
		}
		for i, list := range append(lists, s.Titles.Good, s.Titles.Mixed, s.Titles.Bad) {
			if len(list) == 0 {
				t.Errorf("%s: a list is empty", p.Code)
			}
			for _, line := range list {
				got := say(r, line, sc.words(r))
				if strings.ContainsAny(got, "{}|") {
					t.Errorf("%q becomes %q", line, got)
				}
				if n := text.Length(got); i >= len(lists) && (n < leastTitle || n > mostTitle) && !when[line] {
					t.Logf("%s: title of %d characters: %q", p.Code, n, got)
					when[line] = true
				}
			}
		}
		for _, b := range s.Troubles {
			if !slices.Contains(experience.ComplicationKinds, b.Kind) || b.Line == "" || len(b.Grades) == 0 {
				t.Errorf("%s: trouble %+v", p.Code, b)
			}
		}
	}
	for reason := range c.Telling.More {
		if !allowed("gap_reasons", reason) {
			t.Errorf("gap %q", reason)
		}
	}
}

// What is told gives nobody away, as the site itself would have looked at it.
func TestNoTaleGivesAnybodyAway(t *testing.T) {
	_, tales := talesAt(t, 2, time.Now().UTC())
	for _, x := range tales {
		c := text.LeakContext{Countries: []string{x.Origin, x.clinic.Country}, OwnNames: []string{x.author.address(), x.author.Email}, Allowed: []string{x.clinic.Name}}
		for _, d := range x.clinic.Clinicians {
			c.Allowed = append(c.Allowed, d.Name)
		}
		for _, s := range append([]string{x.Title, x.Goal, x.first}, x.Story...) {
			if strings.Contains(strings.ToLower(s), strings.ToLower(x.author.Handle)) {
				t.Errorf("%q names %s", x.Title, x.author.Handle)
			}
			for _, l := range text.Leaks(s, c) {
				t.Errorf("%q: %s %v: %q", x.Title, l.Class, l.Tier, s[l.Start:l.End])
			}
		}
		for _, said := range x.CheckIns {
			if said != nil && len(text.Leaks(said.Note, c)) > 0 {
				t.Errorf("%q: %q", x.Title, said.Note)
			}
		}
	}
}

// Answers that nobody wrote for one experience would not have been held.
func TestDrawnAnswersSpeakOfNobody(t *testing.T) {
	c := loaded(t)
	tones := map[string]int{}
	for _, a := range c.Telling.Answers {
		tones[a.Tone]++
		if spots := text.Guard(a.Body.String(), nil); len(spots) > 0 {
			s := a.Body.String()
			t.Errorf("%q would be held for %q", s, s[spots[0].Start:spots[0].End])
		}
	}
	if tones["good"] == 0 || tones["mixed"] == 0 || tones["bad"] == 0 {
		t.Errorf("answers by tone: %v", tones)
	}
}

// Whatever the day on which the demo begins, and however large it is.
func TestTalesCanBeToldOnAnyDay(t *testing.T) {
	start := time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)
	for day := 0; day < 400; day += 7 {
		talesAt(t, 1, start.AddDate(0, 0, day))
	}
	for _, month := range []time.Month{1, 3, 5, 8, 12} {
		talesAt(t, 1, time.Date(2027, month, 31, 23, 59, 0, 0, time.UTC))
	}
	_, tales := talesAt(t, 12, start)
	if len(tales) != 12*experiencesByScale {
		t.Errorf("%d tales", len(tales))
	}
	stories := map[string]bool{}
	for _, x := range tales {
		stories[x.Story.String()] = true
	}
	if len(stories) != len(tales) {
		t.Errorf("%d different stories of %d", len(stories), len(tales))
	}
}

func TestTheSameTalesAreToldAtAnyHourOfADay(t *testing.T) {
	print := func(now time.Time) string {
		var b strings.Builder
		_, tales := talesAt(t, 1, now)
		for _, x := range tales {
			fmt.Fprintln(&b, x.Pseudonym, x.Title, x.Story, x.Currency, len(x.Lines), slices.Sorted(maps.Keys(x.CheckIns)), len(x.Complications))
		}
		return b.String()
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	a, b := strings.Split(print(now), "\n"), strings.Split(print(now.Add(9*time.Hour)), "\n")
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("two fills differ:\n%s\n%s", a[i], b[i])
		}
	}
}
