package account_test

import (
	"net/http"
	"strings"
	"testing"

	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
)

// Whose role needs a second factor steps up with nothing less, as soon as there
// is one; everybody else goes on with the password.
func TestStepUpByRole(t *testing.T) {
	t.Parallel()
	w := open(t)
	ctx := t.Context()
	a := w.confirmed(t, "Quiet Heron")
	k := w.registered(t, a)
	o, err := w.SignIn(ctx, credentials("Quiet Heron"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.StepUp(ctx, w.who(t, o.Cookie), goodPassword); err != nil {
		t.Errorf("a member by password: %v", err)
	}
	w.exec(t, `insert into platform_roles (account_id, role, since) values ($1, 'moderator', now())`, a.AccountID)
	if o, err = w.SignIn(ctx, credentials("Quiet Heron")); err != nil {
		t.Fatal(err)
	}
	me := w.who(t, o.Cookie)
	if !me.SteppedUp.IsZero() || account.NeedStepUp(me, w.clock.Now()) == nil {
		t.Error("the password alone counts as a step-up of a moderator with a passkey")
	}
	if _, err := w.StepUp(ctx, me, goodPassword); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a moderator by password: %v", err)
	}
	if err := w.ChangePassword(ctx, me, goodPassword, goodPassword+" and a tenth"); !errs.Is(err, errs.Forbidden) {
		t.Errorf("another password by password: %v", err)
	}
	if err := w.ChangeAddress(ctx, me, "new@test.example", goodPassword); !errs.Is(err, errs.Forbidden) {
		t.Errorf("another address by password: %v", err)
	}
	c, err := w.BeginStepUp(ctx, me)
	if err != nil {
		t.Fatal(err)
	}
	before := o.Cookie
	if o, err = w.StepUpByPasskey(ctx, me, answer(t, c, k)); err != nil {
		t.Fatal(err)
	}
	w.gone(t, before, "after stepping up")
	me = w.who(t, o.Cookie)
	if err := account.NeedStepUp(me, w.clock.Now()); err != nil {
		t.Errorf("after the passkey: %v", err)
	}
	all, _ := w.Passkeys(ctx, me)
	if err := w.RemovePasskey(ctx, me, all[0].ID); !errs.Is(err, errs.Conflict) {
		t.Errorf("the last one of a moderator without codes: %v", err)
	}
	if _, err := w.MakeRecoveryCodes(ctx, me, db.Key{}); err != nil {
		t.Fatal(err)
	}
	if err := w.RemovePasskey(ctx, me, all[0].ID); err != nil {
		t.Errorf("with codes: %v", err)
	}
	b := w.browser(t)
	b.setCookie("s", o.Cookie)
	if p := b.get("/me/step-up?next=/me"); strings.Contains(p.body, "current_password") || !strings.Contains(p.body, `name="code"`) {
		t.Errorf("the page still takes the password: %s", p.body)
	}
	if p := b.get("/step-up?next=/me"); p.head.Get("Location") != "/me/step-up?next=%2Fme" {
		t.Errorf("the short address: %d to %q", p.status, p.head.Get("Location"))
	}
}

// A moderator without a second factor goes on with the password, and is led to
// register a passkey.
func TestWhoHasNoPasskeyYetIsLedToOne(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	w.exec(t, `insert into platform_roles (account_id, role, since) values ($1, 'moderator', now())`, a.AccountID)
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	for path, want := range map[string]string{"/me": "With your role, please register one", "/me/step-up": `href="/me/passkeys"`, "/me/passkeys": "Please register a passkey"} {
		if p := b.get(path); p.status != http.StatusOK || !strings.Contains(p.body, want) {
			t.Errorf("%s: %d, does not say %q", path, p.status, want)
		}
	}
	if p := b.submit(b.get("/me/step-up?next=/me/passkeys"), "/me/step-up", "current_password", goodPassword); p.head.Get("Location") != "/me/passkeys" {
		t.Errorf("by password: %d to %q", p.status, p.head.Get("Location"))
	}
}

// Who has lost every passkey and code cannot step up; an operator takes them
// away, and everything begins anew with the password.
func TestAnOperatorHelpsWhoLostEverything(t *testing.T) {
	t.Parallel()
	w := open(t)
	me, _ := w.coded(t, "Quiet Heron")
	drop := func() (had bool, err error) {
		err = w.db.Write(t.Context(), func(tx *db.Tx) error { had, err = account.DropSecond(tx, "quiet.heron@test.example"); return err })
		return had, err
	}
	if _, err := w.StepUp(t.Context(), me, goodPassword); !errs.Is(err, errs.Forbidden) {
		t.Errorf("before: %v", err)
	}
	for _, want := range []bool{true, false} {
		if had, err := drop(); err != nil || had != want {
			t.Errorf("had %v, want %v; %v", had, want, err)
		}
	}
	o, err := w.SignIn(t.Context(), credentials("Quiet Heron"))
	if err != nil {
		t.Fatal(err)
	}
	if err := account.NeedStepUp(w.who(t, o.Cookie), w.clock.Now()); err != nil {
		t.Errorf("after: %v", err)
	}
}
