package shaping

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// stages sets up packages in every stage in which something is written: a draft
// with a short stay, one that waits for a signature, one that is being answered,
// and one in its first round.
func (b *bench) stages() (draft, signed, answering, open Package, wish int64) {
	b.t.Helper()
	signed = b.open("Hair in two days, waiting for a name")
	for i := range Quorum {
		a := testkit.Person(b.t, b.d, fmt.Sprintf("supporter%d", i), testkit.T2)
		_, err := b.Vote(context.Background(), a, Ballot{PackageID: signed.ID, Subject: OnPackage, SubjectID: signed.ID, Choice: 1, Tie: noTie})
		b.must(err)
	}
	for range 5 {
		b.pass(8)
	}
	answering = b.open("Hair in four days, with a nurse")
	first := b.want(answering, "patient", "stay.hotel_nights", 6)
	b.want(answering, "second", "stay.hotel_nights", 8)
	b.want(answering, "second", "revision.window", 24)
	for i := range 3 {
		b.vote(answering, fmt.Sprintf("voter%d", i), first)
	}
	b.pass(15)
	delta := int64(70_00)
	b.must(b.Respond(context.Background(), b.actor("selin"), first, Response{Answer: Accept, PriceDeltaMinor: &delta, Reason: "Six nights are possible: the hotel across the street keeps rooms for us."}, db.Key{}))
	draft, open = b.draft("Two days of hair in Istanbul"), b.open("Hair in three days, one surgeon")
	wish = b.want(open, "patient", "stay.hotel_nights", 5)
	b.want(open, "second", "stay.hotel_nights", 6)
	a := b.people["emre"]
	a.SteppedUp = b.d.Now()
	b.people["emre"] = a
	b.must(b.d.Write(context.Background(), func(tx *db.Tx) error {
		return tx.Gorm().Exec(`INSERT INTO package_signatories (organisation_id, person_id, name, title, named_by, since) VALUES (?, ?, 'Dr Emre Kaya', 'Medical director', ?, ?)`,
			b.clinic, a.PersonID, b.actor("selin").AccountID, tx.Now).Error
	}))
	return draft, signed, answering, open, wish
}

// TestPagesOfWritingHaveNoBarriersOnPhonesAndFromRightToLeft looks at every page
// on which something of a package is written.
func TestPagesOfWritingHaveNoBarriersOnPhonesAndFromRightToLeft(t *testing.T) {
	b := newBench(t)
	draft, signed, answering, open, wish := b.stages()
	edit, desk, change := "/packages/"+draft.Slug+"/edit/", "/console/bosphorus-hair/packages/", "/packages/"+open.Slug+"/change"
	browser := testkit.Browser(t)
	for _, look := range []struct {
		name, prefix string
		looks        []testkit.Look
		paths        map[string][]string
	}{
		{"phone", "", []testkit.Look{testkit.Size(390, 844)}, map[string][]string{
			"selin":   {"/packages/new", edit + "about", edit + "hair", edit + "own", edit + "steps", desk + answering.Slug, desk + open.Slug + "/changes?item=stay.hotel_nights", "/console/bosphorus-hair/signatories"},
			"emre":    {desk + signed.Slug + "/commit"},
			"patient": {change + "?item=stay.hotel_nights", change + "?item=x.new&kind=count"},
		}},
		{"desktop-ar-dark", "/ar", []testkit.Look{testkit.Dark}, map[string][]string{
			"selin":   {edit + "stay", "/packages/" + draft.Slug + "/publish", "/console/bosphorus-hair/packages", desk + answering.Slug, desk + signed.Slug + "/decline"},
			"emre":    {desk + signed.Slug + "/commit"},
			"patient": {change, change + "?item=hair.technique", wishPath(open.Slug, wish), "/packages/" + open.Slug + "/fork"},
			"judge":   {"/moderation/packages/" + open.Slug},
		}},
	} {
		for who, list := range look.paths {
			tab := testkit.Tab(t, browser, append(look.looks, testkit.NoScript)...)
			testkit.SignIn(t, tab, b.srv.URL, who)
			for i, path := range list {
				b.must(chromedp.Do(tab, chromedp.Navigate(b.srv.URL+look.prefix+path)))
				testkit.Inspect(t, tab, strings.Join([]string{"offer", look.name, who, fmt.Sprint(i)}, "-"))
			}
		}
	}
}

// TestTheSumFollowsTheAnswersWhileTheyAreTyped: the server adds up what is typed,
// a moment later it stands there, and it is kept for whoever opens the desk next.
func TestTheSumFollowsTheAnswersWhileTheyAreTyped(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in four days, with a nurse")
	wish := b.want(p, "patient", "stay.hotel_nights", 6)
	b.pass(15)
	tab := testkit.Tab(t, testkit.Browser(t))
	testkit.SignIn(t, tab, b.srv.URL, "selin")
	b.must(chromedp.Do(tab, chromedp.Navigate(b.srv.URL+"/console/bosphorus-hair/packages/"+p.Slug)))
	eval := func(js string) bool {
		ok, err := chromedp.Run(tab, chromedp.Evaluate[bool](js))
		b.must(err)
		return ok
	}
	prefix := answerPrefix(wish)
	if !eval(`getComputedStyle(document.getElementById("` + prefix + `delta").closest(".if-yes-price")).display === "none"`) {
		t.Error("a price is asked for before the answer is yes")
	}
	eval(`(() => { document.querySelector("[name=` + prefix + `answer][value=accept]").click();
		const delta = document.getElementById("` + prefix + `delta"); delta.value = "70"; delta.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
	for end := time.Now().Add(20 * time.Second); !eval(`document.getElementById("sum-granted").textContent.includes("2,470")`); {
		if time.Now().After(end) {
			t.Fatal("the sum does not follow")
		}
	}
	if !eval(`document.querySelector("[data-saved]").textContent === "Drafts saved."`) {
		t.Error("it does not say that drafts are kept")
	}
	b.has("emre", "/console/bosphorus-hair/packages/"+p.Slug, "draft kept", `value="70"`)
}
