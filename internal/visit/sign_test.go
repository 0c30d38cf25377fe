package visit_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"caravan/internal/access"
	"caravan/internal/account"
	"caravan/internal/db"
	"caravan/internal/errs"
	"caravan/internal/testkit"
	"caravan/internal/visit"
)

// keyed is the ward's staff in a session that has just begun, with a passkey.
func (w ward) keyed(t testing.TB, a access.Actor) (access.Actor, *testkit.Passkey) {
	t.Helper()
	ctx := context.Background()
	o, err := w.people.OpenSession(ctx, a.AccountID, "")
	if err != nil {
		t.Fatal(err)
	}
	if a, _, err = w.people.Who(ctx, o.Cookie); err != nil {
		t.Fatal(err)
	}
	host, origin := w.people.PasskeyHost()
	k := testkit.NewPasskey(t, origin, host)
	c, err := w.people.BeginPasskey(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.people.AddPasskey(ctx, a, "the desk's", "", account.Answer{Ticket: c.Ticket, Credential: k.Register(t, c.Options)}); err != nil {
		t.Fatal(err)
	}
	return a, k
}

func (w ward) signedSheet(t testing.TB, a access.Actor, k *testkit.Passkey, n int) visit.Sheet {
	t.Helper()
	v := w.sheet(n)
	c, err := w.BeginSign(context.Background(), a, w.clinic, v)
	if err != nil {
		t.Fatal(err)
	}
	v.Proof = account.Answer{Ticket: c.Ticket, Credential: k.Answer(t, c.Options)}
	return v
}

// leaf and node hash as RFC 9162 says, once more than in the code that is tested.
func leaf(b []byte) []byte { h := sha256.Sum256(append([]byte{0}, b...)); return h[:] }
func node(l, r []byte) []byte {
	h := sha256.Sum256(append(append([]byte{1}, l...), r...))
	return h[:]
}

// Who has a passkey signs what they make, and what is kept is all that is
// needed to check it.
func TestABatchIsSignedByWhoMakesIt(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	ctx := context.Background()
	me, k := w.keyed(t, w.staff)
	v := w.signedSheet(t, me, k, 3)
	b, codes, err := w.Make(ctx, me, w.clinic, v, key("one"))
	if err != nil {
		t.Fatal(err)
	}
	if !b.ByKey {
		t.Error("not by a key")
	}
	var h [][]byte
	for _, c := range codes {
		h = append(h, leaf(w.look(t, c).Hash))
	}
	want := node(node(h[0], h[1]), h[2])
	var statement, root, client string
	err = w.d.Pool().QueryRow(ctx, `SELECT statement, encode(codes_root, 'hex'), convert_from(signed_client, 'UTF8') FROM visit_batches WHERE id = $1`, b.ID).Scan(&statement, &root, &client)
	if err != nil {
		t.Fatal(err)
	}
	if root != hex.EncodeToString(want) {
		t.Errorf("root %s, want %x", root, want)
	}
	if said := "caravan visit codes 1\nclinic bosphorus-eye\nquarter " + string(w.quarter()) + "\nspecialty any\ncodes 3\nroot " + root + "\n"; statement != said {
		t.Errorf("signed %q, want %q", statement, said)
	}
	digest := sha256.Sum256([]byte(statement))
	if !strings.Contains(client, `"challenge":"`+base64.RawURLEncoding.EncodeToString(digest[:])+`"`) {
		t.Errorf("the challenge is another: %s", client)
	}
	// The form sent again, as after a lost answer, shows the same codes.
	again, same, err := w.Make(ctx, me, w.clinic, v, key("one"))
	if err != nil || again.ID != b.ID || !again.ByKey || same[0] != codes[0] {
		t.Errorf("again: %+v, %v", again, err)
	}
	// The signature serves no other batch.
	other := w.sheet(3)
	other.Proof = v.Proof
	if _, _, err := w.Make(ctx, me, w.clinic, other, key("two")); !errs.Is(err, errs.SignIn) {
		t.Errorf("a used signature: %v", err)
	}
	other = w.sheet(3)
	other.Proof = w.signedSheet(t, me, k, 3).Proof
	if _, _, err := w.Make(ctx, me, w.clinic, other, key("three")); !errs.Is(err, errs.SignIn) {
		t.Errorf("a signature of another batch: %v", err)
	}
	more := w.signedSheet(t, me, k, 3)
	more.Codes = 4
	if _, _, err := w.Make(ctx, me, w.clinic, more, key("four")); !errs.Is(err, errs.SignIn) {
		t.Errorf("one code more than was signed: %v", err)
	}
	if n := value[int](t, w.d, `SELECT count(*) FROM visit_batches`); n != 1 {
		t.Errorf("%d batches", n)
	}
}

// The same signed form sent twice in one moment makes one batch, and both get
// its codes or are told to wait.
func TestASignedFormThatArrivesTwiceMakesOneBatch(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	me, k := w.keyed(t, w.staff)
	v := w.signedSheet(t, me, k, 2)
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			_, codes, err := w.Make(context.Background(), me, w.clinic, v, key("one"))
			if err != nil && !errs.Is(err, errs.Conflict) || err == nil && len(codes) != 2 {
				t.Errorf("%d codes, %v", len(codes), err)
			}
		})
	}
	both.Wait()
	if n := value[int](t, w.d, `SELECT count(*) FROM visit_batches WHERE signature IS NOT NULL`); n != 1 {
		t.Errorf("%d batches", n)
	}
}

