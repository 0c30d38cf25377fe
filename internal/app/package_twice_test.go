package app_test

import (
	"strings"
	"testing"

	"caravan/internal/access"
	"caravan/internal/testkit"
)

// TestSimilarPackagesAreShownWhileATitleIsTyped types a title like one that is
// there, and sees it below; of a title that shares nothing nothing is said.
// Moderators alone are led from a package to where they act on it.
func TestSimilarPackagesAreShownWhileATitleIsTyped(t *testing.T) {
	o := newOffers(t, false)
	for who, leads := range map[*access.Actor]bool{&o.judge: true, &o.fresh: false, &o.staff: false} {
		if a := o.as(*who).get("/packages/" + o.running.Slug); strings.Contains(a.text, `"/moderation/packages/`+o.running.Slug+`"`) != leads {
			t.Errorf("led to the moderators' page: %v, want %v", !leads, leads)
		}
	}
	if a := o.as(o.judge).get("/moderation/packages/" + o.running.Slug); a.StatusCode != 200 {
		t.Errorf("where the link leads: %d", a.StatusCode)
	}
	if a := o.as(o.fresh).get("/packages/similar?title=Knee+replacement+somewhere"); a.StatusCode != 200 || strings.Contains(a.text, "/packages/") {
		t.Errorf("nothing like it: %d %s", a.StatusCode, a.text)
	}
	tab := o.tab(t, testkit.Browser(t), o.fresh, testkit.Size(390, 844))
	tab.open("/packages/new")
	tab.write("#title", "Hair transplant in four days, please")
	tab.see(o.running.Title)
	tab.click("#similar a")
	tab.at("/packages/")
}
