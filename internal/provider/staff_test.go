package provider_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/provider"
	"caravan/internal/testkit"
)

// token is the secret of a link.
func token(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("the link %q has no token: %v", link, err)
	}
	return u.Query().Get("token")
}

func TestAnInvitedColleagueWorksThereFromAcceptingUntilItEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := context.Background()
	o := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	boss, ann := h.works(t, "Boss", o, "staff"), testkit.Person(t, h.d, "Ann")
	link, err := h.Invite(ctx, boss, o, provider.Invitee{Email: strings.ToUpper(testkit.Address("Ann")), Role: "doctor", Title: " Oral  surgeon "}, key("one"))
	if err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, h.d, `SELECT count(*) FROM staff_invitations WHERE encode(hash, 'escape') LIKE '%' || $1 || '%'`, token(t, link)); n != 0 {
		t.Error("the token itself is kept")
	}
	if got, err := h.Accept(ctx, ann, token(t, link)); err != nil || got.ID != o.ID {
		t.Fatalf("accept: %+v, %v", got, err)
	}
	works, err := h.PersonAffiliations(h.d.Read(ctx), ann.PersonID)
	if err != nil || len(works) != 1 || works[0].Role != "doctor" || works[0].Title != "Oral surgeon" || works[0].Slug != "duna" {
		t.Errorf("works: %+v, %v", works, err)
	}
	if o, err := h.FindClinic(h.d.Read(ctx), "duna"); err != nil || o.ClaimedAt == nil {
		t.Errorf("the page is not claimed: %v", err)
	}
	if got := value[string](t, h.d, `SELECT email FROM staff_invitations`); got != "" {
		t.Errorf("the address %q is still kept", got)
	}
	if got := value[string](t, h.d, `SELECT args->>'who' FROM notifications WHERE account_id = $1 AND kind = 'staff_joined'`, boss.AccountID); got != "Ann" {
		t.Errorf("the inviter was told about %q", got)
	}
	if _, err := h.Accept(ctx, ann, token(t, link)); !errs.Is(err, errs.Gone) {
		t.Errorf("accepted twice: %v, want Gone", err)
	}

	tie := value[int64](t, h.d, `SELECT id FROM affiliations WHERE person_id = $1`, ann.PersonID)
	if err := h.EndAffiliation(ctx, boss, o, tie); err != nil {
		t.Fatal(err)
	}
	if works, err := h.PersonAffiliations(h.d.Read(ctx), ann.PersonID); err != nil || len(works) != 0 {
		t.Errorf("after the end: %v, %v", works, err)
	}
	if n := value[int](t, h.d, `SELECT count(*) FROM affiliations WHERE person_id = $1 AND valid_to IS NOT NULL`, ann.PersonID); n != 1 {
		t.Error("the history is gone")
	}
	if got := fmt.Sprint(*h.revoked); got != fmt.Sprintf("[%d %d]", ann.AccountID, ann.AccountID) {
		t.Errorf("rights looked at again: %s", got)
	}
	if err := h.EndAffiliation(ctx, boss, o, tie); !errs.Is(err, errs.Conflict) {
		t.Errorf("ended twice: %v, want Conflict", err)
	}
}

func TestAnotherRoleEndsTheOneBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := context.Background()
	o := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	boss, ann := h.works(t, "Boss", o, "staff"), h.works(t, "Ann", o, "doctor")
	link, err := h.Invite(ctx, boss, o, provider.Invitee{Email: testkit.Address("Ann"), Role: "staff"}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Accept(ctx, ann, token(t, link)); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, h.d, `SELECT string_agg(role || CASE WHEN valid_to IS NULL THEN '' ELSE ' ended' END, ', ' ORDER BY id) FROM affiliations WHERE person_id = $1`, ann.PersonID); got != "doctor ended, staff" {
		t.Errorf("history: %s", got)
	}
}

