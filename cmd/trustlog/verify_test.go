package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/testkit"
	"caravan/internal/translog"
)

// aHouse is a house with ten experiences in its log.
func aHouse(t testing.TB) *house {
	t.Helper()
	h := newHouse(t)
	h.rules()
	for i := range 10 {
		h.tell(i, 1, fmt.Sprintf("Story %d.", i))
	}
	h.tomorrow()
	return h
}

func TestAHouseThatKeepsItsWordPasses(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	state := filepath.Join(t.TempDir(), "state")
	h.wants("at first", h.verify("--state", state), exitOK, "10 exp.publish", "no policy was given")
	h.tell(3, 2, "Story 3, told again.")
	h.decide("d1", 4, "hide", "", "00000000000000aa", "00000000000000bb")
	h.set(expID(4), nil)
	h.tomorrow()
	h.wants("after an edit and a decision", h.verify("--state", state), exitOK, "1 mod.decision", "1 exp.edit")
	h.decide("d2", 4, "overturn", "d1", "00000000000000cc")
	h.set(expID(4), map[string]any{"story": "Story 4.", "goal_achieved": 7})
	h.round()
	h.wants("after an appeal", h.verify("--state", state), exitOK)
}

func TestErasureLeavesTheLogWhole(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	h.act(func(tx *db.Tx) error {
		if err := translog.Erase(tx, leaf.Experience, expID(5)); err != nil {
			return err
		}
		e := leaf.Erased(expID(5), "smile-izmir", "author", tx.Now)
		return translog.AddDaily(tx, e.Kind, e.Body)
	})
	h.set(expID(5), nil)
	h.round()
	h.wants("after an erasure", h.verify(), exitOK, "1 exp.erase")
	status, body := h.status("/log/opening/experience/" + expID(5) + "/1")
	if status != 410 || body["state"] != "erased" || body["why"] == nil || body["salt"] != nil || body["body"] != nil {
		t.Errorf("the opening of what was erased: %d %v", status, body)
	}
	for _, path := range []string{expID(77) + "/1", expID(5) + "/2", "nobody/1", expID(5) + "/x"} {
		if status, _ := h.status("/log/opening/experience/" + path); status != 404 {
			t.Errorf("the opening of what never was (%s): %d", path, status)
		}
	}
	if status, body := h.status("/log/opening/experience/" + expID(6) + "/1"); status != 200 || body["salt"] == nil {
		t.Errorf("an opening: %d %v", status, body)
	}
}

// Each way of tampering, and how the program ends.
func TestEveryWayOfTamperingIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(h *house)
		code int
		says string
	}{
		"the experience, its words and its salt are deleted": {func(h *house) {
			h.tamper(`DELETE FROM log_openings WHERE ref = '` + expID(2) + `'`)
			h.set(expID(2), nil)
		}, exitMissing, expID(2)},
		"its entry is deleted": {func(h *house) {
			h.tamper(`DELETE FROM log_leaves WHERE idx = 4`)
		}, exitMissing, "tile/entries"},
		"what is shown is changed": {func(h *house) {
			h.set(expID(2), map[string]any{"story": "All was wonderful.", "goal_achieved": 7})
		}, exitMissing, expID(2)},
		"what was recorded of its words is changed": {func(h *house) {
			h.set(expID(2), map[string]any{"story": "All was wonderful.", "goal_achieved": 7})
			h.tamper(`UPDATE log_openings SET body = '{"story":"All was wonderful.","goal_achieved":7}' WHERE ref = '` + expID(2) + `'`)
		}, exitMissing, expID(2)},
		"an entry is changed": {func(h *house) {
			h.tamper(`UPDATE log_leaves SET body = convert_to(replace(convert_from(body, 'UTF8'), '"level":2', '"level":3'), 'UTF8') WHERE idx = 3`)
		}, exitMissing, "signed"},
		"a hash is changed": {func(h *house) {
			h.tamper(`UPDATE log_hashes SET hash = sha256('x') WHERE storage_index = 0`)
		}, exitMissing, "tile/0"},
		"it is hidden without a decision": {func(h *house) {
			h.set(expID(2), nil)
		}, exitMissing, expID(2)},
		"a decision has no rule": {func(h *house) {
			h.tamper(`INSERT INTO log_outbox (kind, body, daily, created_on, seq) VALUES ('mod.decision', '{"action":"hide","day":"2026-08-02","decision":"d9","kind":"mod.decision","kind_of":"experience","moderators":["00000000000000aa"],"ref":"` + expID(2) + `"}', false, now(), nextval('log_outbox_seq'))`)
			h.set(expID(2), nil)
			h.round()
		}, exitMissing, "needs a rule"},
		"a moderator judges their own decision": {func(h *house) {
			h.decide("d1", 2, "hide", "", "00000000000000aa", "00000000000000bb")
			h.decide("d2", 2, "uphold", "d1", "00000000000000aa")
			h.set(expID(2), nil)
			h.round()
		}, exitMissing, "their own decision"},
		"it is restored and stays hidden": {func(h *house) {
			h.decide("d1", 2, "hide", "", "00000000000000aa", "00000000000000bb")
			h.decide("d2", 2, "overturn", "d1", "00000000000000cc")
			h.set(expID(2), nil)
			h.round()
		}, exitMissing, expID(2)},
		"a version is left out": {func(h *house) {
			h.tell(2, 3, "Story 2, the third time.")
			h.tomorrow()
		}, exitMissing, "version 3 after version 1"},
		"figures are wrong": {func(h *house) {
			h.record(leaf.Figures{Clinic: "smile-izmir", Shown: 11, Counted: 10, Day: h.clock.Now()}.Entry())
			h.round()
		}, exitArithmetic, "smile-izmir"},
		"a median is wrong": {func(h *house) {
			median := 95
			h.record(leaf.Figures{Clinic: "smile-izmir", Shown: 10, Counted: 10, GoalMedianX10: &median, Day: h.clock.Now()}.Entry())
			h.round()
		}, exitArithmetic, "median of 95"},
		"votes do not add up": {func(h *house) {
			h.record(leaf.Tallied{ID: "1-1", Package: "smile", Version: 1, Subject: "package", Closed: true, Participants: 9, Strata: map[string]leaf.Counts{"treated": {Want: 3, Against: 1}}, Day: h.clock.Now()}.Entry())
			h.round()
		}, exitArithmetic, "4 votes of 9"},
		"a clinic is bound to a version that was not offered": {func(h *house) {
			h.record(leaf.Committed{Package: "smile", Clinic: "smile-izmir", Version: 4, State: "active", Capacity: 9, ValidUntil: h.clock.Now(), PriceLocked: h.clock.Now(), Signer: "A. B.", SignerTitle: "Director", Day: h.clock.Now()}.Entry())
			h.round()
		}, exitMissing, "not recorded as it is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := aHouse(t)
			h.wants("before", h.verify(), exitOK)
			c.do(h)
			h.wants(name, h.verify(), c.code, c.says)
		})
	}
}

