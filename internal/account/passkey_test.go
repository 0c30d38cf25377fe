package account_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
)

// newKey is an authenticator on a page of the world's.
func (w *world) newKey(t *testing.T) *testkit.Passkey {
	t.Helper()
	host, origin := w.PasskeyHost()
	return testkit.NewPasskey(t, origin, host)
}

// answer is what k answers to a ceremony.
func answer(t *testing.T, c account.Ceremony, k *testkit.Passkey) account.Answer {
	t.Helper()
	return account.Answer{Ticket: c.Ticket, Credential: k.Answer(t, c.Options)}
}

// once has several try the same at the same moment: one of them gets in, and the
// others have to sign in.
func once(t *testing.T, times int, try func() error) {
	t.Helper()
	var in atomic.Int32
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			switch err := try(); {
			case err == nil:
				in.Add(1)
			case !errs.Is(err, errs.SignIn):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("it served %d times", in.Load())
	}
}

// again is a's session as it is now.
func (w *world) again(t *testing.T, o account.Opened) access.Actor {
	t.Helper()
	w.LookAgainAtAll()
	return w.who(t, o.Cookie)
}

// registered registers a key for a in a session that has just begun.
func (w *world) registered(t *testing.T, a access.Actor) *testkit.Passkey {
	t.Helper()
	k := w.newKey(t)
	a = w.who(t, w.session(t, a).Cookie)
	a.SteppedUp = w.clock.Now()
	c, err := w.BeginPasskey(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddPasskey(t.Context(), a, "my phone", "", account.Answer{Ticket: c.Ticket, Credential: k.Register(t, c.Options)}); err != nil {
		t.Fatal(err)
	}
	return k
}

// signIn has k answer a new sign-in.
func (w *world) signIn(t *testing.T, k *testkit.Passkey) (account.Opened, error) {
	t.Helper()
	c, err := w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w.SignInByPasskey(t.Context(), answer(t, c, k), "Firefox, Linux", "")
}

func TestAPasskeySignsItsOwnerIn(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	other := w.session(t, a)
	k := w.registered(t, a)
	w.gone(t, other.Cookie, "after a passkey was added")
	if l := w.mailTo(t, "quiet.heron@test.example"); l.Subject != "A passkey was added to your account" || strings.Contains(l.Body, "phone") {
		t.Errorf("told %q: %s", l.Subject, l.Body)
	}
	o, err := w.signIn(t, k)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.who(t, o.Cookie); got.AccountID != a.AccountID || !got.SteppedUp.Equal(w.clock.Now()) {
		t.Errorf("signed in as %+v", got)
	}
	all, err := w.Passkeys(t.Context(), a)
	if err != nil || len(all) != 1 || all[0].Name != "my phone" || all[0].UsedAt == nil || all[0].WarnedAt != nil {
		t.Errorf("%+v, %v", all, err)
	}
	if n := w.count(t, `SELECT count(*) FROM passkeys p, accounts a WHERE p.credential::text LIKE '%' || a.handle || '%' OR p.credential::text LIKE '%clientData%'`); n != 0 {
		t.Error("the key says more than it must")
	}
}

// Whatever is wrong with an answer, it is refused with 401, and the
// ceremony is over.
func TestAnswersThatDoNotHoldAreRefused(t *testing.T) {
	t.Parallel()
	w := open(t)
	k := w.registered(t, w.confirmed(t, "Quiet Heron"))
	stranger := w.newKey(t)
	host, origin := w.PasskeyHost()
	for name, lie := range map[string]func(k *testkit.Passkey) *testkit.Passkey{
		"another origin":           func(k *testkit.Passkey) *testkit.Passkey { k.Origin = "https://evil.example"; return k },
		"the origin, another port": func(k *testkit.Passkey) *testkit.Passkey { k.Origin = "http://" + host + ":1"; return k },
		"the origin by its number": func(k *testkit.Passkey) *testkit.Passkey {
			k.Origin = strings.Replace(origin, "localhost", "127.0.0.1", 1)
			return k
		},
		"a host below it": func(k *testkit.Passkey) *testkit.Passkey {
			k.Origin = strings.Replace(origin, "localhost", "a.localhost", 1)
			return k
		},
		"another host":    func(k *testkit.Passkey) *testkit.Passkey { k.Host = "evil.example"; return k },
		"nobody verified": func(k *testkit.Passkey) *testkit.Passkey { k.Verified = false; return k },
		"a key of nobody": func(*testkit.Passkey) *testkit.Passkey { return stranger },
	} {
		liar := *k
		if _, err := w.signIn(t, lie(&liar)); !errs.Is(err, errs.SignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := w.browser(t)
	if p := b.submit(b.get("/sign-in"), "/sign-in/passkey", "ticket", "x", "credential", "{}"); p.status != http.StatusUnauthorized || !strings.Contains(p.body, `action="/sign-in"`) {
		t.Errorf("over HTTP: %d", p.status)
	}
	if p := b.submit(b.get("/sign-in"), "/sign-in/passkey"); p.status != http.StatusUnauthorized || !strings.Contains(p.body, "needs JavaScript") {
		t.Errorf("without scripts: %d", p.status)
	}
	if _, err := w.signIn(t, k); err != nil {
		t.Errorf("the key itself, after all that: %v", err)
	}
}

func TestACeremonyServesOnceAndOnlyItsPurpose(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	k := w.registered(t, a)
	ctx := t.Context()
	c, err := w.BeginSignIn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	x := answer(t, c, k)
	once(t, 4, func() error {
		_, err := w.SignInByPasskey(ctx, x, "", "")
		return err
	})
	if _, err := w.SignInByPasskey(ctx, x, "", ""); !errs.Is(err, errs.SignIn) {
		t.Errorf("sent again: %v", err)
	}
	// Two that were begun side by side both end well.
	one, _ := w.BeginSignIn(ctx)
	two, _ := w.BeginSignIn(ctx)
	for _, c := range []account.Ceremony{one, two} {
		if _, err := w.SignInByPasskey(ctx, answer(t, c, k), "", ""); err != nil {
			t.Errorf("one of two: %v", err)
		}
	}
	// A refused answer uses the ceremony up.
	c, _ = w.BeginSignIn(ctx)
	liar := *k
	liar.Origin = "https://evil.example"
	if _, err := w.SignInByPasskey(ctx, answer(t, c, &liar), "", ""); !errs.Is(err, errs.SignIn) {
		t.Errorf("a lie: %v", err)
	}
	if _, err := w.SignInByPasskey(ctx, answer(t, c, k), "", ""); !errs.Is(err, errs.SignIn) {
		t.Errorf("the truth after the lie: %v", err)
	}
	// Signing in is not stepping up; somebody else's ceremony is nobody's.
	o := w.session(t, a)
	me := w.who(t, o.Cookie)
	c, _ = w.BeginSignIn(ctx)
	if _, err := w.StepUpByPasskey(ctx, me, answer(t, c, k)); !errs.Is(err, errs.SignIn) {
		t.Errorf("a sign-in as a step-up: %v", err)
	}
	c, err = w.BeginStepUp(ctx, me)
	if err != nil {
		t.Fatal(err)
	}
	stranger := w.who(t, w.session(t, testkit.Person(t, w.db, "Mira")).Cookie)
	if _, err := w.StepUpByPasskey(ctx, stranger, answer(t, c, k)); !errs.Is(err, errs.SignIn) {
		t.Errorf("by somebody else: %v", err)
	}
	if _, err := w.StepUpByPasskey(ctx, me, answer(t, c, k)); err != nil {
		t.Errorf("that try used it up: %v", err)
	}
	c, _ = w.BeginSignIn(ctx)
	w.clock.Move(10 * time.Minute)
	if _, err := w.SignInByPasskey(ctx, answer(t, c, k), "", ""); !errs.Is(err, errs.SignIn) {
		t.Errorf("after ten minutes: %v", err)
	}
	if err := w.Forget(ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `SELECT count(*) FROM passkey_ceremonies`); n != 0 {
		t.Errorf("%d ceremonies are kept", n)
	}
}

// A counter that went back may mean a copy. The answer is refused, the
// owner told once, the key marked; the one with the higher counter goes on.
func TestACounterThatWentBackIsRefusedAndItsOwnerWarned(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	k := w.registered(t, a)
	k.Count = 41
	if _, err := w.signIn(t, k); err != nil {
		t.Fatal(err)
	}
	copied := *k
	copied.Count = 10
	for range 2 {
		if _, err := w.signIn(t, &copied); !errs.Is(err, errs.SignIn) || errs.Of(err).Key != "account.passkey_copied" {
			t.Errorf("the copy: %v", err)
		}
	}
	n := 0
	for _, l := range w.mails(t) {
		if l.Subject == "A passkey of yours may have been copied" {
			n++
		}
	}
	all, err := w.Passkeys(t.Context(), a)
	if err != nil || len(all) != 1 || all[0].WarnedAt == nil || n != 1 {
		t.Errorf("%+v, %v, told %d times", all, err, n)
	}
	if _, err := w.signIn(t, k); err != nil {
		t.Errorf("the one with the higher counter: %v", err)
	}
	// Keys that do not count, as those that are synchronised, are fine.
	still := w.newKey(t)
	still.Counts = false
	b := w.confirmed(t, "Pale Otter")
	o := w.session(t, b)
	c, err := w.BeginPasskey(t.Context(), w.who(t, o.Cookie))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddPasskey(t.Context(), w.who(t, o.Cookie), "", "", account.Answer{Ticket: c.Ticket, Credential: still.Register(t, c.Options)}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.signIn(t, still); err != nil {
			t.Errorf("a key that does not count: %v", err)
		}
	}
}

func TestARemovedPasskeyProvesNothing(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	k := w.registered(t, a)
	o, err := w.signIn(t, k)
	if err != nil {
		t.Fatal(err)
	}
	me := w.who(t, o.Cookie)
	half, err := w.BeginStepUp(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := w.Passkeys(t.Context(), me)
	other := w.session(t, testkit.Person(t, w.db, "Mira"))
	if err := w.RemovePasskey(t.Context(), w.who(t, other.Cookie), all[0].ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	w.clock.Move(account.StepUpLife)
	if err := w.RemovePasskey(t.Context(), w.again(t, o), all[0].ID); !errs.Is(err, errs.Forbidden) {
		t.Errorf("without a step-up: %v", err)
	}
	me.SteppedUp = w.clock.Now()
	if err := w.RemovePasskey(t.Context(), me, all[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.signIn(t, k); !errs.Is(err, errs.SignIn) {
		t.Errorf("signs in: %v", err)
	}
	if _, err := w.StepUpByPasskey(t.Context(), me, answer(t, half, k)); !errs.Is(err, errs.SignIn) {
		t.Errorf("steps up by what was begun before: %v", err)
	}
	if _, err := w.BeginStepUp(t.Context(), me); !errs.Is(err, errs.Conflict) {
		t.Errorf("begins: %v", err)
	}
}

func TestASignatureHoldsWithoutUs(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	k := w.registered(t, a)
	me := w.who(t, w.session(t, a).Cookie)
	digest := sha256.Sum256([]byte("what is signed"))
	c, err := w.BeginSign(t.Context(), me, digest)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(digest [32]byte, x account.Answer) (g account.Signature, err error) {
		err = w.db.Write(context.Background(), func(tx *db.Tx) error { g, err = w.Sign(tx, me, digest, x); return err })
		return g, err
	}
	x := answer(t, c, k)
	if _, err := sign(sha256.Sum256([]byte("something else")), x); !errs.Is(err, errs.SignIn) {
		t.Errorf("something else: %v", err)
	}
	g, err := sign(digest, x)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sign(digest, x); !errs.Is(err, errs.SignIn) {
		t.Errorf("a second time: %v", err)
	}
	// The key as it stands in its COSE form: x and y are 32 bytes each.
	i := strings.Index(string(g.PublicKey), "\x21\x58\x20")
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, g.PublicKey[i+3:i+35]...), g.PublicKey[i+38:i+70]...))
	if err != nil {
		t.Fatal(err)
	}
	client := sha256.Sum256(g.Client)
	signed := sha256.Sum256(append(append([]byte{}, g.Data...), client[:]...))
	if !ecdsa.VerifyASN1(key, signed[:], g.Signature) || !strings.Contains(string(g.Client), `"challenge":"`) {
		t.Errorf("the signature does not hold: %s", g.Client)
	}
}

func TestPasskeysNeedAName(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://caravan.example": "caravan.example https://caravan.example", "http://localhost:8080": "localhost http://localhost:8080",
		"http://127.0.0.1:8080": "localhost http://localhost:8080", "http://[::1]:8080": "localhost http://localhost:8080", "https://203.0.113.7": " ",
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		w := open(t, func(c *config.Config) { c.BaseURL = u })
		if host, origin := w.PasskeyHost(); host+" "+origin != want {
			t.Errorf("%s: %s %s", base, host, origin)
		}
		if want == " " {
			if _, err := w.BeginSignIn(t.Context()); !errs.Is(err, errs.Unavailable) {
				t.Errorf("%s: %v", base, err)
			}
		}
	}
}

func TestClosedAccountsLeaveNoKeys(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	k := w.registered(t, a)
	me := w.who(t, w.session(t, a).Cookie)
	if _, err := w.MakeRecoveryCodes(t.Context(), me, db.Key{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.BeginStepUp(t.Context(), me); err != nil {
		t.Fatal(err)
	}
	if err := w.db.Write(t.Context(), func(tx *db.Tx) error { return w.Remove(tx, me.AccountID) }); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `SELECT (SELECT count(*) FROM passkeys) + (SELECT count(*) FROM passkey_handles) + (SELECT count(*) FROM recovery_codes) + (SELECT count(*) FROM passkey_ceremonies)`); n != 0 {
		t.Errorf("%d rows stay", n)
	}
	if _, err := w.signIn(t, k); !errs.Is(err, errs.SignIn) {
		t.Errorf("signs in: %v", err)
	}
}

// An account that is blocked is not opened by its passkey either.
func TestABlockedAccountStaysShutToItsPasskey(t *testing.T) {
	t.Parallel()
	w := open(t)
	a := w.confirmed(t, "Quiet Heron")
	k := w.registered(t, a)
	if err := w.Disable(t.Context(), a.AccountID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.signIn(t, k); !errs.Is(err, errs.Forbidden) {
		t.Errorf("%v", err)
	}
}
