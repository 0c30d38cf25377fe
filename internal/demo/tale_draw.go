package demo

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"caravan/internal/experience"
	"caravan/internal/text"
)

// draw tells what nobody wrote by hand.
func (t *teller) draw(e errand) (*tale, error) {
	x := &tale{clinic: e.clinic, state: e.state, more: experience.Answers{}}
	code := e.code
	if code == "" {
		code = e.clinic.Procedures[t.r.IntN(len(e.clinic.Procedures))]
	}
	x.Procedures = []treated{{Code: code, State: "performed"}}
	p, saga := t.procedures[code], t.c.sagaOf(code)
	if saga == nil {
		return nil, fmt.Errorf("demo: nobody can tell about %q", code)
	}
	if err := t.when(x, e); err != nil {
		return nil, err
	}
	lot := t.r.IntN(100)
	kind := tones[0]
	for _, k := range tones {
		if kind = k; lot < k.share {
			break
		}
		lot -= k.share
	}
	x.tone = kind.name
	t.person(x)
	t.happened(x, saga, kind.troubled, between(t.r, kind.goal[0], kind.goal[1], 1))
	t.pay(x, p)
	t.show(x, e.witness)
	t.answers(x, p)
	t.write(x, p, saga)
	x.Helpful = t.r.IntN(18) * t.r.IntN(6) / 3
	return x, nil
}

// when finds a day of the treatment on which somebody was there to tell of it.
func (t *teller) when(x *tale, e errand) error {
	if e.by != nil {
		x.day, x.author = t.today.AddDate(0, 0, -e.from), e.by
		t.dates(x)
		if !t.claim(x) {
			return fmt.Errorf("demo: %s was at %s twice", e.by.Handle, e.clinic.Slug)
		}
		return nil
	}
	u := t.r.Float64()
	days := e.from + int(math.Pow(u, 1.3)*float64(max(1, e.to-e.from)))
	if x.state == experience.Submitted {
		days = between(t.r, 30, 60, 1)
	}
	for ; days >= e.from; days = days * 4 / 5 {
		x.day = t.today.AddDate(0, 0, -days)
		t.dates(x)
		if x.author = t.author(x); x.author != nil && t.claim(x) {
			return nil
		}
	}
	return fmt.Errorf("demo: too few people to tell about %s", e.clinic.Slug)
}

var (
	ages  = []any{"18-24", 6, "25-34", 22, "35-44", 26, "45-54", 22, "55-64", 15, "65-74", 8, "75+", 1}
	vias  = []any{"direct", 62, "facilitator", 12, "agency", 8, "friend", 9, "platform", 6, "employer", 3}
	roles = []any{"patient", 94, "relative", 4, "companion", 2}
)

// person draws who tells.
func (t *teller) person(x *tale) {
	x.Pseudonym = experience.Pseudonym(t.r)
	for range tries {
		if !t.names[x.Pseudonym] {
			break
		}
		x.Pseudonym = experience.Pseudonym(t.r)
	}
	t.names[x.Pseudonym] = true
	from := origins[x.clinic.Country]
	x.Origin, x.Age, x.Via, x.Role, x.Lang = from[t.r.IntN(len(from))], weighted(t.r, ages...), weighted(t.r, vias...), weighted(t.r, roles...), "en"
	if x.author.Stands == "companion" {
		x.Role = "companion"
	}
	switch x.Via {
	case "facilitator":
		x.Booked = weighted(t.r, "long-road-travel", 5, "brueckenweg-reisen", 3, "", 2)
	case "agency":
		x.Booked = weighted(t.r, "lantern-street-media", 3, "", 2)
	}
	x.Incentive = weighted(t.r, "none", 94, "discount", 4, "gift", 1, "unknown", 1)
}

// answering is in how many of a hundred cases a check-in is answered.
var answering = map[string]int{"d7": 86, "m1": 84, "m3": 80, "m6": 76, "m12": 70, "m24": 60}

// happened draws how it went: the goal at every check-in, and what went wrong.
func (t *teller) happened(x *tale, s *saga, troubled, goal int) {
	x.Goal = s.Goals[t.r.IntN(len(s.Goals))]
	x.CheckIns = map[string]*tap{}
	below := map[string]int{"d7": 3, "m1": 2, "m3": 1}
	var done []experience.CheckIn
	for _, c := range experience.Schedule(x.day, x.told, t.catalogue[x.Procedures[0].Code].TwoYears) {
		if !c.DueOn.Before(t.today) {
			continue
		}
		// An open one that is not answered yet is no word, not a missed one.
		if t.r.IntN(100) >= answering[c.Moment] {
			if !c.ClosesOn.After(t.today) {
				x.CheckIns[c.Moment] = nil
			}
			continue
		}
		reached := max(1, goal-below[c.Moment])
		x.CheckIns[c.Moment] = &tap{Goal: &reached, Note: t.note(x.tone, c.Moment)}
		done = append(done, c)
	}
	if t.r.IntN(2) == 0 {
		start := max(1, goal-between(t.r, 1, 3, 1))
		x.Start = &start
	}
	x.Complication = "none"
	if t.r.IntN(100) < troubled {
		t.trouble(x, s, done)
	}
	x.Repeat = map[string]string{"good": "yes", "mixed": "unsure", "bad": "no"}[x.tone]
	x.Worth = map[string]string{"good": "yes", "mixed": "unsure", "bad": "no"}[x.tone]
	if x.tone == "mixed" && t.r.IntN(2) == 0 {
		x.Repeat, x.Worth = "yes", "yes"
	}
}

func (t *teller) note(tone, moment string) string {
	n := t.c.Telling.Notes
	list := map[string][]string{"good": n.Good[moment], "mixed": n.Mixed, "bad": n.Bad}[tone]
	if len(list) == 0 || t.r.IntN(100) < 35 {
		return ""
	}
	return list[t.r.IntN(len(list))]
}

