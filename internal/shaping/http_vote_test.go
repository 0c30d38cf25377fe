package shaping

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"caravan/internal/access"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
)

// votingDoor serves what people send votes and prices to.
func (b *booth) votingDoor(people testkit.Guests) *httptest.Server {
	b.t.Helper()
	page := httpd.Route{Method: "GET", Path: "/packages/:slug", Gate: access.Anyone, Do: b.showPrice} // any page with a form's keys
	return testkit.WideDoor(b.t, b.d, people, append(b.voteRoutes(), page))
}

// unsteady is what is new on every page, whatever it says.
var unsteady = regexp.MustCompile(`name="(?:once|token)" value="[^"]*|<code>[^<]*|"request_id":"[^"]*|"(?:confirmed_at|expires_at)":"[^"]*`)

func TestNothingThatAVoterIsAnsweredTellsHowOthersVoted(t *testing.T) {
	b := newBooth(t)
	b.limits = unlimited(b)
	ann := b.patient()
	hotel := b.items[b.p.Slug+" stay.hotel_nights"]
	var others []access.Actor
	for range 21 {
		others = append(others, b.patient())
	}
	ballots := []Ballot{{Subject: OnPackage, SubjectID: b.p.ID}, {Subject: OnAmendment, SubjectID: b.wish}, {Subject: OnNeed, SubjectID: hotel}}
	cast := func(sign int16) {
		for i, a := range others {
			for j, x := range ballots {
				choice := sign
				if (i+j)%4 == 0 {
					choice = -sign
				}
				if b.p.State == FinalVote && x.Subject == OnAmendment {
					continue
				}
				b.says(a, x.Subject, x.SubjectID, choice)
			}
		}
	}
	srv := b.votingDoor(testkit.Guests{"ann": ann})
	visitor := testkit.Visit(t, srv, "ann")
	price := "/packages/" + b.p.Slug + "/price"
	reader := testkit.Visit(t, testkit.Door(t, b.d, testkit.Guests{"ann": ann}, b.ownAPI()), "ann")
	own := []string{"/api/v1/me/packages", "/api/v1/packages/" + b.p.Slug + "/mine"}
	look := func() (all []string) {
		add := func(what string, status int, body, to string) {
			all = append(all, fmt.Sprintf("%s: %d %s %s", what, status, to, unsteady.ReplaceAllString(body, "")))
		}
		for _, x := range ballots {
			form := func(tie string) url.Values {
				return url.Values{"subject": {string(x.Subject)}, "id": {fmt.Sprint(x.SubjectID)}, "choice": {"1"}, "tie": {tie}}
			}
			status, body, to := visitor.Post(price, "/packages/"+b.p.Slug+"/vote", form(noTie))
			add("form "+string(x.Subject), status, body, to)
			res := postJSON(t, srv, "ann", "/api/v1/packages/"+b.p.Slug+"/votes", fmt.Sprintf(`{"subject":%q,"id":%d,"choice":1,"tie":"none"}`, x.Subject, x.SubjectID))
			add("json "+string(x.Subject), res.status, res.body, "")
		}
		res := postJSON(t, srv, "ann", "/api/v1/packages/"+b.p.Slug+"/interest", `{"price_max_minor":460000,"readiness":"ready"}`)
		add("interest", res.status, strings.Split(res.body, `"expires_at"`)[0], "")
		for _, path := range own {
			b.Forget()
			status, body, _ := reader.Get(path)
			add(path, status, body, "")
		}
		status, body, to := visitor.Get(price)
		add("price", status, body, to)
		status, body, to = visitor.Post(price, price, url.Values{"action": {"yes"}})
		add("tap", status, body, to)
		return all
	}
	compare := func(when string) {
		cast(1)
		first := look()
		cast(-1)
		second := look()
		for i := range first {
			if first[i] != second[i] {
				t.Errorf("%s the answer tells the direction of votes:\n%s\n%s", when, first[i], second[i])
			}
		}
		if len(first) < 11 || !strings.Contains(strings.Join(first, ""), `"counted":true`) {
			t.Errorf("%s nothing was compared: %.2000q", when, first)
		}
	}
	compare("in a round, before the first items were asked")
	b.do(`UPDATE packages SET state = 'final_vote' WHERE id = ? RETURNING id`, b.p.ID)
	b.p.State = FinalVote
	for _, key := range []string{PriceKey, "stay.hospital_nights"} {
		b.says(ann, OnNeed, b.items[b.p.Slug+" "+key], 1)
	}
	ballots = []Ballot{{Subject: OnPackage, SubjectID: b.p.ID}, {Subject: OnPackage, SubjectID: b.p.ID}, {Subject: OnPackage, SubjectID: b.p.ID}}
	compare("in the final vote, after everything was asked")
}

func TestAVoterSeesTotalsOnceTheirOwnVotesAreGiven(t *testing.T) {
	b := newBooth(t)
	srv := b.votingDoor(testkit.Guests{"ann": b.patient()})
	for range 4 {
		b.says(b.patient(), OnPackage, b.p.ID, 1)
	}
	path := "/api/v1/packages/" + b.p.Slug + "/votes"
	send := func(s Subject, id int64) string {
		return postJSON(t, srv, "ann", path, fmt.Sprintf(`{"subject":%q,"id":%d,"choice":1,"tie":"none"}`, s, id)).body
	}
	for i, key := range []string{PriceKey, "stay.hospital_nights", "stay.hotel_nights"} {
		if body := send(OnPackage, b.p.ID); strings.Contains(body, "split") || !strings.Contains(body, `"participants":5`) {
			t.Errorf("after %d items: %s", i, body)
		}
		send(OnNeed, b.items[b.p.Slug+" "+key])
	}
	if body := send(OnPackage, b.p.ID); !strings.Contains(body, `"want":5`) {
		t.Errorf("after three items: %s", body)
	}
}

