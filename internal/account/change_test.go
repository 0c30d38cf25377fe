package account_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
)

const otherPassword = "brass otter winks at seven moons"

// A new password: every other session ends at once.
func TestNewPasswordEndsOtherSessionsAndTellsTheOwner(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	other := w.session(t, a)
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	p := b.submit(b.get("/me/password"), "/me/password", "current_password", "wrong", "password", otherPassword)
	if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, `id="current_password-err"`) {
		t.Errorf("with a wrong password: %d", p.status)
	}
	p = b.submit(p, "/me/password", "current_password", goodPassword, "password", "short")
	if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, `id="password-err"`) {
		t.Errorf("a short one: %d", p.status)
	}
	w.who(t, other.Cookie)
	if p = b.submit(p, "/me/password", "current_password", goodPassword, "password", otherPassword); p.status != http.StatusSeeOther {
		t.Fatalf("%d", p.status)
	}
	w.gone(t, other.Cookie, "after a new password")
	if !w.told.session(other.PublicID) {
		t.Error("its sockets stay open")
	}
	w.who(t, b.cookie("s"))
	if l := w.mailTo(t, "quiet.heron@test.example"); l.Subject != "Your password was changed" {
		t.Errorf("told %q", l.Subject)
	}
	if _, err := w.SignIn(t.Context(), credentials("Quiet Heron")); !errs.Is(err, errs.SignIn) {
		t.Errorf("the old password: %v", err)
	}
	c := credentials("Quiet Heron")
	c.Password = otherPassword
	if _, err := w.SignIn(t.Context(), c); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	old := w.session(t, a)
	b := w.browser(t)
	p := b.submit(b.get("/reset"), "/reset", "email", "Quiet.Heron@test.example")
	q := b.submit(b.get("/reset"), "/reset", "email", "nobody@test.example")
	if p.status != http.StatusSeeOther || p.status != q.status || p.head.Get("Location") != q.head.Get("Location") {
		t.Errorf("known: %d, unknown: %d", p.status, q.status)
	}
	link := w.mailTo(t, "quiet.heron@test.example").Links[0]
	if n := len(w.mails(t)); n != 2 { // confirm, reset
		t.Errorf("%d mails", n)
	}
	p = b.get(link)
	if p = b.submit(p, "/reset/password", "password", "short"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a short one: %d", p.status)
	}
	if p = b.submit(p, "/reset/password", "password", otherPassword); p.head.Get("Location") != "/sign-in?done=account_password_set" {
		t.Fatalf("%d to %q", p.status, p.head.Get("Location"))
	}
	w.gone(t, old.Cookie, "after a reset")
	if p = b.get(link); p.status != http.StatusGone {
		t.Errorf("the link works twice: %d", p.status)
	}
	if p = b.signIn("quiet.heron@test.example", otherPassword); p.status != http.StatusSeeOther {
		t.Errorf("the new password: %d", p.status)
	}
}

func TestResetLinksEnd(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	if err := w.AskReset(t.Context(), "quiet.heron@test.example"); err != nil {
		t.Fatal(err)
	}
	link := tokenOf(t, w.mailTo(t, "quiet.heron@test.example").Links[0])
	if _, err := w.Confirm(t.Context(), link); !errs.Is(err, errs.Gone) {
		t.Errorf("a link for a password confirmed something: %v", err)
	}
	w.clock.Move(time.Hour)
	if err := w.Reset(t.Context(), link, otherPassword); !errs.Is(err, errs.Gone) {
		t.Errorf("after an hour: %v", err)
	}
}

