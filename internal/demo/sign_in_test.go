package demo_test

import (
	"bytes"
	"context"
	"testing"

	"caravan/internal/account"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/demo"
	"caravan/internal/httpd"
	"caravan/internal/testkit"
)

func accounts(t *testing.T, d *db.DB) *account.Service {
	t.Helper()
	secret := bytes.Repeat([]byte{7}, 32)
	jobs := testkit.Jobs(t, d)
	mailer := testkit.Mail(t, jobs, "http://localhost")
	return account.New(account.Tools{DB: d, Jobs: jobs, Mail: mailer, Limits: httpd.NewLimits(d, secret, true), Config: config.Config{Demo: true}, Secret: secret})
}

func TestNamedAndNumberedAddressesSignIn(t *testing.T) {
	t.Parallel()
	d := demo.Filled(t, 1)
	s := accounts(t, d)
	emails := []string{"demo-001@demo.example", "demo-050@demo.example"}
	for _, n := range account.DemoSignIns {
		emails = append(emails, n.Address())
	}
	for _, email := range emails {
		o, err := s.SignIn(context.Background(), account.Credentials{Email: email, Password: account.DemoPassword})
		if err != nil {
			t.Errorf("%s: %v", email, err)
			continue
		}
		a, _, err := s.Who(context.Background(), o.Cookie)
		if err != nil || !a.Confirmed {
			t.Errorf("%s: %+v, %v", email, a, err)
		}
		if want := map[string]int{"patient@demo.example": 2, "newcomer@demo.example": 1}[email]; want != 0 && a.Trust != want {
			t.Errorf("%s: trust %d, want %d", email, a.Trust, want)
		}
	}
}

func TestMailGoesToTheNamedAddress(t *testing.T) {
	t.Parallel()
	d := demo.Filled(t, 1)
	id := count(t, d, `SELECT account_id FROM identities WHERE provider = 'email' AND uid = 'staff@demo.example'`)
	if address, _, err := accounts(t, d).Address(context.Background(), id, false); err != nil || address != "staff@demo.example" {
		t.Errorf("got %s, %v", address, err)
	}
}

func TestSessionsOpenTheDoor(t *testing.T) {
	t.Parallel()
	d := demo.Filled(t, 1)
	cookies, err := demo.Sessions(context.Background(), d, 60)
	if err != nil {
		t.Fatal(err)
	}
	s := accounts(t, d)
	people := map[int64]bool{}
	for i, c := range cookies {
		a, expires, err := s.Who(context.Background(), c)
		if err != nil || !a.SignedIn() || !expires.After(d.Now()) {
			t.Fatalf("cookie %d: %+v until %v, %v", i, a, expires, err)
		}
		if i < 20 && (a.Moderator || a.Admin || len(a.Works) > 0) {
			t.Errorf("cookie %d is of %s, who is no plain member", i, a.Handle)
		}
		people[a.AccountID] = true
	}
	if len(cookies) != 60 || len(people) != 60 {
		t.Errorf("%d cookies of %d people", len(cookies), len(people))
	}
	if _, err := demo.Sessions(context.Background(), d, 5_000); err == nil {
		t.Error("185 people have 5,000 sessions")
	}
}
