package shaping

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/testkit"
)

// sender sends JSON as the guest of a session, each time under a key of its own,
// and reads what comes back.
func sender(t *testing.T, srv *httptest.Server) func(session, method, path, body string) (int, string) {
	n := 0
	return func(session, method, path, body string) (int, string) {
		t.Helper()
		n++
		return sendOnce(t, srv, fmt.Sprintf("key-of-the-test-%04d", n), session, method, path, body)
	}
}

// sendOnce is one sending under a key.
func sendOnce(t *testing.T, srv *httptest.Server, key, session, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, srv.URL+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	req.AddCookie(&http.Cookie{Name: "s", Value: session})
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func TestAJourneyIsLivedOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a := w.patient()
	srv := testkit.Door(t, w.d, testkit.Guests{"ann": a, "thief": w.patient(), "staff": w.staff}, w.journeyAPI())
	send := sender(t, srv)
	expect := func(what string, status int, body string, want int, says ...string) {
		t.Helper()
		if status != want {
			t.Fatalf("%s: %d %s", what, status, body)
		}
		testkit.Contains(t, body, says...)
	}
	enrol := "/api/v1/packages/" + w.p.Slug + "/journey"
	hash := `{"hash":"` + hex.EncodeToString(w.c.ContentHash) + `"}`
	status, body := send("staff", "POST", enrol, hash)
	expect("staff", status, body, http.StatusForbidden)
	status, body = send("ann", "POST", enrol, `{"hash":"`+strings.Repeat("ab", 32)+`"}`)
	expect("of something else", status, body, http.StatusConflict)
	status, body = send("ann", "POST", enrol, hash)
	expect("a place", status, body, http.StatusCreated)
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(body), &made); err != nil {
		t.Fatal(err)
	}
	one := "/api/v1/me/journeys/" + made.ID
	status, body = send("thief", "GET", one, "")
	expect("somebody else's", status, body, http.StatusNotFound)
	status, body = send("ann", "PUT", one+"/verdicts", `{"verdicts":[{"key":"price.total","verdict":"kept"}]}`)
	expect("before the treatment", status, body, http.StatusNotFound)
	today := w.d.Now().Format(time.DateOnly)
	status, body = send("ann", "PUT", one+"/discharge", `{"day":"`+today+`"}`)
	expect("discharged", status, body, http.StatusOK, `"stage":"treated"`, `"discharged_on":"`+today+`"`, `"key":"stay.hotel_nights"`, `"question":"How many hotel nights were paid for?"`)
	status, body = send("ann", "PUT", one+"/verdicts", `{"verdicts":[{"key":"aftercare.answer_hours","verdict":"kept"}]}`)
	expect("a promise whose day has not come", status, body, http.StatusConflict)
	status, body = send("ann", "PUT", one+"/verdicts", `{"verdicts":[{"key":"stay.hotel_nights","verdict":"kept","delivered":"3"}]}`)
	expect("a word against its figure", status, body, http.StatusUnprocessableEntity)
	for range 2 {
		status, body = send("ann", "PUT", one+"/verdicts", `{"verdicts":[{"key":"stay.hotel_nights","delivered":"3","mattered":"much"},{"key":"team.surgeon","verdict":"too_early"}]}`)
		expect("verdicts", status, body, http.StatusOK, `"verdict":"worse","delivered":{"kind":"count","n":3}`, `"verdict":"too_early"`)
	}
	status, body = send("ann", "DELETE", one, "")
	expect("left after the treatment", status, body, http.StatusConflict)
	status, body = send("ann", "GET", "/api/v1/me/journeys", "")
	expect("all of them", status, body, http.StatusOK, made.ID)
	if status, body = send("thief", "GET", "/api/v1/me/journeys", ""); strings.Contains(body, made.ID) {
		t.Errorf("another person's list: %d %s", status, body)
	}
}

