package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caravan/internal/leaf"
	"caravan/internal/testkit"
)

// TestOnAnOldCopyOfTheDatabaseEverythingIsReadAndNothingTaken starts a site
// whose log was published further than its database goes.
func TestOnAnOldCopyOfTheDatabaseEverythingIsReadAndNothingTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, map[string]string{"STATE_DIR": dir})
	if err := s.Log.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	right, err := os.ReadFile(filepath.Join(dir, "log.published"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := leaf.ParseHead(string(right))
	if err != nil {
		t.Fatal(err)
	}
	mina := s.as(testkit.Person(t, s.db, "mina"))
	form := func() (f map[string][]string) {
		return mina.fill("/questions/ask", "title", "How long does the swelling last?", "body", "It began on the second day and has not gone down since.", "procedure", "den.crown", "destination", "HU")
	}
	f := form()

	h.Size += 1000
	if err := leaf.Keep(filepath.Join(dir, "log.published"), []byte(h.Text())); err != nil {
		t.Fatal(err)
	}
	if err := s.Log.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := mina.post("/questions", f)
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") != "300" {
		t.Errorf("a question: %d, again after %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	testkit.Contains(t, a.text, "Nothing can be saved at this moment", "has not gone down since", `name="once"`)
	a = mina.json("POST", "/api/v1/questions", `{"title":"How long does the swelling last?","body":"It began on the second day."}`, "Idempotency-Key: abcdefghijklmnop")
	if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.text, `"code":"common.resting"`) {
		t.Errorf("the same as JSON: %d %s", a.StatusCode, a.text)
	}
	for _, path := range []string{"/questions", "/me", "/ar/questions/ask"} {
		a := mina.get(path)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.text, "nothing can be saved at this moment") && !strings.Contains(a.text, "لا يمكن حفظ شيء في هذه اللحظة") {
			t.Errorf("%s: %d, without a word", path, a.StatusCode)
		}
	}
	testkit.Contains(t, s.visitor().get("/log").text, "Nothing is signed at this moment")
	if a := s.visitor().get("/readyz"); a.StatusCode != http.StatusOK || !strings.Contains(a.text, "takes nothing since") {
		t.Errorf("whoever watches is told %d %s", a.StatusCode, a.text)
	}
	other := s.as(testkit.Person(t, s.db, "nuri"))
	if a := other.post("/sign-out", other.fill("/questions/ask")); a.StatusCode != http.StatusSeeOther {
		t.Errorf("signing out: %d", a.StatusCode)
	}
	if a := s.as(testkit.Person(t, s.db, "omid")).json("DELETE", "/api/v1/session", ""); a.StatusCode != http.StatusNoContent {
		t.Errorf("signing out by JSON: %d", a.StatusCode)
	}

	// The database is the right one again.
	if err := leaf.Keep(filepath.Join(dir, "log.published"), right); err != nil {
		t.Fatal(err)
	}
	if err := s.Log.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := mina.post("/questions", form()); a.StatusCode != http.StatusSeeOther {
		t.Errorf("afterwards: %d", a.StatusCode)
	}
	if a := mina.get("/questions"); strings.Contains(a.text, "nothing can be saved") || !strings.Contains(a.text, "Public log: ") {
		t.Error("afterwards the pages still say so, or do not name the log")
	}
}
