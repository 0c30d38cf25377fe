package shaping

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// keysOf are the hidden keys of the forms of a page.
var keysOf = regexp.MustCompile(`name="(token|once)" value="([^"]*)"`)

// twice sends one form of a page twice, as an impatient person does.
func (b *bench) twice(by, from, to string, form url.Values) (status [2]int, next [2]string) {
	b.t.Helper()
	v := b.as(by)
	_, page, _ := v.Get(from)
	for _, m := range keysOf.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	for i := range status {
		status[i], _, next[i] = v.Post("/packages/nothing-here", to, form)
	}
	return status, next
}

func (b *bench) count(sql string, args ...any) (n int) {
	b.t.Helper()
	b.must(b.d.Read(context.Background()).Gorm().Raw(sql, args...).Scan(&n).Error)
	return n
}

func TestADraftGrowsPageByPageAndIsPublished(t *testing.T) {
	b := newBench(t)
	status, body, _ := b.post("selin", "/packages/new", "/packages/new", url.Values{"title": {"My hair offer"}, "procedure": {"no.such"}, "organisation": {"bosphorus-hair"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("no treatment: %d", status)
	}
	testkit.Contains(t, body, `value="My hair offer"`, "Please choose the treatment from the list.")

	_, _, to := b.post("selin", "/packages/new", "/packages/new", url.Values{"title": {"Hair in three days"}, "procedure": {fue}, "organisation": {"bosphorus-hair"}})
	edit := strings.TrimSuffix(strings.TrimSuffix(to, "?done=draft_saved"), "/about")
	b.has("selin", edit+"/about", "Hair in three days", "TRY · ", `<option value="Europe/Istanbul" selected>`, "required lines are still missing")
	b.post("selin", edit+"/about", edit+"/about", url.Values{"title": {"Hair in three days"}, "lang": {"en"}, "currency": {"EUR"}, "zone": {"Europe/Istanbul"}, "round_days": {"14"}})

	status, body, _ = b.post("selin", edit+"/stay", edit+"/stay", url.Values{"stay.days": {"5"}, "stay.hotel_nights": {"four, or so"}, "stay.earliest_flight_day": {"4"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("an unreadable figure: %d", status)
	}
	testkit.Contains(t, body, `value="four, or so"`, `value="5"`, "Please write a number, in figures.", `href="#stay.hotel_nights"`)
	b.has("selin", edit+"/stay", `value="5"`) // what could be read is kept

	slug := strings.TrimSuffix(strings.TrimPrefix(edit, "/packages/"), "/edit")
	b.has("selin", "/packages/"+slug+"/publish", "This item must be in every offer for this treatment.", "things to mend", edit+"/revision#revision.window")
	for _, x := range partsOf(fue) {
		form := url.Values{"go": {"next"}}
		for _, s := range x.specs {
			if s.Mandatory {
				form[s.Key] = inputsOf(sample(s), "en")
			}
		}
		if x.name == partSteps {
			form.Set("step0_people", "12")
			form.Set("step0_gives", "8% off the price, and a case manager")
		}
		if len(x.specs) > 0 || x.name == partSteps {
			if status, body, _ := b.post("selin", edit+"/"+x.name, edit+"/"+x.name, form); status != http.StatusSeeOther {
				t.Fatalf("%s: %d\n%s", x.name, status, body)
			}
		}
	}
	b.has("selin", "/packages/"+slug+"/publish", "Publish the package", "Dr Ayla Demir (TR 4411)", "8% off the price")
	statuses, next := b.twice("selin", "/packages/"+slug+"/publish", "/packages/"+slug+"/publish", url.Values{})
	if statuses != [2]int{303, 303} || next[0] != next[1] || b.count(`SELECT count(*) FROM package_versions`) != 1 {
		t.Errorf("published twice: %v to %v", statuses, next)
	}
}

func TestAClauseOfSilenceAndAnUnansweredShortStayAreNotPublished(t *testing.T) {
	b := newBench(t)
	p := b.draft("Tummy tuck with four nights")
	d, err := b.proposalOf(b.d.Read(context.Background()), p)
	b.must(err)
	d.Procedure, d.Lines = "cob.abdominoplasty", nil
	for _, s := range Catalogue(d.Procedure) {
		if v := sample(s); s.Mandatory {
			if s.Key == "stay.earliest_flight_day" {
				v.Number = 4
			}
			if s.Key == SilenceKey {
				v.Number = 1
			}
			d.Lines = append(d.Lines, Line{Item: s.Item(0), Value: v})
		}
	}
	if _, err = b.SaveDraft(context.Background(), b.actor("selin"), p.Slug, d, db.Key{}); err != nil {
		t.Fatal(err)
	}
	look, stay := "/packages/"+p.Slug+"/publish", "/packages/"+p.Slug+"/edit/stay"
	b.has("selin", stay, "This is shorter than advised.", "NHS: 7 to 10 days after a tummy tuck.", "https://www.nhs.uk/")
	b.has("selin", look, "An offer that asks patients for silence cannot be published here.", "Please say why this stay is enough")
	if status, _, _ := b.post("selin", look, look, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("published with both: %d", status)
	}
	form := url.Values{"go": {"next"}, "answer:stay.earliest_flight_day": {"too short"}}
	for _, s := range partsOf(d.Procedure)[2].specs {
		for _, l := range d.Lines {
			if l.Item.Key == s.Key {
				form[s.Key] = inputsOf(l.Value, "en")
			}
		}
	}
	b.post("selin", stay, stay, form)
	form.Set("answer:stay.earliest_flight_day", "A nurse sees you every day, and the airline takes you with our letter.")
	if status, body, _ := b.post("selin", stay, stay, form); status != http.StatusSeeOther {
		t.Errorf("an answered warning: %d\n%s", status, body)
	}
	b.has("selin", look, "A nurse sees you every day")
}

func TestDraftsAndDesksOfOthersAreLikeWhatIsNotThere(t *testing.T) {
	b := newBench(t)
	draft, p := b.draft("A draft that nobody knows"), b.open("Hair in three days, one surgeon")
	wish := b.want(p, "patient", "stay.hotel_nights", 5)
	plain := func(body string) string {
		return regexp.MustCompile(`value="[^"]*"|href="[^"]*"|<code>[^<]*</code>|action="[^"]*"`).ReplaceAllString(body, "")
	}
	for _, tc := range []struct{ who, path, absent string }{
		{"rival", "/packages/" + draft.Slug + "/edit", "/packages/absent/edit"},
		{"rival", "/packages/" + draft.Slug + "/edit/price", "/packages/absent/edit/price"},
		{"patient", "/packages/" + draft.Slug + "/publish", "/packages/absent/publish"},
		{"judge", "/packages/" + draft.Slug + "/edit", "/packages/absent/edit"},
		{"patient", "/packages/" + draft.Slug + "/change", "/packages/absent/change"},
		{"rival", "/packages/" + draft.Slug + "/fork", "/packages/absent/fork"},
		{"rival", "/packages/" + p.Slug + "/withdraw", "/packages/absent/withdraw"},
		{"rival", "/console/bosphorus-hair/packages", "/console/absent/packages"},
		{"patient", "/console/bosphorus-hair/packages/" + p.Slug, "/console/absent/packages/" + p.Slug},
		{"rival", "/console/other-clinic/packages/" + p.Slug, "/console/other-clinic/packages/absent"},
		{"rival", "/console/other-clinic/packages/" + p.Slug + "/commit", "/console/other-clinic/packages/absent/commit"},
		{"judge", "/console/bosphorus-hair/signatories", "/console/absent/signatories"},
		{"", "/packages/" + draft.Slug + "/edit", "/packages/absent/edit"},
		{"", "/console/bosphorus-hair/packages/" + p.Slug, "/console/absent/packages/absent"},
	} {
		status, body, _ := b.as(tc.who).Get(tc.path)
		same, absent, _ := b.as(tc.who).Get(tc.absent)
		if status != same || status < 300 || tc.who != "" && plain(body) != plain(absent) {
			t.Errorf("%s as %q: %d, what is not there %d", tc.path, tc.who, status, same)
		}
	}
	for _, path := range []string{"/packages/" + draft.Slug + "/edit/price", "/packages/" + draft.Slug + "/publish", "/console/bosphorus-hair/packages/" + p.Slug} {
		if status, _, _ := b.post("rival", "/packages/new", path, url.Values{"price.total": {"1"}, "go": {"send-" + itoa(wish)}}); status != http.StatusNotFound {
			t.Errorf("a stranger's form to %s: %d", path, status)
		}
	}
	if status, _, _ := b.as("selin").Get("/moderation/packages/" + p.Slug); status != http.StatusForbidden {
		t.Errorf("the clinic at the platform's page: %d", status)
	}
}

func TestAWishIsMadeOnceAndKeepsWhatWasTyped(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	change := "/packages/" + p.Slug + "/change"
	b.has("patient", change, "Nights in a hotel, included", "What other packages promise")
	b.has("patient", change+"?item=new", "What should be added?", "A length of time")
	b.has("patient", change+"?item=hair.technique", "Medical: asked about, not voted on", "/questions/ask?clinic=bosphorus-hair")
	b.has("selin", change+"?item=stay.hotel_nights", "You work for this provider")
	b.has("new", change+"?item=stay.hotel_nights", "known through a second way")
	status, body, _ := b.post("patient", change+"?item=stay.hotel_nights", change, url.Values{"item": {"stay.hotel_nights"}, "value": {"many"}, "reason": {"more"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("an unreadable wish: %d", status)
	}
	testkit.Contains(t, body, `value="many"`, "more</textarea>", "Please write a number, in figures.", "A reason needs 30 to")

	form := url.Values{"item": {"stay.hotel_nights"}, "value": {"5"}, "reason": {because}}
	statuses, next := b.twice("patient", change+"?item=stay.hotel_nights", change, form)
	if statuses != [2]int{303, 303} || next[0] != next[1] || b.count(`SELECT count(*) FROM amendments`) != 1 {
		t.Errorf("sent twice: %v to %v, %d wishes", statuses, next, b.count(`SELECT count(*) FROM amendments`))
	}
	b.has("second", change+"?item=stay.hotel_nights", "1 wish is there already", because, "Look and support it")
	status, body, _ = b.post("second", change+"?item=stay.hotel_nights", change, form)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("the same wish of another: %d", status)
	}
	testkit.Contains(t, body, "Somebody has made this wish already.", "I have no tie", because)
	form.Set("tie", "none")
	if status, _, to := b.post("second", change+"?item=stay.hotel_nights", change, form); status != http.StatusSeeOther || !strings.Contains(to, "done=wish_joined") {
		t.Errorf("the same wish, with a declaration: %d to %s", status, to)
	}
	add := url.Values{"item": {newOwn}, "kind": {"count"}, "own0_name": {"Massages after it"}, "own0_unit": {"sessions"}, "own0_class": {"service"}, "own0_verify": {"at_30d"}, "own0_direction": {"higher_better"}, "value": {"4"}, "reason": {because}}
	if status, body, _ := b.post("patient", change+"?item=x.new&kind=count", change, add); status != http.StatusSeeOther {
		t.Errorf("a line of one's own: %d\n%s", status, body)
	}
	id := int64(b.count(`SELECT min(id) FROM amendments`))
	b.has("patient", wishPath(p.Slug, id), "Withdraw the wish")
	if body := b.has("second", wishPath(p.Slug, id)); strings.Contains(body, `value="withdraw"`) {
		t.Error("somebody else is offered to withdraw it")
	}
	if status, _, _ := b.post("second", wishPath(p.Slug, id), wishPath(p.Slug, id), url.Values{"do": {"withdraw"}}); status != http.StatusForbidden {
		t.Errorf("withdrawn by another: %d", status)
	}
	if status, _, _ := b.post("patient", wishPath(p.Slug, id), wishPath(p.Slug, id), url.Values{"do": {"withdraw"}}); status != http.StatusSeeOther {
		t.Errorf("withdrawn by its author: %d", status)
	}
}

func TestTheDeskKeepsDraftsAddsUpAndSendsOneAnswerAtATime(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	five, six := b.want(p, "patient", "stay.hotel_nights", 5), b.want(p, "second", "stay.hotel_nights", 6)
	desk := "/console/bosphorus-hair/packages/" + p.Slug
	for i := range 3 {
		b.vote(p, fmt.Sprintf("voter%d", i), five)
	}
	body := b.has("selin", desk, "Open wishes", "How many want each of them you see when the round ends")
	if strings.Contains(body, "want it,") || strings.Contains(body, "Due:") {
		t.Error("the provider sees votes of a running round")
	}
	b.has("selin", "/console/bosphorus-hair/packages", "Round 1 ends", "2 open wishes")
	b.pass(15)
	b.has("selin", desk, "2 wishes to answer", "Due: among the five best supported wishes.", "3 want it, 0 do not, 0 do not mind", "The middle of all wishes: 5 nights", "EUR"+"\u00a0"+"2,400", "left")
	b.has("selin", "/console/bosphorus-hair/packages", "Waits for you", "Your answers until")

	w5, w6 := answerPrefix(five), answerPrefix(six)
	form := url.Values{w5 + "answer": {"accept"}, w5 + "delta": {"70"}, w5 + "reason": {"We can"}, w6 + "answer": {"counter"}, w6 + "counter": {"4"}, w6 + "delta": {"40"}, w6 + "reason": {""}, "go": {"save"}}
	if status, _, to := b.post("selin", desk, desk, form); status != http.StatusSeeOther || !strings.Contains(to, "draft_saved") {
		t.Fatalf("drafts: %d to %s", status, to)
	}
	b.has("emre", desk, "draft kept", "We can</textarea>", "2,470", "2,510") // a colleague goes on with it

	form.Set("go", "send-"+itoa(five))
	status, body, _ := b.post("selin", desk, desk, form)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a reason that is too short: %d", status)
	}
	testkit.Contains(t, body, "We can</textarea>", "An answer needs a reason of 40", `href="#`+w5+`reason"`, `value="40"`)
	form.Set(w5+"reason", "Five nights are possible: the hotel across the street has rooms for us all year.")
	statuses, next := b.twice("selin", desk, desk, form)
	if statuses != [2]int{303, 303} || next[0] != next[1] || b.count(`SELECT count(*) FROM amendment_responses`) != 1 {
		t.Errorf("an answer sent twice: %v to %v", statuses, next)
	}
	b.has("selin", desk, "has no answer yet.", "Five nights are possible", "draft kept")
	for _, f := range answerFields { // the page has an empty form for it now
		form.Del(w5 + f)
	}
	form.Set("go", "send-"+itoa(six))
	form.Set(w6+"answer", "accept")
	form.Set(w6+"reason", "Six nights are possible as well, we have asked the hotel across the street.")
	status, body, _ = b.post("selin", desk, desk, form)
	if status != http.StatusConflict {
		t.Errorf("two rivals accepted: %d", status)
	}
	testkit.Contains(t, body, "Another wish about the same item is accepted already", "Six nights are possible as well")
	form.Set(w6+"answer", "clinical")
	if status, body, _ = b.post("selin", desk, desk, form); status != http.StatusUnprocessableEntity || !strings.Contains(body, "must be signed by a licensed person") {
		t.Errorf("a medical answer without a name: %d", status)
	}
	form.Set(w6+"signed", "Dr Ayla Demir, TR 4411")
	if status, _, _ = b.post("selin", desk, desk, form); status != http.StatusSeeOther {
		t.Errorf("a signed answer: %d", status)
	}
	if n := b.count(`SELECT count(*) FROM amendment_answer_drafts`); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
	b.has("selin", desk, "All of them have an answer.", "Ask for the final vote")
}

// vote has somebody new want a wish.
func (b *bench) vote(p Package, handle string, wish int64) {
	b.t.Helper()
	a := testkit.Person(b.t, b.d, handle, testkit.T2)
	_, err := b.Vote(context.Background(), a, Ballot{PackageID: p.ID, Subject: OnAmendment, SubjectID: wish, Choice: 1, Tie: noTie})
	b.must(err)
}

func TestASignatorySignsOneVersionAndEveryStepIsExplained(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	desk, signers := "/console/bosphorus-hair/packages/"+p.Slug, "/console/bosphorus-hair/signatories"
	for i := range Quorum {
		a := testkit.Person(t, b.d, fmt.Sprintf("supporter%d", i), testkit.T2)
		_, err := b.Vote(context.Background(), a, Ballot{PackageID: p.ID, Subject: OnPackage, SubjectID: p.ID, Choice: 1, Tie: noTie})
		b.must(err)
	}
	for range 4 {
		b.pass(8)
	}
	b.pass(8)
	b.has("selin", desk, "Sign one of the published versions", "Commit to a version", "Decline to commit")
	b.has("selin", desk+"/commit", "Only a person who is named to sign")

	form := url.Values{"name": {"Dr Emre Kaya"}, "title": {"Medical director"}}
	status, body, _ := b.post("selin", signers, signers, form)
	if status != http.StatusUnprocessableEntity && status != http.StatusForbidden {
		t.Errorf("nobody chosen: %d", status)
	}
	testkit.Contains(t, body, `value="Dr Emre Kaya"`, "Confirm that it is you")
	for _, who := range []string{"selin", "emre"} {
		a := b.people[who]
		a.SteppedUp = b.d.Now()
		b.people[who] = a
	}
	var colleague int64
	b.must(b.d.Read(context.Background()).Gorm().Raw(`SELECT id FROM affiliations WHERE person_id = ?`, b.actor("emre").PersonID).Scan(&colleague).Error)
	form.Set("person", itoa(colleague))
	if status, body, _ := b.post("selin", signers, signers, form); status != http.StatusSeeOther {
		t.Fatalf("naming: %d\n%s", status, body)
	}
	b.has("emre", signers, "Dr Emre Kaya", "Medical director")

	page := b.has("emre", desk+"/commit", "Dr Emre Kaya", "Medical director", "fingerprint", "What you bind yourself to", "remedy:revision.window")
	hash := regexp.MustCompile(`name="(hash-\d+)" value="([0-9a-f]{64})"`).FindStringSubmatch(page)
	if hash == nil {
		t.Fatal("no fingerprint on the page")
	}
	last := b.d.Now().AddDate(0, 6, 0).Format(time.DateOnly)
	sign := url.Values{"version": {strings.TrimPrefix(hash[1], "hash-")}, hash[1]: {hash[2]}, "capacity": {"24"}, "valid_until": {last}, "price_locked_until": {last}, "remedy:revision.window": {"We pay the flight and the hotel of the correction."}}
	status, body, _ = b.post("emre", desk+"/commit", desk+"/commit", sign)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without the tick: %d", status)
	}
	testkit.Contains(t, body, "Please confirm that you sign.", `value="24"`, "We pay the flight", last)
	sign.Set("binds", "yes")
	statuses, _ := b.twice("emre", desk+"/commit", desk+"/commit", sign)
	if statuses != [2]int{303, 303} || b.count(`SELECT count(*) FROM package_commitments`) != 1 {
		t.Errorf("signed twice: %v", statuses)
	}
	b.has("emre", desk, "What binds you", "24 places", "Dr Emre Kaya", "Withdraw the commitment")
	if status, body, _ := b.post("emre", desk+"/raise", desk+"/raise", url.Values{"capacity": {"20"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "never lowered") {
		t.Errorf("fewer places: %d", status)
	}
	if status, _, _ := b.post("emre", desk+"/raise", desk+"/raise", url.Values{"capacity": {"30"}}); status != http.StatusSeeOther {
		t.Errorf("more places: %d", status)
	}
	status, body, _ = b.post("emre", desk+"/retract", desk+"/retract", url.Values{"why": {"no"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, ">\nno</textarea>") {
		t.Errorf("withdrawn without a reason: %d", status)
	}
	oversee := "/moderation/packages/" + p.Slug
	b.has("judge", oversee, "Suspend", "Find the commitment broken")
	if status, _, _ := b.post("judge", oversee, oversee, url.Values{"event": {"suspend"}, "why": {"The licence of the clinic is being looked into by its authority."}}); status != http.StatusSeeOther {
		t.Errorf("suspended: %d", status)
	}
	b.has("judge", oversee, "Let it go on", "The licence of the clinic is being looked into")
}

func TestCopiesCallsAndOwnChangesAreMadeOnceFromTheirPages(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	fork, own := "/packages/"+p.Slug+"/fork", "/console/bosphorus-hair/packages/"+p.Slug+"/changes"
	statuses, next := b.twice("patient", fork, fork, url.Values{"version": {"1"}})
	if statuses != [2]int{303, 303} || next[0] != next[1] || b.count(`SELECT count(*) FROM packages`) != 2 {
		t.Errorf("copied twice: %v to %v", statuses, next)
	}
	call := strings.TrimSuffix(strings.TrimPrefix(next[0], "/packages/"), "/edit/about?done=draft_saved")
	look := "/packages/" + call + "/publish"
	b.has("patient", look, "Publish the call", "The call stays open for 180 days.")
	b.has("patient", "/packages/new", call) // among the drafts
	_, _, to := b.post("patient", look, look, nil)
	call = strings.TrimSuffix(strings.TrimPrefix(to, "/packages/"), "?done=package_published")
	adopt := "/packages/" + call + "/adopt"
	b.has("rival", adopt, "Other Clinic")
	b.has("second", adopt, "Your account does not work for one.")
	if status, body, _ := b.post("rival", adopt, adopt, url.Values{"organisation": {"other-clinic"}}); status < 400 || !strings.Contains(body, "Only a clinic whose licence was looked up") {
		t.Errorf("a clinic without a licence that was looked up: %d", status)
	}
	b.must(b.d.Write(context.Background(), func(tx *db.Tx) error {
		return tx.Gorm().Exec(`UPDATE organisations SET licence_valid = true WHERE slug = 'other-clinic'`).Error
	}))
	statuses, _ = b.twice("rival", adopt, adopt, url.Values{"organisation": {"other-clinic"}})
	if statuses[0] != 303 || b.count(`SELECT count(*) FROM packages WHERE answers_call_id IS NOT NULL`) != 1 {
		t.Errorf("answered twice: %v", statuses)
	}

	form := url.Values{"item": {"stay.hotel_nights"}, "value": {"2"}, "reason": {"short"}, "do": {"plan"}}
	status, body, _ := b.post("selin", own+"?item=stay.hotel_nights", own, form)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a change without a reason: %d", status)
	}
	testkit.Contains(t, body, "short</textarea>", `value="2"`, "needs a reason of 30")
	form.Set("reason", "The hotel gives us fewer rooms from the spring of next year on.")
	if status, body, _ := b.post("selin", own+"?item=stay.hotel_nights", own, form); status != http.StatusSeeOther {
		t.Fatalf("a planned change: %d\n%s", status, body)
	}
	b.has("selin", own, "The hotel gives us fewer rooms", "<del>3 nights</del> <ins>2 nights</ins>")
	if status, _, _ := b.post("selin", own, own, url.Values{"item": {"stay.hotel_nights"}, "do": {"drop"}}); status != http.StatusSeeOther || b.count(`SELECT jsonb_array_length(own_changes) FROM packages WHERE id = ?`, p.ID) != 0 {
		t.Errorf("taken back: %d", status)
	}
}

func TestWishesAndAnswersOverTheAPI(t *testing.T) {
	b := newBench(t)
	p := b.open("Hair in three days, one surgeon")
	send := func(who, path, key, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, b.srv.URL+path, strings.NewReader(body))
		b.must(err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		req.AddCookie(&http.Cookie{Name: "s", Value: who})
		res, err := http.DefaultClient.Do(req)
		b.must(err)
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		b.must(err)
		return res.StatusCode, string(raw)
	}
	amend := "/api/v1/packages/" + p.Slug + "/amendments"
	wish := `{"op":"set","item":"stay.hotel_nights","value":{"kind":"count","number":5},"reason":"` + because + `"}`
	for range 2 {
		if status, body := send("patient", amend, "0123456789abcdef", wish); status != http.StatusCreated || !strings.Contains(body, `"joined":false`) {
			t.Errorf("a wish: %d %s", status, body)
		}
	}
	if status, body := send("second", amend, "0123456789abcdef", strings.Replace(wish, "}", `},"tie":"none"`, 1)); status != http.StatusOK || !strings.Contains(body, `"joined":true`) {
		t.Errorf("the same wish of another: %d %s", status, body)
	}
	id := int64(b.count(`SELECT id FROM amendments`))
	answer := "/api/v1/amendments/" + itoa(id) + "/responses"
	said := `{"answer":"accept","price_delta_minor":7000,"reason":"Five nights are possible, the hotel keeps rooms for us all year."}`
	for who, want := range map[string]int{"patient": http.StatusForbidden, "rival": http.StatusForbidden, "": http.StatusUnauthorized, "selin": http.StatusCreated} {
		if status, body := send(who, answer, "fedcba9876543210", said); status != want {
			t.Errorf("answered as %q: %d %s", who, status, body)
		}
	}
	if status, _ := send("selin", "/api/v1/amendments/999999/responses", "fedcba9876543211", said); status != http.StatusNotFound {
		t.Errorf("a wish that is not there: %d", status)
	}
	if status, body := send("patient", amend, "0123456789abcde1", `{"op":"set","item":"hair.technique","value":{"kind":"enum","text":"dhi"},"reason":"`+because+`"}`); status != http.StatusForbidden {
		t.Errorf("a medical line: %d %s", status, body)
	}
}
