package account_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"caravan/internal/db"
)

var noKey db.Key

// api sends JSON, with an idempotency key if there is one.
func (b *browser) api(method, path, body, key string) page {
	b.t.Helper()
	req, err := http.NewRequest(method, b.w.http.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	return b.do(req)
}

const signUpJSON = `{"email":"heron@test.example","password":"` + goodPassword + `","handle":"Quiet Heron","consents":["terms","health"],"adult":true}`

func TestAccountByTheAPI(t *testing.T) {
	t.Parallel()
	w := open(t)
	b := w.browser(t)
	const key = "0123456789abcdef"
	for range 2 { // the same request acts once
		if p := b.api(http.MethodPost, "/api/v1/accounts", signUpJSON, key); p.status != http.StatusAccepted || !strings.Contains(p.body, "check_mail") {
			t.Fatalf("%d %s", p.status, p.body)
		}
	}
	if n := w.count(t, `select count(*) from accounts`); n != 1 || b.cookie("s") != "" {
		t.Errorf("%d accounts, cookie %q", n, b.cookie("s"))
	}
	signIn := `{"email":"heron@test.example","password":"` + goodPassword + `"}`
	if p := b.api(http.MethodPost, "/api/v1/session", signIn, ""); p.status != http.StatusUnauthorized {
		t.Errorf("before the address is confirmed: %d", p.status)
	}
	if _, err := w.Confirm(t.Context(), tokenOf(t, w.mailTo(t, "heron@test.example").Links[0])); err != nil {
		t.Fatal(err)
	}
	p := b.api(http.MethodPost, "/api/v1/session", signIn, "")
	if p.status != http.StatusOK || !strings.Contains(p.body, `"handle":"Quiet Heron"`) || b.cookie("s") == "" {
		t.Fatalf("%d %s", p.status, p.body)
	}
	p = b.api(http.MethodGet, "/api/v1/me", "", "")
	var me struct {
		Handle           string
		Confirmed, Admin bool
		Trust            int
		Works            []any
	}
	if err := json.Unmarshal([]byte(p.body), &me); err != nil || me.Handle != "Quiet Heron" || !me.Confirmed || me.Trust != 1 || me.Works == nil || me.Admin {
		t.Errorf("%d %s, %v", p.status, p.body, err)
	}
	cookie := b.cookie("s")
	if p := b.api(http.MethodDelete, "/api/v1/session", "", ""); p.status != http.StatusNoContent || b.cookie("s") != "" {
		t.Errorf("sign-out: %d", p.status)
	}
	w.gone(t, cookie, "after signing out")
	if p := b.api(http.MethodGet, "/api/v1/me", "", ""); p.status != http.StatusUnauthorized || !strings.HasPrefix(p.head.Get("Content-Type"), "application/problem+json") {
		t.Errorf("signed out: %d %s", p.status, p.head.Get("Content-Type"))
	}
}

// Nothing that is not exactly what the
// schema says reaches the feature, and nobody makes themselves more than they
// are.
func TestSignUpTakesNothingButWhatItSays(t *testing.T) {
	t.Parallel()
	w := open(t)
	b := w.browser(t)
	with := func(more string) string { return strings.TrimSuffix(signUpJSON, "}") + "," + more + "}" }
	for name, c := range map[string]struct {
		body, says string
		status     int
	}{
		"twice the same name":     {with(`"handle":"Pale Otter"`), "handle", 400},
		"other case":              {with(`"Handle":"Pale Otter"`), "Handle", 400},
		"a role":                  {with(`"role":"admin"`), "role", 400},
		"a level":                 {with(`"level":"A","verified":true`), "level", 400},
		"trust":                   {with(`"trust":3`), "trust", 400},
		"account id":              {with(`"account_id":1`), "account_id", 400},
		"not text":                {strings.Replace(signUpJSON, "Heron", "\xff", 1), "", 400},
		"NUL":                     {strings.Replace(signUpJSON, "Heron", `\u0000`, 1), "handle", 422},
		"adult as text":           {strings.Replace(signUpJSON, "true", `"yes"`, 1), "adult", 422},
		"adult as number":         {strings.Replace(signUpJSON, "true", `1`, 1), "adult", 422},
		"adult as null":           {strings.Replace(signUpJSON, "true", `null`, 1), "adult", 422},
		"handle as number":        {strings.Replace(signUpJSON, `"Quiet Heron"`, `11`, 1), "handle", 422},
		"huge number":             {strings.Replace(signUpJSON, `"Quiet Heron"`, `1e309`, 1), "handle", 422},
		"NaN":                     {strings.Replace(signUpJSON, `"Quiet Heron"`, `NaN`, 1), "", 422},
		"consents as text":        {strings.Replace(signUpJSON, `["terms","health"]`, `"terms"`, 1), "consents", 422},
		"unknown consent":         {strings.Replace(signUpJSON, `"health"`, `"health","sell"`, 1), "consents", 422},
		"consent missing":         {strings.Replace(signUpJSON, `,"health"`, ``, 1), "health", 422},
		"no adult":                {strings.Replace(signUpJSON, "true", "false", 1), "adult", 422},
		"field missing":           {`{"email":"heron@test.example"}`, "password", 422},
		"cut off":                 {signUpJSON[:40], "", 400},
		"more after the end":      {signUpJSON + "{}", "", 400},
		"nothing":                 {"", "", 415},
		"deep":                    {strings.Replace(signUpJSON, `"Quiet Heron"`, strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000), 1), "", 400},
		"bidi in the handle":      {strings.Replace(signUpJSON, "Heron", "\\u202enoreH\\u200b", 1), "", 202},
		"sixty-five thousand one": {with(`"lang":"` + strings.Repeat("x", 65_537) + `"`), "", 413},
	} {
		p := b.api(http.MethodPost, "/api/v1/accounts", c.body, "key-"+strings.ReplaceAll(name, " ", "-")+"-0123456789")
		if p.status != c.status || !strings.Contains(p.body, c.says) {
			t.Errorf("%s: %d %s, want %d naming %q", name, p.status, p.body, c.status, c.says)
		}
	}
	if p := b.api(http.MethodPost, "/api/v1/accounts", signUpJSON, ""); p.status != 400 {
		t.Errorf("without a key: %d", p.status)
	}
	if n := w.count(t, `select count(*) from platform_roles`) + w.count(t, `select count(*) from identities where verified_at is not null`); n != 0 {
		t.Error("somebody made themselves more than they are")
	}
	if n := w.count(t, `select count(*) from accounts where handle = 'Quiet noreH'`); n != 1 || w.count(t, `select count(*) from accounts`) != 1 {
		t.Errorf("the one that was taken is not stored clean")
	}
}
