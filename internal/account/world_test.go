package account_test

import (
	"context"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/httpd"
	"caravan/internal/job"
	"caravan/internal/mail"
	"caravan/internal/testkit"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

const goodPassword = "violet lantern over nine rivers"

// world is the feature on a database of its own, behind the real front door.
type world struct {
	*account.Service
	db    *db.DB
	clock *testkit.Clock
	jobs  *job.Runner
	mail  *mail.Mailer
	told  *told
	http  *httptest.Server
}

// told remembers which sockets were to be closed.
type told struct {
	mu       sync.Mutex
	sessions []string
	accounts []int64
}

func (t *told) RevokeSession(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions = append(t.sessions, id)
}
func (t *told) RevokeAccount(id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.accounts = append(t.accounts, id)
}

func (t *told) session(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sessions {
		if s == id {
			return true
		}
	}
	return false
}

// open builds a world. Limits are off unless a change switches them on.
func open(t testing.TB, changes ...func(*config.Config)) *world {
	t.Helper()
	w := &world{told: new(told)}
	w.db, w.clock = testkit.DBAt(t)
	w.http = httptest.NewUnstartedServer(nil)
	base := &url.URL{Scheme: "http", Host: w.http.Listener.Addr().String()}
	cfg := config.Config{BaseURL: base, Demo: true, LimitsOff: true, MailFrom: "Caravan <no-reply@test.example>"}
	for _, f := range changes {
		f(&cfg)
	}
	var err error
	if w.jobs, err = job.New(w.db); err != nil {
		t.Fatal(err)
	}
	if w.mail, err = mail.New(mail.Config{BoxDir: t.TempDir(), BaseURL: base.String(), From: cfg.MailFrom, Key: secret}, w.jobs); err != nil {
		t.Fatal(err)
	}
	limits := httpd.NewLimits(w.db, secret, cfg.LimitsOff)
	w.Service = account.New(account.Tools{DB: w.db, Jobs: w.jobs, Mail: w.mail, Limits: limits, Revoker: w.told, Config: cfg, Secret: secret})
	w.http.Config.Handler = httpd.New(httpd.Options{Config: cfg, DB: w.db, Sessions: w.Service, Secret: secret, Limits: limits}, w.Routes())
	w.http.Start()
	t.Cleanup(func() {
		w.http.Close()
		if err := w.jobs.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func withLimits(c *config.Config) { c.LimitsOff = false }

// draft is a sign-up that is taken as it is.
func draft(handle string) account.Draft {
	return account.Draft{
		Email: testkit.Address(strings.ReplaceAll(handle, " ", ".")), Password: goodPassword, Handle: handle,
		Consents: []string{account.PurposeTerms, account.PurposeHealth}, Adult: true, NameIsFine: true, Lang: "en", Address: handle,
	}
}

// confirmed signs somebody up and confirms the address.
func (w *world) confirmed(t *testing.T, handle string) access.Actor {
	t.Helper()
	o, err := w.SignUp(t.Context(), draft(handle), db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	link := w.mailTo(t, draft(handle).Email).Links[0]
	if _, err := w.Confirm(t.Context(), tokenOf(t, link)); err != nil {
		t.Fatal(err)
	}
	return w.who(t, o.Cookie)
}

// who is the person behind a cookie; the test fails if there is nobody.
func (w *world) who(t *testing.T, cookie string) access.Actor {
	t.Helper()
	a, _, err := w.Who(t.Context(), cookie)
	if err != nil || !a.SignedIn() {
		t.Fatalf("nobody stands behind the cookie: %v", err)
	}
	return a
}

// gone fails the test if a cookie still opens anything.
func (w *world) gone(t *testing.T, cookie, why string) {
	t.Helper()
	a, _, err := w.Who(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	if a.SignedIn() {
		t.Errorf("the cookie still works %s", why)
	}
}

// mails delivers what waits and returns the box, newest first.
func (w *world) mails(t *testing.T) []mail.BoxLetter {
	t.Helper()
	if err := w.jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := w.mail.Box()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// mailTo is the newest mail to an address.
func (w *world) mailTo(t *testing.T, address string) mail.BoxLetter {
	t.Helper()
	for _, l := range w.mails(t) {
		if l.To == address {
			return l
		}
	}
	t.Fatalf("no mail to %s", address)
	return mail.BoxLetter{}
}

func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("%q carries no token", link)
	}
	return u.Query().Get("token")
}

// count runs a query for one number.
func (w *world) count(t *testing.T, sql string, args ...any) (n int64) {
	t.Helper()
	if err := w.db.Pool().QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *world) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := w.db.Pool().Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}
