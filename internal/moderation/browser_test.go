package moderation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caravan/internal/db"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
)

// laid is a desk with something of everything on it, and the paths to it.
func laid(t *testing.T) (desk, testkit.Guests, map[string][]string) {
	t.Helper()
	k, organisation := tellingDesk(t)
	ctx := context.Background()
	submitted := k.theCase(t)
	k.tale(t, 2, organisation)
	k.decide(t, k.mod, moderation.Verdict{Decision: moderation.Approve, Seen: 1})
	for i := range 4 {
		a := testkit.Person(t, k.d, fmt.Sprintf("New%d", i), testkit.Newcomer)
		if err := k.Report(ctx, a, "experience", 2, "personal_data", "She is named in the first line.", db.Key{}); err != nil {
			t.Fatal(err)
		}
	}
	reported := k.theCase(t)
	if err := k.Mask(ctx, k.other, reported, moderation.Masking{Words: "Ayşe Yıldız", Class: "person_name", Picks: []string{"story:1:6"}}); err != nil {
		t.Fatal(err)
	}
	masked := value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`)
	k.decide(t, k.other, moderation.Verdict{Decision: moderation.Propose, Reason: "personal_data", Statement: facts, Version: 1, Seen: 1})
	if err := k.Appeal(ctx, k.author, masked, "She is named on the page of the clinic, as is everybody there."); err != nil {
		t.Fatal(err)
	}
	appealed := k.theCase(t)
	k.note(t, 1, "shown")
	k.report(t, k.reader, 1)
	reply := k.theCase(t)
	k.decide(t, k.other, moderation.Verdict{Decision: moderation.Hide, Reason: "fake", Statement: facts, Seen: 0})
	hidden := value[int64](t, k.d, `SELECT max(id) FROM moderation_decisions`)
	if _, err := k.d.Pool().Exec(ctx, `UPDATE moderation_cases SET due_at = now() - interval '3 hours' WHERE id = $1`, submitted); err != nil {
		t.Fatal(err)
	}
	path := func(id int64) string { return fmt.Sprintf("/moderation/%d", id) }
	return k, testkit.Guests{"mod": k.mod, "author": k.author, "other": k.other}, map[string][]string{
		"":       {"/moderation/numbers"},
		"mod":    {"/moderation", "/moderation?show=second", path(submitted), path(reported), path(appealed), path(reply), "/moderation/decided"},
		"other":  {path(reported), "/report/experience/tale-2"},
		"author": {"/me/decisions", fmt.Sprintf("/decisions/%d", masked), fmt.Sprintf("/decisions/%d", hidden)},
	}
}

func TestTheDeskHasNoBarriersOnPhonesDesktopsInTheDarkAndFromRightToLeft(t *testing.T) {
	k, people, paths := laid(t)
	srv := testkit.Door(t, k.d, people, slices.Concat(k.Routes(), k.told.Routes()))
	testkit.Tour(t, srv.URL, paths)
}

// TestACaseIsDecidedWithTheKeyboardAndWithoutScripts sends a tale back from a
// phone: covering a name, choosing, reading the preview, sending.
func TestACaseIsDecidedWithTheKeyboardAndWithoutScripts(t *testing.T) {
	k, people, paths := laid(t)
	srv := testkit.Door(t, k.d, people, k.Routes())
	for _, prefix := range []string{"", "/ar"} {
		tab := testkit.Tab(t, testkit.Browser(t), testkit.Size(390, 844), testkit.NoScript)
		testkit.SignIn(t, tab, srv.URL, "mod")
		name := "keyboard" + strings.ReplaceAll(prefix, "/", "-")
		do := func(actions ...chromedp.Action[chromedp.Void]) {
			t.Helper()
			if err := chromedp.Do(tab, actions...); err != nil {
				t.Fatal(err)
			}
		}
		do(chromedp.Navigate(srv.URL+prefix+paths["mod"][2]), chromedp.WaitVisible(chromedp.CSS("#decision")))
		do(chromedp.SendKeys(chromedp.CSS("summary"), "\r"), chromedp.WaitVisible(chromedp.CSS("#words")))
		do(chromedp.SendKeys(chromedp.CSS("#words"), "Ayşe Yıldız"), chromedp.SetValue(chromedp.CSS("#class"), "person_name"), chromedp.SendKeys(chromedp.CSS("[name=do][value=find]"), "\r"), chromedp.WaitVisible(chromedp.CSS("#pick")))
		testkit.Inspect(t, tab, name+"-mask")
		do(chromedp.SendKeys(chromedp.CSS("#pick"), " "), chromedp.SendKeys(chromedp.CSS("[value=cover]"), "\r"), chromedp.WaitVisible(chromedp.CSS("#decision")))
		do(chromedp.SendKeys(chromedp.CSS("[value=refuse]"), " "), chromedp.SetValue(chromedp.CSS("#reason"), "misleading"), chromedp.SendKeys(chromedp.CSS("#statement"), facts), chromedp.SendKeys(chromedp.CSS("form[action$=decide] button"), "\r"), chromedp.WaitVisible(chromedp.CSS("[value=send]")))
		testkit.Inspect(t, tab, name+"-preview")
		do(chromedp.SendKeys(chromedp.CSS("[value=change]"), "\r"), chromedp.WaitVisible(chromedp.CSS("#decision")))
		kept, err := chromedp.Run(tab, chromedp.Value(chromedp.CSS("#statement")))
		if err != nil || kept != facts {
			t.Errorf("after going back the statement is %q (%v)", kept, err)
		}
		if prefix == "" {
			continue // nothing sent: the other language does it again
		}
		do(chromedp.SendKeys(chromedp.CSS("form[action$=decide] button"), "\r"), chromedp.WaitVisible(chromedp.CSS("[value=send]")), chromedp.SendKeys(chromedp.CSS("[value=send]"), "\r"), chromedp.WaitVisible(chromedp.CSS(".tabs")))
	}
	if got := k.state(t); got != "sent_back moderation.reason_misleading" {
		t.Errorf("the tale is %q", got)
	}
	if n := value[int](t, k.d, `SELECT jsonb_array_length(masks) FROM tales WHERE id = 1`); n != 2 {
		t.Errorf("%d places are covered, want both", n)
	}
}
