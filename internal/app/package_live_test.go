package app_test

import (
	"testing"

	"caravan/internal/db"
	"caravan/internal/shaping"
	"caravan/internal/testkit"
)

// TestNewsOfAPackageReachOpenPages leaves a page open while the clinic answers a
// wish, somebody makes another one and the round ends: the answer appears at its
// wish, and what changes more is offered to be shown. Nothing is loaded anew.
func TestNewsOfAPackageReachOpenPages(t *testing.T) {
	t.Parallel()
	o := newOffers(t, false)
	tab := reader{t, testkit.Tab(t, testkit.Browser(t), testkit.Size(390, 844)), o.URL, ""}
	tab.open("/packages/" + o.running.Slug)
	tab.mark()
	const no = "The rooms are full in summer, so nobody would get the night that this promises."
	o.must(o.Shaping.Respond(t.Context(), o.staff, o.other, shaping.Response{Answer: shaping.Reject, ReasonCode: shaping.Capacity, Reason: no}, db.Key{}))
	tab.see("has just answered a wish")
	tab.see(no)
	o.want(o.running, 23, "stay.hotel_nights", 5)
	tab.see("just made a new wish")
	tab.click(".live-note button")
	tab.see("3 nights 5 nights")
	o.pass(15)
	tab.see("has just changed")
	tab.click(".live-note button")
	tab.see("Round 1 is over")
	if !tab.marked() {
		t.Error("the page was loaded anew")
	}
}