func TestAVoteByFormAsksForWhatItLacks(t *testing.T) {
	b := newBooth(t)
	ann, puppet := b.patient(), b.patient(testkit.Newcomer)
	srv := b.votingDoor(testkit.Guests{"ann": ann, "puppet": puppet, "staff": b.patient(testkit.StaffOf(b.clinic, "staff"))})
	price, vote := "/packages/"+b.p.Slug+"/price", "/packages/"+b.p.Slug+"/vote"
	visitor := testkit.Visit(t, srv, "ann")
	status, body, _ := visitor.Post(price, vote+"?subject=package&id=0&choice=-1", url.Values{})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a vote without a reason: %d", status)
	}
	testkit.Contains(t, body, `name="reason" value="price"`, `name="choice" value="-1"`)
	status, body, _ = visitor.Post(price, vote, url.Values{"subject": {"package"}, "id": {"0"}, "choice": {"-1"}, "reason": {"travel"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a first vote without a word on ties: %d", status)
	}
	testkit.Contains(t, body, `name="tie" value="none"`, `name="reason" value="travel"`)
	status, _, to := visitor.Post(price, vote, url.Values{"subject": {"package"}, "id": {"0"}, "choice": {"-1"}, "reason": {"travel"}, "tie": {"none"}})
	if status != http.StatusSeeOther || to != "/packages/"+b.p.Slug+"?done=voted#verbs" {
		t.Errorf("a whole vote: %d %s", status, to)
	}
	b.expect("it stands", OnPackage, b.p.ID, "0/0/1")
	status, _, to = testkit.Visit(t, srv, "puppet").Post(price, vote, url.Values{"subject": {"amendment"}, "id": {fmt.Sprint(b.wish)}, "choice": {"1"}, "tie": {"none"}})
	if status != http.StatusSeeOther || !strings.Contains(to, "done=package_vote_unverified#w") {
		t.Errorf("a newcomer's vote: %d %s", status, to)
	}
	res := postJSON(t, srv, "staff", "/api/v1/packages/"+b.p.Slug+"/votes", `{"subject":"package","choice":1,"tie":"none"}`)
	if res.status != http.StatusForbidden || !strings.Contains(res.body, "You work for this provider") {
		t.Errorf("staff: %d %s", res.status, res.body)
	}
}

func TestTheLadderWorksWithoutScripts(t *testing.T) {
	b := newBooth(t)
	ann := b.patient()
	srv := b.votingDoor(testkit.Guests{"ann": ann, "staff": b.patient(testkit.StaffOf(b.clinic, "staff"))})
	visitor := testkit.Visit(t, srv, "ann")
	path := "/packages/" + b.p.Slug + "/price"
	status, body, _ := visitor.Get(path)
	taps := regexp.MustCompile(`name="taps" value="([yn]*)"`)
	questions := 0
	for ; status == http.StatusOK && strings.Contains(body, `value="yes"`) && questions < 6; questions++ {
		answer := []string{"yes", "no"}[questions%2]
		status, body, _ = visitor.Post(path, path, url.Values{"action": {answer}, "taps": {taps.FindStringSubmatch(body)[1]}})
	}
	if questions < 2 || questions > 4 {
		t.Errorf("%d questions were asked", questions)
	}
	found := regexp.MustCompile(`name="price"[^>]* value="EUR\x{a0}([0-9,]+)"`).FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("no price came of it:\n%s", body)
	}
	status, body, _ = visitor.Post(path, path, url.Values{"action": {"save"}, "price": {"EUR " + found[1]}, "must": {"stay.hotel_nights"}, "from": {"2020-01-01"}, "to": {"2020-02-01"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without a readiness, with a window that is over: %d", status)
	}
	testkit.Contains(t, body, found[1], `value="stay.hotel_nights" checked`, `value="2020-01-01"`)
	status, _, to := visitor.Post(path, path, url.Values{"action": {"save"}, "price": {found[1]}, "readiness": {"ready"}, "must": {"stay.hotel_nights"}})
	if status != http.StatusSeeOther || to != path+"?done=package_interest" {
		t.Fatalf("saving: %d %s", status, to)
	}
	_, body, _ = visitor.Get(path)
	testkit.Contains(t, body, found[1], "Ready to go", "1 line must stay")
	if strings.Contains(body, `value="save"`) {
		t.Error("what was said is asked again at once")
	}
	status, _, to = visitor.Post(path, "/packages/"+b.p.Slug+"/interest", url.Values{"action": {"withdraw"}})
	if status != http.StatusSeeOther || b.stateOf(ann) != TakenBack {
		t.Errorf("taking it back: %d %s %s", status, to, b.stateOf(ann))
	}
	_, body, _ = testkit.Visit(t, srv, "staff").Get(path)
	testkit.Contains(t, body, "You work for this provider")
	if strings.Contains(body, `value="yes"`) {
		t.Error("staff are asked for a price")
	}
}

type answered struct {
	status int
	body   string
}

func postJSON(t *testing.T, srv *httptest.Server, session, path, body string) answered {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(&http.Cookie{Name: "s", Value: session})
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{res.StatusCode, string(all)}
}
