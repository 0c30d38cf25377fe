package experience_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caravan/internal/experience"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// finer is a time that says more than a day.
var finer = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:|\b\d\d:\d\d:\d\d\b`)

// TestNobodyTellsFromTheOrderWhoseStoryItIs has a clinic hand out a hundred codes,
// one after another, whose owners tell in the same order on one day. Whoever
// remembers that order sets it against every order that the site shows: entries
// of the log, pages, data for programs, names of experiences.
func TestNobodyTellsFromTheOrderWhoseStoryItIs(t *testing.T) {
	t.Parallel()
	const pairs, chance, more = 100, 1, 5 // in a hundred
	w := newWorld(t)
	ctx := t.Context()
	if err := w.visit.Declare(ctx, w.staff, w.clinic, visit.Declaration{Quarter: string(visit.Of(w.d.Now()).Previous()), Patients: 2 * pairs}); err != nil {
		t.Fatal(err)
	}
	var issued []string
	for i := range pairs {
		code := w.code(t)
		who := testkit.Person(t, w.d, fmt.Sprintf("Somebody %03d", i), testkit.T2)
		d, err := w.StartDraft(ctx, who, w.answers())
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range experience.Steps {
			if _, err := w.SaveStep(ctx, who, d.PublicID, step, "en", w.answers()); err != nil {
				t.Fatalf("step %s: %v", step, err)
			}
		}
		e, err := w.Submit(ctx, who, d.PublicID, "en", key(who))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AddCode(ctx, who, e.PublicID, code); err != nil {
			t.Fatal(err)
		}
		w.decide(t, moderation.Verdict{Decision: moderation.Approve})
		issued = append(issued, e.PublicID)
	}
	srv := testkit.Door(t, w.d, nil, w.Routes())
	read := func(path string) []string {
		t.Helper()
		var found []string
		for page, v := path, testkit.Visit(t, srv, ""); page != ""; {
			status, body, _ := v.Get(page)
			if status != 200 {
				t.Fatalf("%s: %d", page, status)
			}
			if at := finer.FindString(strings.Split(body, "<footer")[0]); at != "" {
				t.Errorf("%s tells a time finer than a day: %s", page, at)
			}
			for _, m := range anID.FindAllString(body, -1) {
				if slices.Contains(issued, m) && !slices.Contains(found, m) {
					found = append(found, m)
				}
			}
			page = next(path, body)
		}
		return found
	}
	names := slices.Sorted(slices.Values(issued))
	var rows string
	const log = `SELECT string_agg(convert_from(body, 'UTF8')::jsonb->>'exp', ' ' ORDER BY id) FROM log_outbox WHERE kind = 'exp.publish' AND daily` // as its batch of the day is read
	if err := testkit.OwnerOf(t, w.d).Pool().QueryRow(ctx, log).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	for what, order := range map[string][]string{
		"the log": strings.Fields(rows), "names": names, "the newest": read("/experiences?sort=newest"), "the most helpful": read("/experiences"), "the critical": read("/experiences?sort=critical"),
		"data": read("/api/v1/experiences"),
	} {
		if len(order) != pairs {
			t.Errorf("%s shows %d of %d", what, len(order), pairs)
			continue
		}
		forth, back := matches(issued, order), matches(issued, reversed(order))
		t.Logf("%s: %d and %d of %d", what, forth, back, pairs)
		if max(forth, back) > chance+more {
			t.Errorf("%s gives away %d of %d", what, max(forth, back), pairs)
		}
	}
}

var (
	anID     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	nextLink = regexp.MustCompile(`rel="next" href="[^"]*after=([^"&]+)`)
	nextData = regexp.MustCompile(`"next":\s*"([^"]+)"`)
)

// next is the address of the page after this one; empty on the last.
func next(path, body string) string {
	m := nextData.FindStringSubmatch(body)
	if m == nil {
		m = nextLink.FindStringSubmatch(body)
	}
	if m == nil {
		return ""
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + "after=" + m[1]
}

// matches is how many guesses are right if the n-th shown is taken for the n-th
// issued.
func matches(issued, order []string) (n int) {
	for i := range issued {
		if issued[i] == order[i] {
			n++
		}
	}
	return n
}

func reversed(order []string) []string {
	back := slices.Clone(order)
	slices.Reverse(back)
	return back
}
