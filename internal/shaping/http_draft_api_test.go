package shaping

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/testkit"
)

// draftBody is a proposal as a program sends it.
func draftBody(t *testing.T, p Proposal) string {
	t.Helper()
	b := DraftBody{Title: p.Title, Summary: p.Summary, Lang: p.Lang, Procedure: p.Procedure, Zone: p.Zone, RoundDays: p.RoundDays, Organisation: p.Organisation, StayAnswers: p.StayAnswers}
	for _, l := range p.Lines {
		v := &ValueJSON{Kind: string(l.Value.Kind), Number: l.Value.Number, Text: l.Value.Text, Ref: l.Value.Ref, Words: l.Value.Words}
		if spec, ok := SpecOf(l.Item.Key); ok {
			v.Kind = string(spec.Kind)
		}
		if v.Kind == string(Bool) {
			v.Yes, v.Number = v.Number == 1, 0
		}
		line := DraftLineJSON{Item: l.Item.Key, Value: v}
		if it := l.Item; it.Kind != "" {
			line.NewItem = &ItemJSON{Key: it.Key, Name: it.Name, Kind: string(it.Kind), Unit: it.Unit, Direction: string(it.Direction), Class: string(it.Class), Verify: string(it.Verify)}
		}
		b.Lines = append(b.Lines, line)
	}
	for _, st := range p.Steps {
		b.Steps = append(b.Steps, DraftStepJSON(st))
	}
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// sending is something that is sent, and what must come back.
type sending struct {
	what, who, method, path, body string
	want                          int
	says                          string
}

func askAll(t *testing.T, send func(session, method, path, body string) (int, string), all []sending) {
	t.Helper()
	for _, c := range all {
		if status, body := send(c.who, c.method, c.path, c.body); status != c.want || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %.600s, want %d %s", c.what, status, body, c.want, c.says)
		}
	}
}

func TestAPackageBeginsOverTheAPI(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 2)
	rival := testkit.Organisation(t, b.d, "clinic", "Other Clinic")
	b.do(`UPDATE organisations SET licence_valid = true WHERE id = ? RETURNING id`, rival)
	guests := testkit.Guests{"desk": b.desk, "patient": b.patients[0], "second": b.patients[1], "rival": testkit.Person(t, b.d, "Rival", testkit.StaffOf(rival, "staff"))}
	send := sender(t, testkit.Door(t, b.d, guests, slices.Concat(b.draftAPI(), b.apiRoutes())))
	made := func(who, path, body string) string {
		t.Helper()
		status, answer := send(who, "POST", path, body)
		var d struct{ Slug string }
		if err := json.Unmarshal([]byte(answer), &d); err != nil || status != http.StatusCreated || d.Slug == "" {
			t.Fatalf("%s: %d %s", path, status, answer)
		}
		return d.Slug
	}
	const all = "/api/v1/packages"
	offer := all + "/" + made("desk", all, `{"title":"Both lenses","procedure":"`+lens+`","organisation":"harbour-eye"}`)
	whole := draftBody(t, b.proposal())
	askAll(t, send, []sending{
		{"for somebody else's clinic", "patient", "POST", all, `{"title":"Both lenses","procedure":"` + lens + `","organisation":"harbour-eye"}`, 422, "organisation"},
		{"a name that nobody knows", "desk", "PUT", offer + "/draft", `{"title":"Both lenses","procedure":"` + lens + `","price":1}`, 400, ""},
		{"somebody else's draft", "patient", "GET", offer + "/draft", "", 404, "shaping.not_found"},
		{"somebody else's draft is kept", "patient", "PUT", offer + "/draft", whole, 404, "shaping.not_found"},
		{"somebody else's draft is published", "rival", "POST", offer + "/publish", "{}", 404, "shaping.not_found"},
		{"a draft is no public package", "desk", "GET", offer, "", 404, "shaping.not_found"},
		{"a copy of a draft", "patient", "POST", offer + "/fork", `{"version":1}`, 404, "shaping.not_found"},
		{"incomplete", "desk", "POST", offer + "/publish", "{}", 422, `"field":"price.total"`},
		{"kept", "desk", "PUT", offer + "/draft", whole, 200, `{"item":"price.total","name":"Price`},
		{"read again", "desk", "GET", offer + "/draft", "", 200, `"value":{"currency":"EUR","kind":"money","minor":460000}`},
	})
	status, body := send("desk", "POST", offer+"/publish", "{}")
	if status != 200 || !strings.Contains(body, `"slug":"both-lenses-with-two-nights-and-a-nurse","state":"shaping","round":1`) {
		t.Fatalf("published: %d %s", status, body)
	}
	offer = all + "/both-lenses-with-two-nights-and-a-nurse"
	call := all + "/" + made("patient", offer+"/fork", `{"version":1}`)
	askAll(t, send, []sending{
		{"everybody reads it", "", "GET", offer, "", 200, `"key":"x.nurse_calls"`},
		{"it is no draft any more", "desk", "GET", offer + "/draft", "", 404, ""},
		{"published once more", "desk", "POST", offer + "/publish", "{}", 409, ""},
		{"a version that is not there", "patient", "POST", offer + "/fork", `{"version":7}`, 404, ""},
		{"an offer is no call", "rival", "POST", offer + "/adopt", `{"organisation":"other-clinic"}`, 409, ""},
		{"a call that is no call yet", "rival", "POST", call + "/adopt", `{"organisation":"other-clinic"}`, 404, ""},
		{"the copy is a call", "patient", "POST", call + "/publish", "{}", 200, `"state":"call"`},
	})
	var slug string
	if err := b.d.Pool().QueryRow(t.Context(), `SELECT slug FROM packages WHERE state = 'call'`).Scan(&slug); err != nil {
		t.Fatal(err)
	}
	call = all + "/" + slug
	askAll(t, send, []sending{
		{"by somebody who works nowhere", "second", "POST", call + "/adopt", `{"organisation":"other-clinic"}`, 422, "organisation"},
		{"taken up", "rival", "POST", call + "/adopt", `{"organisation":"other-clinic"}`, 201, `"organisation":"other-clinic"`},
		{"taken up twice", "rival", "POST", call + "/adopt", `{"organisation":"other-clinic"}`, 409, ""},
		{"signed out", "", "POST", call + "/adopt", `{"organisation":"other-clinic"}`, 401, ""},
	})
	if n := b.do(`SELECT count(*) FROM packages`); n != 3 {
		t.Errorf("%d packages, want the offer, the call and its answer", n)
	}
}

