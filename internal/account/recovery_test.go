package account_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

// coded is a moderator with a passkey and recovery codes, signed in by password.
func (w *world) coded(t *testing.T, handle string) (me access.Actor, codes []string) {
	t.Helper()
	a := w.confirmed(t, handle)
	w.registered(t, a)
	codes, err := w.MakeRecoveryCodes(t.Context(), w.who(t, w.session(t, a).Cookie), db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, `insert into platform_roles (account_id, role, since) values ($1, 'moderator', now())`, a.AccountID)
	return w.who(t, w.session(t, a).Cookie), codes
}

// A code serves once, and only its own account.
func TestARecoveryCodeServesOnceAndOnlyItsOwner(t *testing.T) {
	t.Parallel()
	w := open(t)
	me, codes := w.coded(t, "Quiet Heron")
	other, _ := w.coded(t, "Pale Otter")
	ctx := t.Context()
	if len(codes) != 10 || !regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(codes[0]) {
		t.Errorf("%q", codes)
	}
	if n := w.count(t, `SELECT count(*) FROM recovery_codes WHERE encode(hash, 'escape') LIKE '%' || $1 || '%'`, codes[0]); n != 0 {
		t.Error("a code itself is kept")
	}
	if _, err := w.StepUpByCode(ctx, other, codes[0]); !errs.Is(err, errs.SignIn) {
		t.Errorf("of another account: %v", err)
	}
	for _, wrong := range []string{"", "0000-0000-0000-0000-0000-0000", codes[0][:28], codes[0] + "0", strings.Repeat("Z", 5000)} {
		if _, err := w.StepUpByCode(ctx, me, wrong); !errs.Is(err, errs.SignIn) {
			t.Errorf("%.40q: %v", wrong, err)
		}
	}
	typed := strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(codes[0], "-", " ")), "0", "o")
	o, err := w.StepUpByCode(ctx, me, strings.ReplaceAll(typed, "1", "l"))
	if err != nil {
		t.Fatalf("as people type it: %v", err)
	}
	me = w.who(t, o.Cookie)
	if err := account.NeedStepUp(me, w.clock.Now()); err != nil {
		t.Error(err)
	}
	if _, err := w.StepUpByCode(ctx, me, codes[0]); !errs.Is(err, errs.SignIn) {
		t.Errorf("twice: %v", err)
	}
	if l := w.mailTo(t, "quiet.heron@test.example"); l.Subject != "A recovery code of yours was used" {
		t.Errorf("told %q", l.Subject)
	}
	fresh, err := w.MakeRecoveryCodes(ctx, me, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.StepUpByCode(ctx, me, codes[1]); !errs.Is(err, errs.SignIn) {
		t.Errorf("one from before: %v", err)
	}
	if _, err := w.StepUpByCode(ctx, me, fresh[1]); err != nil {
		t.Errorf("a new one: %v", err)
	}
}

func TestOfManyAtOnceOneUsesTheCode(t *testing.T) {
	t.Parallel()
	w := open(t)
	me, codes := w.coded(t, "Quiet Heron")
	once(t, 8, func() error {
		_, err := w.StepUpByCode(context.Background(), me, codes[0])
		return err
	})
}

func TestTriesWithCodesAreLimited(t *testing.T) {
	t.Parallel()
	w := open(t, withLimits)
	me, codes := w.coded(t, "Quiet Heron")
	for i := range 6 {
		if _, err := w.StepUpByCode(t.Context(), me, "wrong"); !errs.Is(err, errs.SignIn) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := w.StepUpByCode(t.Context(), me, codes[0]); !errs.Is(err, errs.TooMany) || errs.Of(err).RetryAfter == 0 {
		t.Errorf("the seventh in a minute: %v", err)
	}
}

// The codes are shown by the answer to the form, once, and to nobody without a
// step-up; a page without scripts does all of it.
func TestCodesAreShownOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	b := w.browser(t)
	b.signIn("quiet.heron@test.example", goodPassword)
	if p := b.get("/me/passkeys"); strings.Contains(p.body, `action="/me/passkeys/codes"`) {
		t.Error("codes without a passkey")
	}
	if _, err := w.MakeRecoveryCodes(t.Context(), w.who(t, b.cookie("s")), db.Key{}); !errs.Is(err, errs.Conflict) {
		t.Errorf("codes without a passkey: %v", err)
	}
	w.registered(t, a)
	b.signIn("quiet.heron@test.example", goodPassword)
	before := b.get("/me/passkeys")
	form, _ := formOf(before.body, "/me/passkeys/codes")
	p := b.post("/me/passkeys/codes", form)
	code := regexp.MustCompile(`<code class="num">([^<]+)</code>`).FindAllStringSubmatch(p.body, -1)
	if p.status != http.StatusCreated || len(code) != 10 || p.head.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, %d codes", p.status, len(code))
	}
	if p = b.post("/me/passkeys/codes", form); p.status != http.StatusConflict || strings.Contains(p.body, `<code class="num">`) {
		t.Errorf("the form again: %d", p.status)
	}
	w.clock.Move(account.StepUpLife)
	form.Set("once", "another-form-0123456789")
	if p = b.post("/me/passkeys/codes", form); p.head.Get("Location") != "/me/step-up?next=/me/passkeys" {
		t.Errorf("without a step-up: %d to %q", p.status, p.head.Get("Location"))
	}
	p = b.submit(b.follow(p), "/me/step-up/code", "code", "wrong")
	if p.status != http.StatusUnauthorized || !strings.Contains(p.body, `action="/me/step-up/code"`) {
		t.Errorf("a wrong code: %d", p.status)
	}
	if p = b.submit(p, "/me/step-up/code", "code", code[3][1]); p.head.Get("Location") != "/me/passkeys" {
		t.Errorf("a code: %d to %q", p.status, p.head.Get("Location"))
	}
}

func TestDemoCodesAreTheSameAtEveryStartAndExistInNoOtherMode(t *testing.T) {
	t.Parallel()
	for demo, want := range map[bool]int{true: 10, false: 0} {
		w := open(t, func(c *config.Config) { c.Demo = demo })
		p := testkit.Person(t, w.db, "Mira", testkit.Moderator)
		w.exec(t, `update identities set uid = 'moderator@demo.example' where account_id = $1`, p.AccountID)
		first, err := w.DemoCodes(t.Context())
		if err != nil || len(first["moderator@demo.example"]) != want {
			t.Fatalf("demo %v: %v, %v", demo, first, err)
		}
		if !demo {
			continue
		}
		me := w.who(t, w.session(t, p).Cookie)
		if account.NeedStepUp(me, w.clock.Now()) == nil {
			t.Error("a session without a code counts as stepped up")
		}
		for range 2 { // a used one works again after the next start
			codes, err := w.DemoCodes(t.Context())
			if err != nil || codes["moderator@demo.example"][0] != first["moderator@demo.example"][0] {
				t.Errorf("%v, %v", codes, err)
			}
			o, err := w.StepUpByCode(t.Context(), me, codes["moderator@demo.example"][0])
			if err != nil {
				t.Fatal(err)
			}
			me = w.who(t, o.Cookie)
		}
	}
}
