package shaping

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// A later flight is worth nothing without the night before it: both lines are
// wished in one form, and every page says that they belong together.
func TestLinesThatMakeSenseOnlyTogetherAreWishedInOneForm(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	change := "/packages/" + p.Slug + "/change"
	from := change + "?item=stay.hotel_nights"
	b.has("patient", from, "Does it only make sense together with another line?", "Add this line", `<option value="">Choose a line</option>`)

	form := url.Values{"item": {"stay.hotel_nights"}, "value": {"5"}, "reason": {because}, "more": {"stay.days"}, "again": {"yes"}}
	status, body, _ := b.post("patient", from, change, form)
	if status != http.StatusOK || b.count(`SELECT count(*) FROM amendments`) != 0 {
		t.Fatalf("another line: %d, %d wishes\n%s", status, b.count(`SELECT count(*) FROM amendments`), body)
	}
	testkit.Contains(t, body, `value="5"`, because, `name="with" value="stay.days"`, "Leave this line out again")

	form.Set("with", "stay.days")
	form.Del("more")
	form.Set("without", "stay.days")
	_, body, _ = b.post("patient", from, change, form)
	if strings.Contains(body, `name="with"`) {
		t.Error("what was left out again is still asked")
	}
	form.Del("without")
	form.Del("again")
	status, body, _ = b.post("patient", from, change, form)
	if status != http.StatusUnprocessableEntity || b.count(`SELECT count(*) FROM amendments`) != 0 {
		t.Errorf("half a wish: %d", status)
	}
	testkit.Contains(t, body, `value="5"`, because, `id="stay.days-err"`)

	spec, _ := SpecOf("stay.days")
	form["stay.days"] = inputsOf(longer(sample(spec)), "en")
	status, body, next := b.post("patient", from, change, form)
	if status != http.StatusSeeOther {
		t.Fatalf("both: %d\n%s", status, body)
	}
	first, _ := strconv.ParseInt(next[strings.LastIndex(next, "#w")+2:], 10, 64)
	if n := b.count(`SELECT count(*) FROM amendments WHERE bundle_id = $1 AND state = 'open' AND reason = $2`, first, because); n != 2 {
		t.Errorf("%d wishes of one bundle, want 2", n)
	}
	ahead, err := findAhead(b.d.Read(t.Context()), p.Slug, b.actor("second").PersonID)
	b.must(err)
	page, _, err := b.pageFor(t.Context(), "en", b.actor("second"), ahead)
	b.must(err)
	testkit.Contains(t, string(page), "Granted together or not at all, with:", `<a href="#w`+strconv.FormatInt(first, 10)+`">`)

	most := url.Values{"item": {"stay.hotel_nights"}, "value": {"6"}, "reason": {because}, "with": {"stay.companion", "stay.days", "price.total"}}
	_, body, _ = b.post("second", from, change, withAgain(most))
	if n := strings.Count(body, `name="with"`); n != MaxTogether {
		t.Errorf("%d other lines in one form, want %d", n, MaxTogether)
	}
}

func withAgain(form url.Values) url.Values {
	form.Set("again", "yes")
	return form
}

func TestAHiddenWishLeadsToItsEntryInThePublicLog(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	id := b.want(p, "patient", "stay.hotel_nights", 5)
	b.must(b.d.Write(t.Context(), func(tx *db.Tx) error { return wishSubject{b.Service}.Hide(tx, id, "moderation.reason_fake") }))
	ahead, err := findAhead(b.d.Read(t.Context()), p.Slug, b.actor("second").PersonID)
	b.must(err)
	page, _, err := b.pageFor(t.Context(), "en", b.actor("second"), ahead)
	b.must(err)
	testkit.Contains(t, string(page), "There is good reason to believe that it is fake.", `<a href="/log/of/amendment/`+strconv.FormatInt(id, 10)+`">`)
}

// longer is a number and one more.
func longer(v Value) Value {
	v.Number++
	return v
}