func TestAProviderDecidesOverTheAPI(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, 1)
	p := b.published()
	b.do(`UPDATE packages SET state = 'awaiting_commitment' WHERE id = ? RETURNING id`, p.ID)
	b.desk.SteppedUp, b.signer.SteppedUp = b.clock.Now(), b.clock.Now()
	srv := testkit.Door(t, b.d, testkit.Guests{"desk": b.desk, "signer": b.signer, "patient": b.patients[0]}, slices.Concat(b.bindAPI(), b.apiRoutes(), b.signatoryAPI()))
	send := sender(t, srv)
	v, err := versionByID(b.d.Read(t.Context()), *p.NewestVersionID)
	b.must(err)
	day := DayAfter(b.clock.Now(), 90).Format(time.DateOnly)
	signed := func(hash string) string {
		return fmt.Sprintf(`{"version":1,"hash":"%s","capacity":3,"valid_until":"%s","price_locked_until":"%s","remedies":{"x.nurse_calls":"Fifty euros back for each call."}}`, hash, day, day)
	}
	path, steps := "/api/v1/packages/"+p.Slug+"/commitment", "/api/v1/packages/"+p.Slug+"/steps"
	for _, c := range []struct {
		who, path, body string
		want            int
		says            string
	}{
		{"patient", path, signed(hex.EncodeToString(v.ContentHash)), http.StatusForbidden, ""},
		{"desk", path, signed(hex.EncodeToString(v.ContentHash)), http.StatusForbidden, ""},
		{"signer", path, signed(strings.Repeat("ab", 32)), http.StatusConflict, ""},
		{"desk", steps, `{"step":"decline","why":"no"}`, http.StatusUnprocessableEntity, ""},
		{"signer", path, signed(hex.EncodeToString(v.ContentHash)), http.StatusCreated, `"state":"committed"`},
		{"signer", steps, `{"step":"raise_capacity","capacity":2}`, http.StatusUnprocessableEntity, ""},
		{"signer", steps, `{"step":"raise_capacity","capacity":5}`, http.StatusOK, `"state":"committed"`},
		{"patient", steps, `{"step":"retract","why":"` + becauseSo + `"}`, http.StatusForbidden, ""},
		{"signer", steps, `{"step":"retract","why":"` + becauseSo + `"}`, http.StatusOK, `"state":"ended"`},
		{"desk", steps, `{"step":"ask_final"}`, http.StatusConflict, ""},
	} {
		status, body := send(c.who, "POST", c.path, c.body)
		if status != c.want || !strings.Contains(body, c.says) {
			t.Errorf("%s sends %s: %d %s", c.who, c.body, status, body)
		}
	}
	const signers = "/api/v1/console/harbour-eye/signatories"
	status, body := send("desk", "GET", signers, "")
	var named struct{ Signatories []SignatoryJSON }
	if err := json.Unmarshal([]byte(body), &named); err != nil || status != 200 || len(named.Signatories) != 1 || named.Signatories[0].Name != "Dr. Kerem Aydin" {
		t.Fatalf("who may sign: %d %s", status, body)
	}
	askAll(t, send, []sending{
		{"read by a patient", "patient", "GET", signers, "", 404, "provider.no_such_clinic"}, {"named by a patient", "patient", "POST", signers, `{"handle":"Kerem","name":"Kerem Aydin","title":"Head"}`, 404, "provider.no_such_clinic"},
		{"oneself", "desk", "POST", signers, `{"handle":"Selin","name":"Selin Ak","title":"Head"}`, 422, `"field":"handle"`},
		{"nobody", "desk", "POST", signers, `{"handle":"nobody","name":"No Body","title":"Head"}`, 422, `"field":"handle"`},
		{"ended", "desk", "DELETE", fmt.Sprintf("%s/%d", signers, named.Signatories[0].ID), "", 200, `"signatories":[]`},
		{"named again", "desk", "POST", signers, `{"handle":"Kerem","name":"Dr. Kerem Aydin","title":"Director"}`, 200, `"title":"Director"`},
	})
	if status, body := send("patient", "GET", "/api/v1/packages/"+p.Slug, ""); status != 200 || !strings.Contains(body, `"capacity":5`) {
		t.Errorf("%d %s", status, body)
	}
}
