package shaping

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"caravan/internal/testkit"
)

func TestOnesOwnPartIsReadByOneselfAlone(t *testing.T) {
	b := newBooth(t)
	b.limits = unlimited(b)
	ann, ben := b.patient(), b.patient(testkit.Newcomer)
	hotel := b.items[b.p.Slug+" stay.hotel_nights"]
	b.says(ann, OnPackage, b.p.ID, -1)
	b.says(ann, OnNeed, hotel, 1)
	b.says(ben, OnAmendment, b.wish, 1)
	b.wants(ann, 4_400_00, Planning, "stay.hotel_nights")
	srv := testkit.Door(t, b.d, testkit.Guests{"ann": ann, "ben": ben, "wisher": b.author, "fresh": b.patient()}, slices.Concat(b.ownAPI(), b.apiRoutes()))
	send := sender(t, srv)
	mine := "/api/v1/packages/" + b.p.Slug + "/mine"
	askAll(t, send, []sending{
		{"her votes", "ann", "GET", mine, "", 200, fmt.Sprintf(`"tie":"none","votes":[{"subject":"package","id":%d,"choice":-1,"reason":"price","status":"counted","counted":true,"carried":false,"stale":false},{"subject":"item_need","id":%d,"choice":1,"status":"counted"`, b.p.ID, hotel)},
		{"her price", "ann", "GET", mine, "", 200, `"interest":{"price_max_minor":440000,"currency":"EUR","readiness":"planning","must_items":["stay.hotel_nights"],"state":"active","counted":true`},
		{"why his vote does not count", "ben", "GET", mine, "", 200, `"status":"unverified","counted":false,"why_not":"`},
		{"what was wished", "wisher", "GET", mine, "", 200, fmt.Sprintf(`"votes":[],"interest":null,"wishes":[{"id":%d,"key":"stay.hospital_nights"`, b.wish)},
		{"who did nothing", "fresh", "GET", mine, "", 200, `{"votes":[],"interest":null,"wishes":[]}`},
		{"signed out", "", "GET", mine, "", 401, ""},
		{"in nothing", "ann", "GET", "/api/v1/packages/no-such-package/mine", "", 404, "shaping.not_found"},
		{"a page that is none", "ann", "GET", "/api/v1/me/packages?after=x", "", 422, ""},
		{"signed out, all", "", "GET", "/api/v1/me/packages", "", 401, ""},
	})
	for who, all := range map[string][]string{"ben": {"440000", `"choice":-1`}, "wisher": {"440000", `"choice"`}, "fresh": {"440000", `"choice"`}} {
		_, body := send(who, "GET", mine, "")
		for _, x := range all {
			if strings.Contains(body, x) {
				t.Errorf("%s reads %s of somebody else: %s", who, x, body)
			}
		}
	}
	req, err := http.NewRequest(http.MethodGet, srv.URL+mine, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "s", Value: "ann"})
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("caches may keep it: %q", got)
	}
	b.do(`UPDATE packages SET hidden_why = 'moderation.reason_spam' WHERE id = ? RETURNING id`, b.p.ID)
	askAll(t, send, []sending{{"in a hidden one", "ann", "GET", mine, "", 410, ""}, {"hidden ones are not listed", "ann", "GET", "/api/v1/me/packages", "", 200, `"packages":[]`}})
}

func TestOnesOwnPackagesComePageByPage(t *testing.T) {
	b := newBooth(t)
	for i := range listSize + 2 {
		b.wishFor(b.open(fmt.Sprintf("lens-%02d", i), b.clinic), "stay.hotel_nights", 6)
	}
	send := sender(t, testkit.Door(t, b.d, testkit.Guests{"wisher": b.author, "fresh": b.patient()}, b.ownAPI()))
	type page struct {
		Packages []OwnPackageJSON
		Next     string
	}
	read := func(after string) (p page) {
		t.Helper()
		status, body := send("wisher", "GET", "/api/v1/me/packages?after="+after, "")
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		return p
	}
	first := read("")
	second := read(first.Next)
	seen := map[string]bool{}
	for _, x := range slices.Concat(first.Packages, second.Packages) {
		seen[x.Slug] = true
		if x.Wishes != 1 || x.Votes != 0 || x.Interest != "" {
			t.Errorf("%+v", x)
		}
	}
	if len(first.Packages) != listSize || len(second.Packages) != 3 || second.Next != "" || len(seen) != listSize+3 {
		t.Errorf("%d and %d packages, %d of them different, then %q", len(first.Packages), len(second.Packages), len(seen), second.Next)
	}
	if status, body := send("fresh", "GET", "/api/v1/me/packages", ""); status != 200 || !strings.Contains(body, `{"packages":[]}`) {
		t.Errorf("who did nothing: %d %s", status, body)
	}
}