func TestWhatIsSentTwiceOverTheAPIIsMadeOnce(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 2)
	srv := testkit.Door(t, b.d, testkit.Guests{"desk": b.desk, "patient": b.patients[0]}, slices.Concat(b.draftAPI(), b.wishAPI()))
	twice := func(who, path, body string, want int) {
		t.Helper()
		key := "twice-0123456789-" + fmt.Sprint(len(path))
		first, one := sendOnce(t, srv, key, who, "POST", path, body)
		again, other := sendOnce(t, srv, key, who, "POST", path, body)
		if first != want || again != want || one != other {
			t.Errorf("%s twice: %d %.300s, then %d %.300s", path, first, one, again, other)
		}
	}
	const all = "/api/v1/packages"
	whole := draftBody(t, b.proposal())
	twice("desk", all, whole, http.StatusCreated)
	if status, body := sendOnce(t, srv, "twice-0123456789-"+fmt.Sprint(len(all)), "desk", "POST", all, strings.Replace(whole, "two nights", "three nights", 1)); status < 400 {
		t.Errorf("something else under the same key: %d %s", status, body)
	}
	var slug string
	if err := b.d.Pool().QueryRow(t.Context(), `SELECT slug FROM packages`).Scan(&slug); err != nil {
		t.Fatal(err)
	}
	twice("desk", all+"/"+slug+"/publish", "{}", http.StatusOK)
	twice("patient", all+"/"+slug+"/fork", `{"version":1}`, http.StatusCreated)
	p := b.read(slug)
	wish := b.asks(b.patients[0], p, "x.guarantee", 12)
	b.until(slug)
	b.answers(wish, Response{Answer: Reject, ReasonCode: Cost})
	twice("patient", fmt.Sprintf("/api/v1/amendments/%d/steps", wish), `{"step":"promote"}`, http.StatusOK)
	if n := b.do(`SELECT count(*) FROM packages`); n != 3 {
		t.Errorf("%d packages, want the offer, its copy and the wish that went further", n)
	}
}