// A batch over the cap, by who was dismissed, or for another clinic is not
// made, signed or not.
func TestASignatureOpensNoOtherDoor(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	ctx := context.Background()
	me, k := w.keyed(t, w.staff)
	v := w.signedSheet(t, me, k, visit.LeastCap+1)
	if _, _, err := w.Make(ctx, me, w.clinic, v, key("one")); !errs.Is(err, errs.Invalid) {
		t.Errorf("over the cap: %v", err)
	}
	if _, _, err := w.Make(ctx, me, w.other, w.signedSheet(t, me, k, 2), key("two")); !errs.Is(err, errs.NotFound) {
		t.Errorf("for another clinic: %v", err)
	}
	v = w.signedSheet(t, me, k, 2)
	if _, err := w.d.Pool().Exec(ctx, `UPDATE affiliations SET valid_to = now() - interval '1 day' WHERE person_id = $1`, me.PersonID); err != nil {
		t.Fatal(err)
	}
	w.people.LookAgainAtAll()
	gone := me
	gone.Works = nil // as the next request finds them
	if _, _, err := w.Make(ctx, gone, w.clinic, v, key("three")); !errs.Is(err, errs.NotFound) {
		t.Errorf("dismissed: %v", err)
	}
	if _, err := w.BeginSign(ctx, gone, w.clinic, w.sheet(2)); !errs.Is(err, errs.NotFound) {
		t.Errorf("dismissed, beginning: %v", err)
	}
	if n := value[int](t, w.d, `SELECT count(*) FROM visit_batches`); n != 0 {
		t.Errorf("%d batches", n)
	}
}

// Without scripts no key signs; a recovery code stands in, and the batch says so.
func TestWithoutAKeyARecoveryCodeComesFirst(t *testing.T) {
	t.Parallel()
	w := newWard(t, true)
	w.Introduce(&drawer{})
	ctx := context.Background()
	me, _ := w.keyed(t, w.staff)
	spare, err := w.people.MakeRecoveryCodes(ctx, me, db.Key{})
	if err != nil {
		t.Fatal(err)
	}
	guests := testkit.Guests{"selin": me}
	srv := testkit.Door(t, w.d, guests, w.Routes())
	const page = "/console/bosphorus-eye/codes"
	form := url.Values{"quarter": {string(w.quarter())}, "specialty": {"0"}, "codes": {"2"}, "seed": {visit.NewSeed()}}
	selin := testkit.Visit(t, srv, "selin")
	status, body, to := selin.Post(page, page, form)
	if status != http.StatusSeeOther || to != "/me/step-up?next="+page {
		t.Fatalf("after a passkey, but nothing signed: %d to %s\n%s", status, to, body)
	}
	if _, err := w.people.StepUpByCode(ctx, me, spare[0]); err != nil {
		t.Fatal(err)
	}
	_, body, _ = selin.Get(page)
	if strings.Contains(body, "data-passkey") {
		t.Error("who went on with a code is asked for the passkey all the same")
	}
	status, body, _ = selin.Post(page, page, form)
	if status != http.StatusCreated {
		t.Fatalf("after the code: %d\n%s", status, body)
	}
	testkit.Contains(t, body, "This batch was not signed by a key.")
	_, body, _ = selin.Get(page)
	testkit.Contains(t, body, "not signed by a key")
	w.clock.Move(account.StepUpLife)
	form.Set("seed", visit.NewSeed())
	if status, _, _ := selin.Post(page, page, form); status != http.StatusSeeOther {
		t.Errorf("five minutes later: %d", status)
	}
}
