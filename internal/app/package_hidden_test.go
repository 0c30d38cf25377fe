package app_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caravan/internal/access"
	"caravan/internal/testkit"
)

// differs is what two answers may differ in: keys of forms, the site's own
// address, which history the channels have, the request's number, when the public
// log was last signed.
var differs = regexp.MustCompile(`http://127\.0\.0\.1:\d+|name="(?:token|once)" value="[^"]*"|data-epoch="[^"]*"|"epoch":"[^"]*"|next=[^"]*127[^"]*|"(?:request_id|instance)":"[^"]*"|<p class="small soft"><a href="(?:/ar)?/log">[^\n]*`)

// seen is everything that a watcher is told about packages: pages, JSON, live
// news, search results, notifications.
func (o *offers) seen(who access.Actor, pages []string) map[string]string {
	v := o.visitor()
	if who.SignedIn() {
		v = o.as(who)
	}
	out := map[string]string{}
	for _, path := range pages {
		a := v.get(path)
		out[path] = fmt.Sprint(a.StatusCode, " ", differs.ReplaceAllString(a.text, ""))
	}
	return out
}

// letters are all mails of a site after a day on which whatever reminds somebody
// has run, and one that goes out in any case, so that there is something to hold
// against each other.
func (o *offers) letters() (all []string) {
	o.t.Helper()
	ctx := o.t.Context()
	o.pass(1)
	o.must(o.Shaping.RemindVerdicts(ctx))
	o.must(o.Shaping.CountRisen(ctx))
	o.must(o.Experience.Ask(ctx))
	o.must(o.Account.AskReset(ctx, testkit.Address(o.people[0].Handle)))
	o.must(o.Jobs.Drain(ctx))
	box, err := o.Mail.Box()
	o.must(err)
	for _, l := range box {
		l.Links = nil // hold tokens and the site's own address
		all = append(all, mailed.ReplaceAllString(fmt.Sprintf("%+v", l), ""))
	}
	if len(all) == 0 {
		o.t.Error("no mail at all")
	}
	slices.Sort(all)
	return all
}

// mailed is what two letters may differ in: the site's own address with its
// tokens, names of files and the moment of sending.
var mailed = regexp.MustCompile(`https?://\S+|ID:\S+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\]}]*?UTC|\d{4}-\d\d-\d\dT\S+`)