// A log that is rewritten and signed again is whole by itself: only who saw it
// before can tell.
func TestARewrittenLogIsAForkForWhoSawItBefore(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	state := filepath.Join(t.TempDir(), "state")
	h.wants("before", h.verify("--state", state), exitOK)
	forked := h.rewritten(t)
	forked.wants("without memory", forked.trustlog("verify", "--url", forked.url, "--wait", "0s"), exitOK)
	s := forked.trustlog("verify", "--url", forked.url, "--state", state, "--wait", "0s")
	forked.wants("with memory", s, exitFork, "FORK", "seen before", "shown now")
	if strings.Count(s.errs, "\n— ") < 2 {
		t.Errorf("both heads are not printed: %s", s.errs)
	}
}

// rewritten is another house with the same key whose log tells another story.
func (h *house) rewritten(t *testing.T) *house {
	t.Helper()
	d, clock := testkit.DBAt(t)
	other := &house{t: t, db: d, clock: clock, dir: t.TempDir(), shown: map[string]map[string]any{}}
	key, err := os.ReadFile(filepath.Join(h.dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other.dir, "log.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	// The witness of a demo goes along with the house: it can be made to forget.
	if key, err = os.ReadFile(filepath.Join(h.dir, "demo-witness.key")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other.dir, "demo-witness.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	openHouse(t, other)
	other.rules()
	for i := range 10 {
		if i != 2 {
			other.tell(i, 1, fmt.Sprintf("Story %d.", i))
		}
	}
	other.tomorrow()
	other.record(leaf.Policy("order", "en", "By day.", clock.Now()))
	other.round()
	return other
}

// An old copy of the database, served by itself, is a log that has shrunk.
func TestAnOldCopyIsSeenFromOutside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.rules()
	h.round()
	old := filepath.Join(t.TempDir(), "old")
	h.wants("the first day", h.verify("--state", old), exitOK)
	note := h.file("/log/checkpoint", "checkpoint")
	for i := range 3 {
		h.tell(i, 1, "A story.")
	}
	h.tomorrow()
	state := filepath.Join(t.TempDir(), "state")
	h.wants("the second day", h.verify("--state", state), exitOK)
	h.wants("who was away in between", h.verify("--state", old), exitOK)
	b, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := testkit.OwnerOf(t, h.db).Pool().Exec(t.Context(), `UPDATE log_head SET note = $1, signed_size = 1`, b); err != nil {
		t.Fatal(err)
	}
	fresh := openHouse(t, &house{t: t, db: h.db, clock: h.clock, dir: t.TempDir(), shown: h.shown})
	fresh.wants("an old head", fresh.verify("--state", state), exitFork, "has shrunk")
}

func TestASiteThatIsAwayIsNotATamperedOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.wants("nobody listens", h.trustlog("verify", "--url", "http://127.0.0.1:1", "--wait", "0s"), exitUnreachable)
	for _, args := range [][]string{{}, {"verify"}, {"verify", "--url", "x"}, {"prove"}, {"witness"}, {"sing"}} {
		h.wants(fmt.Sprint(args), h.trustlog(args...), exitUsage)
	}
}

func TestAStrangersSignatureIsRefused(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	_, public, err := leaf.NewLogKey("localhost:8080/log")
	if err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(t.TempDir(), "policy")
	if err := os.WriteFile(policy, []byte("log "+public+"\nquorum none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.wants("another key", h.verify("--policy", policy), exitFork)
}