// trouble draws what went wrong, told at the start or at the first check-in
// after it that was answered; what was never told is not there.
func (t *teller) trouble(x *tale, s *saga, done []experience.CheckIn) {
	b := s.Troubles[t.r.IntN(len(s.Troubles))]
	day := between(t.r, b.Days[0], b.Days[1], 1)
	happened := x.day.AddDate(0, 0, day)
	told := ""
	if !happened.After(x.told) {
		told = experience.Start
	}
	for _, c := range done {
		if told == "" && c.DueOn.After(happened) {
			told = c.Moment
		}
	}
	if told == "" {
		return
	}
	grade := b.Grades[t.r.IntN(len(b.Grades))]
	where := "home"
	if day <= 5 {
		where = "destination"
	}
	c := trouble{Kind: b.Kind, Day: day, Grade: grade, Where: where, Told: told, Reported: weighted(t.r, "yes", 8, "no", 2),
		Payer: weighted(t.r, "self", 4, "public", 3, "insurer", 1, "clinic", 2), Resolved: weighted(t.r, "yes", 7, "ongoing", 2, "permanent", 1)}
	if where == "destination" {
		c.Payer = weighted(t.r, "clinic", 7, "self", 3)
	}
	if c.Reported == "yes" {
		c.Reaction = map[string]string{"good": "helped", "mixed": weighted(t.r, "helped", 6, "delayed", 4), "bad": weighted(t.r, "delayed", 4, "silent", 3, "denied", 2, "blamed", 1)}[x.tone]
	}
	if grade == "IIIb" || strings.HasPrefix(grade, "IV") {
		n := between(t.r, 3, 11, 1)
		c.Days = &n
	}
	x.Complications, x.Complication = []trouble{c}, ""
}

// show draws what was shown of the visit.
func (t *teller) show(x *tale, must bool) {
	if !must && t.r.IntN(100) < 20 {
		return
	}
	switch weighted(t.r, "code", 45, "document", 38, "both", 17) {
	case "code":
		x.Proofs = []proof{{Kind: "code"}}
	case "document":
		x.Proofs = []proof{{Kind: "document", Amount: t.r.IntN(3) > 0, Sources: 1 + t.r.IntN(5)/4}}
	default:
		x.Proofs = []proof{{Kind: "code"}, {Kind: "document", Amount: true}}
	}
	if must {
		x.Incentive = "none"
	}
}

// write composes title and story.
func (t *teller) write(x *tale, p procedure, s *saga) {
	sc := &scene{proc: p, country: x.clinic.Country, city: x.clinic.City, in: "in " + x.clinic.City}
	c := t.c.Telling
	for range tries {
		x.Title = t.fit(sc, s.Titles.of(x.tone))
		x.Story = t.story(x, sc, s)
		if h := hash(x.Story.String()); !t.stories[h] {
			t.stories[h] = true
			break
		}
	}
	last, ok := x.lastDone(t.today)
	if !ok || slices.Index(experience.Moments, last.Moment) < 2 || t.r.IntN(2) == 0 || x.state != experience.Published {
		return
	}
	when := map[string]string{"m3": "three months", "m6": "six months", "m12": "a year", "m24": "two years"}[last.Moment]
	line := say(t.r, pick(t.r, s.Later.of(x.tone)), sc.words(t.r))
	x.first = x.Story.String()
	x.Story = append(x.Story, say(t.r, pick(t.r, c.Update), func(name string) (string, bool) {
		return map[string]string{"when": when, "line": line}[name], name == "when" || name == "line"
	}))
	x.edited = earlier(t.today, last.DoneOn.AddDate(0, 0, t.r.IntN(4)))
}

// Lengths of a title, in characters.
const leastTitle, mostTitle = 15, 120

// fit draws a title until one has a title's length.
func (t *teller) fit(sc *scene, lines []string) (title string) {
	for range tries {
		title = say(t.r, pick(t.r, lines), sc.words(t.r))
		if n := text.Length(title); n >= leastTitle && n <= mostTitle {
			break
		}
	}
	return title
}

// story is three to seven sentences: why, what it was like, how it turned out,
// the money, and what others should know.
func (t *teller) story(x *tale, sc *scene, s *saga) paragraphs {
	c := t.c.Telling
	from := func(list []string) string { return say(t.r, pick(t.r, list), sc.words(t.r)) }
	began := []string{from(s.Before), from(s.There)}
	if t.r.IntN(3) == 0 {
		began = append(began, from(c.Language))
	}
	var went []string
	for _, b := range x.Complications {
		if b.Told == experience.Start {
			i := slices.IndexFunc(s.Troubles, func(v setback) bool { return v.Kind == b.Kind })
			went = append(went, s.Troubles[i].Line)
		}
	}
	went = append(went, from(map[string][]string{"good": s.Good, "mixed": s.Mixed, "bad": s.Bad}[x.tone]))
	if len(x.Gap) > 0 {
		went = append(went, from(c.More[x.Gap[0]]))
	} else if len(x.Lines) > 0 && t.r.IntN(3) > 0 {
		went = append(went, from(c.Exact))
	}
	out := paragraphs{strings.Join(began, " "), strings.Join(went, " ")}
	var end []string
	if t.r.IntN(3) == 0 {
		end = append(end, from(c.Stay))
	}
	if t.r.IntN(4) == 0 {
		end = append(end, from(c.Records))
	}
	if t.r.IntN(5) > 0 {
		end = append(end, from(c.Closings.of(x.tone)))
	}
	if len(end) > 0 {
		out = append(out, strings.Join(end, " "))
	}
	return out
}
