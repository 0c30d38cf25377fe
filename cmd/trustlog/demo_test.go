package main

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"caravan/internal/access"
	"caravan/internal/app"
	"caravan/internal/config"
	"caravan/internal/db"
	"caravan/internal/demo"
	"caravan/internal/moderation"
	"caravan/internal/testkit"
)

// demoHouse is the whole site with its demo data, whose log is up to date.
type demoHouse struct {
	*house
	app *app.App
}

var demoStock = testkit.NewStock(func(ctx context.Context, owner *db.DB) error {
	return demo.Fill(ctx, owner, demo.Options{Scale: 1})
})

func aDemoHouse(t *testing.T) demoHouse {
	t.Helper()
	d, clock := demoStock.DBAt(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	env := map[string]string{"ADDR": l.Addr().String(), "BASE_URL": url, "STATE_DIR": t.TempDir(), "LIMITS": "off"}
	cfg, err := config.Load(func(k string) string { return env[k] }, true)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(app.Options{Config: cfg, DB: d, Secret: make([]byte, 32), BoxDir: t.TempDir(), Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: a, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done; a.Log.Close() })
	h := demoHouse{&house{t: t, db: d, clock: clock, dir: cfg.StateDir, url: url, Service: a.Log}, a}
	if err := a.Provider.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.RecordAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.round()
	return h
}

// one reads one value as text.
func (h demoHouse) one(sql string, args ...any) (v string) {
	h.t.Helper()
	if err := h.db.Pool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// author is who wrote an experience, as the tests may know.
func (h demoHouse) author(publicID string) (a access.Actor) {
	h.t.Helper()
	err := h.db.Pool().QueryRow(context.Background(), `SELECT account_id, person_id FROM authorships x JOIN experiences e ON e.id = x.experience_id WHERE e.public_id = $1::uuid`, publicID).Scan(&a.AccountID, &a.PersonID)
	if err != nil {
		h.t.Fatal(err)
	}
	a.Confirmed, a.Lang, a.Trust = true, "en", 2
	return a
}

// shownOne is an experience that readers see, the n-th.
func (h demoHouse) shownOne(n int) string {
	return h.one(`SELECT public_id::text FROM experiences WHERE state = 'published' ORDER BY id OFFSET $1 LIMIT 1`, n)
}

// TestTheDemoHouseIsVerifiedFromOutside verifies the whole site, acts in it, and
// verifies it again; then it tampers with what readers see.
func TestTheDemoHouseIsVerifiedFromOutside(t *testing.T) {
	t.Parallel()
	h := aDemoHouse(t)
	state := t.TempDir() + "/state"
	h.wants("as it was filled", h.verify("--state", state), exitOK, "exp.publish", "reply.publish", "pkg.version", "pkg.commitment", "policy.version", "stats.daily")

	// An author takes an experience away, words and salt with it.
	gone := h.shownOne(3)
	if err := h.app.Experience.Withdraw(t.Context(), h.author(gone), gone); err != nil {
		t.Fatal(err)
	}
	h.round()
	h.wants("after an author withdrew", h.verify("--state", state), exitOK, "exp.erase")
	if status, body := h.status("/log/opening/experience/" + gone + "/1"); status != http.StatusGone || body["state"] != "erased" || body["why"] == nil {
		t.Errorf("the opening of what was withdrawn: %d %v", status, body)
	}
	if n := h.one(`SELECT count(*)::text FROM log_openings WHERE kind = 'experience' AND ref = $1 AND (salt IS NOT NULL OR body IS NOT NULL)`, gone); n != "0" {
		t.Errorf("%s openings of it are left", n)
	}
	h.app.Forget()
	res, err := http.Get(h.url + "/experiences/" + gone)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusGone {
		t.Errorf("its page: %d", res.StatusCode)
	}

	// The figures of the next day are without it.
	h.clock.Move(24 * time.Hour)
	h.round()
	h.app.Forget()
	h.wants("the next day", h.verify("--state", state), exitOK)

	// What cannot be traced to a person stays so.
	h.secrets()

	for name, c := range map[string]struct {
		do, undo string
		id       string
	}{
		"a story is changed":             {`UPDATE experiences SET story = 'It was wonderful in every way, and I would come again at once.' WHERE public_id = '%'`, "", h.shownOne(5)},
		"a goal is changed":              {`UPDATE experiences SET goal_achieved = 10 - goal_achieved WHERE public_id = '%'`, "", h.one(`SELECT public_id::text FROM experiences WHERE state = 'published' AND goal_achieved IN (1,2,3,7,8,9) LIMIT 1`)},
		"one is hidden without decision": {`UPDATE experiences SET state = 'restricted', state_why = 'moderation.reason_fake' WHERE public_id = '%'`, "", h.shownOne(7)},
		"an answer is changed":           {`UPDATE answers SET body = 'We apologise for everything.' WHERE experience_id = (SELECT id FROM experiences WHERE public_id = '%')`, "", h.one(`SELECT e.public_id::text FROM answers a JOIN experiences e ON e.id = a.experience_id WHERE a.state = 'shown' AND e.state = 'published' LIMIT 1`)},
	} {
		backup := h.one(`SELECT row_to_json(e)::text FROM experiences e WHERE public_id = $1::uuid`, c.id)
		answer := h.one(`SELECT coalesce((SELECT body FROM answers a JOIN experiences e ON e.id = a.experience_id WHERE e.public_id = $1::uuid), '')`, c.id)
		h.tamper(strings.Replace(c.do, "%", c.id, 1))
		h.app.Forget()
		h.wants(name, h.verify("--state", state), exitMissing, c.id)
		if _, err := testkit.OwnerOf(t, h.db).Pool().Exec(t.Context(), `UPDATE experiences e SET story = x.story, goal_achieved = x.goal_achieved, state = x.state, state_why = x.state_why
			FROM json_populate_record(NULL::experiences, $1::json) x WHERE e.id = x.id`, backup); err != nil {
			t.Fatal(err)
		}
		if _, err := testkit.OwnerOf(t, h.db).Pool().Exec(t.Context(), `UPDATE answers a SET body = $2 FROM experiences e WHERE e.id = a.experience_id AND e.public_id = $1::uuid`, c.id, answer); err != nil {
			t.Fatal(err)
		}
	}
	h.app.Forget()
	h.wants("all put back", h.verify("--state", state), exitOK)
}

// secrets looks into every entry and opening for what must not be there.
func (h demoHouse) secrets() {
	h.t.Helper()
	for what, sql := range map[string]string{
		"a handle":          `SELECT count(*)::text FROM log_leaves l, accounts a WHERE l.kind NOT LIKE 'pkg.%' AND length(a.handle) > 5 AND position('"' || a.handle || '"' in convert_from(l.body, 'UTF8')) > 0`,
		"a mailbox":         `SELECT count(*)::text FROM log_leaves l WHERE convert_from(l.body, 'UTF8') LIKE '%@demo.example%'`,
		"a mailbox, opened": `SELECT count(*)::text FROM log_openings o WHERE o.body::text LIKE '%@demo.example%'`,
		"a day of telling":  `SELECT count(*)::text FROM log_leaves l WHERE kind IN ('exp.publish', 'exp.edit') AND convert_from(l.body, 'UTF8') ~ '[0-9]{4}-[0-9]{2}-[0-9]{2}"'`,
	} {
		if n := h.one(sql); n != "0" {
			h.t.Errorf("%s stands in the log %s times", what, n)
		}
	}
}

// TestADecisionIsInTheLogWithItsAct goes through the desk: one moderator proposes
// to hide an experience, a second confirms, the author appeals, and a third takes
// it back. Whoever looks from outside finds each step.
func TestADecisionIsInTheLogWithItsAct(t *testing.T) {
	t.Parallel()
	h := aDemoHouse(t)
	state := t.TempDir() + "/state"
	h.wants("as it was filled", h.verify("--state", state), exitOK)
	id := h.shownOne(4)
	author := h.author(id)
	thing, err := strconv.ParseInt(h.one(`SELECT id::text FROM experiences WHERE public_id = $1::uuid`, id), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	mods := []access.Actor{testkit.Person(t, h.db, "firstmod", testkit.Moderator), testkit.Person(t, h.db, "secondmod", testkit.Moderator), testkit.Person(t, h.db, "thirdmod", testkit.Moderator)}
	desk := h.app.Moderation
	if err := desk.Report(t.Context(), testkit.Person(t, h.db, "reader"), "experience", thing, "personal_data", "It names a nurse.", db.Key{}); err != nil {
		t.Fatal(err)
	}
	decide := func(who access.Actor, ask, decision string) {
		t.Helper()
		var caseID int64
		v := moderation.Verdict{Decision: decision, Reason: "personal_data", Statement: "The second paragraph names a nurse of the clinic."}
		err := h.db.Pool().QueryRow(t.Context(), `SELECT c.id, c.lock_version, e.version FROM moderation_cases c JOIN experiences e ON e.id = c.ref WHERE c.kind = 'experience' AND c.ref = $1 AND c.ask = $2 AND c.decided_at IS NULL`,
			thing, ask).Scan(&caseID, &v.Version, &v.Seen)
		if err != nil {
			t.Fatal(err)
		}
		if err := desk.Decide(t.Context(), who, caseID, v); err != nil {
			t.Fatalf("%s: %v", decision, err)
		}
		h.round()
		h.app.Forget()
	}
	decide(mods[0], "report", moderation.Propose)
	h.wants("proposed", h.verify("--state", state), exitOK)
	decide(mods[1], "report", moderation.Confirm)
	h.wants("hidden", h.verify("--state", state), exitOK)
	status, body := h.status("/log/opening/experience/" + id + "/1")
	if status != http.StatusGone || body["state"] != "hidden" || body["why"] == nil {
		t.Errorf("the opening of what is hidden: %d %v", status, body)
	}
	entry := h.one(`SELECT convert_from(body, 'UTF8') FROM log_leaves WHERE kind = 'mod.decision' AND about_ref = $1`, id)
	for _, secret := range []string{"nurse", "firstmod", "secondmod", "reader"} {
		if strings.Contains(entry, secret) {
			t.Errorf("the entry names %q: %s", secret, entry)
		}
	}
	if strings.Count(entry, `"moderators":["`) != 1 || strings.Count(entry, `","`) == 0 || !strings.Contains(entry, `"rule":"personal_data"`) {
		t.Errorf("the entry of two moderators: %s", entry)
	}
	// The proof goes along, and is checked without asking anybody.
	policy := h.file("/log/policy", "policy")
	idx := h.one(`SELECT idx::text FROM log_leaves WHERE kind = 'mod.decision' AND about_ref = $1`, id)
	proof := h.file("/log/proof/entry/"+idx, "decision.tlog-proof")
	h.wants("the decision, offline", h.trustlog("prove", "--policy", policy, proof), exitOK, `"action":"hide"`)

	decision, err := strconv.ParseInt(h.one(`SELECT max(id)::text FROM moderation_decisions WHERE kind = 'experience' AND ref = $1 AND decision = 'hide'`, thing), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Appeal(t.Context(), author, decision, "It names a ward, not a nurse, and the clinic names it the same way."); err != nil {
		t.Fatal(err)
	}
	decide(mods[2], "appeal", moderation.Overturn)
	h.wants("restored", h.verify("--state", state), exitOK)
	if status, _ := h.status("/log/opening/experience/" + id + "/1"); status != http.StatusOK {
		t.Errorf("the opening of what was restored: %d", status)
	}
}
