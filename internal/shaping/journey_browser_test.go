package shaping

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caravan/internal/testkit"
)

// treatedWard is a ward as a browser meets it: a year of verdicts, a promise
// that must be answered, somebody who has a place and somebody who was treated.
func treatedWard(t *testing.T) (srv *httptest.Server, pages map[string][]string, journey string) {
	t.Helper()
	w := newWard(t)
	w.do(`UPDATE package_commitments SET remedies = '{"stay.hotel_nights": "The night is paid back twice."}' WHERE id = ? RETURNING 1`, w.c.ID)
	wish := w.do(`INSERT INTO amendments (package_id, base_version_id, seen_version_id, item_key, op, new_value, new_hash, author_person_id, author_account_id, reason, lang, state, round, created_at, changed_at)
		VALUES (?, ?, ?, 'dental.guarantee_teeth', 'set', ?, ?, ?, ?, 'A year passes quickly, and bridges crack later.', 'en', 'rejected', 1, ?, ?) RETURNING id`,
		w.p.ID, w.c.VersionID, w.c.VersionID, days(24), days(24).Hash(), w.staff.PersonID, w.staff.AccountID, w.d.Now(), w.d.Now())
	w.do(`INSERT INTO amendment_responses (amendment_id, number, organisation_id, author_account_id, answer, reason_code, reason, created_at)
		VALUES (?, 1, ?, ?, 'reject', 'cost', 'A longer guarantee is not needed in our experience.', ?) RETURNING 1`, wish, w.clinic, w.staff.AccountID, w.d.Now())
	hotel := func(v Verdict, got string) Saying {
		return Saying{Key: "stay.hotel_nights", Verdict: v, Got: got, Mattered: "much"}
	}
	w.proven(5, hotel(Kept, "4"), Saying{Key: PriceKey, Verdict: WorseThan, Got: "5,050"}, Saying{Key: "team.surgeon", Verdict: NotDelivered})
	w.proven(6, hotel(WorseThan, "3"), Saying{Key: PriceKey, Verdict: Kept, Got: "4,600"}, Saying{Key: "team.surgeon", Verdict: Kept})
	treated, id := w.discharged()
	w.tells(treated, 2)
	w.follow()
	w.says(treated, id, Saying{Key: PriceKey, Verdict: WorseThan, Got: "5,100"})
	waiting := w.patient()
	place := w.enrol(waiting)
	w.later(31)
	srv = testkit.Door(t, w.d, testkit.Guests{"treated": treated, "waiting": waiting, "staff": w.staff, "new": w.patient()}, w.Routes())
	return srv, map[string][]string{
		"treated": {"/me/journeys", journeyPath(id), journeyPath(id) + "?change=all"}, "waiting": {journeyPath(place)},
		"new": {"/me/journeys", "/packages/galata-all-on-4/enrol"}, "staff": {"/console/galata-dental/promises"},
	}, journeyPath(id)
}

// asWho opens a tab as one of the guests of a server.
func asWho(t *testing.T, browser context.Context, srv *httptest.Server, who string, looks ...testkit.Look) context.Context {
	t.Helper()
	tab := testkit.Tab(t, browser, looks...)
	testkit.SignIn(t, tab, srv.URL, who)
	return tab
}

func TestPagesOfPromisesAreAccessibleEverywhere(t *testing.T) {
	srv, pages, _ := treatedWard(t)
	browser := testkit.Browser(t)
	for name, look := range map[string][]testkit.Look{"phone": {testkit.Size(390, 844)}, "desk-dark": {testkit.Dark}} {
		lang := map[string]string{"desk-dark": "/ar"}[name]
		for who, paths := range pages {
			tab := asWho(t, browser, srv, who, look...)
			for i, path := range paths {
				if err := chromedp.Do(tab, chromedp.Navigate(srv.URL+lang+path)); err != nil {
					t.Fatal(err)
				}
				testkit.Inspect(t, tab, fmt.Sprintf("j-%s-%d%s-%s", who, i, strings.ReplaceAll(lang, "/", "-"), name))
			}
		}
	}
}

func TestPromisesAreJudgedWithoutScripts(t *testing.T) {
	srv, _, journey := treatedWard(t)
	tab := asWho(t, testkit.Browser(t), srv, "treated", testkit.NoScript, testkit.Size(390, 844))
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(tab, steps...); err != nil {
			t.Fatal(err)
		}
	}
	// A form leads to another page, which is waited for.
	says := func(want ...string) {
		t.Helper()
		for _, w := range want {
			for end := time.Now().Add(20 * time.Second); ; {
				html, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.body.innerText`))
				if err == nil && strings.Contains(html, w) {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("the page does not say %q (%v):\n%s", w, err, html)
				}
			}
		}
	}
	do(chromedp.Navigate(srv.URL + journey))
	says("More than 8\u00a0% above the promise", "3 promises can be judged now")
	do(chromedp.Click(`[name="verdict.stay.hotel_nights"][value=kept]`), chromedp.SendKeys(`[name="got.stay.hotel_nights"]`, "3"), chromedp.Click(`.asks details:has([name="verdict.stay.hotel_nights"]) button`))
	says("The figure you gave is worse than promised.")
	do(chromedp.Click(`[name="verdict.stay.hotel_nights"][value=worse]`), chromedp.Click(`.asks details:has([name="verdict.stay.hotel_nights"]) button`))
	says("Thank you. Your answers are kept.", "1 promise can be judged now", "3 nights", "Not delivered")
}