func TestAnInvitationWorksForItsAddressOnceAndInTime(t *testing.T) {
	t.Parallel()
	d, clock := testkit.DBAt(t)
	h := houseOn(t, d)
	ctx := context.Background()
	o := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	boss, ann, ben := h.works(t, "Boss", o, "staff"), testkit.Person(t, d, "Ann"), testkit.Person(t, d, "Ben")
	unsure := testkit.Person(t, d, "Unsure", testkit.Unconfirmed)
	invite := func(handle string) string {
		link, err := h.Invite(ctx, boss, o, provider.Invitee{Email: testkit.Address(handle), Role: "staff"}, db.Key{})
		if err != nil {
			t.Fatal(err)
		}
		return token(t, link)
	}
	if _, err := h.Accept(ctx, ben, invite("Ann")); !errs.Is(err, errs.Gone) {
		t.Errorf("by somebody else: %v, want Gone", err)
	}
	if _, err := h.Accept(ctx, unsure, invite("Unsure")); !errs.Is(err, errs.Gone) {
		t.Errorf("with the address not confirmed: %v, want Gone", err)
	}
	if _, err := h.Accept(ctx, ann, "no-such-token"); !errs.Is(err, errs.Gone) {
		t.Errorf("unknown: %v, want Gone", err)
	}
	back := invite("Ann")
	if err := h.Withdraw(ctx, boss, o, value[int64](t, d, `SELECT max(id) FROM staff_invitations`)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Accept(ctx, ann, back); !errs.Is(err, errs.Gone) {
		t.Errorf("withdrawn: %v, want Gone", err)
	}
	late := invite("Ann")
	clock.Move(provider.InvitationLife)
	if _, err := h.Accept(ctx, ann, late); !errs.Is(err, errs.Gone) {
		t.Errorf("expired: %v, want Gone", err)
	}
	clock.Move(31 * 24 * time.Hour)
	if err := h.PurgeInvitations(ctx); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, d, `SELECT count(*) FROM staff_invitations`); n != 0 {
		t.Errorf("%d old invitations are kept", n)
	}
}

func TestOfManyWhoAcceptAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	boss, ann := h.works(t, "Boss", o, "staff"), testkit.Person(t, h.d, "Ann")
	link, err := h.Invite(context.Background(), boss, o, provider.Invitee{Email: testkit.Address("Ann"), Role: "staff"}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	results := make([]error, 6)
	for i := range results {
		wg.Go(func() { _, results[i] = h.Accept(context.Background(), ann, token(t, link)) })
	}
	wg.Wait()
	done := 0
	for _, err := range results {
		if err == nil {
			done++
		} else if !errs.Is(err, errs.Gone) {
			t.Errorf("a later one: %v", err)
		}
	}
	if n := value[int](t, h.d, `SELECT count(*) FROM affiliations WHERE person_id = $1`, ann.PersonID); done != 1 || n != 1 {
		t.Errorf("%d accepted, %d ties; want one", done, n)
	}
}

