package answer_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/answer"
	"caravan/internal/db"
	"caravan/internal/testkit"
)

func (w ward) door(t testing.TB) (visitor func(string) testkit.Visitor, srv *httptest.Server) {
	t.Helper()
	srv = testkit.Door(t, w.d, testkit.Guests{"eszter": w.staff, "halmi": w.doctor, "rival": w.rival, "reader": w.reader, "mod": w.mod}, w.Routes())
	return func(session string) testkit.Visitor { return testkit.Visit(t, srv, session) }, srv
}

func TestAClinicAnswersWithoutScripts(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	visitor, _ := w.door(t)
	eszter := visitor("eszter")
	publicID, id := w.tale(t, "I eat apples again", "published")
	page := "/experiences/" + publicID + "/answer"

	status, body, _ := eszter.Post(page, page, url.Values{"version": {"0"}, "body": {"short"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "short</textarea>") {
		t.Errorf("too short: %d, and the words must stay", status)
	}
	status, body, _ = eszter.Post(page, page, url.Values{"version": {"0"}, "body": {"We remember you, and your surgery on 12 May."}})
	if status != http.StatusAccepted {
		t.Fatalf("%d\n%s", status, body)
	}
	testkit.Contains(t, body, "This answer is not public yet.", "<mark", "neither confirm nor deny", `name="version" value="1"`)
	status, _, to := eszter.Post(page, page, url.Values{"version": {"1"}, "body": {neutral}})
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/experiences/"+publicID+"?done=answered_experience") {
		t.Fatalf("said otherwise: %d to %s", status, to)
	}
	if status, _, to = eszter.Post(page, page+"/standing", url.Values{"action": {"look"}}); status != http.StatusSeeOther {
		t.Errorf("looking into it: %d %s", status, to)
	}
	due := w.d.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	if status, body, _ = eszter.Post(page, page+"/standing", url.Values{"action": {"promise"}, "title": {"Answer swelling and fever within 4 hours"}, "due": {"yesterday"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("an impossible day: %d", status)
	}
	testkit.Contains(t, body, "Answer swelling and fever within 4 hours")
	if status, _, _ = eszter.Post(page, page+"/standing", url.Values{"action": {"promise"}, "title": {"Answer swelling and fever within 4 hours"}, "due": {due}}); status != http.StatusSeeOther {
		t.Errorf("promised: %d", status)
	}
	w.clock.Move(53 * 24 * time.Hour)
	change := value[int64](t, w.d, `SELECT id FROM changes`)
	at := fmt.Sprintf("/changes/%d", change)
	status, body, _ = visitor("").Get(at)
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	testkit.Contains(t, body, "overdue 23 days", "No proof filed.", "Dunakert Dental", "I eat apples again")
	if strings.Contains(body, "<textarea") {
		t.Error("a visitor is offered a form")
	}
	_, body, _ = eszter.Get(at)
	if !strings.Contains(body, `value="make"`) || strings.Contains(body, `value="delay"`) {
		t.Error("staff can make an overdue change, and not move it")
	}
	if status, _, _ = eszter.Post(at, at, url.Values{"action": {"make"}, "proof": {"The rule is published on our page about aftercare."}}); status != http.StatusSeeOther {
		t.Errorf("made: %d", status)
	}
	reader := visitor("reader")
	if status, _, _ = reader.Post(at, at+"/seen", url.Values{"seen": {"yes"}}); status != http.StatusForbidden {
		t.Errorf("seen by somebody who was not there: %d", status)
	}
	_, later := w.tale(t, "Told later", "published")
	w.tales.later[w.reader.AccountID] = []int64{later}
	if status, _, _ = reader.Post(at, at+"/seen", url.Values{"seen": {"maybe"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("seen maybe: %d", status)
	}
	if status, _, _ = reader.Post(at, at+"/seen", url.Values{"seen": {"yes"}}); status != http.StatusSeeOther {
		t.Errorf("seen: %d", status)
	}
	_, body, _ = visitor("").Get(at)
	testkit.Contains(t, body, "made, seen in place", "Seen in place by 1 later verified patient.", "23 days late.")
	if w.view(t, id).Standing != answer.Confirmed {
		t.Error("not confirmed")
	}
}

func TestTheDeskListsTheOldestFirst(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	visitor, _ := w.door(t)
	w.tale(t, "The first tale", "published")
	w.clock.Move(5 * 24 * time.Hour)
	w.tale(t, "The second tale", "published")
	w.tale(t, "Not public yet", "submitted")
	w.answered(t, "An answered tale")
	w.clock.Move(3 * 24 * time.Hour)
	const page = "/console/dunakert-dental/experiences"
	status, body, _ := visitor("halmi").Get(page)
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	testkit.Contains(t, body, "2 experiences wait for an answer", "8 days", "An answered tale")
	if first, second := strings.Index(body, "The first tale"), strings.Index(body, "The second tale"); first < 0 || first > second {
		t.Error("the oldest does not come first")
	}
	if strings.Contains(body, "Not public yet") || strings.Contains(body, "Quiet Heron") {
		t.Error("the desk shows more than everybody sees")
	}
	for _, who := range []string{"rival", "reader", "mod"} {
		if status, _, _ := visitor(who).Get(page); status != http.StatusNotFound {
			t.Errorf("%s finds the desk: %d", who, status)
		}
	}
}

// TestNoRoleOfAClinicCanSwitchAnythingOff sends everything that sounds like it
// to every address of the feature, as staff, and looks whether the patients'
// side is as before.
func TestNoRoleOfAClinicCanSwitchAnythingOff(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	visitor, srv := w.door(t)
	publicID, id := w.answered(t, "I eat apples again")
	change, err := w.Promise(context.Background(), w.staff, publicID, answer.Promise{Title: "Answer swelling within a day", Due: w.d.Now().AddDate(0, 0, 9).Format(time.DateOnly)}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	const all = `SELECT (SELECT md5(string_agg(e::text, '|' ORDER BY id)) FROM experiences e) || (SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM changes c) || (SELECT md5(string_agg(w::text, '|')) FROM answers w)`
	before := value[string](t, w.d, all)
	page := "/experiences/" + publicID + "/answer"
	for _, who := range []string{"eszter", "halmi", "rival"} {
		v := visitor(who)
		for _, action := range []string{"hide", "delete", "withdraw", "refuse", "reorder", "pin", "off", "answered", "confirmed", "made", ""} {
			for _, to := range []string{page, page + "/standing", fmt.Sprintf("/changes/%d", change), fmt.Sprintf("/changes/%d/seen", change)} {
				form := url.Values{"action": {action}, "state": {action}, "standing": {action}, "hidden": {"1"}, "version": {"1"}, "order": {"0"}}
				if status, _, _ := v.Post(page, to, form); status < 400 {
					t.Errorf("%s does %q at %s: %d", who, action, to, status)
				}
			}
		}
	}
	if got := value[string](t, w.d, all); got != before {
		t.Error("something has changed")
	}
	for _, r := range w.Routes() {
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s %s: a clinic needs no such method", r.Method, r.Path)
		}
		if regexp.MustCompile(`hide|delete|remove|withdraw|order|visib|setting`).MatchString(r.Path) {
			t.Errorf("%s %s sounds like switching off", r.Method, r.Path)
		}
	}
	for _, method := range []string{http.MethodDelete, http.MethodPut, http.MethodPatch} {
		req, err := http.NewRequest(method, srv.URL+page, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(&http.Cookie{Name: "s", Value: "eszter"})
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
	if w.view(t, id) == nil {
		t.Error("the answer is gone")
	}
}

func TestTheAPISaysCreatedOrAccepted(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	visitor, srv := w.door(t)
	post := func(session, publicID, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, srv.URL+"/api/v1/experiences/"+publicID+"/answer", bytes.NewReader([]byte(fmt.Sprintf(`{"body": %q}`, body))))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "key-of-"+publicID)
		req.AddCookie(&http.Cookie{Name: "s", Value: session})
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	one, _ := w.tale(t, "One", "published")
	two, _ := w.tale(t, "Two", "published")
	if status, body := post("eszter", one, neutral); status != http.StatusCreated || !strings.Contains(body, `"state":"shown"`) {
		t.Errorf("neutral: %d %s", status, body)
	}
	if status, body := post("eszter", two, "Ürsula, you were never our patient, and we told you so."); status != http.StatusAccepted || !strings.Contains(body, `"state":"held"`) || !strings.Contains(body, `"first":`) {
		t.Errorf("held: %d %s", status, body)
	}
	if status, body := post("rival", two, neutral); status != http.StatusForbidden {
		t.Errorf("another clinic: %d %s", status, body)
	}
	for _, path := range []string{"/experiences/no-such-id/answer", "/experiences/no-such-id/answer/history", "/experiences/00000000-0000-0000-0000-000000000000/answer", "/changes/99", "/changes/x"} {
		if status, _, _ := visitor("eszter").Get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, body := post("eszter", "no-such-id", neutral); status != http.StatusNotFound && status != http.StatusUnprocessableEntity {
		t.Errorf("of nothing: %d %s", status, body)
	}
}

func TestEarlierPublicWordingsStay(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	visitor, _ := w.door(t)
	publicID, _ := w.answered(t, "I eat apples again")
	ctx := context.Background()
	for i, body := range []string{neutral + " Second.", "We remember you, and your operation.", neutral + " Third."} {
		if _, err := w.Edit(ctx, w.staff, publicID, body, i+1); err != nil {
			t.Fatal(err)
		}
	}
	status, body, _ := visitor("").Get("/experiences/" + publicID + "/answer/history")
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	testkit.Contains(t, body, "Second.", "Third.")
	if strings.Contains(body, "remember you") {
		t.Error("a wording is shown that was never public")
	}
}

func TestACoveredTitleIsCoveredHereToo(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	visitor, _ := w.door(t)
	publicID, id := w.answered(t, "Surgeon Jolan Kiss was kind")
	change, err := w.Promise(context.Background(), w.staff, publicID, answer.Promise{Title: "Answer swelling within a day", Due: w.d.Now().AddDate(0, 0, 9).Format(time.DateOnly)}, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.d.Pool().Exec(context.Background(), `INSERT INTO experience_masks (experience_id, version, field, first_byte, end_byte, class, made_on) VALUES ($1, 1, 'title', 8, 18, 'person_name', now())`, id); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/console/dunakert-dental/experiences", fmt.Sprintf("/changes/%d", change)} {
		_, body, _ := visitor("eszter").Get(path)
		if strings.Contains(body, "Jolan") || !strings.Contains(body, "[masked: ") {
			t.Errorf("%s shows the name", path)
		}
	}
	it, err := w.Subjects()[0].About(context.Background(), id)
	if err != nil || strings.Contains(it.Title, "Jolan") {
		t.Errorf("the desk shows %q, %v", it.Title, err)
	}
}

// TestPartsAreWholeInBothLanguages prints every state of the answer and of a
// change as other pages show them.
func TestPartsAreWholeInBothLanguages(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	states := []answer.ChangeView{
		{Title: "A <b>", Path: "/changes/1", State: "overdue", Overdue: 23, DueOn: now, FirstDueOn: now}, {Title: "B", Path: "/changes/2", State: "planned", Moved: true, DueOn: now, FirstDueOn: now},
		{Title: "C", Path: "/changes/3", State: "made", MadeOn: now, Late: 3, DueOn: now, FirstDueOn: now}, {Title: "D", Path: "/changes/4", State: "confirmed", MadeOn: now, Seen: 2, Missed: 1, DueOn: now, FirstDueOn: now},
	}
	for _, lang := range []string{"en", "ar"} {
		var b strings.Builder
		for _, state := range []string{"shown", "hidden", "held"} {
			for _, standing := range []string{"answered", "looking", "planned", "made", "confirmed"} {
				v := answer.View{State: state, Standing: standing, HiddenWhy: "moderation.reason_abusive", HTML: "<p>Words</p>", By: access.Byline{Name: "Eszter", Role: "Clinic staff"}, PublishedAt: now, Edited: true, Changes: states}
				if err := answer.Part.Write(&b, lang, v); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := answer.ChangesPart.Write(&b, lang, answer.ChangesView{Overdue: states[:1], Planned: states[1:2], Made: states[2:]}); err != nil {
			t.Fatal(err)
		}
		if err := answer.ChangesPart.Write(&b, lang, answer.ChangesView{}); err != nil {
			t.Fatal(err)
		}
		if s := b.String(); strings.Contains(s, "<no value>") || regexp.MustCompile(`answer\.[a-z]`).MatchString(s) || !strings.Contains(s, html.EscapeString("A <b>")) {
			t.Errorf("%s: %s", lang, s)
		}
	}
}