func TestResetMailsAreLimited(t *testing.T) {
	t.Parallel()
	w := open(t, withLimits)
	for i := range 4 {
		err := w.AskReset(t.Context(), "nobody@test.example")
		if (err == nil) != (i < 3) || (err != nil && !errs.Is(err, errs.TooMany)) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestNewAddressIsUsedOnceConfirmedAndTheOldOneIsTold(t *testing.T) {
	t.Parallel()
	w := open(t)
	var published int
	a := w.confirmed(t, "Quiet Heron")
	w.WhenConfirmed(func(*db.Tx, int64) error { published++; return nil })
	var at []string
	w.WhenAddressed(func(tx *db.Tx, id int64) error {
		var person int64
		if err := tx.Gorm().Raw(`SELECT person_id FROM accounts WHERE id = ?`, id).Scan(&person).Error; err != nil {
			return err
		}
		domains, err := account.MailDomains(tx, []int64{person})
		for _, m := range domains {
			at = append(at, m.Domain)
		}
		return err
	})
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	p := b.submit(b.get("/me/email"), "/me/email", "email", "new@test.example", "current_password", "wrong")
	if p.status != http.StatusUnprocessableEntity {
		t.Errorf("with a wrong password: %d", p.status)
	}
	if p = b.submit(p, "/me/email", "email", "new@staff.test.example", "current_password", goodPassword); p.status != http.StatusSeeOther {
		t.Fatalf("%d", p.status)
	}
	link := w.mailTo(t, "new@staff.test.example").Links[0]
	if to, _, err := w.Address(t.Context(), a.AccountID, false); err != nil || to != "quiet.heron@test.example" {
		t.Errorf("in use before it is confirmed: %q, %v", to, err)
	}
	if p = b.submit(b.get(link), "/confirm"); p.status != http.StatusSeeOther {
		t.Fatalf("%d", p.status)
	}
	if to, _, err := w.Address(t.Context(), a.AccountID, false); err != nil || to != "new@staff.test.example" {
		t.Errorf("in use: %q, %v", to, err)
	}
	if l := w.mailTo(t, "quiet.heron@test.example"); l.Subject != "Your e-mail address was changed" {
		t.Errorf("the old address was told %q", l.Subject)
	}
	if _, err := w.SignIn(t.Context(), credentials("Quiet Heron")); !errs.Is(err, errs.SignIn) {
		t.Errorf("the old address still signs in: %v", err)
	}
	if _, err := w.SignIn(t.Context(), account.Credentials{Email: "new@staff.test.example", Password: goodPassword}); err != nil {
		t.Errorf("the new address: %v", err)
	}
	if want := []string{"staff.test.example", "test.example"}; !slices.Equal(at, want) {
		t.Errorf("it is said to be at %v, want %v", at, want)
	}
	if published != 0 {
		t.Error("a change of address published something again")
	}
	w.confirmedAgain(t, "quiet.heron@test.example") // the old one is free for others
	w.clock.Move(31 * 24 * time.Hour)
	if err := w.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `select count(*) from identities where retired_at is not null`); n != 0 {
		t.Error("a replaced address is kept for ever")
	}
}

func (w *world) confirmedAgain(t *testing.T, email string) {
	t.Helper()
	d := draft("Brisk Plover")
	d.Email = email
	if _, err := w.SignUp(t.Context(), d, db.Key{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Confirm(t.Context(), tokenOf(t, w.mailTo(t, email).Links[0])); err != nil {
		t.Errorf("%s is not free: %v", email, err)
	}
}

// An address of somebody else can be asked for, and tells nothing.
func TestChangeToAKnownAddressTellsItsOwnerOnly(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	a := w.confirmed(t, "Pale Otter")
	if err := w.ChangeAddress(t.Context(), a, "quiet.heron@test.example", goodPassword); err != nil {
		t.Fatal(err)
	}
	if l := w.mailTo(t, "quiet.heron@test.example"); l.Subject != "You already have an account" {
		t.Errorf("told %q", l.Subject)
	}
	if err := w.ChangeAddress(t.Context(), a, "pale.otter@test.example", goodPassword); !errs.Is(err, errs.Invalid) {
		t.Errorf("the same address: %v", err)
	}
}

func TestStepUpGivesANewCookieAndLastsFiveMinutes(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	w.clock.Move(10 * time.Minute)
	const careful = `data-passkey="create"` // shown to who stepped up a moment ago
	if p := b.get("/me/passkeys"); p.status != http.StatusOK || strings.Contains(p.body, careful) {
		t.Fatalf("%d, or a passkey can be added without stepping up", p.status)
	}
	before := b.cookie("s")
	p := b.submit(b.get("/me/step-up?next=/me/passkeys"), "/me/step-up", "current_password", "wrong")
	if p.status != http.StatusUnprocessableEntity {
		t.Errorf("wrong password: %d", p.status)
	}
	p = b.submit(p, "/me/step-up", "current_password", goodPassword)
	if p.head.Get("Location") != "/me/passkeys" || b.cookie("s") == before {
		t.Errorf("%d to %q", p.status, p.head.Get("Location"))
	}
	w.gone(t, before, "after stepping up")
	if p = b.follow(p); p.status != http.StatusOK || !strings.Contains(p.body, careful) {
		t.Errorf("%d, or not stepped up", p.status)
	}
	w.clock.Move(6 * time.Minute)
	if p = b.get("/me/passkeys"); strings.Contains(p.body, careful) {
		t.Error("a step-up holds after five minutes")
	}
}

func TestClosedAccountIsGone(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	var closed []int64
	w.WhenClosed(func(_ *db.Tx, id int64) error { closed = append(closed, id); return nil })
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	cookie := b.cookie("s")
	if err := w.db.Write(t.Context(), func(tx *db.Tx) error { return w.Remove(tx, a.AccountID) }); err != nil {
		t.Fatal(err)
	}
	w.gone(t, cookie, "after closing")
	if _, err := w.SignIn(t.Context(), credentials("Quiet Heron")); !errs.Is(err, errs.SignIn) {
		t.Errorf("sign-in: %v", err)
	}
	if n := w.count(t, `select count(*) from identities`) + w.count(t, `select count(*) from passwords`) + w.count(t, `select count(*) from account_tokens`); n != 0 {
		t.Errorf("%d rows that could lead to the person", n)
	}
	if n := w.count(t, `select count(*) from accounts where closed_at is not null and id = $1`, a.AccountID); n != 1 || len(closed) != 1 {
		t.Errorf("closed: %d, told: %v", n, closed)
	}
	if n := w.count(t, `select count(*) from accounts where handle || handle_key ilike '%heron%'`); n != 0 {
		t.Error("the name is still there")
	}
	d := draft("Quiet Heron")
	d.Email = "impostor@test.example"
	if _, err := w.SignUp(t.Context(), d, db.Key{}); !errs.Is(err, errs.Invalid) {
		t.Errorf("somebody else took the name: %v", err)
	}
}

func TestLanguageOfMails(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	p := b.submit(b.get("/me"), "/me/language", "lang", "ar")
	if p.head.Get("Location") != "/ar/me?done=account_language" {
		t.Errorf("%d to %q", p.status, p.head.Get("Location"))
	}
	if err := w.AskReset(t.Context(), "quiet.heron@test.example"); err != nil {
		t.Fatal(err)
	}
	if l := w.mailTo(t, "quiet.heron@test.example"); l.Lang != "ar" || !strings.Contains(l.Links[0], "/ar/reset?token=") {
		t.Errorf("%s, %s", l.Lang, l.Links[0])
	}
	if p := b.submit(b.get("/me"), "/me/language", "lang", "xx"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown language: %d", p.status)
	}
}
