package shaping

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestAModeratorMarksAWishAsTheDoubleOfAnother names a double by the page's form,
// and looks at what everybody sees and is told then. Nobody else can, and nothing
// is the double of itself.
func TestAModeratorMarksAWishAsTheDoubleOfAnother(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	first, second := b.want(p, "patient", "stay.hotel_nights", 6), b.want(p, "second", "revision.window", 24)
	b.vote(p, "voter", second)
	home, oversee := "/packages/"+p.Slug, "/moderation/packages/"+p.Slug
	for _, by := range []string{"patient", "selin"} {
		err := b.MarkTwice(t.Context(), b.actor(by), p.Slug, second, first, "Both ask for more time at the place, in other words.")
		if err == nil || !strings.Contains(err.Error(), "shaping.not_yours") {
			t.Errorf("%s marks a double: %v", by, err)
		}
	}
	b.has("judge", oversee, "Mark a wish as the double of another", "#"+strconv.FormatInt(first, 10))
	form := func(id, of int64, why string) url.Values {
		return url.Values{"event": {"mark_duplicate"}, "id": {strconv.FormatInt(id, 10)}, "of": {strconv.FormatInt(of, 10)}, "twice_why": {why}}
	}
	const why = "Both ask for more time at the place, in other words."
	for name, x := range map[string]struct {
		f    url.Values
		says string
	}{
		"of itself":        {form(second, second, why), "Please choose another wish of this package"},
		"of nothing":       {form(second, 0, why), "Please choose another wish of this package"},
		"nothing":          {form(0, first, why), "Please choose the wish that is a double."},
		"without a reason": {form(second, first, "no"), ">\nno</textarea>"},
	} {
		if status, body, _ := b.post("judge", oversee, oversee, x.f); status != http.StatusUnprocessableEntity || !strings.Contains(body, x.says) {
			t.Errorf("%s: %d, does not say %q", name, status, x.says)
		}
	}
	if status, body, next := b.post("judge", oversee, oversee, form(second, first, why)); status != http.StatusSeeOther || next != home+"?done=package_overseen" {
		t.Fatalf("marked: %d %s %s", status, next, body)
	}
	b.has("patient", home+"/versions", "A moderator marked a wish as the double of another", why)
	b.has("patient", home+"/wishes/"+strconv.FormatInt(second, 10), "Another wish asks for the same.", "/wishes/"+strconv.FormatInt(first, 10))
	if n := b.count(`SELECT count(DISTINCT account_id) FROM notifications WHERE kind = 'package_wish_twice'`); n != 2 {
		t.Errorf("%d people were told, want who made it and who supports it", n)
	}
	if n := b.count(`SELECT count(*) FROM package_standings WHERE subject = 'amendment' AND subject_id = ` + strconv.FormatInt(first, 10)); n != 0 {
		t.Errorf("%d votes were moved to words that nobody read", n)
	}
	if err := b.MarkTwice(t.Context(), b.actor("judge"), p.Slug, second, first, why); err == nil {
		t.Error("marked once more")
	}
}