func TestPackagesAreComparedOverTheAPI(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 1)
	one := b.published()
	other := b.published(func(p *Proposal) {
		p.Title = "Both lenses with three nights"
		p.set(PriceKey, Value{Kind: Money, Number: 4_900_00, Currency: "EUR"})
		p.Lines = slices.DeleteFunc(p.Lines, func(l Line) bool { return l.Item.Key == "x.lounge" })
	})
	draft, err := b.SaveDraft(t.Context(), b.desk, "", b.proposal(), db.Key{})
	b.must(err)
	send := sender(t, testkit.Door(t, b.d, testkit.Guests{"desk": b.desk}, b.compareAPI()))
	const path = "/api/v1/packages/compare"
	both := path + "?p=" + one.Slug + "&p=" + other.Slug
	askAll(t, send, []sending{
		{"prices", "", "GET", both, "", 200, `"differs":true,"values":[{"value":{"currency":"EUR","kind":"money","minor":460000},"text":"EUR` + "\u00a0" + `4,600","best":true},{"value":{"currency":"EUR","kind":"money","minor":490000`},
		{"a line that one has alone", "", "GET", both, "", 200, `{"value":null,"text":"not part of the offer","best":false}]`},
		{"in the order asked for", "", "GET", path + "?p=" + other.Slug + "&p=" + one.Slug, "", 200, `{"packages":[{"slug":"` + other.Slug},
		{"what is the same is left out", "", "GET", both + "&only=differences", "", 200, `"key":"x.lounge"`},
		{"one alone", "", "GET", path + "?p=" + one.Slug, "", 422, ""},
		{"one with itself", "", "GET", path + "?p=" + one.Slug + "&p=" + one.Slug, "", 422, "shaping.read_compare_few"},
		{"with nothing", "", "GET", path + "?p=" + one.Slug + "&p=no-such-package", "", 404, "shaping.not_found"},
		{"with one's own draft", "desk", "GET", path + "?p=" + one.Slug + "&p=" + draft.Slug, "", 404, "shaping.not_found"},
		{"five of them", "", "GET", both + "&p=a&p=b&p=c", "", 422, ""},
	})
	_, all := send("", "GET", both, "")
	_, differing := send("", "GET", both+"&only=differences", "")
	if strings.Count(all, `"differs":false`) == 0 || strings.Contains(differing, `"differs":false`) {
		t.Errorf("only what differs: %s", differing)
	}
	b.do(`UPDATE packages SET hidden_why = 'moderation.reason_spam' WHERE id = ? RETURNING id`, other.ID)
	if status, body := send("", "GET", both, ""); status != 404 || strings.Contains(body, other.Title) {
		t.Errorf("with a hidden one: %d %s", status, body)
	}
}

