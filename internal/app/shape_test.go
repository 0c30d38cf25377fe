package app_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

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
	StayAnswer []struct{ Item, Text string } `json:"stay_answer"` // why a short stay is enough
	Versions   []struct {
		Items []struct {
			Key   string
			Value struct {
				Kind, Word, Text, Name, Ref string
				Minor                       int64
				N                           *int64 // none: it was never counted
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
		number := v.Kind == "percent" || v.Kind == "count" || v.Kind == "duration"
		switch {
		case number && v.N == nil:
			all[x.Key] = []string{shaping.NotMeasured}
			continue
		case v.Kind == "percent":
			all[x.Key] = []string{fmt.Sprintf("%.2f", float64(*v.N)/100)}
			continue
		case number:
			all[x.Key] = []string{strconv.FormatInt(*v.N, 10)}
			continue
		}
		switch v.Kind {
		case "money":
			all[x.Key] = []string{fmt.Sprintf("%.2f", float64(v.Minor)/100)}
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
	clinic                 string // slug of the clinic
	at                     *testing.T
	browser                context.Context // nil: nobody uses one
	tabs                   map[int64]reader
}

// sheet is what somebody has before them: a page without scripts, or a browser
// where the workshop has one.
func (w *workshop) sheet(a access.Actor) *sheet {
	w.t.Helper()
	p := w.offers.sheet(a)
	if w.browser == nil || slices.ContainsFunc(w.people, func(x access.Actor) bool { return x.AccountID == a.AccountID }) {
		return p // the crowd has none
	}
	tab, there := w.tabs[a.AccountID]
	if !there {
		tab = reader{w.at, testkit.Tab(w.t, w.browser), w.URL, ""}
		w.tabs[a.AccountID] = tab
	}
	tab.sign(p.cookies["s"])
	p.tab = &tab
	return p
}

// draft has the clinic type its whole offer, page by page, and publish it
// after a look at it.
func (w *workshop) draft(o realOffer, sees ...string) {
	w.t.Helper()
	p, lines := w.offers.sheet(w.selin), o.lines()
	p.corrects = true
	p.open("/packages/new?for=" + w.clinic)
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
		for _, x := range o.StayAnswer { // is asked for when a page with a short stay was sent
			if there["answer:"+x.Item] {
				typed = append(typed, "answer:"+x.Item, x.Text)
			}
		}
		already := p.refused
		p.press("/edit/", "next", typed...)
		if p.refused && already {
			w.t.Fatalf("%s is refused again: %s", p.at, said(p.page))
		}
	}
	if len(lines) > 0 {
		w.t.Fatalf("no page asks for %v", lines)
	}
	p.sees(sees...)
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
func (w *workshop) wishes(a access.Actor, x wanted) string {
	w.t.Helper()
	p := w.sheet(a)
	p.open("/packages/" + w.slug + "/change")
	p.open("/packages/" + w.slug + "/change?item=" + x.key)
	p.press("/change", "", "value", x.n, "reason", x.why)
	p.sees(x.why)
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