// TestNobodyWhoMayNotSeeARunningVoteCanTellWhichWayItGoes turns every vote that
// runs the other way, in a second site that is otherwise the same: visitors, a
// member who has not voted, the provider's people, people of another provider
// and moderators get the same bytes from every page and channel.
func TestNobodyWhoMayNotSeeARunningVoteCanTellWhichWayItGoes(t *testing.T) {
	one, other := newOffers(t, false), newOffers(t, true)
	var pages []string
	for _, p := range []string{one.running.Slug, one.countered.Slug, one.final.Slug, one.done.Slug, one.call.Slug} {
		pages = append(pages, "/packages/"+p, "/ar/packages/"+p, "/packages/"+p+"/versions", "/packages/"+p+"/versions/1", "/packages/"+p+"/changes", "/api/v1/packages/"+p, "/api/v1/packages/"+p+"/versions/1",
			"/api/v1/packages/"+p+"/promises", "/api/v1/packages/"+p+"/demand")
	}
	for _, id := range []int64{one.running.ID, one.countered.ID, one.final.ID, one.call.ID} {
		pages = append(pages, fmt.Sprintf("/live/poll?ch=package:%d&since=0&wait=0", id))
	}
	pages = append(pages, "/", "/ar", "/packages", "/packages?sort=closing", "/packages?sort=best", "/packages?stage=rounds", "/packages/calls", "/clinics/bosphorus-hair",
		"/packages/compare?p="+one.running.Slug+"&p="+one.final.Slug, "/search?q=transplant", "/search?q=transplant&kind=package", "/api/v1/search?q=transplant",
		"/api/v1/packages", "/api/v1/packages?sort=closing", "/api/v1/packages?sort=best", "/openapi.json",
		"/api/v1/packages/compare?p="+one.running.Slug+"&p="+one.final.Slug, "/api/v1/clinics/bosphorus-hair/promises")
	own := []string{"/api/v1/me/packages", "/api/v1/me/journeys"}
	for _, p := range []string{one.running.Slug, one.countered.Slug, one.final.Slug, one.call.Slug} {
		own = append(own, "/api/v1/packages/"+p+"/mine")
	}
	desk := []string{"/console/bosphorus-hair", "/console/bosphorus-hair/packages", "/console/bosphorus-hair/packages/" + one.running.Slug, "/console/bosphorus-hair/packages/" + one.countered.Slug,
		"/console/bosphorus-hair/packages/" + one.final.Slug, "/me/notifications"}
	for _, p := range []string{one.running.Slug, one.countered.Slug, one.final.Slug} {
		desk = append(desk, "/api/v1/packages/"+p+"/own-changes")
	}
	for name, w := range map[string]struct {
		a, b  access.Actor
		pages []string
	}{
		"a visitor": {pages: pages}, "a member who has not voted": {one.fresh, other.fresh, slices.Concat(pages, own, []string{"/me/notifications"})},
		"the provider's staff": {one.staff, other.staff, slices.Concat(pages, desk)}, "the provider's doctor": {one.doctor, other.doctor, slices.Concat(pages, desk)},
		"staff of another provider": {one.rival, other.rival, pages}, "a moderator": {one.judge, other.judge, slices.Concat(pages, []string{"/moderation"})},
	} {
		a, b := one.seen(w.a, w.pages), other.seen(w.b, w.pages)
		for _, path := range w.pages {
			if !strings.HasPrefix(a[path], "200") {
				t.Errorf("%s: %s: %.80s", name, path, a[path])
			}
			if at := apart(a[path], b[path]); at >= 0 {
				t.Errorf("%s can tell at %s:\n%q\n%q", name, path, around(a[path], at), around(b[path], at))
			}
		}
	}
	// Mails tell no more: after everything that reminds and announces has run, the
	// same people got the same letters.
	if a, b := one.letters(), other.letters(); !slices.Equal(a, b) {
		t.Errorf("mails differ:\n%q\n%q", a, b)
	}
	// The worlds do differ: somebody who voted sees it.
	voter, turned := one.as(one.people[0]).get("/packages/"+one.running.Slug), other.as(other.people[0]).get("/packages/"+one.running.Slug)
	if apart(differs.ReplaceAllString(voter.text, ""), differs.ReplaceAllString(turned.text, "")) < 0 {
		t.Error("two worlds with opposite votes look alike to a voter: nothing was compared")
	}
}

// TestPackagesAreFoundByTheirLines looks for what only a line of a package says,
// among packages alone, and for what nobody may read any more.
func TestPackagesAreFoundByTheirLines(t *testing.T) {
	o := newOffers(t, false)
	v := o.visitor()
	for path, want := range map[string]string{
		"/search?q=transplant+istanbul&kind=package":    o.running.Title,
		"/search?q=language+of+the+patient":             "/packages/" + o.done.Slug,
		"/search?q=transplant&kind=package&country=TR":  o.final.Title,
		"/api/v1/search?q=good+transplant&kind=package": o.call.Title,
	} {
		if a := v.get(path); a.StatusCode != 200 || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d, does not find %s", path, a.StatusCode, want)
		}
	}
	if a := v.get("/search?q=transplant&kind=question"); strings.Contains(a.text, "/packages/"+o.running.Slug) {
		t.Error("a package is found among questions")
	}
	if _, err := o.db.Pool().Exec(t.Context(), `update packages set hidden_why = 'moderation.reason_spam' where id = $1`, o.running.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := o.db.Pool().Exec(t.Context(), `insert into search_queue (kind, ref_id) values (7, $1)`, o.running.ID); err != nil {
		t.Fatal(err)
	}
	o.must(o.Jobs.Drain(t.Context()))
	if a := v.get("/search?q=transplant+four+days&kind=package"); strings.Contains(a.text, "/packages/"+o.running.Slug) {
		t.Error("a hidden package is still found")
	}
	if a := v.get("/packages/" + o.running.Slug); a.StatusCode != 410 || strings.Contains(a.text, o.running.Title) || !strings.Contains(a.text, `href="/log/of/package/`+o.running.Slug) {
		t.Errorf("a hidden package shows %d", a.StatusCode)
	}
}

// apart is where two texts begin to differ, -1 where they do not.
func apart(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

func around(s string, at int) string { return s[max(0, at-160):min(len(s), at+80)] }
