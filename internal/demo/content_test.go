package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/text"
)

func loaded(t *testing.T) *content {
	t.Helper()
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryTextIsKeptAsPeopleWouldHaveWrittenIt(t *testing.T) {
	c := loaded(t)
	check := func(what, s string) {
		t.Helper()
		clean, err := text.Clean(s)
		if err != nil || clean != s || s == "" {
			t.Errorf("%s is not clean (%v): %q", what, err, s)
		}
		if strings.Contains(strings.ToLower(s), "isqua") {
			t.Errorf("%s speaks of a body that accredits no clinic: %q", what, s)
		}
	}
	for _, o := range c.Organisations {
		check("name", o.Name)
		check("description", o.About)
	}
	for _, q := range c.Questions {
		check("title", q.Title)
		check("body", q.Body.String())
		if n := text.Length(q.Title); n < 15 || n > 200 {
			t.Errorf("title has %d characters: %q", n, q.Title)
		}
		if n := text.Length(q.Body.String()); n < 20 || n > 10_000 {
			t.Errorf("body has %d characters: %q", n, q.Title)
		}
		if got := text.Language(q.Title+"\n"+q.Body.String(), ""); got != q.Lang {
			t.Errorf("%q is said to be %s and reads as %s", q.Title, q.Lang, got)
		}
		for _, a := range q.Replies {
			check("reply", a.Body.String())
		}
	}
}

func TestEverythingThatIsNamedIsThere(t *testing.T) {
	c := loaded(t)
	clinics, people, procedures := map[string]organisation{}, map[string]person{}, map[string]procedure{}
	for _, o := range c.Organisations {
		clinics[o.Slug] = o
		if o.Slug != text.Slug(o.Slug) {
			t.Errorf("slug %q", o.Slug)
		}
	}
	for _, p := range c.Procedures {
		procedures[p.Code] = p
		if f := c.familyOf(p.Code); len(f.Facts) < 8 || len(f.Advice) < 2 || len(f.Back) < 2 {
			t.Errorf("%s: %d facts, %d pieces of advice, %d questions", p.Code, len(f.Facts), len(f.Advice), len(f.Back))
		}
	}
	for _, o := range c.Organisations {
		if o.Kind == "clinic" && countries[o.Country] == "" {
			t.Errorf("%s is in %s, which has no name here", o.Slug, o.Country)
		}
		for _, code := range o.Procedures {
			if _, ok := procedures[code]; !ok {
				t.Errorf("%s treats %q", o.Slug, code)
			}
		}
	}
	for _, p := range c.People {
		people[p.Key] = p
		if _, ok := clinics[p.Organisation]; !ok && p.Organisation != "" {
			t.Errorf("%s works at %q", p.Key, p.Organisation)
		}
	}
	for _, q := range c.Questions {
		checkThread(t, q, clinics, people)
	}
}

// checkThread looks at what would be impossible on the site itself.
func checkThread(t *testing.T, q question, clinics map[string]organisation, people map[string]person) {
	t.Helper()
	if o := clinics[q.Clinic]; q.Clinic != "" && (o.Country != q.Destination || !slices.Contains(o.Procedures, q.Procedure)) {
		t.Errorf("%q: %s in %s does not offer %s", q.Title, q.Clinic, q.Destination, q.Procedure)
	}
	wrote := func(key string, ago age) {
		p, ok := people[key]
		if !ok || p.Age <= ago {
			t.Errorf("%q: %q was not there", q.Title, key)
		}
	}
	wrote(q.Author, q.Age)
	last, accepted := age(0), 0
	for _, a := range q.Replies {
		if a.After <= last || a.After >= q.Age {
			t.Errorf("%q: the reply of %s is out of order", q.Title, a.Author)
		}
		last = a.After
		wrote(a.Author, q.Age-a.After)
		if a.Accepted {
			accepted++
			if a.Author == q.Author {
				t.Errorf("%q: the asker accepts their own reply", q.Title)
			}
		}
		if a.Helpful < 0 || a.Helpful > len(people)/2 {
			t.Errorf("%q: %d people found the reply of %s helpful", q.Title, a.Helpful, a.Author)
		}
	}
	if accepted > 1 {
		t.Errorf("%q: %d accepted replies", q.Title, accepted)
	}
}

func TestThereIsAsMuchAsAnEmptySiteNeeds(t *testing.T) {
	c := loaded(t)
	kinds, lands, langs, roles := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, o := range c.Organisations {
		kinds[o.Kind]++
		if o.Kind == "clinic" {
			lands[o.Country]++
			if len(o.Clinicians) < 2 {
				t.Errorf("%s has %d clinicians", o.Slug, len(o.Clinicians))
			}
		}
	}
	for _, p := range c.People {
		roles[p.Role]++
	}
	for _, q := range c.Questions {
		langs[q.Lang]++
	}
	if kinds["clinic"] != 24 || len(lands) != 10 || kinds["facilitator"] != 2 || kinds["agency"] != 1 {
		t.Errorf("organisations %v in %d countries", kinds, len(lands))
	}
	if len(c.People) != peopleByScale || roles["moderator"] != 3 || roles["admin"] != 1 || roles["doctor"] < 3 || roles["staff"] < 8 {
		t.Errorf("%d people: %v", len(c.People), roles)
	}
	if len(c.Questions) < 44 || langs["ar"] < 6 || langs["es"] < 2 || langs["de"] < 2 || langs["tr"] < 1 || langs["fr"] < 1 || langs["ru"] < 1 {
		t.Errorf("%d questions: %v", len(c.Questions), langs)
	}
	if len(c.Procedures) != 65 {
		t.Errorf("words for %d procedures", len(c.Procedures))
	}
}

func TestHandlesAreOnesThatPeopleCouldHaveChosen(t *testing.T) {
	for _, m := range newCrowd(seed(), loaded(t), 40, time.Now()).all {
		shown, key, err := text.Handle(m.Handle)
		if err != nil || shown != m.Handle || key != m.key {
			t.Errorf("%q: shown as %q, key %q (want %q), %v", m.Handle, shown, m.key, key, err)
		}
	}
}

// Every line is tried with every treatment that it may meet.
func TestEveryGapOfEveryLineIsFilled(t *testing.T) {
	c := loaded(t)
	r := seed()
	for _, p := range c.Procedures {
		s := &scene{proc: p, country: "HU", city: "Budapest", in: "in Hungary"}
		lists := [][]string{c.Common.Openings, c.Common.Closings, c.Common.Thanks, c.Common.Companions, c.Common.Moderators, c.Common.More, c.Common.Asides, c.Common.Asker}
		f := c.familyOf(p.Code)
		lists = append(lists, f.Facts, f.Advice, f.Back)
		for _, topic := range c.Topics {
			if !topic.concerns(p.Code) {
				continue
			}
			lists = append(lists, topic.Bodies, topic.Facts, topic.Advice, topic.Doubt, topic.Back, topic.Staff, topic.Asker)
			for _, line := range topic.Titles {
				if n := text.Length(say(r, line, s.words(r))); n < 15 || n > 200 {
					t.Errorf("%s, %s: title of %d characters: %q", topic.Code, p.Code, n, line)
				}
			}
		}
		for _, list := range lists {
			if len(list) == 0 {
				t.Errorf("%s: a list is empty", p.Code)
			}
			for _, line := range list {
				if got := say(r, line, s.words(r)); strings.ContainsAny(got, "{}|") || strings.Contains(got, "  ") {
					t.Errorf("%q becomes %q", line, got)
				}
			}
		}
	}
}

func TestSpans(t *testing.T) {
	for in, want := range map[string]time.Duration{"3d4h30m": 76*time.Hour + 30*time.Minute, "21m": 21 * time.Minute, "400d": 9600 * time.Hour} {
		if got, err := parseAge(in); err != nil || got != want {
			t.Errorf("%s: got %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "3", "d", "3w", "h3"} {
		if got, err := parseAge(in); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

// written is everything the seed leads to, without a database.
func written(t *testing.T, scale int, now time.Time) (*crowd, []thread) {
	t.Helper()
	c, r := loaded(t), seed()
	crowd := newCrowd(r, c, scale, now)
	w := newWriter(r, c, crowd, Options{Scale: scale, Now: now})
	var all []thread
	for some := w.next(threadsByCopy); len(some) > 0; some = w.next(threadsByCopy) {
		all = append(all, some...)
	}
	return crowd, all
}

func TestTheSeedGivesTheSameTextsWheneverItIsSown(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	print := func(now time.Time) string {
		var b strings.Builder
		_, threads := written(t, 1, now)
		for _, q := range threads {
			fmt.Fprintln(&b, q.author.Handle, q.title, q.body, now.Sub(q.at), q.accepted)
			for _, p := range q.posts {
				fmt.Fprintln(&b, p.author.Handle, p.body, now.Sub(p.at), len(p.votes))
			}
		}
		return b.String()
	}
	if print(now) != print(now.Add(1234*time.Hour)) {
		t.Error("two fills differ")
	}
}

func TestThreadsCouldHaveHappened(t *testing.T) {
	now := time.Now().UTC()
	for _, scale := range []int{1, 3} {
		crowd, threads := written(t, scale, now)
		posts, titles, bodies := 0, map[string]bool{}, map[string]bool{}
		for _, q := range threads {
			titles[q.title] = true
			checkTimes(t, q, now)
			for _, p := range q.posts {
				bodies[p.body] = true
			}
			posts += len(q.posts)
		}
		if len(crowd.all) != scale*peopleByScale+len(crowd.voices) || len(threads) != scale*questionsByScale || posts != scale*repliesByScale {
			t.Errorf("scale %d: %d people, %d questions, %d replies", scale, len(crowd.all), len(threads), posts)
		}
		if len(titles) != len(threads) {
			t.Errorf("scale %d: %d different titles of %d", scale, len(titles), len(threads))
		}
		if len(bodies) < posts*9/10 { // people do repeat "Thank you, that helps"
			t.Errorf("scale %d: %d different replies of %d", scale, len(bodies), posts)
		}
	}
}

func checkTimes(t *testing.T, q thread, now time.Time) {
	t.Helper()
	if q.author == nil || q.author.born.After(q.at) || q.at.After(now) {
		t.Errorf("%s: asked before there was anybody", q.title)
	}
	last := q.at
	for _, p := range q.posts {
		if !p.at.After(last) || p.at.After(now) || p.author.born.After(p.at) {
			t.Errorf("%s: the reply of %s at %v is out of order", q.title, p.author.Handle, p.at)
		}
		last = p.at
		voters := map[*member]bool{}
		for _, v := range p.votes {
			if v.by == p.author || voters[v.by] || v.at.Before(p.at) || v.at.After(now) || v.counted != (v.by.Vouched && now.Sub(v.by.born) > 24*time.Hour) {
				t.Errorf("%s: a vote of %s on a reply of %s", q.title, v.by.Handle, p.author.Handle)
			}
			voters[v.by] = true
		}
	}
	if q.accepted >= 0 && q.posts[q.accepted].author == q.author {
		t.Errorf("%s: the asker accepts their own reply", q.title)
	}
}

func TestOneThreadIsLong(t *testing.T) {
	_, threads := written(t, 1, time.Now())
	lengths := map[int]int{}
	for _, q := range threads {
		if q.title == "Hair transplant in Istanbul: what did it really cost you, door to door?" && len(q.posts) != 50 {
			t.Errorf("the long thread has %d replies", len(q.posts))
		}
		lengths[len(q.posts)]++
	}
	if lengths[0] < 4 {
		t.Errorf("%d questions wait for an answer", lengths[0])
	}
	t.Log(slices.Sorted(maps.Keys(lengths)))
}
