package app_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"caravan/internal/db"
	"caravan/internal/notify"
	"caravan/internal/testkit"
)

// Two nodes know a session from a request before; one of them is told that it
// ended. The other one forgets it before the second is over for which it would
// know it without being told.
func TestWhatOneNodeHearsTheOtherForgets(t *testing.T) {
	t.Parallel()
	d, _ := testkit.DBAt(t)
	bus := testkitBus(t)
	one, two := startOn(t, d, bus(), nil), startOn(t, d, bus(), nil)
	p := testkit.Person(t, d, "Mira")
	for name, end := range map[string]func(cookie string) error{
		"sign-out": func(cookie string) error { return one.Account.SignOut(t.Context(), cookie) },
		"blocking": func(string) error { return one.Account.Disable(t.Context(), p.AccountID) },
	} {
		if _, err := d.Pool().Exec(t.Context(), `update accounts set disabled_at = null`); err != nil {
			t.Fatal(err)
		}
		v := one.as(p)
		there := &visitor{t, two.URL, v.cookies, v.client}
		for _, x := range []*visitor{v, there} {
			if a := x.get("/api/v1/me"); a.StatusCode != http.StatusOK {
				t.Fatalf("%s: before it: %d", name, a.StatusCode)
			}
		}
		cookie := v.cookies["s"]
		if err := end(cookie); err != nil {
			t.Fatal(err)
		}
		if a := v.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: at the same node: %d", name, a.StatusCode)
		}
		there.cookies = map[string]string{"s": cookie}
		began := time.Now()
		for there.get("/api/v1/me").StatusCode != http.StatusUnauthorized {
			if time.Since(began) > 10*time.Second {
				t.Fatalf("%s: the other node never hears of it", name)
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s: the other node took %v", name, took)
		}
	}
}

func TestNewsOfAPersonAreSeenOnEveryNode(t *testing.T) {
	t.Parallel()
	d, _ := testkit.DBAt(t)
	bus := testkitBus(t)
	one, two := startOn(t, d, bus(), nil), startOn(t, d, bus(), nil)
	p := testkit.Person(t, d, "Mira")
	there := two.as(p)
	there.get("/api/v1/me")
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		return one.Notify.Tell(tx, notify.Notice{AccountID: p.AccountID, Kind: "reply", Ref: 1, Path: "/questions/1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		var me struct{ Unread int }
		if err := json.Unmarshal([]byte(there.get("/api/v1/me").text), &me); err != nil {
			t.Fatal(err)
		}
		if me.Unread == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the other node never hears of it")
		}
	}
}