func TestTheMailOfAnInvitationNamesNoClinicAndGoesOnlyToAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := context.Background()
	o := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	boss := h.works(t, "Boss", o, "staff")
	testkit.Person(t, h.d, "Ann", testkit.Speaks("ar"))
	for _, to := range []string{testkit.Address("Ann"), "nobody@test.example"} {
		if _, err := h.Invite(ctx, boss, o, provider.Invitee{Email: to, Role: "staff"}, db.Key{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.jobs.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.jobs.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	box, err := h.mail.Box()
	if err != nil || len(box) != 1 || box[0].To != testkit.Address("Ann") {
		t.Fatalf("mails: %+v, %v; want one, to Ann", box, err)
	}
	testkit.Contains(t, box[0].Body, "/invitation?token=", "ترغب جهة")
	if strings.Contains(box[0].Body+box[0].Subject, "Duna") {
		t.Errorf("the mail names the clinic: %s", box[0].Body)
	}
}

func TestAClosedAccountNoLongerWorksAnywhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	ann := h.works(t, "Ann", o, "staff")
	if err := h.d.Write(context.Background(), func(tx *db.Tx) error { return h.Closed(tx, ann.AccountID) }); err != nil {
		t.Fatal(err)
	}
	if works, err := h.PersonAffiliations(h.d.Read(context.Background()), ann.PersonID); err != nil || len(works) != 0 {
		t.Errorf("works: %v, %v", works, err)
	}
}

var shownLink = regexp.MustCompile(`id="link"[^>]* value="([^"]+)"`)

func TestTheStaffPageInvitesAndTheLinkIsAcceptedInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.clinic(t, "duna", "Duna Dental", "Budapest", "HU")
	boss, doc, ann := h.works(t, "Boss", o, "staff"), h.works(t, "Doc", o, "doctor"), testkit.Person(t, h.d, "Ann")
	srv := testkit.Door(t, h.d, testkit.Guests{"boss": boss, "doc": doc, "ann": ann}, h.Routes())
	page := "/clinics/duna/staff"
	for who, want := range map[string]int{"": 303, "ann": 403, "doc": 200, "boss": 200} {
		if got, _, _ := testkit.Visit(t, srv, who).Get(page); got != want {
			t.Errorf("%s by %q: %d, want %d", page, who, got, want)
		}
	}
	_, body, _ := testkit.Visit(t, srv, "doc").Get(page)
	testkit.Contains(t, body, "Boss", "Doc", "I no longer work here")
	if strings.Contains(body, `name="email"`) {
		t.Error("a doctor is offered to invite")
	}
	form := url.Values{"email": {"not an address"}, "role": {"doctor"}, "title": {"Surgeon"}}
	status, body, _ := testkit.Visit(t, srv, "boss").Post(page, page, form)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a bad address: %d, want 422", status)
	}
	testkit.Contains(t, body, "This is not an e-mail address", `value="not an address"`, `value="Surgeon"`)
	if status, _, _ := testkit.Visit(t, srv, "doc").Post(page, page, url.Values{"email": {"x@test.example"}, "role": {"staff"}}); status != http.StatusForbidden {
		t.Errorf("invited by a doctor: %d, want 403", status)
	}

	form.Set("email", testkit.Address("Ann"))
	status, body, _ = testkit.Visit(t, srv, "boss").Post(page, page, form)
	link := shownLink.FindStringSubmatch(body)
	if status != http.StatusCreated || link == nil {
		t.Fatalf("invite: %d\n%s", status, body)
	}
	u, err := url.Parse(html.UnescapeString(link[1]))
	if err != nil {
		t.Fatal(err)
	}
	accept := u.RequestURI()
	if status, _, to := testkit.Visit(t, srv, "").Get(accept); status != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in?next=") {
		t.Errorf("signed out: %d to %q", status, to)
	}
	if status, body, _ := testkit.Visit(t, srv, "doc").Get(accept); status != http.StatusGone || strings.Contains(body, "Duna") {
		t.Errorf("opened by somebody else: %d, want 410 without the name", status)
	}
	_, body, _ = testkit.Visit(t, srv, "ann").Get(accept)
	testkit.Contains(t, body, "Duna Dental would like you to appear here", "Surgeon")
	again := url.Values{"invitation": {u.Query().Get("token")}}
	if status, _, to := testkit.Visit(t, srv, "ann").Post(accept, "/invitation", again); status != http.StatusSeeOther || to != "/clinics/duna?done=staff_joined" {
		t.Errorf("accept: %d to %q", status, to)
	}
	if status, _, _ := testkit.Visit(t, srv, "ann").Post("/clinics/add", "/invitation", again); status != http.StatusGone {
		t.Errorf("accept again: %d, want 410", status)
	}

	_, body, _ = testkit.Visit(t, srv, "boss").Get(page)
	testkit.Contains(t, body, "Ann", "Surgeon")
	end := fmt.Sprintf("%s/%d/end", page, value[int64](t, h.d, `SELECT id FROM affiliations WHERE person_id = $1`, ann.PersonID))
	if status, _, _ := testkit.Visit(t, srv, "doc").Post(page, end, nil); status != http.StatusForbidden {
		t.Errorf("ended by a doctor: %d, want 403", status)
	}
	if status, _, to := testkit.Visit(t, srv, "boss").Post(page, end, nil); status != http.StatusSeeOther || to != page+"?done=affiliation_ended" {
		t.Errorf("end: %d to %q", status, to)
	}
	own := fmt.Sprintf("%s/%d/end", page, value[int64](t, h.d, `SELECT id FROM affiliations WHERE person_id = $1`, doc.PersonID))
	if status, _, to := testkit.Visit(t, srv, "doc").Post(page, own, nil); status != http.StatusSeeOther || to != "/clinics/duna?done=affiliation_ended" {
		t.Errorf("leaving: %d to %q", status, to)
	}
}