func TestAProviderPlansAndThePlatformOverseesOverTheAPI(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 3)
	p := b.published()
	guests := testkit.Guests{"desk": b.desk, "patient": b.patients[0], "judge": testkit.Person(t, b.d, "Judge", testkit.Moderator)}
	send := sender(t, testkit.Door(t, b.d, guests, b.deskAPI()))
	first, double := b.asks(b.patients[1], p, "x.nurse_calls", 4), b.asks(b.patients[2], p, "x.nurse_calls", 5)
	own, over := "/api/v1/packages/"+p.Slug+"/own-changes", "/api/v1/packages/"+p.Slug+"/oversight"
	plan := `{"changes":[{"item":"x.lounge","value":{"kind":"count","number":3},"reason":"` + becauseSo + `"},{"item":"x.guarantee","reason":"` + becauseSo + `"}]}`
	askAll(t, send, []sending{
		{"by a patient", "patient", "PUT", own, plan, 403, "shaping.not_yours"},
		{"read by a patient", "patient", "GET", own, "", 404, "shaping.not_found"},
		{"without a reason", "desk", "PUT", own, `{"changes":[{"item":"x.lounge","value":{"kind":"count","number":3},"reason":"no"}]}`, 422, "x.lounge"},
		{"of another kind", "desk", "PUT", own, `{"changes":[{"item":"x.lounge","value":{"kind":"text","text":"three"},"reason":"` + becauseSo + `"}]}`, 422, ""},
		{"planned", "desk", "PUT", own, plan, 200, `"item":"x.lounge"`},
		{"read again", "desk", "GET", own, "", 200, `"item":"x.guarantee","name":"Our guarantee","value":null`},
		{"taken back", "desk", "PUT", own, `{"changes":[]}`, 200, `"changes":[]`},
		{"overseen by a patient", "patient", "POST", over, `{"event":"suspend","why":"` + becauseSo + `"}`, 403, "common.moderators_only"},
		{"overseen by the provider", "desk", "POST", over, `{"event":"suspend","why":"` + becauseSo + `"}`, 403, "common.moderators_only"},
		{"without a reason", "judge", "POST", over, `{"event":"suspend","why":"no"}`, 422, `"field":"why"`},
		{"broken before anything was promised", "judge", "POST", over, `{"event":"breach","why":"` + becauseSo + `"}`, 409, ""},
		{"a double", "judge", "POST", over, fmt.Sprintf(`{"event":"mark_duplicate","wish":%d,"of":%d,"why":"%s"}`, double, first, becauseSo), 200, `"state":"shaping"`},
		{"suspended", "judge", "POST", over, `{"event":"suspend","why":"` + becauseSo + `"}`, 200, `"state":"suspended"`},
		{"planned meanwhile", "desk", "PUT", own, plan, 409, ""},
		{"let go on", "judge", "POST", over, `{"event":"resume","why":"` + becauseSo + `"}`, 200, `"state":"shaping"`},
	})
	b.wishState(double, Duplicate)
}

func TestWishesAreTakenFurtherOverTheAPI(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 3)
	p := b.published()
	author := b.patients[0]
	gone, refused, other := b.asks(author, p, "x.nurse_calls", 4), b.asks(author, p, "x.guarantee", 12), b.asks(b.patients[1], p, "x.lounge", 2)
	send := sender(t, testkit.Door(t, b.d, testkit.Guests{"author": author, "second": b.patients[2], "desk": b.desk}, b.wishAPI()))
	at := func(id int64) string { return fmt.Sprintf("/api/v1/amendments/%d", id) }
	askAll(t, send, []sending{
		{"by somebody else", "second", "POST", at(gone) + "/steps", `{"step":"withdraw"}`, 403, "shaping.not_yours"},
		{"content with nothing", "author", "POST", at(gone) + "/steps", `{"step":"enough"}`, 409, ""},
		{"not refused yet", "author", "POST", at(refused) + "/steps", `{"step":"promote"}`, 409, ""},
		{"no such step", "author", "POST", at(gone) + "/steps", `{"step":"accept"}`, 422, ""},
		{"no such wish", "author", "POST", at(99999) + "/steps", `{"step":"withdraw"}`, 404, "shaping.no_wish"},
		{"taken back", "author", "POST", at(gone) + "/steps", `{"step":"withdraw"}`, 200, `"state":"withdrawn"`},
	})
	p = b.until(p.Slug)
	b.state(p, Answering, 1)
	why := "We looked at this together with our nurses and our surgeon."
	askAll(t, send, []sending{
		{"answered by a patient", "second", "POST", at(other) + "/responses", `{"answer":"accept","reason":"` + why + `"}`, 403, ""},
		{"a counter-offer of nothing", "desk", "POST", at(other) + "/responses", `{"answer":"counter","reason_code":"cost","reason":"` + why + `"}`, 422, ""},
		{"a counter-offer", "desk", "POST", at(other) + "/responses", `{"answer":"counter","reason_code":"cost","reason":"` + why + `","counter":{"kind":"count","number":3},"price_delta_minor":4000}`, 201, `"answer":"counter"`},
		{"refused without a reason", "desk", "POST", at(refused) + "/responses", `{"answer":"reject","reason_code":"cost","reason":"no"}`, 422, `"field":"reason"`},
		{"refused", "desk", "POST", at(refused) + "/responses", `{"answer":"reject","reason_code":"cost","reason":"` + why + `"}`, 201, ""},
		{"taken further", "author", "POST", at(refused) + "/steps", `{"step":"promote"}`, 200, `"state":"promoted","draft":"`},
	})
	if w := b.wish(other); w.State != Answered {
		t.Errorf("after a counter-offer it is %s", w.State)
	}
}
