package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/job"
	"caravan/internal/mail"
	"caravan/internal/testkit"
	"caravan/internal/wording"
)

// addresses is a Book with fixed entries.
type addresses map[int64][2]string

func (a addresses) Address(_ context.Context, id int64, pending bool) (string, string, error) {
	if pending {
		id = -id
	}
	return a[id][0], a[id][1], nil
}

func (a addresses) Former(_ context.Context, id int64) (string, string, error) {
	return "former@test.example", "en", nil
}

var config = mail.Config{BaseURL: "https://caravan.example", From: "Caravan <no-reply@caravan.example>", Key: []byte("0123456789abcdef0123456789abcdef")}

type office struct {
	*mail.Mailer
	db   *db.DB
	jobs *job.Runner
}

func open(t *testing.T, cfg mail.Config) office {
	t.Helper()
	d := testkit.DB(t)
	jobs, err := job.New(d)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.New(cfg, jobs)
	if err != nil {
		t.Fatal(err)
	}
	m.SetBook(addresses{1: {"quiet@test.example", "en"}, 2: {"heron@test.example", "ar"}, -1: {"new@test.example", "en"}})
	t.Cleanup(func() {
		if err := jobs.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return office{m, d, jobs}
}

func (o office) queue(t *testing.T, l mail.Letter) {
	t.Helper()
	if err := o.db.Write(t.Context(), func(tx *db.Tx) error { return o.Queue(tx, l) }); err != nil {
		t.Fatal(err)
	}
}

func TestLettersAreWrittenWhenTheyAreSent(t *testing.T) {
	t.Parallel()
	cfg := config
	cfg.BoxDir = t.TempDir()
	o := open(t, cfg)
	o.queue(t, mail.Letter{AccountID: 1, Kind: "reset", Values: map[string]string{"link": "/reset?token=abc"}})
	o.queue(t, mail.Letter{AccountID: 2, Kind: "reset", Values: map[string]string{"link": "/reset?token=def"}})
	o.queue(t, mail.Letter{AccountID: 1, Pending: true, Kind: "confirm", Values: map[string]string{"link": "/confirm?token=ghi"}})
	o.queue(t, mail.Letter{AccountID: 1, Former: true, Kind: "address_changed", Values: map[string]string{"link": "/contact"}})
	o.queue(t, mail.Letter{AccountID: 0, Kind: "reset", Values: map[string]string{"link": "/reset?token=jkl"}})
	o.queue(t, mail.Letter{AccountID: 77, Kind: "reset", Values: map[string]string{"link": "/reset?token=mno"}}) // closed since
	if err := o.jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := o.Box()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range all {
		got[l.To] = l.Links[0]
		if !strings.Contains(l.Body, l.Links[0]) {
			t.Errorf("to %s: the body lacks its link", l.To)
		}
		if l.Subject == "" || strings.Contains(l.Subject+l.Body, "mail.") {
			t.Errorf("to %s: words are missing: %q", l.To, l.Subject)
		}
	}
	want := map[string]string{
		"quiet@test.example": "https://caravan.example/reset?token=abc", "heron@test.example": "https://caravan.example/ar/reset?token=def",
		"new@test.example": "https://caravan.example/confirm?token=ghi", "former@test.example": "https://caravan.example/contact",
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	for to, link := range want {
		if got[to] != link {
			t.Errorf("to %s: link %q, want %q", to, got[to], link)
		}
	}
}

func TestWaitingMailsTellNothing(t *testing.T) {
	t.Parallel()
	cfg := config
	cfg.BoxDir = t.TempDir()
	o := open(t, cfg)
	o.queue(t, mail.Letter{AccountID: 1, Kind: "reset", Values: map[string]string{"link": "/reset?token=canary-token"}})
	var args string
	if err := o.db.Pool().QueryRow(t.Context(), `select args::text from river.river_job`).Scan(&args); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(args, "canary") || strings.Contains(args, "@") || !json.Valid([]byte(args)) {
		t.Errorf("the waiting mail holds %s", args)
	}
}

func TestMailIsSentOnlyIfItsTransactionHolds(t *testing.T) {
	t.Parallel()
	cfg := config
	cfg.BoxDir = t.TempDir()
	o := open(t, cfg)
	undone := errors.New("undone")
	err := o.db.Write(t.Context(), func(tx *db.Tx) error {
		if err := o.Queue(tx, mail.Letter{AccountID: 1, Kind: "reset", Values: map[string]string{"link": "/reset"}}); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if err := o.jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err := o.Box(); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v, want no mail", all, err)
	}
}

func TestOnlyLinksOfThisSiteGoIntoMails(t *testing.T) {
	t.Parallel()
	cfg := config
	cfg.BoxDir = t.TempDir()
	o := open(t, cfg)
	for _, v := range []string{"Quiet Heron", "https://evil.example/x", "//evil.example/x", "javascript:alert(1)", "https://caravan.example.evil/x", "https://caravan.example@evil.example/"} {
		err := o.db.Write(t.Context(), func(tx *db.Tx) error {
			return o.Queue(tx, mail.Letter{AccountID: 1, Kind: "reset", Values: map[string]string{"link": v}})
		})
		if err == nil {
			t.Errorf("%q was taken as a link", v)
		}
	}
}

// Mails are read by others than those they are for. Whatever kind of mail is
// added later, it can name nothing but links.
func TestEveryMailHasNoPlaceForAnythingButLinks(t *testing.T) {
	for _, lang := range wording.Langs {
		kinds := map[string]int{}
		for _, key := range wording.Keys(lang) {
			rest, ok := strings.CutPrefix(key, "mail.")
			if !ok {
				continue
			}
			kind, part, _ := strings.Cut(rest, ".")
			if part == "subject" || part == "body" {
				kinds[kind]++
			}
			said := wording.Text(lang, key, "link", "LINK", "path", "LINK")
			if strings.Contains(said, "<no value>") {
				t.Errorf("%s in %s has a place for something else than a link: %s", key, lang, said)
			}
			if part == "subject" && strings.Contains(said, "LINK") {
				t.Errorf("%s in %s has a link in its subject", key, lang)
			}
		}
		for kind, n := range kinds {
			if n != 2 {
				t.Errorf("mail %s in %s lacks its subject or its body", kind, lang)
			}
		}
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	for name, change := range map[string]func(*mail.Config){
		"no key":           func(c *mail.Config) { c.Key = nil },
		"base is no URL":   func(c *mail.Config) { c.BaseURL = "caravan" },
		"sender":           func(c *mail.Config) { c.From = "nobody" },
		"scheme of server": func(c *mail.Config) { c.SMTPURL = "http://mail.example" },
		"no server":        func(c *mail.Config) { c.SMTPURL = "smtp://" },
	} {
		cfg := config
		change(&cfg)
		jobs, err := job.New(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mail.New(cfg, jobs); err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "0123456789") {
			t.Errorf("%s: the error prints the key", name)
		}
	}
}
